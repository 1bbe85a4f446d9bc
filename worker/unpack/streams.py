"""gzip and zstd unpacked piece by piece, within a limit; what is cut or damaged is told, never passed off as whole.

`raw` is anything that slices and searches like bytes (a memory map too), so that a large file need not be read whole.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Generator, Iterator
from mmap import mmap
from typing import Final, TypeVar

import zstandard

from worker.errors import PayloadError

_HELD: Final = 4 << 20  # a page with its head; beyond, pieces are passed on before their checksum was seen
_UNSOUND: Final = ("incorrect data check", "incorrect length check", "match checksum")  # zlib, zstd

_T = TypeVar("_T")
Raw = bytes | mmap
Pieces = Iterator[bytes | PayloadError]
"""Unpacked pieces in order; an error stands where bytes are missing, and what follows it is a new beginning."""

GZIP_MAGIC: Final = b"\x1f\x8b\x08"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # after one byte, 0x50 to 0x5f
_DICTIONARY: Final = 0x5D  # first byte of the frame in which .warc.zst carries its dictionary
_WINDOW: Final = 1 << 27  # 128 MiB, as zstd --long=27 needs; a larger window is an attack on memory
_MOST_DICTIONARY: Final = 8 << 20
_STEP: Final = 1 << 18
_FEED: Final = 1 << 14  # small: what a member leaves over is copied, and a hostile file has one every 20 bytes


def is_zstd(head: bytes) -> bool:
    """Tell a zstd frame, or a skippable one before it."""
    return head.startswith(ZSTD_MAGIC) or (head[1:4] == _SKIPPABLE and 0x50 <= head[0] <= 0x5F)  # noqa: PLR2004


def whole(pieces: Pieces) -> bytes:
    """Join the pieces; raises the first error that stands among them."""
    out = bytearray()
    for piece in pieces:
        if isinstance(piece, PayloadError):
            raise piece
        out += piece
    return bytes(out)


def limited(pieces: Pieces, limit: int) -> Pieces:
    """Pass on at most `limit` bytes; beyond, `too_large` is the last item and the rest is never unpacked."""
    size = 0
    for piece in pieces:
        if not isinstance(piece, PayloadError):
            size += len(piece)
            if size > limit:
                yield PayloadError("too_large", f"unpacks to more than {limit} bytes")
                return
        yield piece


def gunzip(raw: Raw, begins: bytes = b"") -> Pieces:
    """Unpack the members of a gzip file one after the other.

    After damage it goes on at the next member whose text starts with `begins`, where that is given.
    """
    at = 0
    while at < len(raw):
        if raw[at] == 0:  # members may be padded
            at = _after_zeros(raw, at)
            continue
        start = at
        try:
            at = yield from _sound(_member(raw, start))
        except zlib.error as exc:
            yield PayloadError("compression_invalid", f"gzip: {exc}")
            at = _next(raw, start + 1, GZIP_MAGIC, begins, _gzip_head)
        if at < 0:
            return


def _sound(pieces: Generator[bytes, None, _T]) -> Generator[bytes, None, _T]:
    """Hold back what a member gives until its checksum was seen: what fails it is no text of anybody's."""
    held: list[bytes] = []
    size = 0
    try:
        while True:
            piece = next(pieces)
            held.append(piece)
            size += len(piece)
            if size > _HELD:
                yield from held
                held.clear()
    except StopIteration as end:
        yield from held
        value: _T = end.value
        return value
    except (zlib.error, zstandard.ZstdError) as exc:
        if not any(words in str(exc) for words in _UNSOUND):  # cut: what came before is good
            yield from held
        raise


def _member(raw: Raw, at: int) -> Generator[bytes, None, int]:
    stream = zlib.decompressobj(wbits=31)
    while at < len(raw):
        fed = raw[at : at + _FEED]
        at += len(fed)
        more = True
        while more:
            if piece := stream.decompress(fed, _STEP):
                yield piece
            fed = stream.unconsumed_tail
            if stream.eof:
                return at - len(stream.unused_data)
            more = bool(fed) or len(piece) == _STEP
    msg = "the data is cut short"
    raise zlib.error(msg)


