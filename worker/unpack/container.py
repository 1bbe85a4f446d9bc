"""One payload in, the payloads within it out: gzip, zstd, zip and WARC, nested a few levels deep; pure.

No ratio of compression is limited: repetitive pages pack a thousandfold. What bounds the work is the sum of all bytes
unpacked for one payload, which a bomb reaches as soon as a large file.
"""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from worker.errors import PayloadError
from worker.model import Payload
from worker.unpack import warc
from worker.unpack.parts import Budget, Chain, Failed, Inner, Part, Skipped
from worker.unpack.streams import GZIP_MAGIC, Pieces, gunzip, is_zstd, unzstd, whole

DEEPEST: Final = 3
"""Envelopes around a payload: a dump is a zip of .warc.gz at most; a packed WARC counts once."""

MOST_PARTS: Final = 10_000
"""Parts looked at of one payload, the skipped ones too; far beyond what 5 seconds of parsing are enough for."""

_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_ENTRY: Final = b"PK\x01\x02"
_DOCUMENTS: Final = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"})
_NO_ARTICLE: Final = frozenset(
    (
        ".avif .bmp .css .eot .gif .ico .jpeg .jpg .js .map .mjs .mp3 .mp4 .ogg .otf .pdf .png .svg .tif .tiff .ttf "
        ".wasm .wav .webm .webp .woff .woff2"
    ).split()
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PACKED_TYPES: Final = re.compile(r"application/(?:x-)?(?:gzip|zstd|zip|zip-compressed|warc|octet-stream)\s*(?:;.*)?")
_PACKED_SUFFIXES: Final = frozenset({".gz", ".gzip", ".zst", ".zstd"})


def unpack(payload: Payload, limit: int) -> Iterator[Part]:
    """Give the payloads within one payload, in order; one that is no container is given as it is.

    `limit` is how many bytes may be unpacked in all. What cannot be read is a part that failed: never raises
    PayloadError, and never takes the other parts along.
    """
    budget = Budget(limit, limit)
    for number, part in enumerate(_open(payload, (), budget)):
        if number == MOST_PARTS:
            yield Failed((), PayloadError("too_large", f"more than {MOST_PARTS} parts; the rest is unread"))
            return
        yield part
        if budget.left < 0:
            return


def is_container(payload: Payload) -> bool:
    """Tell by the first bytes whether there is something to unpack."""
    return _kind(payload.body[:8]) is not None


def _kind(head: bytes) -> str | None:
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith(_ZIP_MAGICS):
        return "zip"
    if head.startswith(warc.BEGIN):
        return "warc"
    return "zstd" if is_zstd(head) else None


def _open(payload: Payload, chain: Chain, budget: Budget) -> Iterator[Part]:
    kind = _kind(payload.body[:8])
    if kind is None:
        yield Inner(payload, chain)
        return
    depth = sum(not step.startswith("warc record") for step in chain)
    if depth >= DEEPEST:
        yield Failed(chain, PayloadError("too_large", f"packed more than {DEEPEST} times into each other"))
        return
    try:
        if kind == "zip":
            yield from _zip(payload, chain, budget)
        elif (pieces := warc.opened(payload.body)) is not None:
            here = chain if kind == "warc" else (*chain, kind)
            yield from warc.read_records(payload, _counted(pieces, budget), here, budget)
        else:
            unpacked = gunzip(payload.body) if kind == "gzip" else unzstd(payload.body)
            body = whole(_counted(unpacked, budget))
            yield from _open(_inside(payload, body), (*chain, kind), budget)
    except PayloadError as exc:
        yield Failed(chain, exc)


def _counted(pieces: Pieces, budget: Budget) -> Pieces:
    for piece in pieces:
        if not isinstance(piece, PayloadError):
            try:
                budget.spend(len(piece))
            except PayloadError as exc:
                yield exc
                return
        yield piece


def _inside(payload: Payload, body: bytes) -> Payload:
    """Give what a gzip or zstd envelope holds: a type that speaks of the envelope is dropped, and its suffix."""
    declared = payload.media_type
    if declared and _PACKED_TYPES.fullmatch(declared.strip().lower()):
        declared = None
    name = payload.name
    if name and PurePosixPath(name).suffix.lower() in _PACKED_SUFFIXES:
        name = name[: -len(PurePosixPath(name).suffix)]
    return dataclasses.replace(payload, body=body, media_type=declared, name=name)


def _zip(payload: Payload, chain: Chain, budget: Budget) -> Iterator[Part]:
    # Its reader makes an object of each entry before any can be counted: 20 microseconds and 600 bytes each.
    if payload.body.count(_ZIP_ENTRY) > 2 * MOST_PARTS:
        raise PayloadError("too_large", f"the zip has more than {MOST_PARTS} members")
    try:
        with zipfile.ZipFile(io.BytesIO(payload.body)) as archive:
            members = [item for item in archive.infolist() if not item.is_dir()]
            if any(item.filename in _DOCUMENTS for item in members[:20]):
                raise PayloadError("format_unknown", "a document or program that is a zip inside, no set of payloads")
            # The address of a zip with one page in it may be the page's own; of a larger one it is nobody's.
            if sum(_passed_over(item) is None for item in members) > 1:
                payload = dataclasses.replace(payload, url=None)
            for item in members:
                yield from _zip_member(payload, archive, item, (*chain, f"zip: {_shown(item)}"), budget)
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, OverflowError, NotImplementedError) as exc:
        raise PayloadError("compression_invalid", f"zip: {exc}"[:200]) from exc


def _shown(item: zipfile.ZipInfo) -> str:
    return _CONTROL.sub("\ufffd", item.filename)[:200]


def _passed_over(item: zipfile.ZipInfo) -> str | None:
    """Say why a member is no article by nature; None where it is a payload."""
    path = PurePosixPath(item.filename)
    if item.filename.startswith("__MACOSX/") or path.name.startswith(".") or path.name == "Thumbs.db":
        return "a file of the system that packed it"
    suffix = path.suffix.lower()
    return f"a {suffix} file" if suffix in _NO_ARTICLE else None


def _zip_member(
    payload: Payload, archive: zipfile.ZipFile, item: zipfile.ZipInfo, chain: Chain, budget: Budget
) -> Iterator[Part]:
    if (reason := _passed_over(item)) is not None:
        yield Skipped(chain, reason)
        return
    try:
        body = _zip_bytes(archive, item, budget)
    except PayloadError as exc:
        yield Failed(chain, exc)
        return
    inner = dataclasses.replace(payload, body=body, media_type=None, name=_shown(item))
    yield from _open(inner, chain, budget)


def _zip_bytes(archive: zipfile.ZipFile, item: zipfile.ZipInfo, budget: Budget) -> bytes:
    if item.flag_bits & 1:
        raise PayloadError("compression_invalid", "the zip member is encrypted")
    if item.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        # bzip2 and lzma take far more time and memory for a byte than their limits could be set for.
        raise PayloadError("compression_invalid", f"zip: method {item.compress_type} is not read")
    try:
        with archive.open(item) as member:  # a spent budget ends the unpacking, so `left` is never negative here
            body = member.read(budget.left + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, ValueError, RuntimeError) as exc:
        raise PayloadError("compression_invalid", f"zip: {exc}"[:200]) from exc
    budget.spend(len(body))
    if len(body) != item.file_size:
        raise PayloadError("compression_invalid", "zip: the member is cut short")
    return body
