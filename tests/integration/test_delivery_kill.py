"""Effectively once into object storage: SIGKILL at every point of a delivery, another worker, the bucket read back."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
import zstandard

from tests.servers import RedisServer, S3Server
from worker.delivery.batches import BatchOptions, Delivery, Reader, Source, expire_batches, letter_of
from worker.delivery.breaker import Breaker
from worker.delivery.selection import Selection
from worker.errors import CopydeskError
from worker.intake.lane import Lane, breaker_key, ensure_group
from worker.ports import Letter
from worker.sinks.objects import MANIFESTS, Objects, Options
from worker.storage.encodings import JsonLines
from worker.storage.store import Store

LANE = Lane("kill")
OPTIONS = BatchOptions(count=20, bytes=10_000_000, linger_seconds=0, timeout_seconds=20, slice_seconds=5)
FORK = multiprocessing.get_context("fork")
RECORDS = 100


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def strike(point: str, sink: Any, delivery: Any) -> None:
    """Make this process die at one point of its second batch (the first shall be whole)."""
    batches = Counter[str]()
    whole_deliver, whole_close, whole_create = sink.deliver, delivery._close, Store.create

    def deliver(batch: str, letters: Any) -> Any:
        batches["seen"] += 1
        if batches["seen"] == 2 and point == "before the put":
            die()
        return whole_deliver(batch, letters)

    def create(store: Store, key: str, body: bytes) -> bool:
        manifest = key.startswith(MANIFESTS)
        if batches["seen"] == 2 and manifest and point == "between object and manifest":
            die()
        if batches["seen"] == 2 and not manifest and point == "during the put" and store.directory is not None:
            os.link = lambda *_a, **_k: die()  # written and flushed, not named yet
        return whole_create(store, key, body)

    def close(*args: Any) -> None:
        if batches["seen"] == 2 and point == "before the acknowledgement":
            die()
        whole_close(*args)
        if batches["seen"] == 2 and point == "after the acknowledgement":
            die()

    sink.deliver = deliver
    delivery._close = close
    Store.create = create  # type: ignore[assignment,method-assign]


def made(url: str, sink: Objects, who: str) -> Delivery[Letter]:
    client = redis.Redis.from_url(url)
    source = Source("kill-0", LANE.articles, LANE.batch("archive"), LANE.deadletters("archive"), f"{LANE.base}:stats")
    breaker = Breaker(client, breaker_key("copydesk", "archive"), 100, 1)
    return Delivery(client, source, sink, who, OPTIONS, breaker, Reader(letter_of, Selection()))


def worker(url: str, options: Options, who: str, point: str | None = None) -> int:
    """Deliver in a forked process, as a pool process does; gives its exit status."""

    def run() -> None:
        sink = Objects("archive", options)
        delivery = made(url, sink, who)
        if point is not None:
            strike(point, sink, delivery)
        delivery.run()

    process = FORK.Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode


def fill(client: redis.Redis, size: int = 200) -> list[str]:
    client.flushall()
    ensure_group(client, LANE.articles, "archive")
    ids = [f"r{number}" for number in range(RECORDS)]
    for record in ids:
        body = {"id": record, "body": os.urandom(size // 2).hex()}
        client.xadd(LANE.articles, {"id": record, "record": orjson.dumps(body)})
    return ids


def read_all(options: Options) -> dict[str, bytes]:
    """Read every object, in a forked process: the store must not be used where processes are forked."""

    def read() -> dict[str, bytes]:
        store = Store("test", options)
        return {key: store.get(key) for key in store.keys()}  # noqa: SIM118  # a store is no mapping

    here, there = FORK.Pipe()
    process = FORK.Process(target=lambda: there.send(read()))
    process.start()
    assert here.poll(30)
    found = here.recv()
    process.join(10)
    assert isinstance(found, dict)
    return found


def record_ids(objects: dict[str, bytes]) -> tuple[list[str], list[str]]:
    """Give the record ids that a listing finds, and those that the manifests name."""

    def of(body: bytes) -> list[str]:
        lines = zstd_lines(body)
        return [orjson.loads(line)["id"] for line in lines]

    data = {key: body for key, body in objects.items() if not key.startswith(MANIFESTS)}
    listed = [record for body in data.values() for record in of(body)]
    named = []
    for key, body in objects.items():
        if key.startswith(MANIFESTS):
            for item in orjson.loads(body)["objects"]:
                named += of(data[item["key"]])
    return listed, named


def zstd_lines(body: bytes) -> list[bytes]:

    return zstandard.decompress(body, max_output_size=100_000_000).splitlines()


@contextmanager
def stalling_proxy(target: str, after_bytes: int, stalled: Callable[[], None]) -> Iterator[str]:
    """A TCP proxy that passes the first connections' bytes on, and goes silent in the middle of a large request."""
    host, port = target.removeprefix("http://").split(":")
    listener = socket.create_server(("127.0.0.1", 0))
    total = Counter[str]()

    def pump(source: socket.socket, sink: socket.socket, outward: bool) -> None:
        while True:
            try:
                piece = source.recv(16_384)
                if outward:
                    total["sent"] += len(piece)
                    if total["sent"] > after_bytes:
                        stalled()
                        return
                sink.sendall(piece)
            except OSError:
                return
            if not piece:
                return

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection((host, int(port)))
            threading.Thread(target=pump, args=(near, far, True), daemon=True).start()
            threading.Thread(target=pump, args=(far, near, False), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def s3_options(server: S3Server, prefix: str, endpoint: str | None = None) -> Options:
    return Options(
        url=f"s3://{server.bucket}/{prefix}",
        endpoint=endpoint or server.endpoint,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
        allow_http=True,
        timeout_seconds=15,
        retries=0,
    )


POINTS = (
    "before the put",
    "during the put",
    "between object and manifest",
    "before the acknowledgement",
    "after the acknowledgement",
)


@pytest.mark.parametrize("place", ["directory", "s3"])
@pytest.mark.parametrize("point", POINTS)
def test_each_record_is_there_exactly_once_after_a_kill(
    point: str, place: str, redis_server: RedisServer, s3_server: S3Server, tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    ids = fill(client, 20_000)
    if place == "directory":
        options = Options(url=str(tmp_path / "out"))
        status = worker(redis_server.url, options, "first", point)
    else:
        options = s3_options(s3_server, point.replace(" ", "-"))
        status = killed_on_s3(point, redis_server.url, s3_server, options)
    assert status == -signal.SIGKILL
    before = {key for key in read_all(options) if not key.startswith(MANIFESTS)}
    assert len(before) == (1 if point in {"before the put", "during the put"} else 2)

    expire_batches(client, [LANE.batch("archive")], lambda owner: owner == "first")
    assert worker(redis_server.url, options, "second") == 0
    objects = read_all(options)
    listed, named = record_ids(objects)
    assert Counter(listed) == Counter(ids)
    assert Counter(named) == Counter(ids)
    assert client.xlen(LANE.articles) == 0
    if place == "directory":
        assert not list(tmp_path.rglob("*.part")), "what the killed process left half-written is gone"


def killed_on_s3(point: str, url: str, server: S3Server, options: Options) -> int:
    if point != "during the put":
        return worker(url, options, "first", point)
    # Two and a half batches fit: the second request is cut in its middle, and the process dies while it waits.
    doomed: list[Any] = []
    with stalling_proxy(server.endpoint, 330_000, lambda: doomed[0].kill()) as endpoint:  # noqa: PLW0108  # filled below
        process = FORK.Process(target=worker_here, args=(url, s3_options(server, "during-the-put", endpoint)))
        doomed.append(process)
        process.start()
        process.join(30)
    assert process.exitcode is not None, "it was not cut"
    return process.exitcode


def worker_here(url: str, options: Options) -> None:
    made(url, Objects("archive", options), "first").run()


def test_same_batch_gives_the_same_bytes(redis_server: RedisServer, tmp_path: Path) -> None:
    """The rerun in the kill tests finds the first one's object; this one shows that it would have made the same."""
    client = redis.Redis.from_url(redis_server.url)
    fill(client)
    entries: Any = client.xrange(LANE.articles)
    client.copy(LANE.articles, "copy")
    assert worker(redis_server.url, Options(url=str(tmp_path / "a")), "first") == 0
    client.rename("copy", LANE.articles)
    assert worker(redis_server.url, Options(url=str(tmp_path / "b")), "second") == 0
    first, second = (read_all(Options(url=str(tmp_path / name))) for name in "ab")
    assert first == second
    assert len(first) == 2 * RECORDS // OPTIONS.count
    bodies = [fields[b"record"] for _, fields in entries[: OPTIONS.count]]
    assert JsonLines().encode(bodies).body == next(body for key, body in sorted(first.items()) if key.startswith("dt="))


def test_two_workers_that_store_one_object_at_once_leave_one_whole(tmp_path: Path) -> None:
    store = Store("test", Options(url=str(tmp_path)))
    body = os.urandom(3_000_000)
    results: list[bool | CopydeskError] = []

    def put() -> None:
        try:
            results.append(store.create("a/b", body))
        except CopydeskError as exc:
            results.append(exc)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(map(type, results)) == {bool: 8}, results
    assert sum(result is True for result in results) == 1
    assert (tmp_path / "a" / "b").read_bytes() == body
    time.sleep(0.05)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
