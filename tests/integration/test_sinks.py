"""Sinks on real destinations: a local directory, a real S3 server, a real Redis; each batch lands once."""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import obstore
import orjson
import pyarrow.parquet as pq
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
MANIFEST = f"_manifest/dt=2026-01-01/hour=00/{BATCH}.json"
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
    manifest = tmp_path / "new" / "dir" / MANIFEST
    assert sorted(p for p in (tmp_path / "new").rglob("*") if p.is_file()) == [manifest, path]
    assert orjson.loads(manifest.read_bytes()) == {
        "batch": BATCH,
        "records": 50,
        "objects": [
            {
                "key": KEY,
                "bytes": path.stat().st_size,
                "records": 50,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        ],
    }
    with zstandard.open(path, "rt", encoding="utf-8") as lines:
        assert [line.rstrip("\n").encode() for line in lines] == RECORDS


def test_retry_on_s3_is_the_same_object_with_the_same_bytes(s3_server: S3Server) -> None:
    sink = Objects("archive", s3_options(s3_server))
    first = in_child(lambda: sink.deliver(BATCH, LETTERS).location)
    assert first == f"s3://{s3_server.bucket}/records/{KEY}"
    before = read_back(s3_server)
    assert in_child(lambda: sink.deliver(BATCH, LETTERS).location) == first
    assert read_back(s3_server) == before
    assert sorted(before) == [MANIFEST, KEY]
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


def examples() -> list[Letter]:
    """Real records of different kinds: those of the golden files."""
    paths = sorted((Path(__file__).parents[1] / "golden").glob("*.golden.json"))
    records = [record for path in paths for record in orjson.loads(path.read_bytes()) if "error" not in record]
    return [Letter(record["id"], record["id"], orjson.dumps(record)) for record in records]


def test_parquet_has_the_records_own_types_and_loses_nothing(tmp_path: Path) -> None:
    letters = examples()
    assert len(letters) > 20
    sink = Objects("lake", Options(url=str(tmp_path), format="parquet"))
    assert sink.deliver(BATCH, letters).refused == ()
    (path,) = tmp_path.rglob("*.parquet")
    table = pq.read_table(path)
    types = {field.name: str(field.type) for field in table.schema}
    assert types["received_at"] == "timestamp[ms, tz=UTC]"
    assert types["version"] == "int64"
    assert types["authors"] == "list<element: string>"
    assert types["places"].startswith("list<element: struct<name: string, lat: double, lon: double")
    assert types["provenance"].startswith("map<string, struct<from: string, method: string, confidence: double>")
    for row, letter in zip(table.to_pylist(maps_as_pydicts="strict"), letters, strict=True):
        record = orjson.loads(letter.json)
        assert row.pop("received_at") == datetime.fromisoformat(record.pop("received_at"))
        assert {name: row[name] for name in record} == record


def test_parquet_refuses_a_record_that_does_not_fit_and_keeps_the_rest(tmp_path: Path) -> None:
    letters = examples()[:5]
    broken = Letter("x", "x", orjson.dumps(orjson.loads(letters[0].json) | {"version": "one", "id": "x"}))
    event = {"schema": "copydesk.event/1", "id": "y", "event": "withdrawn", "at": "2026-01-01T00:00:00Z"}
    letters = [*letters[:2], broken, *letters[2:], Letter("y", "y", orjson.dumps(event))]
    sink = Objects("lake", Options(url=str(tmp_path), format="parquet"))
    receipt = sink.deliver(BATCH, letters)
    assert [(item.position, item.cause) for item in receipt.refused] == [(2, "schema_mismatch")]
    assert "one" in receipt.refused[0].detail
    (path,) = tmp_path.rglob("*.parquet")
    assert pq.read_table(path, columns=["id"]).column("id").to_pylist() == [
        item.id for item in letters if item.id != "x"
    ]
    assert sink.deliver(BATCH, [broken]).location == ""


def test_partitions_by_publisher_and_language_with_one_manifest(tmp_path: Path) -> None:
    made: list[dict[str, Any]] = [
        {"id": "a", "publisher": {"domain": "example.org"}, "language": {"code": "en"}},
        {"id": "b", "publisher": {"domain": "../Näh=e/x"}, "language": None},
        {"id": "c", "publisher": None, "language": {"code": "de"}},
        {"id": "d", "publisher": {"domain": "example.org"}, "language": {"code": "en"}},
    ]
    letters = [Letter(str(item["id"]), str(item["id"]), orjson.dumps(item)) for item in made]
    sink = Objects("lake", Options(url=str(tmp_path), partition_by=("publisher", "language")))
    location = sink.deliver(BATCH, letters).location
    assert location == str(tmp_path / MANIFEST)
    manifest = orjson.loads((tmp_path / MANIFEST).read_bytes())
    hour = "dt=2026-01-01/hour=00"
    assert {item["key"].removeprefix(hour): item["records"] for item in manifest["objects"]} == {
        f"/publisher=example.org/language=en/{BATCH}.jsonl.zst": 2,
        f"/publisher=_n_h_e_x/language=unknown/{BATCH}.jsonl.zst": 1,
        f"/publisher=unknown/language=de/{BATCH}.jsonl.zst": 1,
    }
    assert all((tmp_path / item["key"]).stat().st_size == item["bytes"] for item in manifest["objects"])


def test_manifest_tells_what_is_there_when_a_retry_would_write_other_bytes(tmp_path: Path) -> None:
    sink = Objects("files", Options(url=str(tmp_path)))
    sink.deliver(BATCH, LETTERS[:30])
    (tmp_path / MANIFEST).unlink()  # as after a crash before the manifest; meanwhile the sink's filter was changed
    sink.deliver(BATCH, LETTERS)
    (item,) = orjson.loads((tmp_path / MANIFEST).read_bytes())["objects"]
    assert item["records"] == 30
    assert item["sha256"] == hashlib.sha256((tmp_path / KEY).read_bytes()).hexdigest()


def test_full_disk_leaves_nothing_half_written_and_is_tried_again(tmp_path: Path) -> None:
    sink = Objects("files", Options(url=str(tmp_path)))
    noise = [Letter(str(n), str(n), secrets.token_hex(5000).encode()) for n in range(50)]

    def limited() -> object:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        return sink.deliver(BATCH, noise)

    error = in_child(limited)
    assert isinstance(error, TransientError), error
    assert "'files'" in str(error)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sink.deliver(BATCH, noise).location == str(tmp_path / KEY)


class NoBucket(BaseHTTPRequestHandler):
    """Answers as S3 does for a bucket that does not exist (SeaweedFS would make it)."""

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_missing_bucket_is_a_mistake_in_the_settings(s3_server: S3Server) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), NoBucket) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        sink = Objects("archive", s3_options(s3_server, url="s3://no-such-bucket/records", endpoint=endpoint))
        errors = [in_child(sink.check), in_child(lambda: sink.deliver(BATCH, LETTERS))]
        server.shutdown()
    for error in errors:
        assert isinstance(error, ConfigError), error
        assert "'archive'" in str(error)
        assert "no-such-bucket/records does not exist" in str(error)


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match=r"copydesk\[parquet\]"):
        build_sink("lake", "objects", {"url": "x", "format": "parquet"})


@pytest.mark.parametrize(
    ("url", "store", "told"),
    [
        ("az://container/x", {}, "Account must be specified"),
        ("gs://bucket/x", {"service_account_key": '{"private_key":"a-secret"}'}, "private_key_id"),
        ("s3://bucket/x", {"colour": "a-secret"}, "colour"),
    ],
)
def test_settings_that_make_no_store_are_told_without_secrets(url: str, store: dict[str, str], told: str) -> None:
    sink = Objects("lake", Options(url=url, store=store))
    for action in (sink.check, lambda: sink.deliver(BATCH, LETTERS)):
        error = in_child(action)
        assert isinstance(error, ConfigError), error
        assert "'lake'" in str(error)
        assert told in str(error)
        assert "a-secret" not in str(error)
