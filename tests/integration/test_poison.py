"""A payload that kills, hangs or exhausts its process: it alone lands in quarantine, its neighbours come through."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from tests.integration.line import ROOT, Ledger, drained, start_worker, wait_until
from tests.integration.test_kill import LANE, ONLY_INTAKE, push_until_stored, story
from tests.servers import RedisServer
from worker.client import Item

CAUSES = {
    "kill": "crashed",
    "exit": "crashed",
    "segfault": "crashed",
    "native": "crashed",
    "swallow": "crashed",
    "spin": "time_exceeded",
    "memory": "memory_exceeded",
    "fork": "time_exceeded",
}


@pytest.mark.parametrize(("act", "cause"), CAUSES.items())
def test_poison_alone_lands_in_quarantine(redis_server: RedisServer, tmp_path: Path, act: str, cause: str) -> None:
    poison = Item(f"%POISON {act}".encode(), id="poison")
    items = (
        [Item(story(n), id=str(n)) for n in range(20)] + [poison] + [Item(story(n), id=str(n)) for n in range(20, 40)]
    )
    client = redis.Redis.from_url(redis_server.url)
    entries = push_until_stored(redis_server.url, items)
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'integration'}"}
    worker = start_worker(redis_server.url, tmp_path, path, *ONLY_INTAKE, app="poison_app")
    try:
        wait_until(drained(client, LANE), 60, f"drained in spite of {act}")
        ledger = Ledger.read(client, LANE)
        assert ledger.problems(entries) == {"lost": [], "doubled": [], "strange": []}
        assert ledger.quarantined == {entries[20]: cause}
        assert worker.process.poll() is None, "the worker itself must survive"
        more = push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(50, 60)])
        wait_until(drained(client, LANE), 30, "the same worker goes on")
        assert Ledger.read(client, LANE).problems(entries + more)["lost"] == []
    finally:
        worker.kill_tree()


def test_two_poisons_among_many_do_not_take_neighbours(redis_server: RedisServer, tmp_path: Path) -> None:
    items = [Item(story(n), id=str(n)) for n in range(300)]
    items[100] = Item(b"%POISON kill", id="a")
    items[101] = Item(b"%POISON exit", id="b")
    client = redis.Redis.from_url(redis_server.url)
    entries = push_until_stored(redis_server.url, items)
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'integration'}"}
    worker = start_worker(redis_server.url, tmp_path, path, *ONLY_INTAKE, app="poison_app")
    try:
        wait_until(drained(client, LANE), 60, "drained")
        ledger = Ledger.read(client, LANE)
        assert ledger.problems(entries) == {"lost": [], "doubled": [], "strange": []}
        assert ledger.quarantined == {entries[100]: "crashed", entries[101]: "crashed"}
    finally:
        worker.kill_tree()
