"""The short lines around an article, where pages say who wrote it and when; nothing here reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worker.extract.blocks import Block
from worker.extract.features import plain
from worker.extract.main_content import MainContent

_LONGEST: Final = 160  # characters of a line; a longer one is prose
_BEFORE: Final = 8  # blocks before the first paragraph where no headline stands
_BOLD: Final = 0.8
_SIGNED: Final = 60  # characters of a name that closes an article
_ABOVE: Final = 3  # blocks above the headline
_FARTHEST: Final = 40  # blocks between headline and first paragraph
_BEHIND: Final = 3  # blocks from the first paragraph on
_LAST: Final = 3  # blocks at the end of the article
_AFTER: Final = 4  # blocks behind it


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Short lines: `above` the headline, `below` it up to the first paragraph, at the `end`.

    Where the headline does not stand on the page, all that precede the first paragraph are `below`,
    the nearest to it first; else all are in page order. `headed` tells which. `signed` is the
    article's last block or the one behind it, if that is short and bold as a whole.
    """

    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    headed: bool = False
    signed: str = ""


def surroundings_of(found: MainContent, headlines: Iterable[str]) -> Surroundings:
    """Give the lines around the article that `found` holds; its headline is the first of `headlines` that it shows."""
    blocks, first = found.all_blocks, found.first
    places = range(min(first + _BEHIND, len(blocks)) - 1, max(0, first - _FARTHEST) - 1, -1)
    texts = {at: plain(blocks[at].text) for at in places}
    wanted = [key for headline in headlines if (key := plain(headline))]
    heading = next((at for key in wanted for at, text in texts.items() if text == key), -1)
    start = heading + 1 if heading >= 0 else max(0, first - _BEFORE)
    below = blocks[start : max(start, first) + _BEHIND]
    if heading < 0:
        below = [*below[: first - start][::-1], *below[first - start :]]
    above = blocks[max(0, heading - _ABOVE) : heading] if heading >= 0 else []
    last = max((at for at, block in enumerate(blocks) if block is found.blocks[-1]), default=-1) if found.blocks else -1
    end = blocks[max(first + _BEHIND, last + 1 - _LAST) : last + 1 + _AFTER] if last >= 0 else []
    closing = blocks[last : last + 2] if last >= 0 else []  # the models may take a name for no part of the text
    bold = (block.text for block in closing if block.strong >= len(block.text) * _BOLD and len(block.text) < _SIGNED)
    signed = next(bold, "")
    return Surroundings(_short(above), _short(below), _short(end), heading >= 0, signed)


def _short(blocks: Iterable[Block]) -> tuple[str, ...]:
    return tuple(block.text for block in blocks if len(block.text) <= _LONGEST)
