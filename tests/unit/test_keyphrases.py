"""Keyphrases: names and phrases stay whole, in several languages."""

from __future__ import annotations

import pytest

from worker.enrich.keyphrases import Keyphrases
from worker.model import Article, Enriched, Language

ENRICHER = Keyphrases()


def phrases(body: str, language: str | None = "en", headline: str | None = None) -> tuple[str, ...]:
    known = Language(language, 0.9) if language else None
    found = ENRICHER.enrich(Enriched(Article(headline, body, (), "text"), language=known)).keyphrases
    assert found is not None
    return found


def test_names_and_phrases_are_not_split() -> None:
    found = phrases(
        "The Bank of England said on Monday that the interest rate would stay. Economists had thought the interest "
        "rate would rise. The Bank of England's governor, Ana Lima, said the interest rate was high enough. Lima left.",
        headline="Bank Of England Keeps Interest Rate",
    )
    assert found[0] == "Bank of England"
    assert "interest rate" in found
    assert not {"Bank", "England", "interest", "rate", "Monday", "said"} & set(found)


def test_phrases_do_not_overlap() -> None:
    found = phrases(
        "Secretary of State Antony Blinken left. Secretary of State Antony Blinken of the U.S. came back. "
        "The Secretary of State was glad, said the Secretary of State."
    )
    assert found[:3] == ("Secretary of State", "Antony Blinken", "U.S.")


def test_words_that_go_their_own_ways_are_no_phrase() -> None:
    found = phrases("The red bridge fell. The red house stood. A red boat sank. The bridge, a bridge of old, was red.")
    assert found[:2] == ("red", "bridge")


def test_singular_and_plural_are_one() -> None:
    assert phrases("Bridges fell. Bridges rose. A bridge stood.") == ("Bridges", "fell", "rose", "stood")


@pytest.mark.parametrize(
    ("language", "body", "first"),
    [
        ("de", "Die Schleuse war alt. Die Schleuse wurde ersetzt. Der Hafen blieb.", "Schleuse"),
        ("fr", "L'écluse était vieille. On a remplacé l'écluse du port.", "écluse"),
        ("ru", "Порт закрыт. Рабочие порта бастуют, порт стоит.", "Порт"),
        ("zh", "航天技术很好。航天技术进步。", "航天技术"),
        ("ja", "気象庁は発表した。気象庁によると津波はない。", "気象庁"),
        ("ko", "민주당은 투표했다. 민주당의 투표가 끝났다.", "민주당"),
        ("hi", "पुलिस ने चोर को पकड़ा। पुलिस ने बताया।", "पुलिस"),
        (None, "Mlinzi alisema bandari imefungwa. Bandari itafunguliwa.", "bandari"),
    ],
)
def test_languages(language: str | None, body: str, first: str) -> None:
    assert phrases(body, language)[0].casefold() == first.casefold()


def test_at_most_ten_and_none_of_nothing() -> None:
    assert phrases("") == ()
    assert phrases("It was as it is.") == ()
    assert len(phrases(" ".join(f"wort{chr(97 + n)}" for n in range(20)))) == 10


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        "A " * 90_000,
        '"' * 200_000,
        "1 " * 90_000,
        "\ud800" * 9,
        "\0" * 99,
        "国家" * 90_000,
        "Aa Bb " * 40_000,
    ],
)
@pytest.mark.parametrize("language", ["en", "zh", "ja", "ko", None])
def test_hostile_texts(text: str, language: str | None) -> None:
    assert len(phrases(text, language, headline=text)) <= 10
