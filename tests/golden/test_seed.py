"""The plain-text record of the acceptance case, and its family: every header line optional, no line number fixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from worker import wiring
from worker.dedupe.fingerprint import fingerprint
from worker.enrich.entity_rules import EntityRules
from worker.index.memory import MemoryIndex
from worker.model import Article, Enriched, Payload, Record, Verdict
from worker.ports import Fingerprint
from worker.settings import Settings

SEED = (Path(__file__).parents[2] / "examples" / "seed.txt").read_bytes()
LINES = SEED.decode().split("\n")
BODY = LINES[8:]
SPINE = wiring.pipeline(Settings())
HEADLINE = (
    "U.S. Secretary Of State Blinken And NATO Secretary General Stoltenberg Discuss Support For Ukraine "
    "In Context Of Russia's Military Build-Up"
)
PUBLISHED = "2023-09-15T06:14:22+03:00"


def parse(raw: bytes, **known: str) -> list[Article]:
    payload = Payload(raw, "seed", datetime(2026, 1, 1, tzinfo=UTC), **known)  # type: ignore[arg-type]
    items = SPINE.parse(payload)
    return [item for item in items if isinstance(item, Article)]


def one(raw: bytes) -> Article:
    (article,) = parse(raw)
    return article


def text(*lines: str) -> bytes:
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def seed() -> Enriched:
    return SPINE.enrich(Enriched(one(SEED)))


def test_headline_is_whole_and_the_cut_one_a_variant(seed: Enriched) -> None:
    article = seed.article
    assert article.headline == HEADLINE
    assert [(v.text, v.kind) for v in article.headline_variants] == [(LINES[2], "truncated")]
    assert "title_repaired" in [issue.code for issue in article.issues]


def test_body_is_the_body_alone(seed: Enriched) -> None:
    body = seed.article.body
    assert body.startswith("U.S. Secretary of State Antony")
    assert body.endswith("offered to meet.")
    assert seed.counts is not None
    assert seed.counts.words == 274
    assert len(seed.article.paragraphs) == 10
    assert [body[p.start : p.end] for p in seed.article.paragraphs] == [line for line in BODY if line]


def test_raw_tags_are_kept_and_the_misspelt_one_corrected_beside(seed: Enriched) -> None:
    article = seed.article
    assert article.tags == tuple(tag.strip() for tag in LINES[6].split(","))
    assert len(article.tags) == 13
    assert "Russian agression" in article.tags
    assert "Russian aggression" in article.tags_normalised
    assert "Russian agression" not in article.tags_normalised


def test_tags_of_one_thing_are_one_and_donbas_stands_in_the_tags_alone(seed: Enriched) -> None:
    assert seed.tags_normalised is not None
    assert "Secretary of State" not in seed.tags_normalised
    assert "US Secretary of State" in seed.tags_normalised
    assert seed.tags_unmentioned == ("Donbas",)


def test_source_is_a_publisher_with_evidence_and_never_an_author(seed: Enriched) -> None:
    article = seed.article
    assert article.authors == ()
    assert article.publisher is not None
    assert article.publisher.name == "Ukrainian news"
    assert article.provenance["publisher"].origin == "text:line 2"
    assert "body names" in article.provenance["publisher"].method


def test_section_date_language_and_no_url(seed: Enriched) -> None:
    article = seed.article
    assert article.section == "Politics"
    assert article.published_at == PUBLISHED
    assert seed.language is not None
    assert seed.language.code == "en"
    assert article.url is None
    assert seed.canonical_url is None


def test_header_date_is_not_borne_out_by_the_text_and_no_year_is_invented(seed: Enriched) -> None:
    dates = seed.dates
    assert dates is not None
    assert (dates.verdict, dates.trust) == ("conflict", "low")
    assert dates.reasons == ("header_only", "stale_suspected", "year_missing")
    assert [(m.text, m.value, m.role) for m in dates.mentions] == [
        ("today", None, "quote"),
        ("2014", "2014", "period"),
        ("April 13", "--04-13", "event"),
    ]
    assert [seed.article.body[m.start : m.end] for m in dates.mentions] == ["today", "2014", "April 13"]
    near = one(SEED.replace(b"2023-09-15T", b"2021-04-15T"))
    found = SPINE.enrich(Enriched(near)).dates
    assert found is not None
    assert found.verdict == "consistent"


def test_two_direct_quotes_with_their_speakers(seed: Enriched) -> None:
    found = [quote for quote in seed.quotes or () if quote.kind == "direct"]
    assert [quote.speaker for quote in found] == ["U.S. Department of State", "Jens Stoltenberg"]
    assert [seed.article.body[slice(*quote.speaker_at)] for quote in found if quote.speaker_at] == [
        "the statement",
        "he",
    ]
    assert all(seed.article.body[quote.start : quote.end] == quote.text for quote in seed.quotes or ())


def test_indirect_quotes_with_their_speakers(seed: Enriched) -> None:
    found = [(quote.speaker, quote.cue) for quote in seed.quotes or () if quote.kind == "indirect"]
    assert {("Jens Stoltenberg", "expressed"), ("Antony Blinken", "called"), ("Jens Stoltenberg", "called")} <= set(
        found
    )
    assert len(found) <= 5


def test_countries_and_none_for_crimea(seed: Enriched) -> None:
    found = {place.name: place for place in seed.places or ()}
    assert {place.country for place in found.values()} == {"UA", "RU", "US", "BE", None}
    assert [name for name, place in found.items() if place.country is None] == ["Crimea"]
    assert found["Brussels"].country == "BE"


def test_persons_and_organisations_by_rules(seed: Enriched) -> None:
    found = EntityRules().enrich(seed).entities or ()
    named = {kind: {one.name: one for one in found if one.type == kind} for kind in ("person", "organisation")}
    persons = {"Antony Blinken", "Jens Stoltenberg", "Dmytro Kuleba", "Joe Biden", "Vladimir Putin"}
    assert set(named["person"]) == persons
    assert named["person"]["Dmytro Kuleba"].role == "Foreign Minister"
    organisations = named["organisation"]
    assert set(organisations) >= {"NATO", "U.S. Department of State", "Ukraine-NATO commission"}
    assert organisations["Ukrainian News Agency"].role == "publisher"


def test_actors_of_the_story(seed: Enriched) -> None:
    found = {entity.name: entity for entity in seed.entities or ()}
    persons = {name for name, entity in found.items() if entity.type == "person"}
    assert persons == {"Antony Blinken", "Jens Stoltenberg", "Dmytro Kuleba", "Joe Biden", "Vladimir Putin"}
    assert {"NATO", "U.S. Department of State", "Ukraine-NATO commission"} <= set(found)
    assert [name for name, entity in found.items() if entity.role == "publisher"] == ["Ukrainian News Agency"]
    assert seed.tags_unmentioned == ("Donbas",)


def test_topics(seed: Enriched) -> None:
    labels = [topic.label for topic in seed.topics or ()]
    assert labels == ["Politics", "International relations", "Diplomacy"]


def article_id(raw: bytes) -> str:
    payload = Payload(raw, "x", datetime(2026, 1, 1, tzinfo=UTC))
    return fingerprint(payload, one(raw)).article_id


SAME: dict[str, bytes] = {
    "final newline": SEED + b"\n",
    "CRLF": SEED.replace(b"\n", b"\r\n"),
    "CR": SEED.replace(b"\n", b"\r"),
    "BOM": b"\xef\xbb\xbf" + SEED,
    "UTF-16": b"\xff\xfe" + SEED.decode().encode("utf-16-le"),
    "trailing blanks": SEED.replace(b"\n", b"  \n"),
}


@pytest.mark.parametrize("name", SAME)
def test_same_text_in_other_bytes_is_the_same_article(name: str) -> None:
    assert article_id(SAME[name]) == article_id(SEED)
    assert one(SAME[name]).headline == HEADLINE
    assert one(SAME[name]).published_at == PUBLISHED


def test_one_sentence_more_is_another_text() -> None:
    assert article_id(SEED + b" They will meet again.") != article_id(SEED)


def judge(index: MemoryIndex, owner: str, prints: Sequence[Fingerprint]) -> list[Verdict | None]:
    return index.reserve([(owner, prints)])[0]


def verdicts(*payloads: bytes) -> list[tuple[str, str | None]]:
    """Judge payloads against each other, in order."""
    index = MemoryIndex()
    found: list[tuple[str, str | None]] = []
    for number, raw in enumerate(payloads):
        payload = Payload(raw, str(number), datetime(2026, 1, 1, tzinfo=UTC))
        (record,) = SPINE.process(payload, partial(judge, index, str(number)))
        assert isinstance(record, Record)
        index.finalise(str(number))
        found.append((record.verdict.kind, record.verdict.of))
    return found


def test_one_sentence_more_is_a_revision_and_the_same_text_is_exact() -> None:
    first = article_id(SEED)
    more = SEED + b" They will meet again."
    assert verdicts(SEED, SEED, *SAME.values(), more) == [
        ("new", None),
        *[("exact", first)] * (len(SAME) + 1),
        ("revision", first),
    ]
    another_day = more.replace(b"2023-09-15", b"2023-09-16")
    assert verdicts(SEED, another_day)[1] == ("near", first), (
        "by its text alone: the title of another day may be a series"
    )


def test_tracking_parameters_do_not_hide_a_revision() -> None:
    payload = Payload(SEED, "x", datetime(2026, 1, 1, tzinfo=UTC), url="https://a.example/story")
    tracked = replace(payload, url="https://a.example/story?utm_source=mail#top")
    plain, other = (fingerprint(item, replace(one(SEED), url=item.url)) for item in (payload, tracked))
    assert plain.urls == other.urls != ()


HEADS: dict[str, tuple[bytes, Callable[[Article], bool]]] = {
    "date only": (
        SEED.replace(b"2023-09-15T06:14:22+03:00", b"2023-09-15"),
        lambda a: a.published_at == "2023-09-15" and a.section == "Politics",
    ),
    "day first": (
        SEED.replace(b"2023-09-15T06:14:22+03:00", b"15.09.2023 06:14"),
        lambda a: a.published_at == "2023-09-15T06:14:00" and a.section == "Politics",
    ),
    "day first with slashes": (
        SEED.replace(b"2023-09-15T06:14:22+03:00", b"15/09/2023"),
        lambda a: a.published_at == "2023-09-15",
    ),
    "no section": (SEED.replace(b"Politics ", b""), lambda a: a.published_at == PUBLISHED and a.section is None),
    "section of two words": (
        SEED.replace(b"Politics ", b"World News "),
        lambda a: a.published_at == PUBLISHED and a.section == "World News",
    ),
    "no tags": (text(*LINES[:6], *BODY), lambda a: a.tags == () and a.published_at == PUBLISHED),
    "tags last": (
        text(*LINES[:6], *BODY, "", LINES[6]),
        lambda a: len(a.tags) == 13 and a.body.endswith("offered to meet."),
    ),
    "one title": (text(*LINES[:2], *LINES[4:]), lambda a: a.headline_variants == () and len(a.tags) == 13),
    "no source": (text(LINES[0], *LINES[2:]), lambda a: a.publisher is None and len(a.tags) == 13),
    "no date line": (text(*LINES[1:]), lambda a: a.published_at is None and len(a.tags) == 13),
    "titles alone": (text(*LINES[2:6], *BODY), lambda a: a.published_at is None and a.publisher is None),
    "tabs": (
        SEED.replace(b"Politics ", b"Politics\t").replace(b"\n\n", b"\n\n\t"),
        lambda a: a.published_at == PUBLISHED and a.section == "Politics",
    ),
    "named heads": (
        text(
            f"Title: {HEADLINE}",
            f"Date: {PUBLISHED}",
            "Source: Ukrainian news",
            "Section: Politics",
            f"Tags: {LINES[6]}",
            "",
            *BODY,
        ),
        lambda a: (a.published_at, a.section, len(a.tags)) == (PUBLISHED, "Politics", 13) and a.publisher is not None,
    ),
    "front matter": (
        text(
            "---",
            f'title: "{HEADLINE}"',
            f"date: {PUBLISHED}",
            "source: Ukrainian news",
            "category: Politics",
            "tags:",
            *(f"  - {tag.strip()}" for tag in LINES[6].split(",")),
            "---",
            "",
            *BODY,
        ),
        lambda a: (a.published_at, a.section, len(a.tags)) == (PUBLISHED, "Politics", 13) and a.publisher is not None,
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_header_lines_are_optional_and_found_by_what_they_are(name: str) -> None:
    raw, holds = HEADS[name]
    article = one(raw)
    assert article.headline == HEADLINE
    assert article.body == one(SEED).body
    assert article.authors == ()
    assert holds(article), article


def test_body_lines_that_look_like_headers_stay_in_the_body() -> None:
    raw = text(
        *LINES[:8],
        "The meeting began on 2023-09-14T10:00:00+03:00 and ended a day later.",
        "",
        "2023-09-14",
        "",
        "Present were Norway, Iceland, Canada, Denmark and the host.",
        "",
        "Oslo, Bergen, Tromso",
        "",
        "That was all they would say about it in the evening.",
    )
    article = one(raw)
    assert article.published_at == PUBLISHED
    assert len(article.tags) == 13
    lines = [article.body[p.start : p.end] for p in article.paragraphs]
    assert lines[1] == "2023-09-14"
    assert "Oslo, Bergen, Tromso" in lines
    assert len(lines) == 5


def test_windows_1251_record() -> None:
    record = (
        "Политика 2024-02-03T10:20:30+02:00\n"
        "Новости побережья\n"
        "Портовые рабочие завершили забастовку после соглашения о зарплате\n"
        "\n"
        "забастовка, порт, зарплата, профсоюз\n"
        "\n"
        "Портовые рабочие вернулись к работе в среду вечером, завершив девятидневную забастовку.\n"
        "\n"
        "Профсоюз и компания договорились о повышении на четыре процента в этом году.\n"
    )
    article = SPINE.enrich(Enriched(one(record.encode("cp1251"))))
    assert article.article.headline == "Портовые рабочие завершили забастовку после соглашения о зарплате"
    assert article.article.section == "Политика"
    assert article.article.published_at == "2024-02-03T10:20:30+02:00"
    assert len(article.article.tags) == 4
    assert article.language is not None
    assert article.language.code == "ru"
    assert "charset_guessed" in [issue.code for issue in article.article.issues]


@pytest.mark.parametrize("separator", ["\n\n---\n\n", "\n\n=====\n\n", "\n\f\n", "\n\n\n"])
def test_several_records_in_one_file(separator: str) -> None:
    second = SEED.decode().replace("Politics", "World").replace("Blinken", "Rubio")
    articles = parse((SEED.decode() + separator + second).encode())
    assert [(a.part, a.section) for a in articles] == [(0, "Politics"), (1, "World")]
    assert articles[0].body == one(SEED).body
    assert articles[1].headline == HEADLINE.replace("Blinken", "Rubio")


def test_rules_within_one_article_do_not_cut_it() -> None:
    raw = text(*LINES[:8], *BODY[:4], "* * *", *BODY[4:])
    assert len(parse(raw)) == 1
    raw = text(*LINES[:8], *BODY[:4], "---", *BODY[4:])
    assert len(parse(raw)) == 1
