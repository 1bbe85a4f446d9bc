"""The raw archive on real parts: untouched payloads found again, stored once, replayed as revisions and compared."""

from __future__ import annotations

import contextlib
import io
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
import zstandard
from fastwarc.warc import ArchiveIterator

from tests.integration.line import Worker, start_worker, wait_until
from tests.integration.test_cli import copydesk, lines
from tests.integration.test_kill import story
from tests.servers import RedisServer
from worker.archive.reader import Archive, Wanted
from worker.archive.stage import INDEX, ArchiveStage, Kept, Seen, kept_of
from worker.client import Client, ClientOptions, Item
from worker.errors import CopydeskError, TransientError
from worker.intake.lane import Lane
from worker.storage.records import read_records
from worker.storage.store import Store, StoreOptions

LANE = Lane("default")
BATCH = "default-0-1767225600000-0-1767225600123-7"
PAGE = (Path(__file__).parents[2] / "examples" / "library-roof.html").read_bytes()
SINK = """
[archive]
linger_seconds = 0.2
options = {{ url = "{out}/raw" }}
[sinks.files]
kind = "objects"
linger_seconds = 0.2
options = {{ url = "{out}/records" }}
"""


def kept(number: int, payload: bytes, **fields: str) -> Kept:
    raw = {b"payload": payload, **{name.encode(): value.encode() for name, value in fields.items()}}
    raw |= {b"a_entry": b"%d-0" % (1767225600000 + number * 1000), b"a_lane": b"default", b"a_records": b"[]"}
    raw |= {b"a_digest": f"sha256:{hash(payload)}".encode(), b"a_cause": b""}
    return kept_of("1-1", raw)


@pytest.fixture
def stage(any_redis_server: RedisServer, tmp_path: Path) -> ArchiveStage:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    return ArchiveStage(Store("archive", StoreOptions(url=str(tmp_path))), Seen(client, "raw:", 100), 1_000_000)


def archive(directory: Path) -> Archive:
    return Archive(Store("archive", StoreOptions(url=str(directory))))


def objects(directory: Path) -> dict[str, bytes]:
    store = Store("archive", StoreOptions(url=str(directory)))
    return {key: store.get(key) for key in store.keys()}  # noqa: SIM118  # a store is no mapping


def test_pages_become_warc_and_the_rest_json_lines_all_byte_for_byte(stage: ArchiveStage, tmp_path: Path) -> None:
    packed = zstandard.compress(PAGE)
    given = [
        kept(0, PAGE, type="text/html; charset=utf-8", url="https://example.org/ü?a=1", hints='{"section":"Ö"}'),
        kept(1, packed, type="text/html", enc="zstd", id="p1"),
        kept(2, b"\xff\xfe\x00 not text", source="crawler\n7"),
        kept(3, b"broken", type="text/html", enc="zstd"),
        kept(4, b"<!DOCTYPE html><html><body>no type</body></html>"),
    ]
    stage.deliver(BATCH, given)
    found = {line["entry"]: line for line in archive(tmp_path).find(Wanted())}
    assert [found[item.entry]["object"].rsplit(".", 2)[1] for item in given] == [
        "warc",
        "warc",
        "jsonl",
        "jsonl",
        "warc",
    ]
    for item, payload in zip(given, (PAGE, PAGE, given[2].payload, b"broken", given[4].payload), strict=True):
        fields = archive(tmp_path).fields(found[item.entry])
        assert fields.pop(b"payload") == payload
        expected = {name.encode(): value.encode() for name, value in item.fields.items()}
        if found[item.entry]["object"].endswith(".warc.gz"):
            expected.pop(b"enc", None)
        assert fields == expected
    (warc,) = (body for key, body in objects(tmp_path).items() if key.endswith(".warc.gz"))
    records = [
        (record.headers["WARC-Target-URI"], record.reader.read()) for record in ArchiveIterator(io.BytesIO(warc))
    ]
    assert [body for _, body in records] == [PAGE, PAGE, given[4].payload]
    assert records[1][0] == "urn:copydesk:default:1767225601000-0"


