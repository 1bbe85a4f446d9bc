"""How long an urgent payload takes while a backfill of many payloads is in work: push to record, on real parts.

    python benchmarks/lanes.py --backfill 1000000

A server, a worker with two processes, lanes `breaking` and `backfill` in strict order. One urgent payload every third
of a second; the time from before its push until its record is in the articles stream. First on an idle line, then
beside the backfill. Prints percentiles in milliseconds, and how much of the backfill was done meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.line import start_worker, wait_until
from tests.integration.test_kill import story
from tests.servers import redis_binaries, run_redis
from worker.client import Client, ClientOptions, Item
from worker.intake.lane import Lane

BREAKING, BACKFILL = Lane("breaking"), Lane("backfill")


def latencies(url: str, count: int, first: int) -> list[float]:
    """Push urgent payloads one by one; give milliseconds until each one's record is there."""
    client = redis.Redis.from_url(url)
    found = []
    with Client(url, ClientOptions(lane="breaking")) as producer:
        for number in range(first, first + count):
            before: Any = client.xinfo_stream(BREAKING.articles)["last-generated-id"]
            began = time.perf_counter()
            producer.push(story(number))
            while not client.xread({BREAKING.articles: before}, block=5000):
                pass
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(max(0.0, 0.33 - (time.perf_counter() - began)))
    return found


def told(name: str, values: list[float]) -> str:
    """Give a line with percentiles."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return f"{name:<24} p50 {cuts[49]:7.0f}   p90 {cuts[89]:7.0f}   p99 {cuts[98]:7.0f}   max {max(values):7.0f} ms"


def main() -> None:
    """Run both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backfill", type=int, default=20_000)
    parser.add_argument("--urgent", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cdl") as name, run_redis(redis_binaries()["valkey"], Path(name)) as server:
        directory = Path(name)
        client = redis.Redis.from_url(server.url)
        environ = {
            "COPYDESK_INTAKE__LANES": "breaking,backfill",
            "COPYDESK_INTAKE__SLICE_SECONDS": "1.0",
            "COPYDESK_LIMITS__SOFT_SECONDS": "5",
            "COPYDESK_LIMITS__HARD_SECONDS": "20",
            "COPYDESK_INTAKE__LEASE_SECONDS": "60",
            "COPYDESK_LOG__LEVEL": "warning",
        }
        worker = start_worker(server.url, directory, environ, "--concurrency", "2", "-Q", "copydesk")
        try:
            wait_until(lambda: bool(client.exists(BREAKING.articles)), 60, "the worker is ready")
            idle = latencies(server.url, max(20, given.urgent // 4), 10_000_000)
            print(told("idle", idle), flush=True)
            with Client(server.url, ClientOptions(lane="backfill", batch_count=1000)) as producer:
                sum(1 for _ in producer.push_iter(Item(story(number)) for number in range(given.backfill)))
            print(f"{given.backfill} payloads are in the backfill", flush=True)
            done, began = client.xlen(BACKFILL.intake), time.perf_counter()
            busy = latencies(server.url, given.urgent, 20_000_000)
            settled = done - client.xlen(BACKFILL.intake)
            print(told("beside the backfill", busy))
            rate = settled / (time.perf_counter() - began)
            print(f"of the backfill {settled} were settled meanwhile, {rate:.0f} a second")
        finally:
            worker.kill_tree()


if __name__ == "__main__":
    main()
