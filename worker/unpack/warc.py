"""WARC records out of a stream of bytes, each judged by itself: a payload, passed over with a reason, or failed.

fastwarc reads heads and undoes codings. Where a record begins and ends is found here: fastwarc's iterator gives a
record that is cut as if it were whole, one with a wrong length swallows those behind it, and its `from_bytes` takes as
much memory as the head claims, which ends the process (2.0.1).
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
from fastwarc.warc import HeaderMap

from worker.errors import PayloadError
from worker.model import Issue, Payload
from worker.unpack.parts import Budget, Chain, Failed, Inner, Part, Skipped
from worker.unpack.streams import GZIP_MAGIC, Pieces, Raw, gunzip, is_zstd, limited, unzstd, whole

BEGIN: Final = b"WARC/"
_BEGIN: Final = re.compile(rb"WARC/\d\.\d{1,3}\r?\n")
_LENGTH: Final = re.compile(rb"(?mi)^content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$")
_END_OF_HEAD: Final = b"\r\n\r\n"
_MOST_HEAD: Final = 65_536
_KEPT: Final = 11  # the longest first line but for its last byte, which may not have come yet
_BLANK: Final = re.compile(rb"[\r\n]*")
_OK: Final = 200
_PAYLOADS: Final = frozenset({"response", "resource", "conversion"})
_TEXTUAL: Final = re.compile(
    r"text/(?!css|javascript|ecmascript|calendar|dns|vtt|vcard|x-)[\w.+-]{1,80}"
    r"|application/(?:[\w.-]{1,80}\+)?(?:xml|json|x-ndjson|ndjson|jsonl)"
)
_CHUNK: Final = re.compile(rb"^[0-9a-fA-F]{1,8}[ \t]*(?:;[^\r\n]{0,200})?\r\n")


@dataclasses.dataclass(frozen=True, slots=True)
class RawRecord:
    """A record's head (with the empty line) and block; where that is too large to be read, None and how it starts."""

    head: bytes
    block: bytes | None
    start: bytes = b""

    @property
    def whole(self) -> bytes:
        """The record as it stood, a WARC of one record."""
        return self.head + (self.block or b"") + _END_OF_HEAD


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
        if self._buffer and not self._lost:
            yield PayloadError("markup_invalid", "a WARC record is cut short")
        self._buffer.clear()
        self._lost = False

    def _take(self, *, at_end: bool) -> Iterator[RawRecord | PayloadError]:
        while True:
            if self._noise():
                yield PayloadError("markup_invalid", "bytes that belong to no WARC record")
                self._lost = True
            if not self._found():
                return
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

    def _noise(self) -> bool:
        """Tell whether what comes where a record should begin is none; blank lines are dropped."""
        if self._lost:
            return False
        buffer = self._buffer
        if (blank := _BLANK.match(buffer)) is not None:
            del buffer[: len(blank[0])]
        return not BEGIN.startswith(buffer[: len(BEGIN)])

    def _found(self) -> bool:
        """Go to the beginning of the next record; what is passed was told as an error."""
        buffer = self._buffer
        if self._lost:
            start = _BEGIN.search(buffer)
            del buffer[: start.start() if start else max(0, len(buffer) - _KEPT)]
            self._lost = start is None
        return not self._lost and len(buffer) >= len(BEGIN)

    def _one(self, *, at_end: bool) -> RawRecord | PayloadError | None:
        """Read the record at the front; None where its end has not come yet."""
        buffer = self._buffer
        end = buffer.find(_END_OF_HEAD, 0, _MOST_HEAD)
        if end < 0:
            return PayloadError("markup_invalid", "a WARC head has no end") if len(buffer) > _MOST_HEAD else None
        start = end + len(_END_OF_HEAD)
        head = bytes(buffer[:start])
        length = _length(head)
        if isinstance(length, PayloadError):
            return length
        if length > self._most:
            return RawRecord(head, None, bytes(buffer[start : start + _MOST_HEAD]))
        after = bytes(buffer[start + length : start + length + len(_END_OF_HEAD)])
        if len(buffer) < start + length or (len(after) < len(_END_OF_HEAD) and not at_end):
            return None
        if after.strip(b"\r\n") and not after.startswith(BEGIN[:4]):
            return PayloadError("markup_invalid", f"the length of a WARC record is wrong: {_named(head)}")
        block = bytes(buffer[start : start + length])
        del buffer[: start + length]
        return RawRecord(head, block)


def _length(head: bytes) -> int | PayloadError:
    """Read how long a record's block is; the first such line counts."""
    if _BEGIN.search(head, len(BEGIN)):  # else a cut head and the next one would pass as one
        return PayloadError("markup_invalid", f"a WARC head is cut short: {_named(head)}")
    if (found := _LENGTH.search(head)) is None:
        return PayloadError("markup_invalid", f"a WARC record has no length: {_named(head)}")
    return int(found[1])


