"""Which records a sink gets, and which of their fields: by values of the record alone, never by an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import orjson

from worker.model import EVENT_SCHEMA, Record
from worker.ports import Letter

ALWAYS: Final = ("schema", "id", "version", "revision")
"""Fields that a selection always keeps: without them a record cannot be told from another."""

Value = str | int | float | bool | None
_NAMES: Final = frozenset(Record.__dataclass_fields__)


def unknown_fields(paths: Sequence[str]) -> list[str]:
    """Name the paths whose first part is no field of the record."""
    return [path for path in paths if path.split(".", 1)[0] not in _NAMES]


@dataclass(frozen=True, slots=True)
class Selection:
    """A sink's record filter and field selection.

    `where` and `unless` give for a path (`verdict.kind`, `publisher.domain`, `topics.code`) the accepted or refused
    values; through a list, any item counts. All paths of `where` must hold, and none of `unless` may.
    `fields` are top-level names, none: all. Events (withdrawals, corrections) pass every filter whole: a consumer that
    has the record must hear of them.
    """

    where: Mapping[str, Sequence[Value]] = field(default_factory=lambda: MappingProxyType({}))
    unless: Mapping[str, Sequence[Value]] = field(default_factory=lambda: MappingProxyType({}))
    fields: tuple[str, ...] = ()

    def __call__(self, letter: Letter) -> Letter | None:
        """Give the letter with the selected fields, or None where the sink does not get it."""
        if not (self.where or self.unless or self.fields):
            return letter
        record = _read(letter.json)
        if record is None or record.get("schema") == EVENT_SCHEMA:
            return letter
        if not all(_any_of(record, path, values) for path, values in self.where.items()):
            return None
        if any(_any_of(record, path, values) for path, values in self.unless.items()):
            return None
        if not self.fields:
            return letter
        kept = {name: record[name] for name in record if name in self.fields or name in ALWAYS}
        return Letter(letter.id, letter.record_id, orjson.dumps(kept))


def _read(json: bytes) -> dict[str, Any] | None:
    """Read a record; None for what is none, which only somebody else can have put into the stream: it goes whole."""
    try:
        record = orjson.loads(json)
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _any_of(record: object, path: str, accepted: Sequence[Value]) -> bool:
    values = _values(record, path.split("."))
    return any(value in accepted for value in values)


def _values(node: object, parts: Sequence[str]) -> list[object]:
    """Collect what stands at a path; lists on the way are walked, a missing part counts as null."""
    if isinstance(node, list):
        return [value for item in node for value in _values(item, parts)]
    if not parts:
        return [node]
    if isinstance(node, dict):
        return _values(node.get(parts[0]), parts[1:])
    return [None]
