"""An article as Markdown (CommonMark with tables), from paragraphs and their kinds.

Levels of headings and of lists within lists are not kept in a record, so none are shown.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from worker.model import Paragraph, ParagraphKind

_INLINE: Final = re.compile(r"[\\`*_\[\]<]|&(?=#?\w+;)")
_LEADING: Final = re.compile(r"^(?:(#{1,6}|[-+>]|=+|-+|~{3,})(?=\s|$)|(\d{1,9})([.)])(?=\s|$))")
_CELLS: Final = " | "  # how the cells of a row stand in its paragraph
_MOST_COLUMNS: Final = 100  # a row with more is no row; padding a table to it would multiply its size


def to_markdown(headline: str | None, body: str, paragraphs: Iterable[Paragraph]) -> str:
    """Write an article: the headline as level 1, headings as level 2; ends with a line break unless it is empty.

    Items of a list follow each other without empty lines, rows of a table are one table with the first as its head.
    What Markdown would read as markup is escaped, so the text shown is the text of the body.
    """
    blocks = [f"# {_line(headline)}"] if headline else []
    for kind, group in itertools.groupby(paragraphs, key=lambda paragraph: paragraph.kind):
        texts = (" ".join(body[paragraph.start : paragraph.end].split()) for paragraph in group)
        blocks += _blocks(kind, [text for text in texts if text])
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _blocks(kind: ParagraphKind, texts: list[str]) -> Iterator[str]:
    if kind == "list":
        yield "\n".join(f"- {_line(text)}" for text in texts)
    elif kind == "table":
        yield from _table(texts)
    elif kind == "quote":
        yield "\n>\n".join(f"> {_line(text)}" for text in texts)
    else:
        mark = "## " if kind == "heading" else ""
        yield from (mark + _line(text) for text in texts)


def _table(texts: list[str]) -> Iterator[str]:
    """Write rows as a table; one that has a single column is no table but paragraphs."""
    rows = [text.split(_CELLS) for text in texts]
    width = max(map(len, rows))
    if not 1 < width <= _MOST_COLUMNS:
        yield from map(_line, texts)
        return
    cells = [[_escaped(cell).replace("|", r"\|") for cell in row] + [""] * (width - len(row)) for row in rows]
    lines = [f"| {_CELLS.join(row)} |" for row in cells]
    yield "\n".join((lines[0], f"|{' --- |' * width}", *lines[1:]))


def _line(text: str) -> str:
    """Escape a line: markup in it, and what would make it a heading, an item, a quote or a rule."""
    return _LEADING.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", _escaped(text))


def _escaped(text: str) -> str:
    return _INLINE.sub(r"\\\g<0>", text)
