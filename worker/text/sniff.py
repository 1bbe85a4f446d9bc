"""Format detection: each format scores what the bytes look like; the declared type and the name are only witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from worker.errors import PayloadError
from worker.model import Payload
from worker.ports import Format, Sniff

_HEAD: Final = 4096
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_WIDE: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def sniff(payload: Payload) -> Sniff:
    """Collect what detection may look at. Raises PayloadError `empty` for blank payloads."""
    body = payload.body
    head = body[: _HEAD * 2]
    bom = next((mark for mark in _BOMS if head.startswith(mark)), b"")
    head = head.removeprefix(bom)
    if bom in _WIDE:  # let detection see letters, not letters and zeros
        head = head[: len(head) // 2 * 2].decode(_WIDE[bom], "replace").encode("utf-8", "replace")
    head = head.lstrip()
    # Only a blank head makes it worth looking through all of the body.
    if not head.strip(b"\0") and not body.removeprefix(bom).strip(b" \t\r\n\f\v\0"):
        raise PayloadError("empty", f"{len(body)} bytes, all of them blank" if body else "no bytes")
    media_type = (payload.media_type or "").split(";")[0].strip().lower() or None
    path = urlsplit(payload.url).path if payload.url and not payload.name else payload.name or ""
    return Sniff(head[:_HEAD], len(body), media_type, PurePosixPath(path).suffix.lower() or None)


def rank(formats: Sequence[Format], sniffed: Sniff) -> list[tuple[float, str]]:
    """Score all formats, best first; the earlier one goes first where scores are equal."""
    return sorted(((item.score(sniffed), item.name) for item in formats), key=lambda pair: -pair[0])


def choose(formats: Sequence[Format], payload: Payload) -> Format:
    """Pick the format that fits best; raises PayloadError `empty` or `format_unknown`."""
    ranked = rank(formats, sniff(payload))
    score, name = ranked[0] if ranked else (0.0, "")
    if score <= 0:
        raise PayloadError("format_unknown", f"starts with {payload.body[:24]!r}; declared {payload.media_type}")
    return next(item for item in formats if item.name == name)
