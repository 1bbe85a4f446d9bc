"""Chaos: a line under load whose parts are killed, stopped, cut off and filled up at random; then the books are read.

    python -m tests.chaos --strikes 1000

Every payload that a producer was told is stored must come out exactly once: as a record or in quarantine. Prints what
was done, and how many payloads were lost, doubled and worked on more than once. The exit status is 1 when any was lost
or doubled. A clock jump needs libfaketime (Debian has it); without it that strike is left out, and said.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
import redis

from tests.integration.line import Ledger, Worker, start_worker
from tests.integration.test_kill import LANE, story
from tests.servers import RedisServer, redis_binaries
from worker.client import Client, Item
from worker.errors import IntakeError

_FAKETIME: Final = next(iter(Path("/usr/lib").rglob("libfaketime.so.1")), None)
_WORKERS: Final = 2
_DRAIN_SECONDS: Final = 180.0


class Cable:
    """A network between workers and server that can be cut: a TCP proxy to the server's socket."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._whole = threading.Event()
        self._whole.set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where workers reach the server."""
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def cut(self, seconds: float) -> None:
        """Break every connection, and take none for a while."""
        self._whole.clear()
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()
        time.sleep(seconds)
        self._whole.set()

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            far = socket.socket(socket.AF_UNIX)
            try:
                if not self._whole.is_set():
                    raise ConnectionRefusedError
                far.connect(str(self._target))
            except OSError:
                near.close()
                far.close()
                continue
            self._pairs.append((near, far))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65_536):
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Chaos:
    """The line, and what can be done to it."""

    def __init__(self, directory: Path, seed: int) -> None:
        self.random = random.Random(seed)  # repeatable, not secret
        self.directory = directory
        self.clock = directory / "clock"
        self.server = RedisServer(redis_binaries()["valkey"], directory)
        self._start_server()
        self.client = redis.Redis.from_url(self.server.url)
        self.cable = Cable(self.server.socket)
        self.strikes = Counter[str]()
        for number in range(_WORKERS):
            (directory / str(number)).mkdir()
        self.workers = [self._start_worker(number) for number in range(_WORKERS)]

    def _start_server(self) -> None:
        if _FAKETIME is None:
            self.server.start()
            return
        if not self.clock.exists():
            self.clock.write_text("+0")
        preload = {"LD_PRELOAD": str(_FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1"}
        os.environ.update(preload)
        try:
            self.server.start()
        finally:
            for name in preload:
                del os.environ[name]

    def _start_worker(self, number: int) -> Worker:
        arguments = ("--concurrency", "2", "-Q", "copydesk", "-n", f"w{number}@chaos")
        environ = {"COPYDESK_INTAKE__GUARD_WINDOW": "0"}
        return start_worker(self.cable.url, self.directory / str(number), environ, *arguments)

    def mend(self) -> None:
        """Do what every deployment does: start again what ended."""
        for number, worker in enumerate(self.workers):
            if worker.process.poll() is not None:
                self.workers[number] = self._start_worker(number)

    def strike(self) -> None:
        """Do one thing at random."""
        self.mend()
        time.sleep(self.random.uniform(0.0, 0.2))
        deck: list[tuple[int, Callable[[], None]]] = [
            (60, self.process),
            (8, self.worker),
            (6, self.database),
            (6, self.pause_process),
            (4, self.pause_worker),
            (3, self.pause_database),
            (5, self.network),
            (3, self.memory),
            (3, self.shutdown),
            (2 if _FAKETIME else 0, self.jump),
        ]
        action = self.random.choices([act for _, act in deck], [weight for weight, _ in deck])[0]
        action()
        self.strikes[action.__name__] += 1

    def _children(self) -> list[psutil.Process]:
        return [child for worker in self.workers for child in worker.children()]

    def process(self) -> None:
        """SIGKILL a pool process."""
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            self.random.choice(self._children()).kill()

    def worker(self) -> None:
        """SIGKILL a worker with all its processes."""
        self.random.choice(self.workers).kill_tree()

    def shutdown(self) -> None:
        """SIGTERM a worker, and again a little later."""
        worker = self.random.choice(self.workers)
        with contextlib.suppress(ProcessLookupError):
            worker.process.terminate()
            time.sleep(self.random.uniform(0, 1))
            worker.process.terminate()

    def database(self) -> None:
        """SIGKILL the server and start it again with its data."""
        self.server.kill()
        self._start_server()

    def pause_process(self) -> None:
        """Stop a pool process for longer than its lease, so that it comes back too late."""
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            process = self.random.choice(self._children())
            process.suspend()
            threading.Timer(self.random.uniform(0.5, 6), _resume, [process]).start()

    def pause_worker(self) -> None:
        """Stop a worker with all its processes for a while."""
        worker = self.random.choice(self.workers)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.process.pid, signal.SIGSTOP)
            time.sleep(self.random.uniform(0.2, 1.5))
            os.killpg(worker.process.pid, signal.SIGCONT)

    def pause_database(self) -> None:
        """Stop the server for a moment."""
        assert self.server.process is not None
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0.2, 2))
        self.server.process.send_signal(signal.SIGCONT)

    def network(self) -> None:
        """Cut all workers off the server."""
        self.cable.cut(self.random.uniform(0.1, 1.5))

    def memory(self) -> None:
        """Let the server be full for a while."""
        with contextlib.suppress(redis.RedisError):
            self.client.config_set("maxmemory", max(1, int(self.client.info("memory")["used_memory"]) - 10_000))
            time.sleep(self.random.uniform(0.2, 1))
            self.client.config_set("maxmemory", 0)

    def jump(self) -> None:
        """Set the server's clock forward or back by up to an hour, and right again."""
        self.clock.write_text(f"{self.random.choice('+-')}{self.random.randint(1, 3600)}")
        time.sleep(self.random.uniform(0.2, 1))
        self.clock.write_text("+0")

    def end(self) -> None:
        """Kill everything."""
        for worker in self.workers:
            worker.kill_tree()
        self.server.kill()


