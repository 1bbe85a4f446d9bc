"""The judge: what an article is to those already known, and why; pure, and the same for every index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import Enum
from typing import Final

from worker.dedupe.fingerprint import SHINGLE
from worker.dedupe.prints import bare, samples, tokens_in, triples
from worker.model import Change, Origin, Verdict, VerdictKind, VerdictReason
from worker.ports import Candidate, Fingerprint, Print
from worker.text.agencies import AGENCIES

# Thresholds; chosen on the dev half of the generated stream (docs/dedupe.md).
ALIKE_JACCARD: Final = 0.4
ALIKE_LENGTHS: Final = 0.65
VERSION_JACCARD: Final = 0.15
FORM_JACCARD: Final = 0.15
TINY_JACCARD: Final = 0.7
TINY_LENGTHS: Final = 0.8
HELD_WITHIN: Final = 0.7
HELD_LEDE: Final = 3
HELD_LEDE_FEW: Final = 2
HELD_LEDE_WITHIN: Final = 0.6
HELD_LEDE_LENGTHS: Final = 0.5
HELD_TESTED: Final = 4
WHOLE_WITHIN: Final = 0.8
FIRM_WITHIN: Final = 0.85
BLOCK_PURITY: Final = 0.9
BLOCK_JACCARD: Final = 0.55
BLOCK_ALIKE: Final = 0.75
LEDE_ONLY: Final = 115
"""Shingles of a text so short that its lede is nearly all of it."""
TEMPLATE_CONFLICTS: Final = 5
TEMPLATE_VALUES: Final = 4
FORM_VALUES: Final = 2
TEMPLATE_DOUBT: Final = 1.5
TEMPLATE_UNEXPLAINED: Final = 0.08
TEMPLATE_LIST: Final = 1.3
TEMPLATE_LENGTHS: Final = 0.97
TEMPLATE_REWORDED: Final = 0.02


class Keep(Enum):
    """What the index keeps of a judged article: nothing, its address (a copy), or the whole print."""

    NOTHING = 0
    ADDRESS = 1
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, None while the article that decides it is not final, and what the index is to keep.

    `withdraws`: the article that it was judged against is to be marked as withdrawn.
    """

    verdict: Verdict | None
    keep: Keep
    print: Print
    withdraws: bool = False


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two prints compared: estimates in 0..1 from their samples, and how their numbers agree.

    `containment` is the share of the first text found in the second, `coverage` of the second in the first.
    `agreements` and `conflicts` count contexts with the same number and with another one, `kept` and `replaced`
    values wherever they stand, `…_in_place` values with their context. `paragraphs` is the share of the shorter text
    that stands in paragraphs which the other has unchanged. `tested` is how many hashes of the first the estimate of
    `containment` rests on, `tested_other` of the second.
    """

    jaccard: float
    containment: float
    coverage: float
    lengths: float
    agreements: int
    conflicts: int
    kept: int
    replaced: int
    kept_in_place: int
    replaced_in_place: int
    paragraphs: float
    tested: int
    tested_other: int


_UNLIKE: Final = Likeness(0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0)


def compare(one: Print, other: Print) -> Likeness:
    """Estimate how two texts overlap."""
    mine, theirs = samples(one, other)
    common = len(mine & theirs)
    agreements, conflicts = _numbers(one.numbers, other.numbers)
    kept, replaced = _common({pair & 0xFFF for pair in one.numbers}, {pair & 0xFFF for pair in other.numbers})
    kept_in_place, replaced_in_place = _common(set(one.numbers), set(other.numbers))
    longer = max(one.shingles, other.shingles)
    return Likeness(
        jaccard=common / len(mine | theirs) if common else 0.0,
        containment=common / len(mine) if common else 0.0,
        coverage=common / len(theirs) if common else 0.0,
        lengths=min(one.shingles, other.shingles) / longer if longer else 0.0,
        agreements=agreements,
        conflicts=conflicts,
        kept=kept,
        replaced=replaced,
        kept_in_place=kept_in_place,
        replaced_in_place=replaced_in_place,
        paragraphs=_whole_paragraphs(one, other),
        tested=len(mine),
        tested_other=len(theirs),
    )


def _numbers(one: Sequence[int], other: Sequence[int]) -> tuple[int, int]:
    """Count contexts that both texts have: those with a value in common, and those where each has one of its own."""
    mine, theirs = _by_context(one), _by_context(other)
    conflicts = len(_conflicting(mine, theirs))
    return len(mine.keys() & theirs.keys()) - conflicts, conflicts


def _conflicting(one: Mapping[int, set[int]], other: Mapping[int, set[int]]) -> set[int]:
    return {key for key in one.keys() & other.keys() if one[key] - other[key] and other[key] - one[key]}


def _common(mine: set[int], theirs: set[int]) -> tuple[int, int]:
    """Count what both have, and what stands in place of something else."""
    kept = len(mine & theirs)
    return kept, min(len(mine), len(theirs)) - kept


def _whole_paragraphs(one: Print, other: Print) -> float:
    """Estimate the share of the shorter text that stands in paragraphs which the other text has unchanged."""
    shorter, longer = (one, other) if one.shingles <= other.shingles else (other, one)
    there = set(triples(longer.paragraphs))
    lengths = [(mark in there, tokens_in(mark)) for mark in triples(shorter.paragraphs)]
    total = sum(length for _, length in lengths)
    return sum(length for found, length in lengths if found) / total if total else 0.0


def _by_context(pairs: Sequence[int]) -> dict[int, set[int]]:
    values: dict[int, set[int]] = {}
    for pair in pairs:
        values.setdefault(pair >> 12, set()).add(pair & 0xFFF)
    return values


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: VerdictKind
    candidate: Candidate
    likeness: Likeness
    evidence: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, float, float, int]:
        """Order of the relations to several candidates: the strongest kind, then the most alike, then the latest."""
        strength = {"exact": 3, "near": 2, "syndicated": 2, "revision": 1}.get(self.kind, 0)
        if self.kind == "revision" and {"canonical_url", "headline"} & set(self.evidence):
            strength = 2
        closeness = max(self.likeness.containment, self.likeness.coverage)
        return strength, round(self.likeness.jaccard, 3), closeness, self.candidate.number


def judge(fingerprint: Fingerprint, candidates: Sequence[Candidate]) -> Judgement:
    """Judge an article against the candidates that the index found for it; best relation wins."""
    mine = fingerprint.print
    compared = [(item, compare(mine, item.print) if item.print.sample else _UNLIKE) for item in candidates]
    relations = [found for item, likeness in compared if (found := _relation(fingerprint, item, likeness)) is not None]
    relations = [item for item in relations if not _is_one_of_many(item, compared)]
    if not relations:
        return Judgement(Verdict(kind="new"), Keep.WHOLE, mine)
    best = max(relations, key=lambda item: item.rank)
    if best.kind == "revision":
        best = max(
            (item for item in relations if _may_follow(item, best)), key=lambda item: item.candidate.print.version
        )
    if best.candidate.pending and best.kind != "revision":
        # What is a copy of something final need not wait for another copy in work: twins would wait in a row.
        final = [item for item in relations if item.kind == best.kind and not item.candidate.pending]
        best = max(final, key=lambda item: item.rank, default=best)
    if best.candidate.pending:
        return Judgement(None, Keep.NOTHING, mine)
    return _verdict(fingerprint, best)


def _is_one_of_many(relation: _Relation, compared: Sequence[tuple[Candidate, Likeness]]) -> bool:
    """Tell a form by its number: it is about as alike to several articles that are not versions of each other."""
    if relation.kind != "revision" or "numbers" not in relation.evidence:
        return False
    cluster = _cluster(relation.candidate.print)
    least = max(ALIKE_JACCARD, relation.likeness.jaccard - FORM_JACCARD)
    return any(
        likeness.jaccard >= least and likeness.lengths >= ALIKE_LENGTHS and likeness.replaced
        for item, likeness in compared
        if _cluster(item.print) != cluster
    )


def _cluster(item: Print) -> str:
    return item.cluster or item.article_id[:16]


def _may_follow(item: _Relation, best: _Relation) -> bool:
    """Tell whether a relation is to a version of the same article that is about as alike: the latest is revised."""
    one, other = item.candidate.print, best.candidate.print
    same = _cluster(one) == _cluster(other)
    alike = item.likeness.jaccard >= best.likeness.jaccard - VERSION_JACCARD
    return item is best or (item.kind == "revision" and same and alike and one.version > other.version)


def _relation(fingerprint: Fingerprint, candidate: Candidate, likeness: Likeness) -> _Relation | None:
    mine, theirs = fingerprint.print, candidate.print
    same_url = "url" in candidate.by and bool(set(mine.urls) & set(theirs.urls))
    same_page = same_url and _same_site(mine, theirs)
    if candidate.by and mine.text == theirs.text:
        same = replace(likeness, jaccard=1.0, containment=1.0, coverage=1.0, lengths=1.0, conflicts=0)
        if same_page and mine.headline and theirs.headline and mine.headline != theirs.headline:
            return _Relation("revision", candidate, same, ("canonical_url",))
        return _Relation("exact", candidate, same, ("body",))
    if same_page or ("title" in candidate.by and _same_site(mine, theirs)):
        return _Relation("revision", candidate, likeness, ("canonical_url" if same_page else "headline",))
    kind = _kind(fingerprint, candidate, likeness) if theirs.sample else None
    if kind is None:
        return None
    evidence = ["shingles"]
    if candidate.lede >= HELD_LEDE:
        evidence.append("lede")
    if likeness.conflicts:
        evidence.append("numbers")
    if kind == "near" and not _same_site(mine, theirs):
        if same_url:
            evidence.append("canonical_url")
        elif mine.agency and mine.agency == theirs.agency:
            evidence.append("agency_credit")
        kind = "syndicated" if {"canonical_url", "agency_credit"} & set(evidence) else kind
    return _Relation(kind, candidate, likeness, tuple(evidence))


def _kind(fingerprint: Fingerprint, candidate: Candidate, likeness: Likeness) -> VerdictKind | None:
    """Relation of two texts by their words alone; None where they have none."""
    if fingerprint.print.tiny or candidate.print.tiny:
        alike = likeness.jaccard >= TINY_JACCARD and likeness.lengths >= TINY_LENGTHS and not likeness.conflicts
        return "near" if alike else None
    if _is_template(fingerprint, candidate.print, likeness):
        return None
    shorter_is_mine = likeness.containment >= likeness.coverage
    within = max(likeness.containment, likeness.coverage)
    tested = likeness.tested if shorter_is_mine else likeness.tested_other
    alike = likeness.jaccard >= ALIKE_JACCARD and likeness.lengths >= ALIKE_LENGTHS
    doubtful = likeness.jaccard < BLOCK_JACCARD and likeness.paragraphs < WHOLE_WITHIN
    if doubtful and within < (BLOCK_ALIKE if alike else WHOLE_WITHIN) and _is_block(fingerprint, candidate.print):
        return None
    if alike:
        return "revision" if likeness.conflicts else "near"
    lede = candidate.lede >= HELD_LEDE and likeness.lengths < HELD_LEDE_LENGTHS
    brief = min(fingerprint.print.shingles, candidate.print.shingles) <= LEDE_ONLY
    firmly = within >= FIRM_WITHIN or candidate.lede >= HELD_LEDE_FEW
    if (
        (within >= HELD_WITHIN and tested >= HELD_TESTED and firmly)
        or (lede and brief and (within >= HELD_LEDE_WITHIN or tested < HELD_TESTED))
        or likeness.paragraphs >= WHOLE_WITHIN
    ):
        return "contained" if shorter_is_mine else "expands"
    return None


def _is_block(fingerprint: Fingerprint, other: Print) -> bool:
    """Tell whether all that two texts share is one unbroken stretch, as of a box that a site puts on every page.

    A copy that was worked over differs here and there; this finds the stretch that parts shared from other
    hashes best (the maximum subarray, Kadane 1984) and asks whether it parts them almost cleanly.
    """
    hits = [hit for hit, _ in _hits(fingerprint, other)]
    best = here = 0
    for hit in hits:
        here = max(0, here + (1 if hit else -1))
        best = max(best, here)
    return bool(hits) and best + hits.count(False) >= BLOCK_PURITY * len(hits)


def _hits(fingerprint: Fingerprint, other: Print) -> list[tuple[bool, bool]]:
    """Say of each sampled run of the text, in order, whether the other text has it and whether a number is in it."""
    level = max(fingerprint.print.level, other.level)
    theirs = samples(fingerprint.print, other)[1]
    return [
        (f"{value & 0xFFF:03x}" in theirs, numbered)
        for value, numbered in fingerprint.places
        if value < 1 << (64 - level)
    ]


def _is_template(fingerprint: Fingerprint, other: Print, likeness: Likeness) -> bool:
    """Tell whether two texts are one form filled with other facts, by how many of their numbers are others."""
    if likeness.conflicts >= TEMPLATE_CONFLICTS and likeness.conflicts > likeness.agreements:
        return True
    kept, replaced = likeness.kept, likeness.replaced
    if likeness.lengths < ALIKE_LENGTHS or not replaced:
        return False
    close = max(likeness.containment, likeness.coverage) >= FIRM_WITHIN
    if replaced >= TEMPLATE_VALUES and replaced >= (kept if close else kept / TEMPLATE_DOUBT):
        return True
    return (replaced >= FORM_VALUES and replaced > kept) or (
        fingerprint.note != "update" and _is_form(fingerprint, other, likeness)
    )


def _is_form(fingerprint: Fingerprint, other: Print, likeness: Likeness) -> bool:
    """Look closer at two texts of like length: an update changes few numbers of many, and leaves the words alone."""
    replaced = likeness.replaced
    listed = (
        replaced >= FORM_VALUES
        and likeness.replaced_in_place >= TEMPLATE_CONFLICTS
        and likeness.replaced_in_place * TEMPLATE_LIST >= likeness.kept_in_place
    )
    shifted = likeness.conflicts >= FORM_VALUES and likeness.agreements <= likeness.conflicts > replaced
    if listed or shifted:
        return True
    if likeness.lengths < TEMPLATE_LENGTHS or not likeness.conflicts:
        return False
    # A changed number is in five runs; what else is missing was worded otherwise.
    explained = SHINGLE * max(likeness.conflicts, replaced) / max(1, fingerprint.print.shingles)
    unexplained = 1 - min(likeness.containment, likeness.coverage) - explained
    return unexplained > TEMPLATE_UNEXPLAINED or _reworded(fingerprint, other) > TEMPLATE_REWORDED


def _reworded(fingerprint: Fingerprint, other: Print) -> float:
    """Share of the runs without a number that the other text words otherwise."""
    plain = [hit for hit, numbered in _hits(fingerprint, other) if not numbered]
    return plain.count(False) / len(plain) if plain else 0.0


def _verdict(fingerprint: Fingerprint, relation: _Relation) -> Judgement:
    mine, other, likeness = fingerprint.print, relation.candidate.print, relation.likeness
    cluster = _cluster(other)
    kept = replace(mine, cluster=cluster, parent=relation.candidate.number)
    if other.withdrawn:  # this article leads the cluster from now on
        return Judgement(Verdict(kind="new", evidence=("withdrawn",), cluster=cluster), Keep.WHOLE, kept)
    known = likeness is not _UNLIKE  # of a copy, only the address is kept
    verdict = Verdict(
        kind=relation.kind,
        of=other.article_id,
        similarity=round(likeness.jaccard, 3) if known else None,
        containment=round(likeness.containment, 3) if known else None,
        coverage=round(likeness.coverage, 3) if known else None,
        evidence=relation.evidence,
        cluster=cluster,
    )
    withdraws = fingerprint.note == "withdrawal" and _same_site(mine, other)
    if relation.kind == "revision" or withdraws:
        version, first = min(other.version + 1, 255), other.first or other.article_id
        changes = _changes(fingerprint, other, likeness)
        verdict = replace(
            verdict,
            kind="revision",
            changes=changes,
            reason=_reason(fingerprint, changes, likeness),
            version=version,
            previous=other.article_id,
            first=first,
        )
        keep = Keep.ADDRESS if withdraws else Keep.WHOLE
        kept = replace(kept, version=version, first=first, withdrawn=withdraws)
        return Judgement(verdict, keep, bare(kept) if withdraws else kept, withdraws)
    verdict = replace(verdict, origin=_origin(mine, other, relation))
    if relation.kind == "expands":
        return Judgement(verdict, Keep.WHOLE, kept)
    if set(mine.urls) - set(other.urls):
        return Judgement(verdict, Keep.ADDRESS, bare(kept))
    return Judgement(verdict, Keep.NOTHING, mine)


def _same_site(one: Print, other: Print) -> bool:
    """Tell whether two articles may be of one publisher; true where one of them names none."""
    return not (one.site and other.site) or one.site == other.site


def _origin(mine: Print, other: Print, relation: _Relation) -> Origin:
    """Say where the text most likely comes from; the confidences are judgements, not measurements."""
    if credited := other.agency or mine.agency:
        return Origin(other.article_id, AGENCIES[credited - 1].name, "agency_credit", 0.9)
    if "canonical_url" in relation.evidence:
        return Origin(other.article_id, None, "canonical_link", 0.9)
    return Origin(other.article_id, None, "earliest_arrival", 0.8 if mine.site == other.site else 0.6)


def _changes(fingerprint: Fingerprint, other: Print, likeness: Likeness) -> tuple[Change, ...]:
    mine = fingerprint.print
    changes = []
    if mine.headline and other.headline and mine.headline != other.headline:
        changes.append(Change("headline", 1))
    if likeness.conflicts:
        before, after = _by_context(other.numbers), _by_context(mine.numbers)
        pairs = zip(mine.numbers, fingerprint.figures, strict=True)
        now = [text for pair, text in pairs if before.get(pair >> 12) and pair & 0xFFF not in before[pair >> 12]]
        changes.append(Change("numbers", len(_conflicting(before, after)), tuple(now)))
    if other.paragraphs and mine.paragraphs:
        added = dropped = reworded = 0
        matcher = SequenceMatcher(None, triples(other.paragraphs), triples(mine.paragraphs), autojunk=False)
        for _, old_from, old_to, new_from, new_to in (row for row in matcher.get_opcodes() if row[0] != "equal"):
            old, new = old_to - old_from, new_to - new_from
            reworded += min(old, new)
            added += max(new - old, 0)
            dropped += max(old - new, 0)
        found = (("paragraphs_added", added), ("paragraphs_dropped", dropped), ("paragraphs_reworded", reworded))
        changes += [Change(what, count) for what, count in found if count]
    return tuple(changes)


def _reason(fingerprint: Fingerprint, changes: Sequence[Change], likeness: Likeness) -> VerdictReason:
    """Class a revision: what the article says of itself first, then its length, then what changed."""
    what = {change.what for change in changes}
    notes: dict[str | None, VerdictReason] = {note: note for note in ("withdrawal", "correction", "update")}
    rules: tuple[tuple[bool, VerdictReason], ...] = (
        (what <= {"headline"} and likeness.jaccard == 1.0, "retitle"),
        (likeness.lengths < ALIKE_LENGTHS and likeness.containment >= HELD_WITHIN, "truncation"),
        (likeness.lengths < ALIKE_LENGTHS and likeness.coverage >= HELD_WITHIN, "expansion"),
        ("numbers" in what or "paragraphs_added" in what or likeness.jaccard < ALIKE_JACCARD, "update"),
        ("paragraphs_dropped" in what and "paragraphs_reworded" not in what, "truncation"),
    )
    if fingerprint.note in notes:
        return notes[fingerprint.note]
    return next((reason for holds, reason in rules if holds), "correction")
