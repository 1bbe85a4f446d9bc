"""A verdict in words: what two articles are to each other, and which figures say so; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worker.dedupe.judge import compare
from worker.model import Change, Verdict
from worker.ports import Fingerprint, Print

_KINDS: Final = {
    "new": "They are different articles.",
    "exact": "They are the same text; only typography differs, if anything.",
    "near": "They are nearly the same text.",
    "syndicated": "They are nearly the same text, and the second credits where it is from.",
    "revision": "The second is another version of the first.",
    "contained": "The second is a part of the first.",
    "expands": "The second contains the first and goes on.",
}
_EVIDENCE: Final = {
    "body": "all words are the same",
    "canonical_url": "the address is the same",
    "headline": "site, headline and date are the same",
    "shingles": "five-word runs in common",
    "lede": "the beginning is the same",
    "numbers": "numbers in the same place are others",
    "agency_credit": "both credit the same agency",
    "withdrawn": "the first was withdrawn",
}
_CHANGES: Final = {
    "headline": ("another headline", "another headline"),
    "numbers": ("{} number changed", "{} numbers changed"),
    "paragraphs_added": ("{} paragraph added", "{} paragraphs added"),
    "paragraphs_dropped": ("{} paragraph dropped", "{} paragraphs dropped"),
    "paragraphs_reworded": ("{} paragraph reworded", "{} paragraphs reworded"),
}


def explain(verdict: Verdict, one: Fingerprint, other: Print) -> Iterator[str]:
    """Yield sentences on the verdict of `one`, judged against `other`, and on what it rests."""
    yield _KINDS[verdict.kind]
    if verdict.reason is not None:
        yield f"Why it was changed: {verdict.reason}."
    if verdict.evidence:
        yield f"Evidence: {'; '.join(_EVIDENCE[item] for item in verdict.evidence)}."
    if verdict.changes:
        yield f"Changes: {'; '.join(map(change_in_words, verdict.changes))}."
    if verdict.origin is not None and verdict.origin.name is not None:
        yield f"Most likely from {verdict.origin.name} (confidence {verdict.origin.confidence})."
    likeness = compare(one.print, other)
    yield (
        f"Similarity {likeness.jaccard:.2f}; of the second text {likeness.containment:.0%} stands in the first, "
        f"of the first {likeness.coverage:.0%} in the second (estimates from {likeness.tested} and "
        f"{likeness.tested_other} of {one.print.shingles} and {other.shingles} five-word runs)."
    )
    if one.print.numbers and other.numbers:
        yield (
            f"Numbers: {likeness.kept} in both, {likeness.replaced} replaced; "
            f"{likeness.agreements} agree in their place, {likeness.conflicts} do not."
        )


def change_in_words(change: Change) -> str:
    """Say one change in words."""
    single, many = _CHANGES[change.what]
    words = (single if change.count == 1 else many).format(change.count)
    return f"{words} (now {', '.join(map(repr, change.now))})" if change.now else words
