"""More of the seed's family: records that a careless reader of header lines gets wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from worker import wiring
from worker.errors import PayloadError
from worker.model import Article, Enriched, Payload
from worker.settings import Settings

SPINE: Final = wiring.pipeline(Settings())
DATE: Final = "2026-03-11T17:45:00+01:00"
TITLE: Final = "Dock workers end nine-day strike after pay deal in Northport"
TAGS: Final = "strike, Northport, wages, dock workers"
FIRST: Final = (
    "Dock workers went back to their cranes on Wednesday evening, ending a strike that had left forty-one ships "
    "waiting outside the breakwater."
)
SECOND: Final = "Night shifts will be paid at one and a half times the day rate from July, the company said."
THIRD: Final = "Pilots expect the last of the ships to be unloaded by Sunday."
HEADER: Final = (f"Economy {DATE}", "Northport Gazette", TITLE, "", TAGS, "")


def parse(*lines: str, charset: str = "utf-8", **known: str) -> list[Article]:
    raw = "\n".join(lines).encode(charset)
    items = SPINE.parse(Payload(raw, "x", datetime(2026, 3, 12, tzinfo=UTC), **known))  # type: ignore[arg-type]
    assert not [item for item in items if isinstance(item, PayloadError)]
    return [item for item in items if isinstance(item, Article)]


def one(*lines: str, charset: str = "utf-8") -> Article:
    (article,) = parse(*lines, charset=charset)
    return article


def body(article: Article) -> list[str]:
    return [article.body[p.start : p.end] for p in article.paragraphs]


def publisher(article: Article) -> str | None:
    return article.publisher.name if article.publisher else None


def codes(article: Article) -> list[str]:
    return [issue.code for issue in article.issues]


@pytest.mark.parametrize(
    "lead",
    [
        "Norway, Iceland, Denmark and Canada.",
        "Norway, Iceland, Denmark, Canada.",
        "Oslo, Bergen, Tromso",
        "Smoke, noise, gulls: so the harbour greets the morning.",
    ],
)
def test_body_that_starts_with_a_comma_list(lead: str) -> None:
    article = one(*HEADER, lead, "", FIRST, "", SECOND)
    assert body(article) == [lead, FIRST, SECOND]
    assert article.tags == ("strike", "Northport", "wages", "dock workers")


def test_comma_list_with_a_full_stop_is_no_tag_line() -> None:
    article = one(*HEADER[:4], "Norway, Iceland, Denmark, Canada.", "", FIRST, "", SECOND)
    assert article.tags == ()
    assert body(article) == ["Norway, Iceland, Denmark, Canada.", FIRST, SECOND]


@pytest.mark.parametrize(
    "lead",
    [
        "2026-03-10 was the ninth day of the strike, and the last one.",
        "2026-03-10T09:00:00+01:00 is when the talks began, says the log of the harbour master.",
        "10.03.2026: the talks begin, and nobody expects them to last.",
        "On 2026-03-10, the ninth day, the talks began.",
    ],
)
def test_first_sentence_that_begins_with_a_date(lead: str) -> None:
    article = one(*HEADER, lead, "", SECOND)
    assert (article.published_at, article.section) == (DATE, "Economy")
    assert body(article) == [lead, SECOND]
    undated = one("Northport Gazette", TITLE, "", TAGS, "", lead, "", SECOND)
    assert undated.published_at is None
    assert undated.headline == TITLE
    assert body(undated) == [lead, SECOND]


def test_two_titles_of_which_neither_is_cut() -> None:
    other = "Ships begin to sail"
    article = one(*HEADER[:3], "", other, "", TAGS, "", FIRST, SECOND)
    assert article.headline == TITLE
    assert article.subtitle == other
    assert article.headline_variants == ()
    assert "title_repaired" not in codes(article)
    assert body(article) == [FIRST, SECOND]


def test_short_title_that_only_begins_alike_is_not_the_cut_one() -> None:
    article = one(*HEADER[:2], "Dock workers end strike", "", TITLE, "", TAGS, "", FIRST, SECOND)
    assert "title_repaired" not in codes(article)
    assert article.headline_variants == ()
    assert {article.headline, article.subtitle} == {"Dock workers end strike", TITLE}
    assert body(article) == [FIRST, SECOND]


def test_title_cut_within_a_word_with_dots() -> None:
    article = one(
        *HEADER[:2], "Dock workers end nine-day strike after pay d...", "", TITLE, "", TAGS, "", FIRST, SECOND
    )
    assert article.headline == TITLE
    assert [variant.kind for variant in article.headline_variants] == ["truncated"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("By Ada Ruiz", "Ada Ruiz"),
        ("BY ADA RUIZ", "ADA RUIZ"),
        ("Ada Ruiz, staff writer", "Ada Ruiz"),
        ("Ada Ruiz, correspondent", "Ada Ruiz"),
        ("Von Jörg Müßig", "Jörg Müßig"),
        ("Анна Крылова, корреспондент", "Анна Крылова"),
    ],
)
def test_source_line_that_is_a_person(line: str, name: str) -> None:
    article = one(HEADER[0], line, *HEADER[2:], FIRST, "", SECOND)
    assert article.authors == (name,)
    assert publisher(article) is None
    assert article.headline == TITLE
    assert body(article) == [FIRST, SECOND]


def test_person_beside_a_source() -> None:
    for pair in (
        ("Northport Gazette", "By Ada Ruiz"),
        ("By Ada Ruiz", "Northport Gazette"),
        ("Northport Gazette", "Ada Ruiz"),
    ):
        article = one(HEADER[0], *pair, *HEADER[2:], FIRST, "", SECOND)
        assert (publisher(article), article.authors) == ("Northport Gazette", ("Ada Ruiz",)), pair
        assert article.headline == TITLE


def test_ukrainian_record_in_windows_1251() -> None:
    title = "Пекарі страйкують через ціни на борошно: зачинено сім пекарень із дев'яти"
    lead = "Сім із дев'яти пекарень міста не відчинилися в середу вранці. Пекарі протестують проти цін на борошно."
    more = "Черги вишикувалися вже о шостій годині, а хліб скінчився до дев'ятої, розповідають мешканці Подолу."
    article = one(
        *("Економіка 2026-03-11T10:15:00+02:00", "Подільські вісті", title, "", "хліб, ціни, борошно, страйк", ""),
        *(lead, "", more),
        charset="cp1251",
    )
    assert article.headline == title
    assert (article.section, publisher(article)) == ("Економіка", "Подільські вісті")
    assert article.published_at == "2026-03-11T10:15:00+02:00"
    assert article.tags == ("хліб", "ціни", "борошно", "страйк")
    assert body(article) == [lead, more]
    language = SPINE.enrich(Enriched(article)).language
    assert language is not None
    assert language.code == "uk"


def test_headline_in_capitals() -> None:
    article = one(*HEADER[:2], TITLE.upper(), *HEADER[3:], FIRST, "", SECOND)
    assert article.headline == TITLE.upper()
    assert publisher(article) == "Northport Gazette"
    short = one(HEADER[0], "NORTHPORT GAZETTE", "STRIKE ENDS AT LAST", "", TAGS, "", FIRST, "", SECOND)
    assert short.headline == "STRIKE ENDS AT LAST"
    assert publisher(short) == "NORTHPORT GAZETTE"


@pytest.mark.parametrize("section", ["Politics", "World", "Sport", "Политика", "Wirtschaft", "SCIENCE"])
def test_section_on_a_line_of_its_own(section: str) -> None:
    article = one(section, DATE, *HEADER[1:], FIRST, "", SECOND)
    assert (article.section, article.published_at) == (section, DATE)
    assert publisher(article) == "Northport Gazette"
    assert article.headline == TITLE
    alone = one(section, "", TITLE, "", FIRST, "", SECOND)
    assert (alone.section, alone.headline) == (section, TITLE)
    assert publisher(alone) is None


@pytest.mark.parametrize("rule", ["-----", "- - -", "\f", "", "=====", "***", "————"])
def test_two_records_in_one_file(rule: str) -> None:
    second = [
        line.replace("Economy", "World").replace(TITLE, "Night trains return to the coast line") for line in HEADER
    ]
    articles = parse(*HEADER, FIRST, "", SECOND, "", rule, "", *second, THIRD, "", SECOND)
    assert [(a.part, a.section) for a in articles] == [(0, "Economy"), (1, "World")]
    assert [body(a) for a in articles] == [[FIRST, SECOND], [THIRD, SECOND]]
    assert articles[1].headline == "Night trains return to the coast line"


def test_form_feed_at_the_end_and_at_the_start_of_a_line() -> None:
    for joined in (f"{SECOND}\f", "\fEconomy"):
        lines = [*HEADER, FIRST, "", SECOND, *HEADER, THIRD, SECOND]
        at = 8 if joined.endswith("\f") else 9
        lines[at] = joined if at == 8 else f"\f{HEADER[0]}"
        articles = parse(*lines)
        assert [body(a) for a in articles] == [[FIRST, SECOND], [THIRD, SECOND]]
        assert [a.headline for a in articles] == [TITLE, TITLE]


def test_form_feed_parts_records_without_a_header() -> None:
    articles = parse(f"Ship one sails\n\n{FIRST}\fShip two sails\n\n{SECOND}\f\f\n")
    assert [(a.headline, a.body) for a in articles] == [("Ship one sails", FIRST), ("Ship two sails", SECOND)]


def test_record_of_one_paragraph() -> None:
    for header in (HEADER, (*HEADER[:4],), (TITLE, "")):
        article = one(*header, FIRST)
        assert article.headline == TITLE
        assert body(article) == [FIRST]


def test_label_makes_tags_of_a_line_with_a_full_stop() -> None:
    article = one(*HEADER[:4], f"Tags: {TAGS}.", "", FIRST, "", SECOND)
    assert article.tags == ("strike", "Northport", "wages", "dock workers")
    assert body(article) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "lines",
    [
        ("strike, Northport, wages,", "dock workers, harbour"),
        ("strike, Northport, wages", "dock workers, harbour, pay"),
        ("Tags: strike, Northport, wages,", "dock workers, harbour"),
    ],
)
def test_tags_in_two_lines(lines: tuple[str, str]) -> None:
    article = one(*HEADER[:4], *lines, "", FIRST, "", SECOND)
    assert article.tags[:5] == ("strike", "Northport", "wages", "dock workers", "harbour")
    assert body(article) == [FIRST, SECOND]


@pytest.mark.parametrize("bytes_of", [b"\r\n", b"\r", b"\xe2\x80\xa8", b"\xc2\x85"])
def test_line_ends_of_every_kind(bytes_of: bytes) -> None:
    raw = "\n".join([*HEADER, FIRST, "", SECOND]).encode().replace(b"\n", bytes_of)
    (article,) = SPINE.parse(Payload(raw, "x", datetime(2026, 3, 12, tzinfo=UTC)))
    assert isinstance(article, Article)
    assert (article.headline, article.published_at) == (TITLE, DATE)
    assert body(article) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("Economy 11 March 2026", "2026-03-11"),
        ("Economy, March 11, 2026, 5:45 pm", "2026-03-11T17:45:00"),
        ("Economy | 11/03/2026 17:45", "2026-03-11T17:45:00"),
        ("Economy\t2026-03-11", "2026-03-11"),
        ("Economy - 2026-03-11 17:45", "2026-03-11T17:45:00"),
    ],
)
def test_date_lines_of_other_kinds(line: str, published: str) -> None:
    article = one(line, *HEADER[1:], FIRST, "", SECOND)
    assert (article.section, article.published_at) == ("Economy", published)
    assert article.headline == TITLE


def test_named_heads_with_blanks_before_the_colon_and_in_any_case() -> None:
    article = one(
        f"TITLE : {TITLE}", f"date: {DATE}", "Keywords: strike; wages", "AUTHOR: Ada Ruiz", "", FIRST, "", SECOND
    )
    assert (article.headline, article.published_at, article.authors) == (TITLE, DATE, ("Ada Ruiz",))
    assert article.tags == ("strike", "wages")
    assert body(article) == [FIRST, SECOND]


def test_front_matter_with_lists_and_quotes() -> None:
    article = one(
        *(
            "---",
            f"title: '{TITLE}'",
            f"date: {DATE}",
            "authors: [Ada Ruiz, Lena Brandt]",
            "tags: ['strike', \"wages\"]",
        ),
        *("draft: false", "---", FIRST, "", SECOND),
    )
    assert (article.headline, article.published_at) == (TITLE, DATE)
    assert article.authors == ("Ada Ruiz", "Lena Brandt")
    assert article.tags == ("strike", "wages")
    assert body(article) == [FIRST, SECOND]


def test_one_zero_byte_does_not_make_a_text_binary() -> None:
    article = one(*HEADER, FIRST.replace("evening", "eve\0ning"), "", SECOND)
    assert body(article) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("raw", "media_type"),
    [
        ("body { margin: 0; color: #333 }\n.header { width: 100%; float: left }\n" * 50, "text/css"),
        ("body { margin: 0; color: #333 }\n.header { width: 100%; float: left }\n" * 50, None),
        ("(function(){var a=1;window.b=function(c){return c+a};})();\n" * 50, "application/javascript"),
        ("(function(){var a=1;window.b=function(c){return c+a};})();\n" * 50, None),
        (f'<?xml version="1.0"?><catalogue><entry>{FIRST}</entry></catalogue>', None),
    ],
)
def test_code_and_markup_of_no_format_are_no_text(raw: str, media_type: str | None) -> None:
    with pytest.raises(PayloadError) as caught:
        SPINE.parse(Payload(raw.encode(), "x", datetime(2026, 3, 12, tzinfo=UTC), media_type=media_type))
    assert caught.value.code in {"format_unknown", "article_missing"}
