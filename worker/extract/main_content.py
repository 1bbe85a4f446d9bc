"""The article's blocks out of a page: a fast tree, two small models, and the choice that promises the best F1."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from worker.errors import PayloadError
from worker.extract.blocks import Block, cut_blocks
from worker.extract.declared import Declared, read_declared
from worker.extract.features import Matrix, Witness, context_features, features, plain
from worker.extract.trees import Trees, unpack

VERSION: Final = "blocks 1"
_ELEMENT: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_DEEPEST: Final = 5_000  # the parser's time grows with the square of the depth: 100,000 elements deep take 9 s
_FLAT: Final = frozenset(  # void, or closed by the next of their kind
    "area base br col embed hr img input link meta param source track wbr p li td tr option".split()
)
_LONGEST_HEADING: Final = 1_000  # characters; a longer one is a mistake or an attack
_HEAVIEST: Final = 20_000  # characters as which one block counts at the most, so that none outweighs an article
_LEAST_REPEATED: Final = 60  # characters: a longer block that stands again is a repetition
_MOST_REPEATS: Final = 2
_TAG: Final = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class MainContent:
    """The article's blocks in order, the F1 that is expected of them (0..1), and whether the page was cut off.

    `all_blocks` are the page's, `first` is the place of the article's first long block among them.
    """

    blocks: list[Block]
    expected_f1: float
    cut: bool
    all_blocks: list[Block]
    first: int


@lru_cache(maxsize=1)
def models() -> tuple[Trees, Trees]:
    """Load the two models that the package carries (some 5 ms, once a process)."""
    raw = (files("worker.extract") / "blocks.npz").read_bytes()
    return unpack(raw, "first"), unpack(raw, "second")


def parse(text: str) -> LexborHTMLParser:
    """Make a tree. Raises PayloadError `markup_invalid` for nesting that would take the parser minutes."""
    if text.count("<") - text.count("</") > _DEEPEST and (depth := _depth(text)) > _DEEPEST:
        raise PayloadError("markup_invalid", f"elements are nested more than {depth - 1} deep")
    return LexborHTMLParser(text.encode("utf-8", "replace"))


def _depth(text: str) -> int:
    """Count how deep elements are nested, up to one past the limit; an end tag counts where its element is open."""
    opened: Counter[str] = Counter()
    depth = 0
    for found in _ELEMENT.finditer(text):
        name = found[2].lower()
        if name in _FLAT:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            if depth > _DEEPEST:
                return depth
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return depth


def main_content(text: str) -> MainContent:
    """Find the article in a page. Raises PayloadError `markup_invalid` where `parse` does."""
    tree = parse(text)
    return find_main(tree, witness_of(read_declared(tree)))


def find_main(tree: LexborHTMLParser, witness: Witness) -> MainContent:
    """Find the article in a parsed page."""
    page = cut_blocks(tree.body)
    page.blocks = [block for block in page.blocks if block.kind != "heading" or len(block.text) <= _LONGEST_HEADING]
    if not page.blocks:
        return MainContent([], 0.0, cut=False, all_blocks=[], first=0)
    rows, groups = features(page, witness)
    keep, expected_f1 = choose_blocks(rows, groups, *models())
    chosen = [block for block, kept in zip(page.blocks, keep, strict=True) if kept]
    long = (at for at, kept in enumerate(keep) if kept and len(page.blocks[at].text) >= _LEAST_REPEATED)
    first = next(long, int(np.argmax(keep)))
    return MainContent(_without_repeats(chosen, page.blocks), expected_f1, page.cut, page.blocks, first)


def choose_blocks(rows: Matrix, groups: Matrix, first: Trees, second: Trees) -> tuple[npt.NDArray[np.bool_], float]:
    """Choose the blocks, by probability from above, whose expected F1 against the unknown truth is best.

    Gives a truth value a block, and that F1 (0..1).
    """
    alone = first.probabilities(rows)
    sure = second.probabilities(np.concatenate([rows, context_features(alone, groups)], axis=1))
    size = np.minimum(groups[:, 0], _HEAVIEST)
    order = np.argsort(-sure, kind="stable")
    hit = np.cumsum((size * sure)[order])
    promised = 2 * hit / (np.cumsum(size[order]) + float((size * sure).sum()) + 1e-9)
    best = int(np.argmax(promised))
    return sure >= sure[order[best]], float(promised[best])


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


def witness_of(said: Declared) -> Witness:
    """Give what the head says: title, description and the JSON-LD body."""
    titles = said.meta.get("og:title") or [said.title]
    descriptions = said.meta.get("og:description") or said.meta.get("description") or [""]
    stated = (node.get("articleBody") for node in said.articles())
    body = next((text for text in stated if isinstance(text, str) and text), "")
    return Witness(titles[0], descriptions[0], plain(_TAG.sub(" ", body)))
