"""A Redis Cluster of three real nodes: lanes in shards, an index on another node, kills of nodes too."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import orjson
import psutil
import pytest
import redis

from tests.integration.line import Ledger, Worker, start_worker, wait_until
from tests.integration.test_cli import copydesk
from tests.integration.test_kill import story
from tests.servers import Node, RedisServer, run_cluster
from worker.client import AsyncClient, Client, ClientOptions, Item
from worker.intake.lane import Lane, ensure_group
from worker.intake.outbox import Outbox
from worker.server import connect

SHARDS = 3
LANES = [Lane("default", shard, "copydesk", SHARDS) for shard in range(SHARDS)]


@pytest.fixture
def nodes(short_path: Path) -> Iterator[list[Node]]:
    with run_cluster(short_path / "c") as running:
        yield running


@pytest.fixture(autouse=True)
def _directory(short_path: Path) -> None:
    (short_path / "c").mkdir()


@pytest.fixture
def environ(nodes: list[Node], redis_server: RedisServer, tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "copydesk.toml"
    path.write_text(
        f'[redis]\nurl = "redis://127.0.0.1:{nodes[0].port}/0"\ncluster = true\n'
        f'[broker]\nurl = "{redis_server.url}"\n[lanes.default]\nshards = {SHARDS}\n'
        f'[sinks.files]\nkind = "objects"\nlinger_seconds = 0.2\noptions = {{ url = "{tmp_path}/out" }}\n'
    )
    return {"COPYDESK_CONFIG": str(path), "COPYDESK_REDIS__URL": f"redis://127.0.0.1:{nodes[0].port}/0"}


def cluster(nodes: list[Node]) -> redis.Redis:
    return connect(f"redis://127.0.0.1:{nodes[0].port}/0", 5.0, cluster=True)


def push(client: redis.Redis, number: int) -> str:
    """Add an entry as any producer can, spread over the shards; repeated until it is known to be stored."""
    lane = LANES[number % SHARDS]
    while True:
        try:
            entry = cast("bytes", client.xadd(lane.intake, {"payload": story(number), "id": f"story-{number}"}))
        except (redis.ConnectionError, redis.TimeoutError, redis.ResponseError):
            time.sleep(0.1)
        else:
            return f"{lane.shard}:{entry.decode()}"


def settled(client: redis.Redis) -> tuple[Counter[str], Counter[str]]:
    """Count entries by shard and id: in the articles streams, and in quarantine."""
    articles, quarantined = Counter[str](), Counter[str]()
    for lane in LANES:
        ledger = Ledger.read(client, lane)
        articles.update({f"{lane.shard}:{entry}": count for entry, count in ledger.articles.items()})
        quarantined.update(f"{lane.shard}:{entry}" for entry in ledger.quarantined)
    return articles, quarantined


def drained(client: redis.Redis) -> bool:
    return all(int(client.xlen(lane.intake)) == 0 for lane in LANES)


def test_shards_lie_on_different_nodes_and_the_line_runs_with_its_commands(
    nodes: list[Node], environ: dict[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    client = cluster(nodes)
    slots = [int(cast("Any", client).keyslot(lane.intake)) * len(nodes) // 16_384 for lane in LANES]
    assert len(set(slots)) > 1, "the shards share one node; the test tells nothing"
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "2")
    try:
        for number in range(30):
            push(client, number)
        for number in range(6):  # the same texts again, on other shards: the index is one for all
            client.xadd(LANES[(number + 1) % SHARDS].intake, {"payload": story(number)})

        def written() -> int:
            told = orjson.loads(copydesk("status", "--json", environ=environ).stdout)
            return sum(lane["counts"].get("delivered.files", 0) for lane in told["lanes"])

        wait_until(lambda: written() == 36, 60, "all is delivered")
        told = orjson.loads(copydesk("status", "--json", environ=environ).stdout)
        verdicts = Counter[str]()
        for lane in told["lanes"]:
            verdicts.update({k: v for k, v in lane["counts"].items() if k.startswith("verdict.")})
        assert verdicts == {"verdict.new": 30, "verdict.exact": 6}
        assert told["index"]["documents"] >= 30
        assert [lane["lane"] for lane in told["lanes"]] == ["default/0", "default/1", "default/2"]
        assert copydesk("check", environ=environ).returncode == 0
        assert b"default/2" in copydesk("lanes", "ls", environ=environ).stdout
        assert copydesk("health", environ=environ).returncode == 0
        assert copydesk("sinks", environ=environ).returncode == 0
        assert not any(client.hlen(lane.outbox) for lane in LANES)
    finally:
        worker.stop()


def test_each_payload_comes_out_exactly_once_under_kills_of_nodes_too(
    nodes: list[Node], environ: dict[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    client = cluster(nodes)
    dice = random.Random(3)
    arguments = ("--concurrency", "3", "-Q", "copydesk")
    workers = [start_worker(redis_server.url, tmp_path, environ, *arguments)]
    entries: list[str] = []

    def alive() -> Worker:
        """Give the worker; started again where it ended, which every deployment does."""
        if workers[-1].process.poll() is not None:
            workers.append(start_worker(redis_server.url, tmp_path, environ, *arguments))
        return workers[-1]

    try:
        for what in dice.sample(["process"] * 9 + ["worker"] * 2 + ["node"] * 5, 16):
            entries += [push(client, number) for number in range(len(entries), len(entries) + 60)]
            wait_until(lambda: bool(alive().children()), 30, "the pool has processes")
            time.sleep(dice.uniform(0.05, 0.4))
            if what == "process":
                with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                    dice.choice(alive().children()).kill()
            elif what == "node":
                node = dice.choice(nodes)
                node.kill()
                time.sleep(dice.uniform(0, 1))
                node.start()
            else:
                alive().kill_tree()
        wait_until(lambda: bool(alive()) and drained(client), 120, "drained")
        articles, quarantined = settled(client)
        assert set(articles.values()) == {1}
        assert set(articles) | set(quarantined) == set(entries)
        assert not set(articles) & set(quarantined)
        wait_until(lambda: not any(client.hlen(lane.outbox) for lane in LANES), 20, "the outboxes are empty")
    finally:
        workers[-1].kill_tree()


def test_client_spreads_sites_over_shards_and_waits_for_verdicts(
    nodes: list[Node], environ: dict[str, str], redis_server: RedisServer, tmp_path: Path
) -> None:
    url = f"redis://127.0.0.1:{nodes[0].port}/0"
    options = ClientOptions(shards=SHARDS, cluster=True)
    items = [Item(story(n), url=f"https://www.site{n % 7}.example/{n}", id=f"i{n}") for n in range(40)]
    items.append(Item(b"", url="https://site1.example/empty", id="bad"))
    with Client(url, options) as client:
        ids = client.push_many(items)
        assert client.push_many(items) == ids, "pushed again with the same ids they are the same entries"
        shards: dict[int, set[str]] = {}
        for number, entry in enumerate(ids[:40]):
            shards.setdefault(number % 7, set()).add(entry.partition("/")[0])
        assert all(len(found) == 1 for found in shards.values()), "a site has one shard"
        assert len(set().union(*shards.values())) > 1
        worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "2", "-Q", "copydesk")
        try:
            told = client.wait(ids, 60)
        finally:
            worker.stop()
    assert [told[entry].state for entry in ids] == ["done"] * 40 + ["quarantined"]
    assert told[ids[-1]].cause == "empty"

    async def again() -> list[str]:
        async with AsyncClient(url, options) as other:
            return await other.push_many(items[:10])

    assert asyncio.run(again()) == ids[:10]


def test_outbox_that_a_dead_worker_left_is_applied_once(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    lane = LANES[0]
    ensure_group(client, lane.intake, "workers")
    functions = """
    local function repeats_learn(prefix, lesson) redis.call('RPUSH', prefix .. 'told', 'lesson ' .. lesson) end
    local function index_finalise(prefix, owner, settlements)
      redis.call('RPUSH', prefix .. 'told', 'final ' .. owner .. ' ' .. table.concat(settlements, ','))
    end
    local function index_release(prefix, owner) redis.call('RPUSH', prefix .. 'told', 'release ' .. owner) end
    """
    write = client.register_script(
        "redis.call('HSET', KEYS[1], ARGV[1], cmsgpack.pack({tonumber(ARGV[2]), {'a', 'b'}, {'x'}}))"
    )
    outbox = Outbox(client, lane, functions, "{index}:")
    for _ in range(2):
        write(keys=[lane.outbox], args=["one", 1])
        write(keys=[lane.outbox], args=["two", 0])
        outbox.settle(["one", "unknown"])
        assert client.hlen(lane.outbox) == 1
        assert outbox.sweep() == 1
    told: Any = client.lrange("{index}:told", 0, -1)
    assert told == [b"lesson x", b"final one a,b", b"lesson x", b"release two"]
