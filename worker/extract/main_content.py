"""The article's blocks out of a page: a fast tree, two small models, and the choice that promises the best F1.

The mode `fast` looks only into the element that holds the paragraphs, with one smaller model.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from selectolax.lexbor import LexborHTMLParser

from worker.errors import PayloadError
from worker.extract.blocks import FURNITURE, Block, Page, cut_blocks
from worker.extract.container import narrowest
from worker.extract.declared import Declared, read_head
from worker.extract.features import Matrix, Witness, context_features, features, plain
from worker.extract.trees import Trees, unpack

Mode = Literal["default", "fast"]
VERSIONS: Final[dict[Mode, str]] = {"default": "blocks 3", "fast": "blocks 3 fast"}
_ELEMENT: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_DEEPEST: Final = 5_000  # the parser's time grows with the square of the depth: 100,000 elements deep take 9 s
_FLAT: Final = frozenset(  # void, or closed by the next of their kind
    "area base br col embed hr img input link meta param source track wbr p li td tr option".split()
)
_RAW: Final = {name: re.compile(rf"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}
_LONGEST_HEADING: Final = 1_000  # characters; a longer one is a mistake or an attack
_LEAST_TEXT: Final = 250  # characters of a page, some 40 words, below which all of it is looked at
_HEAVIEST: Final = 20_000  # characters as which one block counts at the most, so that none outweighs an article
# Expected F1 below which the fast mode's model is asked, too. On sites not seen that are 11 and 6 of 100 pages (blogs,
# news), and F1 goes from .9499 to .9521 and from .9649 to .9658; from .85 to .97 the figures stay within .0005.
UNSURE: Final = 0.9
_OWN: Final = 0.6
_MOST_PLACES: Final = 100  # that are tried; more begin alike on no real page
_LEAST_SURE: Final = 1e-5
_SHORT: Final = 40  # characters, below which a block needs this probability:
_SURE: Final = 0.65
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


class Models(NamedTuple):
    """What judges blocks: of all of a page in two rounds, of the narrowest element that holds the paragraphs in one."""

    first: Trees
    second: Trees
    fast: Trees


@lru_cache(maxsize=1)
def models() -> Models:
    """Load the models that the package carries (some 5 ms, once a process)."""
    return read_models((files("worker.extract") / "blocks.npz").read_bytes())


def read_models(raw: bytes) -> Models:
    """Read a packed file; raises KeyError where one of the models is not in it."""
    return Models(*(unpack(raw, name) for name in Models._fields))


def parse(text: str) -> LexborHTMLParser:
    """Make a tree. Raises PayloadError `markup_invalid` for nesting that would take the parser minutes."""
    opened = text.count("<")
    if opened > _DEEPEST and opened - text.count("</") > _DEEPEST and (depth := _depth(text)) > _DEEPEST:
        raise PayloadError("markup_invalid", f"elements are nested more than {depth - 1} deep")
    return LexborHTMLParser(text.encode("utf-8", "replace"))


def _depth(text: str) -> int:
    """Give how deep elements are nested, at most one past the limit; an end tag counts where its element is open.

    What stands in scripts and their like is no element.
    """
    opened: Counter[str] = Counter()
    depth = at = 0
    while (found := _ELEMENT.search(text, at)) is not None:
        at = found.end()
        name = found[2].lower()
        if name in _FLAT:
            continue
        if name in _RAW and not found[1]:
            end = _RAW[name].search(text, at)
            if end is None:
                return depth
            at = end.end()
        elif not found[1]:
            opened[name] += 1
            depth += 1
            if depth > _DEEPEST:
                return depth
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return depth


def main_content(text: str, mode: Mode = "default", by: Models | None = None) -> MainContent:
    """Find the article in a page. Raises PayloadError `markup_invalid` where `parse` does."""
    tree = parse(text)
    return find_main(tree, witness_of(read_head(tree)), mode, by)


def find_main(
    tree: LexborHTMLParser, witness: Witness, mode: Mode = "default", by: Models | None = None
) -> MainContent:
    """Find the article in a parsed page, by other models than the package's where some are given."""
    page = cut(tree, mode)
    if not page.blocks:
        return MainContent([], 0.0, cut=False, all_blocks=[], first=0)
    rows, groups = features(page, witness)
    first, second, fast = by or models()
    sure = fast.probabilities(rows) if mode == "fast" else judge(rows, groups, first, second)
    keep, expected_f1 = choose_blocks(sure, groups)
    if mode == "default" and expected_f1 < UNSURE and (inner := cut(tree, "fast")).blocks:
        look = fast.probabilities(features(inner, witness)[0])
        keep, expected_f1 = choose_blocks(with_second_look(sure, page.blocks, look, inner.blocks), groups)
    chosen = [block for block, kept in zip(page.blocks, keep, strict=True) if kept]
    long = (at for at, kept in enumerate(keep) if kept and len(page.blocks[at].text) >= _LEAST_REPEATED)
    first_long = next(long, int(np.argmax(keep)))
    return MainContent(_without_repeats(chosen, page.blocks), expected_f1, page.cut, page.blocks, first_long)


