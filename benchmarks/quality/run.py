"""Takes the development pages through the real pipeline, in several processes, and scores what comes out."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from benchmarks.quality.fields import MEASURES, Outcome
from benchmarks.quality.pages import Page, fold_of, pages
from worker.errors import PayloadError
from worker.model import Article, Payload
from worker.pipeline import Pipeline
from worker.settings import Settings
from worker.wiring import pipeline

ARRIVAL: Final = datetime(2026, 12, 1, tzinfo=UTC)
"""When all pages arrive: later than every gold date, and the same each time, so that figures do not age."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One page after the pipeline: CPU milliseconds, the code of a refusal, an outcome a field that has gold."""

    at: int
    name: str
    url: str | None
    site: str
    cpu_ms: float
    refused: str | None
    outcomes: dict[str, Outcome]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pages to take: the first `limit`, those of fold `fold` (from 0) of `folds`."""

    limit: int | None = None
    fold: int | None = None
    folds: int = 1

    def takes(self, site: str) -> bool:
        """Tell whether a site is in the fold."""
        return self.fold is None or fold_of(site, self.folds) == self.fold


def payload_of(page: Page) -> Payload:
    """Make the payload that a crawler would have sent. The gold's HTML is decoded text, so it goes as UTF-8."""
    body = page.html.encode("utf-8", "replace")
    return Payload(body, page.name, ARRIVAL, media_type="text/html; charset=utf-8", url=page.url)


def judge(
    folder: Path, collection: str, choice: Choice, fields: Collection[str] = tuple(MEASURES), processes: int = 2
) -> list[Judged]:
    """Score a collection's pages, in their order."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(_judge_part, folder, collection, choice, tuple(fields), (part, processes))
            for part in range(processes)
        ]
        return sorted((judged for job in jobs for judged in job.result()), key=lambda judged: judged.at)


def _judge_part(
    folder: Path, collection: str, choice: Choice, fields: tuple[str, ...], part: tuple[int, int]
) -> list[Judged]:
    spine = pipeline(Settings())
    return list(_judged(spine, folder, collection, choice, fields, part))


def _judged(
    spine: Pipeline, folder: Path, collection: str, choice: Choice, fields: tuple[str, ...], part: tuple[int, int]
) -> Iterator[Judged]:
    for number, page in enumerate(pages(folder, collection, *part)):
        at = number * part[1] + part[0]
        if choice.limit is not None and at >= choice.limit:
            return
        if not choice.takes(page.site):
            continue
        article, refused, cpu_ms = _parse(spine, page)
        found = {field: MEASURES[field].judge(article, page) for field in fields}
        outcomes = {field: outcome for field, outcome in found.items() if outcome is not None}
        yield Judged(at, page.name, page.url, page.site, cpu_ms, refused, outcomes)


def _parse(spine: Pipeline, page: Page) -> tuple[Article | None, str | None, float]:
    payload = payload_of(page)
    began = time.process_time()
    try:
        parsed = spine.parse(payload)
    except PayloadError as refused:
        return None, refused.code, (time.process_time() - began) * 1000
    except Exception as bug:  # noqa: BLE001  # the fence around one page: the line would quarantine it
        return None, f"unexpected ({type(bug).__name__})", (time.process_time() - began) * 1000
    cpu_ms = (time.process_time() - began) * 1000
    return next(item for item in parsed if isinstance(item, Article)), None, cpu_ms
