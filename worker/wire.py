"""Bytes on the wire: stream entries to payloads, records to JSON. JSON only, never pickle."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Final

import orjson

from worker.entry import PAYLOAD_VERSION, TEXT_FIELDS
from worker.errors import PayloadError
from worker.model import Event, Payload, Provenance, Record
from worker.unpack.streams import Pieces, gunzip, limited, unzstd, whole

_FIELD_LIMIT: Final = 16_384  # a url or source beyond this many bytes is a broken producer, not a long URL
_RECORD_FIELDS: Final = tuple(f.name for f in fields(Record))
_EVENT_FIELDS: Final = tuple(f.name for f in fields(Event))
_ENCODINGS: Final[Mapping[str | None, Callable[[bytes], Pieces]]] = {"zstd": unzstd, "gzip": gunzip}
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """Bytes of a payload as it arrives, and after `enc` was undone."""

    raw_bytes: int = 10_000_000
    decompressed_bytes: int = 30_000_000


def decompress(raw: bytes, enc: str | None, limit: int) -> bytes:
    """Undo the transport encoding.

    Raises PayloadError `too_large` as soon as the output passes `limit` bytes (the rest is never
    unpacked), `compression_invalid` for damaged or truncated data and for an unknown `enc`.
    """
    if enc in {None, "", "none", "identity"}:
        return raw
    if enc not in _ENCODINGS:
        raise PayloadError("compression_invalid", f"enc {str(enc)[:40]!r} is not zstd, gzip or none")
    return whole(limited(_ENCODINGS[enc](raw), limit))


def _text(name: str, raw: bytes) -> str:
    if len(raw) > _FIELD_LIMIT:
        raise PayloadError("fields_invalid", f"field {name!r} is longer than {_FIELD_LIMIT} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise PayloadError("fields_invalid", f"field {name!r} is not UTF-8") from exc


def _hints(raw: bytes) -> Mapping[str, object]:
    if len(raw) > 4 * _FIELD_LIMIT:
        raise PayloadError("fields_invalid", f"hints are longer than {4 * _FIELD_LIMIT} bytes")
    try:
        hints = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise PayloadError("fields_invalid", f"hints are not JSON: {exc}") from exc
    if not isinstance(hints, dict):
        raise PayloadError("fields_invalid", "hints are not a JSON object")
    return hints


def _version(text: str) -> None:
    if not text.isascii() or not text.isdigit():
        raise PayloadError("fields_invalid", f"v {text[:20]!r} is not a whole number")
    if int(text[:9]) > PAYLOAD_VERSION:
        raise PayloadError("version_unsupported", f"v {text[:20]} is newer than {PAYLOAD_VERSION}")


def read_entry(entry_id: str, entry: Mapping[bytes, bytes], received_at: datetime, limits: SizeLimits) -> Payload:
    """Read an intake entry's fields into a payload.

    Fields that the contract does not name are ignored, so that a newer producer is understood.
    Raises PayloadError: `fields_invalid`, `too_large`, `compression_invalid`, `version_unsupported`.
    """
    raw = entry.get(b"payload")
    if raw is None:
        raise PayloadError("fields_invalid", "the entry has no field `payload`")
    if len(raw) > limits.raw_bytes:
        raise PayloadError("too_large", f"{len(raw)} bytes, the limit is {limits.raw_bytes}")
    text = {name: _text(name, entry[name.encode()]) for name in TEXT_FIELDS if name.encode() in entry}
    _version(text.get("v") or "1")
    return Payload(
        body=decompress(raw, text.get("enc"), limits.decompressed_bytes),
        payload_id=text.get("id") or entry_id,
        received_at=received_at,
        media_type=text.get("type") or None,
        url=text.get("url") or None,
        source=text.get("source") or None,
        fetched_at=text.get("fetched_at") or None,
        hints=_hints(entry[b"hints"]) if entry.get(b"hints") else {},
        trace=text.get("trace") or None,
        name=text.get("name") or None,
    )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _provenance(item: Provenance) -> dict[str, object]:
    return {"from": item.origin, "method": item.method, "confidence": round(item.confidence, 3)}


def dump_record(record: Record) -> bytes:
    """Write a record as one line of JSON (UTF-8, no newline).

    Lone surrogates, which JSON cannot carry in UTF-8, become U+FFFD.
    """
    shallow: dict[str, object] = {name: getattr(record, name) for name in _RECORD_FIELDS}
    shallow["provenance"] = {name: _provenance(item) for name, item in record.provenance.items()}
    try:
        return orjson.dumps(shallow, default=_plain)
    except TypeError:  # orjson refuses lone surrogates; rare, so the slow walk is only here
        return orjson.dumps(_without_surrogates(shallow))


def dump_event(event: Event) -> bytes:
    """Write an event as one line of JSON (UTF-8, no newline)."""
    shallow: dict[str, object] = {name: getattr(event, name) for name in _EVENT_FIELDS}
    try:
        return orjson.dumps(shallow, default=_plain)
    except TypeError:
        return orjson.dumps(_without_surrogates(shallow))


def dump_trace(record: Record) -> bytes:
    """Write what the trace keeps of a record: who it is, its verdict, how it was delivered; one line of JSON."""
    line = {
        name: getattr(record, name)
        for name in ("id", "payload_id", "part", "received_at", "url", "headline", "domain", "delivery", "verdict")
    }
    try:
        return orjson.dumps(line)
    except TypeError:
        return orjson.dumps(_without_surrogates(line))


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _without_surrogates(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(_without_surrogates(key)): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    return value
