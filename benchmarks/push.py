"""How fast producers push: the client beside bare redis-py pipelines and Celery's send_task, in one run.

    python benchmarks/push.py [--payloads N] [--kilobytes N] [--runs N]

Each way puts the same payloads into an embedded server of its own: CPU milliseconds a payload of the producer's process
and of the server (user + system), and payloads a second of the clock, medians over runs that take turns. Payloads are
HTML-like text that zstd shrinks; the row with zstd packs each.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import redis
from celery import Celery

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from worker.cli.embedded import EmbeddedServer  # noqa: E402
from worker.client import AsyncClient, Client, ClientOptions, Item  # noqa: E402
from worker.intake.lane import Lane  # noqa: E402

LANE = Lane("default")
PLAIN = ClientOptions(compress_over=10**9)
WORDS = "harbour council ferry river budget teacher winter market bridge school doctor train farmer".split()


def body(number: int, kilobytes: int) -> bytes:
    """Write a page of about so many kilobytes that no other number has."""
    rng = random.Random(number)
    text = "".join(f"<p>{' '.join(rng.choices(WORDS, k=20))}</p>" for _ in range(kilobytes * 7))
    return f"<title>{number}</title>{text}".encode()[: kilobytes * 1000]


def bare(url: str, payloads: list[bytes]) -> None:
    """XADD in pipelines of 100, with redis-py and nothing else."""
    client = redis.Redis.from_url(url)
    for start in range(0, len(payloads), 100):
        pipeline = client.pipeline(transaction=False)
        for number, payload in enumerate(payloads[start : start + 100], start):
            pipeline.xadd(LANE.intake, {"payload": payload, "url": f"https://a.example/{number}", "v": "1"})
        pipeline.execute()


def pushed(options: ClientOptions, *, keys: bool) -> Callable[[str, list[bytes]], None]:
    """The client, with or without idempotency keys."""

    def push(url: str, payloads: list[bytes]) -> None:
        with Client(url, options) as client:
            client.push_many(items(payloads, keys=keys))

    return push


def items(payloads: list[bytes], *, keys: bool) -> list[Item]:
    """Make items of payloads."""
    return [
        Item(payload, url=f"https://a.example/{number}", id=f"k{number}" if keys else None)
        for number, payload in enumerate(payloads)
    ]


def pushed_async(url: str, payloads: list[bytes]) -> None:
    """The asynchronous client."""

    async def push() -> None:
        async with AsyncClient(url, PLAIN) as client:
            await client.push_many(items(payloads, keys=False))

    asyncio.run(push())


def sent(url: str, payloads: list[bytes]) -> None:
    """Celery's send_task, the page in the message."""
    app = Celery("bench", broker="redis+socket" + url.removeprefix("unix"))
    app.conf.task_ignore_result = True
    for number, payload in enumerate(payloads):
        kwargs = {"payload": payload.decode(), "url": f"https://a.example/{number}"}
        app.send_task("copydesk.push", kwargs=kwargs, queue="copydesk")
    app.close()


WAYS: dict[str, Callable[[str, list[bytes]], None]] = {
    "bare XADD, pipelines of 100": bare,
    "client": pushed(PLAIN, keys=False),
    "client, idempotency keys": pushed(PLAIN, keys=True),
    "client, one push a call": pushed(replace(PLAIN, batch_count=1), keys=False),
    "client, asyncio": pushed_async,
    "client, zstd": pushed(replace(PLAIN, compress_over=1), keys=False),
    "celery send_task": sent,
}


def measured(way: Callable[[str, list[bytes]], None], payloads: list[bytes]) -> tuple[float, float, float]:
    """Give CPU ms a payload of the producer and of the server, and payloads a second."""
    with tempfile.TemporaryDirectory(prefix="cd") as directory, EmbeddedServer(Path(directory)) as server:
        with redis.Redis.from_url(server.url) as client:
            pid = int(client.info("server")["process_id"])
        way(server.url, payloads[:20])
        process = psutil.Process(pid)
        before, began, clock = sum(process.cpu_times()[:2]), time.process_time(), time.perf_counter()
        way(server.url, payloads)
        spent, took = time.process_time() - began, time.perf_counter() - clock
        served = sum(process.cpu_times()[:2]) - before
    count = len(payloads)
    return spent * 1000 / count, served * 1000 / count, count / took


def main() -> None:
    """Run all ways in turns and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--payloads", type=int, default=3000)
    parser.add_argument("--kilobytes", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    payloads = [body(number, options.kilobytes) for number in range(options.payloads)]
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in WAYS}
    for _ in range(options.runs):
        for name, way in WAYS.items():
            figures[name].append(measured(way, payloads))
    print(f"{options.payloads} payloads of {options.kilobytes} KB, medians of {options.runs} runs")
    print(f"{'':30} {'producer ms':>12} {'server ms':>10} {'payloads/s':>11}")
    for name, rows in figures.items():
        producer, server, rate = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:30} {producer:12.3f} {server:10.3f} {rate:11.0f}")


if __name__ == "__main__":
    main()
