"""Paragraphs: blocks of text to one body with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from worker.model import Paragraph, ParagraphKind

_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_COUNTED: Final = 100_000  # characters: a body that long is no stub
_INVISIBLE: Final = re.compile("[\u00ad\u200b\u2060\ufeff\x00-\x08\x0b\x0e-\x1f]")


def squeeze(text: str) -> str:
    """Make one line: runs of white space to one space; soft hyphens, zero-width spaces and control characters out.

    Zero-width joiners stay: scripts such as Persian and Hindi are spelt with them.
    """
    return " ".join(_INVISIBLE.sub("", text).split())


def assemble(blocks: Iterable[tuple[str, ParagraphKind]]) -> tuple[str, tuple[Paragraph, ...]]:
    """Join blocks to a body, paragraphs separated by one empty line; empty blocks are left out."""
    parts: list[str] = []
    paragraphs: list[Paragraph] = []
    at = 0
    for text, kind in blocks:
        clean = squeeze(text)
        if not clean:
            continue
        if parts:
            at += 2
        parts.append(clean)
        paragraphs.append(Paragraph(at, at + len(clean), kind))
        at += len(clean)
    return "\n\n".join(parts), tuple(paragraphs)


def count_words(text: str) -> int:
    """Count words by spaces; two letters of a script without spaces (Chinese, Japanese, Thai, Lao) are one."""
    unspaced = len(_UNSPACED.findall(text[:_COUNTED]))
    return len(text[:_COUNTED].split()) + unspaced // 2
