"""Blocks of text out of an HTML fragment: a feed item's content, a JSON body, a page that nothing else can read."""

from __future__ import annotations

import re
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from worker.model import ParagraphKind

_KINDS: Final[dict[str, ParagraphKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    "li": "list",
    "blockquote": "quote",
    "tr": "table",
}
_BLOCKS: Final = frozenset({"p", "div", "section", "article", "td", "dd", "dt", "pre", "figcaption", *_KINDS})
_DROPPED: Final = (
    "script",
    "style",
    "noscript",
    "template",
    "figure",
    "iframe",
    "form",
    "svg",
    "nav",
    "aside",
    "footer",
)
_MARKUP: Final = re.compile(
    r"<(?:p|div|br|h[1-6]|ul|ol|li|blockquote|a|span|strong|em|b|i|img|table|article|section)\b[^>]*>", re.IGNORECASE
)
_DEEPEST: Final = 200
Block = tuple[str, ParagraphKind]


def looks_like_markup(text: str) -> bool:
    """Tell HTML from plain text that only holds a `<`."""
    return bool(_MARKUP.search(text))


def blocks_of_text(text: str) -> list[Block]:
    """Cut plain text into paragraphs: at empty lines where there are some, else at each line."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    parts = re.split(r"\n\s*\n", normal)
    if len(parts) == 1:
        parts = normal.split("\n")
    return [(part, "text") for part in parts if part.strip()]


def blocks_of_fragment(markup: str) -> list[Block]:
    """Read a fragment into blocks, in order; script, forms and asides are left out."""
    soup = BeautifulSoup(markup, "lxml")
    for tag in soup(_DROPPED):
        tag.decompose()
    blocks: list[Block] = []
    pending: list[str] = []

    def flush(kind: ParagraphKind) -> None:
        text = "".join(pending).strip()
        pending.clear()
        if text:
            blocks.append((text, kind))

    def walk(node: Tag, kind: ParagraphKind, depth: int) -> None:
        for child in node.children:
            if isinstance(child, Tag) and depth < _DEEPEST:
                if child.name == "br":
                    pending.append("\n" if not pending or pending[-1] != "\n" else "")
                    if len(pending) > 1 and pending[-1] == "":
                        flush(kind)
                elif child.name in _BLOCKS:
                    flush(kind)
                    inner = kind if kind == "quote" else _KINDS.get(child.name, kind)
                    walk(child, inner, depth + 1)
                    flush(inner)
                else:
                    walk(child, kind, depth + 1)
            elif type(child) is NavigableString:
                pending.append(str(child))

    walk(soup, "text", 0)
    flush("text")
    return blocks
