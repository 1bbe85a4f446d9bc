"""What both clients do, without any I/O of its own: flows that yield steps and get their answers.

A flow is a generator. It yields `Send` (a script call), `Sleep` or `Disk` (a blocking call), is sent the answer or
thrown an IntakeError, and returns its result; `sync` and `aio` each have a driver of a few lines.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

import orjson

from worker.client.offload import ClaimStore, offloaded
from worker.client.options import ClientOptions, Item, Ready, Sendable, new_traceparent
from worker.client.spill import Spill
from worker.entry import write_entry
from worker.errors import IntakeError, IntakeFull, IntakeUnreachable, PayloadTooLarge
from worker.intake.lane import Lane

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0  # a lane that opens again is found within a second
_ROWS: Final = 1000  # of the trace looked at in one call: 1 ms of the server's time
_SLACK_MS: Final = 10_000  # by so much a server's clock may be set back between an entry and its verdict
_ASKED: Final = 1000  # ids in one call

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Send:
    """Call a script of the intake by its name."""

    script: Literal["push", "verdicts"]
    keys: Sequence[str]
    args: Sequence[str | int | bytes] = field(repr=False)
    payloads: int = 0


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Disk:
    """Make a call that blocks on files or object storage."""

    call: Callable[[], Any]


Step = Send | Sleep | Disk
Flow = Generator[Step, Any, _T]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an entry.

    `state` is `done`, `quarantined`, `pending` (not within the time), `spilled` (still on this machine's disk), or
    `unknown`: it has left the intake and nothing tells how, since the trace is switched off (`dedupe.trace_most`) or
    too short, it was a notice of a record (withdrawal, correction), or someone deleted it. `records` has the trace's
    lines, one a record: id, part, verdict, delivery; `cause` and `detail` are those of quarantine. A payload of several
    articles may have both.
    """

    entry: str
    state: Literal["done", "quarantined", "pending", "spilled", "unknown"]
    records: tuple[Mapping[str, Any], ...] = ()
    cause: str | None = None
    detail: str | None = None


def digest_of(key: bytes) -> str:
    """Give the part of a Redis key that stands for an idempotency key."""
    return hashlib.blake2b(key, digest_size=16).hexdigest()


def pause(tries: int) -> float:
    """Seconds until the next try: doubling, with jitter, so that many producers do not come back at once."""
    return random.uniform(0.5, 1.0) * min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(tries, 10))


