"""What both indexes share: features under which a print is filed, the choice of candidates, judging in order."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from worker.dedupe.judge import Judgement, Keep, judge
from worker.ports import Candidate, Fingerprint

CANDIDATES_MOST: Final = 5
WAITING_MOST: Final = 16
"""So many reservations are noted under one feature: of a thousand twins in work at once, all wait for the first few."""

LATEST: Final = 4
"""So many documents are filed under one feature, the latest: the text of a form is the same in all of its articles."""

IDENTITY, TEXT, URL, TITLE, LEDE, BODY = range(6)
"""Kinds of features, in the order in which reserve.lua knows them."""

_NAMES: Final[Mapping[int, str]] = {TEXT: "text", URL: "url", TITLE: "title"}


@dataclass(slots=True)
class Hits:
    """How many features of each sort led to one print."""

    by: set[str] = field(default_factory=set)
    lede: int = 0
    body: int = 0

    def count(self, kind: int) -> None:
        """Count one feature."""
        if kind == LEDE:
            self.lede += 1
        elif kind == BODY:
            self.body += 1
        elif kind in _NAMES:
            self.by.add(_NAMES[kind])


def features(fingerprint: Fingerprint) -> Iterator[tuple[int, int]]:
    """Yield kind and 64-bit hash of each feature that a search for candidates uses."""
    yield TEXT, fingerprint.text
    for url in fingerprint.urls:
        yield URL, url
    if fingerprint.title is not None:
        yield TITLE, fingerprint.title
    for lede in fingerprint.lede:
        yield LEDE, lede
    for body in fingerprint.body:
        yield BODY, body


def filed(fingerprint: Fingerprint, keep: Keep) -> list[tuple[int, int]]:
    """Give the features under which a print is filed: all of them, or for a copy those of its address and id."""
    identity = IDENTITY, identity_feature(fingerprint.article_id)
    found = [item for item in features(fingerprint) if keep is Keep.WHOLE or item[0] == URL]
    return [identity, *found] if keep is not Keep.NOTHING else []


def identity_feature(article_id: str) -> int:
    """Give the feature under which an article id is filed."""
    return int(article_id[:16], 16)


def best(hits: Mapping[int, Hits], pending: Container[int]) -> list[int]:
    """Choose the candidates to compare: found by text or address first, by most hashes, final ones, the latest."""

    def rank(number: int) -> tuple[bool, int, bool, int]:
        counts = hits[number]
        return bool(counts.by), counts.lede + counts.body, number not in pending, number

    return sorted(hits, key=rank, reverse=True)[:CANDIDATES_MOST]


def judge_in_order(
    numbers: Sequence[int], fingerprints: Sequence[Fingerprint], candidates: Sequence[Sequence[Candidate]]
) -> list[Judgement]:
    """Judge the articles of one reservation one after the other; `numbers` are those of their own prints.

    What was judged before in the same reservation counts as it was judged: a duplicate is no candidate.
    """
    judged: dict[int, Judgement] = {}
    for number, fingerprint, found in zip(numbers, fingerprints, candidates, strict=True):
        judged[number] = judge(fingerprint, [item for row in found if (item := _as_judged(row, judged)) is not None])
    return [judged[number] for number in numbers]


def _as_judged(candidate: Candidate, judged: Mapping[int, Judgement]) -> Candidate | None:
    own = judged.get(candidate.number)
    if own is None or own.verdict is None:
        return candidate
    return None if own.keep is Keep.NOTHING else replace(candidate, print=own.print, pending=False)
