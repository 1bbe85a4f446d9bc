"""`copydesk quarantine`: payloads that could not be processed: list, show, put back, export, drop."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
import redis
from rich.console import Console
from rich.table import Table

from worker import wiring
from worker.cli.common import Time, json_option, lane_option, read_settings, redis_option
from worker.errors import CAUSES, TransientError
from worker.intake.quarantine import Chosen, Quarantine, Quarantined
from worker.wire import decompress

_T = TypeVar("_T")
_Command = TypeVar("_Command", bound=Callable[..., None])


def _filters(function: _Command) -> _Command:
    """Give a command the options that choose payloads; they arrive as `conditions`."""
    options = (
        click.option("--cause", type=click.Choice(sorted(CAUSES)), help="Only payloads with this cause."),
        click.option("--publisher", metavar="DOMAIN", help="Only of this site (or source, where it has no address)."),
        click.option("--since", type=Time(), help="Only since this time; also a span back from now: 90m, 12h, 7d."),
        click.option("--until", type=Time(), help="Only before this time."),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.group("quarantine")
def command() -> None:
    """List, show, put back, export or drop payloads that could not be processed."""


def _open(redis_url: str | None, lane: str) -> Quarantine:
    settings = read_settings(redis_url)
    try:
        return Quarantine(wiring.connect(settings), wiring.lane(settings, lane))
    except KeyError:
        names = ", ".join(item.label for item in wiring.lanes(settings))
        msg = f"there is no lane {lane!r}; there are {names}"
        raise click.BadParameter(msg, param_hint="--lane") from None


def _guarded(action: Callable[[], _T]) -> _T:
    try:
        return action()
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc


def _matching(quarantine: Quarantine, conditions: dict[str, Any]) -> Iterator[Quarantined]:
    """Walk what the conditions mean, a page at a time: payloads are large and may be many."""
    chosen = Chosen(**conditions)
    try:
        yield from (item for item in quarantine if chosen(item))
    except redis.RedisError as exc:
        msg = f"the server cannot be asked: {exc}"
        raise TransientError(msg) from exc


def _row(item: Quarantined) -> dict[str, Any]:
    return {
        "id": item.id,
        "cause": item.cause,
        "detail": item.detail,
        "publisher": item.publisher,
        "payload_id": item.payload_id,
        "origin": item.origin,
        "entry": item.entry,
        "at": item.at.isoformat(timespec="seconds"),
        "bytes": len(item.fields.get(b"payload", b"")),
    }


@command.command("ls")
@_filters
@click.option("--limit", type=click.IntRange(0), default=3, show_default=True, help="Samples shown of each group.")
@lane_option
@redis_option
@json_option
def ls(limit: int, lane: str, redis_url: str | None, as_json: bool, **conditions: Any) -> None:
    """List payloads by cause and publisher, with what to do about each cause. --json lists all, one a line."""
    quarantine = _open(redis_url, lane)
    causes: Counter[str] = Counter()
    groups: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    counts: Counter[tuple[str, str]] = Counter()
    for item in _matching(quarantine, conditions):
        if as_json:
            click.echo(orjson.dumps(_row(item)))
            continue
        group = item.cause, item.publisher
        causes[item.cause] += 1
        counts[group] += 1
        if counts[group] <= limit:
            groups[group].append(_row(item))
    if as_json:
        return
    if not causes:
        click.echo("Nothing is in quarantine.")
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    for cause, total in causes.most_common():
        console.print(f"[bold]{cause}[/bold]: {total}. {CAUSES.get(cause, '')}")
        for (_, publisher), count in ((key, n) for key, n in counts.most_common() if key[0] == cause):
            console.print(f"  {publisher or '(no address)'}: {count}", markup=False)
            table = Table(box=None, padding=(0, 2), show_header=False)
            for row in groups[cause, publisher]:
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


def _chosen(quarantine: Quarantine, ids: tuple[str, ...], everything: bool, conditions: dict[str, Any]) -> list[str]:
    """Give the ids that are meant: named one by one, or by conditions, or all."""
    if sum((bool(ids), any(value is not None for value in conditions.values()), everything)) != 1:
        msg = "name ID…, or a condition (--cause, --publisher, --since, --until), or --all"
        raise click.UsageError(msg)
    return list(ids) or [item.id for item in _matching(quarantine, conditions)]


@command.command("requeue")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@_filters
@click.option("--all", "everything", is_flag=True, help="All of the lane.")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@lane_option
@redis_option
@json_option
def requeue(
    ids: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    lane: str,
    redis_url: str | None,
    as_json: bool,
    **conditions: Any,
) -> None:
    """Put payloads back into the intake: those named, a whole group, or all.

    A failed payload left nothing in the dedupe index and its producer's id is not looked at again, so it is never
    refused as already seen.
    """
    quarantine = _open(redis_url, lane)
    chosen = _chosen(quarantine, ids, everything, conditions)
    if dry_run:
        click.echo(f"{len(chosen)} payloads would go back to lane {lane}")
        return
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
@_filters
@click.option("--all", "everything", is_flag=True, help="All of the lane.")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@lane_option
@redis_option
def drop(
    ids: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    yes: bool,
    lane: str,
    redis_url: str | None,
    **conditions: Any,
) -> None:
    """Delete payloads for good: those named, a whole group, or all."""
    quarantine = _open(redis_url, lane)
    chosen = _chosen(quarantine, ids, everything, conditions)
    if dry_run:
        click.echo(f"{len(chosen)} payloads would be deleted")
        return
    if not yes:
        click.confirm(f"Delete {len(chosen)} payloads of lane {lane} for good?", abort=True)
    click.echo(f"{_guarded(lambda: quarantine.drop(chosen))} payloads are deleted")


@command.command("export")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@_filters
@lane_option
@redis_option
def export(directory: Path, lane: str, redis_url: str | None, **conditions: Any) -> None:
    """Write payloads and what is known of them to files, DIRECTORY/CAUSE/ENTRY.payload and .json; they stay."""
    count = write_quarantined(_matching(_open(redis_url, lane), conditions), directory)
    click.echo(f"{count} payloads are below {directory}")


def write_quarantined(items: Iterable[Quarantined], directory: Path) -> int:
    """Write payloads, byte for byte as they came, and beside each its cause, history and fields; returns how many."""
    count = 0
    for count, item in enumerate(items, start=1):  # noqa: B007  # counts
        folder = directory / item.cause
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{item.entry}.payload").write_bytes(item.fields.get(b"payload", b""))
        fields = {
            name.decode("utf-8", "replace"): value.decode("utf-8", "replace")
            for name, value in item.fields.items()
            if name != b"payload"
        }
        about = _row(item) | {"history": item.history, "fields": fields}
        (folder / f"{item.entry}.json").write_bytes(orjson.dumps(about, option=orjson.OPT_INDENT_2))
    return count
