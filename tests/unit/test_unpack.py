"""Envelopes and archives: what is in them comes out; what is bad has a bounded cause and takes no good part along."""

from __future__ import annotations

import gzip
import io
import os
import re
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import zstandard
from fastwarc.stream_io import BrotliWriter
from hypothesis import given
from hypothesis import strategies as st

from tests.containers import HTML, http, record, zipped
from worker.model import Payload
from worker.unpack.container import DEEPEST, MOST_PARTS, unpack
from worker.unpack.parts import Failed, Inner, Skipped

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LIMIT = 1_000_000
A, B, C = (record(http(f"<p>{name}".encode()), f"https://a.example/{name}") for name in ("one", "two", "three"))
Pack = Callable[[bytes], bytes]
PACKS = [
    pytest.param(lambda body: gzip.compress(body, mtime=0), id="gzip"),
    pytest.param(zstandard.compress, id="zstd"),
]


def parts(body: bytes, limit: int = LIMIT, **known: str) -> list[Inner | Skipped | Failed]:
    return list(unpack(Payload(body, "x", NOW, **known), limit))  # type: ignore[arg-type]


def told(body: bytes, limit: int = LIMIT) -> list[str]:
    """Give each part as one word: the last word of its address, why it was skipped, or the code of its error."""
    return [
        (part.payload.url or part.payload.name or "").rsplit("/", 1)[-1]
        if isinstance(part, Inner)
        else part.reason
        if isinstance(part, Skipped)
        else part.error.code
        for part in parts(body, limit)
    ]


def only(body: bytes, limit: int = LIMIT) -> Inner:
    (part,) = parts(body, limit)
    assert isinstance(part, Inner), part
    return part


def streamed_zstd(body: bytes) -> bytes:
    """Pack without stating the size, and with a checksum."""
    packer = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return packer.compress(body) + packer.flush()


def brotli(body: bytes) -> bytes:
    out = io.BytesIO()
    writer = BrotliWriter(out)
    writer.write(body)
    writer.close()
    return out.getvalue()


def test_what_is_no_container_is_given_as_it_is() -> None:
    payload = Payload(b"plain text", "x", NOW, name="a.txt")
    assert list(unpack(payload, 1)) == [Inner(payload)]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, streamed_zstd])
def test_envelope_is_opened_and_its_own_type_and_suffix_dropped(pack: Pack) -> None:
    (part,) = parts(pack(b"first ") + pack(b"second"), name="dir/page.html.gz", media_type="application/gzip")
    assert isinstance(part, Inner)
    assert part.payload.body == b"first second", "members and frames are joined"
    assert (part.payload.name, part.payload.media_type) == ("dir/page.html", None)
    (part,) = parts(pack(b"x"), media_type="text/html; charset=koi8-r", url="https://a.example/")
    assert isinstance(part, Inner)
    assert (part.payload.media_type, part.payload.url) == ("text/html; charset=koi8-r", "https://a.example/")


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, streamed_zstd])
def test_cut_or_damaged_envelope_is_refused_as_a_whole(pack: Pack) -> None:
    packed = pack(b"whole ") + pack(bytes(range(256)) * 8)
    for cut in (1, 5, 30):
        assert told(packed[:-cut]) == ["compression_invalid"]
    damaged = bytearray(
        gzip.compress(os.urandom(500), mtime=0) if pack is gzip.compress else streamed_zstd(os.urandom(500))
    )
    damaged[200] ^= 255
    assert told(bytes(damaged)) == ["compression_invalid"]


@pytest.mark.parametrize(
    "body", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd\x00", b"PK\x03\x04", b"\x50\x2a\x4d\x18"]
)
def test_magic_number_alone_is_damage(body: bytes) -> None:
    assert told(body) == ["compression_invalid"]


def test_bombs_stop_at_the_limit() -> None:
    packed = [gzip.compress(b"\0" * size, mtime=0) for size in (100_000_000, 9_000_000)]
    bombs = [
        gzip.compress(packed[0], mtime=0),
        zstandard.compress(b"\0" * 100_000_000),
        record(http(packed[1], f"{HTML}Content-Encoding: gzip\r\n"), "x"),
        record(http(brotli(b"\0" * 9_000_000), f"{HTML}Content-Encoding: br\r\n"), "x"),
    ]
    both = zipped({"a": b"\0" * 600_000, "b": b"\0" * 600_000, "c": b"c"})
    tracemalloc.start()
    assert [told(bomb) for bomb in bombs] == [["too_large"]] * len(bombs)
    assert told(both) == ["a", "too_large"], "the sum counts, and nothing is read beyond it"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000, "of 100 MB"


