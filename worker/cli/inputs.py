"""What a user names on the command line, as intake entries: files, directories and standard input."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from worker.entry import ndjson_entry
from worker.errors import PayloadError
from worker.producers.warc import WarcFile, is_warc

_WHOLE_WARC: Final = 500_000
"""Bytes up to which a WARC file is one payload: tens of packed pages (20 KB each in a trial), within one time limit."""


@dataclass(frozen=True, slots=True)
class Input:
    """One payload: how to call it, and its entry's fields or why there are none."""

    name: str
    entry: dict[bytes, bytes] = field(default_factory=dict, repr=False)
    error: PayloadError | None = None


def walk(paths: Sequence[str]) -> Iterator[Path]:
    """Yield the files that paths mean, in order.

    A directory stands for all files below it, sorted, hidden ones left out; a pattern (`*`, `?`, `[…]`, `**`) that is
    no file's name for the files that it matches.
    """
    for name in paths:
        path = Path(name)
        if glob.has_magic(name) and not path.exists() and (found := sorted(glob.glob(name, recursive=True))):  # noqa: PTH207  # Path.glob takes no absolute pattern
            yield from walk([item for item in found if Path(item).is_file()])
        elif path.is_dir():
            yield from (
                item
                for item in sorted(path.rglob("*"))
                if item.is_file() and not any(part.startswith(".") for part in item.relative_to(path).parts)
            )
        else:
            yield path


def read_inputs(paths: Sequence[str], raw_limit: int) -> Iterator[Input]:
    """Read each path as one payload; `-` is standard input. A file over `raw_limit` bytes is not read.

    A WARC file of more than 0.5 MB is read record by record, each a payload of its own; what is no article is counted
    on standard error.
    """
    for name in paths:
        if name == "-":
            body = sys.stdin.buffer.read(raw_limit + 1)
            if len(body) > raw_limit:  # never a part passed off as the whole
                yield Input("-", error=PayloadError("too_large", f"the limit is {raw_limit} bytes"))
            else:
                yield Input("-", {b"payload": body, b"name": b"-"})
            continue
        for path in walk([name]):
            yield from _file(path, raw_limit)


def _file(path: Path, raw_limit: int) -> Iterator[Input]:
    name = str(path)
    try:
        size = path.stat().st_size
        if size > _WHOLE_WARC and is_warc(path):
            yield from _records(WarcFile(path, raw_limit))
        elif size > raw_limit:
            yield Input(name, error=PayloadError("too_large", f"{size} bytes, the limit is {raw_limit}"))
        else:
            yield Input(name, {b"payload": path.read_bytes(), b"name": name.encode("utf-8", "replace")})
    except OSError as exc:
        yield Input(name, error=PayloadError("empty", f"cannot be read: {exc.strerror}"))


def _records(file: WarcFile) -> Iterator[Input]:
    """Give each record that may be an article as a WARC of its own, so that nothing its head says is lost."""
    for part in file:
        if part.error is not None:
            yield Input(part.name, error=part.error)
        else:
            yield Input(part.name, {b"payload": part.payload, b"name": part.name.encode("utf-8", "replace")})
    reasons = ", ".join(f"{count} {reason}" for reason, count in file.skipped.most_common(10))
    if not file.payloads and not file.failed:
        yield Input(str(file.path), error=PayloadError("article_missing", f"no record is an article: {reasons}"))
    elif file.skipped:
        click.echo(f"copydesk: {file.path}: {file.skipped.total()} records are no articles: {reasons}", err=True)


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
