"""One contract for stories: in memory, and in Redis on every server there is."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import redis

from tests.servers import RedisServer
from worker.index.stories import MemoryStories, RedisStories
from worker.ports import Sketch, StoryIndex
from worker.story.cluster import WINDOW

NOW = 1_790_000_000.0
DAY = 86_400.0


@pytest.fixture(params=["memory", "valkey", "redis"])
def stories(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> StoryIndex:
    if request.param == "memory":
        return MemoryStories()
    return fresh(shared_server(request.param))


def fresh(server: RedisServer) -> RedisStories:
    client = redis.Redis.from_url(server.url)
    client.flushall()
    return RedisStories(client, "test:{index}:")


def sketch(event: int, telling: int = 0) -> Sketch:
    """Make the sketch of an article on an event, in words of its own: another `telling`."""
    vector = np.random.default_rng(event).normal(size=384) + 0.5 * np.random.default_rng([event, telling]).normal(
        size=384
    )
    small = np.rint(vector / np.linalg.norm(vector) * 127).astype(np.int8)
    words = [event * 1000 + number for number in range(16)] + [10**6 + telling * 100 + number for number in range(8)]
    return Sketch(small.tobytes(), tuple(words))


def record(number: int) -> str:
    return f"{number:016x}" * 2


def test_articles_of_one_event_are_a_story_and_others_are_not(stories: StoryIndex) -> None:
    first = stories.place(record(1), sketch(1, 1), NOW)
    other = stories.place(record(2), sketch(2, 1), NOW + 60)
    again = stories.place(record(3), sketch(1, 2), NOW + 120)
    assert (first.size, first.first_seen, first.near) == (1, NOW, None)
    assert other.story != first.story
    assert (again.story, again.size, again.first_seen) == (first.story, 2, NOW)
    assert again.near is not None
    assert again.near > 0.85


def test_a_story_is_found_by_its_id_and_by_its_records(stories: StoryIndex) -> None:
    placed = [stories.place(record(number), sketch(7, number), NOW + number * 60) for number in range(3)]
    view = stories.story(placed[0].story)
    assert view is not None
    assert (view.size, view.first_seen, view.last_seen) == (3, NOW, NOW + 120)
    assert view.members == (record(0), record(1), record(2))
    assert stories.story(record(2)) == view
    assert stories.story("sffff") is None


def test_the_same_record_again_gets_the_same_story_and_does_not_count(stories: StoryIndex) -> None:
    first = stories.place(record(1), sketch(1, 1), NOW)
    stories.place(record(2), sketch(1, 2), NOW)
    again = stories.place(record(1), sketch(1, 1), NOW + DAY)
    assert (again.story, again.size, again.near) == (first.story, 2, None)
    view = stories.story(first.story)
    assert view is not None
    assert view.last_seen == NOW


def test_a_story_that_was_silent_for_a_window_takes_no_more(stories: StoryIndex) -> None:
    first = stories.place(record(1), sketch(1, 1), NOW)
    within = stories.place(record(2), sketch(1, 2), NOW + WINDOW)
    assert within.story == first.story, "the window counts from its last article"
    late = stories.place(record(3), sketch(1, 3), NOW + 2 * WINDOW + 1)
    assert late.story != first.story


def test_both_place_alike(shared_server: Callable[[str], RedisServer]) -> None:
    chance = random.Random(3)  # repeatable, not secret
    kept, twin = fresh(shared_server("valkey")), MemoryStories()
    for number in range(150):
        one = sketch(chance.randrange(25), number)
        arrived = NOW + number * DAY / 7
        assert kept.place(record(number), one, arrived) == twin.place(record(number), one, arrived)


def test_two_workers_place_as_one_and_a_new_one_knows_what_was_before(
    shared_server: Callable[[str], RedisServer],
) -> None:
    one = fresh(shared_server("valkey"))
    client = redis.Redis.from_url(shared_server("valkey").url)
    workers = [one, RedisStories(client, "test:{index}:")]
    placed = [workers[number % 2].place(record(number), sketch(4, number), NOW) for number in range(6)]
    placed.append(RedisStories(client, "test:{index}:").place(record(9), sketch(4, 9), NOW))
    assert len({place.story for place in placed}) == 1
    assert [place.size for place in placed] == list(range(1, 8))


def test_who_was_overtaken_looks_again_and_begins_no_second_story(
    shared_server: Callable[[str], RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = fresh(shared_server("valkey"))
    client = redis.Redis.from_url(shared_server("valkey").url)
    quick = RedisStories(client, "test:{index}:")
    follow = slow._follow
    looks: list[int] = []

    def overtaken() -> None:
        follow()
        looks.append(len(looks))
        if len(looks) == 1:  # between looking and placing
            quick.place(record(1), sketch(5, 1), NOW)

    monkeypatch.setattr(slow, "_follow", overtaken)
    placed = slow.place(record(2), sketch(5, 2), NOW)
    assert looks == [0, 1]
    assert placed.size == 2


def test_keys_expire(shared_server: Callable[[str], RedisServer]) -> None:
    fresh(shared_server("valkey")).place(record(1), sketch(1, 1), NOW)
    client = redis.Redis.from_url(shared_server("valkey").url)
    keys = client.keys("test:{index}:s:*")
    assert len(keys) == 4
    assert all(0 < client.ttl(key) <= 4 * WINDOW for key in keys)


def test_sketches_of_events_are_as_near_as_they_should_be() -> None:
    """The test's own sketches: two of one event are nearer than two of others."""
    vectors = [np.frombuffer(sketch(event, 1).vector, dtype=np.int8).astype(float) for event in (1, 2)]
    assert all(abs(float(a @ b) / 127**2) < 0.3 for a, b in pairwise(vectors))
