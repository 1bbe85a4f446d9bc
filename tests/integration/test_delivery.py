"""Delivery on a real server: batches written down, retried under one name, the stream trimmed to what all have."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import redis

from tests.servers import RedisServer
from worker.errors import TransientError
from worker.intake.lane import Lane, ensure_group
from worker.sinks.delivery import BatchOptions, Delivery, DueProbe, Source, expire_batches

LANE = Lane("test")
OPTIONS = BatchOptions(count=10, bytes=100_000, linger_seconds=0.2, timeout_seconds=0.4, slice_seconds=1.0)


@dataclass
class Recorder:
    """A sink that remembers what it was given, and fails as often as it is told to."""

    name: str = "one"
    failures: int = 0
    error: Exception = field(default_factory=lambda: TransientError("down"))
    got: list[tuple[str, list[bytes]]] = field(default_factory=list)

    def deliver(self, batch: str, records: Sequence[bytes]) -> str:
        self.got.append((batch, list(records)))
        if self.failures:
            self.failures -= 1
            raise self.error
        return "there"

    def check(self) -> str:
        return "ok"


@pytest.fixture
def client(any_redis_server: RedisServer) -> redis.Redis:
    connection = redis.Redis.from_url(any_redis_server.url)
    connection.flushall()
    for sink in ("one", "two"):
        ensure_group(connection, LANE.articles, sink)
    return connection


def source(sink: str) -> Source:
    return Source("test-0", LANE.articles, LANE.batch(sink), LANE.stats)


def delivery(client: redis.Redis, sink: Recorder, who: str = "w", options: BatchOptions = OPTIONS) -> Delivery:
    return Delivery(client, source(sink.name), sink, who, options)


def add(client: redis.Redis, count: int, start: int = 0) -> list[bytes]:
    records = [b'{"id":"%d"}' % n for n in range(start, start + count)]
    for record in records:
        client.xadd(LANE.articles, {"id": "x", "record": record})
    return records


def test_full_batches_go_at_once_and_the_rest_after_the_linger(client: redis.Redis) -> None:
    sink = Recorder()
    records = add(client, 25)
    due = DueProbe(client, source("one"), "one", OPTIONS)
    assert due()
    assert delivery(client, sink).run() == {"batches": 2, "records": 20}
    assert not due()
    time.sleep(OPTIONS.linger_seconds * 1.2)
    assert due()
    assert delivery(client, sink).run() == {"batches": 1, "records": 5}
    assert [record for _, batch in sink.got for record in batch] == records
    assert not due()


def test_names_carry_first_and_last_entry(client: redis.Redis) -> None:
    sink = Recorder()
    add(client, 10)
    delivery(client, sink).run()
    ids = sink.got[0][0].removeprefix("test-0-").split("-")
    assert len(ids) == 4
    assert int(ids[0]) <= int(ids[2])


def test_failed_batch_comes_again_whole_and_under_the_same_name(client: redis.Redis) -> None:
    sink = Recorder(failures=1)
    records = add(client, 10)
    first = delivery(client, sink)
    assert first.run() == {"failed": 1}
    add(client, 5, 10)
    assert first.run() == {}, "the wait has not passed"
    assert expire_batches(client, [LANE.batch("one")], lambda owner: owner == "w") == 1
    assert delivery(client, sink, "other").run()["batches"] >= 1
    (name, given), (again, given_again) = sink.got[:2]
    assert (name, given) == (again, given_again)
    assert given == records


def test_sink_that_raises_anything_waits_too_and_loses_nothing(client: redis.Redis) -> None:
    sink = Recorder(failures=1, error=ValueError("a bug"))
    records = add(client, 10)
    due = DueProbe(client, source("one"), "one", OPTIONS)
    assert delivery(client, sink).run() == {"failed": 1}
    assert not due(), "it waits before the next attempt"
    expire_batches(client, [LANE.batch("one")], lambda _: True)
    assert delivery(client, sink).run() == {"batches": 1, "records": 10}
    assert sink.got[1][1] == records


def test_batch_of_a_dead_worker_is_taken_up_and_its_late_close_ignored(client: redis.Redis) -> None:
    add(client, 10)

    class Slow(Recorder):
        def deliver(self, batch: str, records: Sequence[bytes]) -> str:
            time.sleep(OPTIONS.timeout_seconds * 1.6)  # longer than the lease
            heir = Recorder()
            assert delivery(client, heir, "heir").run() == {"batches": 1, "records": 10}
            assert heir.got[0][0] == batch
            return super().deliver(batch, records)

    assert delivery(client, Slow(), "slow").run() == {"batches": 1, "records": 0}
    assert client.hget(LANE.stats, "delivered.one") == b"10"


def test_stream_is_trimmed_to_what_every_sink_has(client: redis.Redis) -> None:
    add(client, 20)
    delivery(client, Recorder("one")).run()
    assert client.xlen(LANE.articles) == 20, "the other sink has nothing yet"
    half = BatchOptions(count=10, bytes=100_000, linger_seconds=60, timeout_seconds=1, slice_seconds=0)
    two = delivery(client, Recorder("two"), options=half)
    two._one(Counter())
    assert client.xlen(LANE.articles) == 10
    delivery(client, Recorder("two")).run()
    assert client.xlen(LANE.articles) == 0
