"""The gate of the enrichers: what it counts, and how it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.quality import enrichment
from benchmarks.quality.enrichment import Figure, dates, keyphrases, language, plain, redated, topics
from benchmarks.quality.pages import DATA, present
from worker.model import Article, Enriched
from worker.model import Language as LanguageModel

NEWS = Article(
    None, "On Friday, April 26, they met.", (), "html", published_at="2024-04-28T10:00:00Z", modified_at="2024-04-29"
)  # fmt: skip


def test_language_counts_right_ones_and_sure_ones() -> None:
    rows = [
        {"lang": "nb", "text": "Regjeringen sier at den nye broen over fjorden skal bygges til neste år."},
        {"lang": "fr", "text": "This sentence is plainly written in the English language."},
    ]
    right, sure = language(rows)
    assert (right.value, right.count) == (0.5, 2)
    assert (sure.value, sure.count) == (0.5, 2)


def test_keyphrases_are_compared_whole_without_case_and_punctuation() -> None:
    rows = [{"text": "Lock gates\nLock gates leak. Lock gates fell.", "keys": ["lock GATES!"]}]
    assert next(keyphrases(rows)).value == pytest.approx(0.1)
    assert next(keyphrases([{**rows[0], "keys": ["lock"]}])).value == 0
    assert plain("X-Men's  Day") == "xmens day"


def test_topics_are_compared_with_the_category_in_two_parts() -> None:
    body = "The hospital said that doctors treat patients with the disease, and nurses gave out the vaccine. {}"
    rows = [{"id": f"{kind}-{n}", "text": f"News\n{body.format(n)}"} for n in range(20) for kind in ("health", "crime")]
    found = list(topics(rows))
    assert [figure.value for figure in found] == [0.5] * 4
    assert sum(figure.count for figure in found[1::2]) == 40


def test_dates_are_moved_and_conflicts_counted() -> None:
    item = Enriched(NEWS, language=LanguageModel("en", 1.0))
    moved = redated(item, 365).article
    assert (moved.published_at, moved.modified_at) == ("2025-04-28T10:00:00Z", "2025-04-29")
    false, *found = dates([item])
    assert (false.value, false.most, false.reached) == (0.0, True, True)
    assert [figure.value for figure in found] == [0.0, 1.0]


def test_figures_and_goals() -> None:
    assert Figure("x", 0.5, 1, 0.5).reached
    assert not Figure("x", 0.49, 1, 0.5).reached
    assert not Figure("x", 0.51, 1, 0.5, most=True).reached


def test_without_data_it_skips(tmp_path: Path) -> None:
    said: list[str] = []
    assert enrichment.main(["--data", str(tmp_path)], said.append) == 0
    assert "skipped" in said[0]


def test_goals_are_reached_on_the_dev_split() -> None:
    if not present(DATA):
        pytest.skip("no dev split beside the checkout")
    said: list[str] = []
    assert enrichment.main([], said.append) == 0, "\n".join(said)
