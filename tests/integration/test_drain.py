"""The drain on a real server without Celery: transient failures, twins in one batch, and what a slice hands back."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import orjson
import pytest
import redis

from tests.integration.line import Ledger, wait_until
from tests.servers import RedisServer
from worker import wiring
from worker.client import Client, Item
from worker.errors import TransientError
from worker.intake.commit import Outcome
from worker.intake.drain import Drain
from worker.model import Verdict
from worker.ports import Index, Request
from worker.settings import Settings, load


def text(number: int) -> bytes:
    """Write a plain-text record that has nothing in common with those of other numbers."""
    words = random.Random(number).sample(range(1000, 9999), 40)  # repeatable, not secret
    return b"Dock strike ends in Northport\n\n" + b" ".join(b"word%d" % word for word in words) + b".\n"


class Flaky:
    """An index that fails as often as it is told to, and then is the real one."""

    def __init__(self, inner: Index, failures: int) -> None:
        self.inner = inner
        self.failures = failures

    def reserve(self, requests: Sequence[Request]) -> list[list[Verdict | None]]:
        if self.failures:
            self.failures -= 1
            message = "the index is away"
            raise TransientError(message)
        return self.inner.reserve(requests)

    def finalise(self, owner: str) -> None:
        self.inner.finalise(owner)

    def release(self, owner: str) -> None:
        self.inner.release(owner)


@pytest.fixture
def settings(any_redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    environ = {
        "COPYDESK_REDIS__URL": any_redis_server.url,
        "COPYDESK_INTAKE__RETRY_BASE_SECONDS": "0.05",
        "COPYDESK_INTAKE__RETRY_CAP_SECONDS": "0.1",
        "COPYDESK_INTAKE__MAX_ATTEMPTS": "3",
    }
    made = load(environ, tmp_path_factory.mktemp("empty"))
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    wiring.ensure_groups(made, client)
    return made


def make_drain(settings: Settings, failures: int = 0, slice_seconds: float = 1.0) -> Drain:
    client = wiring.connect(settings)
    drain = wiring.drain(settings, client, wiring.pipeline(settings), wiring.lanes(settings)[0], "tester")
    drain._index = Flaky(drain._index, failures)
    drain._options = replace(drain._options, slice_seconds=slice_seconds)
    return drain


def push(settings: Settings, *bodies: bytes) -> list[str]:
    with Client(settings.redis.url) as client:
        return list(client.push_many(Item(body) for body in bodies))


def test_transient_failure_is_tried_again_and_comes_through(settings: Settings) -> None:
    client = wiring.connect(settings)
    lane = wiring.lanes(settings)[0]
    entries = push(settings, text(1))
    drain = make_drain(settings, failures=2)
    assert drain.run(1)["parked"] == 1
    wait_until(lambda: drain.run(1).get("records") == 1, 10, "the third attempt comes through")
    assert Ledger.read(client, lane).articles == {entries[0]: 1}
    assert client.hlen(lane.parking) == 0


def test_failure_that_does_not_pass_ends_in_quarantine_and_leaves_nothing_behind(settings: Settings) -> None:
    client = wiring.connect(settings)
    lane = wiring.lanes(settings)[0]
    entries = push(settings, text(1))
    drain = make_drain(settings, failures=99)
    wait_until(lambda: drain.run(1).get("quarantined") == 1, 10, "attempts are used up")
    assert Ledger.read(client, lane).quarantined == {entries[0]: "retries_exhausted"}
    push(settings, text(1))
    assert make_drain(settings).run(1)["new"] == 1


def test_twins_in_one_batch_are_one_new_and_the_others_exact(settings: Settings) -> None:
    push(settings, *[text(1)] * 5, text(2))
    tally = make_drain(settings).run(1)
    assert (tally["new"], tally["exact"], tally["parked"]) == (2, 4, 0)


def test_slice_that_is_over_hands_back_what_it_has_not_begun(settings: Settings) -> None:
    client = wiring.connect(settings)
    lane = wiring.lanes(settings)[0]
    push(settings, *(text(n) for n in range(10)))
    drain = make_drain(settings)
    entries = drain._claims.claim(1)
    tally = Counter[str]()
    drain._work(entries, 0.0, tally)
    assert (tally["records"], tally["parked"]) == (1, 9)
    assert client.xpending(lane.intake, "workers")["pending"] == 0
    assert make_drain(settings).run(1)["records"] == 9


def test_batch_that_took_its_time_to_read_hands_back_what_is_not_finished(settings: Settings) -> None:
    client = wiring.connect(settings)
    lane = wiring.lanes(settings)[0]
    push(settings, *(text(n) for n in range(4)))
    drain = make_drain(settings)
    drain._options = replace(drain._options, soft_seconds=0.5)
    entries = drain._claims.claim(1)
    asked = drain._judge

    def slowly(*args: object) -> object:
        time.sleep(1.0)
        return asked(*args)  # type: ignore[arg-type]

    drain._judge = slowly  # type: ignore[method-assign,assignment]
    tally = Counter[str]()
    drain._work(entries, time.monotonic() + 0.3, tally)
    assert (tally["records"], tally["parked"]) == (1, 3)
    assert client.xpending(lane.intake, "workers")["pending"] == 0
    assert make_drain(settings).run(1)["new"] == 3, "their reservations are their own"


def story(number: int) -> Item:
    """Write a page of one publisher, each with words of its own and the same notice below."""
    paragraph = text(number).split(b"\n\n")[1].decode()
    body = f"{paragraph}\n\nFollow us on every channel for more harbour news."
    page = {"headline": f"Dock strike, day {number}", "articleBody": body, "@type": "NewsArticle"}
    payload = orjson.dumps({**page, "datePublished": "2026-06-30T06:14:22+00:00", "inLanguage": "en"})
    return Item(payload, type="application/json", url=f"https://harbour-news.org/{number}")


def records(settings: Settings) -> list[dict[str, Any]]:
    client, lane = wiring.connect(settings), wiring.lanes(settings)[0]
    rows = cast("list[Any]", client.xrange(lane.articles))
    return [orjson.loads(fields[b"record"]) for _, fields in rows]


def marks(record: dict[str, Any]) -> list[str]:
    return [record["body"][one["start"] : one["end"]] for one in record["boilerplate"]]


def push_story(settings: Settings, number: int) -> None:
    with Client(settings.redis.url) as client:
        list(client.push_many([story(number)]))


def test_what_a_publisher_repeats_is_learned_with_the_commit_and_marked_from_the_fifth_article_on(
    settings: Settings,
) -> None:
    drain = make_drain(settings)
    for number in range(5):
        for _ in range(3 if number < 4 else 1):  # the same article again teaches nothing
            push_story(settings, number)
            drain.run(1)
    found = records(settings)
    full = [record for record in found if record["delivery"] == "full"]
    assert [marks(record) for record in full] == [[], [], [], [], ["Follow us on every channel for more harbour news."]]
    assert full[-1]["boilerplate"][0]["seen"] == 4
    assert ["stamp_shared" in record["dates"]["reasons"] for record in full] == [False, False, False, True, True]
    assert [record["boilerplate"] for record in found if record["delivery"] == "reference"] == [[]] * 8


def test_outcomes_that_are_committed_again_teach_nothing(settings: Settings) -> None:
    """A worker that comes late, after another one settled its entries, counts none of them again."""
    drain = make_drain(settings)
    commit = drain._commit

    def twice(outcomes: Sequence[Outcome]) -> set[str]:
        done = commit(outcomes)
        assert commit(outcomes) == set()
        return done

    drain._commit = twice  # type: ignore[assignment]
    for number in range(5):
        push_story(settings, number)
        drain.run(1)
    assert [one["seen"] for one in records(settings)[-1]["boilerplate"]] == [4]


def test_articles_of_one_batch_learn_of_those_before_them_and_count_once(settings: Settings) -> None:
    drain = make_drain(settings)
    with Client(settings.redis.url) as client:
        list(client.push_many([story(number) for number in (0, 1, 1, 2, 3, 4)]))
    drain.run(1)
    full = [record for record in records(settings) if record["delivery"] == "full"]
    notice = "Follow us on every channel for more harbour news."
    assert [marks(record) for record in full] == [[], [], [], [], [notice]]
    push_story(settings, 5)
    drain.run(1)
    assert [one["seen"] for one in records(settings)[-1]["boilerplate"]] == [5]