def _resume(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.resume()


def push(url: str, items: list[Item]) -> list[str]:
    """Push as a careful crawler does: after an error the same ids again, until all are known to be stored."""
    while True:
        try:
            with Client(url) as client:
                return list(client.push_many(items))
        except IntakeError:
            time.sleep(0.1)


def drain(chaos: Chaos, seconds: float) -> bool:
    """Wait until the intake is empty; tells whether it became so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        chaos.mend()
        with contextlib.suppress(redis.RedisError):
            chaos.client.config_set("maxmemory", 0)
            if chaos.client.xlen(LANE.intake) == 0:
                return True
        time.sleep(0.2)
    return False


def main() -> int:
    """Run it and print the books."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strikes", type=int, default=1000)
    parser.add_argument("--payloads", type=int, default=20, help="pushed before each strike")
    parser.add_argument("--minutes", type=float, default=30.0, help="end early after this time")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="cdx"))
    chaos = Chaos(directory, given.seed)
    entries: list[str] = []
    began = time.monotonic()
    try:
        while sum(chaos.strikes.values()) < given.strikes and time.monotonic() - began < given.minutes * 60:
            start = len(entries)
            items = [Item(story(n), id=f"story-{n}") for n in range(start, start + given.payloads)]
            entries += push(chaos.server.url, items)
            chaos.strike()
            done = sum(chaos.strikes.values())
            if done % 50 == 0:
                print(f"{done} strikes, {len(entries)} payloads, {time.monotonic() - began:.0f} s", flush=True)
        drained = drain(chaos, _DRAIN_SECONDS)
        ledger = Ledger.read(chaos.client, LANE)
        problems = ledger.problems(entries)
        state = chaos.client.hgetall(LANE.state)
        assert isinstance(state, dict)
        print(f"strikes: {dict(chaos.strikes.most_common())}")
        if _FAKETIME is None:
            print("no clock jump: libfaketime is not installed")
        print(f"payloads: {len(entries)}, of which in quarantine: {dict(Counter(ledger.quarantined.values()))}")
        print(f"seconds: {time.monotonic() - began:.0f}; drained: {drained}")
        print(f"reprocessed: {int(state.get(b'redelivered', 0))}")
        for name in ("lost", "doubled", "strange"):
            print(f"{name}: {len(problems[name])} {problems[name][:5]}")
        ended = drained and not any(problems.values())
    finally:
        chaos.end()
    if ended:
        shutil.rmtree(directory, ignore_errors=True)
    else:
        print(f"logs and data are in {directory}")
    return 0 if ended else 1


if __name__ == "__main__":
    sys.exit(main())
