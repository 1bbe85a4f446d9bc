"""One contract for what publishers repeat: in memory, and in Redis on every server there is."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import redis

from tests.servers import RedisServer
from worker.index.repeats import FORGOTTEN, HALF_LIFE, PARTS_MOST, MemoryRepeats, RedisRepeats
from worker.model import Repeats
from worker.ports import Repeatable, RepeatStore

NOW = 1_790_000_000.0
HOUR = 3600.0


@pytest.fixture(params=["memory", "valkey", "redis"])
def store(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> RepeatStore:
    if request.param == "memory":
        return MemoryRepeats()
    client = redis.Redis.from_url(shared_server(request.param).url)
    client.flushall()
    return RedisRepeats(client, "test:{index}:")


def part(number: int, start: int = 0) -> tuple[int, int, bytes]:
    return start, start + 10, b"p" + number.to_bytes(6, "big")


def article(*numbers: int, publisher: str = "a.example", at: float = NOW, stamp: bytes | None = None) -> Repeatable:
    return Repeatable(publisher, at, tuple(part(number, 20 * place) for place, number in enumerate(numbers)), stamp)


def asked(store: RepeatStore, one: Repeatable) -> Repeats:
    (found,) = store.look_up([one])
    assert found is not None
    return found


def test_nothing_is_known_before_anything_is_learned_and_looking_teaches_nothing(store: RepeatStore) -> None:
    for _ in range(3):
        assert asked(store, article(1, 2)) == Repeats(0.0)


def test_counts_articles_and_their_parts_with_the_offsets_of_the_one_that_asks(store: RepeatStore) -> None:
    for number in range(4):
        store.learn(article(100 + number, 7))
    found = asked(store, article(200, 201, 7))
    assert found.articles == 4.0
    assert found.parts == ((40, 50, 4.0),)


def test_a_part_that_one_article_has_twice_counts_once(store: RepeatStore) -> None:
    store.learn(article(7, 7, 7))
    assert asked(store, article(7)).parts == ((0, 10, 1.0),)


def test_publishers_do_not_share(store: RepeatStore) -> None:
    store.learn(article(7, publisher="a.example"))
    assert asked(store, article(7, publisher="b.example")) == Repeats(0.0)


@pytest.mark.parametrize("publisher", ["harbour news", "=a", "line\nbreak\n9\n9\n", "été {x}", "\ud800"])
def test_any_name_of_a_publisher_will_do(store: RepeatStore, publisher: str) -> None:
    store.learn(article(7, publisher=publisher))
    assert asked(store, article(7, publisher=publisher)).parts == ((0, 10, 1.0),)
    assert asked(store, article(7, publisher=publisher + "x")) == Repeats(0.0)


def test_times_of_publication_are_counted(store: RepeatStore) -> None:
    stamp, other = b"t" + bytes(6), b"t" + b"\1" * 6
    for _ in range(3):
        store.learn(article(1, stamp=stamp))
    assert asked(store, article(2, stamp=stamp)).stamp == 3.0
    assert asked(store, article(2, stamp=other)).stamp == 0.0
    assert asked(store, article(2)).stamp == 0.0


def test_counts_fade_by_half_in_a_half_life(store: RepeatStore) -> None:
    store.learn(article(7))
    store.learn(article(7, at=NOW + HALF_LIFE))
    found = asked(store, article(7, at=NOW + 2 * HALF_LIFE))
    assert found.parts[0][2] == pytest.approx(0.75)
    assert found.articles == pytest.approx(0.75)


def test_an_article_that_arrived_long_ago_is_told_the_counts_of_today(store: RepeatStore) -> None:
    for number in range(4):
        store.learn(article(7, at=NOW + number))
    for before in (HALF_LIFE, 400 * HALF_LIFE, 1e6 * HALF_LIFE):
        found = asked(store, article(7, at=NOW - before))
        assert found.parts[0][2] == pytest.approx(4.0, rel=1e-4)
    store.learn(article(7, at=NOW - HALF_LIFE))
    assert asked(store, article(7)).parts[0][2] == pytest.approx(4.5, rel=1e-4)


def test_a_clock_that_is_far_off_breaks_nothing(store: RepeatStore) -> None:
    for at in (-1e12, 0.0, 1e12):
        store.learn(article(7, at=at, publisher=f"{at}.example"))
        assert asked(store, article(7, at=at, publisher=f"{at}.example")).parts[0][2] == 1.0


def test_answers_stand_in_the_order_of_the_questions(store: RepeatStore) -> None:
    store.learn(article(7))
    found = store.look_up([None, article(7, publisher="b.example"), article(7), None])
    assert [one.articles if one else None for one in found] == [None, 0.0, 1.0, None]
    assert store.look_up([None]) == [None]
    assert store.look_up([]) == []


def test_memory_a_publisher_is_bounded_and_what_is_repeated_stays(store: RepeatStore) -> None:
    for number in range(200):
        singles = range(1000 + 20 * number, 1020 + 20 * number)
        store.learn(article(*singles, *([7] if number % 10 == 0 else []), at=NOW + number * HOUR))
    found = asked(store, article(7, *range(1000, 5000), at=NOW + 200 * HOUR))
    assert len(found.parts) == PARTS_MOST - 2  # and the count of articles, and the latest
    assert found.parts[0][2] > 3.5
    assert found.articles > 150


def test_both_forget_the_same(shared_server: Callable[[str], RedisServer]) -> None:
    """A stream at random, past the cap, gives the same answers in memory and in Redis, to the last bit."""
    client = redis.Redis.from_url(shared_server("valkey").url)
    client.flushall()
    kept, twin = RedisRepeats(client, "test:{index}:"), MemoryRepeats()
    numbers = random.Random(5)  # repeatable, not secret
    for step in range(120):
        one = article(*(numbers.randrange(600) for _ in range(30)), at=NOW + step * 7 * HOUR)
        assert kept.look_up([one]) == twin.look_up([one])
        kept.learn(one)
        twin.learn(one)


def test_a_publisher_that_is_silent_is_forgotten(shared_server: Callable[[str], RedisServer]) -> None:
    client = redis.Redis.from_url(shared_server("valkey").url)
    client.flushall()
    RedisRepeats(client, "test:{index}:").learn(article(7))
    (key,) = client.keys("test:{index}:p:*")
    assert 0 < client.ttl(key) <= FORGOTTEN
