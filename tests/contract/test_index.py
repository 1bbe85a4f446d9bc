"""One contract for both dedupe indexes: in memory, and in Redis on every server there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import blake2b

import pytest
import redis

from tests.servers import RedisServer
from worker.index.memory import MemoryIndex
from worker.index.redis_index import IndexOptions, RedisIndex
from worker.model import Verdict
from worker.ports import Fingerprint, Index, Print


@pytest.fixture(params=["memory", "valkey", "redis"])
def index(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> Index:
    if request.param == "memory":
        return MemoryIndex()
    client = redis.Redis.from_url(shared_server(request.param).url)
    client.flushall()
    return RedisIndex(client, "test:{index}:", IndexOptions(3600, 60))


def digest(*parts: str, size: int = 16) -> str:
    return blake2b("|".join(parts).encode(), digest_size=size).hexdigest()


def number(*parts: str) -> int:
    return int(digest(*parts, size=8), 16)


def article_id(body: str) -> str:
    return digest("id", body)


def key(body: str, payload: str = "", url: str | None = None, title: str | None = None) -> Fingerprint:
    """Make a fingerprint of a text that is only named: other names have nothing in common."""
    urls = (number("url", url),) if url else ()
    return Fingerprint(
        article_id=article_id(body),
        payload=digest("payload", payload or f"{body} {url}"),
        print=Print(
            article_id=article_id(body), text=number("text", body) >> 40, urls=tuple(each >> 40 for each in urls)
        ),
        text=number("text", body),
        urls=urls,
        title=number("title", title) if title else None,
    )


def ask(index: Index, owner: str, *items: Fingerprint) -> list[Verdict | None]:
    (found,) = index.reserve([(owner, items)])
    return found


def judged(index: Index, owner: str, item: Fingerprint) -> Verdict:
    (verdict,) = ask(index, owner, item)
    assert verdict is not None
    return verdict


def kind(index: Index, owner: str, item: Fingerprint) -> str:
    (verdict,) = ask(index, owner, item)
    return verdict.kind if verdict else "wait"


def test_first_is_new_and_the_same_text_is_exact(index: Index) -> None:
    assert kind(index, "e1", key("a")) == "new"
    index.finalise("e1")
    verdict = judged(index, "e2", key("a", "p2"))
    assert (verdict.kind, verdict.of, verdict.evidence) == ("exact", article_id("a"), ("body",))
    assert (verdict.similarity, verdict.cluster) == (1.0, article_id("a")[:16])


def test_changed_page_at_the_same_url_is_a_revision_and_the_chain_counts(index: Index) -> None:
    for place, (body, expected) in enumerate([("a", "new"), ("b", "revision"), ("c", "revision")]):
        verdict = judged(index, f"e{place}", key(body, url="u"))
        assert (verdict.kind, verdict.version) == (expected, place + 1)
        assert verdict.previous == (None if place == 0 else article_id("abc"[place - 1]))
        assert verdict.first == (None if place == 0 else article_id("a"))
        index.finalise(f"e{place}")


def test_changed_text_under_the_same_headline_and_date_is_a_revision(index: Index) -> None:
    assert kind(index, "e1", key("a", title="t")) == "new"
    assert kind(index, "e2", key("b", title="t")) == "wait"
    index.finalise("e1")
    verdict = judged(index, "e2", key("b", title="t"))
    assert (verdict.kind, verdict.of, verdict.evidence, verdict.version) == (
        "revision",
        article_id("a"),
        ("headline",),
        2,
    )
    index.release("e2")
    verdict = judged(index, "e3", key("c", url="u", title="t"))
    assert (verdict.of, verdict.version) == (article_id("a"), 2)
    index.finalise("e3")
    assert kind(index, "e4", key("d", title="other")) == "new"


def test_copy_at_another_address_is_remembered_there(index: Index) -> None:
    assert kind(index, "e1", key("a", url="u")) == "new"
    index.finalise("e1")
    assert kind(index, "e2", key("a", url="v")) == "exact"
    index.finalise("e2")
    verdict = judged(index, "e3", key("rewritten", url="v"))
    assert (verdict.kind, verdict.of, verdict.evidence) == ("revision", article_id("a"), ("canonical_url",))
    assert verdict.cluster == article_id("a")[:16]


def test_redelivered_entry_gets_its_first_verdict(index: Index) -> None:
    assert kind(index, "e1", key("a", url="u")) == "new"
    assert kind(index, "e1", key("a", url="u")) == "new"
    index.finalise("e1")
    assert kind(index, "e2", key("b", url="u")) == "revision"
    again = judged(index, "e2", key("b", url="u"))
    assert (again.kind, again.of, again.version) == ("revision", article_id("a"), 2)


def test_redelivered_duplicate_stays_exact(index: Index) -> None:
    kind(index, "e1", key("a", "p1"))
    index.finalise("e1")
    assert [kind(index, "e2", key("a", "p2")) for _ in range(3)] == ["exact"] * 3


def test_twin_waits_until_the_original_is_final(index: Index) -> None:
    assert kind(index, "e1", key("a", "p1")) == "new"
    assert kind(index, "e2", key("a", "p2")) == "wait"
    index.finalise("e1")
    assert kind(index, "e2", key("a", "p2")) == "exact"


def test_of_three_twins_each_waits_only_for_those_before_it(index: Index) -> None:
    assert [kind(index, f"e{n}", key("a", f"p{n}")) for n in range(3)] == ["new", "wait", "wait"]
    index.release("e0")
    assert kind(index, "e2", key("a", "p2")) == "wait", "the second came before it"
    assert kind(index, "e1", key("a", "p1")) == "new"
    index.finalise("e1")
    assert kind(index, "e2", key("a", "p2")) == "exact"


def test_of_many_twins_at_once_all_but_the_first_wait(index: Index) -> None:
    owners = [f"e{n}" for n in range(40)]
    found = index.reserve([(owner, [key("a", owner)]) for owner in owners])
    assert [verdict and verdict.kind for (verdict,) in found] == ["new", *[None] * 39]
    index.finalise("e0")
    assert {kind(index, owner, key("a", owner)) for owner in owners[1:]} == {"exact"}


def test_several_owners_are_judged_in_one_call(index: Index) -> None:
    requests = [("e1", [key("a", "p1#0"), key("b", "p1#1")]), ("e2", [key("a", "p2")]), ("e3", [])]
    found = index.reserve(requests)
    assert [[v and v.kind for v in row] for row in found] == [["new", "new"], [None], []]


def test_released_original_leaves_nothing_behind(index: Index) -> None:
    assert kind(index, "e1", key("a", url="u")) == "new"
    index.release("e1")
    assert kind(index, "e2", key("a", "p2", url="u")) == "new"


def test_released_revision_leaves_the_former_version(index: Index) -> None:
    kind(index, "e1", key("a", url="u"))
    index.finalise("e1")
    assert kind(index, "e2", key("b", url="u")) == "revision"
    index.release("e2")
    verdict = judged(index, "e3", key("c", url="u"))
    assert (verdict.kind, verdict.of, verdict.version) == ("revision", article_id("a"), 2)


def test_twins_within_one_payload_are_told_apart(index: Index) -> None:
    parts = [key("a", "p#0"), key("a", "p#1"), key("b", "p#2", url="u"), key("c", "p#3", url="u")]
    for _ in range(2):
        verdicts = [v for v in ask(index, "e1", *parts) if v]
        assert [v.kind for v in verdicts] == ["new", "exact", "new", "revision"]
    index.finalise("e1")
    verdict = judged(index, "e2", key("d", url="u"))
    assert (verdict.of, verdict.version, verdict.first) == (article_id("c"), 3, article_id("b"))


@pytest.mark.parametrize("name", ["valkey", "redis"])
def test_nobody_waits_for_ever_for_an_entry_that_is_gone(
    shared_server: Callable[[str], RedisServer], name: str
) -> None:
    client = redis.Redis.from_url(shared_server(name).url)
    client.flushall()
    index = RedisIndex(client, "test:{index}:", IndexOptions(3600, 0.2))
    assert kind(index, "gone", key("a", "p1")) == "new"
    assert kind(index, "e2", key("a", "p2")) == "wait"
    time.sleep(0.25)
    assert kind(index, "e2", key("a", "p2")) == "new"
    assert kind(index, "gone", key("a", "p1")) == "wait", "another has taken its place"
    index.finalise("e2")
    assert kind(index, "gone", key("a", "p1")) == "exact"


@pytest.mark.parametrize("name", ["valkey", "redis"])
def test_of_many_entries_that_were_gone_one_alone_is_new_when_they_come_back(
    shared_server: Callable[[str], RedisServer], name: str
) -> None:
    client = redis.Redis.from_url(shared_server(name).url)
    client.flushall()
    index = RedisIndex(client, "test:{index}:", IndexOptions(3600, 0.2))
    # More than one call sweeps away: the others are released when they are met.
    index.reserve([(f"other{n}", [key(f"b{n}", f"q{n}")]) for n in range(20)])
    index.reserve([("gone", [key("a", "p1")])])
    time.sleep(0.25)
    assert kind(index, "e2", key("a", "p2")) == "new"
    assert kind(index, "gone", key("a", "p1")) == "wait"
    index.finalise("e2")
    assert kind(index, "gone", key("a", "p1")) == "exact"


def test_settling_an_unknown_owner_is_harmless(index: Index) -> None:
    index.finalise("nobody")
    index.release("nobody")
    assert kind(index, "e1", key("a")) == "new"


def test_release_after_finalise_changes_nothing(index: Index) -> None:
    kind(index, "e1", key("a"))
    index.finalise("e1")
    index.release("e1")
    assert kind(index, "e2", key("a")) == "exact"
