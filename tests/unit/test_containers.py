"""Containers through the spine and the command line's inputs: each part an article of its own, with its own verdict."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from tests.containers import HTML, http, page, record, zipped
from worker import wiring
from worker.cli import inputs
from worker.cli.parse import parse_one
from worker.errors import PayloadError
from worker.index.memory import MemoryIndex
from worker.model import Article, Payload, Record
from worker.pipeline import Pipeline, judge_nothing
from worker.ports import Sniff
from worker.settings import Settings
from worker.wire import SizeLimits, read_entry

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SPINE = wiring.pipeline(Settings())
ROOF, MILL = page("The roof of the library is whole again", "roof"), page("The mill by the river turns again", "mill")
INDEX = b"<!doctype html><title>News</title><body></body>"


def warc(*pages: tuple[str, bytes]) -> bytes:
    return b"".join(record(http(body), f"https://a.example/{name}") for name, body in pages)


def process(body: bytes, index: MemoryIndex, owner: str) -> list[Record]:
    found = SPINE.process(Payload(body, owner, NOW), lambda prints: index.reserve([(owner, prints)])[0])
    index.finalise(owner)
    return [item for item in found if isinstance(item, Record)]


def told(items: list[Record | PayloadError]) -> list[str | None]:
    return [item.headline if isinstance(item, Record) else item.code for item in items]


def test_each_record_is_an_article_with_its_own_url_and_time() -> None:
    payload = Payload(gzip.compress(warc(("roof", ROOF), ("mill", MILL))), "p", NOW, source="A paper", name="x.warc.gz")
    first, second = SPINE.process(payload, judge_nothing)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.url, second.url) == ("https://a.example/roof", "https://a.example/mill")
    assert (first.part, second.part) == (0, 1)
    assert first.fetched_at == "2026-03-04T05:06:07Z"
    assert first.received_at == "2026-01-02T00:00:00.000+00:00"
    assert (first.payload_id, first.source) == ("p", "A paper")


def test_failed_parts_do_not_take_their_neighbours_and_say_where_they_stand() -> None:
    body = warc(("roof", ROOF), ("news", INDEX)) + record(b"no http", "https://a.example/bad") + warc(("mill", MILL))
    items = SPINE.process(Payload(body, "p", NOW), judge_nothing)
    assert told(items) == [
        "The roof of the library is whole again",
        "article_missing",
        "markup_invalid",
        "The mill by the river turns again",
    ]
    assert isinstance(items[1], PayloadError)
    assert items[1].detail.startswith("warc record 2: https://a.example/news: ")
    assert isinstance(items[3], Record)
    assert items[3].part == 3


def test_bug_in_a_format_costs_only_the_part_that_meets_it() -> None:
    class Broken:
        name = "html"
        version = "0"

        def score(self, sniff: Sniff) -> float:
            return 1.0 if b"mill" in sniff.head else 0.0

        def parse(self, payload: Payload) -> list[Article]:
            raise KeyError(payload.payload_id)

    spine = Pipeline((Broken(), *SPINE.formats[1:], SPINE.formats[0]), ())  # type: ignore[arg-type]
    text = (
        b"The roof of the library is whole again\n\nIt took three years of work and most of the money came the council."
    )
    assert (
        told(spine.process(Payload(zipped({"a.txt": text, "b.html": MILL}), "p", NOW), judge_nothing))[1]
        == "unexpected"
    )


def test_container_without_an_article_says_what_is_in_it() -> None:
    gone = record(http(b"", status="404 Not Found"), "https://a.example/gone")
    asked = record(b"GET / HTTP/1.1\r\n\r\n", "https://a.example/", "request")
    with pytest.raises(PayloadError, match=r"article_missing.*2 status 404, 1 request record"):
        SPINE.process(Payload(gone + asked + gone, "p", NOW), judge_nothing)
    with pytest.raises(PayloadError, match="article_missing"):
        SPINE.process(Payload(zipped({}), "p", NOW), judge_nothing)
    with pytest.raises(PayloadError, match="empty"):
        SPINE.process(Payload(gzip.compress(b"", mtime=0), "p", NOW), judge_nothing)


def test_same_page_in_two_containers_is_one_article() -> None:
    index = MemoryIndex()
    (first,) = process(ROOF, index, "page")
    again = process(gzip.compress(warc(("mill", MILL), ("roof", ROOF))), index, "warc")
    zipped_again = process(zipped({"mill.html": MILL}), index, "zip")
    assert [item.verdict.kind for item in again] == ["new", "exact"]
    assert again[1].id == first.id or again[1].verdict.of == first.id
    assert [(item.verdict.kind, item.verdict.evidence) for item in zipped_again] == [("exact", ("body",))]


def test_page_that_stands_twice_in_one_container_is_new_once() -> None:
    index = MemoryIndex()
    body = warc(("roof", ROOF), ("mill", MILL), ("roof", ROOF), ("roof", ROOF))
    first = process(body, index, "a")
    assert [item.verdict.kind for item in first] == ["new", "new", "exact", "exact"]
    assert first[2].verdict.of == first[0].id


def test_feed_within_a_container_keeps_its_items_apart() -> None:
    feed = b'{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [%s]}' % b",".join(
        b'{"id": "%d", "title": "Title number %d", "content_text": "%s"}' % (n, n, b"Words of item %d. " % n * 20)
        for n in range(3)
    )
    json = record(http(feed, "Content-Type: application/feed+json\r\n"), "https://a.example/feed")
    items = SPINE.process(Payload(warc(("roof", ROOF)) + json + warc(("mill", MILL)), "p", NOW), judge_nothing)
    assert [item.part for item in items if isinstance(item, Record)] == [0, 1, 2, 3, 4]


def test_page_that_the_crawler_cut_has_the_issue() -> None:
    cut = record(http(ROOF), "https://a.example/roof", more="WARC-Truncated: time\r\n")
    (item,) = SPINE.process(Payload(cut, "p", NOW), judge_nothing)
    assert isinstance(item, Record)
    assert "body_cut" in {issue.code for issue in item.issues}


def test_envelope_within_the_transport_encoding_is_opened() -> None:
    entry = {b"payload": zstandard.compress(gzip.compress(ROOF, mtime=0)), b"enc": b"zstd", b"name": b"roof.html.gz"}
    payload = read_entry("1-0", entry, NOW, SizeLimits())
    assert told(SPINE.process(payload, judge_nothing)) == ["The roof of the library is whole again"]


def test_explain_shows_the_way_to_each_part() -> None:
    body = zipped(
        {"a.png": b"\x89PNG", "w.warc.gz": gzip.compress(warc(("roof", ROOF), ("empty", b""))), "c.zip": b"PK\x03\x04"}
    )
    found = parse_one(_encoded(), inputs.Input("x", {b"payload": body}), NOW, explain=True).explain
    assert found is not None
    parts = found["parts"]
    assert isinstance(parts, list)
    assert [part["chain"] for part in parts] == [
        ["zip: a.png"],
        ["zip: w.warc.gz", "gzip", "warc record 1: https://a.example/roof"],
        ["zip: w.warc.gz", "gzip", "warc record 2: https://a.example/empty"],
        ["zip: c.zip"],
    ]
    assert parts[0]["skipped"] == "a .png file"
    assert parts[1]["formats"][0]["name"] == "html"
    assert [part["error"]["code"] for part in parts[2:]] == ["empty", "compression_invalid"]


def _encoded() -> bytes:
    import msgspec

    return msgspec.json.encode(Settings())


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_large_warc_file_is_read_record_by_record(
    pack: type[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(inputs, "_WHOLE_WARC", 100)
    gone = record(http(b"", status="404 Not Found"), "https://a.example/gone")
    packed = record(http(gzip.compress(ROOF, mtime=0), f"{HTML}Content-Encoding: gzip\r\n"), "https://a.example/roof")
    records = [
        gone,
        packed,
        record(b"no http", "x"),
        *(record(http(MILL), f"https://a.example/{n}") for n in range(20)),
    ]
    path = tmp_path / "big.warc"
    path.write_bytes(b"".join(map(pack, records)))
    found = list(inputs.read_inputs([str(path)], raw_limit=5000))
    assert [item.name for item in found] == [f"{path}#{number}" for number in range(2, 24)]
    assert found[1].error is not None
    (first,) = parse_one(_encoded(), found[0], NOW, explain=False).items
    assert isinstance(first, Record)
    assert (first.url, first.payload_id) == ("https://a.example/roof", f"{path}#2")
    assert "1 records are no articles: 1 status 404" in capsys.readouterr().err


def test_large_warc_file_without_an_article_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_WHOLE_WARC", 100)
    path = tmp_path / "none.warc"
    path.write_bytes(record(http(b"", status="404 Not Found"), "https://a.example/gone") * 3)
    (item,) = inputs.read_inputs([str(path)], raw_limit=100)
    assert item.error is not None
    assert (item.error.code, "3 status 404" in item.error.detail) == ("article_missing", True)
