"""What a user names on the command line, as intake entries: files, directories and standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from worker.errors import PayloadError
from worker.wire import ndjson_entry


@dataclass(frozen=True, slots=True)
class Input:
    """One payload: how to call it, and its entry's fields or why there are none."""

    name: str
    entry: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    error: PayloadError | None = None


def walk(paths: Sequence[str]) -> Iterator[Path]:
    """Yield the files that paths mean: a directory stands for all files below it, sorted, hidden ones left out."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from (
                item
                for item in sorted(path.rglob("*"))
                if item.is_file() and not any(part.startswith(".") for part in item.relative_to(path).parts)
            )
        else:
            yield path


def read_inputs(paths: Sequence[str], raw_limit: int) -> Iterator[Input]:
    """Read each path as one payload; `-` is standard input. A file over `raw_limit` bytes is not read."""
    for name in paths:
        if name == "-":
            body = sys.stdin.buffer.read(raw_limit + 1)
            if len(body) > raw_limit:  # never a part passed off as the whole
                yield Input("-", error=PayloadError("too_large", f"the limit is {raw_limit} bytes"))
            else:
                yield Input("-", {b"payload": body, b"name": b"-"})
            continue
        for path in walk([name]):
            yield _file(path, raw_limit)


def _file(path: Path, raw_limit: int) -> Input:
    name = str(path)
    try:
        size = path.stat().st_size
        if size > raw_limit:
            return Input(name, error=PayloadError("too_large", f"{size} bytes, the limit is {raw_limit}"))
        return Input(name, {b"payload": path.read_bytes(), b"name": name.encode("utf-8", "replace")})
    except OSError as exc:
        return Input(name, error=PayloadError("empty", f"cannot be read: {exc.strerror}"))


def read_ndjson(paths: Sequence[str]) -> Iterator[Input]:
    """Read payload objects, one a line; blank lines are passed over, a bad line is an error in its place."""
    for name in paths:
        if name == "-":
            yield from _lines(name, sys.stdin.buffer)
        else:
            for path in walk([name]):
                try:
                    with path.open("rb") as lines:
                        yield from _lines(str(path), lines)
                except OSError as exc:
                    yield Input(str(path), error=PayloadError("empty", f"cannot be read: {exc.strerror}"))


def _lines(name: str, lines: Iterable[bytes]) -> Iterator[Input]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            entry = ndjson_entry(line)
        except PayloadError as exc:
            yield Input(where, error=exc)
        else:
            yield Input(entry.get(b"id", where.encode()).decode(), entry)
