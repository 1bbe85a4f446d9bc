"""One contract for both dedupe indexes: in memory, and in Redis on every server there is."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis

from tests.servers import RedisServer
from worker.index.memory import MemoryIndex
from worker.index.redis_index import RedisIndex
from worker.ports import Fingerprint, Index


@pytest.fixture(params=["memory", "valkey", "redis"])
def index(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> Index:
    if request.param == "memory":
        return MemoryIndex()
    client = redis.Redis.from_url(shared_server(request.param).url)
    client.flushall()
    return RedisIndex(client, "test:{index}:", 3600, 60)


def key(body: str, payload: str = "", url: str | None = None) -> Fingerprint:
    return Fingerprint(article_id=f"id-{body}", payload=payload or f"p-{body}-{url}", body=body, url=url)


def kind(index: Index, owner: str, item: Fingerprint) -> str:
    (verdict,) = index.reserve(owner, [item])
    return verdict.kind if verdict else "wait"


def test_first_is_new_and_the_same_bytes_are_exact(index: Index) -> None:
    assert kind(index, "e1", key("a")) == "new"
    index.finalise("e1")
    (verdict,) = index.reserve("e2", [key("a")])
    assert verdict is not None
    assert (verdict.kind, verdict.of, verdict.evidence, verdict.similarity) == ("exact", "id-a", ("payload",), 1.0)


def test_same_body_in_other_bytes_is_exact_by_body(index: Index) -> None:
    assert kind(index, "e1", key("a", "p1")) == "new"
    index.finalise("e1")
    (verdict,) = index.reserve("e2", [key("a", "p2")])
    assert verdict is not None
    assert (verdict.kind, verdict.evidence) == ("exact", ("body",))


def test_changed_page_at_the_same_url_is_a_revision_and_the_chain_counts(index: Index) -> None:
    for number, (body, expected) in enumerate([("a", "new"), ("b", "revision"), ("c", "revision")]):
        (verdict,) = index.reserve(f"e{number}", [key(body, url="u")])
        assert verdict is not None
        assert (verdict.kind, verdict.version) == (expected, number + 1)
        assert verdict.of == (None if number == 0 else f"id-{'abc'[number - 1]}")
        index.finalise(f"e{number}")


def test_changed_text_under_the_same_headline_and_date_is_a_revision(index: Index) -> None:
    def titled(body: str, title: str, url: str | None = None) -> Fingerprint:
        return Fingerprint(f"id-{body}", f"p-{body}", body, url, title)

    assert kind(index, "e1", titled("a", "t")) == "new"
    assert kind(index, "e2", titled("b", "t")) == "wait"
    index.finalise("e1")
    (verdict,) = index.reserve("e2", [titled("b", "t")])
    assert verdict is not None
    assert (verdict.kind, verdict.of, verdict.evidence, verdict.version) == ("revision", "id-a", ("headline",), 2)
    index.release("e2")
    (verdict,) = index.reserve("e3", [titled("c", "t", "u")])
    assert verdict is not None
    assert (verdict.of, verdict.version) == ("id-a", 2)
    index.finalise("e3")
    assert kind(index, "e4", titled("d", "other")) == "new"


def test_redelivered_entry_gets_its_first_verdict(index: Index) -> None:
    assert kind(index, "e1", key("a", url="u")) == "new"
    assert kind(index, "e1", key("a", url="u")) == "new"
    index.finalise("e1")
    assert kind(index, "e2", key("b", url="u")) == "revision"
    (again,) = index.reserve("e2", [key("b", url="u")])
    assert again is not None
    assert (again.kind, again.of, again.version) == ("revision", "id-a", 2)


def test_redelivered_duplicate_stays_exact(index: Index) -> None:
    kind(index, "e1", key("a", "p1"))
    index.finalise("e1")
    assert [kind(index, "e2", key("a", "p2")) for _ in range(3)] == ["exact"] * 3


def test_twin_waits_until_the_original_is_final(index: Index) -> None:
    assert kind(index, "e1", key("a", "p1")) == "new"
    assert kind(index, "e2", key("a", "p2")) == "wait"
    index.finalise("e1")
    assert kind(index, "e2", key("a", "p2")) == "exact"


def test_released_original_leaves_nothing_behind(index: Index) -> None:
    assert kind(index, "e1", key("a", url="u")) == "new"
    index.release("e1")
    assert kind(index, "e2", key("a", "p2", url="u")) == "new"


def test_released_revision_puts_the_former_version_back(index: Index) -> None:
    kind(index, "e1", key("a", url="u"))
    index.finalise("e1")
    assert kind(index, "e2", key("b", url="u")) == "revision"
    index.release("e2")
    (verdict,) = index.reserve("e3", [key("c", url="u")])
    assert verdict is not None
    assert (verdict.kind, verdict.of, verdict.version) == ("revision", "id-a", 2)


def test_twins_within_one_payload_are_told_apart(index: Index) -> None:
    verdicts = index.reserve("e1", [key("a", "p#0"), key("a", "p#1"), key("b", "p#2")])
    assert [v.kind for v in verdicts if v] == ["new", "exact", "new"]
    again = index.reserve("e1", [key("a", "p#0"), key("a", "p#1"), key("b", "p#2")])
    assert [v.kind for v in again if v] == ["new", "exact", "new"]


@pytest.mark.parametrize("name", ["valkey", "redis"])
def test_nobody_waits_for_ever_for_an_entry_that_is_gone(
    shared_server: Callable[[str], RedisServer], name: str
) -> None:
    client = redis.Redis.from_url(shared_server(name).url)
    client.flushall()
    index = RedisIndex(client, "test:{index}:", 3600, 0.2)
    assert kind(index, "gone", key("a", "p1")) == "new"
    assert kind(index, "e2", key("a", "p2")) == "wait"
    time.sleep(0.25)
    assert kind(index, "e2", key("a", "p2")) == "new"
    assert kind(index, "gone", key("a", "p1")) == "new", "its own first verdict stands as long as nobody took it over"
    index.release("gone")
    index.finalise("e2")
    assert kind(index, "late", key("a", "p3")) == "exact", "the one that took over is the original now"


def test_settling_an_unknown_owner_is_harmless(index: Index) -> None:
    index.finalise("nobody")
    index.release("nobody")
    assert kind(index, "e1", key("a")) == "new"


def test_release_after_finalise_changes_nothing(index: Index) -> None:
    kind(index, "e1", key("a"))
    index.finalise("e1")
    index.release("e1")
    assert kind(index, "e2", key("a")) == "exact"