def test_nesting_has_an_end() -> None:
    body = b"text"
    for depth in range(1, DEEPEST + 3):
        body = zipped({"n.zip": body}) if depth % 2 else gzip.compress(body, mtime=0)
        found = parts(body)
        assert len(found) == 1
        assert isinstance(found[0], Inner if depth <= DEEPEST else Failed), depth
    assert told(zipped({"a.zip": zipped({"b.warc.gz": gzip.compress(A, mtime=0) + gzip.compress(B, mtime=0)})})) == [
        "one",
        "two",
    ]


def test_zstd_dictionary_is_used_where_it_is_carried_and_named_where_it_is_not() -> None:
    dictionary = zstandard.train_dictionary(4000, [b"Content-Type: text/%d" % n + os.urandom(40) for n in range(3000)])
    packer = zstandard.ZstdCompressor(dict_data=dictionary)
    frames = packer.compress(A) + packer.compress(B)
    for carried in (dictionary.as_bytes(), zstandard.compress(dictionary.as_bytes())):
        head = b"\x5d\x2a\x4d\x18" + len(carried).to_bytes(4, "little") + carried
        assert told(head + frames) == ["one", "two"]
    (part,) = parts(frames)
    assert isinstance(part, Failed)
    assert "needs dictionary" in part.error.detail


def test_zip_members_are_payloads_and_names_are_never_paths(tmp_path: object) -> None:
    archive = zipped({"d/": b"", "d/a.html": b"A", "../../b.txt": b"B", "C:\\c\n\u202e.txt": b"C", "/d.txt": b"D"})
    found = parts(archive, url="https://a.example/dump.zip", media_type="application/zip")
    assert [part.payload.body for part in found if isinstance(part, Inner)] == [b"A", b"B", b"C", b"D"]
    assert all(isinstance(part, Inner) and part.payload.url is None for part in found), "an address of all is of none"
    assert found[2].chain == ("zip: C:\\c\ufffd\ufffd.txt",)
    (alone,) = parts(zipped({"a.html": b"A"}), url="https://a.example/1")
    assert isinstance(alone, Inner)
    assert alone.payload.url == "https://a.example/1"


def test_zip_members_that_are_no_articles_are_passed_over() -> None:
    archive = zipped(
        {"a.png": b"\x89PNG", "s/style.css": b"p{}", "__MACOSX/._a.html": b"x", ".DS_Store": b"x", "a.txt": b"t"}
    )
    found = parts(archive)
    assert sum(isinstance(part, Skipped) for part in found) == 4
    assert told(archive)[-1] == "a.txt"
    assert told(zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})) == ["format_unknown"]


