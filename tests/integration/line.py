"""A whole line for tests: a real server, real Celery workers as processes, and a ledger over what came out."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

import psutil
import redis

from worker.intake.lane import Lane

ROOT = Path(__file__).parents[2]
FAST = {
    "COPYDESK_INTAKE__LEASE_SECONDS": "4",
    "COPYDESK_INTAKE__SLICE_SECONDS": "0.5",
    "COPYDESK_LIMITS__SOFT_SECONDS": "1",
    "COPYDESK_LIMITS__HARD_SECONDS": "3",
    "COPYDESK_LOG__FORMAT": "json",
}
"""Settings with which a dead worker is noticed within seconds, not a minute."""


@dataclass(slots=True)
class Worker:
    """One `celery worker` process tree."""

    process: subprocess.Popen[bytes]
    log: Path

    def children(self) -> list[psutil.Process]:
        """Give the pool processes that live now."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return [p for p in psutil.Process(self.process.pid).children() if p.is_running()]
        return []

    def kill_tree(self) -> None:
        """SIGKILL the worker and all its pool processes at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self, seconds: float = 20) -> int:
        """Ask for a warm shutdown and wait; give the exit status. Kills what does not end."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill_tree()
            raise
        finally:
            self.kill_tree()


def start_worker(
    url: str, directory: Path, environ: Mapping[str, str], *arguments: str, app: str = "worker.app"
) -> Worker:
    """Start a worker with the embedded settings of `environ`, in a session of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COPYDESK_")}
    log = directory / "worker.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", app, "worker", "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle", *arguments),
            ],
            cwd=directory,
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            env={
                **clean,
                **FAST,
                "COPYDESK_REDIS__URL": url,
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "ignore",
                **environ,
            },
            start_new_session=True,
        )
    return Worker(process, log)


@dataclass(slots=True)
class Ledger:
    """What became of each entry: how often it is in the articles stream, and in quarantine or parked as newer."""

    articles: Counter[str] = field(default_factory=Counter)
    quarantined: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, client: redis.Redis, lane: Lane) -> Self:
        """Read both streams to the end."""
        ledger = cls()
        for _, fields in _walk(client, lane.articles):
            ledger.articles[fields[b"entry"].decode()] += 1
        for _, fields in _walk(client, lane.quarantine):
            entry = fields[b"q_entry"].decode()
            assert entry not in ledger.quarantined, f"{entry} is in quarantine twice"
            ledger.quarantined[entry] = fields[b"q_cause"].decode()
        for _, fields in _walk(client, lane.newer):
            ledger.quarantined[fields[b"q_entry"].decode()] = "version_unsupported"
        return ledger

    def problems(self, entries: list[str]) -> dict[str, list[str]]:
        """Name the entries that are lost or doubled."""
        settled = Counter(self.articles)
        settled.update(self.quarantined.keys())
        return {
            "lost": [entry for entry in entries if settled[entry] == 0],
            "doubled": [entry for entry in entries if settled[entry] > 1],
            "strange": sorted(set(settled) - set(entries)),
        }


def _walk(client: redis.Redis, stream: str) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    after = "-"
    while page := cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(stream, after, "+", count=500)):
        yield from page
        after = "(" + page[-1][0].decode()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until the condition holds; fails with `what` after the time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
            if condition():
                return
        time.sleep(0.05)
    message = f"not within {seconds} s: {what}"
    raise AssertionError(message)


def drained(client: redis.Redis, lane: Lane) -> Callable[[], bool]:
    """Tell whether the intake is empty."""
    return lambda: client.xlen(lane.intake) == 0