class Core:
    """Makes entries, puts them into batches, and says step by step how a batch is sent and a verdict waited for."""

    def __init__(self, options: ClientOptions, spill: Spill | None, store: ClaimStore | None) -> None:
        self.options = options
        self.spill = spill
        self._store = store
        shards = max(1, options.shards)
        self._lanes = [Lane(options.lane, number, options.prefix, shards) for number in range(shards)]
        self._next_try = 0.0
        self._tries = 0

    def ready(self, item: Sendable) -> Ready:
        """Make an entry; packs with zstd where it is worth it. Raises PayloadTooLarge."""
        if isinstance(item, Item):
            trace = item.trace or (new_traceparent() if self.options.new_trace else None)
            fields = write_entry(
                item.payload,
                compress_over=self.options.compress_over,
                hints=item.hints,
                type=item.type,
                url=item.url,
                source=item.source,
                id=item.id,
                fetched_at=item.fetched_at,
                trace=trace,
                name=item.name,
            )
            made = Ready(fields, item.once or "")
        else:
            made = item if isinstance(item, Ready) else Ready(item)
        size = len(made.fields.get(b"payload", b""))
        if size > self.options.largest_bytes and not self.offloads(made):
            msg = f"a payload of {size} bytes is larger than {self.options.largest_bytes} (largest_bytes)"
            raise PayloadTooLarge(msg)
        if self.options.when_full == "spill" and b"id" not in made.fields and not made.once:
            made = replace(made, once=secrets.token_hex(16))  # so that what is sent again is never doubled
        return made

    def offloads(self, item: Ready) -> bool:
        """Tell whether the body goes to object storage."""
        return self._store is not None and len(item.fields.get(b"payload", b"")) >= self.options.offload_over

    def offload(self, item: Ready) -> Flow[Ready]:
        """Store the body and put a reference in its place; raises IntakeUnreachable where the store fails."""
        store = self._store
        assert store is not None  # noqa: S101  # asked by `offloads`
        fields: Mapping[bytes, bytes] = yield Disk(lambda: offloaded(item.fields, store))
        return replace(item, fields=fields)

    def push(self, batch: Sequence[Ready]) -> Flow[list[str]]:
        """Store a batch, all or nothing; gives its entry ids, or where it was spilled to."""
        if not batch:
            return []
        if self.spill is None:
            return (yield from self._admit(batch))
        if self.spill.waiting:
            places: list[str] = yield Disk(lambda: self._spilled(batch))
            yield from self.resend(most=4)
            return places
        try:
            return (yield from self._call(batch))
        except (IntakeFull, IntakeUnreachable):
            self._later()
            places = yield Disk(lambda: self._spilled(batch))
            return places

    def resend(self, most: int = 0, *, now: bool = False) -> Flow[int]:
        """Send what was spilled, oldest first, until it is refused or all (or `most` batches) is sent; gives how many.

        Does nothing before its time has come, unless `now`.
        """
        spill, sent, batches = self.spill, 0, 0
        if spill is None or not spill.waiting or (not now and time.monotonic() < self._next_try):
            return 0
        while spill.waiting and (not most or batches < most):
            items: list[Ready] = yield Disk(lambda: spill.oldest(self.options.batch_count, self.options.batch_bytes))
            try:
                yield from self._call(items)
            except (IntakeFull, IntakeUnreachable):
                self._later()
                return sent
            yield Disk(partial(spill.forget, len(items)))
            self._tries = 0
            batches += 1
            sent += len(items)
        return sent

    def _later(self) -> None:
        self._next_try = time.monotonic() + pause(self._tries)
        self._tries += 1

    def _spilled(self, batch: Sequence[Ready]) -> list[str]:
        assert self.spill is not None  # noqa: S101  # the callers asked
        try:
            return self.spill.append(batch)
        except OSError as exc:
            msg = f"{len(batch)} payloads could not be spilled: {exc}"
            raise IntakeFull(msg) from exc

    def _admit(self, batch: Sequence[Ready]) -> Flow[list[str]]:
        """Call until there is room, in the mode `block`; else once."""
        deadline = time.monotonic() + (self.options.block_seconds if self.options.when_full == "block" else 0)
        tries = 0
        while True:
            try:
                return (yield from self._call(batch))
            except IntakeFull:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise
                yield Sleep(min(left, pause(tries)))
                tries += 1

    def _call(self, batch: Sequence[Ready]) -> Flow[list[str]]:
        """Call the script once a shard; raises IntakeFull where it refuses."""
        if len(self._lanes) == 1:
            return (yield from self._put(self._lanes[0], batch))
        places: dict[int, list[int]] = {}
        for position, item in enumerate(batch):
            places.setdefault(shard_of(item, len(self._lanes)), []).append(position)
        found: dict[int, str] = {}
        for shard, positions in places.items():
            ids = yield from self._put(self._lanes[shard], [batch[position] for position in positions])
            found |= {position: f"{shard}/{entry}" for position, entry in zip(positions, ids, strict=True)}
        return [found[position] for position in range(len(batch))]

    def _put(self, lane: Lane, batch: Sequence[Ready]) -> Flow[list[str]]:
        """Call the script of one shard."""
        keys = [lane.intake, lane.admission]
        args: list[str | int | bytes] = [int(self.options.idempotency_seconds * 1000), len(batch)]
        numbers: dict[str, int] = {}
        for item in batch:
            number = 0
            key = item.once.encode() or item.fields.get(b"id")
            if key:
                digest = digest_of(key)
                number = numbers.setdefault(digest, len(numbers) + 1)
                if number > len(keys) - 2:
                    keys.append(lane.sent(digest))
            args += (number, 2 * len(item.fields))
            for name, value in item.fields.items():
                args += (name, value)
        answer = yield Send("push", keys, args, len(batch))
        if answer[0]:
            return [entry.decode() for entry in answer[1:]]
        msg = f"lane {lane.label!r} is full: {answer[1]} payloads, some {answer[2]} bytes"
        raise IntakeFull(msg)

    def wait(self, ids: Iterable[str], seconds: float) -> Flow[dict[str, Settled]]:
        """Wait until all entries are settled or the time is over; gives what became of each, in the order given."""
        order = list(dict.fromkeys(ids))
        found = {entry: Settled(entry, "spilled") for entry in order if entry.startswith("spill:")}
        deadline = time.monotonic() + seconds
        by_lane: dict[int, list[str]] = {}
        for entry in order:
            if entry not in found:
                by_lane.setdefault(_shard(entry), []).append(entry.rpartition("/")[2])
        for shard, entries in by_lane.items():
            told = yield from self._wait(self._lanes[shard], sorted(entries, key=_position), deadline)
            named = f"{shard}/" if len(self._lanes) > 1 else ""
            found |= {f"{named}{entry}": replace(item, entry=f"{named}{entry}") for entry, item in told.items()}
        return {entry: found.get(entry, Settled(entry, "pending")) for entry in order}

    def _wait(self, lane: Lane, rest: Sequence[str], deadline: float) -> Flow[dict[str, Settled]]:
        """Wait for entries of one shard, oldest first; gives those that are settled."""
        found: dict[str, Settled] = {}
        tries = 0
        for start in range(0, len(rest), _ASKED):
            chunk = rest[start : start + _ASKED]
            cursors = [_before(chunk[0])] * 2
            seen: dict[str, Settled] = {}
            while chunk:
                tries = tries + 1 if (yield from self._ask(lane, cursors, chunk, seen)) else 0
                chunk = [entry for entry in chunk if entry not in found and entry not in seen]
                found |= seen
                left = deadline - time.monotonic()
                if tries and left <= 0:  # never before the end was reached: what is told there is known
                    break
                if tries and chunk:
                    yield Sleep(min(left, pause(tries) / 2))
        return found

    def _ask(self, lane: Lane, cursors: list[str], ids: Sequence[str], seen: dict[str, Settled]) -> Flow[bool]:
        """Read on from the cursors and note what is told; gives whether the end was reached."""
        answer = yield Send("verdicts", [lane.trace, lane.quarantine, lane.intake], [*cursors, _ROWS, *ids])
        cursors[:] = answer[0].decode(), answer[1].decode()
        _, _, ended, traced, refused, gone = answer
        for entry, line in zip(traced[::2], traced[1::2], strict=True):
            name = entry.decode()
            known = seen.get(name, Settled(name, "done"))
            seen[name] = replace(known, records=(*known.records, orjson.loads(line)))
        for entry, cause, detail in zip(refused[::3], refused[1::3], refused[2::3], strict=True):
            name = entry.decode()
            known = seen.get(name, Settled(name, "done"))
            seen[name] = replace(known, state="quarantined", cause=cause.decode(), detail=detail.decode())
        for entry in gone:
            seen[entry.decode()] = Settled(entry.decode(), "unknown")
        return bool(ended)


