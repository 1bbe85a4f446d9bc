"""`copydesk run`: the whole line on real parts, started, fed, watched until drained, and shut down."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click
import msgspec
import orjson
import redis
import zstandard
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from worker import wiring
from worker.cli import push
from worker.cli.common import json_option, read_settings, redis_option
from worker.cli.embedded import EmbeddedServer
from worker.cli.inputs import Input, read_inputs
from worker.cli.quarantine import write_quarantined
from worker.cli.worker_process import WorkerProcess
from worker.errors import CopydeskError
from worker.intake.lane import Lane
from worker.intake.quarantine import Quarantine, Quarantined
from worker.settings import Settings, Sink

_LANE: Final = "default"
_SINK: Final = "files"
_LINGER_SECONDS: Final = 0.3
_POLL_SECONDS: Final = 0.1
_FAILED_STATUS: Final = 3
_FRONT: Final = 50  # entries asked for at once: the server touches their payloads to answer
_STILL_LUA: Final = """
local still = {}
for _, id in ipairs(ARGV) do
  if #redis.call('XRANGE', KEYS[1], id, id) > 0 then still[#still + 1] = id end
end
return still
"""


@dataclass(slots=True)
class Result:
    """What came out of a run: rows by payload, and what is in quarantine."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    unread: list[Input] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


def _run_settings(base: Settings, url: str, out: Path) -> Settings:
    """Give the settings of the run's worker: its server, and records to files below `out` alone."""
    sink = Sink(kind="objects", linger_seconds=_LINGER_SECONDS, options={"url": str(out)})
    return msgspec.structs.replace(
        base,
        redis=msgspec.structs.replace(base.redis, url=url),
        # A server of the run's own ends with it, and what it held back would be lost; so nothing is, and no lane stops.
        intake=msgspec.structs.replace(base.intake, hold_embargoed=False, guard_window=0),
        archive=type(base.archive)(),
        stories=type(base.stories)(),
        sinks={_SINK: sink},
    )


@dataclass(frozen=True, slots=True)
class _Pushed:
    """An entry that was pushed: its id, what the user calls it, and the payload id of its records."""

    entry: str
    name: str
    payload_id: str


class _Watch:
    """Follows the pushed entries through intake and sink."""

    def __init__(self, client: redis.Redis, lane: Lane, pushed: Sequence[_Pushed]) -> None:
        self._client = client
        self._lane = lane
        self._open = deque(item.entry for item in pushed)
        self._still = client.register_script(_STILL_LUA)

    def processed(self) -> int:
        """Count how many pushed entries have left the intake since the last call, and forget them."""
        before = len(self._open)
        if self._client.xlen(self._lane.intake) == 0:
            self._open.clear()
        while self._open:
            front = [self._open[n] for n in range(min(_FRONT, len(self._open)))]
            still = {item.decode() for item in self._still(keys=[self._lane.intake], args=front)}
            for _ in front:
                entry = self._open.popleft()
                if entry in still:
                    self._open.append(entry)
            if still:
                break
        return before - len(self._open)

    @property
    def drained(self) -> bool:
        """Tell whether every pushed entry has left the intake."""
        return not self._open

    def delivered(self) -> bool:
        """Tell whether the sink has acknowledged everything that is in the articles stream."""
        return int(self._client.xlen(self._lane.articles)) == 0 or all(
            group["pending"] == 0 and group["last-delivered-id"] == self._newest()
            for group in self._client.xinfo_groups(self._lane.articles)
            if group["name"] == _SINK.encode()
        )

    def _newest(self) -> object:
        return self._client.xinfo_stream(self._lane.articles)["last-generated-id"]


@contextlib.contextmanager
def _server(redis_url: str | None) -> Iterator[tuple[str, Path]]:
    """Give a server's URL and a private directory that is removed after a run that ended in order."""
    directory = Path(tempfile.mkdtemp(prefix="copydesk-"))
    keep = False
    try:
        if redis_url:
            yield redis_url, directory
        else:
            with EmbeddedServer(directory) as server:
                yield server.url, directory
    except BaseException:
        keep = redis_url is None  # a server of our own has its streams there
        if keep:
            click.echo(f"copydesk: the run did not end in order; its streams are kept in {directory}", err=True)
        raise
    finally:
        if not keep:
            shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _groups(settings: Settings, client: redis.Redis) -> Iterator[None]:
    """Make streams and groups, and take the sink's group away afterwards where the server had none of that name.

    A group that nobody reads any more would keep the articles stream of that server from being trimmed.
    """
    articles = wiring.lane(settings, _LANE).articles
    try:
        known = client.exists(articles) and any(g["name"] == _SINK.encode() for g in client.xinfo_groups(articles))
        wiring.ensure_groups(settings, client)
    except redis.RedisError as exc:
        msg = f"the server at --redis cannot be used: {exc}"
        raise CopydeskError(msg) from exc
    yield
    if not known:
        client.xgroup_destroy(articles, _SINK)


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _push(settings: Settings, paths: Sequence[str], result: Result) -> list[_Pushed]:
    told: list[push.Told] = []
    inputs = read_inputs(paths, settings.limits.raw_bytes)
    pushed: dict[str, _Pushed] = {}
    with push.client(settings, _LANE) as intake:
        stream = push.entries(inputs, settings.intake.compress_over_bytes, told, result.unread)
        for number, entry_id in enumerate(intake.push_iter(stream)):
            item = told[number]
            pushed[entry_id] = _Pushed(entry_id, item.name, item.payload_id or entry_id)
    return list(pushed.values())


