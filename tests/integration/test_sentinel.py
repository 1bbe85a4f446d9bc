"""A fail-over by real Sentinels: the line goes on by itself; what replication loses, and what closes that."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.line import start_worker, wait_until
from tests.integration.test_kill import LANE, story
from tests.servers import Node, free_port
from worker.intake.lane import ensure_group
from worker.server import connect, sentinels

_CONF = """
sentinel monitor desk 127.0.0.1 {port} 2
sentinel down-after-milliseconds desk 800
sentinel failover-timeout desk 4000
sentinel parallel-syncs desk 1
"""


class Trio:
    """A primary, a replica and three Sentinels."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        first, second = free_port(), free_port()
        self.primary = Node(directory / "a", first, {})
        self.replica = Node(directory / "b", second, {"replicaof": f"127.0.0.1 {first}"})
        conf = _CONF.format(port=first)
        self.watchers = [Node(directory / f"s{n}", free_port(), {"sentinel": conf}) for n in range(3)]

    def start(self) -> None:
        self.primary.start()
        self.replica.start()
        wait_until(lambda: b"master_link_status:up" in self._raw(), 20, "the replica follows")
        for watcher in self.watchers:
            watcher.start()
        for watcher in self.watchers:
            wait_until(lambda one=watcher: self._sees(one), 20, "the Sentinels know each other")  # type: ignore[misc]

    def _raw(self) -> bytes:
        with self.replica.client as client:
            return str(client.info("replication")).replace("'", "").replace(" ", "").encode()

    @staticmethod
    def _sees(watcher: Node) -> bool:
        with watcher.client as client:
            told = client.sentinel_master("desk")
        return int(told["num-other-sentinels"]) == 2 and int(told["num-slaves"]) == 1

    @property
    def url(self) -> str:
        return f"sentinel://{','.join(f'127.0.0.1:{watcher.port}' for watcher in self.watchers)}/desk"

    def kill(self) -> None:
        for node in (*self.watchers, self.primary, self.replica):
            with contextlib.suppress(Exception):
                node.kill()


@pytest.fixture
def trio(short_path: Path) -> Iterator[Trio]:
    made = Trio(short_path / "s")
    try:
        made.start()
        yield made
    finally:
        made.kill()


def until_told(action: Callable[[], Any]) -> Any:
    """Repeat until it is known to have been done, as a careful producer does."""
    while True:
        try:
            return action()
        except (redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError, redis.sentinel.MasterNotFoundError):
            time.sleep(0.1)


def test_url_of_sentinels() -> None:
    assert sentinels("sentinel://u:p@a:1,b/desk/3") == ([("a", 1), ("b", 26379)], "desk", 3)
    for wrong in ("sentinel://a:1", "redis://a/desk", "sentinel:///desk"):
        with pytest.raises(ValueError, match="sentinel://host:port"):
            sentinels(wrong)


def test_line_goes_on_after_a_fail_over(trio: Trio, tmp_path: Path) -> None:
    client = connect(trio.url, 2.0)
    ensure_group(client, LANE.intake, "workers")
    worker = start_worker(trio.url, tmp_path, {}, "--concurrency", "2", "-Q", "copydesk")
    try:
        for number in range(50):
            client.xadd(LANE.intake, {"payload": story(number)})
        wait_until(lambda: client.xlen(LANE.articles) == 50, 60, "it works")
        time.sleep(0.5)
        trio.primary.kill()
        for number in range(50, 100):
            until_told(partial(client.xadd, LANE.intake, {"payload": story(number)}))
        wait_until(lambda: client.xlen(LANE.intake) == 0 and client.xlen(LANE.articles) >= 100, 60, "it goes on")
        assert client.xlen(LANE.articles) == 100
        assert worker.process.poll() is None, "the same worker"
    finally:
        worker.kill_tree()


def pushed_while_cut_off(trio: Trio, client: redis.Redis, durable: bool) -> tuple[list[str], set[str], set[str]]:
    """Stop the replica, push to the primary, kill it; the replica takes over: what was told, what is there, refusals.

    The payloads are large: what fits into the sockets between the two would still arrive.
    """
    told: list[str] = []
    refusals: set[str] = set()
    assert trio.replica.process is not None
    client.xadd(LANE.intake, {"payload": "before"})
    assert client.wait(1, 2000) == 1
    trio.replica.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    while time.monotonic() - began < 3:
        try:
            entry = client.xadd(LANE.intake, {"payload": b"x" * 400_000})
            if durable and client.wait(1, 200) < 1:
                continue  # not known to be on two servers: not told as stored
            told.append(entry.decode())  # type: ignore[union-attr]
        except redis.ResponseError as exc:
            refusals.add(str(exc).split()[0])
        time.sleep(0.02)
    trio.primary.kill()
    trio.replica.process.send_signal(signal.SIGCONT)
    rows: Any = until_told(lambda: client.xrange(LANE.intake))
    return told, {row.decode() for row, _ in rows}, refusals


def test_asynchronous_replication_loses_what_the_replica_did_not_have(trio: Trio) -> None:
    told, there, refusals = pushed_while_cut_off(trio, connect(trio.url, 2.0), durable=False)
    assert not refusals
    assert set(told) - there, "told as stored, and gone: this is what docs/cluster.md warns of"


def test_wait_tells_the_truth(trio: Trio) -> None:
    told, there, _ = pushed_while_cut_off(trio, connect(trio.url, 2.0), durable=True)
    assert set(told) <= there, "nothing that was told as stored is lost"


def test_min_replicas_bounds_what_can_be_lost(trio: Trio) -> None:
    with trio.primary.client as primary:
        primary.config_set("min-replicas-to-write", 1)
        primary.config_set("min-replicas-max-lag", 1)
    told, _, refusals = pushed_while_cut_off(trio, connect(trio.url, 2.0), durable=False)
    assert refusals == {"NOREPLICAS"}, "it refuses from about two seconds after the replica stopped"
    assert told, "what it took before may be lost"
