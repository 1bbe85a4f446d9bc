"""What publishers repeat: notices of our own put into real bodies, and how many of them are marked, and what else is.

    python benchmarks/quality/repeats.py                    # five publishers, the texts of the data folder in turn
    python benchmarks/quality/repeats.py --false            # print what was marked and is no notice

Each publisher has four notices: one in every article, in half, in a tenth, in a twentieth of them; as a paragraph at
the beginning, within, at the end, or as the last sentence. The same stream for the same --seed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson
import zstandard

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.quality.pages import DATA
from worker.enrich.boilerplate import Boilerplate
from worker.index.repeats import MemoryRepeats
from worker.model import Article, Enriched, Paragraph, Publisher
from worker.prose.repeatable import repeatable

_SHARES: Final = (1.0, 0.5, 0.1, 0.05)
_NOTICES: Final = (
    "Follow {name} on every channel for more.",
    "This story is part of our series on towns by the {name}.",
    "Do you know more? Write to the desk of {name}, in confidence.",
    "The editors of {name} have corrected an earlier version of this text.",
)
_BEGUN: Final = datetime(2026, 7, 1, tzinfo=UTC)
_LEARNED: Final = 10  # occurrences after which a notice should be known


def bodies(folder: Path) -> list[str]:
    """Read different bodies: gold of pages, newswire, articles with quotes."""
    found: dict[str, None] = {}
    for name in ("extraction/fundus-tests", "extraction/wcxb-dev", "dedupe/reuters-21578-000-010"):
        with (folder / f"{name}.jsonl.zst").open("rb") as packed:
            for line in zstandard.ZstdDecompressor().stream_reader(packed).read().splitlines():
                lines = (" ".join(part.split()) for part in (orjson.loads(line).get("body") or "").split("\n"))
                found["\n\n".join(part for part in lines if part)] = None
    return [body for body in found if len(body) > 200]


def article(body: str, notices: list[str], number: int, chance: random.Random) -> Article:
    """Put notices into a body."""
    paragraphs = body.split("\n\n")
    for notice in notices:
        where = chance.choice(("first", "within", "last", "sentence"))
        if where == "sentence":
            paragraphs[-1] += f" {notice}"
        else:
            at = {"first": 0, "within": chance.randint(0, len(paragraphs)), "last": len(paragraphs)}[where]
            paragraphs.insert(at, notice)
    spans, at = [], 0
    for paragraph in paragraphs:
        spans.append(Paragraph(at, at + len(paragraph)))
        at += len(paragraph) + 2
    return Article(None, "\n\n".join(paragraphs), tuple(spans), "x", publisher=Publisher(None, f"{number}.example"))


def run(texts: list[str], publishers: int, seed: int) -> Iterator[tuple[float, int, str, bool]]:
    """Yield for each notice put in its share, which occurrence it is, and whether it was marked; 0 for what is none."""
    chance = random.Random(seed)  # repeatable, not secret
    chance.shuffle(texts)
    store, enricher, uses = MemoryRepeats(), Boilerplate(), Counter[str]()
    for place, text in enumerate(texts):
        number = place % publishers
        known = {notice.format(name=f"Paper {number}"): share for notice, share in zip(_NOTICES, _SHARES, strict=True)}
        put = [notice for notice, share in known.items() if chance.random() < share]
        one = article(text, put, number, chance)
        asked = repeatable(one, _BEGUN + timedelta(minutes=5 * place))
        assert asked is not None  # noqa: S101
        (repeats,) = store.look_up([asked])
        marked = [
            one.body[mark.start : mark.end] for mark in enricher.enrich(Enriched(one, None, repeats)).boilerplate or ()
        ]
        for notice in put:
            uses[notice] += 1
            covered = sum(len(part) for part in marked if part in notice or notice in part)
            yield known[notice], uses[notice], notice, 2 * covered >= len(notice)  # it may be two sentences
        for part in marked:
            if not any(notice in part or part in notice for notice in known):
                yield 0.0, 0, part, True
        store.learn(asked)


def main() -> int:
    """Run from the command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--publishers", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--false", action="store_true", help="print what was marked and is no notice")
    options = parser.parse_args()
    if not (options.data / "extraction").is_dir():
        print(f"repeats: skipped, there is no data in {options.data}")
        return 0
    texts = bodies(options.data)
    found = list(run(texts, options.publishers, options.seed))
    paragraphs = sum(text.count("\n\n") + 1 for text in texts)
    print(f"{len(texts)} articles of {options.publishers} publishers, {paragraphs} paragraphs")
    for share in _SHARES:
        rows = [(use, marked) for one, use, _, marked in found if one == share]
        known = [marked for use, marked in rows if use > _LEARNED]
        every, late = (sum(some) / max(1, len(some)) for some in ([marked for _, marked in rows], known))
        print(f"in {share:4.0%} of the articles: marked {every:.3f}, from the 11th on {late:.3f} of {len(known)}")
    extra = [text for share, _, text, _ in found if share == 0.0]
    print(f"marked and no notice: {len(extra)}, of {len(set(extra))} different texts")
    if options.false:
        for text, times in Counter(extra).most_common(40):
            print(f"{times:5} {text[:120]!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
