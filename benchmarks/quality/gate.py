"""The quality gate: scores the dev split through the real pipeline and fails below the pinned floors.

    python benchmarks/quality/gate.py                           # what `make quality` runs
    python benchmarks/quality/gate.py --raise                   # pin what has improved (--lower: also what has not)
    python benchmarks/quality/gate.py --field title --worst 30  # look at what is wrong, site by site
    python benchmarks/quality/gate.py --fold 2/5                # one fold of sites alone

Exit status: 0 all above their floors, or no data to measure; 1 a figure below its floor; 2 floors that do
not apply to this data, or a floor that would fall without --lower. docs/quality.md says what is measured.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality import floors
from benchmarks.quality.fields import MEASURES, PINNED, Figures, Outcome
from benchmarks.quality.pages import COLLECTIONS, DATA, fold_of, present, sha256_of
from benchmarks.quality.run import Choice, Judged, judge

FOLDS: Final = 5
_PASSED, _FELL, _REFUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Row:
    """A field of a collection: its figures, the least and the greatest of the main ones over folds, pages with gold."""

    field: str
    figures: Figures
    spread: Mapping[str, tuple[float, float]]
    pages: int


def rows_of(judged: Sequence[Judged], fields: Sequence[str]) -> list[Row]:
    """Sum up a collection, field by field; a field that the gold lacks is left out."""
    rows = []
    for field in fields:
        outcomes = [page.outcomes[field] for page in judged if field in page.outcomes]
        if not outcomes:
            continue
        by_fold: dict[int, list[Outcome]] = defaultdict(list)
        for page in judged:
            if field in page.outcomes:
                by_fold[fold_of(page.site, FOLDS)].append(page.outcomes[field])
        parts = [MEASURES[field].figures(part) for part in by_fold.values()]
        figures = MEASURES[field].figures(outcomes)
        spread = {
            name: (min(values), max(values))
            for name in figures
            if name in PINNED and (values := [part[name] for part in parts if name in part])
        }
        rows.append(Row(field, figures, spread, len(outcomes)))
    return rows


def pinned_figures(rows: Sequence[Row]) -> Figures:
    """Give the figures that have floors."""
    return {name: value for row in rows for name, value in row.figures.items() if name in PINNED}


def table(collection: str, rows: Sequence[Row], pinned: floors.Pinned | None) -> Iterator[str]:
    """Write a collection's lines of the table."""
    for row in rows:
        beside = "  ".join(f"{name} {value:.3f}" for name, value in row.figures.items() if name not in PINNED)
        for name, (least, most) in row.spread.items():
            floor = pinned.floors.get(name) if pinned else None
            told = f"{floor:.3f}" if floor is not None else "    -"
            mark = "  BELOW" if floor is not None and row.figures[name] < floor - floors.SLACK else ""
            more = beside if name == row.field else ""
            yield (
                f"{collection:17}{name:9}{row.figures[name]:.4f}  {told}  {least:.3f} to {most:.3f}"
                f"  {row.pages:5}  {more}{mark}"
            )


def cost(collection: str, judged: Sequence[Judged], slowest: int) -> Iterator[str]:
    """Write what parsing cost, what was refused, and the pages that took longest."""
    times = sorted(page.cpu_ms for page in judged)
    p95 = times[int(len(times) * 0.95)]
    refused = Counter(page.refused for page in judged if page.refused)
    told = ", ".join(f"{code} {count}" for code, count in refused.most_common()) or "none"
    yield (
        f"{collection:17}CPU ms a page: median {statistics.median(times):.1f}, mean {statistics.fmean(times):.1f}, "
        f"95 of 100 below {p95:.1f}, largest {times[-1]:.0f}; refused: {told}"
    )
    for page in sorted(judged, key=lambda page: -page.cpu_ms)[:slowest]:
        yield f"  {page.cpu_ms:6.0f} ms {page.name}  {page.url or '-'}"


