"""The in-memory twin of the dedupe index: the same contract for one process, without a window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from worker.dedupe.judge import Judgement, Keep
from worker.index.reservation import LATEST, WAITING_MOST, Hits, best, features, filed, judge_in_order
from worker.model import Verdict
from worker.ports import Candidate, Fingerprint, Print, Request


@dataclass(slots=True)
class _Reservation:
    number: int
    owner: str
    fingerprint: Fingerprint
    judgement: Judgement | None = None


class MemoryIndex:
    """Feature -> number -> print in dicts; fulfils `worker.ports.Index`. Not thread-safe."""

    def __init__(self) -> None:
        self._prints: dict[int, Print] = {}
        self._final: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        self._pending: defaultdict[tuple[int, int], list[_Reservation]] = defaultdict(list)
        self._owned: dict[str, dict[str, _Reservation]] = {}
        self._last = 0

    def reserve(self, requests: Sequence[Request]) -> list[list[Verdict | None]]:
        """See `worker.ports.Index.reserve`."""
        return [self._reserve(owner, fingerprints) for owner, fingerprints in requests]

    def _reserve(self, owner: str, fingerprints: Sequence[Fingerprint]) -> list[Verdict | None]:
        owned = self._owned.setdefault(owner, {})
        rows = []
        for item in fingerprints:
            held = owned.get(item.payload)
            if held is None:
                self._last += 1
                held = owned[item.payload] = _Reservation(self._last, owner, item)
                for feature in features(item):
                    if len(waiting := self._pending[feature]) < WAITING_MOST:
                        waiting.append(held)
            rows.append((held, self._candidates(held)))
        judgements = judge_in_order([held.number for held, _ in rows], fingerprints, [found for _, found in rows])
        for (held, _), judgement in zip(rows, judgements, strict=True):
            held.judgement = judgement
        return [judgement.verdict for judgement in judgements]

    def _candidates(self, held: _Reservation) -> list[Candidate]:
        hits: dict[int, Hits] = {}
        pending: dict[int, _Reservation] = {}
        for feature in features(held.fingerprint):
            for number in self._look(feature, held.number, pending):
                hits.setdefault(number, Hits()).count(feature[0])
        chosen = best(hits, pending)
        prints = {number: self._print(number, pending) for number in chosen}
        for number in chosen:
            parent = prints[number].parent
            if parent and parent not in prints and parent in self._prints:
                prints[parent] = self._prints[parent]
                hits.setdefault(parent, Hits())
        return [
            Candidate(
                print_,
                number,
                pending=number in pending and pending[number].owner != held.owner,
                lede=hits[number].lede,
                body=hits[number].body,
                by=frozenset(hits[number].by),
            )
            for number, print_ in prints.items()
        ]

    def _look(self, feature: tuple[int, int], before: int, pending: dict[int, _Reservation]) -> Iterator[int]:
        yield from self._final.get(feature, ())
        for other in self._pending.get(feature, ()):
            if other.number < before:
                pending[other.number] = other
                yield other.number

    def _print(self, number: int, pending: dict[int, _Reservation]) -> Print:
        return pending[number].fingerprint.print if number in pending else self._prints[number]

    def finalise(self, owner: str) -> None:
        """See `worker.ports.Index.finalise`."""
        for held in self._drop(owner):
            judgement = held.judgement
            if judgement is not None and judgement.verdict is not None and judgement.keep is not Keep.NOTHING:
                self._prints[held.number] = judgement.print
                if judgement.withdraws and (former := self._prints.get(judgement.print.parent)) is not None:
                    self._prints[judgement.print.parent] = replace(former, withdrawn=True)
                for feature in filed(held.fingerprint, judgement.keep):
                    self._final[feature] = [*self._final[feature], held.number][-LATEST:]

    def release(self, owner: str) -> None:
        """See `worker.ports.Index.release`."""
        self._drop(owner)

    def _drop(self, owner: str) -> list[_Reservation]:
        dropped = list(self._owned.pop(owner, {}).values())
        for held in dropped:
            for feature in features(held.fingerprint):
                left = [other for other in self._pending.pop(feature, ()) if other is not held]
                if left:
                    self._pending[feature] = left
        return dropped
