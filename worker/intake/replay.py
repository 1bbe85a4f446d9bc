"""What an entry that comes out of the archive carries besides its payload: read, and written by `copydesk replay`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import orjson

from worker.errors import PayloadError
from worker.model import Raw, Replay

FIELD: Final = b"replay"
ARRIVED: Final = b"replay_arrived"
DIGEST: Final = b"replay_digest"


def read_replay(fields: Mapping[bytes, bytes]) -> Replay | None:
    """Read the field `replay`; None where the entry has none. Raises PayloadError `fields_invalid`."""
    raw = fields.get(FIELD)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=Replay)
    except (msgspec.ValidationError, msgspec.DecodeError) as exc:
        raise PayloadError("fields_invalid", f"the field `replay` is not one of the archive's: {exc}") from exc


def replayed_arrival(fields: Mapping[bytes, bytes]) -> datetime | None:
    """Read when the payload arrived first; time windows and the check of dates count from then."""
    raw = fields.get(ARRIVED)
    try:
        return datetime.fromisoformat(raw.decode()) if raw else None
    except ValueError as exc:
        raise PayloadError("fields_invalid", f"the field `{ARRIVED.decode()}` is no time") from exc


def replayed_raw(fields: Mapping[bytes, bytes]) -> Raw | None:
    """Give where the payload lies: it came from there."""
    digest, arrived = fields.get(DIGEST), replayed_arrival(fields)
    return Raw(digest.decode("utf-8", "replace"), hour_of(arrived)) if digest and arrived else None


def hour_of(arrived: datetime) -> str:
    """Give the partition of an hour of arrival, in UTC."""
    return arrived.astimezone(UTC).strftime("dt=%Y-%m-%d/hour=%H")


def replay_fields(revision: int, records: Sequence[Mapping[str, Any]], arrived: str, digest: str) -> dict[bytes, bytes]:
    """Make the fields that mark an entry as replayed, from what the archive's index says of the payload."""
    known = [{"part": row["part"], "id": row["id"], "verdict": row["verdict"]} for row in records]
    return {
        FIELD: orjson.dumps({"revision": revision, "known": known}),
        ARRIVED: arrived.encode(),
        DIGEST: digest.encode(),
    }
