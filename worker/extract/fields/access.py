"""Whether an article is free to read: JSON-LD, meta tags and microdata, then a notice that ends a short text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.extract.main_content import MainContent
from worker.extract.refusal import PAYWALL
from worker.model import Access, Issue, Provenance
from worker.text.whitespace import count_words

_PAID: Final = frozenset({"locked", "premium", "paid", "paywalled", "subscriber", "subscribers", "plus"})
_FREE: Final = frozenset({"free", "open", "public", "non-premium"})
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})
# "metered" says neither: such a page may be read.
_TIER: Final = re.compile(r"(?:content_tier|access_status|articleaccess)$")
_LOCKED: Final = re.compile(r"(?:^|[:_.-]|is)(?:premium|paid|paid_?content|paywall|locked)$")
_STUB_WORDS: Final = 150  # fewer of which before a notice are a teaser; of a longer text it is a box beside it
_TEASER_WORDS: Final = 120  # as of a feed's item
_BEHIND: Final = 6  # blocks behind the text within which the notice stands
_OPENING: Final = 1_000  # characters of a block in which a notice says what it is
_DECLARED: Final = 0.7


def put_access(draft: Draft, said: Declared, node: jsonld.Node | None, found: MainContent) -> None:
    """Set access by the most trusted witness; one that contradicts it is an issue, and so is a mere teaser."""
    words = sum(count_words(text) for text, _ in draft.blocks)
    witnesses = [*_declared(said, node)]
    if not witnesses and 0 < words < _STUB_WORDS:
        witnesses = [*_notices(found)]
    if not witnesses:
        return
    access, origin, confidence = max(witnesses, key=lambda witness: witness[2])
    draft.access = access
    draft.provenance["access"] = Provenance(origin, "vote", confidence)
    other = next((item for item in witnesses if item[0] != access and item[2] >= _DECLARED), None)
    if other is not None:
        draft.issues.append(Issue("field_conflict", "access", f"{access} ({origin}) or {other[0]} ({other[1]})"))
    if access == "paywalled" and words < _TEASER_WORDS:
        draft.issues.append(Issue("teaser_only", "body", f"{words} words before a paywall"))


def _declared(said: Declared, node: jsonld.Node | None) -> Iterator[tuple[Access, str, float]]:
    if node is not None and (access := _answer(node.get("isAccessibleForFree"))):
        yield access, "json-ld:isAccessibleForFree", 0.9
    for value in said.marked("isaccessibleforfree"):
        if access := _answer(value):
            yield access, "microdata:isAccessibleForFree", 0.85
            break
    for name, values in said.meta.items():
        word = values[0].strip().casefold()
        if _TIER.search(name) and word in _PAID | _FREE:
            yield ("paywalled" if word in _PAID else "free"), f"meta:{name}", 0.85
        elif _LOCKED.search(name) and word in _YES | _NO:
            yield ("paywalled" if word in _YES else "free"), f"meta:{name}", 0.75
        elif name == "isaccessibleforfree" and (access := _answer(word)):
            yield access, f"meta:{name}", 0.85


def _answer(value: object) -> Access | None:
    word = str(value).rsplit("/", 1)[-1].casefold()
    return "free" if word in _YES else "paywalled" if word in _NO else None


def _notices(found: MainContent) -> Iterator[tuple[Access, str, float]]:
    """Yield a notice in the text or right behind it."""
    if not found.blocks:
        return
    last = found.blocks[-1]
    at = next((place for place, block in enumerate(found.all_blocks) if block is last), -1)
    if any(
        PAYWALL.search(block.text[:_OPENING]) for block in (*found.blocks, *found.all_blocks[at + 1 : at + 1 + _BEHIND])
    ):
        yield "paywalled", "text:notice", 0.5