def _after_zeros(raw: Raw, at: int) -> int:
    while at < len(raw):
        part = raw[at : at + _FEED]
        rest = part.lstrip(b"\0")
        if rest:
            return at + len(part) - len(rest)
        at += len(part)
    return at


def _gzip_head(raw: Raw, at: int, size: int) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(raw[at : at + _FEED], size)


def _next(raw: Raw, at: int, magic: bytes, begins: bytes, head: Callable[[Raw, int, int], bytes]) -> int:
    """Find where data begins again after damage, or -1: compressed bytes hold any magic number by chance."""
    while begins and (at := raw.find(magic, at)) >= 0:
        try:
            if head(raw, at, len(begins)) == begins:
                return at
        except (zlib.error, zstandard.ZstdError):
            pass
        at += 1
    return -1


def unzstd(raw: Raw, begins: bytes = b"") -> Pieces:
    """Unpack the frames of a zstd file one after the other; a dictionary that stands in it is used.

    After damage it goes on at the next frame whose text starts with `begins`, where that is given.
    """
    at = 0
    dictionary: zstandard.ZstdCompressionDict | None = None
    while 0 <= at < len(raw):
        start = at
        try:
            at = _frame_end(raw, start)
            if raw[start + 1 : start + 4] == _SKIPPABLE:
                if raw[start] == _DICTIONARY:
                    dictionary = _dictionary(raw[start + 8 : at])
                continue
            yield from _sound(_frame(raw[start:at], dictionary))
        except zstandard.ZstdError as exc:
            yield PayloadError("compression_invalid", f"zstd: {exc}")
            reader = _zstd_head(dictionary)
            at = _next(raw, start + 1, ZSTD_MAGIC, begins, reader)


def _frame(frame: bytes, dictionary: zstandard.ZstdCompressionDict | None) -> Generator[bytes, None, None]:
    wanted = zstandard.get_frame_parameters(frame).dict_id
    if wanted and (dictionary is None or dictionary.dict_id() != wanted):
        msg = f"it needs dictionary {wanted}, which it does not carry"
        raise zstandard.ZstdError(msg)
    stated = zstandard.frame_content_size(frame)
    size = 0
    with _decompressor(dictionary).stream_reader(io.BytesIO(frame)) as reader:
        while piece := reader.read(_STEP):
            size += len(piece)
            yield piece
    if 0 <= stated != size:
        msg = "the data is cut short"
        raise zstandard.ZstdError(msg)


def _decompressor(dictionary: zstandard.ZstdCompressionDict | None) -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=_WINDOW)


def _zstd_head(dictionary: zstandard.ZstdCompressionDict | None) -> Callable[[Raw, int, int], bytes]:
    def head(raw: Raw, at: int, size: int) -> bytes:
        with _decompressor(dictionary).stream_reader(io.BytesIO(raw[at : at + _STEP])) as reader:
            return reader.read(size)

    return head


def _dictionary(content: bytes) -> zstandard.ZstdCompressionDict:
    if content.startswith(ZSTD_MAGIC):
        with _decompressor(None).stream_reader(io.BytesIO(content)) as reader:
            content = reader.read(_MOST_DICTIONARY)
    return zstandard.ZstdCompressionDict(content[:_MOST_DICTIONARY])


def _frame_end(raw: Raw, at: int) -> int:
    """Walk over a frame by the sizes of its blocks (RFC 8878), so that a cut one is known without its content size."""
    head = raw[at : at + 18]
    if len(head) < 8 or not is_zstd(head):  # noqa: PLR2004  # a magic number and a size
        msg = "the data is cut short" if len(head) < 8 else "no frame begins where one should"  # noqa: PLR2004
        raise zstandard.ZstdError(msg)
    if not head.startswith(ZSTD_MAGIC):
        end = at + 8 + int.from_bytes(head[4:8], "little")
    else:
        end = at + zstandard.frame_header_size(head)
        last = False
        while not last:
            block = int.from_bytes(raw[end : end + 3], "little")
            last = bool(block & 1)
            end += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
            if end > len(raw):
                break
        end += 4 if head[4] & 4 else 0  # the checksum
    if end > len(raw):
        msg = "the data is cut short"
        raise zstandard.ZstdError(msg)
    return end
