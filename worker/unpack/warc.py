"""WARC records out of a stream of bytes, each judged by itself: a payload, passed over with a reason, or failed.

fastwarc reads heads and undoes transfer encodings. Where a record begins and ends is found here: fastwarc's iterator
gives a record that is cut as if it were whole, and one with a wrong length swallows those behind it.
"""

from __future__ import annotations

import dataclasses
import io
import re
import zlib
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from fastwarc.stream_io import BrotliReader, ChunkedReader
from fastwarc.warc import HeaderMap, WarcRecord, WarcRecordType

from worker.errors import PayloadError
from worker.model import Issue, Payload
from worker.unpack.parts import Chain, Failed, Inner, Part, Skipped
from worker.unpack.streams import GZIP_MAGIC, Pieces, Raw, gunzip, is_zstd, limited, unzstd, whole

BEGIN: Final = b"WARC/"
_BEGIN: Final = re.compile(rb"(?<=\n)WARC/\d")
_LENGTH: Final = re.compile(rb"(?mi)^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$")
_END_OF_HEAD: Final = b"\r\n\r\n"
_MOST_HEAD: Final = 65_536
_KEPT: Final = len(BEGIN) + 1  # what may be the beginning of a record whose rest has not come yet
_OK: Final = 200
_PAYLOADS: Final = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
_TEXTUAL: Final = re.compile(
    r"text/(?!css|javascript|ecmascript|calendar|vtt|vcard|x-)[\w.+-]{1,80}"
    r"|application/(?:[\w.-]{1,80}\+)?(?:xml|json|x-ndjson|ndjson|jsonl)"
)
_CHUNK: Final = re.compile(rb"^[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]{0,200})?\r\n")


@dataclasses.dataclass(frozen=True, slots=True)
class RawRecord:
    """A record's head (with the empty line) and block; the block is None where it is larger than is read."""

    head: bytes
    block: bytes | None


