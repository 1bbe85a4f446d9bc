"""Sourcing: credits of agencies, press releases, canonical addresses elsewhere, sources named in the text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worker.enrich.sourcing import Sourcing
from worker.model import Article, Enriched, Publisher
from worker.model import Sourcing as Found

PLAIN = Article(None, "The council met on Monday and went home early.", (), "html")


def sourcing(**known: object) -> Found:
    article = replace(PLAIN, **known)  # type: ignore[arg-type]
    found = Sourcing().enrich(Enriched(article)).sourcing
    assert found is not None
    return found


def test_own_text() -> None:
    assert sourcing(authors=("Ana Lima",)) == Found("own")


@pytest.mark.parametrize(
    ("known", "kind", "name", "by"),
    [
        ({"author_organisations": ("dpa",)}, "wire", "dpa", "byline"),
        ({"author_organisations": ("AFP",), "authors": ("Ana Lima",)}, "mixed", "Agence France-Presse", "byline"),
        ({"body": "KYIV, April 13 (Reuters) - The council met."}, "wire", "Reuters", "dateline"),
        ({"body": "KYIV (AP) – It met.", "authors": ("Ana Lima",)}, "wire", "Associated Press", "dateline"),
        ({"body": "新华社北京4月24日电 国务院今天开会。"}, "wire", "Xinhua", "dateline"),
        ({"body": "Der Rat tagte.\n\n(Quelle: APA/dpa)"}, "wire", "APA", "credit_line"),
        ({"body": "It met.\n\n© 2024 The Associated Press. All rights."}, "wire", "Associated Press", "copyright"),
        ({"body": "It met.\n\nSource: Reuters, with many others who were there."}, "wire", "Reuters", "credit_line"),
    ],
)  # fmt: skip
def test_agencies(known: dict[str, object], kind: str, name: str, by: str) -> None:
    found = sourcing(**known)
    assert found.kind == kind
    assert (found.agencies[0].name, found.agencies[0].by) == (name, by)
    assert found.syndicated_from == (name if kind == "wire" else None)


def test_an_agency_s_own_page_is_its_own() -> None:
    found = sourcing(publisher=Publisher("Reuters", "reuters.com", "agency"), author_organisations=("Reuters",))
    assert (found.kind, found.syndicated_from) == ("own", None)


@pytest.mark.parametrize(
    ("url", "canonical", "site"),
    [
        ("https://a.example.com/x", "https://www.example.com/y", None),
        ("https://paper.org/x", "https://other.org/x", "other.org"),
        ("https://paper.org/x", "https://paper.co.uk/x", None),
        ("https://paper-org.cdn.ampproject.org/x", "https://paper.org/x", None),
        ("https://paper.org/x", "https://localhost/x", None),
        (None, "https://paper.org/x", None),
    ],
)
def test_canonical_address_elsewhere(url: str | None, canonical: str, site: str | None) -> None:
    found = sourcing(url=url, canonical_url=canonical)
    assert (found.kind, found.syndicated_from) == (("republished", site) if site else ("own", None))


@pytest.mark.parametrize(
    ("body", "service", "marker"),
    [
        ("OSLO, May 2, 2024 /PRNewswire/ -- Acme Corp. announced a new lock gate.", "PR Newswire", "prnewswire"),
        ("Berlin (ots) - Die Firma liefert Tore.", "news aktuell", "(ots)"),
        ("FOR IMMEDIATE RELEASE\n\nAcme announced a new lock gate.", None, "for immediate release"),
        ("Acme. Press release of May 2.\n\nIt has gates.\n\nMedia contact: Bo Ek, 555", None, "press release"),
    ],
)
def test_press_releases(body: str, service: str | None, marker: str) -> None:
    found = sourcing(body=body)
    assert (found.kind, found.syndicated_from, found.press_release) == ("press_release", service, marker)


@pytest.mark.parametrize(
    "body",
    ["The council sent a press release and went home.", "Robots: new ones. Pilots: none.", "Media contact: Bo Ek"],
)
def test_what_is_no_press_release(body: str) -> None:
    assert sourcing(body=body).kind == "own"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("It will close, according to the Wall Street Journal.", [("Wall Street Journal", "according to")]),
        ("The Northport Herald earlier reported that it will close.", [("Northport Herald", "reported")]),
        ("Laut Washington Post wird es schließen, wie die BBC meldet.", [("Washington Post", "Laut"), ("BBC", "wie")]),
        ("Об этом сообщает Интерфакс.", [("Интерфакс", "сообщает")]),
        ("It had this from a statement of the Department of State.", [("Department of State", "statement of the")]),
        ("The Post is a small paper. He read the Times.", []),
        ("BBCs and Postal workers reported nothing.", []),
    ],
)  # fmt: skip
def test_sources_named_in_the_text(body: str, names: list[tuple[str, str]]) -> None:
    found = sourcing(body=body).sources
    assert [(one.name, one.cue) for one in found] == names
    assert all(body[one.start : one.end] == one.name for one in found)


def test_the_publisher_is_no_source_of_its_own() -> None:
    body = "As Ukrainian News Agency earlier reported, they met. Reuters reported it, too."
    found = sourcing(body=body, publisher=Publisher("Ukrainian news"))
    assert [one.name for one in found.sources] == ["Reuters"]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "statement of A " * 20_000,
        "A " * 90_000,
        "A of " * 50_000,
        "Times " * 40_000,
        "©" * 200_000,
        "source:" * 9_000,
        "\0",
        "\ud800",
    ],
)
def test_hostile_texts(text: str) -> None:
    assert len(sourcing(body=text).sources) <= 10
