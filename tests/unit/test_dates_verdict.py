"""The verdict on the publication date: what agrees, what does not, and what is never claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.enrich.dates import Dates
from worker.model import Article, Enriched, Language, Provenance, Quote
from worker.model import Dates as Verdict
from worker.text.whitespace import assemble

ENRICHER = Dates()
STATED = Provenance("json-ld", "datePublished", 0.95)
ARRIVAL = datetime(2024, 5, 1, 12, tzinfo=UTC)


def judged(
    body: str,
    published: str | None = "2024-04-30T10:00:00+00:00",
    origin: Provenance = STATED,
    arrival: datetime | None = ARRIVAL,
    **known: object,
) -> Verdict:
    text, paragraphs = assemble((part, "text") for part in body.split("\n\n"))
    provenance = {"published_at": origin} if published else {}
    article = Article("A headline", text, paragraphs, "html", published_at=published, provenance=provenance)
    article = replace(article, **known)  # type: ignore[arg-type]
    found = ENRICHER.enrich(Enriched(article, arrival, language=Language("en", 0.9))).dates
    assert found is not None
    return found


def told(found: Verdict) -> tuple[str, str]:
    return found.verdict, found.trust


def test_ordinary_news_is_consistent() -> None:
    found = judged("The council said on Tuesday it would vote on May 14. The bridge was built in 1998.")
    assert told(found) == ("consistent", "high")
    assert found.reasons == ("fresh", "year_missing")
    late = judged("The council will vote.", arrival=None)
    assert told(late) == ("consistent", "medium")
    assert late.reasons == ()


def test_old_text_with_a_new_date() -> None:
    found = judged('"We met today," he said. Earlier, on December 3, a commission had met.')
    assert told(found) == ("conflict", "low")
    assert found.reasons == ("fresh", "stale_suspected", "year_missing")
    assert told(judged("A commission had met on December 3.")) == ("consistent", "high"), "it does not speak of today"
    assert told(judged("They met today. It met on December 3, and on April 28.")) == ("consistent", "high")
    assert told(judged("In December 2022 they began; on December 3, he left. They met today.")) == (
        "consistent",
        "high",
    )


def test_no_year_is_invented() -> None:
    found = judged("They met today, as on December 3.")
    assert [mention.value for mention in found.mentions] == [None, "--12-03"]


@pytest.mark.parametrize(
    ("weekday", "verdict"), [("Friday", "consistent"), ("Wednesday", "conflict"), ("Thursday", "conflict")]
)
def test_weekday_beside_a_day(weekday: str, verdict: str) -> None:
    found = judged(f"They met on {weekday}, April 26, in Oslo.", arrival=None)
    assert found.verdict == verdict
    assert ("weekday_agrees" in found.reasons) == (verdict == "consistent")
    assert ("weekday_differs" in found.reasons) == (verdict == "conflict")


def test_dateline_and_today_with_a_date() -> None:
    assert "own_day_agrees" in judged("OSLO, April 29 (Agency) - The council met.").reasons
    found = judged("OSLO, Jan. 9 (Agency) - The council met.")
    assert told(found) == ("conflict", "low")
    assert "own_day_differs" in found.reasons
    assert judged("The council met today, 9 January 2022, in Oslo.").verdict == "conflict"
    assert judged("On Jan. 9 the council met - for the first time.").verdict == "consistent"


@pytest.mark.parametrize(
    ("published", "verdict", "reason"),
    [
        ("2024-05-01T20:00:00", "consistent", "fresh"),
        ("2024-05-02T01:30:00+00:00", "consistent", "fresh"),
        ("2024-05-03T10:00:00+00:00", "conflict", "after_arrival"),
        ("2031-01-05", "conflict", "after_arrival"),
        ("1970-01-01T00:00:00+00:00", "conflict", "placeholder"),
        ("2024-01-01T00:00:00+00:00", "unknown", "placeholder"),
        ("2024-01-01", "unknown", "placeholder"),
        ("2024-01-01T08:30:00+00:00", "consistent", None),
        ("2024", "unknown", "day_missing"),
        (None, "unknown", "date_missing"),
    ],
)
def test_arrival_and_placeholders(published: str | None, verdict: str, reason: str | None) -> None:
    found = judged("The council met.", published)
    assert found.verdict == verdict
    assert found.reasons == ((reason,) if reason else ())
    assert found.trust == "low" or verdict == "consistent"


def test_a_date_after_the_arrival_is_an_issue() -> None:
    article = Article(None, "The council met.", (), "html", published_at="2024-05-03T10:00:00+00:00")
    found = ENRICHER.enrich(Enriched(article, ARRIVAL))
    assert [(issue.code, issue.field, issue.detail) for issue in found.issues] == [
        ("date_future", "published_at", "2024-05-03T10:00:00+00:00")
    ]


def test_sources() -> None:
    by_url = judged("The council met.", "2024-04-01", Provenance("url", "path", 0.7))
    assert (told(by_url), by_url.reasons) == (("unknown", "low"), ("url_only",))
    searched = judged("The council met on April 1.", "2024-04-01", Provenance("search", "line", 0.5))
    assert (told(searched), searched.reasons[0]) == (("consistent", "medium"), "search_only")
    header = judged("The council met.", "2024-04-01", Provenance("text:line 1", "date line", 0.8))
    assert (told(header), header.reasons) == (("unknown", "medium"), ("header_only",))
    changed = judged("The council met.", None, modified_at="2024-04-01")
    assert changed.reasons == ("modified_only",)
    older = judged("The council met.", url="https://a.example/2019/04/30/council")
    assert (told(older), older.reasons) == (("conflict", "low"), ("url_older", "fresh"))
    month = judged("The council met.", url="https://a.example/2023/04/council/")
    assert (told(month), month.reasons) == (("conflict", "low"), ("url_older", "fresh"))
    assert judged("The council met.", url="https://a.example/2024/04/council/").verdict == "consistent"
    before = judged("The council met.", modified_at="2023-04-01")
    assert (told(before), before.reasons) == (("consistent", "medium"), ("modified_before", "fresh"))


def test_mentions_have_offsets_roles_and_only_known_days() -> None:
    body = "They met yesterday. “I came on May 3,” he said. It was the largest since 2014."
    found = judged(body)
    assert [body[m.start : m.end] for m in found.mentions] == [m.text for m in found.mentions]
    assert [(m.text, m.value, m.role) for m in found.mentions] == [
        ("yesterday", "2024-04-29", "event"),
        ("May 3", "--05-03", "quote"),
        ("2014", "2014", "period"),
    ]


def test_quotes_found_before_decide_the_role() -> None:
    body = "I came on May 3, he said, and on May 4."
    article = Article(None, body, (), "text", published_at="2024-05-01")
    quotes = (Quote(body[:15], 0, 15, "direct"),)
    found = ENRICHER.enrich(Enriched(article, quotes=quotes, language=Language("en", 0.9))).dates
    assert found is not None
    assert [m.role for m in found.mentions] == ["quote", "event"]


def test_reasons_are_a_closed_list() -> None:
    with pytest.raises(ValueError, match="moon_phase"):
        Verdict("unknown", ("moon_phase",))