def test_bad_zip_member_does_not_take_the_others() -> None:
    archive = zipped({"a.txt": os.urandom(300), "b.txt": b"good"})
    damaged = bytearray(archive)
    damaged[100] ^= 255
    assert told(bytes(damaged)) == ["compression_invalid", "b.txt"]
    encrypted = bytearray(archive)
    encrypted[encrypted.find(b"PK\x01\x02") + 8] |= 1
    first, second = parts(bytes(encrypted))
    assert isinstance(first, Failed)
    assert "encrypted" in first.error.detail
    assert isinstance(second, Inner)
    assert told(zipped({"a.txt": b"x" * 99}, zipfile.ZIP_LZMA)) == ["compression_invalid"]
    for cut in (10, len(archive) // 2):
        assert told(archive[:-cut]) == ["compression_invalid"]
    lying = bytearray(archive)
    at = lying.find(b"PK\x01\x02", lying.find(b"PK\x01\x02") + 1)
    lying[at + 24 : at + 28] = (9).to_bytes(4, "little")
    assert told(bytes(lying))[1] == "compression_invalid", "a size that is not the member's"


def test_number_of_parts_is_bounded() -> None:
    found = parts(zipped({f"{n}.txt": b"" for n in range(MOST_PARTS + 5)}))
    assert len(found) == MOST_PARTS + 1
    assert isinstance(found[-1], Failed)
    assert found[-1].error.code == "too_large"
    assert told(zipped({f"{n}.txt": b"" for n in range(2 * MOST_PARTS + 1)})) == ["too_large"]


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(lambda *records: b"".join(records), id="plain"),
        pytest.param(lambda *records: b"".join(map(gzip.compress, records)), id="gzip by record"),
        pytest.param(lambda *records: gzip.compress(b"".join(records), mtime=0), id="gzip whole"),
        pytest.param(lambda *records: b"".join(map(zstandard.compress, records)), id="zstd by record"),
        pytest.param(lambda *records: streamed_zstd(b"".join(records)), id="zstd whole"),
    ],
)
def test_warc_responses_are_payloads(pack: Callable[..., bytes]) -> None:
    first, second, third = parts(pack(A, B, C))
    assert isinstance(second, Inner)
    assert second.payload.body == b"<p>two"
    assert second.payload.url == "https://a.example/two"
    assert second.payload.media_type == "text/html; charset=utf-8"
    assert second.payload.fetched_at == "2026-03-04T05:06:07Z"
    assert second.payload.received_at == NOW
    assert second.chain[-1] == "warc record 2: https://a.example/two"
    assert isinstance(first, Inner)
    assert isinstance(third, Inner)


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (record(b"software: x", "", "warcinfo", "application/warc-fields"), "warcinfo record"),
        (record(b"GET / HTTP/1.1\r\n\r\n", "https://a.example/", "request"), "request record"),
        (record(http(b""), "https://a.example/", "revisit"), "revisit record"),
        (record(b"x: y", "https://a.example/", "metadata"), "metadata record"),
        (record(b"rest", "https://a.example/", "continuation"), "continuation record"),
        (record(http(b"gone", status="404 Not Found"), "https://a.example/"), "status 404"),
        (record(http(b"", status="301 Moved"), "https://a.example/"), "status 301"),
        (record(http(b"\x89PNG", "Content-Type: image/png\r\n"), "https://a.example/"), "type image/png"),
        (record(http(b"p{}", "Content-Type: text/css\r\n"), "https://a.example/"), "type text/css"),
        (record(http(b"<svg/>", "Content-Type: image/svg+xml\r\n"), "https://a.example/"), "type image/svg+xml"),
        (record(http(b"User-agent: *"), "https://a.example/robots.txt"), "robots.txt"),
        (record(b"1.2.3.4", "dns:a.example", "resource", "text/dns"), "type text/dns"),
        (record(b"<p>x", "file://a.example/r", "resource", "text/html"), "r"),
        (record(b"text", "https://a.example/c", "conversion", "text/plain"), "c"),
        (record(http(b"{}", "Content-Type: application/ld+json\r\n"), "https://a.example/j"), "j"),
        (record(http(b"<rss/>", "Content-Type: application/rss+xml\r\n"), "https://a.example/f"), "f"),
        (record(http(b"<p>x", ""), "https://a.example/untyped"), "untyped"),
        (record(b"HTTP/2 200\ncontent-type: text/html\n\n<p>x", "https://a.example/lf"), "lf"),
        (record(b"no http", "https://a.example/"), "markup_invalid"),
        (record(b"", "https://a.example/"), "markup_invalid"),
        (record(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 90_000, "https://a.example/"), "markup_invalid"),
    ],
)
def test_warc_record_of_each_kind(given: bytes, becomes: str) -> None:
    assert told(A + given + C) == ["one", becomes, "three"]


PAGE = b"<p>" + b"Some text of the page. " * 60
CHUNKED = (
    b"".join(b"%x\r\n%b\r\n" % (len(PAGE[n : n + 99]), PAGE[n : n + 99]) for n in range(0, len(PAGE), 99))
    + b"0\r\n\r\n"
)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Encoding: gzip", gzip.compress(PAGE, mtime=0)),
        ("Content-Encoding: x-gzip", gzip.compress(PAGE, mtime=0)),
        ("Content-Encoding: deflate", zlib.compress(PAGE)),
        ("Content-Encoding: deflate", zlib.compress(PAGE)[2:-4]),
        ("Content-Encoding: br", brotli(PAGE)),
        ("Content-Encoding: zstd", zstandard.compress(PAGE)),
        ("Content-Encoding: identity", PAGE),
        ("Transfer-Encoding: chunked", CHUNKED),
        ("Content-Encoding: deflate, gzip", gzip.compress(zlib.compress(PAGE), mtime=0)),
        ("Content-Encoding: gzip", PAGE),
        ("Content-Encoding: deflate", PAGE),
        ("Content-Encoding: br", PAGE),
        ("Content-Encoding: zstd", PAGE),
        ("Transfer-Encoding: chunked", PAGE),
    ],
)
def test_codings_of_http_are_undone_where_they_are_still_on(head: str, body: bytes) -> None:
    assert only(record(http(body, f"{HTML}{head}\r\n"), "https://a.example/")).payload.body == PAGE