def cut(tree: LexborHTMLParser, mode: Mode) -> Page:
    """Cut the part of a page that the mode looks at into blocks; navigation and footers go where that leaves a text."""
    root = narrowest(tree) if mode == "fast" else tree.body
    page = _without_long_headings(cut_blocks(root, FURNITURE))
    if sum(len(block.text) for block in page.blocks) < _LEAST_TEXT:  # one that is not closed holds all that follows
        return cut_whole(tree)
    return page


def cut_whole(tree: LexborHTMLParser) -> Page:
    """Cut all of a page into blocks."""
    return _without_long_headings(cut_blocks(tree.body))


def _without_long_headings(page: Page) -> Page:
    page.blocks = [block for block in page.blocks if block.kind != "heading" or len(block.text) <= _LONGEST_HEADING]
    return page


def judge(rows: Matrix, groups: Matrix, first: Trees, second: Trees) -> Matrix:
    """Give each block's probability after the second round, which sees what the first thinks of all blocks."""
    alone = first.probabilities(rows)
    return second.probabilities(np.concatenate([rows, context_features(alone, groups)], axis=1))


def with_second_look(sure: Matrix, blocks: list[Block], look: Matrix, inner: list[Block]) -> Matrix:
    """Mix the probabilities of a page's `blocks` with those of the fast mode for the part `inner` of them.

    Log odds are weighed .6 and .4. Gives `sure` as it is where the part is not found in one piece.
    """
    texts, wanted = [block.text for block in blocks], [block.text for block in inner]
    places = (at for at in range(len(texts) - len(wanted) + 1) if texts[at] == wanted[0])
    at = next((at for at in itertools.islice(places, _MOST_PLACES) if texts[at : at + len(wanted)] == wanted), -1)
    if at < 0:
        return sure
    part = slice(at, at + len(wanted))
    own, other = (np.clip(p, _LEAST_SURE, 1 - _LEAST_SURE) for p in (sure[part].astype(np.float64), look))
    odds = _OWN * np.log(own / (1 - own)) + (1 - _OWN) * np.log(other / (1 - other))
    mixed = sure.copy()
    mixed[part] = 1 / (1 + np.exp(-odds))
    return mixed


def choose_blocks(sure: Matrix, groups: Matrix) -> tuple[npt.NDArray[np.bool_], float]:
    """Choose the blocks, by probability from above, whose expected F1 against the unknown truth is best.

    Gives a truth value a block, and that F1 (0..1). Short blocks weigh next to nothing in it, so they have to be rather
    sure: bylines, dates and the word advertisement are half of the time.
    """
    size = np.minimum(groups[:, 0], _HEAVIEST)
    order = np.argsort(-sure, kind="stable")
    hit = np.cumsum((size * sure)[order])
    promised = 2 * hit / (np.cumsum(size[order]) + float((size * sure).sum()) + 1e-9)
    best = int(np.argmax(promised))
    least = np.where(size < _SHORT, max(_SURE, sure[order[best]]), sure[order[best]])
    return sure >= np.minimum(least, sure.max()), float(promised[best])


def _without_repeats(chosen: list[Block], blocks: list[Block]) -> list[Block]:
    """Keep a long block once, and drop one that stands at three places of the page: a notice, not a paragraph.

    Where that would take most of the text, nothing is dropped: then repetition is what the page is.
    """
    times = Counter(text for text, _ in itertools.groupby(block.text for block in blocks))
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
