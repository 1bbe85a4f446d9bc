"""`copydesk deadletters`: records that a sink refused, by cause; shown, put back to that sink, dropped."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import json_option, lane_option, read_settings, redis_option
from worker.delivery.deadletters import DeadLetter, DeadLetters
from worker.errors import REFUSALS, TransientError

_sink_option = click.option("--sink", required=True, help="Sink that refused them.")
_cause_option = click.option("--cause", type=click.Choice(sorted(REFUSALS)), help="Only those with this cause.")


def _open(redis_url: str | None, lane: str, sink: str) -> DeadLetters:
    settings = read_settings(redis_url)
    try:
        item = wiring.lane(settings, lane)
    except KeyError:
        msg = f"there is no lane {lane!r}; intake.lanes has {', '.join(settings.intake.lanes)}"
        raise click.UsageError(msg) from None
    return wiring.dead_letters(wiring.connect(settings), item, sink)


def _matching(letters: DeadLetters, cause: str | None) -> Iterator[DeadLetter]:
    try:
        yield from (item for item in letters if cause in {None, item.cause})
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc


def _row(item: DeadLetter) -> dict[str, Any]:
    return {
        "id": item.id,
        "sink": item.sink,
        "record": item.record_id,
        "cause": item.cause,
        "detail": item.detail,
        "at": item.at.isoformat(timespec="seconds"),
        "batch": item.batch,
        "bytes": len(item.json),
    }


def _chosen(letters: DeadLetters, ids: tuple[str, ...], cause: str | None, everything: bool) -> list[str]:
    if sum((bool(ids), cause is not None, everything)) != 1:
        msg = "name ID…, or --cause, or --all"
        raise click.UsageError(msg)
    return list(ids) or [item.id for item in _matching(letters, cause)]


@click.group("deadletters")
def command() -> None:
    """Records that a sink refused: list, show, put back to that sink, drop."""


@command.command("ls")
@click.option("--sink", help="Only this sink; default: all, with the archive and the stories.")
@_cause_option
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="Records shown of each cause.")
@lane_option
@redis_option
@json_option
def ls(sink: str | None, cause: str | None, limit: int, lane: str, redis_url: str | None, as_json: bool) -> None:
    """List dead letters by sink and cause, with what to do. --json lists all, one a line."""
    names = [sink] if sink else sorted({stage for stage, _ in wiring.stages(read_settings(redis_url))})
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for name in names:
        for item in _matching(_open(redis_url, lane, name), cause):
            if as_json:
                click.echo(orjson.dumps(_row(item)))
            else:
                groups[name, item.cause].append(_row(item))
    if as_json:
        return
    if not groups:
        click.echo("There are no dead letters.")
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    for (name, code), rows in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        console.print(f"[bold]{name}: {code}[/bold]: {len(rows)}. {REFUSALS.get(code, '')}")
        table = Table(box=None, padding=(0, 2))
        for column in ("id", "at", "record", "bytes", "detail"):
            table.add_column(column, overflow="fold")
        for row in rows[:limit]:
            table.add_row(*(str(row[column]) for column in ("id", "at", "record", "bytes", "detail")))
        console.print(table)


@command.command("show")
@click.argument("item_id", metavar="ID")
@_sink_option
@lane_option
@redis_option
def show(item_id: str, sink: str, lane: str, redis_url: str | None) -> None:
    """Show one dead letter with its record."""
    item = _open(redis_url, lane, sink).get(item_id)
    if item is None:
        msg = f"{item_id} is no dead letter of {sink} on lane {lane}"
        raise click.ClickException(msg)
    shown = _row(item) | {"advice": REFUSALS.get(item.cause), "content": orjson.loads(item.json) if item.json else None}
    click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))


@command.command("requeue")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@_sink_option
@_cause_option
@click.option("--all", "everything", is_flag=True, help="All of the sink on the lane.")
@lane_option
@redis_option
def requeue(
    ids: tuple[str, ...], sink: str, cause: str | None, everything: bool, lane: str, redis_url: str | None
) -> None:
    """Put dead letters back to their sink; other sinks do not get them again."""
    letters = _open(redis_url, lane, sink)
    chosen = _chosen(letters, ids, cause, everything)
    count = letters.requeue(chosen)
    click.echo(f"{count} records go to {sink} again")
    if count < len(chosen):
        click.echo(f"copydesk: {len(chosen) - count} are no dead letters", err=True)
        sys.exit(1)


@command.command("drop")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@_sink_option
@_cause_option
@click.option("--all", "everything", is_flag=True, help="All of the sink on the lane.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@lane_option
@redis_option
def drop(  # one parameter an option
    ids: tuple[str, ...], sink: str, cause: str | None, everything: bool, yes: bool, lane: str, redis_url: str | None
) -> None:
    """Delete dead letters for good."""
    letters = _open(redis_url, lane, sink)
    chosen = _chosen(letters, ids, cause, everything)
    if not yes:
        click.confirm(f"Delete {len(chosen)} records that {sink} refused for good?", abort=True)
    click.echo(f"{letters.drop(chosen)} records are deleted")
