"""The growth benchmark: what it makes is the same each time, and it measures without leaving anything behind."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import redis

from benchmarks.dedupe import growth
from tests.servers import RedisServer
from worker.index.memory import MemoryIndex


def test_an_article_of_a_number_is_the_same_each_time_and_its_copy_has_its_text() -> None:
    index = MemoryIndex()
    keys = [growth.made(1), growth.made(2), growth.made(1, 0.0)]
    assert growth.made(1) == keys[0]
    kinds = []
    for owner, key in enumerate(keys):
        verdict = index.reserve([(str(owner), [key])])[0][0]
        index.finalise(str(owner))
        assert verdict is not None
        kinds.append(verdict.kind)
    assert kinds[:2] == ["new", "new"]
    assert kinds[2] in {"exact", "syndicated"}


def test_sizes_are_measured_one_after_another_and_nothing_is_left(redis_server: RedisServer) -> None:
    points = list(growth.grow(redis_server.url, [120, 60], sample=20, processes=1))
    assert [one.documents for one in points] == [60, 120]
    assert all(one.bytes_a_document > 50 for one in points)
    client = redis.Redis.from_url(redis_server.url)
    assert client.dbsize() == 0
    client.close()
    drawing = ET.fromstring(growth.plot(points))  # noqa: S314  # our own
    assert sum(element.tag.endswith("polyline") for element in drawing) == 5
