"""Tags: what is one thing, what is not, and what the text never mentions."""

from __future__ import annotations

import pytest

from worker.enrich.tags import Tags
from worker.model import Article, Enriched, Language

TEXT = (
    "The International Energy Agency (IEA) in Paris said on Monday that Ana Lima, the U.S. Secretary of State, had "
    "come. Lima spoke of aggressive sellers on the border, and of oil."
)


def tags(*given: str, text: str = TEXT) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = Tags().enrich(Enriched(Article(None, text, (), "text", tags=given, tags_normalised=given)))
    return found.tags_normalised or (), found.tags_unmentioned or ()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("USA", "oil", "United States", "U.S."), ("United States", "oil")),
        (("IEA", "International Energy Agency"), ("International Energy Agency",)),
        (("Secretary of State", "US Secretary of State"), ("US Secretary of State",)),
        (("Lima", "Ana Lima"), ("Ana Lima",)),
        (("border", "Borders", "#border"), ("border",)),
        (("build-up", "build up"), ("build-up",)),
        (("State", "Secretary of State"), ("State", "Secretary of State")),
        (("oil", "palm oil"), ("oil", "palm oil")),
        (("Peru", "Lima Peru"), ("Peru", "Lima Peru")),
        (("ICA", "International Cocoa Agreement"), ("ICA", "International Cocoa Agreement")),
        (("石油", "国境"), ("石油", "国境")),
    ],
)
def test_two_names_of_one_thing(given: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert tags(*given)[0] == kept


def test_german_nouns_are_no_surnames() -> None:
    given = ("Kirche", "Evangelische Kirche")
    article = Article(None, "Die Evangelische Kirche tagt.", (), "text", tags_normalised=given)
    found = Tags().enrich(Enriched(article, language=Language("de", 0.9)))
    assert found.tags_normalised == given


def test_what_the_text_never_mentions() -> None:
    given = ("USA", "aggression", "Donbas", "Ana Lima", "gas", "State of Peru", "Energy")
    assert tags(*given)[1] == ("Donbas", "gas", "State of Peru")
    assert tags("石油", "国境", text="石油の値段が上がった。")[1] == ("国境",)
    assert tags() == ((), ())


@pytest.mark.parametrize("text", ["x" * 200_000, "A " * 90_000, '"' * 200_000, "-" * 200_000, "\ud800" * 9, "\0" * 99])
def test_hostile_texts(text: str) -> None:
    assert len(tags(text, text[:90], "A", *map(str, range(300)), text=text)[0]) <= 303
