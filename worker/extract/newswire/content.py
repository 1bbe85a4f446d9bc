"""The body of a story: NITF's body.content, XHTML or plain text, to blocks and pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from worker.extract.fragment import Block, blocks_of_fragment, looks_like_markup
from worker.extract.newswire.tree import Node, children, inside, local, text_of, value
from worker.extract.wrapped import blocks_of_wrapped
from worker.model import ParagraphKind

_KINDS: Final[dict[str, ParagraphKind]] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "hl1", "hl2"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list"),
    **dict.fromkeys(("blockquote", "bq"), "quote"),
    "tr": "table",
}
_BLOCKS: Final = frozenset({"p", "div", "section", "article", "block", "caption", "ul", "ol", "dl", "table",
                            "body.content", "body", *_KINDS})  # fmt: skip
_DROPPED: Final = frozenset("script style head svg form iframe object nav aside note media nitf-table-metadata fn "
                            "body.head body.end hedline figure media-metadata link meta title".split())  # fmt: skip
_MOST_IN_FIGURE: Final = 100  # elements: a picture in its sources, and a caption with links
_CELLS: Final = frozenset({"td", "th"})
_DEEPEST: Final = 200
MOST_PICTURES: Final = 200
"""Pictures of a story that are read; a gallery of an agency has some dozens."""


@dataclass(slots=True)
class Content:
    """Blocks in order; pictures as address and caption."""

    blocks: list[Block] = field(default_factory=list)
    pictures: list[tuple[str, str | None]] = field(default_factory=list)


def read_content(node: Node) -> Content:
    """Read what holds a body: elements of NITF or XHTML, or text, which may be escaped HTML."""
    content = Content()
    if not len(node) or not any(local(part) in _BLOCKS or local(part) in {"pre", "br"} for part in node.iter()):
        content.blocks = blocks_of_string("".join(map(str, node.itertext())))
    else:
        _Reader(content).read(node)
        content.blocks = [inner for block in content.blocks for inner in _unescaped(block)]
    candidates = islice(inside(node, "media", "figure", "img"), 5 * MOST_PICTURES)  # figures may stand in figures
    found = (picture for part in candidates if (picture := _picture(part)))
    content.pictures = list(islice(found, MOST_PICTURES))
    return content


def _unescaped(block: Block) -> list[Block]:
    """Read a block again whose markup was escaped, or stood in a CDATA section."""
    text, kind = block
    if "<" not in text or not looks_like_markup(text):
        return [block]
    return [(inner, kind if found == "text" else found) for inner, found in blocks_of_fragment(text)]


def blocks_of_string(text: str) -> list[Block]:
    """Read text that is plain, or HTML."""
    return blocks_of_fragment(text) if looks_like_markup(text) else blocks_of_wrapped(text)


class _Reader:
    """Collects the text of inline elements until a block ends."""

    def __init__(self, content: Content) -> None:
        self._blocks = content.blocks
        self._pending: list[str] = []

    def read(self, node: Node) -> None:
        """Read all of an element."""
        self._walk(node, "text", 0)
        self._flush("text")

    def _flush(self, kind: ParagraphKind) -> None:
        text = "".join(self._pending).strip()
        self._pending.clear()
        if text:
            self._blocks.append((text, kind))

    def _walk(self, node: Node, kind: ParagraphKind, depth: int) -> None:
        self._add(node.text)
        for child in node:
            name = local(child).lower()
            if name == "pre":
                self._flush(kind)
                self._blocks += blocks_of_wrapped("".join(map(str, child.itertext())))
            elif name == "br":
                self._break(kind)
            elif depth >= _DEEPEST:
                self._pending += map(str, child.itertext())
            elif name in _CELLS or (kind == "table" and name in _BLOCKS and name != "tr"):
                self._pending.append(" ")  # a row is one block, whatever its cells hold
                self._walk(child, kind, depth + 1)
            elif name in _BLOCKS:
                self._flush(kind)
                inner = kind if kind == "quote" else _KINDS.get(name, kind)
                self._walk(child, inner, depth + 1)
                self._flush(inner)
            elif name and name not in _DROPPED:
                self._walk(child, kind, depth + 1)
            self._add(child.tail)

    def _add(self, text: str | None) -> None:
        # Blanks between two line breaks do not make them less of an empty line.
        if text and (text.strip() or not self._pending or self._pending[-1] != "\n"):
            self._pending.append(text)

    def _break(self, kind: ParagraphKind) -> None:
        """One line break is a space, two end the paragraph."""
        if self._pending and self._pending[-1] == "\n" and kind != "table":
            self._flush(kind)
        else:
            self._pending.append("\n")


def _picture(node: Node) -> tuple[str, str | None] | None:
    name = local(node)
    if name == "img":
        parent = node.getparent()
        if parent is not None and any(local(up) == "figure" for up in node.iterancestors()):
            return None
        return (value(node, "src"), value(node, "alt") or None) if value(node, "src") else None
    if name == "figure":
        parts = list(islice(node.iter(), _MOST_IN_FIGURE))
        found = next((part for part in parts if local(part) == "img"), None)
        caption = text_of(next((part for part in parts if local(part) == "figcaption"), None))
        return (value(found, "src"), caption or value(found, "alt") or None) if found is not None else None
    if value(node, "media-type").lower() not in {"image", "photo", "picture", "graphic", ""}:
        return None
    references = [part for part in children(node, "media-reference") if value(part, "source")]
    kinds = [part for part in references if _is_image(part)]
    if not kinds:
        return None
    best = max(kinds, key=width)
    caption = text_of(next(children(node, "media-caption"), None)) or value(best, "alternate-text")
    credit = text_of(next(children(node, "media-producer"), None))
    return value(best, "source"), with_credit(caption, credit)


def _is_image(reference: Node) -> bool:
    kind = value(reference, "mime-type")
    return not kind or kind.startswith("image/")


def with_credit(caption: str, credit: str) -> str | None:
    """Put caption and credit together: `Cranes at dawn (Ada Ruiz)`."""
    if credit and credit not in caption:
        caption = f"{caption} ({credit})".strip()
    return caption or None


def width(node: Node) -> int:
    """Give an element's `width` in pixels; 0 where there is none."""
    text = value(node, "width").removesuffix("px")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004  # digits of any real width
