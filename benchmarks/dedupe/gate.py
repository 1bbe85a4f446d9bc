"""The quality gate of deduplication: a labelled stream through fingerprint and index, held against the goals.

    python benchmarks/dedupe/gate.py                                  # what `make dedupe-quality` runs
    python benchmarks/dedupe/gate.py --split test                     # the full stream of the other half
    python benchmarks/dedupe/gate.py --redis embedded                 # the index in Redis; or a URL
    python benchmarks/dedupe/gate.py --worst 10 --class near/mixed    # failing pairs with their texts
    python benchmarks/dedupe/gate.py --worst 10 --called contained    # what was wrongly called so

Exit status: 0 all goals are met, or there is no data to measure; 1 a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, get_args

import orjson
import redis

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.dedupe import bodies
from benchmarks.dedupe.judge import Call, Goal, Judged, Row, goals, judge, rows
from benchmarks.dedupe.stream import FULL, Item, article_of, bases_for, stream
from worker.cli.embedded import EmbeddedServer
from worker.dedupe.fingerprint import fingerprint
from worker.index.memory import MemoryIndex
from worker.index.redis_index import IndexOptions, RedisIndex
from worker.ports import Index

QUICK: Final = 2500
_PASSED, _MISSED = 0, 1
_WINDOW_SECONDS: Final = 14 * 86400.0
_HOLD_SECONDS: Final = 3600.0


@dataclass(slots=True)
class Cost:
    """Milliseconds an article of each step, and what the index takes up; None where it cannot be told."""

    fingerprint_ms: list[float] = field(default_factory=list)
    fingerprint_cpu_ms: float = 0.0
    reserve_ms: list[float] = field(default_factory=list)
    finalise_ms: list[float] = field(default_factory=list)
    index_bytes: int | None = None

    def figures(self, articles: int, kept: int) -> dict[str, float | None]:
        """Sum up: means, the median and 99th percentile of the call that judges, bytes of an article."""
        ordered = sorted(self.reserve_ms)
        return {
            "fingerprint ms": statistics.fmean(self.fingerprint_ms),
            "fingerprint CPU ms": self.fingerprint_cpu_ms / articles,
            "reserve ms": statistics.fmean(ordered),
            "reserve ms, median": ordered[len(ordered) // 2],
            "reserve ms, p99": ordered[int(len(ordered) * 0.99)],
            "finalise ms": statistics.fmean(self.finalise_ms),
            "bytes an article": None if self.index_bytes is None else self.index_bytes / articles,
            "bytes an article kept": None if self.index_bytes is None else self.index_bytes / max(1, kept),
        }


def items_of(data: Path, split: bodies.Split, seed: int, limit: int | None) -> list[Item]:
    """Make one half's stream of about `limit` articles, of a full one where it is None."""
    scale = 1.0 if limit is None else limit / FULL
    return stream(bodies.pool(data, split, bases_for(scale)), split, seed, scale)


def run(items: Sequence[Item], index: Index) -> tuple[list[Call], Cost]:
    """Send each item through fingerprint and index, one call each, final at once."""
    numbers: dict[str, int] = {}
    calls: list[Call] = []
    cost = Cost()
    for item in items:
        payload, article = article_of(item)
        owner = str(item.number)
        cpu, began = time.process_time(), time.perf_counter()
        key = fingerprint(payload, article)
        made = time.perf_counter()
        cost.fingerprint_cpu_ms += (time.process_time() - cpu) * 1000
        asked = time.perf_counter()
        verdict = index.reserve([(owner, [key])])[0][0]
        judged = time.perf_counter()
        index.finalise(owner)
        done = time.perf_counter()
        cost.fingerprint_ms.append((made - began) * 1000)
        cost.reserve_ms.append((judged - asked) * 1000)
        cost.finalise_ms.append((done - judged) * 1000)
        if verdict is None:
            calls.append(Call("wait"))
        else:
            calls.append(Call(verdict.kind, None if verdict.of is None else numbers.get(verdict.of, -1)))
        numbers.setdefault(key.article_id, item.number)
    return calls, cost


@contextlib.contextmanager
def server(given: str) -> Iterator[tuple[redis.Redis, str]]:
    """Connect to a server by its URL, or start one of our own for `embedded`; gives a client and the URL."""
    with contextlib.ExitStack() as stack:
        if given == "embedded":
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dg")))
            given = stack.enter_context(EmbeddedServer(directory)).url
        client = redis.Redis.from_url(given)
        stack.callback(client.close)
        yield client, given


def index_in(client: redis.Redis, prefix: str) -> RedisIndex:
    """Give the index in Redis as the benchmarks use it: a window that none of them outlives."""
    return RedisIndex(client, prefix, IndexOptions(_WINDOW_SECONDS, _HOLD_SECONDS))


def run_on_redis(items: Sequence[Item], client: redis.Redis) -> tuple[list[Call], Cost]:
    """Run against the index in Redis under a prefix of this run alone; what it wrote is removed at the end."""
    prefix = f"{{gate-{secrets.token_hex(4)}}}:"
    try:
        # Scripts and buffers are there before anything is counted.
        run(items[:1], index_in(client, prefix + "warm:"))
        before = client.info("memory")["used_memory"]
        calls, cost = run(items, index_in(client, prefix))
        cost.index_bytes = client.info("memory")["used_memory"] - before
    finally:
        for keys in _chunks(client.scan_iter(match=prefix + "*", count=1000), 500):
            client.unlink(*keys)
    return calls, cost


