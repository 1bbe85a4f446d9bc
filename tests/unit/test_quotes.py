"""Quotes: marks of every style, what is no quote, who speaks; texts of our own."""

from __future__ import annotations

import pytest

from worker.enrich.places import Places
from worker.enrich.quotes import Quotes
from worker.model import Article, Enriched, Language, Quote

QUOTES = Quotes()


def article(body: str, language: str = "en") -> Enriched:
    return Enriched(Article(headline=None, body=body, paragraphs=(), format="test"), language=Language(language, 1.0))


def quotes(body: str, language: str = "en") -> tuple[Quote, ...]:
    found = QUOTES.enrich(article(body, language)).quotes
    assert found is not None
    for quote in found:
        assert body[quote.start : quote.end] == quote.text
        if quote.speaker_at:
            assert body[slice(*quote.speaker_at)]
    return found


def direct(body: str, language: str = "en") -> list[tuple[str, str | None]]:
    return [(quote.text, quote.speaker) for quote in quotes(body, language) if quote.kind == "direct"]


def indirect(body: str) -> list[tuple[str, str | None]]:
    return [(quote.text, quote.speaker) for quote in quotes(body) if quote.kind == "indirect"]


@pytest.mark.parametrize(
    "marks",
    ["“”", '""', "‘’", "''", "«»", "„“", "””", "»«"],
)
def test_every_style_of_marks(marks: str) -> None:
    body = f"The harbour was full. {marks[0]}We are leaving at noon,{marks[1]} said Anna Berg on the quay."
    assert direct(body) == [("We are leaving at noon,", "Anna Berg")]


@pytest.mark.parametrize(
    ("body", "language", "text", "speaker"),
    [
        ("会议结束后，李明表示：“我们将继续努力工作。”", "zh", "我们将继续努力工作。", "李明"),
        ("「明日も船は動きません」と山田さんは話した。", "ja", "明日も船は動きません", "と山田さん"),
        (
            "« Nous fermons le pont demain », a déclaré Luc Morel.",
            "fr",
            "Nous fermons le pont demain",
            "Luc Morel",
        ),
        ("«Cerramos el puente mañana», dijo Ana Ruiz.", "es", "Cerramos el puente mañana", "Ana Ruiz"),
        ("„Wir schließen die Brücke morgen“, sagte Eva Lang.", "de", "Wir schließen die Brücke morgen", "Eva Lang"),
        ("«Мы закроем мост завтра», — сказала Анна Белова.", "ru", "Мы закроем мост завтра", "Анна Белова"),
        ("“Vamos fechar a ponte amanhã”, disse Rui Costa.", "pt", "Vamos fechar a ponte amanhã", "Rui Costa"),
        ('قال أحمد سالم: "سوف نغلق الجسر غدا صباحا".', "ar", "سوف نغلق الجسر غدا صباحا", "أحمد سالم"),
    ],
)
def test_languages(body: str, language: str, text: str, speaker: str) -> None:
    ((found, by),) = direct(body, language)
    assert found.strip() == text
    assert by == speaker


@pytest.mark.parametrize(
    "body",
    [
        "The so-called “green bridge” was never painted, and nobody minds.",
        "She starred in “The Last Train Home,” which ran for a year in the capital.",
        "The pier is 5' wide and the boys' hut 12' long, as the plan of '98 has it.",
        'He bought a 27" screen and a 15" one for the harbour office of the town.',
    ],
)
def test_scare_quotes_titles_and_apostrophes_are_no_quotes(body: str) -> None:
    assert direct(body) == []


@pytest.mark.parametrize(
    ("body", "speaker"),
    [
        ("“It will not be built here,” said Rep. Carla Mint (D-N.Y.), the head of the panel.", "Carla Mint"),
        ("Carla Mint, who has led the panel for a year, said, “It will not be built here.”", "Carla Mint"),
        (
            "Mayor Carla Mint spoke on Monday. Asked about the bridge, Mint replied: “It will not be built here.”",
            "Carla Mint",
        ),
        ("Carla Mint left early. “It will not be built here,” she said.", "Carla Mint"),
        ("According to Carla Mint, the bridge “will not be built here” for a year.", "Carla Mint"),
        ("Carla Mint called the plan “a bridge for nobody at all” on Monday.", "Carla Mint"),
        ("“It will not be built here,” a spokesman for the port said.", "spokesman for the port"),
        ("“It will not be built here.” — Carla Mint", "Carla Mint"),
        ("Carla Mint continued:\n\n“It will not be built here.”", "Carla Mint"),
        (
            "It was in a statement of the Ministry of Ports.\n\n“It will not be built,” the statement reads.",
            "Ministry of Ports",
        ),
        ("President Carla Mint arrived. “It will not be built here,” the president said.", "Carla Mint"),
    ],
)
def test_speakers(body: str, speaker: str) -> None:
    assert direct(body)[-1][1] == speaker


