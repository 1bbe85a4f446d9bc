"""An intake entry as producers make it: fields by name, from a payload or an NDJSON object; imports next to nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import orjson
import zstandard

from worker.errors import PayloadError

PAYLOAD_VERSION: Final = 1
"""Version of the payload contract, `v` in an entry."""

TEXT_FIELDS: Final = ("type", "url", "source", "fetched_at", "id", "enc", "v", "trace", "name")
"""Text fields of an intake entry, beside `payload` (bytes) and `hints` (JSON object)."""


def compress(body: bytes, threshold: int) -> tuple[bytes, str | None]:
    """Pack with zstd level 3 where `body` has at least `threshold` bytes and shrinks; gives (bytes, enc)."""
    if len(body) < threshold:
        return body, None
    packed = zstandard.ZstdCompressor(level=3).compress(body)
    return (packed, "zstd") if len(packed) < len(body) else (body, None)


def ndjson_entry(line: bytes) -> dict[bytes, bytes]:
    """Turn one NDJSON payload object into an intake entry's fields.

    `payload` is text, or base64 with `"b64": true`; a JSON object as payload stands for its own bytes.
    Raises PayloadError `fields_invalid`, or `markup_invalid` where the line is not JSON.
    """
    try:
        item = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        raise PayloadError("markup_invalid", f"the line is not JSON: {exc}") from exc
    if not isinstance(item, dict) or "payload" not in item:
        raise PayloadError("fields_invalid", "the line is not an object with a key `payload`")
    return object_entry(item)


def object_entry(item: Mapping[str, Any]) -> dict[bytes, bytes]:
    """Turn a payload object with a key `payload`, as it came out of JSON, into an intake entry's fields.

    Raises PayloadError `fields_invalid`.
    """
    body = item["payload"]
    if isinstance(body, str) and item.get("b64"):
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise PayloadError("fields_invalid", f"payload is not base64: {exc}") from exc
    elif isinstance(body, str):
        raw = body.encode("utf-8")
    elif isinstance(body, dict | list):
        raw = orjson.dumps(body)
    else:
        raise PayloadError("fields_invalid", "payload is neither text nor an object")
    entry = {b"payload": raw}
    for name in TEXT_FIELDS:
        value = item.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise PayloadError("fields_invalid", f"{name!r} is neither text nor a number")
        if value is not None:
            entry[name.encode()] = str(value).encode("utf-8")
    if (hints := item.get("hints")) is not None:
        entry[b"hints"] = orjson.dumps(hints)
    return entry


def write_entry(
    payload: bytes,
    *,
    compress_over: int,
    hints: Mapping[str, object] | None = None,
    **text: str | None,
) -> dict[bytes, bytes]:
    """Make an intake entry's fields; text fields are those of `TEXT_FIELDS` without `enc` and `v`."""
    body, enc = compress(payload, compress_over)
    entry = {b"payload": body, b"v": str(PAYLOAD_VERSION).encode()}
    for name, value in (text | {"enc": enc}).items():
        if name not in TEXT_FIELDS:
            msg = f"{name!r} is not a field of a payload"
            raise TypeError(msg)
        if value:
            entry[name.encode()] = value.encode("utf-8")
    if hints:
        entry[b"hints"] = orjson.dumps(dict(hints))
    return entry
