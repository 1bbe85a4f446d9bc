"""The whole line against its limit and against the obvious glue, side by side in one run.

    python benchmarks/line.py [--articles N] [--runs N] [--kilobytes N] [--quick]

Three ways over the same payloads, each from full intake to compressed JSON lines on disk:

  in-process   the pure pipeline in one process: the limit
  copydesk     intake stream, drains in a Celery worker (prefork), commit, articles stream, sink
  glue         one Celery task an article with the page inside (acks_late), trafilatura's defaults, the same sink

and the queue path alone: the same two with a format that does next to nothing, whose difference is what
stream, Celery, commit and sink cost an article. CPU is that of the worker's process tree and of the
server (user + system), from the moment the worker is warm; medians over runs that take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import redis
from celery import Celery

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import light_app  # noqa: E402
from worker import wiring  # noqa: E402
from worker.cli.embedded import EmbeddedServer  # noqa: E402
from worker.client import Client, Item  # noqa: E402
from worker.index.memory import MemoryIndex  # noqa: E402
from worker.intake.lane import Lane  # noqa: E402
from worker.model import Payload, Record  # noqa: E402
from worker.pipeline import Pipeline  # noqa: E402
from worker.ports import Letter  # noqa: E402
from worker.settings import Settings  # noqa: E402
from worker.sinks.objects import Objects, Options  # noqa: E402
from worker.wire import dump_record  # noqa: E402

LANE = Lane("default")
WORDS = (
    "harbour council ferry river budget teacher winter market bridge school doctor train farmer museum island".split()
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One run: CPU milliseconds an article, articles a CPU second, articles a second of the clock."""

    cpu_ms: float
    per_cpu_second: float
    per_second: float


