"""Delivery on a real server: batches written down, retried under one name, the stream trimmed to what all have."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import redis

from tests.servers import RedisServer
from worker.delivery.alarms import AlarmLimits, SinkAlarms
from worker.delivery.batches import BatchOptions, Delivery, DueProbe, Reader, Source, expire_batches, letter_of
from worker.delivery.breaker import Breaker
from worker.delivery.deadletters import DeadLetters
from worker.delivery.lag import groups, lag_of
from worker.delivery.selection import Selection
from worker.errors import TransientError
from worker.intake.lane import Lane, breaker_key, ensure_group
from worker.ports import Letter, Receipt, Refusal

LANE = Lane("test")
OPTIONS = BatchOptions(count=10, bytes=100_000, linger_seconds=0.2, timeout_seconds=0.4, slice_seconds=1.0)

ALL = Selection()


@dataclass
class Recorder:
    """A sink that remembers what it was given, and fails as often as it is told to."""

    name: str = "one"
    failures: int = 0
    error: Exception = field(default_factory=lambda: TransientError("down"))
    refuses: frozenset[str] = frozenset()
    got: list[tuple[str, list[bytes]]] = field(default_factory=list)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        self.got.append((batch, [letter.json for letter in letters]))
        if self.failures:
            self.failures -= 1
            raise self.error
        refused = [n for n, letter in enumerate(letters) if letter.id in self.refuses]
        return Receipt("there", tuple(Refusal(n, "too_large", "over the limit") for n in refused))

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
    return Source("test-0", LANE.articles, LANE.batch(sink), LANE.deadletters(sink), LANE.stats)


def breaker(client: redis.Redis, sink: str) -> Breaker:
    return Breaker(client, breaker_key("copydesk", sink), failures=3, rest_seconds=0.5)


def delivery(
    client: redis.Redis,
    sink: Recorder,
    who: str = "w",
    options: BatchOptions = OPTIONS,
    selection: Selection = ALL,
) -> Delivery[Letter]:
    return Delivery(
        client, source(sink.name), sink, who, options, breaker(client, sink.name), Reader(letter_of, selection)
    )


def add(client: redis.Redis, count: int, start: int = 0) -> list[bytes]:
    records = [b'{"id":"%d"}' % n for n in range(start, start + count)]
    for number, record in enumerate(records, start):
        client.xadd(LANE.articles, {"id": f"r{number}", "record": record})
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
        def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
            time.sleep(OPTIONS.timeout_seconds * 1.6)  # longer than the lease
            heir = Recorder()
            assert delivery(client, heir, "heir").run() == {"batches": 1, "records": 10}
            assert heir.got[0][0] == batch
            return super().deliver(batch, letters)

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


def dead_letters(client: redis.Redis) -> list[dict[bytes, bytes]]:
    rows: Any = client.xrange(LANE.deadletters("one"))
    return [fields for _, fields in rows]


def test_refused_records_are_dead_letters_with_cause_and_the_rest_is_delivered(client: redis.Redis) -> None:
    sink = Recorder(refuses=frozenset({"r3", "r7"}))
    records = add(client, 10)
    assert delivery(client, sink).run() == {"batches": 1, "records": 10, "refused": 2}
    dead = dead_letters(client)
    assert [(item[b"id"], item[b"record"]) for item in dead] == [(b"r3", records[3]), (b"r7", records[7])]
    assert {item[b"d_cause"] for item in dead} == {b"too_large"}
    assert client.hget(LANE.stats, "delivered.one") == b"8"
    assert client.hget(LANE.stats, "refused.one") == b"2"


def test_dead_letter_that_is_put_back_goes_to_its_sink_alone(client: redis.Redis) -> None:
    sink = Recorder(refuses=frozenset({"r3"}))
    records = add(client, 10)
    delivery(client, sink).run()
    letters = DeadLetters(client, LANE.deadletters("one"), LANE.articles, "one")
    (item,) = letters
    assert (item.record_id, item.cause, item.detail) == ("r3", "too_large", "over the limit")
    assert letters.requeue([item.id, "1-1"]) == 1
    assert not list(letters)
    time.sleep(OPTIONS.linger_seconds * 1.2)
    mended, other = Recorder("one"), Recorder("two")
    assert delivery(client, mended).run()["records"] == 1
    assert mended.got[0][1] == [records[3]]
    assert delivery(client, other).run()["records"] == 10
    assert [record for _, batch in other.got for record in batch] == records
    add(client, 10)
    assert [delivery(client, sink).run()["records"] for sink in (mended, other)] == [10, 10]
    assert client.xlen(LANE.articles) == 0


def test_batch_that_meets_a_bug_again_and_again_becomes_dead_letters_and_blocks_nothing(client: redis.Redis) -> None:
    add(client, 10)
    sink = Recorder(failures=100, error=ValueError("a bug"))
    for _ in range(5):
        assert delivery(client, sink).run() == {"failed": 1}
        expire_batches(client, [LANE.batch("one")], lambda _: True)
    assert delivery(client, sink).run() == {"batches": 1, "records": 10, "refused": 10}
    assert {item[b"d_cause"] for item in dead_letters(client)} == {b"unexpected"}


def test_batch_on_which_processes_die_becomes_dead_letters_but_one_that_hangs_does_not(client: redis.Redis) -> None:
    add(client, 10)
    for cause in ("failed", "failed", "failed", "failed", "failed", "failed", "died", "died", "died", "died"):
        opened = delivery(client, Recorder())._open()
        assert opened is not None
        assert opened.bugs < 5, cause
        expire_batches(client, [LANE.batch("one")], lambda _: True, cause)
    assert delivery(client, Recorder()).run() == {"batches": 1, "records": 10}


def test_outage_is_never_given_up_and_opens_the_breaker(client: redis.Redis) -> None:
    sink = Recorder(failures=20)
    records = add(client, 10)
    for attempt in range(20):
        assert delivery(client, sink).run() == {"failed": 1}
        expire_batches(client, [LANE.batch("one")], lambda _: True)
        state = breaker(client, "one").state()
        assert state.state == ("closed" if attempt < 2 else "open")
        assert state.error == "down"
    time.sleep(0.6)
    assert breaker(client, "one").state().state == "trial"
    assert delivery(client, sink).run() == {"batches": 1, "records": 10}
    assert breaker(client, "one").state().state == "closed"
    assert sink.got[-1][1] == records
    assert len({name for name, _ in sink.got}) == 1
    assert not dead_letters(client)


def test_sink_gets_what_it_selects_and_the_rest_is_acknowledged(client: redis.Redis) -> None:
    for number in range(10):
        record = {"schema": "copydesk.article/1", "id": f"r{number}", "version": 1, "revision": 1, "body": "long"}
        record["verdict"] = {"kind": "new" if number % 5 else "exact"}
        client.xadd(LANE.articles, {"id": f"r{number}", "record": orjson.dumps(record)})
    sink = Recorder(refuses=frozenset({"r6"}))
    chosen = Selection(where={"verdict.kind": ("new",)}, unless={"id": ("r2",)}, fields=("verdict",))
    assert delivery(client, sink, selection=chosen).run() == {"batches": 1, "records": 10, "refused": 1}
    got = [orjson.loads(record) for record in sink.got[0][1]]
    assert [item["id"] for item in got] == ["r1", "r3", "r4", "r6", "r7", "r8", "r9"]
    assert set(got[0]) == {"schema", "id", "version", "revision", "verdict"}
    assert [item[b"id"] for item in dead_letters(client)] == [b"r6"]
    assert b"body" in dead_letters(client)[0][b"record"], "whole, so that it can be selected anew"


def test_clock_that_was_set_back_holds_up_nothing(client: redis.Redis) -> None:
    ahead = int(time.time() * 1000) + 3_600_000
    client.xadd(LANE.articles, {"id": "r0", "record": b'{"id":"r0"}'}, id=f"{ahead}-0")
    due = DueProbe(client, source("one"), "one", OPTIONS)
    assert due(), "its entries are an hour ahead of the clock; their linger is no reason to wait"
    sink = Recorder(failures=1)
    assert delivery(client, sink).run() == {"failed": 1}
    assert not due()
    client.hset(LANE.batch("one"), "until", ahead)
    assert due(), "a batch put off to a time that no wait reaches is due"
    assert delivery(client, sink, "other").run() == {"batches": 1, "records": 1}
    assert sink.got[0] == sink.got[1]


def alarms(client: redis.Redis, records: int = 1000, seconds: float = 1000) -> list[dict[str, Any]]:
    limits = {name: AlarmLimits(records, seconds) for name in ("one", "two")}
    return SinkAlarms(client, [("test", LANE.articles)], limits)()


def test_sink_far_behind_or_forgotten_is_an_alarm(client: redis.Redis) -> None:
    add(client, 20)
    delivery(client, Recorder("one")).run()
    assert not alarms(client)
    (alarm,) = alarms(client, records=19)
    assert (alarm["sink"], alarm["lane"], alarm["records"]) == ("two", "test", 20)
    time.sleep(0.05)
    assert [item["sink"] for item in alarms(client, seconds=0.01)] == ["two"]
    client.xgroup_create(LANE.articles, "former", id="0")
    (alarm,) = alarms(client)
    assert alarm["sink"] == "former"
    assert "copydesk sinks rm former" in alarm["reason"]


def test_sink_behind_on_a_server_that_fills_up_is_an_alarm(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    ensure_group(client, LANE.articles, "one")
    add(client, 1)
    assert not alarms(client)
    client.config_set("maxmemory", int(int(client.info("memory")["used_memory"]) / 0.9))
    (alarm,) = alarms(client)
    assert "memory" in alarm["reason"]


def test_lag_counts_batches_and_what_waits(client: redis.Redis) -> None:
    add(client, 25)
    held = delivery(client, Recorder())
    held._open()
    lag = lag_of(client, LANE.articles, groups(client, LANE.articles)["one"])
    assert (lag.waiting, lag.in_batch, lag.records, lag.at_least) == (15, 10, 25, False)
    assert 0 <= lag.oldest_seconds < 5
