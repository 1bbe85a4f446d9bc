"""Copydesk's deduplication beside others on the same stream in one run: quality by class, time, commands, memory.

    python benchmarks/dedupe_rivals.py [--quick] [--split test] [--only NAME ...]

Each way has a process of its own, and a server of its own where it needs one; they run one after another.
datasketch and rensa are no dependencies: see benchmarks/README.md. A way that is not installed is left out.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import get_args

import orjson
import psutil
import redis

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.dedupe import bodies, rivals
from benchmarks.dedupe.gate import QUICK, items_of
from benchmarks.dedupe.judge import COPY, PART, UPDATE, Call, Judged, false_links, judge, precision
from benchmarks.dedupe.stream import FULL, Item
from worker.cli.embedded import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Load:
    """What a run cost, an article, and how many were kept; None where there is no server.

    `commands` counts those that a script issues as well, `reads` what the server read from its connections,
    which is about the round trips. `bytes_kept` is the server's memory; without one, the growth of the process.
    """

    signature_ms: float
    check_ms: float
    cpu_ms: float
    kept: int
    bytes_kept: float = 0.0
    server_ms: float | None = None
    commands: float | None = None
    reads: float | None = None


@dataclass(frozen=True, slots=True)
class _Server:
    commands: int
    reads: int
    cpu: float
    memory: int


def _state(client: redis.Redis) -> _Server:
    """Read the server's counters."""
    commands = sum(row["calls"] for row in client.info("commandstats").values())
    cpu = client.info("cpu")
    return _Server(
        commands,
        client.info("stats")["total_reads_processed"],
        cpu["used_cpu_user"] + cpu["used_cpu_sys"],
        client.info("memory")["used_memory"],
    )


def run(name: str, items: Sequence[Item]) -> tuple[list[Call], Load] | None:
    """Run one way over the stream, in this process; None where its library is not installed."""
    with contextlib.ExitStack() as stack:
        client = None
        try:
            if name in rivals.ON_REDIS:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dr")))
                client = redis.Redis.from_url(stack.enter_context(EmbeddedServer(directory)).url)
                # Scripts, connections and buffers are there before anything is counted.
                warm, rival = rivals.ON_REDIS[name](client), rivals.ON_REDIS[name](client)
                warm.check(-1, warm.signature(items[0]))
            else:
                rival = rivals.IN_MEMORY[name]()
                rival.signature(items[0])
        except ImportError:
            return None
        return _measured(rival, items, client)


def _measured(rival: rivals.Rival, items: Sequence[Item], client: redis.Redis | None) -> tuple[list[Call], Load]:
    process = psutil.Process()
    resident = process.memory_info().rss
    before = _state(client) if client else None
    signing = checking = 0.0
    calls = []
    cpu = time.process_time()
    for item in items:
        began = time.perf_counter()
        signature = rival.signature(item)
        signed = time.perf_counter()
        calls.append(rival.check(item.number, signature))
        signing += signed - began
        checking += time.perf_counter() - signed
    cpu = time.process_time() - cpu
    count = len(items)
    kept = sum(call.kind in {"new", "revision", "expands"} for call in calls)
    cost = Load(signing * 1000 / count, checking * 1000 / count, cpu * 1000 / count, kept)
    if client is None or before is None:
        return calls, replace(cost, bytes_kept=(process.memory_info().rss - resident) / kept)
    after = _state(client)
    return calls, replace(
        cost,
        bytes_kept=(after.memory - before.memory) / kept,
        server_ms=(after.cpu - before.cpu) * 1000 / count,
        commands=(after.commands - before.commands) / count,
        reads=(after.reads - before.reads) / count,
    )


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return "-"
    told = f"{value:,.{digits}f}"
    return told.removeprefix("0") if value < 1 and digits >= 3 else told


def quality(name: str, judged: Sequence[Judged]) -> str:
    """Write a way's row of the first table."""

    def share(group: str, kinds: frozenset[str] | None = None) -> float:
        mine = [one for one in judged if one.item.label.group == group]
        return sum(one.right and (kinds is None or one.call.kind in kinds) for one in mine) / max(1, len(mine))

    copies = [one for one in judged if one.item.label.group in {"exact", "near"}]
    found = [one for one in copies if one.found]
    cells = (
        sum(one.right for one in copies) / len(copies),
        sum(one.right for one in found) / max(1, len(found)),
        precision(judged, COPY, ("exact", "near")),
        share("update", COPY),
        share("update", UPDATE),
        share("contained"),
        share("contained", PART),
        false_links(judged),
        sum(one.found for one in judged if one.item.label.group == "base")
        / sum(one.item.label.group == "base" for one in judged),
    )
    return f"| {name} | " + " | ".join(_number(cell, 3) for cell in cells) + " |"


def load(name: str, cost: Load) -> str:
    """Write a way's row of the second table."""
    cells = (
        _number(cost.signature_ms, 2),
        _number(cost.check_ms, 2),
        _number(cost.cpu_ms, 2),
        _number(cost.server_ms, 2),
        _number(cost.commands, 1),
        _number(cost.reads, 1),
        _number(cost.bytes_kept, 0),
        f"{cost.kept:,}",
    )
    return f"| {name} | " + " | ".join(cells) + " |"


def report(results: dict[str, tuple[list[Judged], Load]]) -> Iterator[str]:
    """Write both tables."""
    yield (
        "| way | near and exact found | links right | precision | updates called copies | updates as revisions "
        "| parts linked | parts as parts | false on different | false on new |"
    )
    yield "| " + " | ".join(["---"] * 10) + " |"
    for name, (judged, _) in results.items():
        yield quality(name, judged)
    yield ""
    yield "| way | signature ms | check ms | client CPU ms | server CPU ms | commands | reads | bytes kept | kept |"
    yield "| " + " | ".join(["---"] * 9) + " |"
    for name, (_, cost) in results.items():
        yield load(name, cost)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=bodies.DATA, help="folder of the texts (default: %(default)s)")
    parser.add_argument("--split", choices=get_args(bodies.Split), default="dev", help="(default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--limit", type=int, metavar="N", help=f"about so many articles; a full stream has {FULL}")
    parser.add_argument("--quick", action="store_true", help=f"about {QUICK} articles")
    parser.add_argument("--only", nargs="+", choices=rivals.NAMES, default=rivals.NAMES, help="these ways alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write costs and counts there, too")
    options = parser.parse_args()
    if not bodies.present(options.data):
        print(f"skipped: there is no data at {options.data} (--data FOLDER names another place)")
        return
    items = items_of(options.data, options.split, options.seed, options.limit or (QUICK if options.quick else None))
    results: dict[str, tuple[list[Judged], Load]] = {}
    for name in options.only:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            result = pool.submit(run, name, items).result()
        if result is None:
            print(f"{name}: left out, its library is not installed", file=sys.stderr)
            continue
        results[name] = (judge(items, result[0]), result[1])
        print(f"{name} is done", file=sys.stderr)
    print(f"{len(items)} articles, split {options.split}, seed {options.seed}\n")
    print("\n".join(report(results)))
    if options.json:
        told = {name: asdict(cost) for name, (_, cost) in results.items()}
        options.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