@pytest.mark.parametrize(
    ("head", "body", "code"),
    [
        ("Content-Encoding: gzip", gzip.compress(PAGE, mtime=0)[:-9], "compression_invalid"),
        ("Content-Encoding: deflate", zlib.compress(PAGE)[:-9], "compression_invalid"),
        ("Content-Encoding: br", brotli(os.urandom(999))[:-99], "compression_invalid"),
        ("Content-Encoding: compress", PAGE, "compression_invalid"),
        ("Transfer-Encoding: chunked", CHUNKED[:-40], "markup_invalid"),
    ],
)
def test_page_whose_coding_is_damaged_is_a_failed_part(head: str, body: bytes, code: str) -> None:
    assert told(A + record(http(body, f"{HTML}{head}\r\n"), "https://a.example/") + C) == ["one", code, "three"]


def sized(given: bytes, length: bytes) -> bytes:
    return re.sub(rb"Content-Length: \d+", b"Content-Length: " + length, given)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(sized(B, b"x"), id="no number"),
        pytest.param(sized(B, b"-5"), id="negative"),
        pytest.param(sized(B, b"3"), id="too short"),
        pytest.param(sized(B, b"90"), id="into the next record"),
        pytest.param(sized(B, b"90000"), id="beyond the end"),
        pytest.param(B.replace(b"Content-Length", b"Content-Width"), id="none"),
        pytest.param(b"noise between records\r\n", id="noise"),
        pytest.param(B[:200], id="cut"),
    ],
)
def test_broken_warc_record_is_one_failed_part(broken: bytes) -> None:
    assert told(A + broken + C) == ["one", "markup_invalid", "three"]


def test_absurd_length_takes_neither_memory_nor_the_neighbours() -> None:
    assert told(A + sized(B, b"9" * 17) + C) == ["one", "too_large", "three"]
    twice = B.replace(b"\r\n\r\n", b"\r\nContent-Length: 99999999999999999\r\n\r\n", 1)
    assert told(A + twice + C) == ["one", "two", "three"], "the first one counts, and it fits"


def test_large_binary_record_is_passed_over_unread() -> None:
    video = record(http(b"v" * 3000, "Content-Type: video/mp4\r\n"), "https://a.example/v")
    assert told(A + sized(video, b"2000000") + C) == ["one", "type video/mp4", "three"]


@pytest.mark.parametrize("pack", PACKS)
def test_damaged_member_of_a_packed_warc_is_one_failed_part(pack: Pack) -> None:
    assert told(pack(A) + pack(B)[:-30] + pack(C)) == ["one", "compression_invalid", "three"]
    assert told(pack(A) + pack(B) + pack(C)[:-30]) == ["one", "two", "compression_invalid"]


@pytest.mark.parametrize("size", [100, 900_000])
def test_page_that_fails_its_checksum_is_not_passed_off_as_good(size: int) -> None:
    middle = record(http(b"<p>" + os.urandom(size)), "https://a.example/two")
    for packed in (gzip.compress(middle, 0, mtime=0), zstandard.ZstdCompressor(write_checksum=True).compress(middle)):
        damaged = bytearray(packed)
        damaged[-40] ^= 1
        pack = gzip.compress if packed[:1] == b"\x1f" else zstandard.compress
        assert told(pack(A) + bytes(damaged) + pack(C), 3 * LIMIT) == ["one", "compression_invalid", "three"]


def test_cut_warc_gives_its_whole_records_and_says_that_it_is_cut() -> None:
    whole = A + B + C
    assert told(whole[:-20]) == ["one", "two", "markup_invalid"]
    assert told(whole[: len(A) + 3]) == ["one", "markup_invalid"]
    assert told(whole[:-4]) == ["one", "two", "three"], "blank lines at the end are no loss"
    noise = record(http(os.urandom(100_000)), "https://a.example/noise")
    assert told(gzip.compress(A + B + noise, mtime=0)[:-50_000]) == ["one", "two", "compression_invalid"]


def test_page_that_the_crawler_cut_says_so() -> None:
    part = only(record(http(PAGE), "https://a.example/", more="WARC-Truncated: length\r\n"))
    assert [issue.code for issue in part.issues] == ["body_cut"]


@given(
    st.lists(
        st.sampled_from([A, B[:90], b"WARC/1.0\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n", b"noise", C]), max_size=8
    )
)
def test_arbitrary_pieces_of_warc_give_each_whole_record_once(pieces: list[bytes]) -> None:
    found = told(b"WARC/1.0\r\n" + b"".join(pieces))
    assert found.count("one") <= pieces.count(A)
    # A head of pieces and five bytes may make a whole record, which has no address.
    assert set(found) <= {"one", "three", "markup_invalid", "too_large", "unknown record", ""}


@given(st.binary(max_size=300), st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"WARC/1.0\r\n"]))
def test_arbitrary_bytes_behind_a_magic_number_never_raise(rest: bytes, magic: bytes) -> None:
    assert all(isinstance(part, Inner | Skipped | Failed) for part in parts(magic + rest))
