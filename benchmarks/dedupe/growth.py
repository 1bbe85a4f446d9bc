"""How the index in Redis grows: bytes a document and time of a call at 10,000, 100,000, a million documents and more.

    python benchmarks/dedupe/growth.py [--sizes 10000 100000 1000000 3000000] [--csv FILE] [--svg FILE]

The texts are made: words of a vocabulary whose frequencies fall as those of a language do, and numbers, in lengths
of newswire. At each size single calls are timed, of texts that are new and of texts that are in the index.

Of the first `_REAL` numbers each text goes through the real fingerprint and a reservation of its own. Beyond them the
index is filled with stand-ins, prints of these texts under other ids, addresses and hashes. The server files them by
the same functions (settle.lua) without a reservation: the same keys and bytes, in a tenth of the time.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import random
import secrets
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import redis

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.dedupe.gate import index_in, server
from worker.dedupe.fingerprint import fingerprint
from worker.dedupe.prints import pack
from worker.index.redis_index import SETTLE_LUA
from worker.model import Article, Paragraph, Payload, Publisher
from worker.ports import Fingerprint, Index

SIZES: Final = (10_000, 100_000, 1_000_000)
_BATCH: Final = 50
_REAL: Final = 10_000
_POOL: Final = 500
_FILE_LUA: Final = """
for i = 2, #ARGV, 2 do
  local number = redis.call('HINCRBY', ARGV[1] .. 'm', 'documents', 1)
  index_file(ARGV[1], number, ARGV[i], ARGV[i + 1], true)