def test_same_bytes_are_stored_once_within_a_batch_and_between_batches(stage: ArchiveStage, tmp_path: Path) -> None:
    stage.deliver(BATCH, [kept(0, PAGE), kept(1, PAGE), kept(2, b"text")])
    later = "default-0-1767225700000-0-1767225700000-0"
    stage.deliver(later, [kept(100, PAGE), kept(101, b"text"), kept(102, b"other")])
    found = list(archive(tmp_path).find(Wanted()))
    assert len(found) == 6
    assert len({(line["object"], line["offset"]) for line in found if line["digest"] == found[0]["digest"]}) == 1
    stored = [key for key in objects(tmp_path) if not key.startswith(INDEX)]
    assert len(stored) == 3
    assert [archive(tmp_path).fields(line)[b"payload"] for line in found] == [
        PAGE,
        PAGE,
        b"text",
        PAGE,
        b"text",
        b"other",
    ]


def test_rerun_after_a_crash_at_any_point_stores_nothing_twice(
    stage: ArchiveStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [kept(0, PAGE), kept(1, b"text"), kept(2, PAGE + b" "), kept(7200, b"two hours later")]
    whole_create, whole_remember = Store.create, Seen.remember
    for fatal in range(8):
        calls = iter(range(100))

        def create(*args: Any, fatal: int = fatal, calls: Iterator[int] = calls) -> bool:
            if next(calls) == fatal:
                raise TransientError(KILLED)
            return whole_create(*args)

        def remember(*args: Any, fatal: int = fatal, calls: Iterator[int] = calls) -> None:
            if next(calls) == fatal:
                raise TransientError(KILLED)
            whole_remember(*args)

        batch = f"default-0-17672256{fatal:05d}-0-1767225600123-7"
        own = [Kept(k.entry, k.lane, f"{k.digest}-{fatal}", "", [], k.payload + b"%d" % fatal, k.fields) for k in given]
        with monkeypatch.context() as patched, contextlib.suppress(TransientError):
            patched.setattr(Store, "create", create)
            patched.setattr(Seen, "remember", remember)
            stage.deliver(batch, own)
        died = next(calls) == fatal + 1
        assert died == (fatal < 7), "seven points: two objects and an index, a memory; one object, index, memory"
        stage.deliver(batch, own)
        found = [line for line in archive(tmp_path).find(Wanted()) if line["digest"] in {item.digest for item in own}]
        assert Counter(line["entry"] for line in found) == Counter(item.entry for item in own)
        assert [archive(tmp_path).fields(line)[b"payload"] for line in found] == [item.payload for item in own]
        mine = [key for key in objects(tmp_path) if batch in key and not key.startswith(INDEX)]
        assert len(mine) == 3


def test_damaged_archive_is_told_with_object_and_place(stage: ArchiveStage, tmp_path: Path) -> None:
    stage.deliver(BATCH, [kept(0, PAGE), kept(1, b"text")])
    for path in tmp_path.rglob("*"):
        if path.is_file() and INDEX not in str(path):
            path.write_bytes(b"x" * path.stat().st_size)
    for line in archive(tmp_path).find(Wanted()):
        with pytest.raises(CopydeskError, match=line["object"].rsplit("/", 1)[1].split(".")[0]):
            archive(tmp_path).fields(line)


KILLED = "as if killed"


class Line:
    """A worker with sink and archive in one directory."""

    def __init__(self, server: RedisServer, directory: Path) -> None:
        self.directory = directory
        self.client = redis.Redis.from_url(server.url)
        path = directory / "copydesk.toml"
        path.write_text(f'[redis]\nurl = "{server.url}"\n{SINK.format(out=directory)}')
        self.environ = {"COPYDESK_CONFIG": str(path)}
        self.url = server.url
        self.worker: Worker = start_worker(server.url, directory, self.environ, "--concurrency", "2")

    def push(self, *items: Item) -> None:
        with Client(self.url) as client:
            list(client.push_many(items))

    def records(self) -> list[dict[str, Any]]:
        return list(read_records(self.directory / "records")) if (self.directory / "records").exists() else []

    def wait(self, count: int) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.records()) >= count, 60, f"{count} records")
        time.sleep(0.5)
        found = self.records()
        assert len(found) == count
        return found

    def index_lines(self) -> list[dict[str, Any]]:
        raw = self.directory / "raw"
        return list(archive(raw).find(Wanted())) if (raw / INDEX).exists() else []


