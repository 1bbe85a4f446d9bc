"""What a payload says of records that were delivered before, and until when an article is held back; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, cast

from worker.errors import PayloadError
from worker.model import EVENT_SCHEMA, Event, EventKind, Issue, Payload, Record
from worker.text.dates import read_date

_UNTIL: Final = "until "
_ID_LIMIT: Final = 200
_FIXED: Final = frozenset({"schema", "id", "version", "revision", "payload_id", "part", "received_at", "verdict"})


def event(kind: EventKind, record_id: str, at: datetime, reason: str | None, by: str | None) -> Event:
    """Make an event without changes; `at` in any time zone."""
    return Event(EVENT_SCHEMA, record_id, kind, at.astimezone(UTC).isoformat(timespec="milliseconds"), reason, by, None)


def notice_of(payload: Payload) -> Event | None:
    """Read the hints `withdraw` and `correct`: such a payload is a notice of a record and no article.

    Each is `{"id": RECORD_ID, "reason": TEXT}`, a correction with `"changes": {FIELD: VALUE}` besides. Raises
    PayloadError `fields_invalid` for one that is not of that form.
    """
    for name, kind in (("withdraw", "withdrawn"), ("correct", "corrected")):
        if (raw := payload.hints.get(name)) is not None:
            return _notice(name, cast("EventKind", kind), raw, payload)
    return None


def _notice(name: str, kind: EventKind, raw: object, payload: Payload) -> Event:
    if not isinstance(raw, Mapping) or not isinstance(record_id := raw.get("id"), str):
        raise PayloadError("fields_invalid", f'hints.{name} is not {{"id": RECORD_ID, "reason": TEXT}}')
    if not 0 < len(record_id) <= _ID_LIMIT:
        raise PayloadError("fields_invalid", f"hints.{name}.id is empty or longer than {_ID_LIMIT} characters")
    reason = raw.get("reason")
    changes = checked_changes(raw.get("changes"), f"hints.{name}.changes") if kind == "corrected" else None
    made = event(kind, record_id, payload.received_at, reason if isinstance(reason, str) else None, payload.payload_id)
    return Event(made.schema, made.id, made.event, made.at, made.reason, made.by, changes)


def checked_changes(changes: object, where: str) -> Mapping[str, object]:
    """Check a correction's new values: names of the record's fields, none of those that say which record it is.

    Raises PayloadError `fields_invalid`.
    """
    if not isinstance(changes, Mapping) or not changes:
        raise PayloadError("fields_invalid", f"{where} is not an object of fields and new values")
    known = set(Record.__dataclass_fields__) - _FIXED
    if wrong := sorted(str(name) for name in changes if name not in known):
        raise PayloadError("fields_invalid", f"{where} names what cannot be corrected: {', '.join(wrong)[:200]}")
    return dict(changes)


def withdrawals(record: Record) -> list[Event]:
    """Give the tombstones of an article that takes an earlier one back: for all its versions that the verdict names."""
    verdict = record.verdict
    if verdict.reason != "withdrawal":
        return []
    ids = dict.fromkeys(item for item in (verdict.of, verdict.previous, verdict.first) if item and item != record.id)
    at = datetime.fromisoformat(record.received_at)
    return [event("withdrawn", item, at, record.headline, record.id) for item in ids]


def embargo_issue(payload: Payload) -> Issue | None:
    """Read the hint `embargo_until` (a time with its offset, or a date): the issue it makes of each article."""
    raw = payload.hints.get("embargo_until")
    if raw is None:
        return None
    stamp = read_date(raw) if isinstance(raw, str) else None
    if stamp is None:
        return Issue("hint_invalid", None, f"embargo_until {str(raw)[:60]!r} is no date")
    return Issue("embargoed", None, f"{_UNTIL}{stamp.value}")


def held_until(record: Record) -> datetime | None:
    """Tell until when a record is held back, None for at once and where no time is stated.

    A time without offset is taken as UTC; a date alone holds until it begins.
    """
    times = [_time(issue.detail) for issue in record.issues if issue.code == "embargoed"]
    return max((time for time in times if time is not None), default=None)


def _time(detail: str | None) -> datetime | None:
    try:
        time = datetime.fromisoformat((detail or "").removeprefix(_UNTIL))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