def _named(head: bytes) -> str:
    found = re.search(rb"(?mi)^warc-target-uri[ \t]*:[ \t]*(.{1,200})", head)
    return found[1].decode("utf-8", "replace").strip() if found else "no address"


def split(pieces: Pieces, most: int) -> Iterator[RawRecord | PayloadError]:
    """Cut a stream into records; a record's block of more than `most` bytes is not kept.

    A damaged record, and a gap in the stream, is an error in its place; the records behind it are found again.
    """
    splitter = _Splitter(most)
    waiting: PayloadError | None = None
    for piece in pieces:
        for item in splitter.end() if isinstance(piece, PayloadError) else splitter.feed(piece):
            if waiting is not None:
                yield waiting
            waiting = item if isinstance(item, PayloadError) else None
            if waiting is None:
                yield item
        if isinstance(piece, PayloadError):
            # What is broken right before a gap is broken by it: one error, not two.
            waiting = None
            yield piece
    if waiting is not None:
        yield waiting
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


def read_records(outer: Payload, pieces: Pieces, chain: Chain, budget: Budget) -> Iterator[Part]:
    """Judge each record of a WARC; a block is read up to the budget's limit, what its codings hide is spent from it."""
    for number, item in enumerate(split(pieces, budget.limit), start=1):
        yield read_record(outer, item, (*chain, f"warc record {number}"), budget)


def read_record(outer: Payload, item: RawRecord | PayloadError, chain: Chain, budget: Budget) -> Part:
    """Judge one record; what the WARC as a whole was given as (source, hints) holds for each."""
    if isinstance(item, PayloadError):
        return Failed(chain, item)
    try:
        head = HeaderMap()
        head.parse(io.BytesIO(item.head))
        url = (head.get("WARC-Target-URI") or "").strip("<> ") or None
        chain = (*chain[:-1], f"{chain[-1]}: {(url or 'no address')[:200]}")
        return _read(dataclasses.replace(outer, url=url, name=None), head, item, chain, budget)
    except PayloadError as exc:
        return Failed(chain, exc)
    except (OSError, ValueError) as exc:  # what fastwarc raises
        return Failed(chain, PayloadError("markup_invalid", f"the WARC record cannot be read: {exc}"[:200]))


def _read(outer: Payload, head: HeaderMap, raw: RawRecord, chain: Chain, budget: Budget) -> Part:
    kind = (head.get("WARC-Type") or "unknown").strip().lower()
    if kind not in _PAYLOADS:
        return Skipped(chain, f"{kind[:40]} record")
    declared = "text/plain" if kind == "conversion" else head.get("Content-Type") or ""
    body, http = raw.block, None
    if declared.lower().startswith("application/http"):
        http, body = _http(raw.block or raw.start)
        if http.status_code is None:
            raise PayloadError("markup_invalid", "the WARC record holds no HTTP response")
        if http.status_code != _OK:
            return Skipped(chain, f"status {http.status_code}")
        declared = http.get("Content-Type") or ""
    textual = (declared or head.get("WARC-Identified-Payload-Type") or "").split(";")[0].strip().lower()
    if textual and not _TEXTUAL.fullmatch(textual):
        return Skipped(chain, f"type {textual[:60]}")
    if outer.url and urlsplit(outer.url).path == "/robots.txt":
        return Skipped(chain, "robots.txt")
    if raw.block is None or body is None:
        raise PayloadError("too_large", f"the WARC record holds more than {budget.limit} bytes")
    if http is not None and (plain := _decoded(body, http, budget.left)) is not body:
        budget.spend(len(plain))
        body = plain
    cut = head.get("WARC-Truncated")
    issues = (Issue("body_cut", "body", f"the crawler kept only a part of the page: {cut}"[:100]),) if cut else ()
    payload = dataclasses.replace(
        outer,
        body=body,
        media_type=declared or None,
        fetched_at=head.get("WARC-Date") or outer.fetched_at,
    )
    return Inner(payload, chain, issues)


def _http(block: bytes) -> tuple[HeaderMap, bytes]:
    """Read an HTTP head; gives it and the body, which is empty where the head has no end."""
    if b"\r\n" not in block[: block.find(b"\n") + 1]:  # lines that end in a bare LF, which fastwarc takes for one line
        first, _, rest = block.partition(b"\n\n")
        block = first.replace(b"\n", b"\r\n") + _END_OF_HEAD + rest
    head = HeaderMap("latin1")
    size = head.parse(io.BytesIO(block))
    return head, block[size:]


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