def worst(collection: str, judged: Sequence[Judged], field: str, count: int) -> Iterator[str]:
    """List the pages that lose most, those of the site that loses most first."""
    lost: dict[str, float] = defaultdict(float)
    for page in judged:
        if field in page.outcomes:
            lost[page.site] += 1 - page.outcomes[field].score
    bad = [page for page in judged if field in page.outcomes and page.outcomes[field].score < 1]
    bad.sort(key=lambda page: (-lost[page.site], page.site, page.outcomes[field].score))
    yield f"\n{collection} {field}: {len(bad)} pages are not whole, the worst sites first"
    for page in bad[:count]:
        outcome = page.outcomes[field]
        yield f"  {outcome.score:.2f} {page.site}  {page.name}  {page.url or '-'}"
        yield f"       got  {outcome.got or '-'}" + (f"  [refused: {page.refused}]" if page.refused else "")
        yield f"       gold {outcome.gold}"


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Run from the command line; gives the exit status."""
    options = _options(arguments)
    if not present(options.data):
        say(f"quality: skipped, there is no dev split at {options.data} (--data FOLDER names another place)")
        return _PASSED
    choice = Choice(options.limit, *options.fold) if options.fold else Choice(options.limit)
    known = floors.read(options.floors)
    digests = {name: sha256_of(options.data, name) for name in options.collection}
    told = _changed(known, digests)
    if told and not (options.lower and len(options.field) == len(MEASURES)):
        say("\n".join(told))
        say("quality: floors do not apply to other data. Pin them anew, all fields: --raise --lower")
        return _REFUSED
    say(f"{'':17}{'':9}figure  floor  5 folds of sites  pages")
    renewals: dict[str, floors.Renewal] = {}
    fell = False
    for name in options.collection:
        judged = judge(options.data, name, choice, options.field, options.processes)
        rows = rows_of(judged, options.field)
        if not rows:
            continue
        new = floors.Pinned(digests[name], len(judged), pinned_figures(rows))
        old = known.get(name)
        off = floors.mismatch(old, new.sha256, new.pages) if old else None
        say("\n".join((*table(name, rows, None if off else old), *cost(name, judged, options.slowest))))
        if off:
            say(f"{name:17}floors were not applied: {off}")
        for field in options.field if options.worst else ():
            say("\n".join(worst(name, judged, field, options.worst)))
        fell |= bool(old and not off and floors.fallen(old, new.floors))
        if not off or options.lower:
            renewals[name] = floors.renewed(old, new, lower=options.lower)
    if "body" in options.field:
        say("The block model was trained on these pages: body figures are floors against regression, no claim.")
        say("Figures on pages that it has not seen: python training/train.py --data FOLDER --folds 5")
    if options.upward:
        return _renew(options.floors, known, renewals, say)
    if fell:
        say("quality: FAILED, a figure is below its floor (its pages: --field NAME --worst 30)")
    return _FELL if fell else _PASSED


def _changed(known: Mapping[str, floors.Pinned], digests: Mapping[str, str]) -> list[str]:
    told = {name: floors.mismatch(known[name], digest, None) for name, digest in digests.items() if name in known}
    return [f"{name}: {why}" for name, why in told.items() if why]


def _renew(
    path: Path,
    known: dict[str, floors.Pinned],
    renewals: Mapping[str, floors.Renewal],
    say: Callable[[str], None],
) -> int:
    floors.write(path, known | {name: renewal.pinned for name, renewal in renewals.items()})
    kept = [f"{name} {figure}" for name, renewal in renewals.items() for figure in renewal.kept]
    say(f"quality: floors written to {path}")
    if kept:
        say(f"quality: not lowered without --lower: {', '.join(kept)}")
    return _REFUSED if kept else _PASSED


def _fold(text: str) -> tuple[int, int]:
    at, _, folds = text.partition("/")
    if not (at.isdecimal() and folds.isdecimal() and 1 <= int(at) <= int(folds)):
        msg = f"{text!r} is not K/N, 1/5 say"
        raise argparse.ArgumentTypeError(msg)
    return int(at) - 1, int(folds)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds extraction/*.jsonl.zst")
    parser.add_argument("--floors", type=Path, default=floors.FLOORS, help="floors file (default: %(default)s)")
    parser.add_argument("--collection", nargs="+", choices=COLLECTIONS, default=COLLECTIONS, help="these alone")
    parser.add_argument("--field", nargs="+", choices=tuple(MEASURES), default=tuple(MEASURES), help="these alone")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list N pages that are wrong, with the gold")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="list the N pages that cost most")
    parser.add_argument("--limit", type=int, help="the first so many pages of each collection alone")
    parser.add_argument("--fold", type=_fold, metavar="K/N", help="the pages of one fold of sites alone, 1/5 to 5/5")
    parser.add_argument("--processes", type=int, default=2, help="(default: %(default)s)")
    parser.add_argument("--raise", dest="upward", action="store_true", help="write floors that have improved")
    parser.add_argument("--lower", action="store_true", help="with --raise: write those that fall, too")
    options = parser.parse_args(arguments)
    if options.lower and not options.upward:
        parser.error("--lower goes with --raise")
    if options.upward and (options.limit or options.fold) and options.floors == floors.FLOORS:
        parser.error("a part of the pages cannot pin the floors of all")
    return options


if __name__ == "__main__":
    sys.exit(main())
