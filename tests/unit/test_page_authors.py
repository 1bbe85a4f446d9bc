"""Who wrote a page: witnesses in the markup, then lines around the article; persons apart from organisations."""

from __future__ import annotations

import pytest

from worker.extract.bylines import is_organisation, read_bylines
from worker.extract.draft import Draft
from worker.extract.page import read_page

_PROSE = "".join(
    f"<p>The {n} ferries of the harbour were counted again, and the council said that it would wait for the report "
    "of the engineers before it decides on the new quay and on what the growth of light traffic costs the town.</p>"
    for n in ("four", "nine", "twelve")
)


def page(head: str = "", shown: str = "", end: str = "") -> Draft:
    text = (
        f"<html><head><title>Ferries are counted again</title>{head}</head><body><article>"
        f"<h1>Ferries are counted again</h1>{shown}{_PROSE}{end}</article><p>Imprint and contact</p></body></html>"
    )
    return read_page(text, "https://www.adaruiz.example/ferries")


def told(draft: Draft) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return draft.values.get("authors", ()), draft.values.get("author_organisations", ())


def json_ld(author: str, publisher: str = "") -> str:
    return (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferries are counted again", '
        f'"author": {author}, "publisher": {{"@type": "Organization", "name": "{publisher}"}}}}</script>'
    )


@pytest.mark.parametrize(
    ("line", "persons", "organisations"),
    [
        ("By Ada Ruiz and Ole Berg, AP", ["Ada Ruiz", "Ole Berg"], ["AP"]),
        ("harbour-voice.example, Northport, Germany", [], []),
        ("Harbour News, Northport", [], ["Harbour News"]),
        ("Written by Ada Ruiz, CEPF® | Edited by Marie White, CEPF®", ["Ada Ruiz"], []),
        ("Ada Ruiz, Shipping Expert • Advertiser Disclosure", ["Ada Ruiz"], []),
        ("Medically reviewed by Marie White", [], []),
        ("박준석 기자 외 1명", ["박준석"], []),
        ("andrew.keaveney", [], []),
        ("Redaktion Hafenbote", [], ["Redaktion Hafenbote"]),
        ("The Harbour Rankings Team", [], ["The Harbour Rankings Team"]),
    ],
)
def test_a_byline_is_read_as_persons_and_organisations(line: str, persons: list[str], organisations: list[str]) -> None:
    names = read_bylines([line])
    assert (list(names.persons), list(names.organisations)) == (persons, organisations)


@pytest.mark.parametrize("name", ["AFP", "Pressestelle der Polizei", "Harbour Museum", "MM-Redaktion", "Berg GmbH"])
def test_names_of_organisations(name: str) -> None:
    assert is_organisation(name)


@pytest.mark.parametrize("name", ["Ada Ruiz", "Jean-Luc Aufranc", "Çelik Nimani", "Max O'Brien", "岳弘彬"])
def test_names_of_persons(name: str) -> None:
    assert not is_organisation(name)


def test_a_person_may_publish_under_their_own_name() -> None:
    assert told(page(json_ld('"Ada Ruiz"', "Ada Ruiz"))) == (("Ada Ruiz",), ())


def test_a_site_whose_name_is_made_of_words_is_no_person() -> None:
    assert told(page(json_ld('{"@type": "Person", "name": "Light Growth"}', "Light Growth"))) == ((), ("Light Growth",))


def test_given_and_family_names_are_put_together() -> None:
    author = '[{"@type": "Person", "givenName": "Ada", "familyName": "Ruiz"}]'
    assert told(page(json_ld(author)))[0] == ("Ada Ruiz",)


def test_a_twitter_card_names_the_author() -> None:
    head = '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ole Berg">'
    assert told(page(head))[0] == ("Ole Berg",)
    assert told(page(head.replace("Written by", "Price")))[0] == ()


@pytest.mark.parametrize(
    "shown",
    [
        "<div>By Ole Berg December 2, 2025</div>",
        "<div>Von: Ole Berg</div>",
        "<div>Ole Berg | 05.04.2025</div>",
        "<div>Ole Berg</div><div>7 min read</div>",
        "<div>April 5, 2025</div><div>Ole Berg</div>",
    ],
)
def test_a_line_under_the_headline_names_the_author(shown: str) -> None:
    assert told(page("", shown))[0] == ("Ole Berg",)


@pytest.mark.parametrize(
    "shown",
    [
        "<div>Harbour Life</div>",  # nothing beside it says that it is a byline
        "<div>Light Traffic</div><div>April 5, 2025</div>",  # words of the text
        "<div>Share Article</div><div>April 5, 2025</div>",
        "<div>April 5, 2025</div>",
    ],
)
def test_other_lines_are_no_names(shown: str) -> None:
    assert told(page("", shown))[0] == ()


def test_a_bold_name_that_closes_the_text_is_the_author_and_no_paragraph() -> None:
    draft = page(end='<p style="text-align:right"><strong>Lê Minh Châu</strong></p>')
    assert told(draft)[0] == ("Lê Minh Châu",)
    assert draft.provenance["authors"].origin == "text:last"
    assert "Lê Minh Châu" not in [text for text, _ in draft.blocks]


def test_authors_of_other_articles_are_not_added() -> None:
    shown = '<span class="author">Ole Berg</span>' + "".join(
        f'<div class="date">{day} May 2024</div>' * 6 + f'<span class="author">{name}</span>'
        for day, name in ((1, "Kim Lund"), (2, "Eva Holm"))
    )
    assert told(page("", shown))[0] == ("Ole Berg",)


def test_link_to_an_authors_page_names_the_author() -> None:
    line = '<p class="x7">Seen by <a href="/authors/ada-ruiz">Ada Ruiz</a> <a href="/tag/ole-berg">Ole Berg</a></p>'
    draft = page(shown=line)
    assert draft.values["authors"] == ("Ada Ruiz",)
    assert draft.provenance["authors"].origin == "html:author page"
    assert "authors" not in page(shown='<p><a href="/authors/">Our Authors</a></p>').values


def test_lead_in_a_line_of_its_own_goes_with_the_next_line() -> None:
    assert page(shown="<h2>Article by</h2><div>Ada Ruiz</div>").values["authors"] == ("Ada Ruiz",)
    assert "authors" not in page(shown="<h2>Article by</h2><div>Share this story with all of your friends</div>").values


def test_team_behind_a_name_is_no_part_of_it() -> None:
    found = read_bylines(["Ada Ruiz - Harbour Editorial Team"])
    assert (found.persons, found.organisations) == (("Ada Ruiz",), ("Harbour Editorial Team",))
