"""The drain: claim, work, commit, until the lane is empty or the slice is over; runs in a pool process."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import redis
import structlog

from worker.errors import PayloadError, TransientError
from worker.intake.claims import Claims, Entry, Parked
from worker.intake.commit import Commit, Outcome, Output, owner
from worker.intake.limits import TimeExceeded, soft_limit
from worker.model import Record, Verdict
from worker.pipeline import DeferredError, Pipeline
from worker.ports import Fingerprint, Index
from worker.wire import SizeLimits, dump_record, read_entry

_DEFER_SECONDS: Final = 0.2  # for a twin whose original is in another worker's hands, which takes milliseconds
_RENEW_SHARE: Final = 0.25  # of the lease: three renewals may fail before it is lost
_OUTAGES: Final = (
    redis.ConnectionError,
    redis.TimeoutError,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
)
"""What ends a slice without blame for the payloads in hand."""

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


def backoff(attempt: int, base: float, cap: float) -> float:
    """Seconds to wait before attempt `attempt` (from 1): exponential with full jitter (Brooker, AWS, 2015)."""
    return random.uniform(base / 2, min(cap, base * 2 ** min(attempt, 30)))  # not for secrets


class Drain:
    """Works off one lane in slices; one instance a process and lane."""

    def __init__(self, claims: Claims, commit: Commit, index: Index, pipeline: Pipeline, options: DrainOptions) -> None:
        self._claims = claims
        self._commit = commit
        self._index = index
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
        except _OUTAGES as exc:
            self._interrupted = True
            tally["interrupted"] += 1
            _log.warning("drain.interrupted", error=str(exc), lane=self._claims.lane.name)
        return dict(tally)

    def _work(self, entries: Sequence[Entry], deadline: float, tally: Counter[str]) -> None:
        done: list[Outcome] = []
        aside: list[Parked] = []
        lost: set[str] = set()
        renewed = time.monotonic()
        for position, entry in enumerate(entries):
            now = time.monotonic()
            if now >= deadline and position:
                aside += [Parked(rest, 0, rest.attempts, "handed_back") for rest in entries[position:]]
                break
            if now - renewed > self._claims.lease_seconds * _RENEW_SHARE:
                done = self._settle(done, tally)
                lost = {rest.id for rest in entries[position:]} - self._claims.renew(entries[position:])
                renewed = now
            if entry.id in lost:
                tally["fenced"] += 1
                continue
            try:
                try:
                    done.append(self._one(entry))
                except DeferredError:
                    # The original may be earlier in this very batch: settle that, then ask once more.
                    done = self._settle(done, tally)
                    done.append(self._one(entry))
            except DeferredError:
                aside.append(Parked(entry, _DEFER_SECONDS, entry.attempts, "deferred"))
            except TransientError as exc:
                self._put_off(entry, exc, done, aside)
        self._settle(done, tally)
        tally["parked"] += self._claims.park(aside)

    def _put_off(self, entry: Entry, exc: TransientError, done: list[Outcome], aside: list[Parked]) -> None:
        options = self._options
        attempt = entry.attempts + 1
        if attempt >= options.max_attempts:
            detail = f"{attempt} attempts, the last one: {exc}"
            done.append(Outcome(entry, errors=(PayloadError("retries_exhausted", detail),)))
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

    def _one(self, entry: Entry) -> Outcome:
        """Process one entry; whatever the payload does ends in an Outcome, or in a reason to come back."""
        limit = self._options.max_deliveries
        if entry.deliveries > limit:
            return self._reject(entry, PayloadError("crashed", f"{limit} workers died on it"))
        started = time.perf_counter()
        stages: dict[str, float] = {}
        try:
            with soft_limit(self._options.soft_seconds):
                items = self._process(entry, stages)
        except TimeExceeded:
            return self._reject(entry, PayloadError("time_exceeded", f"over {self._options.soft_seconds} s"))
        except PayloadError as exc:
            return self._reject(entry, exc)
        except MemoryError:
            return self._reject(entry, PayloadError("memory_exceeded", "the process reached its memory limit"))
        except (DeferredError, TransientError, redis.RedisError):
            raise
        except Exception as exc:  # noqa: BLE001  # the fence around one payload
            _log.exception("entry.failed", entry=entry.id)
            return self._reject(entry, PayloadError("unexpected", f"{type(exc).__name__}: {exc}"))
        outputs = []
        for item in items:
            if isinstance(item, Record):
                outputs.append(Output(item.id, item.verdict.kind, dump_record(item)))
                self._tell(entry, item, stages, started)
        errors = tuple(item for item in items if isinstance(item, PayloadError))
        for error in errors:
            _log.warning("part.rejected", entry=entry.id, code=error.code, detail=error.detail)
        return Outcome(entry, tuple(outputs), errors)

    def _process(self, entry: Entry, stages: dict[str, float]) -> list[Record | PayloadError]:
        began = time.perf_counter()

        def judge(prints: Sequence[Fingerprint]) -> Sequence[Verdict | None]:
            parsed = time.perf_counter()
            stages["parse_ms"] = (parsed - began) * 1000
            verdicts = self._index.reserve(owner(self._claims.lane, entry), prints)
            stages["dedupe_ms"] = (time.perf_counter() - parsed) * 1000
            return verdicts

        payload = read_entry(entry.id, entry.fields, entry.received_at, self._options.sizes)
        return self._pipeline.process(payload, judge)

    def _tell(self, entry: Entry, record: Record, stages: dict[str, float], started: float) -> None:
        _log.info(
            "article.processed",
            record=record.id,
            payload=record.payload_id,
            entry=entry.id,
            verdict=record.verdict.kind,
            of=record.verdict.of,
            issues=[issue.code for issue in record.issues],
            size=entry.size,
            total_ms=round((time.perf_counter() - started) * 1000, 2),
            **{stage: round(ms, 2) for stage, ms in stages.items()},
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
        return Outcome(entry, errors=(error,))
