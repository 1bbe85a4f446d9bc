"""Sinks on real destinations: a local directory, a real S3 server, a real Redis; each batch lands once."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import obstore
import orjson
import pytest
import redis
import zstandard
from obstore.store import from_url

from tests.servers import RedisServer, S3Server, closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.objects import Objects, Options, partition
from worker.sinks.redis_stream import Options as StreamOptions
from worker.sinks.redis_stream import RedisStream

BATCH = "default-0-1767225600000-0-1767225600123-7"
KEY = f"dt=2026-01-01/hour=00/{BATCH}.jsonl.zst"
RECORDS = [orjson.dumps({"id": f"r{n}", "headline": "é" * n}) for n in range(50)]
LETTERS = [Letter(f"m{n}", f"r{n}", record) for n, record in enumerate(RECORDS)]
FORK = multiprocessing.get_context("fork")


def s3_options(server: S3Server, **changes: Any) -> Options:
    given: dict[str, Any] = {
        "url": f"s3://{server.bucket}/records",
        "endpoint": server.endpoint,
        "access_key_id": server.access_key_id,
        "secret_access_key": server.secret_access_key,
        "allow_http": True,
        "timeout_seconds": 5.0,
        "retries": 0,
    }
    return Options(**given | changes)


def in_child(action: Callable[[], object]) -> object:
    """Run in a forked child, as a pool process would; gives what it returned or the error's text."""
    here, there = FORK.Pipe()

    def run() -> None:
        try:
            there.send(action())
        except Exception as exc:  # noqa: BLE001  # carried to the parent
            there.send(exc)

    process = FORK.Process(target=run)
    process.start()
    assert here.poll(30), "the child hangs"
    answer = here.recv()
    process.join(10)
    assert process.exitcode == 0
    return answer


def located(sink: Objects, batch: str) -> str:
    return sink.deliver(batch, LETTERS).location


def read_back(server: S3Server) -> dict[str, bytes]:
    def read() -> dict[str, bytes]:
        options: Any = {
            "access_key_id": server.access_key_id,
            "secret_access_key": server.secret_access_key,
            "endpoint": server.endpoint,
            "region": "us-east-1",
        }
        store = from_url(f"s3://{server.bucket}/records", config=options, client_options={"allow_http": True})
        found = [item for page in obstore.list(store) for item in page]
        return {item["path"]: bytes(obstore.get(store, item["path"]).bytes()) for item in found}

    answer = in_child(read)
    assert isinstance(answer, dict), answer
    return answer


def test_partition_is_the_hour_of_the_first_entry_whatever_the_lane_is_called() -> None:
    assert partition(BATCH) == "dt=2026-01-01/hour=00"
    assert partition("a-b-c-12-1767229200000-5-1767229300000-0") == "dt=2026-01-01/hour=01"


def test_directory_gets_one_whole_file_a_batch(tmp_path: Path) -> None:
    sink = Objects("files", Options(url=str(tmp_path / "new" / "dir")))
    location = in_child(lambda: [sink.deliver(BATCH, LETTERS).location for _ in range(2)])
    path = tmp_path / "new" / "dir" / KEY
    assert location == [str(path)] * 2
    assert [p for p in (tmp_path / "new").rglob("*") if p.is_file()] == [path]
    with zstandard.open(path, "rt", encoding="utf-8") as lines:
        assert [line.rstrip("\n").encode() for line in lines] == RECORDS


def test_retry_on_s3_is_the_same_object_with_the_same_bytes(s3_server: S3Server) -> None:
    sink = Objects("archive", s3_options(s3_server))
    first = in_child(lambda: sink.deliver(BATCH, LETTERS).location)
    assert first == f"s3://{s3_server.bucket}/records/{KEY}"
    before = read_back(s3_server)
    assert in_child(lambda: sink.deliver(BATCH, LETTERS).location) == first
    assert read_back(s3_server) == before
    assert list(before) == [KEY]
    assert zstandard.decompress(before[KEY]).splitlines() == RECORDS


def test_children_forked_from_a_parent_that_made_the_sink_all_deliver(s3_server: S3Server) -> None:
    sink = Objects("archive", s3_options(s3_server))
    names = [BATCH.replace("123-7", f"{n}-0") for n in range(200, 204)]
    for name in names:
        assert str(in_child(partial(located, sink, name))).endswith(f"{name}.jsonl.zst")
    assert {key.split("/")[-1].removesuffix(".jsonl.zst") for key in read_back(s3_server)} >= set(names)


@pytest.mark.parametrize(
    ("changes", "kind", "told"),
    [
        ({"secret_access_key": "wrong-secret-value"}, ConfigError, "access is refused"),
        ({"endpoint": f"http://127.0.0.1:{closed_port()}", "timeout_seconds": 1.0}, TransientError, "archive"),
    ],
)
def test_failures_name_the_sink_and_never_a_key(
    s3_server: S3Server, changes: dict[str, Any], kind: type[Exception], told: str
) -> None:
    options = s3_options(s3_server, **changes)
    sink = Objects("archive", options)
    for action in (sink.check, lambda: sink.deliver(BATCH, LETTERS)):
        error = in_child(action)
        assert isinstance(error, kind), error
        assert "'archive'" in str(error)
        assert told in str(error)
        assert options.secret_access_key not in f"{error} {options!r}"


def test_check_of_good_settings(s3_server: S3Server, tmp_path: Path) -> None:
    assert "can be written" in str(in_child(Objects("archive", s3_options(s3_server)).check))
    assert "can be written" in str(in_child(Objects("files", Options(url=str(tmp_path))).check))


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    error = in_child(Objects("files", Options(url=str(tmp_path / "file" / "sub"))).check)
    assert isinstance(error, TransientError | ConfigError)
    assert "'files'" in str(error)


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("objects", {}, "url"),
        ("objects", {"url": "ftp://x"}, "ftp://x"),
        ("objects", {"url": "x", "colour": "red"}, "colour"),
        ("object", {"url": "x"}, "did you mean 'objects'"),
        ("delivery", {}, "there is no sink kind"),
        ("redis_stream", {"url": "redis://x"}, "stream"),
        ("redis_stream", {"url": "nonsense", "stream": "x"}, "'mine'"),
    ],
)
def test_wrong_options_refuse_the_start(kind: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_sink("mine", kind, options)
    assert told in str(caught.value)


def test_redis_stream_takes_each_batch_once(any_redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    sink = RedisStream("down", StreamOptions(url=any_redis_server.url, stream="finished"))
    later = "default-0-1767225600124-0-1767225600200-0"
    other = "news-0-1767225600000-0-1767225600100-0"
    for batch in (BATCH, BATCH, later, BATCH, other, later, other):
        assert sink.deliver(batch, LETTERS).location == "finished"
    entries: Any = client.xrange("finished")
    assert len(entries) == 3 * len(RECORDS)
    assert entries[0][1] == {b"id": b"r0", b"message": b"m0", b"record": RECORDS[0]}
    assert "150 entries" in sink.check()


def test_redis_stream_failures(any_redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    client.set("finished", "no stream")
    with pytest.raises(ConfigError, match="'down'"):
        RedisStream("down", StreamOptions(url=any_redis_server.url, stream="finished")).deliver(BATCH, LETTERS)
    gone = RedisStream("down", StreamOptions(url=f"redis://127.0.0.1:{closed_port()}", stream="finished"))
    with pytest.raises(TransientError, match="'down'"):
        gone.deliver(BATCH, LETTERS)