class _Splitter:
    """Cuts pieces of bytes into records; keeps at most one record and one piece in memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffer = bytearray()
        self._lost = False

    def feed(self, piece: bytes) -> Iterator[RawRecord | PayloadError]:
        """Take a piece and give the records that are whole now."""
        self._buffer += piece
        yield from self._take(at_end=False)

    def end(self) -> Iterator[RawRecord | PayloadError]:
        """Give what is left at the end of the data, or before a gap; what is cut is an error."""
        yield from self._take(at_end=True)
        self._buffer.clear()
        self._lost = False

    def _take(self, *, at_end: bool) -> Iterator[RawRecord | PayloadError]:
        while self._found(at_end=at_end):
            item = self._one(at_end=at_end)
            if item is None:
                if not at_end:
                    return
                item = PayloadError("markup_invalid", "a WARC record is cut short")
            yield item
            if isinstance(item, PayloadError) or item.block is None:
                # Its length cannot be relied on: whatever begins next after its first line is taken up.
                self._lost = True
                del self._buffer[: len(BEGIN)]

    def _found(self, *, at_end: bool) -> bool:
        """Go to the beginning of the next record; what is passed is noise, or a record that was told as an error."""
        buffer = self._buffer
        if not self._lost:
            blank = len(buffer) - len(buffer.lstrip(b"\r\n"))
            del buffer[:blank]
            if buffer.startswith(BEGIN) or (not at_end and BEGIN.startswith(buffer[: len(BEGIN)])):
                return buffer.startswith(BEGIN)
            if not buffer:
                return False
        start = _BEGIN.search(buffer)
        if start is None:
            del buffer[: max(0, len(buffer) - _KEPT - 1)]
            self._lost = True
            return False
        del buffer[: start.start()]
        self._lost = False
        return True

    def _one(self, *, at_end: bool) -> RawRecord | PayloadError | None:
        """Read the record at the front; None where its end has not come yet."""
        buffer = self._buffer
        end = buffer.find(_END_OF_HEAD, 0, _MOST_HEAD)
        if end < 0:
            return PayloadError("markup_invalid", "a WARC head has no end") if len(buffer) > _MOST_HEAD else None
        start = end + len(_END_OF_HEAD)
        head = bytes(buffer[:start])
        found = _LENGTH.search(head)
        if found is None:
            return PayloadError("markup_invalid", f"a WARC record has no length: {_named(head)}")
        length = int(found[1])
        if length > self._most:
            return RawRecord(head, None)
        after = bytes(buffer[start + length : start + length + len(_END_OF_HEAD)])
        if len(buffer) < start + length or (len(after) < len(_END_OF_HEAD) and not at_end):
            return None
        if after.strip(b"\r\n") and not after.startswith(BEGIN[:4]):
            return PayloadError("markup_invalid", f"the length of a WARC record is wrong: {_named(head)}")
        block = bytes(buffer[start : start + length])
        del buffer[: start + length]
        return RawRecord(head, block)


def _named(head: bytes) -> str:
    found = re.search(rb"(?mi)^warc-target-uri[ \t]*:[ \t]*(.{1,200})", head)
    return found[1].decode("utf-8", "replace").strip() if found else "no address"


def split(pieces: Pieces, most: int) -> Iterator[RawRecord | PayloadError]:
    """Cut a stream into records; a record's block of more than `most` bytes is not kept.

    A damaged record, and a gap in the stream, is an error in its place; the records behind it are found again.
    """
    splitter = _Splitter(most)
    for piece in pieces:
        if isinstance(piece, PayloadError):
            # What was before the gap is cut by it: one error, not two.
            yield from (item for item in splitter.end() if not isinstance(item, PayloadError))
            yield piece
        else:
            yield from splitter.feed(piece)
    yield from splitter.end()


def opened(raw: Raw) -> Pieces | None:
    """Give the unpacked pieces of a WARC file, packed or plain, and None where the bytes are no WARC."""
    head = raw[:8]
    if head.startswith(BEGIN):
        return _slices(raw)
    unpack = gunzip if head.startswith(GZIP_MAGIC) else unzstd if is_zstd(head) else None
    if unpack is None:
        return None
    first = next(unpack(raw), b"")
    if isinstance(first, PayloadError) or not first.startswith(BEGIN):
        return None
    return unpack(raw, BEGIN)


def _slices(raw: Raw, step: int = 1 << 20) -> Pieces:
    for at in range(0, len(raw), step):
        yield raw[at : at + step]


def read_records(outer: Payload, pieces: Pieces, chain: Chain, most: int) -> Iterator[Part]:
    """Judge each record of a WARC; `most` is the largest block, and page, in bytes."""
    for number, item in enumerate(split(pieces, most), start=1):
        here = (*chain, f"warc record {number}")
        if isinstance(item, PayloadError):
            yield Failed(here, item)
            continue
        try:
            yield _read(outer, item, here, most)
        except PayloadError as exc:
            yield Failed(here, exc)
        except (OSError, ValueError) as exc:  # what fastwarc raises
            yield Failed(here, PayloadError("markup_invalid", f"the WARC record cannot be read: {exc}"[:200]))


def _read(outer: Payload, raw: RawRecord, chain: Chain, most: int) -> Part:
    record = WarcRecord.from_bytes(raw.head + (raw.block or b"") + _END_OF_HEAD)
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ") or None
    chain = (*chain[:-1], f"{chain[-1]}: {(url or 'no address')[:200]}")
    kind = record.record_type
    if not kind & _PAYLOADS:
        return Skipped(chain, f"{record.headers.get('WARC-Type') or 'unknown'} record"[:60])
    identified = record.headers.get("WARC-Identified-Payload-Type")
    declared = "text/plain" if kind == WarcRecordType.conversion else record.headers.get("Content-Type") or ""
    http = declared.lower().startswith("application/http")
    if http:
        record.parse_http()
        head = record.http_headers
        if head.status_code is None:
            raise PayloadError("markup_invalid", "the WARC record holds no HTTP response")
        if head.status_code != _OK:
            return Skipped(chain, f"status {head.status_code}")
        declared = head.get("Content-Type") or ""
    textual = declared.split(";")[0].strip().lower() or (identified or "").strip().lower()
    if textual and not _TEXTUAL.fullmatch(textual):
        return Skipped(chain, f"type {textual[:60]}")
    if url and urlsplit(url).path == "/robots.txt":
        return Skipped(chain, "robots.txt")
    if raw.block is None:
        raise PayloadError("too_large", f"the WARC record holds more than {most} bytes")
    body = record.reader.read()
    if http:
        body = _decoded(body, record.http_headers, most)
    cut = record.headers.get("WARC-Truncated")
    issues = (Issue("body_cut", "body", f"the crawler kept only a part of the page: {cut}"[:100]),) if cut else ()
    payload = dataclasses.replace(
        outer,
        body=body,
        media_type=declared or None,
        url=url,
        fetched_at=record.headers.get("WARC-Date") or outer.fetched_at,
        name=None,
    )
    return Inner(payload, chain, issues)


def _decoded(body: bytes, head: HeaderMap, most: int) -> bytes:
    """Undo transfer and content encoding where they are still on: crawlers often leave the head as it was."""
    if "chunked" in (head.get("Transfer-Encoding") or "").lower() and _CHUNK.match(body):
        body = ChunkedReader(io.BytesIO(body)).read(most + 1)
    for coding in reversed([item.strip() for item in (head.get("Content-Encoding") or "").lower().split(",")]):
        if coding in {"gzip", "x-gzip"} and body.startswith(GZIP_MAGIC):
            body = whole(limited(gunzip(body), most))
        elif coding == "zstd" and is_zstd(body[:8]):
            body = whole(limited(unzstd(body), most))
        elif coding == "deflate":
            body = _inflate(body, most)
        elif coding == "br":
            body = _brotli(body, most)
        elif coding not in {"", "identity", "gzip", "x-gzip", "zstd"}:
            raise PayloadError("compression_invalid", f"content encoding {coding[:40]!r} is not read")
    if len(body) > most:
        raise PayloadError("too_large", f"unpacks to more than {most} bytes")
    return body


def _inflate(body: bytes, most: int) -> bytes:
    for wbits in (15, -15):  # as the standard says, and as many servers do
        stream = zlib.decompressobj(wbits)
        try:
            out = stream.decompress(body, most + 1)
        except zlib.error:
            continue
        if not stream.eof and len(out) <= most:
            raise PayloadError("compression_invalid", "deflate: the data is cut short")
        return out
    return _as_it_is(body, "deflate")


def _brotli(body: bytes, most: int) -> bytes:
    try:
        return BrotliReader(io.BytesIO(body)).read(most + 1)
    except OSError:
        return _as_it_is(body, "br")


def _as_it_is(body: bytes, coding: str) -> bytes:
    """Give bytes that are text already although the head names a coding; raises PayloadError for others."""
    if body.lstrip()[:1] in {b"<", b"{", b"["}:
        return body
    raise PayloadError("compression_invalid", f"{coding}: the data is damaged")
