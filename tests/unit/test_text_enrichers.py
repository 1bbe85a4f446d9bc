"""Key phrases, summary and tags."""

from __future__ import annotations

import pytest

from worker.enrich import keyphrases, summary, tags
from worker.model import Article, Enriched, Language, Paragraph

BODY = (
    "The harbour council of Port Ellen voted for a new ferry terminal on Monday.\n\n"
    "Mayor Ann Lee said the ferry terminal would cost 40 million pounds. It was a fine day.\n\n"
    "The old quay, which Ann Lee called unsafe, closes in spring, and the ferry terminal opens a year later.\n\n"
    "Ferries to Port Ellen will use a provisional pier until then."
)
ODD = [
    "A" * 200_000,
    "Ab " * 70_000,
    "ab " * 70_000,
    "\u201c" * 200_000,
    "1 " * 100_000,
    "\ud800\0 " * 9,
    "",
    "。" * 9000,
]


def enriched(body: str = BODY, code: str = "en", **fields: object) -> Enriched:
    paragraphs: list[Paragraph] = []
    at = 0
    for part in body.split("\n\n"):
        paragraphs.append(Paragraph(at, at + len(part)))
        at += len(part) + 2
    made = {"headline": "Port Votes For New Ferry Terminal", "format": "text", **fields}
    article = Article(body=body, paragraphs=tuple(paragraphs), **made)  # type: ignore[arg-type]
    return Enriched(article, language=Language(code, 1.0))


def phrases(body: str = BODY, code: str = "en") -> tuple[str, ...]:
    return keyphrases.component().enrich(enriched(body, code)).keyphrases or ()


def test_phrases_are_what_the_text_comes_back_to() -> None:
    found = phrases()
    assert {"ferry terminal", "Ann Lee", "Port Ellen"} <= set(found)
    assert not {"ferry", "terminal", "Ann", "Ellen"} & set(found), "a phrase is not told again by its words"
    assert len(found) <= 10
    assert not {"the", "which", "said"} & {word.casefold() for phrase in found for word in phrase.split()}


def test_capitalised_words_that_of_joins_are_one() -> None:
    body = "The Bank of England raised rates. Markets had expected the Bank of England to wait, and it was of use."
    found = phrases(body)
    assert "Bank of England" in found
    assert not {"Bank", "England"} & set(found)
    assert phrases("He met the State of Bank of Peace of Mind of X. of of Of" * 40)


def test_phrases_keep_to_the_languages_words() -> None:
    found = phrases("Der Hafenrat stimmte für das Terminal. Das Terminal wird teuer, sagte der Hafenrat.", "de")
    assert set(found[:2]) == {"Hafenrat", "Terminal"}
    assert "der" not in {phrase.casefold() for phrase in found}


def test_scripts_without_spaces_have_no_phrases() -> None:
    assert phrases("港湾労働者は水曜日の夕方に仕事に戻り、九日間のストライキを終えた。" * 3, "ja") == ()


def test_a_summary_begins_with_the_lead_and_keeps_whole_sentences() -> None:
    article = enriched()
    found = keyphrases.component().enrich(article).keyphrases
    text = summary.component().enrich(Enriched(article.article, keyphrases=found)).summary
    assert text is not None
    assert text.startswith("The harbour council of Port Ellen voted")
    assert "ferry terminal would cost" in text
    assert "fine day" not in text
    assert len(text) <= 600
    assert all(part.strip(". ") in BODY for part in text.split(". "))


@pytest.mark.parametrize("body", ODD)
def test_odd_texts_are_answered(body: str) -> None:
    article = enriched(body, tags=("x", "y" * 5000, ""), tags_normalised=("x", "y" * 5000, ""))
    assert len(keyphrases.component().enrich(article).keyphrases or ()) <= 10
    assert len(summary.component().enrich(article).summary or "") <= 600
    assert len(tags.component().enrich(article).tags_normalised or ()) <= 3


@pytest.mark.parametrize(
    ("given", "merged"),
    [
        (("USA", "United States", "us"), ("USA",)),
        (("Election", "elections"), ("Election",)),
        (("Secretary of State", "US Secretary of State"), ("US Secretary of State",)),
        (("Port Ellen", "port ellen"), ("Port Ellen",)),
        (("bus", "press", "US", "UK"), ("bus", "press", "US", "UK")),
        (("Russian Federation", "Russia"), ("Russian Federation",)),
        (("!!!", "???"), ("!!!", "???")),
    ],
)
def test_tags_that_mean_the_same_are_one(given: tuple[str, ...], merged: tuple[str, ...]) -> None:
    assert tags.component().enrich(enriched(tags=given, tags_normalised=given)).tags_normalised == merged


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("Port Ellen", False),
        ("ferries", False),
        ("Donbas", True),
        ("council tax", True),
        ("U.S. mayors", True),
        ("pie", True),
    ],
)
def test_a_tag_that_the_text_does_not_mention_is_marked(tag: str, told: bool) -> None:
    issues = tags.component().enrich(enriched(tags=(tag,), tags_normalised=(tag,))).issues
    assert [issue.detail for issue in issues if issue.code == "tag_not_in_text"] == ([tag] if told else [])


def test_a_name_is_mentioned_under_another() -> None:
    body = "The U.S. Secretary of State came. The港湾 is open."
    found = tags.component().enrich(
        enriched(body, tags=("USA", "x"), tags_normalised=("USA", "US Secretary of State", "港湾"))
    )
    assert found.issues == ()
