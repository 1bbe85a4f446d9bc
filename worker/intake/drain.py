"""The drain: claim, work, commit, until the lane is empty or the slice is over; runs in a pool process."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import redis
import structlog

from worker.dedupe.policy import Policy
from worker.errors import PayloadError, TransientError
from worker.intake.claim_check import ClaimSource, fetch_claim
from worker.intake.claims import Claims, Entry, Parked
from worker.intake.commit import Commit, Outcome, Output, owner
from worker.intake.limits import TimeExceeded, soft_limit
from worker.intake.replay import FIELD, hour_of, read_replay, replayed_arrival, replayed_raw
from worker.model import Event, Payload, Raw, Record, Repeats, Verdict
from worker.notice import held_until, notice_of, withdrawals
from worker.pipeline import DeferredError, Pipeline, Reading
from worker.ports import Fingerprint, Index, Repeatable, RepeatStore
from worker.prose.repeatable import with_earlier
from worker.server import OUTAGES
from worker.wire import SizeLimits, dump_event, dump_record, dump_trace, read_entry

_DEFER_SECONDS: Final = 0.2  # for a twin whose original is in another worker's hands, which takes milliseconds
_LEAST_SECONDS: Final = 0.05  # of time that is left for the records of a payload that took all of its own to read
_RENEW_SHARE: Final = 0.25  # of the lease: three renewals may fail before it is lost
_log = structlog.get_logger("copydesk.drain")


@dataclass(frozen=True, slots=True)
class DrainOptions:
    """How long a slice is, what one payload may cost, and when to give one up."""

    slice_seconds: float
    soft_seconds: float
    sizes: SizeLimits
    max_deliveries: int
    max_attempts: int
    retry_base_seconds: float
    retry_cap_seconds: float
    policy: Policy
    archives: bool = False
    hold_embargoed: bool = True
    claims: ClaimSource | None = None


def backoff(attempt: int, base: float, cap: float) -> float:
    """Seconds to wait before attempt `attempt` (from 1): exponential with full jitter (Brooker, AWS, 2015)."""
    return random.uniform(base / 2, min(cap, base * 2 ** min(attempt, 30)))  # not for secrets


@dataclass(slots=True)
class _Work:
    """One entry on its way: what was read of it, what became of it, or what it needs and is away; milliseconds."""

    entry: Entry
    reading: Reading | None = None
    repeatable: Sequence[Repeatable | None] = ()
    repeats: Sequence[Repeats | None] = ()
    outcome: Outcome = field(init=False)
    away: TransientError | None = None
    stages: dict[str, float] = field(default_factory=dict)
    spent: float = 0.0

    @property
    def prints(self) -> Sequence[Fingerprint]:
        """Fingerprints of those of its articles on which there is no verdict yet."""
        reading = self.reading
        if reading is None:
            return ()
        return [key for key, known in zip(reading.prints, reading.known, strict=True) if known is None]

    def merged(self, found: Sequence[Verdict | None]) -> Sequence[Verdict | None]:
        """Put the verdicts that were found between those that were known, in the order of the articles."""
        assert self.reading is not None  # noqa: S101  # for the type checker: only what was read is judged
        rest = iter(found)
        return [known if known is not None else next(rest) for known in self.reading.known]


class _Lease:
    """Keeps the lease on a batch while it is worked on, and knows what was lost of it."""

    def __init__(self, claims: Claims, entries: Sequence[Entry]) -> None:
        self._claims = claims
        self._entries = entries
        self._renewed = time.monotonic()
        self.lost: set[str] = set()

    def keep(self) -> None:
        """Renew the lease if it is time to."""
        if time.monotonic() - self._renewed > self._claims.lease_seconds * _RENEW_SHARE:
            self.lost = {entry.id for entry in self._entries} - self._claims.renew(self._entries)
            self._renewed = time.monotonic()


@dataclass(frozen=True, slots=True)
class Known:
    """What the stream has taught: the dedupe index, what publishers repeat, and how a commit writes the latter down."""

    index: Index
    repeats: RepeatStore
    lesson: Callable[[Repeatable], bytes]


class Drain:
    """Works off one lane in slices; one instance a process and lane."""

    def __init__(
        self,
        claims: Claims,
        commit: Commit,
        known: Known,
        pipeline: Pipeline,
        options: DrainOptions,
        urgent: Callable[[], bool] = lambda: False,
    ) -> None:
        self._urgent = urgent
        self._claims = claims
        self._commit = commit
        self._index = known.index
        self._repeats = known.repeats
        self._lesson = known.lesson
        self._pipeline = pipeline
        self._options = options
        self._interrupted = False

    def run(self, share: int) -> dict[str, int]:
        """Work for one slice; returns counts (entries, records, verdicts, quarantined, parked, fenced).

        A lost connection ends the slice; what was in hand is taken up again by the next one.
        """
        tally: Counter[str] = Counter()
        deadline = time.monotonic() + self._options.slice_seconds
        try:
            if self._interrupted:
                self._work(self._claims.resume(), deadline, tally)
                self._interrupted = False
            while time.monotonic() < deadline:
                entries = self._claims.claim(share)
                if not entries:
                    break
                self._work(entries, deadline, tally)
                if self._urgent():
                    break  # a lane that goes before this one has work: give the slot back
        except OUTAGES as exc:
            self._interrupted = True
            tally["interrupted"] += 1
            _log.warning("drain.interrupted", error=str(exc), lane=self._claims.lane.label)
        return dict(tally)

    def _work(self, entries: Sequence[Entry], deadline: float, tally: Counter[str]) -> None:
        """Read all entries, judge them in one call, finish and commit them."""
        aside: list[Parked] = []
        lease = _Lease(self._claims, entries)
        work: list[_Work] = []
        for position, entry in enumerate(entries):
            if time.monotonic() >= deadline and position:
                aside += [Parked(rest, 0, rest.attempts, "handed_back") for rest in entries[position:]]
                break
            lease.keep()
            work.append(self._read(entry))
        done: list[Outcome] = []
        asking = [item for item in work if item.reading is not None]
        verdicts = self._judge(asking, done, aside)
        self._recall(asking, verdicts)
        for position, item in enumerate(work):
            if position and time.monotonic() >= deadline + self._options.soft_seconds:
                # One more payload may take its time to finish; with that, the task stays below its hard limit.
                aside += [Parked(rest.entry, 0, rest.entry.attempts, "handed_back") for rest in work[position:]]
                break
            lease.keep()
            if item.entry.id in lease.lost:
                tally["fenced"] += 1
            elif item.away is not None:
                self._put_off(item.entry, item.away, done, aside)
            elif item.reading is None:
                done.append(item.outcome)
            elif (found := verdicts.get(item.entry.id)) is not None:
                done = self._finish(item, found, done, aside, tally)
        self._settle(done, tally)
        tally["parked"] += self._claims.park(aside)

    def _judge(
        self, asking: Sequence[_Work], done: list[Outcome], aside: list[Parked]
    ) -> Mapping[str, Sequence[Verdict | None]]:
        """Ask the index about all articles of the batch at once; where it is away, their entries are put off."""
        if not asking:
            return {}
        began = time.perf_counter()
        requests = [(owner(self._claims.lane, item.entry), prints) for item in asking if (prints := item.prints)]
        try:
            answers = iter(self._index.reserve(requests) if requests else ())
        except TransientError as exc:
            for item in asking:
                self._put_off(item.entry, exc, done, aside)
            return {}
        spent = (time.perf_counter() - began) * 1000 / len(asking)
        for item in asking:
            item.stages["dedupe_ms"] = spent
        return {item.entry.id: item.merged(next(answers) if item.prints else ()) for item in asking}

    def _recall(self, asking: Sequence[_Work], verdicts: Mapping[str, Sequence[Verdict | None]]) -> None:
        """Ask what the publishers of the batch repeat, in one call, and add what its own articles have, in order."""
        asked: list[Repeatable | None] = []
        counted: list[bool] = []
        for item in asking:
            told = verdicts.get(item.entry.id, ())[: len(item.repeatable)]
            learns = FIELD not in item.entry.fields
            asked += item.repeatable
            counted += [learns and verdict is not None and verdict.kind == "new" for verdict in told]
            counted += [False] * (len(asked) - len(counted))
        found = iter(with_earlier(asked, self._repeats.look_up(asked), counted))
        for item in asking:
            item.repeats = [next(found) for _ in item.repeatable]

    def _finish(
        self,
        item: _Work,
        verdicts: Sequence[Verdict | None],
        done: list[Outcome],
        aside: list[Parked],
        tally: Counter[str],
    ) -> list[Outcome]:
        """Make the records of one entry; returns what is done and not committed yet."""
        if None in verdicts:
            # The original may be earlier in this very batch: settle that, then ask once more.
            done = self._settle(done, tally)
            verdicts = self._judge([item], done, aside).get(item.entry.id, ())
            if not verdicts:
                return done
        try:
            done.append(self._complete(item, verdicts))
        except DeferredError:
            aside.append(Parked(item.entry, _DEFER_SECONDS, item.entry.attempts, "deferred"))
        except TransientError as exc:
            self._put_off(item.entry, exc, done, aside)
        return done

    def _put_off(self, entry: Entry, exc: TransientError, done: list[Outcome], aside: list[Parked]) -> None:
        options = self._options
        attempt = entry.attempts + 1
        if attempt >= options.max_attempts:
            detail = f"{attempt} attempts, the last one: {exc}"
            done.append(Outcome(entry, errors=(PayloadError("retries_exhausted", detail),), digest=self._digest(entry)))
            return
        wait = backoff(attempt, options.retry_base_seconds, options.retry_cap_seconds)
        aside.append(Parked(entry, wait, attempt, str(exc)[:200]))
        _log.warning("entry.put_off", entry=entry.id, attempt=attempt, wait=round(wait, 1), error=str(exc))

    def _settle(self, done: Sequence[Outcome], tally: Counter[str]) -> list[Outcome]:
        """Commit what is done and count it; returns the empty list to go on with."""
        committed = self._commit(done)
        for outcome in done:
            if outcome.entry.id not in committed:
                tally["fenced"] += 1
                continue
            tally["entries"] += 1
            tally["records"] += len(outcome.outputs)
            tally["quarantined"] += bool(outcome.errors)
            for output in outcome.outputs:
                tally[output.verdict] += 1
        return []

    def _read(self, entry: Entry) -> _Work:
        """Parse one entry; whatever the payload does ends in an Outcome."""
        work = _Work(entry)
        limit = self._options.max_deliveries
        if entry.deliveries > limit:
            work.outcome = self._reject(entry, PayloadError("crashed", f"{limit} workers died on it"))
            return work
        try:
            with self._fence(work):
                payload = self._payload(entry)
                if (notice := notice_of(payload)) is not None:
                    work.outcome = Outcome(entry, (_event_output(notice, entry),), digest=self._digest(entry))
                    _log.info("notice.processed", entry=entry.id, record=notice.id, notice=notice.event)
                else:
                    work.reading = self._pipeline.read(payload)
                    work.repeatable = self._pipeline.repeatable(work.reading)
        except PayloadError as exc:
            work.outcome = self._reject(entry, exc)
        except TransientError as exc:
            work.away = exc
        work.stages["parse_ms"] = work.spent
        return work

    def _payload(self, entry: Entry) -> Payload:
        replay = read_replay(entry.fields)
        arrived = replayed_arrival(entry.fields) if replay else None
        fields = fetch_claim(entry.fields, self._options.claims, self._options.sizes.raw_bytes)
        payload = read_entry(entry.id, fields, arrived or entry.received_at, self._options.sizes)
        if replay is not None:
            payload = dataclasses.replace(payload, replay=replay, raw=replayed_raw(entry.fields))
        elif self._options.archives:
            payload = dataclasses.replace(payload, raw=Raw(self._digest(entry), hour_of(entry.received_at)))
        return payload

    def _digest(self, entry: Entry) -> str:
        """Give the digest under which the raw archive files the payload; empty where there is no archive."""
        if not self._options.archives or FIELD in entry.fields:
            return ""
        kept = entry.fields.get(b"payload") or entry.fields.get(b"ref", b"")
        return "sha256:" + hashlib.sha256(kept).hexdigest()

    def _complete(self, work: _Work, verdicts: Sequence[Verdict | None]) -> Outcome:
        entry = work.entry
        assert work.reading is not None  # noqa: S101  # for the type checker: only what was read is judged
        try:
            with self._fence(work):
                deliver = self._options.policy.delivery
                items = self._pipeline.finish(work.reading, verdicts, deliver, work.repeats)
        except PayloadError as exc:
            return self._reject(entry, exc)
        outputs = []
        repeatable = iter(work.repeatable)
        for item in items:
            if isinstance(item, Record):
                one = next(repeatable)
                # What is no new text of its publisher would count twice what the first one had.
                new = item.verdict.kind == "new" and item.revision == 1
                outputs += self._outputs(item, entry, self._lesson(one) if one is not None and new else b"")
                self._tell(entry, item, work)
        errors = tuple(item for item in items if isinstance(item, PayloadError))
        for error in errors:
            _log.warning("part.rejected", entry=entry.id, code=error.code, detail=error.detail)
        return Outcome(entry, tuple(outputs), errors, self._digest(entry))

    def _outputs(self, record: Record, entry: Entry, lesson: bytes) -> list[Output]:
        """Give the record, and the tombstones of what it takes back."""
        until = held_until(record) if self._options.hold_embargoed else None
        return [
            Output(
                record.id,
                record.verdict.kind,
                record.delivery,
                dump_record(record),
                dump_trace(record),
                f"{record.id}+{record.revision}" if record.revision > 1 else "",
                int(until.timestamp() * 1000) if until else 0,
                lesson,
            ),
            *(_event_output(event, entry) for event in (withdrawals(record) if record.revision == 1 else ())),
        ]

    @contextmanager
    def _fence(self, work: _Work) -> Iterator[None]:
        """Keep one payload within its time; what it does wrong leaves as a PayloadError."""
        began = time.perf_counter()
        try:
            with soft_limit(max(self._options.soft_seconds - work.spent / 1000, _LEAST_SECONDS)):
                yield
        except TimeExceeded:
            raise PayloadError("time_exceeded", f"over {self._options.soft_seconds} s") from None
        except MemoryError:
            raise PayloadError("memory_exceeded", "the process reached its memory limit") from None
        except (PayloadError, DeferredError, TransientError, redis.RedisError):
            raise
        except Exception as exc:
            _log.exception("entry.failed", entry=work.entry.id)
            raise PayloadError("unexpected", f"{type(exc).__name__}: {exc}") from exc
        finally:
            work.spent += (time.perf_counter() - began) * 1000

    def _tell(self, entry: Entry, record: Record, work: _Work) -> None:
        _log.info(
            "article.processed",
            record=record.id,
            payload=record.payload_id,
            entry=entry.id,
            verdict=record.verdict.kind,
            of=record.verdict.of,
            delivery=record.delivery,
            issues=[issue.code for issue in record.issues],
            size=entry.size,
            total_ms=round(work.spent + work.stages.get("dedupe_ms", 0.0), 2),
            **{stage: round(ms, 2) for stage, ms in work.stages.items()},
        )

    def _reject(self, entry: Entry, error: PayloadError) -> Outcome:
        _log.warning(
            "payload.rejected",
            entry=entry.id,
            code=error.code,
            detail=error.detail,
            deliveries=entry.deliveries,
            size=entry.size,
        )
        return Outcome(entry, errors=(error,), digest=self._digest(entry))


def _event_output(event: Event, entry: Entry) -> Output:
    return Output(event.id, event.event, "full", dump_event(event), b"", f"{event.id}+{event.event}+{entry.id}")
