"""Sourcing: credits, canonical links elsewhere, press releases, media named as sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worker.enrich.sourcing import component
from worker.model import Article, Enriched, Publisher, Sourcing

PLAIN = "The council voted for the new bridge on Monday.\n\nWork begins in spring, the mayor said."


def sourcing(body: str = PLAIN, **fields: object) -> Sourcing:
    article = replace(Article(headline="Bridge", body=body, paragraphs=(), format="text"), **fields)  # type: ignore[arg-type]
    return component().enrich(Enriched(article)).sourcing or Sourcing()


@pytest.mark.parametrize(
    ("body", "authors", "agency", "by"),
    [
        ("HELSINKI, March 4 (Reuters) - The council voted.\n\nMore.", (), "Reuters", "dateline"),
        ("Berlin (dpa) – Der Rat stimmte zu.\n\nMehr.", (), "dpa", "dateline"),
        (f"{PLAIN} (AFP)", (), "Agence France-Presse", "credit"),
        (PLAIN, ("Associated Press",), "Associated Press", "byline"),
        (f"{PLAIN}\n\nCopyright 2024 The Associated Press. All rights reserved.", (), "Associated Press", "copyright"),
        (f"{PLAIN}\n\n© 2024 Reuters. A newsletter follows, and so on and on.", (), "Reuters", "copyright"),
        (PLAIN, (), None, None),
        ("The AP exam takes place in May.\n\nPupils of all schools sit it.", (), None, None),
    ],
)
def test_an_agency_is_found_where_it_is_credited(
    body: str, authors: tuple[str, ...], agency: str | None, by: str | None
) -> None:
    found = sourcing(body, author_organisations=authors, publisher=Publisher("Harbour Post", "harbour.example"))
    assert (found.agency, found.by, found.syndicated_from) == (agency, by, agency)


def test_an_agencys_own_text_is_no_copy() -> None:
    body = "HELSINKI, March 4 (Reuters) - The council voted.\n\nMore."
    for publisher in (Publisher("Reuters", "reuters.com"), Publisher(None, "reuters.com")):
        found = sourcing(body, publisher=publisher)
        assert (found.agency, found.syndicated_from) == ("Reuters", None)


@pytest.mark.parametrize(
    ("url", "canonical", "domain"),
    [
        ("https://portal.example/a", "https://www.harbour-post.com/a", "harbour-post.com"),
        ("https://m.harbour-post.com/a", "https://www.harbour-post.com/a", None),
        ("https://www.google.com/amp/s/harbour-post.com/a", "https://www.harbour-post.com/a", None),
        ("https://harbour-post.co.uk/a", "https://www.harbour-post.com/a", None),
        (None, "https://www.harbour-post.com/a", None),
        ("not a url", "https://www.harbour-post.com/a", None),
    ],
)
def test_a_canonical_link_to_another_publisher_names_it(url: str | None, canonical: str, domain: str | None) -> None:
    found = sourcing(url=url, canonical_url=canonical)
    assert (found.canonical_domain, found.syndicated_from) == (domain, domain)


@pytest.mark.parametrize(
    ("body", "marker"),
    [
        (f"FOR IMMEDIATE RELEASE\n\n{PLAIN}", "immediate"),
        (f"TURKU, May 2 /PRNewswire/ -- {PLAIN}", "wire"),
        (f"{PLAIN}\n\nMedia contact: Ann Lee, +358 1", "contact"),
        (f"Pressemitteilung\n\n{PLAIN}", "label"),
        (f"{PLAIN} In a press release the mayor said more.", None),
        (PLAIN, None),
    ],
)
def test_a_press_release_is_marked(body: str, marker: str | None) -> None:
    assert sourcing(body).press_release == marker


@pytest.mark.parametrize(
    ("sentence", "name", "cue"),
    [
        ("The minister resigned, according to the New York Times.", "New York Times", "according to"),
        ("The minister resigned, the Wall Street Journal reported.", "Wall Street Journal", "reported"),
        ("Der Minister trat laut Der Spiegel zurück.", "Der Spiegel", "laut"),
        ("“I am tired,” she told BBC in May.", "BBC", "told"),
        ("Le ministre est parti, selon Le Monde.", "Le Monde", "selon"),
        ("The minister resigned, according to John Smith.", None, None),
        ("She told Anna Post-Miller about it. The post was vacant.", None, None),
    ],
)
def test_media_named_as_sources(sentence: str, name: str | None, cue: str | None) -> None:
    body = f"{PLAIN}\n\n{sentence}"
    found = sourcing(body).sources
    assert [(item.name, item.cue) for item in found] == ([(name, cue)] if name else [])
    assert [body[item.start : item.end] for item in found] == ([name] if name else [])


def test_the_publisher_is_no_source_of_its_own() -> None:
    body = f"{PLAIN}\n\nHarbour News Agency learned this from a statement. The Guardian reported it."
    found = sourcing(body, publisher=Publisher("Harbour news"))
    assert [item.name for item in found.sources] == ["The Guardian"]


@pytest.mark.parametrize("text", ["A" * 200_000, "Ab " * 70_000, "told the " * 25_000, "© " * 100_000, "\ud800\0" * 9])
def test_odd_texts_are_answered(text: str) -> None:
    assert len(sourcing(text).sources) <= 20
