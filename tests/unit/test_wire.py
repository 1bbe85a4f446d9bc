"""Entries, compression and record bytes: what the wire accepts, refuses and keeps."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from worker.entry import compress, ndjson_entry, write_entry
from worker.errors import PayloadError
from worker.model import Article, Enriched, Payload, Provenance, Verdict
from worker.schema import make_record
from worker.wire import SizeLimits, decompress, dump_record, read_entry

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LIMITS = SizeLimits(raw_bytes=1000, decompressed_bytes=3000)


def test_entry_of_a_bare_xadd_is_enough() -> None:
    payload = read_entry("1-0", {b"payload": b"text"}, NOW, LIMITS)
    assert payload == Payload(body=b"text", payload_id="1-0", received_at=NOW)


def test_written_entry_reads_back() -> None:
    entry = write_entry(
        b"x" * 900, compress_over=100, hints={"section": "Sport"}, url="https://a.example/1", id="k", type="text/plain"
    )
    assert entry[b"enc"] == b"zstd"
    payload = read_entry("1-0", entry, NOW, LIMITS)
    assert (payload.body, payload.payload_id, payload.url) == (b"x" * 900, "k", "https://a.example/1")
    assert payload.hints == {"section": "Sport"}
    assert payload.media_type == "text/plain"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({}, "fields_invalid"),
        ({b"payload": b"x" * 1001}, "too_large"),
        ({b"payload": b"x", b"v": b"2"}, "version_unsupported"),
        ({b"payload": b"x", b"v": b"one"}, "fields_invalid"),
        ({b"payload": b"x", b"url": b"\xff\xfe"}, "fields_invalid"),
        ({b"payload": b"x", b"url": b"u" * 20_000}, "fields_invalid"),
        ({b"payload": b"x", b"hints": b"[1]"}, "fields_invalid"),
        ({b"payload": b"x", b"hints": b"{"}, "fields_invalid"),
        ({b"payload": b"x", b"enc": b"brotli"}, "compression_invalid"),
        ({b"payload": b"not zstd", b"enc": b"zstd"}, "compression_invalid"),
        ({b"payload": b"not gzip", b"enc": b"gzip"}, "compression_invalid"),
        ({b"payload": zstandard.compress(b"a" * 3001), b"enc": b"zstd"}, "too_large"),
        ({b"payload": gzip.compress(b"a" * 3001, mtime=0), b"enc": b"gzip"}, "too_large"),
    ],
)
def test_bad_entry_has_a_bounded_cause(entry: dict[bytes, bytes], code: str) -> None:
    with pytest.raises(PayloadError) as caught:
        read_entry("1-0", entry, NOW, LIMITS)
    assert caught.value.code == code
    assert caught.value.advice


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress])
def test_cut_data_is_refused_and_never_passed_off_as_whole(pack: object) -> None:
    packed = pack(bytes(range(256)) * 8)  # type: ignore[operator]
    enc = "zstd" if pack is zstandard.compress else "gzip"
    for cut in (len(packed) - 1, len(packed) // 2):
        with pytest.raises(PayloadError, match="compression_invalid"):
            decompress(packed[:cut], enc, 10_000)


def test_stream_without_stated_size_is_bounded_too() -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    packed = packer.compress(b"a" * 5000) + packer.flush()
    assert decompress(packed, "zstd", 5000) == b"a" * 5000
    with pytest.raises(PayloadError, match="too_large"):
        decompress(packed, "zstd", 4999)


def test_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 200_000_000, mtime=0)
    with pytest.raises(PayloadError, match="too_large"):
        decompress(bomb, "gzip", 1_000_000)


@given(st.binary(max_size=400), st.sampled_from(["zstd", "gzip", "", "none", "x"]))
def test_arbitrary_bytes_give_bytes_or_a_payload_error(raw: bytes, enc: str) -> None:
    try:
        code = None if isinstance(decompress(raw, enc, 1000), bytes) else "no bytes"
    except PayloadError as exc:
        code = exc.code
    assert code in {None, "compression_invalid", "too_large"}


@given(st.binary(max_size=3000))
def test_compress_is_undone(body: bytes) -> None:
    packed, enc = compress(body, 64)
    assert decompress(packed, enc, 3000) == body


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", "markup_invalid"),
        (b"[]", "fields_invalid"),
        (b"{}", "fields_invalid"),
        (b'{"payload": 1}', "fields_invalid"),
        (b'{"payload": "@@", "b64": true}', "fields_invalid"),
        (b'{"payload": "x", "url": []}', "fields_invalid"),
        (b'{"payload": "x", "url": true}', "fields_invalid"),
    ],
)
def test_bad_ndjson_line(line: bytes, code: str) -> None:
    with pytest.raises(PayloadError) as caught:
        ndjson_entry(line)
    assert caught.value.code == code


def test_ndjson_line_of_each_kind() -> None:
    assert ndjson_entry(b'{"payload": "text", "id": 7}') == {b"payload": b"text", b"id": b"7"}
    assert ndjson_entry(b'{"payload": "/w==", "b64": true}') == {b"payload": b"\xff"}
    assert ndjson_entry(b'{"payload": {"a": 1}, "hints": {"b": 2}}') == {b"payload": b'{"a":1}', b"hints": b'{"b":2}'}


def test_record_bytes_carry_provenance_and_survive_surrogates() -> None:
    article = Article(
        headline="half \ud800 pair",
        body="text",
        paragraphs=(),
        format="text",
        provenance={"headline": Provenance("line 1", "title", 0.91234)},
    )
    payload = Payload(b"", "p", NOW)
    record = orjson.loads(dump_record(make_record(payload, Enriched(article), "id", Verdict("new"))))
    assert record["headline"] == "half \ufffd pair"
    assert record["provenance"]["headline"] == {"from": "line 1", "method": "title", "confidence": 0.912}
    assert record["received_at"] == "2026-01-02T03:04:05.000+00:00"
