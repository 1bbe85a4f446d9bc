"""`copydesk sinks`: each sink's state and lag; `rm` removes the group of one that is gone."""

from __future__ import annotations

import sys
import time
from typing import Any, Final

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.archive.stage import NAME as ARCHIVE
from worker.cli.common import json_option, read_settings, redis_option
from worker.delivery.lag import groups, lag_of
from worker.delivery.stories import NAME as STORIES
from worker.errors import TransientError
from worker.intake.lane import Lane
from worker.settings import Settings

_COLUMNS: Final = ("sink", "kind", "lane", "state", "waiting", "in batch", "oldest", "delivered", "dead", "last error")


def _rows(settings: Settings, client: redis.Redis) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for lane in wiring.lanes(settings):
        known = groups(client, lane.articles)
        names = sorted({*settings.sinks, *known, *([STORIES] if settings.stories.on else [])})
        rows += [_row(settings, client, lane, name, (lane.articles, known.get(name))) for name in names]
    for stage, lane in wiring.stages(settings):
        if stage == ARCHIVE:
            found = groups(client, lane.archive).get(ARCHIVE)
            rows.append(_row(settings, client, lane, ARCHIVE, (lane.archive, found)))
    return rows


def _row(
    settings: Settings, client: redis.Redis, lane: Lane, name: str, at: tuple[str, dict[str, Any] | None]
) -> dict[str, Any]:
    stream, group = at
    row: dict[str, Any] = {"sink": name, "lane": lane.label, "kind": None, "state": "unknown", "error": ""}
    if name in {*settings.sinks, ARCHIVE} or (name == STORIES and settings.stories.on):
        breaker = wiring.breaker(settings, client, name).state()
        state = breaker.state if breaker.state != "closed" else "failing" if breaker.failures else "ok"
        kind = name[1:] if name in {ARCHIVE, STORIES} else settings.sinks[name].kind
        row |= {"kind": kind, "state": state, "error": breaker.error}
        row |= {"failures": breaker.failures, "failed_at": breaker.failed_at, "open_until": breaker.open_until}
    lag = lag_of(client, stream, group) if group else None
    stats = client.hmget(lane.stats, [f"delivered.{name}", f"refused.{name}"])
    row |= {
        "waiting": lag.waiting if lag else 0,
        "in_batch": lag.in_batch if lag else 0,
        "oldest_seconds": round(lag.oldest_seconds, 1) if lag else 0.0,
        "at_least": lag.at_least if lag else False,
        "delivered": int(stats[0] or 0),
        "refused": int(stats[1] or 0),
        "deadletters": len(wiring.dead_letters(client, lane, name)),
    }
    return row


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    state = row["state"]
    if state == "open":
        state = f"open, {max(0.0, row['open_until'] - time.time()):.0f} s"
    if state == "unknown":
        state = "not in the settings"
    waiting = f"{'≥ ' if row['at_least'] else ''}{row['waiting']}"
    plain = (row["sink"], row["kind"] or "-", row["lane"], state, waiting, row["in_batch"])
    return (
        *map(str, plain),
        f"{row['oldest_seconds']:.0f} s",
        str(row["delivered"]),
        str(row["deadletters"]),
        row["error"],
    )


@click.group("sinks", invoke_without_command=True)
@redis_option
@json_option
@click.pass_context
def command(context: click.Context, redis_url: str | None, as_json: bool) -> None:
    """Show each sink's state and how far it is behind, a lane a row.

    States: ok; failing (the last attempts failed); open (its circuit breaker rests); trial (the rest is over, one
    lane tries). The exit status is 1 while a sink raises an alarm.
    """
    if context.invoked_subcommand:
        context.obj = redis_url
        return
    settings = read_settings(redis_url)
    client = wiring.connect(settings)
    try:
        rows = _rows(settings, client)
        alarms = wiring.sink_alarms(settings, client)()
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc
    if as_json:
        click.echo(orjson.dumps({"sinks": rows, "alarms": alarms}))
    else:
        table = Table(box=None)
        for name in _COLUMNS:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*_cells(row))
        Console(width=None if sys.stdout.isatty() else 240, highlight=False).print(table)
    for alarm in alarms:
        told = f"{alarm['sink']} on lane {alarm['lane']}: {alarm['records']} records, {alarm['reason']}"
        click.echo(f"copydesk: ALARM {told}", err=True)
    sys.exit(1 if alarms else 0)


@command.command("rm")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(context: click.Context, name: str, yes: bool) -> None:
    """Remove the consumer group of a sink that is gone: what it has not acknowledged is given up."""
    settings = read_settings(context.obj)
    if name in settings.sinks:
        msg = f"{name} is in the settings; take its table [sinks.{name}] out first"
        raise click.UsageError(msg)
    client = wiring.connect(settings)
    found = [(lane, rows[name]) for lane in wiring.lanes(settings) if name in (rows := groups(client, lane.articles))]
    if not found:
        msg = f"no lane has a sink {name}"
        raise click.ClickException(msg)
    left = sum(lag_of(client, lane.articles, group).records for lane, group in found)
    if not yes:
        click.confirm(f"{left} records were not delivered to {name}. Give them up?", abort=True)
    for lane, _ in found:
        client.xgroup_destroy(lane.articles, name)
        client.delete(lane.batch(name))
    click.echo(f"{name} is removed from {len(found)} lanes; the streams shrink with the next batch of another sink")
