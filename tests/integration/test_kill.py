"""Nothing lost, nothing doubled: SIGKILL of pool processes, of whole workers and of the server, told by a ledger."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest
import redis

from tests.integration.line import Ledger, Worker, drained, start_worker, wait_until
from tests.servers import RedisServer
from worker.client import Client, ClientOptions, Item
from worker.errors import IntakeError
from worker.intake.lane import Lane

PAYLOADS = 4000
BATCH = 200

LANE = Lane("default")
ONLY_INTAKE = ("--concurrency", "3", "-Q", "copydesk")


def story(number: int) -> bytes:
    """Write a plain-text record that no other number has."""
    words = random.Random(number).sample(WORDS, 40)  # repeatable, not secret
    return f"Story {number} of the harbour\n\n{' '.join(words)}. Number {number} closed the day.\n".encode()


WORDS = [
    f"{head}{tail}"
    for head in ("har", "bou", "mil", "ton", "ver", "san")
    for tail in ("a", "er", "in", "ole", "um", "ys", "et")
]


def push_until_stored(url: str, items: list[Item]) -> list[str]:
    """Push as a careful crawler does: after an error the same ids again, until all are known to be stored."""
    for _ in range(200):
        try:
            with Client(url) as client:
                return list(client.push_many(items))
        except IntakeError:
            time.sleep(0.05)
    message = "the server did not come back"
    raise AssertionError(message)


class Chaos:
    """Kills something at random and mends what nobody else mends (a dead server, a dead worker)."""

    def __init__(self, server: RedisServer, directory: Path, seed: int) -> None:
        self.random = random.Random(seed)  # repeatable, not secret
        self.server = server
        self.directory = directory
        self.worker = self._start()
        self.deck = ["process"] * 12 + ["worker"] * 4 + ["server"] * 4
        self.random.shuffle(self.deck)
        self.kills = Counter[str]()

    def _start(self) -> Worker:
        return start_worker(self.server.url, self.directory, {}, *ONLY_INTAKE)

    def strike(self) -> None:
        """Kill one thing, once the pool is at work: a kill during the start proves little."""
        self.keep_alive()
        wait_until(lambda: bool(self.worker.children()) or self.keep_alive(), 30, "the pool has processes")
        time.sleep(self.random.uniform(0.02, 0.4))
        what = self.deck.pop()
        if what == "process":
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                self.random.choice(self.worker.children()).kill()
        elif what == "worker":
            self.worker.kill_tree()
            self.worker = self._start()
        else:
            self.server.kill()
            self.server.restart()
        self.kills[what] += 1

    def keep_alive(self) -> bool:
        """Start the worker again where it ended, which every deployment does; never true, to stand in a condition."""
        if self.worker.process.poll() is not None:
            self.worker = self._start()
        return False


@pytest.mark.parametrize("seed", [1, 2])
def test_each_payload_comes_out_exactly_once_under_random_kills(
    redis_server: RedisServer, tmp_path: Path, seed: int
) -> None:
    items = [Item(story(number), id=f"story-{number}") for number in range(PAYLOADS)]
    chaos = Chaos(redis_server, tmp_path, seed)
    client = redis.Redis.from_url(redis_server.url)
    try:
        entries: list[str] = []
        while chaos.deck:  # pushed between the kills, so that there always is work in hand
            start = len(entries)
            entries += push_until_stored(redis_server.url, items[start : start + BATCH])
            chaos.strike()
        wait_until(lambda: chaos.keep_alive() or drained(client, LANE)(), 90, "intake drained")
        ledger = Ledger.read(client, LANE)
        assert ledger.problems(entries) == {"lost": [], "doubled": [], "strange": []}, chaos.kills
        assert len(set(entries)) == PAYLOADS
        assert chaos.kills.keys() == {"process", "worker", "server"}
        assert client.zcard(LANE.parked) == 0
        assert client.xpending(LANE.intake, "workers")["pending"] == 0
    finally:
        chaos.worker.kill_tree()


def test_worker_goes_on_by_itself_after_a_server_restart(redis_server: RedisServer, tmp_path: Path) -> None:
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    client = redis.Redis.from_url(redis_server.url)
    try:
        first = push_until_stored(redis_server.url, [Item(story(1), id="1")])
        wait_until(drained(client, LANE), 30, "first payload processed")
        redis_server.kill()
        redis_server.restart()
        second = push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(2, 40)])
        wait_until(drained(client, LANE), 30, "payloads after the restart processed")
        assert worker.process.poll() is None, "the worker ended; see its log"
        assert Ledger.read(client, LANE).problems(first + second) == {"lost": [], "doubled": [], "strange": []}
    finally:
        worker.kill_tree()


def test_full_server_refuses_producers_and_is_drained_by_workers(redis_server: RedisServer, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_server.url)
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        entries = push_until_stored(redis_server.url, [Item(story(0), id="0")])
        wait_until(drained(client, LANE), 30, "the worker is at work")
        os.killpg(worker.process.pid, signal.SIGSTOP)
        more = [Item(story(n) + b"x" * 2000, id=str(n)) for n in range(1, 500)]
        entries += push_until_stored(redis_server.url, more)
        client.config_set("maxmemory", client.info("memory")["used_memory"] - 100_000)
        impatient = ClientOptions(when_full="raise")
        with pytest.raises(IntakeError, match="maxmemory"), Client(redis_server.url, impatient) as producer:
            producer.push(story(1), id="refused")
        os.killpg(worker.process.pid, signal.SIGCONT)
        wait_until(drained(client, LANE), 60, "the full server drained")
        assert Ledger.read(client, LANE).problems(entries) == {"lost": [], "doubled": [], "strange": []}
        assert Ledger.read(client, LANE).quarantined == {}
        client.config_set("maxmemory", 0)
        entries += push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(1000, 1010)])
        wait_until(drained(client, LANE), 30, "everything flows again without a restart")
        assert Ledger.read(client, LANE).problems(entries)["lost"] == []
    finally:
        worker.kill_tree()


def test_entries_that_no_client_would_send_do_no_harm(redis_server: RedisServer, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_server.url)
    strange: list[dict[bytes, bytes]] = [
        {b"x": b"y"},
        {f"f{n}".encode(): b"v" for n in range(9000)},
        {b"payload": b"", b"id": b"\xff\xfe"},
        {b"payload": b"x", b"v": b"99"},
        {b"payload": b"x", b"hints": b"{" * 1000},
        {b"payload": b"x" * 100, b"enc": b"zstd"},
    ]
    ids = [client.xadd(LANE.intake, {**fields}) for fields in strange]  # type: ignore[dict-item]
    entries = [item.decode() for item in ids if isinstance(item, bytes)]
    good = push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(20)])
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        wait_until(drained(client, LANE), 30, "drained")
        ledger = Ledger.read(client, LANE)
        assert ledger.problems(entries + good) == {"lost": [], "doubled": [], "strange": []}
        codes = [ledger.quarantined[entry] for entry in entries]
        assert codes == [*["fields_invalid"] * 3, "version_unsupported", "fields_invalid", "compression_invalid"]
    finally:
        worker.kill_tree()


def test_warm_shutdown_hands_back_what_it_has_not_done(redis_server: RedisServer, tmp_path: Path) -> None:
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    client = redis.Redis.from_url(redis_server.url)
    entries = push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(2000)])
    wait_until(lambda: client.xlen(LANE.articles) > 50, 30, "work has begun")
    assert worker.stop() == 0
    assert client.xpending(LANE.intake, "workers")["pending"] == 0, "a warm shutdown leaves nothing claimed"
    rest = client.xlen(LANE.intake)
    assert client.xlen(LANE.articles) + rest == len(entries)
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        wait_until(drained(client, LANE), 60, "the rest processed")
        assert Ledger.read(client, LANE).problems(entries) == {"lost": [], "doubled": [], "strange": []}
    finally:
        worker.kill_tree()