@pytest.fixture
def line(redis_server: RedisServer, tmp_path: Path) -> Iterator[Line]:
    made = Line(redis_server, tmp_path)
    yield made
    made.worker.stop()


def test_replay_makes_revisions_of_the_same_records_and_no_new_articles(line: Line) -> None:
    page = Item(PAGE, type="text/html", url="https://example.org/roof")
    line.push(page, *(Item(story(number)) for number in range(5)), Item(b"", id="bad"))
    first = line.wait(6)
    line.push(Item(PAGE, type="text/html", url="https://example.org/roof"))
    first = line.wait(7)
    wait_until(lambda: len(line.index_lines()) == 8, 20, "all payloads are archived, the bad one too")
    assert Counter(row["cause"] for row in line.index_lines()) == Counter({None: 7, "empty": 1})
    before = {row["id"]: row for row in line.index_lines()[0]["records"]}
    assert len(before) == 1
    for record in first:
        wanted = Wanted(digest=record["raw"]["digest"], record=record["id"])
        assert list(archive(line.directory / "raw").find(wanted))
        assert (line.directory / "raw" / INDEX / record["raw"]["partition"]).is_dir()
    documents = index_documents(line)

    told = orjson.loads(copydesk("replay", "--since", "1h", "--json", environ=line.environ).stdout)
    assert (told["payloads"], told["revision"], told["failed"]) == (8, 2, [])
    both = line.wait(14)
    again = [record for record in both if record["revision"] == 2]
    key = lambda record: (record["payload_id"], record["id"], record["verdict"]["kind"], record["headline"])  # noqa: E731
    assert Counter(map(key, again)) == Counter(map(key, first)), "the same records with the same verdicts"
    assert {record["received_at"] for record in again} == {record["received_at"] for record in first}
    assert index_documents(line) == documents, "the index knows no article more"
    assert len(line.index_lines()) == 8, "what is replayed is not archived again"
    wait_until(lambda: line.client.xlen(LANE.quarantine) + line.client.xlen(Lane("replay").quarantine) == 2, 20, "bad")

    told = orjson.loads(copydesk("replay", "--record", first[0]["id"], "--json", environ=line.environ).stdout)
    assert told["revision"] == 3
    assert max(record["revision"] for record in line.wait(14 + told["payloads"])) == 3


def index_documents(line: Line) -> int:
    told = orjson.loads(copydesk("status", "--json", environ=line.environ).stdout)
    return int(told["index"]["documents"])


def test_sample_is_processed_anew_and_compared_field_by_field(line: Line) -> None:
    line.push(*(Item(story(number), url=f"https://example.org/{number}") for number in range(6)))
    line.wait(6)
    line.push(Item(story(5), url="https://example.org/again"))  # delivered as a reference
    line.wait(7)
    wait_until(lambda: len(line.index_lines()) == 7, 20, "archived")
    whole = line.directory / "whole.jsonl"
    assert copydesk("replay", "--to", str(whole), environ=line.environ).returncode == 0
    told = orjson.loads(copydesk("diff", str(line.directory / "records"), str(whole), "--json").stdout)
    assert told["changed"] == 0
    target = line.directory / "new.jsonl"
    done = copydesk("replay", "--limit", "4", "--to", str(target), environ=line.environ)
    assert done.returncode == 0, done.stderr
    assert b"4 payloads: 4 records" in done.stdout
    told = orjson.loads(copydesk("diff", str(line.directory / "records"), str(target), "--json").stdout)
    assert (told["compared"], told["changed"], told["fields"], len(told["only_before"])) == (
        4,
        0,
        [],
        told["compared"] - 2,
    )

    environ = line.environ | {"COPYDESK_PIPELINE__ENRICHERS": "language"}
    assert copydesk("replay", "--limit", "4", "--to", str(target), environ=environ).returncode == 0
    told = orjson.loads(copydesk("diff", str(line.directory / "records"), str(target), "--json").stdout)
    changed = {row["field"]: row for row in told["fields"]}
    assert changed["counts"]["changed"] == 4
    assert "headline" not in changed
    assert changed["counts"]["samples"][0]["after"] is None
    text = copydesk("diff", str(line.directory / "records"), str(target)).stdout.decode()
    assert "4 records compared, 4 differ" in text
    listed = lines(copydesk("replay", "--publisher", "example.org", "--dry-run", environ=line.environ).stdout)
    assert len(listed) == 7
    assert lines(copydesk("replay", "--publisher", "example.com", "--dry-run", environ=line.environ).stdout) == []
    assert copydesk("replay", "--since", "yesterday", environ=line.environ).returncode == 2