end
"""
_CHUNK: Final = 5_000
_UNUSED: Final = 10**9
"""Numbers from here on are never filled in."""
_VOCABULARY: Final = 20_000
_WORDS: Final = (5.2, 0.55)
"""Mean and deviation of the logarithm of a length: median 181 words, mean 211."""
_ARRIVAL: Final = datetime(2026, 11, 2, 6, tzinfo=UTC)
_SYLLABLES: Final = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()


@dataclass(frozen=True, slots=True)
class Point:
    """The state at one size, memory in bytes; times of a call in ms, medians and 99th percentiles.

    `new` is a text that is not in the index, `exact` one that is, at another address, `near` one with three
    words in a hundred changed; `server_us` is the server's part of a call, over all three.
    """

    documents: int
    bytes_a_document: float
    used_memory: int
    resident_memory: int
    ping_ms: float
    filled_a_second: float
    server_us: float
    new_ms: float
    new_p99_ms: float
    exact_ms: float
    exact_p99_ms: float
    near_ms: float
    near_p99_ms: float


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    names = ("".join(parts) for length in (2, 3, 4) for parts in itertools.product(_SYLLABLES, repeat=length))
    words = list(itertools.islice(names, _VOCABULARY))
    random.Random(0).shuffle(words)
    return words, list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))


def made(number: int, copy: float | None = None) -> Fingerprint:
    """Make the article of this number, the same each time, and its fingerprint; or a copy at another site.

    `copy` is the share of words that are others in the copy.
    """
    rng = random.Random(number)
    words, weights = _vocabulary()
    chosen = rng.choices(words, cum_weights=weights, k=max(30, round(rng.lognormvariate(*_WORDS))))
    for _ in range(rng.randint(0, 8)):
        chosen[rng.randrange(len(chosen))] = str(rng.randint(2, 999))
    site = f"paper{number % 500:03}.example"
    if copy is not None:
        site = "copy." + site
        for at in rng.sample(range(len(chosen)), round(len(chosen) * copy)):
            chosen[at] = chosen[at] if chosen[at].isdecimal() else rng.choice(words)
    headline, body = " ".join(chosen[:8]), " ".join(chosen)
    url = f"https://{site}/2026/11/story-{number}"
    article = Article(
        headline=headline,
        body=body,
        paragraphs=(Paragraph(0, len(body)),),
        format="text",
        publisher=Publisher(site, site),
        published_at=_ARRIVAL.isoformat(),
        url=url,
        canonical_url=url,
    )
    return fingerprint(Payload(f"{url} {body}".encode(), str(number), _ARRIVAL, url=url), article)


def _stand_ins(client: redis.Redis, prefix: str, start: int, stop: int) -> None:
    """File prints that were made of other texts under ids and hashes of their own."""
    script = client.register_script(SETTLE_LUA + _FILE_LUA)
    rng = random.Random(start)
    pool = [made(number) for number in range(_POOL)]
    for at in range(start, stop, _BATCH):
        args: list[str | bytes] = [prefix]
        for number in range(at, min(at + _BATCH, stop)):
            item = pool[number % _POOL]
            args.append(pack(replace(item.print, article_id=rng.randbytes(16).hex())))
            kinds = [0, 1, *(2 for _ in item.urls), *(4 for _ in item.lede), *(5 for _ in item.body)]
            args.append(b"\0" * 4 + b"".join(bytes([kind]) + _posting(rng.getrandbits(64)) for kind in kinds))
        script(keys=[prefix + "m"], args=args)


def _posting(value: int) -> bytes:
    return (value & 0xFFFFFFFF).to_bytes(4, "little") + (value >> 12 & 0xFFFFFF).to_bytes(3, "little")


def fill(url: str, prefix: str, start: int, stop: int) -> None:
    """Put the articles of these numbers into the index."""
    client = redis.Redis.from_url(url)
    index = index_in(client, prefix)
    for at in range(start, min(stop, _REAL), _BATCH):
        owner = f"fill-{at}"
        index.reserve([(owner, [made(number) for number in range(at, min(at + _BATCH, stop, _REAL))])])
        index.finalise(owner)
    if stop > _REAL:
        _stand_ins(client, prefix, max(start, _REAL), stop)
    client.close()


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _scripts(client: redis.Redis) -> tuple[int, int]:
    row = client.info("commandstats").get("cmdstat_evalsha", {"calls": 0, "usec": 0})
    return row["calls"], row["usec"]


def _asked(index: Index, owner: str, keys: Sequence[Fingerprint]) -> list[float]:
    times = []
    for number, key in enumerate(keys):
        began = time.perf_counter()
        index.reserve([(f"{owner}-{number}", [key])])
        times.append((time.perf_counter() - began) * 1000)
    return times


def _pinged(client: redis.Redis) -> float:
    began = time.perf_counter()
    client.ping()
    return (time.perf_counter() - began) * 1000


def point(client: redis.Redis, prefix: str, documents: int, sample: int, empty: int, rate: float) -> Point:
    """Measure at a size: memory, and single calls of `sample` texts of each sort, which leave nothing behind."""
    index = index_in(client, prefix)
    memory = client.info("memory")
    real = min(documents, _REAL)
    known = random.Random(documents).sample(range(real), min(sample, real))
    asked = {
        "new": [made(_UNUSED + number) for number in range(sample)],
        "exact": [made(number, 0.0) for number in known],
        "near": [made(number, 0.03) for number in known],
    }
    times: dict[str, list[float]] = {}
    calls, usec = _scripts(client)
    for name, keys in asked.items():
        times[name] = _asked(index, name, keys)
    calls_after, usec_after = _scripts(client)
    for name, keys in asked.items():
        for number in range(len(keys)):
            index.release(f"{name}-{number}")
    return Point(
        documents=documents,
        bytes_a_document=(memory["used_memory"] - empty) / documents,
        used_memory=memory["used_memory"],
        resident_memory=memory["used_memory_rss"],
        ping_ms=statistics.median(_pinged(client) for _ in range(sample)),
        filled_a_second=rate,
        server_us=(usec_after - usec) / max(1, calls_after - calls),
        new_ms=statistics.median(times["new"]),
        new_p99_ms=_p99(times["new"]),
        exact_ms=statistics.median(times["exact"]),
        exact_p99_ms=_p99(times["exact"]),
        near_ms=statistics.median(times["near"]),
        near_p99_ms=_p99(times["near"]),
    )


def grow(given: str, sizes: Sequence[int], sample: int, processes: int) -> Iterator[Point]:
    """Fill an index step by step, and measure at each."""
    prefix = f"{{growth-{secrets.token_hex(4)}}}:"
    with (
        server(given) as (client, url),
        ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool,
    ):
        if given == "embedded":
            client.config_set("appendonly", "no")  # the file is not what is measured, and would be gigabytes
        fill(url, prefix + "warm:", 0, 1)
        empty = client.info("memory")["used_memory"]
        filled = 0
        try:
            for size in sorted(sizes):
                began = time.perf_counter()
                parts = [(at, min(at + _CHUNK, size)) for at in range(filled, size, _CHUNK)]
                for job in [pool.submit(fill, url, prefix, *part) for part in parts]:
                    job.result()
                rate = (size - filled) / (time.perf_counter() - began)
                filled = size
                yield point(client, prefix, size, sample, empty, rate)
        finally:
            if given != "embedded":
                for key in client.scan_iter(match=prefix + "*", count=1000):
                    client.unlink(key)


# --- the plot

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 420, 260, 64, 40, 96
_COLOURS: Final = ("#1f5fa8", "#b8541a", "#4a7f3a", "#777777")


def _ticks(most: float) -> list[float]:
    step = 10.0 ** (len(str(int(most))) - 1) if most >= 1 else 10.0 ** -len(str(int(1 / most)))
    step = next(part for part in (step / 5, step / 2, step, step * 2) if most / part <= 6)
    return [step * n for n in range(int(most / step) + 2)]


def _panel(left: int, title: str, points: Sequence[Point], series: dict[str, str]) -> Iterator[str]:
    """Draw one panel: size on a logarithmic axis, each series (name -> field) as a line."""
    first, last = points[0].documents, points[-1].documents
    decades = range(len(str(first)) - 1, len(str(last - 1)) + 1)
    ticks = _ticks(max(getattr(one, name) for one in points for name in series.values()))

    def x(documents: float) -> float:
        return left + _WIDTH * (math.log10(documents) - decades[0]) / max(1, decades[-1] - decades[0])

    def y(value: float) -> float:
        return _TOP + _HEIGHT * (1 - value / ticks[-1])

    yield f'<text x="{left}" y="{_TOP - 16}" font-weight="bold">{title}</text>'
    for tick in ticks:
        yield f'<line x1="{left}" x2="{left + _WIDTH}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>'
        yield f'<text x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for decade in decades:
        at = x(10.0**decade)
        yield f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_TOP + _HEIGHT}" stroke="#eee"/>'
        yield f'<text x="{at:.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{10**decade:,}</text>'
    for number, (label, name) in enumerate(series.items()):
        colour = _COLOURS[number]
        line = " ".join(f"{x(one.documents):.1f},{y(getattr(one, name)):.1f}" for one in points)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for one in points:
            yield f'<circle cx="{x(one.documents):.1f}" cy="{y(getattr(one, name)):.1f}" r="3" fill="{colour}"/>'
        yield f'<text x="{left}" y="{_TOP + _HEIGHT + 44}" dx="{110 * number}" fill="{colour}">{label}</text>'


def plot(points: Sequence[Point]) -> str:
    """Draw bytes a document and times of a call against the number of documents, as SVG."""
    right = _LEFT + _WIDTH + _GAP
    width, height = right + _WIDTH + 40, _TOP + _HEIGHT + 60
    bytes_series = {"bytes a document": "bytes_a_document"}
    times = {"new": "new_ms", "exact copy": "exact_ms", "near copy": "near_ms", "ping": "ping_ms"}
    parts = [
        *_panel(_LEFT, "Memory of the index, bytes a document", points, bytes_series),
        *_panel(right, "Time of a call, ms (median)", points, times),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
    return "\n".join(
        (head + 'font-size="12">', f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>")
    )


def main() -> None:
    """Print a line a size; write the table and the plot."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--redis", default="embedded", metavar="URL", help="a server (default: one of its own)")
    parser.add_argument(
        "--sample", type=int, default=1000, metavar="N", help="calls timed a size (default: %(default)s)"
    )
    parser.add_argument("--processes", type=int, default=1, help="that fill the index (default: %(default)s)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the table there")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the plot there")
    options = parser.parse_args()
    points: list[Point] = []
    for one in grow(options.redis, options.sizes, options.sample, options.processes):
        points.append(one)
        print(
            f"{one.documents:>10,} documents  {one.bytes_a_document:7.1f} bytes each  "
            f"new {one.new_ms:.3f} ms (p99 {one.new_p99_ms:.3f})  exact {one.exact_ms:.3f} ms "
            f"(p99 {one.exact_p99_ms:.3f})  near {one.near_ms:.3f} ms (p99 {one.near_p99_ms:.3f})  "
            f"server {one.server_us:.0f} µs  ping {one.ping_ms:.3f} ms  filled {one.filled_a_second:,.0f} a second",
            flush=True,
        )
        # After each size: a run of an hour may be broken off.
        if options.csv:
            with options.csv.open("w", newline="", encoding="utf-8") as file:
                table = csv.DictWriter(file, [item.name for item in fields(Point)])
                table.writeheader()
                table.writerows(asdict(item) for item in points)
        if options.svg:
            options.svg.write_text(plot(points), encoding="utf-8")


if __name__ == "__main__":
    main()
