"""Delivery: a sink's batches on an articles stream, opened, handed to the sink and closed; in a pool process."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, Generic, Literal, Protocol, TypeVar

import redis
import structlog
from redis.commands.core import Script

from worker.delivery.breaker import Breaker
from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Refusal

_SCRIPTS: Final = files("worker.delivery")
_BUGS_MOST: Final = 5  # attempts at a batch that meet a bug or end the process, before its records are dead letters
_DETAIL_LIMIT: Final = 500
_log = structlog.get_logger("copydesk.delivery")
_Item = TypeVar("_Item")
_Item_contra = TypeVar("_Item_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """One lane shard's articles stream, with the keys of one sink on it: open batch, dead letters, counters."""

    lane: str
    articles: str
    batch: str
    deadletters: str
    stats: str


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """When a batch is full, how long it may wait, how long one delivery may take, and the waits between attempts."""

    count: int
    bytes: int
    linger_seconds: float
    timeout_seconds: float
    slice_seconds: float
    retry_base_seconds: float = 1.0
    retry_cap_seconds: float = 60.0

    @property
    def lease_ms(self) -> int:
        """How long an open batch is its worker's: longer than the hard limit of the task."""
        return int(self.timeout_seconds * 1500)

    @property
    def longest_ms(self) -> int:
        """The latest time to which a batch may be put off, seen from now."""
        return max(self.lease_ms, int(self.retry_cap_seconds * 1000))


def _script(client: redis.Redis, name: str) -> Script:
    return client.register_script(_SCRIPTS.joinpath(f"{name}.lua").read_text("utf-8"))


def expire_batches(
    client: redis.Redis, batches: Sequence[str], dead: Callable[[str], bool], cause: Literal["died", "failed"] = "died"
) -> int:
    """Let open batches be taken up at once whose owner is dead; returns how many.

    `failed` where it was killed for taking too long: that is the destination's fault, and no bug met by a record.
    """
    expire = _script(client, "fail")
    count = 0
    for batch in batches:
        owner = client.hget(batch, "owner")
        if isinstance(owner, bytes) and dead(owner.decode()):
            count += int(expire(keys=[batch], args=[owner, 0, cause]))
    return count


class DueProbe:
    """Asks whether a sink has something to do; cheap, made many times a second."""

    def __init__(self, client: redis.Redis, source: Source, sink: str, options: BatchOptions) -> None:
        self._keys = [source.articles, source.batch]
        linger_ms = int(options.linger_seconds * 1000)
        self._args: list[str | int] = [sink, options.count, linger_ms, options.longest_ms]
        self._script = _script(client, "due")

    def __call__(self) -> bool:
        """Ask the server; raises redis.RedisError, NOGROUP included."""
        return bool(self._script(keys=self._keys, args=self._args))


class Stage(Protocol[_Item_contra]):
    """What takes batches: a sink, which takes letters, or the raw archive."""

    name: str

    def deliver(self, batch: str, items: Sequence[_Item_contra], /) -> Receipt:
        """Store the items; see `worker.ports.Sink`."""


@dataclass(frozen=True, slots=True)
class Reader(Generic[_Item]):
    """How entries become items: `read` makes one of an entry's id and fields, `select` may drop or change it."""

    read: Callable[[str, Mapping[bytes, bytes]], _Item]
    select: Callable[[_Item], _Item | None]


def letter_of(entry_id: str, fields: Mapping[bytes, bytes]) -> Letter:
    """Read an entry of an articles stream."""
    record = fields.get(b"id", entry_id.encode())
    return Letter(fields.get(b"message", record).decode(), record.decode(), fields[b"record"])


@dataclass(frozen=True, slots=True)
class _Batch(Generic[_Item]):
    """An open batch: its name, how many attempts failed or died before, entry ids and items in order."""

    name: str
    failed: int
    bugs: int
    entries: tuple[str, ...]
    items: tuple[_Item, ...]


