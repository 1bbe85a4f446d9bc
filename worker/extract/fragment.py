"""Blocks of text out of an HTML fragment: a feed item's content, a JSON body, a page that nothing else can read."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from worker.model import ParagraphKind
from worker.text.markup import has_giant_tag

_KINDS: Final[dict[str, ParagraphKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    "li": "list",
    "blockquote": "quote",
    "tr": "table",
}
_BLOCKS: Final = frozenset({"p", "div", "section", "article", "td", "dd", "dt", "pre", "figcaption", *_KINDS})
_TOO_DEEP: Final = "ERR_RESOURCE_LIMIT"
_UNSEEN: Final = re.compile(r"<(script|style|noscript|template)\b(?:.*?</\1\s*>|.*)", re.IGNORECASE | re.DOTALL)
_DROPPED: Final = frozenset("script style noscript template figure iframe form svg nav aside footer".split())
_MARKUP: Final = re.compile(
    r"<(?:p|div|br|h[1-6]|ul|ol|li|blockquote|a|span|strong|em|b|i|img|table|article|section)\b[^>]*>", re.IGNORECASE
)
# libxml2 compares each attribute with each: 50,000 of them take 26 seconds of native code. None is needed here.
_LONG_TAG: Final = re.compile(r"<([a-zA-Z][a-zA-Z0-9]{0,20})\b[^<>]{8000,}")
_ANY_TAG: Final = re.compile(r"""<(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
_DEEPEST: Final = 200  # elements within one another; what is deeper has text, but no blocks
_MOST_TAGS: Final = 200_000  # 2,000,000 take the tree 17 s
_MOST_BLOCKS: Final = 20_000  # a longer text is kept, but its rest is one block
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
    if has_giant_tag(markup) or markup.count("<") > _MOST_TAGS:
        return _without_tags(markup)
    markup = _LONG_TAG.sub(r"<\1 ", markup).replace("\0", "")
    parser = HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )  # else what is 255 deep is lost
    try:
        tree = document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return []  # nothing but blanks, or comments
    etree.strip_elements(tree, *_DROPPED, with_tail=False)
    reader = _Reader()
    reader.walk(tree, "text", 0)
    reader.flush("text")
    if _TOO_DEEP in {error.type_name for error in parser.error_log}:  # libxml2 stops at a depth of 2,048
        return _without_tags(markup)
    return reader.blocks


def _without_tags(markup: str) -> list[Block]:
    """Read a fragment that is too much for the parser: text between tags, each a block; the rest of many is one."""
    *parts, rest = _ANY_TAG.split(_UNSEEN.sub("", markup), maxsplit=_MOST_BLOCKS)
    if len(parts) < _MOST_BLOCKS:
        return blocks_of_text("\n\n".join((*parts, rest)))
    blocks = blocks_of_text("\n\n".join(parts))
    more = (*(text for text, _ in blocks[_MOST_BLOCKS:]), *_ANY_TAG.sub(" ", rest).split())
    return [*blocks[:_MOST_BLOCKS], (" ".join(more), "text")] if more else blocks


class _Reader:
    """Collects the text of inline elements until a block ends."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._pending: list[str] = []

    def flush(self, kind: ParagraphKind) -> None:
        """End the block."""
        text = "".join(self._pending).strip()
        self._pending.clear()
        if text:
            self.blocks.append((text, kind))

    def walk(self, node: etree._Element, kind: ParagraphKind, depth: int) -> None:
        """Read an element's text and children, in order."""
        self._add(node.text)
        for child in node:
            name = child.tag
            if not isinstance(name, str):
                pass
            elif depth >= _DEEPEST or len(self.blocks) >= _MOST_BLOCKS:  # text alone, a blank between its parts
                self._pending += (part for text in child.itertext() for part in (str(text), " "))
            elif name == "br":
                self._break(kind)
            elif name in _BLOCKS:
                self.flush(kind)
                inner = kind if kind == "quote" else _KINDS.get(name, kind)
                self.walk(child, inner, depth + 1)
                self.flush(inner)
            else:
                self.walk(child, kind, depth + 1)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        # Blanks between two line breaks do not make them less of an empty line.
        if text and (text.strip() or not self._pending or self._pending[-1] != "\n"):
            self._pending.append(text)

    def _break(self, kind: ParagraphKind) -> None:
        """One line break is a space, two end the paragraph."""
        if self._pending and self._pending[-1] == "\n":
            self.flush(kind)
        else:
            self._pending.append("\n")