def _chunks(keys: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for key in keys:
        chunk.append(key)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def table(found: Sequence[Row], indented: bool = True) -> Iterator[str]:  # noqa: FBT001, FBT002  # looks alone
    """Write the table by class."""
    yield f"{'class':36}{'items':>6}{'found':>8}{'right':>8}{'verdict':>9}  said"
    for row in found:
        name = f"  {row.name.partition('/')[2]}" if indented and "/" in row.name else row.name
        shares = "".join(f"{part / row.count:{width}.3f}" for part, width in _columns(row))
        kinds = " ".join(f"{kind} {count}" for kind, count in row.kinds.items())
        yield f"{name:36}{row.count:6}{shares}  {kinds}"


def _columns(row: Row) -> tuple[tuple[int, int], ...]:
    return (row.found, 8), (row.right, 8), (row.accepted, 9)


def verdicts_on(found: Sequence[Goal]) -> Iterator[str]:
    """Write the goals."""
    for goal in found:
        figure = "-" if goal.figure is None else f"{goal.figure:.4f}"
        sign = "<=" if goal.ceiling else ">="
        yield f"{goal.name:36}{figure:>8}  {sign} {goal.bound:.4f}{'' if goal.met else '  MISSED'}"


def worst(judged: Sequence[Judged], options: argparse.Namespace) -> Iterator[str]:
    """Show failing items with the texts of both sides, and of what they were wrongly linked to."""
    failing = [
        one
        for one in judged
        if not one.accepted
        and (options.of_class is None or _is_of(one.item, options.of_class))
        and (options.called is None or one.call.kind == options.called)
    ]
    yield f"\n{len(failing)} items have another verdict than their label accepts; the first {options.worst}:"
    for one in failing[: options.worst]:
        label = one.item.label
        yield f"\n=== {label.group}/{label.subclass}, {label.script}: wanted {'/'.join(sorted(label.accepted))}"
        yield f"    said {one.call.kind} of {one.call.of}, {'the right' if one.right else 'not its'} family"
        shown = [("made of", label.of), ("linked to", one.call.of), ("item", one.item.number)]
        for name, number in shown:
            if number is not None and number >= 0 and not (name == "linked to" and number == label.of):
                item = judged[number].item
                yield f"--- {name} {number} ({item.text.size} units, {item.url})\n{item.text.headline}\n"
                yield item.text.body[: options.characters]


def _is_of(item: Item, wanted: str) -> bool:
    return wanted in {item.label.group, f"{item.label.group}/{item.label.subclass}"}


def main(arguments: Sequence[str] | None = None, say: Callable[[str], None] = print) -> int:
    """Run from the command line; gives the exit status."""
    options = _options(arguments)
    if not bodies.present(options.data):
        say(f"dedupe quality: skipped, there is no data at {options.data} (--data FOLDER names another place)")
        return _PASSED
    limit = QUICK if options.quick and options.limit is None else options.limit
    items = items_of(options.data, options.split, options.seed, limit)
    if options.redis:
        with server(options.redis) as (client, _):
            calls, cost = run_on_redis(items, client)
    else:
        calls, cost = run(items, MemoryIndex())
    judged = judge(items, calls)
    by_class = rows(judged, lambda one: one.item.label.subclass)
    by_script = rows(judged, lambda one: one.item.label.script)
    found = list(goals(judged))
    figures = cost.figures(len(items), sum(call.kind in {"new", "revision", "expands"} for call in calls))
    missed = sum(not goal.met for goal in found)
    if options.json:
        say(_json(options, len(items), found, by_class, by_script, figures))
        return _MISSED if missed else _PASSED
    say(f"{len(items)} articles, split {options.split}, seed {options.seed}\n")
    say("\n".join(table(by_class)))
    say("")
    say(
        "\n".join(
            table([row for row in by_script if "/" in row.name and not row.name.endswith("/latin")], indented=False)
        )
    )
    say("\n" + "\n".join(verdicts_on(found)))
    say("\n" + "  ".join(f"{name} {value:.3f}" for name, value in figures.items() if value is not None))
    if options.worst:
        say("\n".join(worst(judged, options)))
    if missed:
        say(f"\ndedupe quality: FAILED, {missed} goals are missed (their items: --worst 10 --class NAME)")
    return _MISSED if missed else _PASSED


def _json(options: argparse.Namespace, articles: int, found: Sequence[Goal], *parts: Any) -> str:
    by_class, by_script, figures = parts
    told = {
        "split": options.split,
        "seed": options.seed,
        "articles": articles,
        "goals": [asdict(goal) | {"met": goal.met} for goal in found],
        "classes": [asdict(row) for row in by_class],
        "scripts": [asdict(row) for row in by_script if "/" in row.name],
        "cost": figures,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=bodies.DATA, help="folder of the texts (default: %(default)s)")
    parser.add_argument("--split", choices=get_args(bodies.Split), default="dev", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--limit", type=int, metavar="N", help=f"about so many articles; a full stream has {FULL}")
    parser.add_argument("--quick", action="store_true", help=f"about {QUICK} articles")
    parser.add_argument("--redis", metavar="URL", help="the index in Redis; `embedded` starts a server of its own")
    parser.add_argument("--json", action="store_true", help="write JSON, no tables")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="show N failing items with their texts")
    parser.add_argument(
        "--class", dest="of_class", metavar="NAME", help="with --worst: of this class or class/subclass"
    )
    parser.add_argument("--called", metavar="KIND", help="with --worst: that got this verdict")
    parser.add_argument(
        "--characters", type=int, default=1500, help="with --worst: of each text (default: %(default)s)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
