"""`copydesk lanes`: what stands and moves in each lane; stop one, start it again."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Final

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import json_option, read_settings, redis_option
from worker.errors import TransientError
from worker.intake.control import start_lane, stop_lane
from worker.intake.lane import Lane

_COLUMNS: Final = (
    *("name", "backlog", "claimable", "in_work", "parked", "newer", "held", "undelivered"),
    *("quarantine", "failed", "redelivered"),
)


def _lane(name: str, redis_url: str | None) -> tuple[redis.Redis, Lane]:
    settings = read_settings(redis_url)
    try:
        return wiring.connect(settings), wiring.lane(settings, name)
    except KeyError:
        names = ", ".join(item.label for item in wiring.lanes(settings))
        msg = f"there is no lane {name!r}; there are {names}"
        raise click.UsageError(msg) from None


@click.group("lanes")
def command() -> None:
    """Show lanes, stop and start them.

    A lane stops by itself when more than `intake.guard_share` of its last payloads failed: mend the cause, put the
    failed ones back (`copydesk quarantine requeue`), then start it.
    """


@command.command("ls")
@redis_option
@json_option
def ls(redis_url: str | None, as_json: bool) -> None:
    """List lanes; the exit status is 1 while one is stopped."""
    settings = read_settings(redis_url)
    try:
        states = wiring.lane_states(settings, wiring.connect(settings))
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc
    if as_json:
        click.echo(orjson.dumps([asdict(state) for state in states]))
    else:
        table = Table(box=None)
        for name in (*_COLUMNS, "oldest", "last settled", "state"):
            table.add_column(name.replace("_", " "))
        for state in states:
            still = "never" if state.still is None else f"{state.still:.0f} s ago"
            cells = [str(getattr(state, name)) for name in _COLUMNS]
            table.add_row(
                *cells, f"{state.oldest:.0f} s", still, f"STOPPED: {state.stopped}" if state.stopped else "ok"
            )
        Console(width=None if sys.stdout.isatty() else 240, highlight=False).print(table)
    sys.exit(1 if any(state.stopped for state in states) else 0)


@command.command("stop")
@click.argument("name")
@click.option("--reason", default="by hand", show_default=True, help="Shown to whoever asks.")
@redis_option
def stop(name: str, reason: str, redis_url: str | None) -> None:
    """Let nothing more of a lane be worked on. Producers go on pushing; what is in work is finished."""
    client, lane = _lane(name, redis_url)
    stop_lane(client, lane, reason)
    click.echo(f"lane {name} is stopped")


@command.command("start")
@click.argument("name")
@redis_option
def start(name: str, redis_url: str | None) -> None:
    """Let a lane be worked on again; its guard forgets the failures that it saw."""
    client, lane = _lane(name, redis_url)
    click.echo(f"lane {name} is started" if start_lane(client, lane) else f"lane {name} was not stopped")
