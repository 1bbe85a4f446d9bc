"""The gate of the enrichers that have gold or a telling check: language, dates, keyphrases, topics.

    python benchmarks/quality/enrichment.py     # what `make enrich-quality` runs

Exit status: 0 all figures at their goals, or no data to measure; 1 a figure that is not. docs/enrichment.md says on
which part of the data rules were chosen; here all of it is measured, as a guard against regression.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality.names import is_held
from benchmarks.quality.pages import DATA, pages, present
from benchmarks.quality.run import payload_of
from worker.enrich.dates import Dates
from worker.enrich.keyphrases import Keyphrases
from worker.enrich.language import Language
from worker.enrich.topics import Topics
from worker.errors import PayloadError
from worker.model import Article, Enriched
from worker.model import Language as LanguageModel
from worker.settings import Settings
from worker.wiring import pipeline

_COLLECTION: Final = "fundus-tests"
_REDATED: Final = (200, 365)  # days by which correct dates are moved
_SAME: Final = {"nb": "no"}
_FIRST: Final = 10
_CATEGORIES: Final = {
    "art_and_culture": "medtop:01000000",
    "business": "medtop:04000000",
    "crime": "medtop:02000000",
    "fashion": "medtop:10000000",
    "health": "medtop:07000000",
}
"""Categories of KPCrowd -> IPTC Media Topics."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured share, 0 to 1; `goal` is its least value, or its greatest where `most`."""

    name: str
    value: float
    count: int
    goal: float
    most: bool = False

    @property
    def reached(self) -> bool:
        """Tell whether it is where it should be."""
        return self.value <= self.goal if self.most else self.value >= self.goal


def language(rows: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """Score the language of single sentences; rows of `lang` and `text`."""
    enricher = Language()
    right = sure = sure_right = 0
    for row in rows:
        found = enricher.enrich(Enriched(Article(None, row["text"], (), "text")))
        hit = found.language is not None and found.language.code == _SAME.get(row["lang"], row["lang"])
        right += hit
        if not found.issues:
            sure += 1
            sure_right += hit
    yield Figure("language: right", right / len(rows), len(rows), 0.99)
    yield Figure("language: right where not marked uncertain", sure_right / max(sure, 1), sure, 0.995)


def keyphrases(rows: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """Score the first ten keyphrases as whole phrases; rows of `text` (the headline its first line) and `keys`."""
    enricher, english = Keyphrases(), LanguageModel("en", 1.0)
    hits = 0
    for row in rows:
        headline, _, body = row["text"].partition("\n")
        found = enricher.enrich(Enriched(Article(headline, body, (), "text"), language=english)).keyphrases or ()
        gold = {plain(key) for key in row["keys"]}
        hits += sum(plain(phrase) in gold for phrase in found[:_FIRST])
    yield Figure("keyphrases: precision of the first ten", hits / _FIRST / len(rows), len(rows), 0.45)


def topics(rows: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """Score the first topic of the first level against the category that begins a row's `id`; two parts by hash."""
    enricher, english = Topics(), LanguageModel("en", 1.0)
    for part, held, right_goal, given_goal in (("tuned", False, 0.74, 0.62), ("held out", True, 0.8, 0.64)):
        given = right = 0
        chosen = [row for row in rows if is_held(row) is held]
        for row in chosen:
            headline, _, body = row["text"].partition("\n")
            article = Article(headline.strip(), body.strip() or headline, (), "text")
            found = enricher.enrich(Enriched(article, language=english)).topics or ()
            given += bool(found)
            right += bool(found) and found[0].code == _CATEGORIES[row["id"].rpartition("-")[0]]
        yield Figure(f"topics, {part}: right where one is named", right / max(given, 1), given, right_goal)
        yield Figure(f"topics, {part}: right of all", right / max(len(chosen), 1), len(chosen), given_goal)


def plain(phrase: str) -> str:
    """Fold case and drop punctuation, as the gold's phrases have none."""
    return " ".join(re.sub(r"[^\w\s]", "", phrase.casefold()).split())


def dates(articles: Sequence[Enriched]) -> Iterator[Figure]:
    """Count conflicts among articles with right dates, and those found when the same are dated anew."""
    enricher = Dates()
    yield Figure(
        "dates: called a conflict where right", _conflicts(enricher, articles), len(articles), 0.015, most=True
    )
    for days, goal in zip(_REDATED, (0.25, 0.2), strict=True):
        moved = [redated(item, days) for item in articles]
        yield Figure(f"dates: found when {days} days later", _conflicts(enricher, moved), len(moved), goal)


def _conflicts(enricher: Dates, articles: Sequence[Enriched]) -> float:
    verdicts = [found.verdict for item in articles if (found := enricher.enrich(item).dates) is not None]
    return sum(verdict == "conflict" for verdict in verdicts) / max(len(verdicts), 1)


def redated(item: Enriched, days: int) -> Enriched:
    """Move an article's dates by days; its text and addresses stay."""
    article = item.article
    moved = replace(
        article, published_at=_later(article.published_at, days), modified_at=_later(article.modified_at, days)
    )
    return replace(item, article=moved)


def _later(stamp: str | None, days: int) -> str | None:
    if stamp is None:
        return None
    return (date.fromisoformat(stamp[:10]) + timedelta(days=days)).isoformat() + stamp[10:]


def _dated_articles(folder: Path) -> Iterator[Enriched]:
    """Yield the news pages whose day of publication was read as the gold has it, with their language."""
    spine, languages = pipeline(Settings()), Language()
    for page in pages(folder, _COLLECTION):
        try:
            (article, *_) = spine.parse(payload_of(page))
        except PayloadError:
            continue
        gold = page.moment or page.date or ""
        if isinstance(article, Article) and gold and (article.published_at or "")[:10] == gold[:10]:
            yield Enriched(article, language=languages.enrich(Enriched(article)).language)


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "nlp" / name).read_text("utf-8").splitlines()]


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Run from the command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with the dev split")
    folder = parser.parse_args(arguments).data
    if not present(folder) or not (folder / "nlp").is_dir():
        say(f"enrich-quality: skipped, there is no dev split at {folder} (--data FOLDER names another place)")
        return 0
    figures = [
        *language(_rows(folder, "language-sentences-dev.jsonl")),
        *keyphrases(_rows(folder, "keyphrases-kpcrowd-0-249.jsonl")),
        *topics(_rows(folder, "keyphrases-kpcrowd-0-249.jsonl")),
        *dates([*_dated_articles(folder)]),
    ]
    for figure in figures:
        sign = "≤" if figure.most else "≥"
        mark = "" if figure.reached else "  MISSED"
        say(f"{figure.name:45} {figure.value:.4f}  {sign} {figure.goal:.3f}  of {figure.count}{mark}")
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
