"""The dedupe index on real servers: races of processes, growth, generations, the trace, and an index that is lost."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import redis
from click.testing import CliRunner
from structlog.testing import capture_logs

from tests.servers import RedisServer
from worker import wiring
from worker.cli import cli
from worker.client import Client, Item
from worker.dedupe.fingerprint import fingerprint
from worker.index.memory import MemoryIndex
from worker.index.redis_index import IndexOptions, RedisIndex
from worker.model import Article, Payload
from worker.ports import Fingerprint
from worker.settings import Settings, load

PREFIX = "test:{index}:"


@pytest.fixture
def client(any_redis_server: RedisServer) -> Iterator[redis.Redis]:
    connection = redis.Redis.from_url(any_redis_server.url)
    connection.flushall()
    yield connection
    connection.close()


def made(number: int, changed: int = 0) -> Fingerprint:
    """Make a text that no other number has; `changed` words of it are others."""
    rng = random.Random(number)  # repeatable, not secret
    words = [f"w{rng.randrange(100_000)}" for _ in range(rng.randrange(60, 240))]
    words[:changed] = [f"other{n}" for n in range(changed)]
    body = " ".join(words)
    article = Article(headline=words[0], body=body, paragraphs=(), format="text", url=f"https://a.example/{number}")
    return fingerprint(Payload(f"{number} {changed}".encode(), "p", datetime(2026, 1, 2, tzinfo=UTC)), article)


def race(url: str, worker: int, count: int) -> list[tuple[int, str]]:
    """Put the same texts into the index as all the others do, each in an order of its own."""
    index = RedisIndex(redis.Redis.from_url(url), PREFIX, IndexOptions(3600, 60))
    order = list(range(count))
    random.Random(worker // 2).shuffle(order)  # two and two in the same order: they meet
    kinds: list[tuple[int, str]] = []
    for number in order:
        owner = f"{worker}-{number}"
        while (verdict := index.reserve([(owner, [made(number)])])[0][0]) is None:
            time.sleep(0.001)
        index.finalise(owner)
        kinds.append((number, verdict.kind))
    return kinds


def test_of_twins_that_arrive_at_the_same_instant_exactly_one_is_new(
    client: redis.Redis, any_redis_server: RedisServer
) -> None:
    with ProcessPoolExecutor(8) as pool:
        jobs = [pool.submit(race, any_redis_server.url, worker, 60) for worker in range(8)]
        kinds = Counter(pair for job in jobs for pair in job.result(120))
    assert kinds == Counter({(n, "new"): 1 for n in range(60)} | {(n, "exact"): 7 for n in range(60)})
    assert not list(client.scan_iter(PREFIX + "o:*")), "no reservation is left"
    assert client.hlen(PREFIX + "w") == client.zcard(PREFIX + "h") == 0


def test_redis_and_memory_give_the_same_verdicts_over_splits_of_the_buckets(client: redis.Redis) -> None:
    stored, memory = RedisIndex(client, PREFIX, IndexOptions(3600, 60)), MemoryIndex()
    client.hset(PREFIX + "m", mapping={"generation": 1, "window": 3_600_000, "most": 0})
    rng = random.Random(5)  # repeatable, not secret
    seen = Counter[str]()
    for step in range(700):
        number = rng.randrange(300)
        item = made(number, rng.choice((0, 0, 3, 12, 40)))
        ((one,),), ((other,),) = stored.reserve([(str(step), [item])]), memory.reserve([(str(step), [item])])
        assert one == other
        assert one is not None
        seen[one.kind] += 1
        stored.finalise(str(step))
        memory.finalise(str(step))
    assert min(seen["new"], seen["exact"], seen["revision"]) > 50


def test_buckets_split_and_lose_nothing(client: redis.Redis) -> None:
    index = RedisIndex(client, PREFIX, IndexOptions(3600, 60))
    index.reserve([("first", [made(0)])])
    index.finalise("first")
    # As if nearly half a million postings were filed: each further one splits a bucket.
    client.hset(PREFIX + "g:1", "postings", 4096 * 112)
    for start in range(1, 600, 40):
        numbers = range(start, start + 40)
        index.reserve([(str(start), [made(number) for number in numbers])])
        index.finalise(str(start))
    assert int(client.hget(PREFIX + "g:1", "buckets") or 0) > 4096 + 40
    found = [verdict for (verdict,) in index.reserve([(f"again-{n}", [made(n)]) for n in range(601)]) if verdict]
    assert {verdict.kind for verdict in found} == {"exact"}
    assert len(found) == 601


def test_all_keys_of_a_generation_expire(client: redis.Redis) -> None:
    index = RedisIndex(client, PREFIX, IndexOptions(0.2, 60))
    index.reserve([("e", [made(1), made(2, 5)])])
    index.finalise("e")
    keys = [key for key in client.scan_iter(PREFIX + "*") if key.split(b":")[-2:][0] in {b"f", b"r", b"g", b"1"}]
    assert len(keys) > 10
    assert all(0 < client.pttl(key) <= 2 * 200 + 3_600_000 for key in keys)


def test_articles_are_forgotten_after_the_window_and_generations_change(client: redis.Redis) -> None:
    index = RedisIndex(client, PREFIX, IndexOptions(1.2, 60))

    def kind(owner: str, number: int) -> str:
        ((verdict,),) = index.reserve([(owner, [made(number)])])
        assert verdict is not None
        index.finalise(owner)
        return verdict.kind

    assert [kind("a", 1), kind("b", 1)] == ["new", "exact"]
    time.sleep(1.3)
    assert kind("c", 2) == "new"
    assert client.hget(PREFIX + "m", "generation") == b"2"
    time.sleep(1.0)
    assert kind("d", 1) == "new"
    assert kind("e", 2) == "exact", "of the generation before, and within the window"


def test_index_that_is_full_forgets_its_older_half_and_says_so(client: redis.Redis) -> None:
    index = RedisIndex(client, PREFIX, IndexOptions(3600, 60, documents_most=40))
    for number in range(100):
        index.reserve([(str(number), [made(number)])])
        index.finalise(str(number))
    state = index.state()
    assert (state.documents, state.window_cut) == (100, 4)
    for number in range(1000, 1400):  # each call frees a little
        index.reserve([(str(number), [made(99)])])
        index.finalise(str(number))
    assert {key.split(b":")[-2] for key in client.scan_iter(PREFIX + "f:*")} <= {b"4", b"5"}
    ((recent,), (old,)) = index.reserve([("x", [made(99)]), ("y", [made(3)])])
    assert (recent and recent.kind, old and old.kind) == ("exact", "new")


@pytest.fixture
def settings(client: redis.Redis, any_redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    environ = {"COPYDESK_REDIS__URL": any_redis_server.url, "COPYDESK_DEDUPE__DELIVER__EXACT": "drop"}
    made_ = load(environ, tmp_path_factory.mktemp("empty"))
    wiring.ensure_groups(made_, client)
    return made_


STORY = (
    b"Bridge stays shut over the winter\n\nThe harbour board said on Tuesday that the bridge will stay closed. "
    b"Engineers found cracks in 14 bearings when they opened the housing last week, and new ones have to be cast in a "
    b"foundry that has orders for months. Lorries now take the ring road, and traders want the town to pay the fuel.\n"
)


def test_trace_and_cluster_tell_what_became_of_each_and_nothing_is_lost(
    settings: Settings, client: redis.Redis, any_redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = wiring.lanes(settings)[0]
    with Client(settings.redis.url) as pusher:
        bodies = [STORY, STORY.upper(), STORY.replace(b"14", b"19"), STORY + b"\nMore on this in the evening.\n"]
        entries = list(pusher.push_many(Item(body, id=f"p{n}") for n, body in enumerate(bodies)))
    tally = wiring.drain(settings, client, wiring.pipeline(settings), lane, "tester").run(1)
    assert (tally["new"], tally["exact"], tally["revision"], tally["near"]) == (1, 1, 1, 1)
    counts = [client.hget(lane.stats, f"delivery.{name}") for name in ("full", "drop", "reference")]
    assert counts == [b"2", b"1", b"1"]
    records = [json.loads(fields[b"record"]) for _, fields in cast("Any", client.xrange(lane.articles))]
    assert [record["delivery"] for record in records] == ["full", "full", "reference"]
    assert records[2]["body"] == ""
    monkeypatch.setenv("COPYDESK_REDIS__URL", any_redis_server.url)
    told = CliRunner().invoke(cli, ["trace", "p1"])
    assert told.exit_code == 0
    assert "exact" in told.output
    assert "dropped" in told.output
    assert entries[1] in told.output
    group = CliRunner().invoke(cli, ["cluster", records[0]["id"], "--json"])
    members = json.loads(group.output)["members"]
    assert [row["verdict"]["kind"] for row in members] == ["new", "exact", "revision", "near"]
    assert CliRunner().invoke(cli, ["trace", "nothing"]).exit_code == 1


def test_index_that_was_lost_is_told_in_the_log(settings: Settings, client: redis.Redis) -> None:
    lane = wiring.lanes(settings)[0]
    with Client(settings.redis.url) as pusher:
        pusher.push(STORY)
    wiring.drain(settings, client, wiring.pipeline(settings), lane, "tester").run(1)
    with capture_logs() as quiet:
        wiring.index_watch(settings, client, lane)()
    assert quiet == []
    for key in client.scan_iter(f"{settings.redis.prefix}:{{index}}:*"):
        client.delete(key)
    with capture_logs() as logs:
        wiring.index_watch(settings, client, lane)()
    assert [line["event"] for line in logs] == ["index.empty"]


def test_explaining_two_payloads_needs_no_server(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("two")
    (folder / "a.txt").write_bytes(STORY)
    (folder / "b.txt").write_bytes(STORY.replace(b"14", b"19"))
    told = CliRunner().invoke(cli, ["dup", str(folder / "a.txt"), str(folder / "b.txt")])
    assert told.exit_code == 0
    assert told.output.startswith("revision\n")
    assert "[-14-]{+19+}" in told.output
    missing = CliRunner().invoke(cli, ["dup", str(folder / "a.txt"), str(folder / "b.txt"), "--part", "3"])
    assert (missing.exit_code, "there is no --part 3" in missing.output) == (2, True)


def test_pages_are_found_again_after_a_restart_of_the_server(redis_server: RedisServer) -> None:
    server = redis_server
    index = RedisIndex(redis.Redis.from_url(server.url), PREFIX, IndexOptions(3600, 60))
    index.reserve([("e1", [made(1)])])
    index.finalise("e1")
    server.kill()
    server.start()
    ((verdict,),) = RedisIndex(redis.Redis.from_url(server.url), PREFIX, IndexOptions(3600, 60)).reserve(
        [("e2", [made(1)])]
    )
    assert verdict is not None
    assert verdict.kind == "exact"
