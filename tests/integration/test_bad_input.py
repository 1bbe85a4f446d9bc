"""Hostile payloads beside good ones through a real worker: each gets its answer, none is lost, no process dies."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import orjson
import pytest
import redis

from tests.hostile.case import Answer, faults
from tests.hostile.cases import ALL, LINE, WRONG
from tests.integration.line import drained, start_worker, wait_until
from tests.integration.test_kill import LANE, push_until_stored, story
from tests.servers import RedisServer
from worker.client import Item
from worker.errors import CAUSES
from worker.model import VerdictKind

PAGES = Path(__file__).parents[1] / "pages"
LIMITS = {
    # Four times the defaults: the slowest takes 4 s of CPU time, which on a busy machine were more than 10 s once.
    "COPYDESK_LIMITS__SOFT_SECONDS": "20",
    "COPYDESK_LIMITS__HARD_SECONDS": "60",
    "COPYDESK_INTAKE__LEASE_SECONDS": "90",
    # Many of the payloads carry the same article: their text is looked at, whatever they are to each other.
    **{f"COPYDESK_DEDUPE__DELIVER__{kind.upper()}": "full" for kind in get_args(VerdictKind)},
}


def good_items() -> list[Item]:
    """Forty articles: pages in twelve languages and plain-text records."""
    items = []
    for path in sorted(PAGES.glob("*.gold.json")):
        gold = orjson.loads(path.read_bytes())
        if not gold.get("unspaced"):
            raw = path.with_name(path.name.replace(".gold.json", ".html")).read_bytes()
            items.append(Item(raw, gold.get("content_type"), gold["url"], id=path.name))
    return items + [Item(story(n), id=f"story {n}") for n in range(40 - len(items))]


def answers(client: redis.Redis) -> dict[str, Answer]:
    """Read both streams to the end; an entry that stands in quarantine twice, or is both new twice, is an error."""
    found: dict[str, Answer] = {}
    after = "-"
    while page := cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(LANE.articles, after, "+", count=50)):
        for _, fields in page:
            entry, record = fields[b"entry"].decode(), orjson.loads(fields[b"record"])
            assert record["part"] or entry not in found, f"{entry} has its first record twice"
            if not record["part"] or entry not in found:
                found[entry] = Answer(record["body"], tuple(issue["code"] for issue in record["issues"]))
        after = "(" + page[-1][0].decode()
    for _, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(LANE.quarantine)):
        entry, so_far = fields[b"q_entry"].decode(), found.get(fields[b"q_entry"].decode(), Answer())
        assert so_far.code is None, f"{entry} is in quarantine twice"
        found[entry] = Answer(so_far.body, so_far.issues, fields[b"q_cause"].decode())
    return found


@pytest.mark.timeout(600)
def test_hostile_payloads_beside_good_ones(redis_server: RedisServer, tmp_path: Path) -> None:
    good = good_items()
    hostile = [Item(ALL[name].make(), ALL[name].media_type, ALL[name].url, id=name) for name in LINE]
    step = len(hostile) // len(good)
    items: list[Item] = []
    for number, item in enumerate(good):  # a good one after every few hostile ones
        items += [*hostile[number * step : (number + 1) * step], item]
    items += hostile[len(good) * step :]
    client = redis.Redis.from_url(redis_server.url)
    names = dict(zip(push_until_stored(redis_server.url, items[:1]), [items[0].id], strict=True))
    worker = start_worker(redis_server.url, tmp_path, LIMITS, "--concurrency", "2", "-Q", "copydesk")
    try:
        wait_until(drained(client, LANE), 60, "the worker is up")
        before = {process.pid for process in worker.children()}
        names |= dict(zip(push_until_stored(redis_server.url, items[1:]), (item.id for item in items[1:]), strict=True))
        wait_until(drained(client, LANE), 500, "all payloads are settled")  # 90 s where nothing else runs
        found = answers(client)
        assert worker.process.poll() is None, "the worker itself must survive"
        assert {process.pid for process in worker.children()} == before, "no pool process may die"
    finally:
        worker.kill_tree()
    assert set(found) == set(names), "nothing is lost and nothing invented"
    assert len(names) == len(items)
    by_name = {str(names[entry]): answer for entry, answer in found.items()}
    assert {item.id: by_name[str(item.id)] for item in good if by_name[str(item.id)].body is None} == {}
    assert {answer.code for answer in by_name.values()} <= {None, *CAUSES} - {"crashed", "unexpected"}
    wrong = {name: faults(ALL[name], by_name[name]) for name in LINE}
    assert not [f"{name}: {said}" for name, said in wrong.items() if said and name not in WRONG]
    assert not [name for name, said in wrong.items() if not said and name in WRONG], "right now: take them off the list"
