"""`copydesk quarantine`: payloads that could not be processed: list, show, put back, drop."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import json_option, lane_option, read_settings, redis_option
from worker.errors import CAUSES, TransientError
from worker.intake.quarantine import Quarantine, Quarantined
from worker.wire import decompress

_T = TypeVar("_T")
_cause_option = click.option("--cause", type=click.Choice(sorted(CAUSES)), help="Only payloads with this cause.")


@click.group("quarantine")
def command() -> None:
    """List, show, put back or drop payloads that could not be processed."""


def _open(redis_url: str | None, lane: str) -> Quarantine:
    settings = read_settings(redis_url)
    if lane not in settings.intake.lanes:
        msg = f"there is no lane {lane!r}; intake.lanes has {', '.join(settings.intake.lanes)}"
        raise click.BadParameter(msg, param_hint="--lane")
    return Quarantine(wiring.connect(settings), wiring.lane(settings, lane))


def _guarded(action: Callable[[], _T]) -> _T:
    try:
        return action()
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc


def _matching(quarantine: Quarantine, cause: str | None) -> Iterator[Quarantined]:
    return (item for item in quarantine if cause in {None, item.cause})


def _row(item: Quarantined) -> dict[str, Any]:
    return {
        "id": item.id,
        "cause": item.cause,
        "detail": item.detail,
        "payload_id": item.payload_id,
        "origin": item.origin,
        "entry": item.entry,
        "at": item.at.isoformat(timespec="seconds"),
        "bytes": len(item.fields.get(b"payload", b"")),
    }


@command.command("ls")
@_cause_option
@click.option("--limit", type=click.IntRange(1), default=10, show_default=True, help="Payloads shown of each cause.")
@lane_option
@redis_option
@json_option
def ls(cause: str | None, limit: int, lane: str, redis_url: str | None, as_json: bool) -> None:
    """List payloads by cause, with what to do about each cause. --json lists all, one a line."""
    quarantine = _open(redis_url, lane)
    if as_json:
        for item in _guarded(lambda: list(_matching(quarantine, cause))):
            click.echo(orjson.dumps(_row(item)))
        return
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for item in _guarded(lambda: list(_matching(quarantine, cause))):
        counts[item.cause] += 1
        if counts[item.cause] <= limit:
            groups[item.cause].append(_row(item))
    if not groups:
        click.echo("Nothing is in quarantine.")
        return
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    for name, rows in sorted(groups.items(), key=lambda pair: -counts[pair[0]]):
        console.print(f"[bold]{name}[/bold]: {counts[name]}. {CAUSES.get(name, '')}")
        table = Table(box=None, padding=(0, 2))
        for column in ("id", "at", "origin", "bytes", "detail"):
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(str(row[column]) for column in ("id", "at", "origin", "bytes", "detail")))
        console.print(table)


@command.command("show")
@click.argument("item_id", metavar="ID")
@click.option("--payload", "raw", is_flag=True, help="Write the payload's bytes, unpacked, to standard output.")
@lane_option
@redis_option
def show(item_id: str, raw: bool, lane: str, redis_url: str | None) -> None:
    """Show one payload: cause, history and fields."""
    quarantine = _open(redis_url, lane)
    item = _guarded(lambda: quarantine.get(item_id))
    if item is None:
        msg = f"{item_id} is not in quarantine of lane {lane}"
        raise click.ClickException(msg)
    body = item.fields.get(b"payload", b"")
    if raw:
        limit = read_settings(redis_url).limits.decompressed_bytes
        sys.stdout.buffer.write(decompress(body, item.fields.get(b"enc", b"").decode(), limit))
        return
    fields = {k.decode("utf-8", "replace"): v.decode("utf-8", "replace") for k, v in item.fields.items()}
    fields["payload"] = body[:500].decode("utf-8", "replace") + ("…" if len(body) > 500 else "")  # noqa: PLR2004
    shown = _row(item) | {"advice": CAUSES.get(item.cause), "history": item.history, "fields": fields}
    click.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))


def _chosen(quarantine: Quarantine, ids: tuple[str, ...], cause: str | None, everything: bool) -> list[str]:
    if sum((bool(ids), cause is not None, everything)) != 1:
        msg = "name ID…, or --cause, or --all"
        raise click.UsageError(msg)
    return list(ids) or _guarded(lambda: [item.id for item in _matching(quarantine, cause)])


@command.command("requeue")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@_cause_option
@click.option("--all", "everything", is_flag=True, help="All of the lane.")
@lane_option
@redis_option
@json_option
def requeue(  # one parameter an option
    ids: tuple[str, ...],
    cause: str | None,
    everything: bool,
    lane: str,
    redis_url: str | None,
    as_json: bool,
) -> None:
    """Put payloads back into the intake. A failed payload left nothing in the dedupe index."""
    quarantine = _open(redis_url, lane)
    chosen = _chosen(quarantine, ids, cause, everything)
    pairs = _guarded(lambda: quarantine.requeue(chosen))
    if as_json:
        for old, new in pairs:
            click.echo(orjson.dumps({"id": old, "entry": new}))
    else:
        click.echo(f"{len(pairs)} payloads are back in lane {lane}")
    missing = set(chosen) - {old for old, _ in pairs}
    for item_id in sorted(missing):
        click.echo(f"copydesk: {item_id} is not in quarantine", err=True)
    sys.exit(1 if missing else 0)


@command.command("drop")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@_cause_option
@click.option("--all", "everything", is_flag=True, help="All of the lane.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@lane_option
@redis_option
def drop(  # one parameter an option
    ids: tuple[str, ...],
    cause: str | None,
    everything: bool,
    yes: bool,
    lane: str,
    redis_url: str | None,
) -> None:
    """Delete payloads for good."""
    quarantine = _open(redis_url, lane)
    chosen = _chosen(quarantine, ids, cause, everything)
    if not yes:
        click.confirm(f"Delete {len(chosen)} payloads of lane {lane} for good?", abort=True)
    click.echo(f"{_guarded(lambda: quarantine.drop(chosen))} payloads are deleted")
