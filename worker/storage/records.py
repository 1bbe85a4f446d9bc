"""Records read back from files: JSON lines, packed or not, or a directory that the sink `objects` wrote."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import zstandard

from worker.errors import CopydeskError


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file or of all files below a directory, in the order of their names.

    Raises CopydeskError that names the file and line of what is no JSON object.
    """
    if path.is_dir():
        for inner in sorted(item for item in path.rglob("*.jsonl*") if item.name.endswith((".jsonl", ".jsonl.zst"))):
            yield from read_records(inner)
        return
    try:
        with path.open("rb") as file:
            packed = file.read(4) == b"\x28\xb5\x2f\xfd"
            file.seek(0)
            stream: Any = file
            if packed:
                stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True))
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    yield _object(path, number, line)
    except (OSError, zstandard.ZstdError) as exc:
        msg = f"{path}: {exc}"
        raise CopydeskError(msg) from exc


def _object(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        msg = f"{path}, line {number}: {exc}"
        raise CopydeskError(msg) from exc
    if not isinstance(found, dict):
        msg = f"{path}, line {number}: no JSON object"
        raise CopydeskError(msg)
    return found