def _follow(worker: WorkerProcess, watch: _Watch, total: int, console: Console) -> None:
    """Wait until all is processed and delivered, with a bar; the worker is started again when it ends early."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=console.is_terminal) as progress:
        task = progress.add_task("starting the worker", total=total)
        told = 0
        done = 0
        while not (watch.drained and watch.delivered()):
            worker.keep_alive()
            done += watch.processed()
            progress.update(task, completed=done, description="delivering" if watch.drained else "processing")
            if not console.is_terminal and done * 10 // max(total, 1) > told:
                told = done * 10 // max(total, 1)
                console.print(f"{done} of {total} payloads processed")
            time.sleep(_POLL_SECONDS)
        progress.update(task, completed=total, description="done")


def _collect(settings: Settings, out: Path, since: float, pushed: Sequence[_Pushed], result: Result) -> None:
    """Read back what lies on disk: the table shows what was delivered, not what was meant to be."""
    by_payload = {item.payload_id: item for item in pushed}
    order = {item.payload_id: number for number, item in enumerate(pushed)}
    for path in sorted(out.rglob("*.jsonl.zst")):
        if path.stat().st_mtime < since:
            continue
        with zstandard.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = orjson.loads(line)
                if (item := by_payload.get(record["payload_id"])) is not None:
                    result.rows.append(_row(item, record, path))
    client = wiring.connect(settings)
    lane = wiring.lane(settings, _LANE)
    entries = {item.entry for item in pushed}
    result.quarantined = [item for item in Quarantine(client, lane) if item.entry in entries]
    seen = {row["payload_id"] for row in result.rows} | {item.payload_id for item in result.quarantined}
    result.repeated = [item.name for item in pushed if item.payload_id not in seen]
    result.rows.sort(key=lambda row: (order[row["payload_id"]], row["part"]))


def _row(item: _Pushed, record: dict[str, Any], path: Path) -> dict[str, Any]:
    return {
        "input": item.name,
        "payload_id": record["payload_id"],
        "part": record["part"],
        "id": record["id"],
        "headline": record["headline"],
        "publisher": (record["publisher"] or {}).get("name"),
        "section": record["section"],
        "published_at": record["published_at"],
        "language": (record["language"] or {}).get("code"),
        "verdict": record["verdict"]["kind"],
        "of": record["verdict"]["of"],
        "issues": [issue["code"] for issue in record["issues"]],
        "sink": _SINK,
        "file": str(path),
    }


def _print_table(result: Result) -> None:
    console = Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=400)
    table = Table(box=None, padding=(0, 1), show_edge=False)
    table.add_column("headline", overflow="fold", ratio=5 if console.is_terminal else None)
    for name in ("publisher", "section", "date", "language", "verdict", "sink"):
        table.add_column(name, overflow="fold")
    for row in result.rows:
        cells = (row[key] or "-" for key in ("headline", "publisher", "section", "published_at", "language"))
        table.add_row(*cells, row["verdict"], row["sink"], end_section=True)
    console.print(table)


def _report(result: Result, out: Path, as_json: bool) -> None:
    files = sorted({row["file"] for row in result.rows})
    if as_json:
        summary = {
            "out": str(out),
            "files": files,
            "records": result.rows,
            "quarantined": [
                {"input": item.origin, "payload_id": item.payload_id, "code": item.cause, "detail": item.detail}
                for item in result.quarantined
            ],
            "unread": [{"input": item.name, "detail": str(item.error)} for item in result.unread],
            "repeated": result.repeated,
        }
        click.echo(orjson.dumps(summary))
    else:
        if result.rows:
            _print_table(result)
        click.echo(f"{len(result.rows)} records in {len(files)} files below {out}")
        for path in files:
            click.echo(f"  {path}")
    for item in result.quarantined:
        click.echo(f"copydesk: quarantined {item.origin}: {item.cause}: {item.detail}", err=True)
    if result.quarantined:
        click.echo(f"copydesk: their payloads and causes are in {out / 'quarantine'}", err=True)
    for unread in result.unread:
        click.echo(f"copydesk: not taken {unread.name}: {unread.error}", err=True)
    for name in result.repeated:
        click.echo(f"copydesk: {name}: its id was pushed before; no new record", err=True)


@click.command("run")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
@redis_option
@click.option(
    "--workers", type=click.IntRange(1, 256), default=os.cpu_count() or 2, help="Pool processes; default: cores."
)
@json_option
def command(paths: tuple[str, ...], out: Path, redis_url: str | None, workers: int, as_json: bool) -> None:
    """Run the whole line on payloads: server, worker, intake, records on disk; then shut down.

    PATH is a file, a directory (all files below it) or - for standard input. Without --redis a server
    is started for the run. The exit status is 0 when every payload ended in a record, 3 when some are
    in quarantine or could not be taken (unreadable, too large).
    """
    signal.signal(signal.SIGTERM, _interrupt)  # like Ctrl-C: server and worker are processes of their own
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    result = Result()
    base = read_settings()
    with _server(redis_url) as (url, directory):
        settings = _run_settings(base, url, out)
        client = wiring.connect(settings)
        since = time.time() - 1
        log = out / "worker.log"
        with _groups(settings, client), WorkerProcess(settings, directory, workers, log) as worker:
            pushed = _push(settings, paths, result)
            _follow(worker, _Watch(client, wiring.lane(settings, _LANE), pushed), len(pushed), console)
        _collect(settings, out, since, pushed, result)
        write_quarantined(result.quarantined, out / "quarantine")  # the embedded server ends with the run
    _report(result, out, as_json)
    sys.exit(_FAILED_STATUS if result.quarantined or result.unread else 0)
