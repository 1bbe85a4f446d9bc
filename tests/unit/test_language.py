"""The language enricher: short texts, damaged texts, Indonesian and Malay, bodies in two languages."""

from __future__ import annotations

import pytest

from worker.enrich.language import Language
from worker.model import Article, Enriched
from worker.ports import Annotation
from worker.text.whitespace import assemble

ENRICHER = Language()
ENGLISH = (
    "The harbour authority said on Monday that the old lock gates would be replaced before the winter, since two "
    "of them had been leaking for years and nobody wanted to pay for another repair of the hinges."
)
GERMAN = (
    "Die Hafenbehörde teilte am Montag mit, dass die alten Schleusentore noch vor dem Winter ersetzt werden sollen, "
    "weil zwei von ihnen seit Jahren undicht sind und niemand eine weitere Reparatur der Angeln bezahlen möchte."
)


def language_of(body: str, headline: str | None = None, declared: str | None = None) -> Annotation:
    text, paragraphs = assemble((part, "text") for part in body.split("\n\n"))
    return ENRICHER.enrich(Enriched(Article(headline, text, paragraphs, "text", language_declared=declared)))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("東京で首相が会見した。", "ja"),
        ("总理今天在北京会见了代表团。", "zh"),
        ("총리는 오늘 서울에서 만났다.", "ko"),
        ("प्रधानमंत्री ने आज कहा है", "hi"),
        ("Прем'єр-міністр сьогодні заявив, що її уряд", "uk"),
        ("Pemerintah mengatakan bahwa harga beras naik karena banjir di beberapa kabupaten.", "id"),
        ("Polis berkata bahawa harga beras naik kerana banjir di beberapa daerah pada Jumaat.", "ms"),
        (ENGLISH, "en"),
        (GERMAN, "de"),
    ],
)
def test_language(text: str, code: str) -> None:
    found = language_of(text)
    assert found.language is not None
    assert found.language.code == code
    assert not found.languages


def test_too_little_text_is_uncertain_and_falls_back_on_what_is_declared() -> None:
    found = language_of("12:30 – 4", declared="fr-CA")
    assert found.language is not None
    assert found.language.code == "fr"
    assert found.language.confidence <= 0.5
    assert [issue.code for issue in found.issues] == ["language_uncertain"]
    assert language_of("").language is None


def test_headline_counts_with_the_body() -> None:
    found = language_of("OK.", headline="Die alten Schleusentore sollen noch vor dem Winter ersetzt werden")
    assert found.language is not None
    assert found.language.code == "de"


def test_lone_surrogates_do_no_harm() -> None:
    found = language_of(f"\ud800 {ENGLISH} \udfff")
    assert found.language is not None
    assert found.language.code == "en"


def test_mixed_body_names_both_languages_and_their_paragraphs() -> None:
    body = f"{ENGLISH}\n\n{GERMAN}\n\n{ENGLISH} Again."
    found = language_of(body)
    assert found.languages is not None
    assert [part.code for part in found.languages] == ["en", "de"]
    english, german = found.languages
    assert 0.5 < english.share < 0.8
    assert abs(english.share + german.share - 1) < 0.01
    assert [body[start:end] for start, end in german.spans] == [GERMAN]
    assert [body[start:end] for start, end in english.spans] == [ENGLISH, f"{ENGLISH} Again."]


def test_a_foreign_sentence_makes_no_mixture() -> None:
    assert not language_of(f"{ENGLISH}\n\n{ENGLISH}\n\n„Wir haben es immer gewusst“, sagte er.\n\n{ENGLISH}").languages


@pytest.mark.parametrize("text", ["x" * 200_000, "A" * 200_000, "1" * 200_000, '"' * 200_000, "\ud800" * 9, "\0" * 99])
def test_hostile_texts(text: str) -> None:
    language_of(text)