def test_withdrawal_correction_and_embargo_reach_the_sinks(line: Line) -> None:
    line.push(Item(story(1), id="one"))
    (record,) = line.wait(1)
    done = copydesk("withdraw", "one", "--reason", "legal", environ=line.environ)
    assert done.stdout.decode() == f"{record['id']} is withdrawn\n"
    changes = line.directory / "changes.json"
    changes.write_text('{"headline": "Another one"}')
    done = copydesk("correct", record["id"], str(changes), environ=line.environ)
    assert done.returncode == 0, done.stderr
    told = {item["event"]: item for item in line.wait(3) if item["schema"] == "copydesk.event/1"}
    assert {item["id"] for item in told.values()} == {record["id"]}
    assert told["withdrawn"]["reason"] == "legal"
    assert told["corrected"]["changes"] == {"headline": "Another one"}
    assert copydesk("withdraw", "nobody", environ=line.environ).returncode == 1

    soon = time.time() + 6
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon))
    far = "2099-01-01T00:00:00Z"
    line.push(
        Item(story(2), hints={"embargo_until": until}),
        Item(story(3), id="never", hints={"embargo_until": far}),
        Item(story(4), id="far", hints={"embargo_until": far}),
        Item(story(5)),
    )
    line.wait(4)
    assert line.client.zcard(LANE.holding) == 3
    assert time.time() < soon, "the machine was too slow for this test to tell anything"
    line.wait(5)
    assert time.time() >= soon - 1
    assert copydesk("withdraw", "never", environ=line.environ).returncode == 0
    line.wait(6)
    assert line.client.zcard(LANE.holding) == 1, "what is withdrawn is not held any more, and never delivered"
    assert line.client.xlen(LANE.held) == 1


def test_body_in_object_storage_is_processed_archived_by_its_reference_and_replayed(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    offload = f'[intake]\noffload = {{ url = "{tmp_path}/claims" }}\n'
    path = tmp_path / "copydesk.toml"
    path.write_text(f'{offload}[redis]\nurl = "{redis_server.url}"\n{SINK.format(out=tmp_path)}')
    environ = {"COPYDESK_CONFIG": str(path)}
    client = redis.Redis.from_url(redis_server.url)
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "1")
    try:
        options = ClientOptions(offload={"url": f"{tmp_path}/claims"}, offload_over=100, compress_over=10**9)
        with Client(redis_server.url, options) as producer:
            producer.push(PAGE, url="https://example.org/roof", type="text/html")
        client.xadd(LANE.intake, {"ref": orjson.dumps({"sha256": "0" * 64, "size": 5}), "id": "nowhere"})
        out, raw = tmp_path / "records", tmp_path / "raw"
        wait_until(lambda: out.exists() and len(list(read_records(out))) == 1, 40, "the body was fetched")
        wait_until(lambda: (raw / INDEX).exists() and len(list(archive(raw).find(Wanted()))) == 1, 20, "archived")
        assert client.zcard(LANE.parked) == 1, "the other's body is not there; it waits, with backoff"
        assert copydesk("replay", environ=environ).returncode == 0
        wait_until(lambda: len(list(read_records(out))) == 2, 20, "replayed")
        first, again = sorted(read_records(out), key=lambda record: record["revision"])
        assert (first["id"], first["body"]) == (again["id"], again["body"])
        assert len(first["body"]) > 100
    finally:
        worker.stop()
