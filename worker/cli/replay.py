"""`copydesk replay`: payloads of the raw archive through the line again, in a lane of their own; or to a file."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
import orjson
import redis
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from worker import wiring
from worker.archive.reader import Archive, Wanted
from worker.cli.common import Time, json_option, read_settings, redis_option
from worker.errors import CAUSES, CopydeskError, TransientError
from worker.intake.claim_check import fetch_claim
from worker.intake.lane import Lane
from worker.intake.replay import read_replay, replay_fields, replayed_arrival, replayed_raw
from worker.model import Record
from worker.pipeline import NEW
from worker.settings import Settings
from worker.wire import dump_record, read_entry

_Line = dict[str, Any]
_Entry = dict[bytes, bytes]
_CHUNK: Final = 100
_WAIT_SECONDS: Final = 0.2


def _entry(archive: Archive, line: dict[str, Any], revision: int) -> dict[bytes, bytes]:
    """Make an intake entry out of what the archive holds; it keeps the payload id of its first time."""
    fields = archive.fields(line)
    fields.setdefault(b"id", line["entry"].encode())
    return fields | replay_fields(revision, line["records"], line["arrived"], line["digest"])


def _push(client: redis.Redis, lane: Lane, entries: Iterable[dict[bytes, bytes]], most: int) -> Iterator[int]:
    """Add entries in small steps and wait while the lane holds `most`; yields how many were added."""
    rest = iter(entries)
    while chunk := list(islice(rest, _CHUNK)):
        while client.xlen(lane.intake) + len(chunk) > max(most, len(chunk)):
            time.sleep(_WAIT_SECONDS)
            yield 0
        pipe = client.pipeline(transaction=False)
        for entry in chunk:
            pipe.xadd(lane.intake, dict(entry))  # type: ignore[arg-type]
        pipe.execute()
        yield len(chunk)


@dataclass(slots=True)
class _Tally:
    """What became of the payloads: how many were read, and which could not be."""

    payloads: int = 0
    failed: list[str] = field(default_factory=list)

    def entries(self, archive: Archive, lines: Iterable[_Line], revision: int) -> Iterator[tuple[_Line, _Entry]]:
        """Read payloads one by one, so that an archive of any size can be replayed."""
        for line in lines:
            try:
                entry = _entry(archive, line, revision)
            except CopydeskError as exc:
                self.failed.append(f"entry {line['entry']}: {exc}")
            else:
                self.payloads += 1
                yield line, entry


def _to_server(settings: Settings, archive: Archive, lines: Iterable[_Line], most: int, tally: _Tally) -> int:
    """Add payloads to the lane of replays; gives the revision that they make."""
    client = wiring.connect(settings)
    lane = wiring.lane(settings, settings.archive.replay_lane)
    console = Console(stderr=True)
    try:
        revision = 1 + int(client.incr(f"{settings.redis.prefix}:{{archive}}:replays"))
        wiring.ensure_groups(settings, client)
        columns = (TextColumn("{task.completed} payloads are in lane"), TextColumn(lane.name), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=console.is_terminal) as progress:
            task = progress.add_task("", total=None)
            entries = (entry for _, entry in tally.entries(archive, lines, revision))
            for count in _push(client, lane, entries, most):
                progress.advance(task, count)
    except redis.RedisError as exc:
        msg = f"the server did not take all payloads: {exc}"
        raise TransientError(msg) from exc
    return revision


def _to_file(settings: Settings, archive: Archive, lines: Iterable[_Line], target: Path, tally: _Tally) -> int:
    """Process payloads here, with these settings and no server, and write their records; returns how many."""
    spine = wiring.pipeline(settings)
    sizes, claims = wiring.sizes(settings), wiring.claim_store(settings)
    count = 0
    with target.open("wb") as file:
        for line, entry in tally.entries(archive, lines, 2):
            try:
                fields = fetch_claim(entry, claims, sizes.raw_bytes)
                payload = read_entry(line["entry"], fields, replayed_arrival(entry) or datetime.now(UTC), sizes)
                payload = dataclasses.replace(payload, replay=read_replay(entry), raw=replayed_raw(entry))
                reading = spine.read(payload)
                deliver = wiring.policy(settings, line["lane"]).delivery  # references as such
                items = spine.finish(reading, [verdict or NEW for verdict in reading.known], deliver)
            except Exception as exc:  # noqa: BLE001  # the fence around one payload, which must not end the sample
                tally.failed.append(f"entry {line['entry']}: {exc}")
                continue
            for item in items:
                if isinstance(item, Record):
                    file.write(dump_record(item) + b"\n")
                    count += 1
    return count


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": line["entry"],
        "lane": line["lane"],
        "arrived": line["arrived"],
        "bytes": line["bytes"],
        "url": line["fields"].get("url"),
        "cause": line["cause"],
        "records": [row["id"] for row in line["records"]],
        "object": line["object"],
    }


@click.command("replay")
@click.option("--since", type=Time(), help="Arrived at this time or later; also a span back from now: 90m, 12h, 7d.")
@click.option("--until", type=Time(), help="Arrived before this time.")
@click.option("--publisher", metavar="DOMAIN", help="Of this publisher, by the record's domain or the address.")
@click.option("--record", metavar="ID", help="The payload of this record.")
@click.option("--cause", type=click.Choice(sorted(CAUSES)), help="Went to quarantine with this cause.")
@click.option("--from-lane", "lane", metavar="LANE", help="Came by this lane.")
@click.option("--limit", type=click.IntRange(1), help="At most so many payloads.")
@click.option("--backlog", type=click.IntRange(1), default=1000, show_default=True, help="Most payloads in the lane.")
@click.option("--dry-run", is_flag=True, help="Only list what would be replayed.")
@click.option(
    "--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Records to this file, no server."
)
@redis_option
@json_option
def command(
    limit: int | None,
    backlog: int,
    dry_run: bool,
    target: Path | None,
    redis_url: str | None,
    as_json: bool,
    **conditions: Any,
) -> None:
    """Feed payloads of the raw archive through the line again; all conditions given must hold.

    Each record that comes out has the id and verdict it had, and a higher `revision`: it replaces the earlier one and
    is no new article. What was in quarantine is judged like a new payload. The lane of replays is served after all
    others. With --to the payloads are processed here with the present settings and nothing is delivered, so that
    `copydesk diff` can compare. The exit status is 1 when a payload could not be read.
    """
    settings = read_settings(redis_url)
    archive = Archive(wiring.archive_store(settings))
    lines = islice(archive.find(Wanted(**conditions)), limit)
    if dry_run:
        for line in lines:
            click.echo(orjson.dumps(_shown(line)))
        return
    tally = _Tally()
    if target is not None:
        told: dict[str, Any] = {"records": _to_file(settings, archive, lines, target, tally), "file": str(target)}
        where = f"{told['records']} records in {target}"
    else:
        told = {"revision": _to_server(settings, archive, lines, backlog, tally), "lane": settings.archive.replay_lane}
        where = f"in lane {told['lane']}, as revision {told['revision']}"
    if as_json:
        click.echo(orjson.dumps({"payloads": tally.payloads, **told, "failed": tally.failed}))
    else:
        click.echo(f"{tally.payloads} payloads: {where}")
    for text in tally.failed:
        click.echo(f"copydesk: {text}", err=True)
    sys.exit(1 if tally.failed else 0)
