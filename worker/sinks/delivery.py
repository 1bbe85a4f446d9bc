"""Delivery: a sink's batches on an articles stream, opened, handed to the sink and closed; in a pool process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import redis
import structlog
from redis.commands.core import Script

from worker.errors import ConfigError, TransientError
from worker.ports import Sink

_SCRIPTS: Final = files("worker.sinks")
_RETRY_BASE_SECONDS: Final = 1.0
_RETRY_CAP_SECONDS: Final = 60.0
_log = structlog.get_logger("copydesk.delivery")


@dataclass(frozen=True, slots=True)
class Source:
    """The articles stream of one lane shard, and the key of the sink's open batch on it."""

    lane: str
    articles: str
    batch: str
    stats: str


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """When a batch is full, how long it may wait, and how long one delivery may take."""

    count: int
    bytes: int
    linger_seconds: float
    timeout_seconds: float
    slice_seconds: float


def _script(client: redis.Redis, name: str) -> Script:
    return client.register_script(_SCRIPTS.joinpath(f"{name}.lua").read_text("utf-8"))


def expire_batches(client: redis.Redis, batches: Sequence[str], dead: Callable[[str], bool]) -> int:
    """Let open batches be taken up at once whose owner is dead; returns how many."""
    expire = _script(client, "fail")
    count = 0
    for batch in batches:
        owner = client.hget(batch, "owner")
        if isinstance(owner, bytes) and dead(owner.decode()):
            count += int(expire(keys=[batch], args=[owner, 0]))
    return count


class DueProbe:
    """Asks whether a sink has something to do; cheap, made many times a second."""

    def __init__(self, client: redis.Redis, source: Source, sink: str, options: BatchOptions) -> None:
        self._keys = [source.articles, source.batch]
        self._args: list[str | int] = [sink, options.count, int(options.linger_seconds * 1000)]
        self._script = _script(client, "due")

    def __call__(self) -> bool:
        """Ask the server; raises redis.RedisError, NOGROUP included."""
        return bool(self._script(keys=self._keys, args=self._args))


class Delivery:
    """Delivers one lane's records to one sink; one instance a process."""

    def __init__(self, client: redis.Redis, source: Source, sink: Sink, consumer: str, options: BatchOptions) -> None:
        self._source = source
        self._sink = sink
        self._consumer = consumer
        self._options = options
        self._open = _script(client, "open")
        self._close = _script(client, "close")
        self._fail = _script(client, "fail")

    def run(self) -> dict[str, int]:
        """Deliver batches for one slice; returns counts (batches, records, failed)."""
        tally: Counter[str] = Counter()
        deadline = time.monotonic() + self._options.slice_seconds
        try:
            while time.monotonic() < deadline and self._one(tally):
                pass
        except (redis.ConnectionError, redis.TimeoutError) as exc:
            # The batch stays written down; it is taken up again when its lease has passed.
            tally["interrupted"] += 1
            _log.warning("delivery.interrupted", sink=self._sink.name, error=str(exc))
        return dict(tally)

    def _one(self, tally: Counter[str]) -> bool:
        options = self._options
        lease_ms = int(options.timeout_seconds * 1500)  # longer than the hard limit of the task
        opened = self._open(
            keys=[self._source.articles, self._source.batch],
            args=[
                self._sink.name,
                self._consumer,
                options.count,
                options.bytes,
                int(options.linger_seconds * 1000),
                lease_ms,
            ],
        )
        if not opened:
            return False
        attempts, *rows = opened
        name = f"{self._source.lane}-{rows[0][0].decode()}-{rows[-1][0].decode()}" if rows else ""
        started = time.perf_counter()
        try:
            location = self._sink.deliver(name, [json for _, json in rows]) if rows else ""
        except Exception as exc:  # noqa: BLE001  # the fence around one sink: a bug in it must not spin without a pause
            if not isinstance(exc, TransientError | ConfigError):
                _log.exception("sink.raised", sink=self._sink.name, batch=name)
            wait = min(_RETRY_CAP_SECONDS, _RETRY_BASE_SECONDS * 2 ** min(attempts, 10))
            self._fail(keys=[self._source.batch], args=[self._consumer, int(wait * 1000)])
            tally["failed"] += 1
            _log.error(
                "batch.failed", sink=self._sink.name, batch=name, attempt=attempts + 1, wait=wait, error=str(exc)
            )
            return False
        acknowledged = self._close(
            keys=[self._source.articles, self._source.batch, self._source.stats],
            args=[self._sink.name, self._consumer],
        )
        tally["batches"] += 1
        tally["records"] += int(acknowledged)
        _log.info(
            "batch.delivered",
            sink=self._sink.name,
            batch=name,
            records=len(rows),
            location=location,
            total_ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return True
