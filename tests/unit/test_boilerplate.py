"""What a publisher repeats: the parts that are looked at, and what is marked of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.enrich.boilerplate import Boilerplate
from worker.enrich.dates import Dates
from worker.index.repeats import MemoryRepeats
from worker.model import Article, Enriched, Paragraph, Provenance, Publisher, Repeats
from worker.prose.repeatable import repeatable, with_earlier

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOTICE = "Follow us on every channel for more harbour news."


def article(*paragraphs: str, domain: str | None = "harbour.example", published: str | None = None) -> Article:
    spans, at = [], 0
    for paragraph in paragraphs:
        spans.append(Paragraph(at, at + len(paragraph)))
        at += len(paragraph) + 2
    publisher = Publisher("Harbour News", domain) if domain else None
    known = {"published_at": Provenance("json-ld", "datePublished", 0.95)}
    body = "\n\n".join(paragraphs)
    return Article("Title", body, tuple(spans), "test", publisher=publisher, published_at=published, provenance=known)


def parts(one: Article) -> list[str]:
    found = repeatable(one, NOW)
    assert found is not None
    return [one.body[start:end] for start, end, _ in found.parts]


def story(number: int) -> str:
    return (
        f"Ship number {number} came in on the tide of day {number}. It carried {number} tons of salt and left at noon."
    )


def marked(store: MemoryRepeats, one: Article, at: datetime = NOW) -> list[str]:
    (known,) = store.look_up([repeatable(one, at)])
    found = Boilerplate().enrich(Enriched(one, at, known)).boilerplate
    assert found is not None
    return [one.body[mark.start : mark.end] for mark in found]


def teach(store: MemoryRepeats, one: Article, at: datetime = NOW) -> None:
    known = repeatable(one, at)
    assert known is not None
    store.learn(known)


def test_fifth_article_with_a_notice_has_it_marked_and_the_body_is_whole() -> None:
    store = MemoryRepeats()
    for number in range(4):
        one = article(story(number), NOTICE)
        assert marked(store, one) == []
        teach(store, one)
    one = article(story(9), NOTICE)
    assert marked(store, one) == [NOTICE]
    assert one.body.endswith(NOTICE)


def test_a_notice_that_ends_the_last_paragraph_is_found_as_a_sentence() -> None:
    store = MemoryRepeats()
    for number in range(4):
        teach(store, article(story(number), f"{story(50 + number)} {NOTICE}"))
    assert marked(store, article(story(9), f"{story(60)} {NOTICE}")) == [NOTICE]


def test_case_and_blanks_do_not_hide_a_repetition() -> None:
    store = MemoryRepeats()
    for number in range(4):
        teach(store, article(story(number), NOTICE.upper().replace(" ", "  ")))
    assert marked(store, article(story(9), NOTICE)) == [NOTICE]


def test_another_publishers_repetitions_do_not_count() -> None:
    store = MemoryRepeats()
    for number in range(6):
        teach(store, article(story(number), NOTICE, domain=f"paper{number}.example"))
    assert marked(store, article(story(9), NOTICE)) == []


def test_what_few_articles_of_a_large_publisher_share_is_not_marked() -> None:
    store = MemoryRepeats()
    for number in range(300):
        teach(store, article(story(number), *([NOTICE] if number >= 295 else [])), NOW + timedelta(minutes=number))
    assert marked(store, article(story(999), NOTICE), NOW + timedelta(minutes=300)) == []


def test_without_publisher_nothing_is_learned() -> None:
    assert repeatable(article(story(1), NOTICE, domain=None), NOW) is None
    assert Boilerplate().enrich(Enriched(article(NOTICE))).boilerplate == ()


def test_publisher_is_the_domain_of_the_address_or_else_its_name() -> None:
    named = replace(article(NOTICE), publisher=Publisher("Harbour  News"))
    assert repeatable(replace(named, url="https://www.harbour.org/a"), NOW).publisher == "harbour.org"  # type: ignore[union-attr]
    assert repeatable(named, NOW).publisher == "harbour news"  # type: ignore[union-attr]


def test_parts_are_paragraphs_and_sentences_of_the_ends_none_of_them_tiny() -> None:
    one = article("One short start. And it goes on.", "Menu", "A middle one. Of two sentences.", "Salt was sold today.")
    assert parts(one) == [
        "One short start. And it goes on.",
        "A middle one. Of two sentences.",
        "Salt was sold today.",
        "One short start.",
        "And it goes on.",
        "A middle one.",
        "Of two sentences.",
    ]


def test_of_very_many_paragraphs_those_at_the_ends_are_read() -> None:
    one = article(*(f"Paragraph of number {number}" for number in range(5_000)))
    assert parts(one)[0] == "Paragraph of number 0"
    assert parts(one)[-1] == "Paragraph of number 4999"
    assert len(parts(one)) == 32


def test_chinese_has_no_blanks_between_words() -> None:
    assert parts(article("关注我们的公众号获取更多新闻")) == ["关注我们的公众号获取更多新闻"]


def dates(
    published: str, stamp: float, received: datetime = NOW, body: str = "The port is open."
) -> tuple[str, str, bool]:
    enriched = Enriched(article(body, published=published), received, Repeats(20.0, (), stamp))
    found = Dates().enrich(enriched).dates
    assert found is not None
    return found.verdict, found.trust, "stamp_shared" in found.reasons


@pytest.mark.parametrize(
    ("published", "stamp", "expected"),
    [
        ("2026-06-30T06:14:22+00:00", 0.0, ("consistent", "high", False)),
        ("2026-06-30T06:14:22+00:00", 2.0, ("consistent", "high", False)),
        ("2026-06-30T06:14:22+00:00", 3.0, ("unknown", "low", True)),
        ("2026-06-30T06:00:00+00:00", 3.0, ("consistent", "high", False)),
        ("2026-06-30T06:00:00+00:00", 10.0, ("unknown", "low", True)),
    ],
)
def test_many_articles_with_one_time_make_it_doubtful(published: str, stamp: float, expected: object) -> None:
    assert dates(published, stamp) == expected


def test_a_text_that_bears_the_date_out_outweighs_that_but_trust_is_not_high() -> None:
    found = dates("2026-06-30T06:14:22+00:00", 5.0, body="On 29 June 2026 the port opened.")
    assert found == ("consistent", "medium", True)


@pytest.mark.parametrize(
    ("published", "counted"), [("2026-06-30", False), ("2026-06-30T00:00:00Z", False), ("2026-06-30T00:00:07Z", True)]
)
def test_a_day_alone_and_midnight_are_no_time_that_could_be_shared(published: str, counted: bool) -> None:
    found = repeatable(article(NOTICE, published=published), NOW)
    assert found is not None
    assert (found.stamp is not None) is counted


@pytest.mark.parametrize("text", ["\ud800 words that go on and on", "a " * 300, "\x00\x01 control signs in here"])
def test_odd_text_is_told_again(text: str) -> None:
    store = MemoryRepeats()
    for number in range(4):
        teach(store, article(story(number), text))
    assert marked(store, article(story(9), text)) == [text]
    assert repeatable(article(text), NOW) == repeatable(article(text), NOW)


def test_articles_of_one_batch_are_added_in_order_and_only_those_that_will_be_counted() -> None:
    one, other = (repeatable(article(NOTICE, domain=domain, published="2026-06-30T06:14:22Z"), NOW) for domain in "ab")
    known = Repeats(7.0, ((0, len(NOTICE), 2.0),), 1.0)
    found = with_earlier(
        [one, None, one, other, one], [known, None, known, Repeats(0.0), known], [True, True, False, True, True]
    )
    told = [
        repeats and (repeats.articles, [count for _, _, count in repeats.parts], repeats.stamp) for repeats in found
    ]
    assert told == [(7.0, [2.0], 1.0), None, (8.0, [3.0], 2.0), (0.0, [], 0.0), (8.0, [3.0], 2.0)]
