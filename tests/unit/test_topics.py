"""Topics: by words in several languages, by the publisher's section, none where little tells."""

from __future__ import annotations

import pytest

from worker.enrich.topics import Topics
from worker.model import Article, Enriched, Language
from worker.text.topic_words import TOPICS, sections, signs, stems

ENRICHER = Topics()
COURT = (
    "The judge said the defendant was guilty. The prosecutor had asked for prison; the trial was long. Police cheered."
)


def topics(body: str, language: str | None = "en", section: str | None = None, tags: tuple[str, ...] = ()) -> list[str]:
    article = Article(None, body, (), "text", section=section, tags=tags)
    found = ENRICHER.enrich(Enriched(article, language=Language(language, 0.9) if language else None)).topics
    assert found is not None
    assert all(0 < topic.confidence <= 0.9 for topic in found)
    return [topic.label for topic in found]


@pytest.mark.parametrize(
    ("language", "body", "label"),
    [
        ("en", COURT, "Crime, law and justice"),
        ("de", "Die Aktie fiel, die Börse auch, und die Bank senkte den Zins.", "Economy, business and finance"),
        ("fr", "Le patient est à l'hôpital, le médecin parle d'un virus et d'un vaccin.", "Health"),
        ("es", "El equipo ganó el partido y la liga; el portero fue el mejor jugador de fútbol.", "Sport"),
        ("ru", "Войска ведут обстрел, солдаты на фронте, ракеты и дроны атакуют армию.", "Conflict, war and peace"),
        ("uk", "Сильний дощ і сніг, шторм, температура падає: погода зміниться.", "Weather"),
        ("zh", "科学家研究航天技术，发射卫星。", "Science and technology"),
        ("ja", "選挙の候補は国会議員で、首相の政党から投票を求めた。", "Politics"),
        ("ko", "선수들이 경기에서 우승했다. 올림픽 축구.", "Sport"),
        ("ar", "زلزال وفيضان وحريق في المدينة.", "Disaster, accident and emergency incident"),
    ],
)  # fmt: skip
def test_topics_by_language(language: str, body: str, label: str) -> None:
    assert topics(body, language)[0] == label


def test_topic_below_follows_its_own() -> None:
    assert topics(COURT) == ["Crime, law and justice", "Judiciary"]


def test_section_and_tags_count() -> None:
    assert topics("He came and went.", section="Sport") == ["Sport"]
    assert topics("He came and went.", "xx", tags=("Fußball",)) == ["Sport", "Soccer"]
    assert topics("He came and went.", section="World News & Weather") == ["Weather"]
    assert topics(COURT, section="Politics")[0] == "Crime, law and justice", "the text is clear"


def test_nothing_told_nothing_claimed() -> None:
    assert topics("He came and went.") == []
    assert topics("The judge came.") == []
    assert topics("", None) == []


def test_tables_name_topics_only() -> None:
    assert set(sections().values()) <= set(TOPICS)
    for language in ("en", "de", "fr", "es", "it", "pt", "nl", "ru", "uk", "pl", "tr", "sv", "no", "da", "id"):
        assert {topic for names in stems(language).values() for topic in names} <= set(TOPICS)
        assert stems(language)
    for language in ("zh", "ja", "ko", "ar"):
        assert {topic for names in signs(language).values() for topic in names} <= set(TOPICS)


@pytest.mark.parametrize(
    "text", ["x" * 200_000, "A " * 90_000, '"' * 200_000, "战争" * 90_000, "\ud800" * 9, "\0" * 99]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_texts(text: str, language: str) -> None:
    assert len(topics(text, language, section=text, tags=(text,) * 300)) <= 9
