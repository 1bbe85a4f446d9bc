"""The article's blocks out of a page: a fast tree, two small models, and the choice that promises the best F1."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.blocks import Block, cut_blocks
from worker.extract.features import Matrix, Witness, context_features, features, plain
from worker.extract.trees import Trees, unpack

VERSION: Final = "blocks 1"
_OPEN_TAG: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)")
_SHUT_TAG: Final = re.compile(r"</([a-zA-Z][a-zA-Z0-9-]*)")
_UNCLOSED: Final = 5_000  # open elements beyond which the parser's time grows with their square: 100,000 take 9 s
_VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li td tr option".split()
)
_LEAST_REPEATED: Final = 60  # characters: a longer block that stands again is a repetition
_MOST_REPEATS: Final = 2
_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which blocks are article, each block's probability, and the F1 that the probabilities promise."""

    chosen: npt.NDArray[np.bool_]
    probability: Matrix
    expected_f1: float


@lru_cache(maxsize=1)
def models() -> tuple[Trees, Trees]:
    """Load the two models that the package carries (some 5 ms, once a process)."""
    raw = (files("worker.extract") / "blocks.npz").read_bytes()
    return unpack(raw, "first"), unpack(raw, "second")


def parse(text: str) -> LexborHTMLParser:
    """Make a tree. Raises PayloadError `markup_invalid` for nesting that would take the parser minutes."""
    if text.count("<") - 2 * text.count("</") > _UNCLOSED:
        opened = len([name for name in _OPEN_TAG.findall(text) if name.lower() not in _VOID])
        shut = len(_SHUT_TAG.findall(text))
        if opened - shut > _UNCLOSED:
            raise PayloadError("markup_invalid", f"about {opened - shut} elements are never closed")
    return LexborHTMLParser(text.encode("utf-8", "replace"))


def article_blocks(text: str) -> tuple[list[Block], float]:
    """Give a page's article blocks in order and the F1 that is expected of them (0..1)."""
    tree = parse(text)
    page = cut_blocks(tree.body)
    if not page.blocks:
        return [], 0.0
    rows, groups = features(page, witness_of(tree))
    choice = choose_blocks(rows, groups, *models())
    chosen = [block for block, keep in zip(page.blocks, choice.chosen, strict=True) if keep]
    return _without_repeats(chosen, page.blocks), choice.expected_f1


def choose_blocks(rows: Matrix, groups: Matrix, first: Trees, second: Trees) -> Choice:
    """Choose the blocks, by probability from above, whose expected F1 against the unknown truth is best."""
    alone = first.probabilities(rows)
    sure = second.probabilities(np.concatenate([rows, context_features(alone, groups)], axis=1))
    size = groups[:, 0]
    order = np.argsort(-sure, kind="stable")
    hit = np.cumsum((size * sure)[order])
    promised = 2 * hit / (np.cumsum(size[order]) + float((size * sure).sum()) + 1e-9)
    best = int(np.argmax(promised))
    return Choice(sure >= sure[order[best]], sure, float(promised[best]))


def _without_repeats(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """Keep a long block once, and drop one that stands three times on the page: a notice, not a paragraph.

    Where that would take most of the text, nothing is dropped: then repetition is what the page is.
    """
    times = Counter(block.text for block in blocks)
    seen: set[str] = set()
    once: list[Block] = []
    for block in chosen:
        if len(block.text) < _LEAST_REPEATED or block.text not in seen:
            seen.add(block.text)
            once.append(block)
    own = [block for block in once if len(block.text) < _LEAST_REPEATED or times[block.text] <= _MOST_REPEATS]
    return own if 2 * sum(len(block.text) for block in own) > sum(len(block.text) for block in once) else once


def witness_of(tree: LexborHTMLParser) -> Witness:
    """Read what the head says: title, description and the JSON-LD body."""
    meta: dict[str, str] = {}
    for element in tree.css("meta"):
        attributes = element.attributes
        name = (attributes.get("property") or attributes.get("name") or "").lower()
        if name and (content := attributes.get("content")):
            meta.setdefault(name, content)
    title = tree.css_first("title")
    return Witness(
        meta.get("og:title") or (title.text() if title is not None else ""),
        meta.get("og:description") or meta.get("description") or "",
        _stated_body(tree),
    )


def _stated_body(tree: LexborHTMLParser) -> str:
    for script in tree.css("script"):
        if "ld+json" in (script.attributes.get("type") or "").lower():
            data: Any = jsonld.load(script.text() or "")
            for node in jsonld.nodes(data) if data is not None else ():
                if jsonld.is_article(node) and isinstance(body := node.get("articleBody"), str) and body:
                    return plain(_TAG.sub(" ", body))
    return ""
