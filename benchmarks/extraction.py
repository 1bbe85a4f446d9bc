"""Compares extractors of the main text on the same pages in one run: quality, CPU time, memory.

    python benchmarks/extraction.py                       # all pages with a gold body, 10 to 20 minutes
    python benchmarks/extraction.py --pages 150 --runs 3  # a seeded sample of each collection

Each extractor is a process of its own and gets the pages one by one; the extractors take turns, and who
begins moves on from page to page. One that is not back after a minute is killed, and the page counts as
one without text. Rows are functions in `benchmarks/extractors.py`; one whose library is not installed
is left out and named. CPU is user and system time of the call, the median over the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.extractors import OURS, ROWS, UNSEEN, Answer, Missing, Start  # noqa: E402
from benchmarks.quality.body import Counts, Score, compare, score  # noqa: E402
from benchmarks.quality.pages import COLLECTIONS, DATA, Page, pages, present  # noqa: E402

LIMIT_SECONDS = 60
"""After which a page's process is killed."""
_START_SECONDS: Final = 120  # importing, on a busy machine
_CHILD_RUN = """
import sys
from multiprocessing.connection import Connection
from benchmarks.extractors import serve
serve(sys.argv[1], Connection(int(sys.argv[2])))
"""


class Extractor:
    """One row's process; started anew when it was killed or died."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.start: Start | None = None
        self.missing: str | None = None
        self.megabytes = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._launch()

    def _launch(self) -> None:
        self._line, theirs = Pipe()
        command = [sys.executable, "-W", "ignore", "-c", _CHILD_RUN, self.name, str(theirs.fileno())]
        self._process = subprocess.Popen(
            command, cwd=ROOT, pass_fds=[theirs.fileno()], env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        theirs.close()
        told = self._receive(_START_SECONDS)
        if isinstance(told, Missing):
            self.missing = told.why
        elif isinstance(told, Start):
            self.start = self.start or told
        else:
            self.missing = f"its process does not start: {told}"

    def _receive(self, seconds: float) -> Any:
        """Give the answer, or in words why there is none."""
        if self._line is None:
            return "not running"
        try:
            return self._line.recv() if self._line.poll(seconds) else f"killed after {seconds:.0f} s"
        except (EOFError, OSError):  # not by asking the process: its pipe closes before it can be waited for
            return "died"

    def ask(self, page: Page) -> Answer:
        """Extract one page. One that kills or outlasts its process counts as the whole limit."""
        if self._line is None or self.missing:
            return Answer("", "not running", 0.0, 0.0)
        try:
            self._line.send((page.html, page.url))
        except OSError:
            told: Any = "died"
        else:
            told = self._receive(LIMIT_SECONDS)
        if isinstance(told, Answer):
            self.megabytes = max(self.megabytes, told.megabytes)
            return told
        self.close()
        self._launch()
        return Answer("", str(told), LIMIT_SECONDS * 1000.0, 0.0)

    def close(self) -> None:
        """End the process."""
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass(slots=True)
class Result:
    """What one extractor did on one collection."""

    counts: dict[str, Counts] = field(default_factory=dict)
    cpu_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, page: Page, answer: Answer) -> None:
        """Take in one page of one run; its text counts once, in the first run."""
        self.cpu_ms[page.name].append(answer.cpu_ms)
        if page.name not in self.counts:
            self.counts[page.name] = compare(answer.text, page.body or "")
            if answer.failed:
                self.failed[answer.failed] += 1

    @property
    def quality(self) -> Score:
        """The body metric over the pages."""
        return score(self.counts.values())

    @property
    def times(self) -> list[float]:
        """CPU milliseconds of each page, medians over the runs, ascending."""
        return sorted(statistics.median(runs) for runs in self.cpu_ms.values())


Results = dict[str, dict[str, Result]]
"""Collection -> row -> result."""


def chosen(folder: Path, collection: str, count: int | None, seed: int) -> list[Page]:
    """Read the pages with a gold body, or a sample of them."""
    found = [page for page in pages(folder, collection) if page.body]
    return found if count is None or count >= len(found) else random.Random(seed).sample(found, count)


def compete(extractors: Sequence[Extractor], sets: dict[str, list[Page]], runs: int) -> Results:
    """Let the extractors take turns over all pages, `runs` times."""
    results: Results = {name: {one.name: Result() for one in extractors} for name in sets}
    for _ in range(runs):
        for collection, taken in sets.items():
            for at, page in enumerate(taken):
                first = at % len(extractors)
                for one in (*extractors[first:], *extractors[:first]):
                    results[collection][one.name].add(page, one.ask(page))
    return results


def _marked(name: str) -> str:
    return f"{name} *" if name.startswith(OURS) and UNSEEN not in name else name


def tables(results: Results, extractors: Sequence[Extractor]) -> Iterator[str]:
    """Write the figures as Markdown."""
    for collection, by_row in results.items():
        count = len(next(iter(by_row.values())).counts)
        yield f"\n**{collection}**, {count} pages\n"
        yield "| extractor | F1 | P | R | equal | CPU ms mean | median | 95 % | largest | without text |"
        yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        for name, result in by_row.items():
            told, times = result.quality, result.times
            failed = ", ".join(f"{why} {pages}" for why, pages in result.failed.most_common()) or "0"
            yield (
                f"| {_marked(name)} | {told.f1:.4f} | {told.precision:.3f} | {told.recall:.3f} | {told.accuracy:.3f} "
                f"| {statistics.fmean(times):.1f} | {statistics.median(times):.1f} "
                f"| {times[int(len(times) * 0.95)]:.1f} | {times[-1]:.0f} | {failed} |"
            )
    yield "\n| extractor | CPU ms to start (import, first page) | MB after start | MB at most |"
    yield "| --- | --- | --- | --- |"
    for one in extractors:
        start = one.start or Start(0.0, 0.0)
        yield f"| {one.name} | {start.cpu_ms:.0f} | {start.megabytes:.0f} | {max(one.megabytes, start.megabytes):.0f} |"


def curve(results: Results) -> Iterator[str]:
    """Write quality against time, fastest first; `best` where no row is both as fast and better."""
    for collection, by_row in results.items():
        yield f"\nquality against time, {collection} (`>` our own modes, `best` where nothing as fast is better)\n"
        points = sorted((statistics.fmean(one.times), -one.quality.f1, name) for name, one in by_row.items())
        top = 0.0
        for cpu_ms, minus_f1, name in points:
            mark = "  best" if -minus_f1 > top else ""
            top = max(top, -minus_f1)
            own = ">" if name.startswith(OURS) else " "
            yield f"  {own} {cpu_ms:8.1f} ms  F1 {-minus_f1:.4f}  {_marked(name)}{mark}"


def as_json(results: Results, extractors: Sequence[Extractor]) -> dict[str, Any]:
    """Give all figures as plain data."""
    return {
        "pages": {
            collection: {
                name: {
                    **asdict(result.quality),
                    "cpu_ms_mean": statistics.fmean(result.times),
                    "cpu_ms_median": statistics.median(result.times),
                    "cpu_ms_p95": result.times[int(len(result.times) * 0.95)],
                    "cpu_ms_max": result.times[-1],
                    "failed": dict(result.failed),
                }
                for name, result in by_row.items()
            }
            for collection, by_row in results.items()
        },
        "processes": {
            one.name: {**asdict(one.start or Start(0.0, 0.0)), "megabytes_at_most": one.megabytes} for one in extractors
        },
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds extraction/*.jsonl.zst")
    parser.add_argument("--rows", nargs="+", choices=tuple(ROWS), default=tuple(ROWS), help="these extractors alone")
    parser.add_argument("--pages", type=int, help="a sample of so many pages of each collection")
    parser.add_argument("--seed", type=int, default=7, help="of the sample (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=2, help="over all pages (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    if not present(options.data):
        print(f"extraction: skipped, there is no dev split at {options.data} (--data FOLDER names another place)")
        return
    extractors = [Extractor(name) for name in options.rows]
    try:
        for one in extractors:
            if one.missing:
                print(f"{one.name}: left out, {one.missing}")
        extractors = [one for one in extractors if not one.missing]
        if not extractors:
            return
        sets = {name: chosen(options.data, name, options.pages, options.seed) for name in COLLECTIONS}
        sets = {name: taken for name, taken in sets.items() if taken}
        results = compete(extractors, sets, options.runs)
    finally:
        for one in extractors:
            one.close()
    print("\n".join((*tables(results, extractors), *curve(results))))
    print("\n* by models that were trained on these very pages: no measure of quality; `sites not seen` is")
    if options.json:
        options.json.write_text(json.dumps(as_json(results, extractors), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
