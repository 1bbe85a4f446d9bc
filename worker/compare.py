"""Two versions of the same records compared field by field; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

VOLATILE: Final = frozenset({"revision", "pipeline", "provenance", "raw", "trace", "delivery"})
"""Fields that say how a record was made; left out unless they are asked for."""

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A record whose field differs, with both values."""

    id: str
    url: str | None
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs: pairs that were compared, ids on one side alone, and the changes of each field."""

    pairs: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @property
    def changed_records(self) -> int:
        """How many records differ in at least one field."""
        return len({change.id for changes in self.changes.values() for change in changes})


def newest(records: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Keep the highest revision of each record, of one revision the whole record; events are passed over.

    The same text that came again at the same site has the same id, and is delivered as a reference.
    """
    kept: dict[str, dict[str, Any]] = {}
    for record in records:
        if "event" in record or "error" in record:
            continue
        held = kept.get(record["id"])
        if held is None or _rank(record) >= _rank(held):
            kept[record["id"]] = record
    return kept


def _rank(record: Mapping[str, Any]) -> tuple[int, bool]:
    return record.get("revision", 1), record.get("delivery") != "reference"


def compare(
    before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]], only: Sequence[str] = ()
) -> Comparison:
    """Pair records by id, the rest by payload and part, and compare all fields, or those named."""
    pairs = [(before[key], after[key]) for key in before if key in after]
    left = {_place(item): item for key, item in before.items() if key not in after}
    right = {_place(item): item for key, item in after.items() if key not in before}
    pairs += [(left[key], right[key]) for key in left if key in right]
    changes: dict[str, list[Change]] = defaultdict(list)
    for old, new in pairs:
        names = only or [name for name in {**old, **new} if name not in VOLATILE]
        for name in names:
            if old.get(name) != new.get(name):
                changes[name].append(Change(old["id"], old.get("url"), old.get(name), new.get(name)))
    return Comparison(
        len(pairs),
        tuple(item["id"] for key, item in left.items() if key not in right),
        tuple(item["id"] for key, item in right.items() if key not in left),
        {name: tuple(found) for name, found in sorted(changes.items(), key=lambda pair: -len(pair[1]))},
    )


def _place(record: Mapping[str, Any]) -> _Key:
    return str(record.get("payload_id")), str(record.get("part"))
