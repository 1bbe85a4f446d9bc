"""Paragraphs of text that was wrapped by hand or by a machine: mails, wire messages, plain bodies inside of XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from worker.extract.fragment import Block
from worker.text.whitespace import squeeze

_WIDEST: Final = 100  # columns: what is longer was not wrapped, and each line is a paragraph
_NARROWEST: Final = 45  # columns: shorter lines were ended on purpose, as in an address
_SLACK: Final = 8  # columns by which an author's own wrapping differs from line to line
_ITEM: Final = re.compile(r"^\s*(?:[-*•–·]|\d{1,2}[.)])\s+\S")
_INDENTED: Final = re.compile(r"^(?: {1,12}|\t+)\S")


def blocks_of_wrapped(text: str) -> list[Block]:
    """Cut text into paragraphs: at empty lines, at indented lines, and where a line was ended on purpose.

    A line was ended by the wrapping where the first word of the next one would not have fit.
    """
    normal = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    lines = [line.rstrip() for line in normal.split("\n")]
    width = max(map(len, lines), default=0)
    blocks: list[Block] = []
    for group in _groups(lines):
        if width > _WIDEST:
            blocks += [(squeeze(line), "list" if _ITEM.match(line) else "text") for line in group]
        else:
            blocks += _paragraphs(group, own if (own := max(map(len, group))) >= _NARROWEST else width)
    return blocks


def _groups(lines: list[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line)
        elif group:
            yield group
            group = []


def _paragraphs(group: list[str], width: int) -> Iterator[Block]:
    # Where some lines stand further in than others, these begin the paragraphs.
    starts = [bool(_INDENTED.match(line)) for line in group]
    wire = any(starts) and not all(starts)
    whole: list[str] = []
    item = False
    for number, line in enumerate(group):
        listed = bool(_ITEM.match(line))
        if whole and (
            listed or (starts[number] and not item if wire else not _goes_on(group[number - 1], line, width))
        ):
            yield squeeze(" ".join(whole)), "list" if item else "text"
            whole = []
        item = listed if not whole else item
        whole.append(line)
    if whole:
        yield squeeze(" ".join(whole)), "list" if item else "text"


def _goes_on(before: str, line: str, width: int) -> bool:
    word = line.split(maxsplit=1)[0]
    if len(before) + 1 + len(word) > width - _SLACK:
        return True
    return word[0].islower()