def shard_of(item: Ready, shards: int) -> int:
    """Choose a shard: the same for all payloads of a site, else by source, id or content.

    Any producer may do the same: CRC-32 of the address's host in lower case without `www.`, modulo the shards.
    """
    fields = item.fields
    host = (urlsplit(fields.get(b"url", b"").decode("utf-8", "replace")).hostname or "").removeprefix("www.")
    named = host.encode() or fields.get(b"source") or fields.get(b"id") or item.once.encode()
    return zlib.crc32(named or fields.get(b"payload", b"")[:4096]) % shards


def _shard(entry: str) -> int:
    return int(entry.partition("/")[0]) if "/" in entry else 0


def _position(entry: str) -> tuple[int, int]:
    milliseconds, _, number = entry.partition("-")
    return int(milliseconds), int(number or 0)


def _before(entry: str) -> str:
    return f"{max(0, _position(entry)[0] - _SLACK_MS)}-0"


@dataclass(slots=True)
class Batch:
    """Collects entries until a batch is full or too old."""

    options: ClientOptions
    items: list[Ready] = field(default_factory=list)
    size: int = 0
    began: float = 0.0

    def has_room(self, item: Ready) -> bool:
        """Tell whether the item still fits; anything fits an empty batch."""
        options = self.options
        fits = len(self.items) < options.batch_count and self.size + item.size <= options.batch_bytes
        return not self.items or fits

    def add(self, item: Ready) -> None:
        """Take one more."""
        if not self.items:
            self.began = time.monotonic()
        self.items.append(item)
        self.size += item.size

    @property
    def due(self) -> bool:
        """Tell whether it is full or has waited for `batch_seconds`."""
        options = self.options
        return bool(self.items) and (
            len(self.items) >= options.batch_count
            or self.size >= options.batch_bytes
            or time.monotonic() - self.began >= options.batch_seconds
        )

    def drop(self, count: int) -> None:
        """Forget the first `count`, which were stored."""
        self.items = self.items[count:]
        self.size = sum(item.size for item in self.items)
        self.began = time.monotonic()


def batches(items: Iterable[Ready], options: ClientOptions) -> Iterator[list[Ready]]:
    """Cut items into batches by count and bytes; an item larger than a batch has one of its own."""
    batch = Batch(options)
    for item in items:
        if not batch.has_room(item):
            yield batch.items
            batch = Batch(options)
        batch.add(item)
    if batch.items:
        yield batch.items


def told(exc: IntakeError, stored: Sequence[str]) -> IntakeError:
    """Put the ids of earlier batches into the error that ended the call."""
    exc.stored = (*stored, *exc.stored)
    return exc