class Delivery(Generic[_Item]):
    """Delivers one lane's records to one sink, or its payloads to the archive; one instance a process."""

    def __init__(
        self,
        client: redis.Redis,
        source: Source,
        sink: Stage[_Item],
        consumer: str,
        options: BatchOptions,
        breaker: Breaker,
        reader: Reader[_Item],
    ) -> None:
        self._source = source
        self._sink = sink
        self._consumer = consumer
        self._options = options
        self._breaker = breaker
        self._reader = reader
        self._open_script = _script(client, "open")
        self._close_script = _script(client, "close")
        self._fail_script = _script(client, "fail")

    def run(self) -> dict[str, int]:
        """Deliver batches for one slice; returns counts (batches, records, refused, failed)."""
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
        batch = self._open()
        if batch is None:
            return False
        started = time.perf_counter()
        chosen = [(n, kept) for n, item in enumerate(batch.items) if (kept := self._reader.select(item)) is not None]
        try:
            receipt = self._hand_over(batch, [item for _, item in chosen])
        except (TransientError, ConfigError) as exc:
            self._put_off(batch, exc, "failed", tally)
            return False
        except Exception as exc:  # noqa: BLE001  # the fence around one sink: a bug in it must not spin without a pause
            _log.exception("sink.raised", sink=self._sink.name, batch=batch.name)
            self._put_off(batch, exc, "bug", tally)
            return False
        refused = [(batch.entries[chosen[item.position][0]], item) for item in receipt.refused]
        self._close(batch, receipt, refused, started, tally)
        return True

    def _hand_over(self, batch: _Batch[_Item], items: Sequence[_Item]) -> Receipt:
        if not items:
            return Receipt("")
        if batch.bugs >= _BUGS_MOST:
            detail = f"{batch.bugs} attempts met a bug or ended the process; the worker's log has more"
            return Receipt("", tuple(Refusal(n, "unexpected", detail) for n in range(len(items))))
        receipt = self._sink.deliver(batch.name, items)
        self._breaker.succeeded()
        return receipt

    def _open(self) -> _Batch[_Item] | None:
        options = self._options
        linger_ms = int(options.linger_seconds * 1000)
        limits = (options.count, options.bytes, linger_ms, options.lease_ms, options.longest_ms)
        opened = self._open_script(
            keys=[self._source.articles, self._source.batch], args=[self._sink.name, self._consumer, *limits]
        )
        if not opened:
            return None
        failed, bugs, first, last, *rows = opened
        name = f"{self._source.lane}-{first.decode()}-{last.decode()}"
        entries = tuple(row_id.decode() for row_id, _ in rows)
        fields = (dict(zip(flat[::2], flat[1::2], strict=True)) for _, flat in rows)
        items = tuple(self._reader.read(entry, found) for entry, found in zip(entries, fields, strict=True))
        return _Batch(name, int(failed), int(bugs), entries, items)

    def _put_off(self, batch: _Batch[_Item], exc: Exception, kind: str, tally: Counter[str]) -> None:
        options = self._options
        longest = min(options.retry_cap_seconds, options.retry_base_seconds * 2 ** min(batch.failed + batch.bugs, 30))
        wait = random.uniform(longest / 2, longest)  # jitter, not a secret
        told = f"{type(exc).__name__}: {exc}" if kind == "bug" else str(exc)
        self._fail_script(keys=[self._source.batch], args=[self._consumer, int(wait * 1000), kind])
        in_a_row = self._breaker.failed(told)
        tally["failed"] += 1
        _log.error(
            "batch.failed",
            sink=self._sink.name,
            batch=batch.name,
            attempt=batch.failed + batch.bugs + 1,
            in_a_row=in_a_row,
            wait=round(wait, 1),
            error=told[:_DETAIL_LIMIT],
        )

    def _close(
        self,
        batch: _Batch[_Item],
        receipt: Receipt,
        refused: Sequence[tuple[str, Refusal]],
        started: float,
        tally: Counter[str],
    ) -> None:
        args = [self._sink.name, self._consumer, batch.name]
        for entry, item in refused:
            args += (entry, item.cause, item.detail[:_DETAIL_LIMIT].encode("utf-8", "replace").decode("utf-8"))
        acknowledged = self._close_script(
            keys=[self._source.articles, self._source.batch, self._source.stats, self._source.deadletters], args=args
        )
        tally["batches"] += 1
        tally["records"] += int(acknowledged)
        if refused:
            tally["refused"] += len(refused)
            causes = dict(Counter(item.cause for _, item in refused))
            _log.error("records.refused", sink=self._sink.name, batch=batch.name, causes=causes)
        _log.info(
            "batch.delivered",
            sink=self._sink.name,
            batch=batch.name,
            records=len(batch.items),
            location=receipt.location,
            total_ms=round((time.perf_counter() - started) * 1000, 1),
        )
