"""The summary: whole sentences, word for word, the lead first."""

from __future__ import annotations

import pytest

from worker.enrich.summary import Summary
from worker.model import Article, Enriched, ParagraphKind
from worker.text.whitespace import assemble

LEAD = "The council of Harl decided on Monday to replace the old lock gates before the winter."
DULL = "There was coffee and cake for everybody who had come by bicycle that day."
TELLING = "The lock gates cost two million euros, which the council will borrow from a bank."
SAID = "“The lock gates cost too much, and the council will borrow too much,” said Ana Lima."
LEANING = "They cost more than lock gates did anywhere else, as the council knew well enough."
PHRASES = ("lock gates", "council", "euros", "bank")


def summary(*blocks: str, phrases: tuple[str, ...] | None = PHRASES, kind: ParagraphKind = "text") -> str | None:
    body, paragraphs = assemble((block, kind) for block in blocks)
    return Summary().enrich(Enriched(Article(None, body, paragraphs, "text"), keyphrases=phrases)).summary


def test_lead_and_the_sentences_that_add_most() -> None:
    assert summary(LEAD, f"{DULL} {SAID} {LEANING}", TELLING) == f"{LEAD} {TELLING}"


def test_sentences_keep_the_order_of_the_text() -> None:
    bank = "A bank from the next town had offered the money a year ago, it was said then."
    assert summary(LEAD, DULL, bank, "The euros will be paid back by those who pass the lock, until 2040.") == (
        f"{LEAD} {bank} The euros will be paid back by those who pass the lock, until 2040."
    )


def test_without_keyphrases_the_lead_alone() -> None:
    assert summary(LEAD, TELLING, phrases=None) == LEAD


@pytest.mark.parametrize("body", ["", "Too short.", "The following was decided by all those who had come:"])
def test_no_whole_sentence_no_summary(body: str) -> None:
    assert summary(body) is None


def test_headings_and_lists_are_no_text() -> None:
    assert summary(LEAD, kind="list") is None


def test_it_is_never_long() -> None:
    found = summary(
        *[
            f"{LEAD[:-1]} and number {number} of the {phrase} " + "x" * 150 + "."
            for number, phrase in enumerate(PHRASES)
        ]
    )
    assert found is not None
    assert len(found) <= 600


def test_chinese() -> None:
    assert summary("国务院总理今天在北京会见了来访的代表团全体成员。双方谈到了铁路。", phrases=()) == (
        "国务院总理今天在北京会见了来访的代表团全体成员。"
    )


@pytest.mark.parametrize("text", ["x" * 200_000, "A. " * 60_000, '"' * 200_000, "\ud800" * 99, "1" * 200_000])
def test_hostile_texts(text: str) -> None:
    found = summary(text, phrases=("x", "1"))
    assert found is None or len(found) <= 600