def test_speaker_of_a_quotation_that_goes_on() -> None:
    body = "“It is too long,” Carla Mint said. “It is too high as well.”\n\n“And it costs too much for us.”"
    assert [speaker for _, speaker in direct(body)] == ["Carla Mint"] * 3


def test_a_quotation_after_reported_speech_is_of_the_same_speaker() -> None:
    body = "Carla Mint said that the pier is too long. It was built in May.\n\n“It will not be mended here.”"
    assert direct(body) == [("It will not be mended here.", "Carla Mint")]


def test_quotation_of_several_paragraphs_opens_anew_in_each() -> None:
    body = "“First we build the long pier,” said Carla Mint. “Then comes the bridge.\n\n“After that we shall see.”"
    assert [text for text, _ in direct(body)] == [
        "First we build the long pier,",
        "Then comes the bridge.",
        "After that we shall see.",
    ]


def test_nested_quotation_is_part_of_the_outer_one() -> None:
    body = "“He told me ‘never come back to this town’ and left,” said Carla Mint."
    assert direct(body) == [("He told me ‘never come back to this town’ and left,", "Carla Mint")]


@pytest.mark.parametrize(
    ("body", "text", "speaker"),
    [
        ("Carla Mint said that the bridge would be closed.", "the bridge would be closed", "Carla Mint"),
        ("The bridge would stay closed, Carla Mint said on Monday.", "The bridge would stay closed", "Carla Mint"),
        ("According to Carla Mint, the bridge would be closed.", "the bridge would be closed", "Carla Mint"),
        ("The bridge would be closed, according to Carla Mint.", "The bridge would be closed", "Carla Mint"),
        ("As Port News earlier reported, the bridge was closed twice.", "the bridge was closed twice", "Port News"),
    ],
)
def test_reported_speech(body: str, text: str, speaker: str) -> None:
    assert indirect(body) == [(text, speaker)]


@pytest.mark.parametrize(
    "body",
    [
        "Carla Mint called Jo Park, and the two agreed.",  # by telephone
        "The pier is said to be the oldest on this long coast.",
        "Carla Mint would not say whether the bridge would be closed.",
    ],
)
def test_what_is_no_reported_speech(body: str) -> None:
    assert indirect(body) == []


HOSTILE = {
    "one word": "a" * 200_000,
    "straight marks": '"' * 200_000,
    "curly marks": "“" * 100_000 + "”" * 100_000,
    "apostrophes": "'" * 200_000,
    "marks and letters": '"a b c d" ' * 20_000,
    "capitals": "A" * 200_000,
    "capital words": "Ab " * 66_000,
    "initials": "A." * 100_000,
    "hyphens": "A-" * 100_000,
    "digits": "1" * 200_000,
    "surrogates": "\ud800“\udfff” " * 20_000,
    "nul": "\x00" * 200_000,
    "said": "said " * 40_000,
    "turns": "“We are not going there,” he said.\n\n" * 5_000,
    "turns in a line": "“We are not going there,” he said. Ann Lee left. " * 4_000,
    "parentheses": "(" * 100_000 + "said X",
    "private use": "\ue000 said “we are \ue000 not there,” he said \ue000. " * 3_000,
    "statement of": "statement of Aa " * 12_000,
    "nothing": "",
    "places": "Paris, France, " * 13_000,
}


@pytest.mark.timeout(20)  # each takes well under a second or two; a quadratic one takes minutes
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends_soon(name: str) -> None:
    for language in ("en", "zh", "ar"):
        quotes(HOSTILE[name], language)
    assert Places().enrich(article(HOSTILE[name])).places is not None
