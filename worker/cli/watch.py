"""`copydesk watch`: a directory whose files are pushed once they no longer grow, and then moved to done/ or failed/."""

from __future__ import annotations

import fcntl
import hashlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Final

import click
import orjson

from worker.cli.common import json_option, lane_option, read_settings, redis_option
from worker.cli.inputs import Input, read_inputs, read_ndjson
from worker.cli.push import checked_lane, options, packed
from worker.client import Client, Ready
from worker.errors import IntakeError
from worker.settings import Settings

_REMEMBERED: Final = 7 * 86_400.0  # a watch that was killed and comes back within a week doubles nothing
_DONE: Final = "done"
_FAILED: Final = "failed"
_LOCK: Final = ".copydesk-watch"


@dataclass(slots=True)
class _Folder:
    """The watched directory; `seen` has each file's size and time of change, and since when they are the same."""

    root: Path
    settle_seconds: float
    seen: dict[Path, tuple[int, int, float]] = field(default_factory=dict)

    def settled(self) -> list[Path]:
        """Give the files that have not changed for long enough, oldest first; hidden ones are left alone."""
        now = time.monotonic()
        found: dict[Path, tuple[int, int, float]] = {}
        for path in self._files():
            try:
                stat = path.stat()
            except OSError:  # moved away meanwhile
                continue
            before = self.seen.get(path)
            same = before is not None and before[:2] == (stat.st_size, stat.st_mtime_ns)
            found[path] = (stat.st_size, stat.st_mtime_ns, before[2] if before is not None and same else now)
        self.seen = found
        ready = [path for path, (_, _, since) in found.items() if now - since >= self.settle_seconds]
        return sorted(ready, key=lambda path: (found[path][1], path))

    @property
    def pending(self) -> bool:
        """Tell whether files are there that may still grow."""
        return bool(self.seen)

    def _files(self) -> Iterator[Path]:
        for path in self.root.rglob("*"):
            parts = path.relative_to(self.root).parts
            if parts[0] not in {_DONE, _FAILED} and not any(part.startswith(".") for part in parts) and path.is_file():
                yield path

    def key(self, path: Path) -> str:
        """Name a file as it is now: the same after a restart, another one once it was changed."""
        size, changed, _ = self.seen[path]
        return hashlib.sha256(f"{path.relative_to(self.root)}\0{size}\0{changed}".encode()).hexdigest()

    def move(self, path: Path, to: str) -> Path:
        """Move a file below done/ or failed/, under a free name."""
        target = self.root / to / path.relative_to(self.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        free, number = target, 1
        while free.exists():
            free, number = target.with_name(f"{target.stem}.{number}{target.suffix}"), number + 1
        path.rename(free)
        del self.seen[path]
        return free


@dataclass(slots=True)
class _Stop:
    """Set by SIGTERM and Ctrl-C: the file in hand is finished first."""

    asked: bool = False

    def __call__(self, _signum: int, _frame: FrameType | None) -> None:
        self.asked = True


def _inputs(path: Path, ndjson: bool, settings: Settings) -> Iterator[Input]:
    return read_ndjson([str(path)]) if ndjson else read_inputs([str(path)], settings.limits.raw_bytes)


def _take(folder: _Folder, path: Path, intake: Client, settings: Settings, ndjson: bool) -> dict[str, object]:
    """Push one file and move it; what could not be read is told in a file beside it. Raises IntakeError."""
    key = folder.key(path)
    bad: list[str] = []

    def ready() -> Iterator[Ready]:
        for number, item in enumerate(_inputs(path, ndjson, settings)):
            if item.error is not None:
                bad.append(f"{item.name}: {item.error}")
            else:
                yield Ready(packed(item.entry, settings.intake.compress_over_bytes), f"watch:{key}:{number}")

    ids = intake.push_many(ready())
    moved = folder.move(path, _FAILED if bad else _DONE)
    if bad:
        moved.with_name(f"{moved.name}.errors").write_text("\n".join(bad) + "\n", "utf-8")
    return {"file": str(path), "moved": str(moved), "entries": ids, "errors": bad}


def _tell(told: dict[str, object], ids: int, bad: int, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(told))
    else:
        problems = f", {bad} could not be read" if bad else ""
        click.echo(f"{told['file']}: {ids} payloads{problems}; now {told['moved']}")


def _lock(root: Path) -> BinaryIO:
    lock = (root / _LOCK).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        msg = f"another copydesk watch has {root}"
        raise click.ClickException(msg) from exc
    return lock


@click.command("watch")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--ndjson", is_flag=True, help="Files hold payload objects, one a line.")
@click.option("--poll", type=click.FloatRange(0.01), default=1.0, show_default=True, help="Seconds between looks.")
@click.option(
    "--settle", type=click.FloatRange(0), default=2.0, show_default=True, help="Seconds a file must not have changed."
)
@click.option("--once", is_flag=True, help="End when nothing is left.")
@lane_option
@redis_option
@json_option
def command(  # noqa: PLR0917  # one parameter an option
    directory: Path,
    ndjson: bool,
    poll: float,
    settle: float,
    once: bool,
    lane: str,
    redis_url: str | None,
    as_json: bool,
) -> None:
    """Push files that appear in DIRECTORY, as `copydesk push` does, and move them.

    A file is taken once it has not changed for --settle seconds, then moved to done/, or to failed/ with a file
    .errors beside it where a part of it could not be read. Better still: write under a hidden name and rename, hidden
    files are left alone. While the intake is full or away it waits. A restart within a week doubles nothing. SIGTERM
    ends it after the file in hand.
    """
    settings = read_settings(redis_url)
    chosen = replace(
        options(settings, checked_lane(settings, lane)), idempotency_seconds=_REMEMBERED, block_seconds=5.0
    )
    stop = _Stop()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    folder = _Folder(directory, settle)
    with _lock(directory), Client(settings.redis.url, chosen) as intake:
        while not stop.asked:
            waiting = False
            for path in folder.settled():
                try:
                    told = _take(folder, path, intake, settings, ndjson)
                except IntakeError as exc:
                    click.echo(f"copydesk: {path} waits: {exc}", err=True)
                    waiting = True
                    break
                except OSError as exc:
                    click.echo(f"copydesk: {path}: {exc}", err=True)
                    continue
                ids, bad = told["entries"], told["errors"]
                assert isinstance(ids, list)  # noqa: S101  # for the type checker
                assert isinstance(bad, list)  # noqa: S101  # the same
                _tell(told, len(ids), len(bad), as_json)
                if stop.asked:
                    break
            if once and not waiting and not folder.pending:
                break
            if not stop.asked:
                time.sleep(poll)
