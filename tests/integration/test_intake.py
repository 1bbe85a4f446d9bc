"""Claims, fence, parking and quarantine on a real server, one step at a time and without Celery."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis

from tests.integration.line import wait_until
from tests.servers import RedisServer
from worker.errors import PayloadError
from worker.index.redis_index import SETTLE_LUA
from worker.intake.backlog import BacklogProbe, sweep_consumers
from worker.intake.claims import ClaimOptions, Claims, Parked, age_consumers
from worker.intake.commit import Commit, Outcome, Output, Settling
from worker.intake.lane import GROUP, Lane, ensure_group
from worker.intake.quarantine import Quarantine

LANE = Lane("test")
LEASE = 0.3


@pytest.fixture
def client(any_redis_server: RedisServer) -> Iterator[redis.Redis]:
    connection = redis.Redis.from_url(any_redis_server.url)
    connection.flushall()
    ensure_group(connection, LANE.intake, GROUP)
    yield connection
    connection.close()


def claims(client: redis.Redis, name: str, *, count: int = 16, size: int = 1_000_000) -> Claims:
    return Claims(client, LANE, name, ClaimOptions(LEASE, count, size))


def commit(client: redis.Redis) -> Commit:
    return Commit(client, LANE, Settling(SETTLE_LUA, "test:{index}:", lambda _owner: ()), "tester", 100)


def add(client: redis.Redis, *bodies: bytes) -> list[str]:
    ids = (client.xadd(LANE.intake, {"payload": body, "id": f"id-{body.decode()[:5]}"}) for body in bodies)
    return [entry_id.decode() for entry_id in ids if isinstance(entry_id, bytes)]


def done(entry: object, kind: str = "new") -> Outcome:
    return Outcome(entry, outputs=(Output("r", kind, "full", b"{}", b"{}"),))  # type: ignore[arg-type]


def test_claims_in_order_up_to_count_and_bytes(client: redis.Redis) -> None:
    ids = add(client, b"a", b"b", b"c", b"d" * 500, b"e")
    assert [e.id for e in claims(client, "x", count=2).claim(1)] == ids[:2]
    assert [e.id for e in claims(client, "y", size=100).claim(1)] == ids[2:4], (
        "the limit is passed by one entry at most"
    )
    assert [e.id for e in claims(client, "z").claim(1)] == ids[4:]
    assert claims(client, "x").claim(1) == []


def test_short_backlog_is_shared(client: redis.Redis) -> None:
    ids = add(client, *(b"%d" % n for n in range(6)))
    assert [e.id for e in claims(client, "x").claim(3)] == ids[:2]


def test_dead_workers_entries_are_taken_over_one_at_a_time(client: redis.Redis) -> None:
    ids = add(client, b"a", b"b")
    first = claims(client, "dead").claim(1)
    assert [e.deliveries for e in first] == [1, 1]
    other = claims(client, "heir")
    assert other.claim(1) == [], "the lease still holds"
    time.sleep(LEASE * 1.2)
    (taken,) = other.claim(1)
    assert (taken.id, taken.deliveries) == (ids[0], 2)
    assert dict(taken.fields)[b"payload"] == b"a"
    (taken,) = other.claim(1)
    assert (taken.id, taken.deliveries) == (ids[1], 2)


def test_renewed_lease_is_not_taken_over(client: redis.Redis) -> None:
    ids = add(client, b"a")
    holder = claims(client, "slow")
    entries = holder.claim(1)
    for _ in range(4):
        time.sleep(LEASE * 0.5)
        assert holder.renew(entries) == set(ids)
        assert claims(client, "heir").claim(1) == []
    time.sleep(LEASE * 1.2)
    assert [e.id for e in claims(client, "heir").claim(1)] == ids
    assert holder.renew(entries) == set(), "what another worker has is not taken back"


def test_aged_consumer_is_taken_over_at_once(client: redis.Redis) -> None:
    ids = add(client, b"a")
    Claims(client, LANE, "dead", ClaimOptions(60, 16, 1000)).claim(1)
    heir = Claims(client, LANE, "heir", ClaimOptions(60, 16, 1000))
    assert heir.claim(1) == []
    assert age_consumers(client, LANE, 60, ["dead"]) == 1
    (taken,) = heir.claim(1)
    assert (taken.id, taken.deliveries) == (ids[0], 2), "aging is not a delivery, taking over is"


def test_fence_lets_one_of_two_workers_commit(client: redis.Redis) -> None:
    add(client, b"a")
    (slow,) = claims(client, "slow").claim(1)
    time.sleep(LEASE * 1.2)
    (fast,) = claims(client, "fast").claim(1)
    assert commit(client)([done(fast)]) == {fast.id}
    assert commit(client)([done(slow)]) == set()
    assert client.xlen(LANE.articles) == 1
    assert client.xlen(LANE.intake) == 0
    assert client.hgetall(LANE.stats)[b"entries"] == b"1"


def test_commit_is_idempotent_per_entry_within_a_batch(client: redis.Redis) -> None:
    add(client, b"a", b"b")
    entries = claims(client, "x").claim(1)
    assert commit(client)([done(e) for e in [*entries, *entries]]) == {e.id for e in entries}
    assert client.xlen(LANE.articles) == 2


def test_quarantine_keeps_the_payload_and_requeue_gives_it_back(client: redis.Redis) -> None:
    ids = add(client, b"bad")
    (entry,) = claims(client, "x").claim(1)
    commit(client)([Outcome(entry, errors=(PayloadError("empty", "detail \ud800"),))])
    quarantine = Quarantine(client, LANE)
    (item,) = list(quarantine)
    assert (item.cause, item.entry, item.payload_id) == ("empty", ids[0], "id-bad")
    assert item.fields[b"payload"] == b"bad"
    assert item.history["deliveries"] == 1
    ((old, new),) = quarantine.requeue([item.id, "1-1"])
    assert old == item.id
    assert list(quarantine) == []
    (again,) = claims(client, "x").claim(1)
    assert again.id == new
    assert again.fields == entry.fields


def test_part_errors_and_records_of_one_payload_commit_together(client: redis.Redis) -> None:
    add(client, b"feed")
    (entry,) = claims(client, "x").claim(1)
    outcome = Outcome(
        entry,
        outputs=(Output("r1", "new", "full", b"{}", b"{}"), Output("r2", "exact", "reference", b"{}", b"{}")),
        errors=(PayloadError("article_missing", "item 3"), PayloadError("empty", "item 4")),
    )
    commit(client)([outcome])
    assert client.xlen(LANE.articles) == 2
    (item,) = list(Quarantine(client, LANE))
    assert [error["code"] for error in item.history["errors"]] == ["article_missing", "empty"]
    assert item.history["records"] == 2


def test_parked_entry_waits_keeps_its_id_and_its_attempts(client: redis.Redis) -> None:
    ids = add(client, b"a")
    holder = claims(client, "x")
    entries = holder.claim(1)
    assert holder.park([Parked(entries[0], 0.3, 2, "sink down")]) == 1
    probe = BacklogProbe(client, LANE, 60)
    assert (probe().claimable, probe().total) == (0, 1)
    assert holder.claim(1) == []
    wait_until(lambda: probe().claimable == 1, 5, "due")
    (again,) = holder.claim(1)
    assert (again.id, again.attempts, again.deliveries) == (ids[0], 2, 1)
    assert commit(client)([done(again)]) == {ids[0]}
    assert client.hlen(LANE.parking) == 0


def test_parked_is_never_taken_for_a_dead_workers(client: redis.Redis) -> None:
    add(client, b"a")
    holder = claims(client, "x")
    holder.park([Parked(entry, 60, 1, "later") for entry in holder.claim(1)])
    time.sleep(LEASE * 1.2)
    assert claims(client, "heir").claim(1) == []


def test_suspect_entry_stays_alone_after_parking(client: redis.Redis) -> None:
    ids = add(client, b"a", b"b", b"c")
    claims(client, "dead").claim(1)
    time.sleep(LEASE * 1.2)
    heir = claims(client, "heir")
    (suspect,) = heir.claim(1)
    heir.park([Parked(suspect, 0, 1, "handed back")])
    age_consumers(client, LANE, LEASE, [])
    taken = [heir.claim(1) for _ in range(3)]
    assert sorted(entry.id for batch in taken for entry in batch) == sorted(ids)
    assert [len(batch) for batch in taken] == [1, 1, 1]
    assert all(batch[0].deliveries == 2 for batch in taken)


def test_park_of_a_settled_entry_does_nothing(client: redis.Redis) -> None:
    add(client, b"a")
    holder = claims(client, "x")
    (entry,) = holder.claim(1)
    commit(client)([done(entry)])
    assert holder.park([Parked(entry, 0, 1, "late")]) == 0
    assert client.zcard(LANE.parked) == 0


def test_resume_gives_back_what_the_consumer_holds_without_counting(client: redis.Redis) -> None:
    ids = add(client, b"a", b"b")
    holder = claims(client, "x")
    holder.claim(1)
    assert [(e.id, e.deliveries) for e in holder.resume()] == [(ids[0], 1), (ids[1], 1)]
    assert claims(client, "other").resume() == []


def test_delivery_counts_survive_a_restart_of_the_server(redis_server: RedisServer) -> None:
    connection = redis.Redis.from_url(redis_server.url)
    ensure_group(connection, LANE.intake, GROUP)
    add(connection, b"a")
    claims(connection, "dead").claim(1)
    time.sleep(LEASE * 1.2)
    claims(connection, "heir").claim(1)
    redis_server.kill()
    redis_server.restart()
    time.sleep(LEASE * 1.2)
    (entry,) = claims(connection, "third").claim(1)
    assert entry.deliveries == 3


def test_idle_consumers_without_entries_are_swept(client: redis.Redis) -> None:
    add(client, b"a", b"b")
    claims(client, "holder", count=1).claim(1)
    (entry,) = claims(client, "gone", count=1).claim(1)
    commit(client)([done(entry)])
    time.sleep(0.05)
    assert sweep_consumers(client, LANE, 0.01) == 1
    assert [row["name"] for row in client.xinfo_consumers(LANE.intake, GROUP)] == [b"holder"]


def test_commit_still_works_when_the_server_is_full(client: redis.Redis) -> None:
    add(client, *(b"%d" % n * 1000 for n in range(50)))
    entries = claims(client, "x", count=50).claim(1)
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory", used // 2)
    try:
        with pytest.raises(redis.ResponseError, match=r"OOM|maxmemory"):
            client.xadd(LANE.intake, {"payload": b"x"})
        assert commit(client)([done(entry) for entry in entries]) == {entry.id for entry in entries}
        assert client.xlen(LANE.intake) == 0
    finally:
        client.config_set("maxmemory", 0)
    assert client.xlen(LANE.articles) == 50
