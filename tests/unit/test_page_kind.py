"""Article type and access of a page: which witnesses count, and what is said where they disagree."""

from __future__ import annotations

import pytest

from worker.extract.draft import Draft
from worker.extract.page import read_page

_LINE = (
    "the council said that it would wait for the report of the engineers before it decides on the new quay, and on "
    "what the pilots are to be paid for night work."
)
_PROSE = "".join(
    f"<p>The {n} ferries of the harbour were counted again, and {_LINE}</p>" for n in ("four", "nine", "ten")
)
_NEWS = '<meta property="og:type" content="article">'


def page(head: str = "", body: str = _PROSE, path: str = "/a/1", title: str = "Ferries are counted again") -> Draft:
    text = (
        f"<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>{body}</article></body></html>"
    )
    return read_page(text, f"https://harbour.example{path}")


def json_ld(kind: str, **more: str) -> str:
    rest = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return f'<script type="application/ld+json">{{"@type": "{kind}", "headline": "Ferries"{rest}}}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


_ENTRIES = "".join(f"<h3>{hour}:15</h3><p>{hour}:15 Ferry {hour} has left, and {_LINE}</p>" for hour in range(10, 18))


@pytest.mark.parametrize(
    ("known", "kind", "origin"),
    [
        ({}, "unknown", None),
        ({"head": _NEWS}, "news", "meta:og:type"),
        ({"head": json_ld("NewsArticle") + _NEWS}, "news", "json-ld"),
        ({"head": json_ld("LiveBlogPosting")}, "live", "json-ld"),
        ({"head": json_ld("NewsArticle"), "path": "/politik/liveblog-hafen"}, "live", "url"),
        ({"head": _NEWS, "body": _ENTRIES, "path": "/live/harbour"}, "live", "text:entries"),
        ({"head": _NEWS, "path": "/live/zero-waste"}, "news", "meta:og:type"),
        ({"head": json_ld("OpinionNewsArticle")}, "opinion", "json-ld"),
        ({"head": json_ld("NewsArticle", articleSection="Meinung")}, "opinion", "section"),
        ({"head": _NEWS + meta("article:opinion", "true")}, "opinion", "meta:article:opinion"),
        ({"head": _NEWS + meta("article:opinion", "false")}, "news", "meta:og:type"),
        ({"head": _NEWS, "title": "Kommentar: Die Fähren werden gezählt"}, "opinion", "headline"),
        ({"head": meta("og:type", "video.other")}, "video", "meta:og:type"),
        ({"path": "/video/ferries"}, "video", "url"),
        ({"head": json_ld("NewsArticle"), "path": "/video/ferries"}, "news", "json-ld"),
    ],
)
def test_kind_is_what_most_weight_speaks_for(known: dict[str, str], kind: str, origin: str | None) -> None:
    draft = page(**known)
    found = draft.provenance.get("article_type")
    assert (draft.article_type, found and found.origin) == (kind, origin)
    assert not [issue for issue in draft.issues if issue.field == "article_type"]


def test_two_kinds_that_are_both_stated_are_a_conflict() -> None:
    draft = page(json_ld("LiveBlogPosting", articleSection="Opinion"))
    assert draft.article_type == "live"
    assert [issue.detail for issue in draft.issues if issue.field == "article_type"] == ["live (json-ld) or opinion"]


@pytest.mark.parametrize(
    ("head", "access", "origin"),
    [
        ("", "unknown", None),
        (
            json_ld("NewsArticle", isAccessibleForFree="http://schema.org/False"),
            "paywalled",
            "json-ld:isAccessibleForFree",
        ),
        (json_ld("NewsArticle", isAccessibleForFree="True"), "free", "json-ld:isAccessibleForFree"),
        (meta("article:content_tier", "locked"), "paywalled", "meta:article:content_tier"),
        (meta("og:article:content_tier", "metered"), "unknown", None),
        (meta("adv:premium", "yes"), "paywalled", "meta:adv:premium"),
        (meta("cxenseparse:recs-ispaidcontent", "false"), "free", "meta:cxenseparse:recs-ispaidcontent"),
    ],
)
def test_access_is_what_the_most_trusted_witness_says(head: str, access: str, origin: str | None) -> None:
    draft = page(head)
    found = draft.provenance.get("access")
    assert (draft.access, found and found.origin) == (access, origin)


def test_contradiction_about_access_is_told() -> None:
    draft = page(json_ld("NewsArticle", isAccessibleForFree="True") + meta("adv:premium", "yes"))
    assert draft.access == "free"
    assert [issue.field for issue in draft.issues if issue.code == "field_conflict"] == ["access"]


def test_short_text_before_a_notice_is_a_teaser_and_a_long_one_is_not() -> None:
    notice = "<div class='wall'><p>Dieser Text ist nur für Abonnenten. Jetzt weiterlesen.</p></div>"
    stub = page(_NEWS, _PROSE[:190] + "</p>" + notice)
    assert (stub.access, stub.provenance["access"].origin) == ("paywalled", "text:notice")
    assert "teaser_only" in [issue.code for issue in stub.issues]
    long = "".join(f"<p>Ferry number {n} of the harbour was counted again, and {_LINE}</p>" for n in range(8))
    whole = page(_NEWS, long + notice)
    assert whole.access == "unknown"
    assert "teaser_only" not in [issue.code for issue in whole.issues]
