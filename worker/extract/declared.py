"""What a page says of itself: meta tags, links, JSON-LD, microdata, and the visible elements that carry fields.

One native query over the tree; nothing here decides which of several statements is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from worker.extract import jsonld
from worker.text.whitespace import squeeze

# Each selector by substring takes 0.1 ms a page, so one stands for both spellings where that matches little more.
_QUERY: Final = (
    "meta, link[rel], base[href], title, h1, time, script[type*=json], [itemprop], [rel~=author], [rel~=tag], "
    'a[href*="/author"], a[href*="/autor"], '
    "[class*=uthor], [class*=yline], [class*=date], [class*=Date], [class*=ublish], [class*=timestamp]"
)
_HEAD_QUERY: Final = "meta, title, script[type*=json]"
_MOST_STATEMENTS: Final = 3_000  # elements that are read; 99 of 100 real pages have fewer than 900
_MOST_VISIBLE: Final = 600  # of them visible ones, whose text has to be collected
_MOST_HEADINGS: Final = 20
_MARKS: Final = frozenset(":,;.!?")
_MOST_INNER: Final = 4  # statements after an entity among which its name stands
_MOST_CHARS: Final = 400  # of a visible statement; a longer one is a box, not a field
_MOST_JSON: Final = 3_000_000  # characters of JSON-LD in all
_MOST_NODES: Final = 3_000
_MOST_VALUES: Final = 200  # of one meta tag's name
_NAME: Final = re.compile(r"[a-z]+")
_AUTHOR_PAGE: Final = re.compile(r"/(?:authors?|autor(?:a|en|es|in)?)/[^/?#]")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
AUTHOR_PAGE: Final = "authorpage"
"""Stands in the words of a link to an author's page."""
_HEAD: Final = frozenset({"title", "script"})
_ADDRESSES: Final = {"link": "href", "img": "src"}
_UNSEEN: Final = frozenset({"base", "meta", "link", "input", "data", "img", "source"})


@dataclass(frozen=True, slots=True)
class Visible:
    """An element that may carry a field.

    `words` are the words of its class, id and rel in lower case, `prop` its itemprop, `value` a
    machine-readable form (`datetime`, `content`, the address of a link element or picture), `order` its place among
    all statements of the page; an `entity` has properties of its own (`itemscope`).
    """

    tag: str
    names: str
    words: frozenset[str]
    prop: str
    text: str
    value: str | None
    order: int
    entity: bool = False


@dataclass(slots=True)
class Declared:
    """All statements of a page, each kind in document order; `order` of the first h1, -1 where there is none."""

    title: str = ""
    language: str | None = None
    base: str | None = None
    meta: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[jsonld.Node] = field(default_factory=list)
    visible: list[Visible] = field(default_factory=list)
    headings: list[Visible] = field(default_factory=list)
    damaged: int = 0

    def first(self, *names: str) -> tuple[str, str] | None:
        """Give the first of the named meta tags that says something, as (name, content)."""
        return next(((name, self.meta[name][0]) for name in names if name in self.meta), None)

    @property
    def heading_order(self) -> int:
        """Where the first h1 stands among the statements; -1 where there is none."""
        return self.headings[0].order if self.headings else -1

    def marked(self, prop: str) -> Iterator[str]:
        """Yield what microdata give for a property (in lower case): of an entity its name."""
        for at, item in enumerate(self.visible):
            if item.prop == prop:
                inner = self.visible[at + 1 : at + 1 + _MOST_INNER]
                named = next((other.value or other.text for other in inner if other.prop == "name"), None)
                if value := (named if item.entity and named else item.value or item.text):
                    yield value

    def articles(self) -> Iterator[jsonld.Node]:
        """Yield the JSON-LD nodes that are articles."""
        return (node for node in self.nodes if jsonld.is_article(node))


def read_declared(tree: LexborHTMLParser) -> Declared:
    """Collect what a page says of itself; bounded for any page."""
    return _read(tree, _QUERY)


def read_head(tree: LexborHTMLParser) -> Declared:
    """Collect title, meta tags and JSON-LD alone, which is all that the main text needs: in a third of the time."""
    return _read(tree, _HEAD_QUERY)


def _read(tree: LexborHTMLParser, query: str) -> Declared:
    said = Declared()
    if (root := tree.root) is not None:
        said.language = root.attributes.get("lang") or root.attributes.get("xml:lang")
    json_left = _MOST_JSON
    for order, node in enumerate(tree.css(query)[:_MOST_STATEMENTS]):
        tag = node.tag or ""
        attributes = node.attributes
        if tag == "meta":
            _put_meta(said, attributes)
        if tag == "title":
            said.title = said.title or squeeze(node.text()[:2000])
        elif tag == "script":
            if "ld+json" in (attributes.get("type") or "").lower():
                json_left = _put_json(said, node.text() or "", json_left)
        elif tag == "base":
            said.base = said.base or attributes.get("href")
        elif tag == "link" and (href := attributes.get("href")):
            for name in (attributes.get("rel") or "").lower().split():
                said.links.setdefault(name, []).append(href)
        if tag not in _HEAD and (tag not in _UNSEEN or attributes.get("itemprop")):
            into, most = (said.headings, _MOST_HEADINGS) if tag == "h1" else (said.visible, _MOST_VISIBLE)
            if len(into) < most:
                into.append(_visible(node, tag, attributes, order))
    return said


def _put_meta(said: Declared, attributes: dict[str, Any]) -> None:
    content = attributes.get("content")
    if not content or not (content := squeeze(content)):
        return
    for key in ("property", "name", "itemprop", "http-equiv"):
        if name := attributes.get(key):
            values = said.meta.setdefault(name.strip().lower(), [])
            if len(values) < _MOST_VALUES and content not in values:
                values.append(content)


def _put_json(said: Declared, text: str, left: int) -> int:
    """Read a block while the budget lasts; give what is left of the budget."""
    if len(said.nodes) >= _MOST_NODES:
        return left
    data = jsonld.load(text) if len(text) <= left else None
    if data is None:
        said.damaged += 1
    else:
        said.nodes += list(jsonld.nodes(data))
    return max(0, left - len(text))


def _visible(node: Any, tag: str, attributes: dict[str, Any], order: int) -> Visible:
    names = " ".join(filter(None, (attributes.get("class"), attributes.get("id"), attributes.get("rel"))))[:400]
    if tag == "a" and _AUTHOR_PAGE.search(attributes.get("href") or ""):
        names = f"{names} {AUTHOR_PAGE}"
    prop = (attributes.get("itemprop") or "").lower()
    value = attributes.get("datetime") or attributes.get("content")
    if value is None and tag in _ADDRESSES:
        value = attributes.get(_ADDRESSES[tag])
    text = "" if tag in _UNSEEN else _text(node)
    words = frozenset(_NAME.findall(_CAMEL.sub(" ", names).lower()))
    return Visible(tag, names, words, prop, text, value, order, "itemscope" in attributes)


def _text(node: Any) -> str:
    """Give an element's text up to the first characters that matter; scripts and styles in it are left out."""
    parts: list[str] = []
    size = 0
    for item in node.traverse(include_text=True):
        if item.tag == "-text" and item.parent.tag not in {"script", "style", "noscript", "template", "svg"}:
            parts.append(item.text_content or "")
            size += len(parts[-1])
            if size > 2 * _MOST_CHARS:
                break
    # Elements are told apart by a space, but not before a mark that an element of its own adds.
    text = "".join(part if part[:1] in _MARKS else f" {part}" for part in parts if part)
    return squeeze(text)[:_MOST_CHARS]
