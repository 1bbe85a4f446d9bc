"""How records lie in an object: JSON lines in zstd, or Parquet with the record's own types."""

from __future__ import annotations

import io
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, Literal, Protocol, get_args, get_origin, get_type_hints

import orjson
import zstandard

from worker.errors import ConfigError
from worker.model import Event, Record
from worker.schema import wire_name

_LEVEL: Final = 3  # a third of level 1's size at the same time on news records; level 9 costs three times as much


@dataclass(frozen=True, slots=True)
class Encoded:
    """An object's bytes, None where no record fitted, and the records that did not: position, what was said."""

    body: bytes | None
    unfit: tuple[tuple[int, str], ...] = ()


class Encoding(Protocol):
    """One way to put records into an object; the same records always give the same bytes."""

    suffix: str

    def encode(self, lines: Sequence[bytes]) -> Encoded:
        """Encode JSON objects, one record each."""

    def count(self, body: bytes) -> int:
        """Count the records in an object."""


class JsonLines:
    """One JSON object a line, zstd level 3 with a checksum."""

    suffix = "jsonl.zst"

    def encode(self, lines: Sequence[bytes]) -> Encoded:
        """Join and pack; every record fits."""
        body = b"".join(part for line in lines for part in (line, b"\n"))
        return Encoded(zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body))

    def count(self, body: bytes) -> int:
        """Count the lines."""
        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            return sum(piece.count(b"\n") for piece in iter(lambda: reader.read(1 << 20), b""))


class Parquet:
    """A table whose columns are the record's fields with their types, and those of events; zstd level 3.

    `received_at` is a timestamp in UTC, the publisher's own times stay text with their offset. Objects with free
    keys (`story`, `changes`) are JSON text. Unknown fields are left out.
    """

    suffix = "parquet"

    def __init__(self) -> None:
        _arrow()  # refuses the start, not the first batch

    def encode(self, lines: Sequence[bytes]) -> Encoded:
        """Build a table; a record that does not fit the types is told, the others stand."""
        arrow, schema = _arrow(), _table_schema()
        rows = [_row(orjson.loads(line)) for line in lines]
        unfit: dict[int, str] = {}
        try:
            table = arrow.Table.from_pylist(rows, schema=schema)
        except (arrow.ArrowException, TypeError, ValueError, OverflowError):
            for position, row in enumerate(rows):
                try:
                    arrow.Table.from_pylist([row], schema=schema)
                except (arrow.ArrowException, TypeError, ValueError, OverflowError) as exc:
                    unfit[position] = " ".join(str(exc).split())[:300]
            fit = [row for position, row in enumerate(rows) if position not in unfit]
            if not fit:
                return Encoded(None, tuple(unfit.items()))
            table = arrow.Table.from_pylist(fit, schema=schema)
        target = io.BytesIO()
        _parquet().write_table(table, target, compression="zstd", compression_level=_LEVEL)
        return Encoded(target.getvalue(), tuple(unfit.items()))

    def count(self, body: bytes) -> int:
        """Read the number of rows."""
        return int(_parquet().ParquetFile(io.BytesIO(body)).metadata.num_rows)


Kind = Literal["jsonl", "parquet"]
ENCODINGS: Final[Mapping[Kind, type[JsonLines | Parquet]]] = {"jsonl": JsonLines, "parquet": Parquet}


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra of 150 MB, for those who write Parquet
    except ImportError as exc:
        msg = "format 'parquet' needs pyarrow: pip install 'copydesk[parquet]'"
        raise ConfigError(msg) from exc
    return pa


def _parquet() -> Any:
    import pyarrow.parquet as pq  # noqa: PLC0415  # as above

    return pq


@cache
def _table_schema() -> Any:
    arrow = _arrow()
    columns: dict[str, Any] = {}
    for kind in (Record, Event):
        hints = get_type_hints(kind)
        for item in fields(kind):
            name = wire_name(kind, item.name)
            columns.setdefault(name, _type_of(hints[item.name], arrow))
    columns["received_at"] = arrow.timestamp("ms", tz="UTC")
    return arrow.schema([arrow.field(name, kind) for name, kind in columns.items()])


def _type_of(hint: object, arrow: Any) -> Any:
    plain = {str: arrow.string(), int: arrow.int64(), float: arrow.float64(), bool: arrow.bool_()}
    if hint in plain:
        return plain[hint]
    if is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        parts = [(wire_name(hint, item.name), _type_of(hints[item.name], arrow)) for item in fields(hint)]
        return arrow.struct([arrow.field(name, kind) for name, kind in parts])
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arrow.string()
    if origin in {types.UnionType, typing.Union}:
        return _type_of(next(arg for arg in args if arg is not type(None)), arrow)
    if origin is tuple:
        return arrow.list_(_type_of(args[0], arrow))
    if origin is Mapping:
        return arrow.string() if args[1] is object else arrow.map_(arrow.string(), _type_of(args[1], arrow))
    msg = f"no column type for {hint!r}"
    raise TypeError(msg)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    """Turn what JSON spells otherwise: free objects to text, maps to pairs, the time of arrival to a time."""
    row = dict(record)
    for name in ("provenance", "pipeline"):
        if isinstance(row.get(name), dict):
            row[name] = list(row[name].items())
    for name in ("story", "changes"):
        if row.get(name) is not None:
            row[name] = orjson.dumps(row[name]).decode()
    if isinstance(received := row.get("received_at"), str):
        row["received_at"] = datetime.fromisoformat(received)
    return row