def page(number: int, kilobytes: int) -> bytes:
    """Write a page of about so many kilobytes, a tenth of it text, that no other number has."""
    rng = random.Random(number)
    paragraphs = [" ".join(rng.choices(WORDS, k=60)) + f", said witness {number}." for _ in range(kilobytes // 5)]
    links = "".join(
        f'<li><a class="nav-item level-{n % 7}" href="/topic/{n}">{rng.choice(WORDS)}</a></li>' for n in range(40)
    )
    filler = "".join(
        f'<div class="teaser c{n}" data-id="{rng.random()}"><span></span></div>' for n in range(kilobytes * 12)
    )
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    head = (
        f'<title>Story {number} of the day</title><meta property="og:title" content="Story {number} of the day">'
        f'<meta property="article:published_time" content="2026-01-01T00:00:00Z"><link rel="canonical" '
        f'href="https://bench.example/{number}">'
    )
    article = f"<article><h1>Story {number} of the day</h1>{body}</article>"
    nav = f"<nav><ul>{links}</ul></nav>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{nav}{article}{filler}</body></html>".encode()


def light(number: int, kilobytes: int) -> bytes:
    """Write a payload for the queue path alone: as many bytes, incompressible, that no parser looks at."""
    return b"%LIGHT " + str(number).encode() + b"\n" + random.Random(number).randbytes(kilobytes * 1000)


def cpu_of(process: psutil.Process) -> float:
    """Sum user and system seconds of a process tree, ended children included."""
    total = 0.0
    for item in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = item.cpu_times()
            total += times.user + times.system
            if item == process:
                total += times.children_user + times.children_system
    return total


def measured(work: Callable[[], None], cpu: Callable[[], float], articles: int) -> Figure:
    """Run once and count."""
    cpu_before, began = cpu(), time.perf_counter()
    work()
    spent, seconds = cpu() - cpu_before, time.perf_counter() - began
    return Figure(spent * 1000 / articles, articles / spent, articles / seconds)


def in_process(payloads: list[bytes], spine: Pipeline, out: Path) -> Figure:
    """Run the pipeline in this process, in batches as a drain would, into the same sink."""
    index = MemoryIndex()
    sink = Objects("files", Options(url=str(out)))

    def work() -> None:
        now = datetime.now(UTC)
        lines: list[Letter] = []
        for number, body in enumerate(payloads):
            owner = str(number)
            reading = spine.read(Payload(body, owner, now))
            items = spine.finish(reading, index.reserve([(owner, reading.prints)])[0])
            index.finalise(owner)
            lines += [Letter(item.id, item.id, dump_record(item)) for item in items if isinstance(item, Record)]
            if len(lines) >= 500 or number == len(payloads) - 1:
                sink.deliver(f"bench-0-{int(time.time() * 1000)}-{number}-1-0", lines)
                lines = []

    times = os.times
    return measured(work, lambda: times().user + times().system, len(payloads))


@contextlib.contextmanager
def worker_of(app: str, url: str, directory: Path, environ: dict[str, str], processes: int) -> Iterator[psutil.Process]:
    """Start a Celery worker and stop it again."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "--without-gossip", "--without-mingle"]
    with (directory / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--loglevel", "WARNING", "--concurrency", str(processes)],
            stdout=log,
            stderr=log,
            cwd=directory,
            start_new_session=True,
            env={
                **clean,
                "COPYDESK_REDIS__URL": url,
                "GLUE_URL": url.replace("unix://", "redis+socket://"),
                "PYTHONPATH": str(ROOT),
                **environ,
            },
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def until(condition: Callable[[], bool], seconds: float = 600) -> None:
    """Wait for a condition without taking CPU from those who are measured."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = "the benchmark did not finish in time; see worker.log"
            raise RuntimeError(message)
        time.sleep(0.02)


def without_compaction(client: redis.Redis) -> None:
    """Keep the server from compacting its append-only file.

    It would do so at some time in some runs, and read back hundreds of megabytes of backlog that a line in
    service, which deletes what it has committed, never has.
    """
    client.config_set("auto-aof-rewrite-percentage", 0)


def copydesk(payloads: list[bytes], app: str, processes: int, warm: bytes) -> Figure:
    """Run the real line; the server is started for this run alone."""
    directory = Path(tempfile.mkdtemp(prefix="cb"))
    environ = {
        "COPYDESK_SINKS__FILES__OPTIONS__URL": str(directory / "out"),
        "COPYDESK_SINKS__FILES__LINGER_SECONDS": "0.2",
        "COPYDESK_LOG__LEVEL": "warning",
    }
    try:
        with EmbeddedServer(directory) as server, worker_of(app, server.url, directory, environ, processes) as tree:
            client = redis.Redis.from_url(server.url)
            without_compaction(client)

            def drained() -> bool:
                return client.xlen(LANE.intake) == 0 and client.xlen(LANE.articles) == 0

            with Client(server.url) as intake:
                list(intake.push_many(Item(warm + str(n).encode()) for n in range(processes * 8)))
                until(drained)
                database = psutil.Process(client.info("server")["process_id"])
                # The producer's work is not the worker's: measured from the moment all is stored.
                tree.suspend()
                for child in tree.children(recursive=True):
                    child.suspend()
                list(intake.push_many(Item(body) for body in payloads))

            def work() -> None:
                for child in tree.children(recursive=True):
                    child.resume()
                tree.resume()
                until(drained)

            done = int(client.hget(LANE.stats, "delivered.files") or 0)
            figure = measured(work, lambda: cpu_of(tree) + cpu_of(database), len(payloads))
            delivered = int(client.hget(LANE.stats, "delivered.files") or 0) - done
            if delivered != len(payloads):
                message = f"{delivered} of {len(payloads)} were delivered"
                raise RuntimeError(message)
            return figure
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def glue(payloads: list[bytes], processes: int, warm: bytes) -> Figure:
    """Run one Celery task an article, as one would write it in an afternoon."""
    directory = Path(tempfile.mkdtemp(prefix="cb"))
    environ = {"GLUE_OUT": str(directory / "out")}
    try:
        with EmbeddedServer(directory) as server:
            producer = Celery("producer", broker=server.url.replace("unix://", "redis+socket://"))
            client = redis.Redis.from_url(server.url)
            without_compaction(client)
            with worker_of("benchmarks.glue_app", server.url, directory, environ, processes) as tree:
                out = directory / "out"

                def count() -> int:
                    return sum(1 for _ in out.rglob("*.zst"))

                for _ in range(processes * 8):
                    producer.send_task("glue.process", [warm.decode()])
                until(lambda: count() >= processes * 8)
                database = psutil.Process(client.info("server")["process_id"])
                tree.suspend()
                for child in tree.children(recursive=True):
                    child.suspend()
                for body in payloads:
                    producer.send_task("glue.process", [body.decode()])

                def work() -> None:
                    for child in tree.children(recursive=True):
                        child.resume()
                    tree.resume()
                    until(lambda: count() >= processes * 8 + len(payloads))

                return measured(work, lambda: cpu_of(tree) + cpu_of(database), len(payloads))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def row(name: str, figures: list[Figure]) -> str:
    """Write medians, with the range of CPU time."""
    cpu = [item.cpu_ms for item in figures]
    middle = statistics.median(cpu)
    rates = (statistics.median(getattr(item, key) for item in figures) for key in ("per_cpu_second", "per_second"))
    return (
        f"| {name} | {middle:.2f} | {min(cpu):.2f} to {max(cpu):.2f} | " + " | ".join(f"{r:.0f}" for r in rates) + " |"
    )


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="The whole line against its limit and the obvious glue.")
    options.add_argument("--articles", type=int, default=400)
    options.add_argument("--light-articles", type=int, default=4000)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--kilobytes", type=int, default=100)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--quick", action="store_true", help="one short run, to see that it works")
    given = options.parse_args()
    if given.quick:
        given.articles, given.light_articles, given.runs = 40, 400, 1
    pages = [page(n, given.kilobytes) for n in range(given.articles)]
    lights = [light(n, given.kilobytes) for n in range(given.light_articles)]
    size = statistics.mean(map(len, pages)) / 1000
    spine = wiring.pipeline(Settings())
    light_spine = light_app.light_pipeline()
    found: dict[str, list[Figure]] = {}
    for run in range(given.runs):
        out = Path(tempfile.mkdtemp(prefix="cb"))
        found.setdefault("in-process", []).append(in_process(pages, spine, out))
        found.setdefault("copydesk", []).append(copydesk(pages, "worker.app", given.processes, page(10**6, 5)))
        found.setdefault("glue", []).append(glue(pages, given.processes, page(10**6, 5)))
        found.setdefault("queue path: in-process", []).append(in_process(lights, light_spine, out))
        found.setdefault("queue path: copydesk", []).append(
            copydesk(lights, "benchmarks.light_app", given.processes, light(10**6, 1))
        )
        shutil.rmtree(out, ignore_errors=True)
        print(f"run {run + 1} of {given.runs} is done", file=sys.stderr)
    print(f"{given.articles} pages of {size:.0f} KB ({given.light_articles} on the queue path), ", end="")
    print(f"{given.processes} processes, medians of {given.runs} runs\n")
    print("| way | CPU ms an article | range | articles a CPU second | articles a second |")
    print("| --- | --- | --- | --- | --- |")
    for name, figures in found.items():
        print(row(name, figures))

    def ratio(one: str, other: str) -> float:
        return statistics.median(a.cpu_ms / b.cpu_ms for a, b in zip(found[one], found[other], strict=True))

    pairs = zip(found["queue path: copydesk"], found["queue path: in-process"], strict=True)
    overhead = statistics.median(a.cpu_ms - b.cpu_ms for a, b in pairs)
    print(f"\nCPU an article, pair by pair: copydesk / in-process {ratio('copydesk', 'in-process'):.2f}, ", end="")
    print(f"glue / copydesk {ratio('glue', 'copydesk'):.2f}. The queue path alone costs {overhead:.2f} ms an article.")


if __name__ == "__main__":
    main()
