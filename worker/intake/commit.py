"""The commit: one script call a batch, fenced by XACK, so that each entry has exactly one output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import redis

from worker.errors import PayloadError
from worker.intake.claims import Entry
from worker.intake.lane import GROUP, Lane
from worker.intake.outbox import Outbox
from worker.intake.script import script_text
from worker.model import Delivery

_DETAIL_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Output:
    """One finished record or event: its id, the kind of its verdict or event, how it is delivered, and its JSON.

    `trace` is a line for the trace, empty for an event. `message` is the message id where it is not the record's id.
    `held_until` (ms since 1970) keeps it back that long, 0: not at all.
    `lesson` is what its publisher may repeat, packed for the commit; empty where nothing is to be learned of it.
    """

    record_id: str
    verdict: str
    delivery: Delivery
    json: bytes
    trace: bytes
    message: str = ""
    held_until: int = 0
    lesson: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an entry: records, errors (one a part that failed), or both.

    With a `digest`, the payload goes to the raw archive.
    """

    entry: Entry
    outputs: tuple[Output, ...] = ()
    errors: tuple[PayloadError, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """How a commit ends the reservations of the dedupe index: Lua functions, key prefix, what is to be kept.

    Among the functions is `repeats_learn`, where outputs have lessons. With an `outbox` (on a Cluster, where no script
    reaches both), the functions write down what is to be done to the index.
    """

    lua: str
    prefix: str
    settlements: Callable[[str], Sequence[bytes]]
    outbox: Outbox | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """Stops a lane when of its last `window` entries more than `failures` failed; 0 entries: never."""

    window: int = 0
    failures: int = 0


NO_GUARD: Final = Guard()


class Commit:
    """Writes outcomes of one lane, with the last `trace_most` verdicts beside them."""

    def __init__(
        self,
        client: redis.Redis,
        lane: Lane,
        settling: Settling,
        consumer: str,
        trace_most: int,
        guard: Guard = NO_GUARD,
    ) -> None:
        self._guard = guard
        self._lane = lane
        self._settling = settling
        self._consumer = consumer
        self._trace_most = trace_most
        self._keys = [lane.intake, lane.articles, lane.quarantine, lane.parking, lane.stats, lane.trace]
        self._keys += [lane.held, lane.holding, lane.archive, lane.state, lane.recent, lane.newer, lane.outbox]
        self._script = client.register_script(settling.lua + script_text("commit"))

    def __call__(self, outcomes: Sequence[Outcome]) -> set[str]:
        """Commit the batch; returns the ids of the entries that were still pending and are now settled."""
        args: list[str | int | bytes] = [GROUP, self._settling.prefix, self._lane.name, self._trace_most]
        args += (self._guard.window, self._guard.failures)
        for outcome in outcomes:
            holder = owner(self._lane, outcome.entry)
            args += (outcome.entry.id, holder, outcome.digest, len(outcome.outputs))
            for output in outcome.outputs:
                args += (output.record_id, output.verdict, output.delivery, output.json, output.trace)
                args += (output.message, output.held_until, output.lesson)
            settlements = self._settling.settlements(holder)
            args += (len(settlements), *settlements)
            args += self._rejection(outcome)
        if not outcomes:
            return set()
        committed = {item.decode() for item in self._script(keys=self._keys, args=args)}
        if (outbox := self._settling.outbox) is not None:
            entries = (outcome.entry for outcome in outcomes if outcome.entry.id in committed)
            outbox.settle([owner(self._lane, entry) for entry in entries])
        return committed

    def _rejection(self, outcome: Outcome) -> list[str | int | bytes]:
        if not outcome.errors:
            return [0]
        first = outcome.errors[0]
        history = {
            "deliveries": outcome.entry.deliveries,
            "attempts": outcome.entry.attempts,
            "consumer": self._consumer,
            "records": len(outcome.outputs),
            "errors": [{"code": error.code, "detail": _clean(error.detail)} for error in outcome.errors[:100]],
        }
        return [1, first.code, _clean(first.detail).encode(), orjson.dumps(history)]


def _clean(text: str) -> str:
    return text[:_DETAIL_LIMIT].encode("utf-8", "replace").decode("utf-8")


def owner(lane: Lane, entry: Entry) -> str:
    """Name the dedupe reservation's owner: the intake entry, whichever worker has it in hand."""
    return f"{lane.name}:{lane.shard}:{entry.id}"
