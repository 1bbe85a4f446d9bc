"""Newswire XML to a tree, defused: no DTD, no entities of its own, no network, bounded depth; damage mended and told.

The names of elements are compared without namespace: NITF comes with and without one, and so do
fragments of XHTML inside of NewsML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from worker.errors import PayloadError
from worker.extract.xml_repair import mend_characters
from worker.text.whitespace import squeeze

Node = etree._Element  # noqa: SLF001  # the name that its stubs have for elements

XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_BLANK: Final = b" \t\r\n\f\v\0"
_NAME: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,80})(?=[\s/>])")
_MOST_PROLOG: Final = 40  # comments, instructions and the doctype before a root; more is no document of an agency
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_ENTITIES: Final = re.compile(r"<!(?:DOCTYPE[^>\[]{0,400}\[|ENTITY\b)", re.IGNORECASE)
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^>\[]{0,400}>", re.IGNORECASE)
_BARE: Final = re.compile(r"<(?=[\s\d=<])")
_TAG: Final = re.compile(r"<[^<>]*>")
_LIMIT: Final = 114  # libxml2's code for what is nested deeper than 256, or has a text of over 10 million bytes
_KEPT: Final = 0.9
"""Share of the letters of a damaged document that must be in the tree made of it; below, text was lost."""


def root_name(head: bytes) -> str | None:
    """Give the local name of the root element, past comments, instructions and doctype.

    None where the head does not start like XML, or ends before its root.
    """
    at = 0
    for _ in range(_MOST_PROLOG):
        at += len(head[at:]) - len(head[at:].lstrip(_BLANK))
        if head.startswith((b"<?", b"<!--", b"<!DOCTYPE", b"<!doctype"), at):
            close = b"?>" if head[at + 1 : at + 2] == b"?" else b"-->" if head[at + 2 : at + 4] == b"--" else b">"
            bracket, end = head.find(b"[", at), head.find(close, at + 2)
            if close == b">" and 0 <= bracket < end:
                end = head.find(b"]", bracket)
                end = head.find(b">", end) if end >= 0 else -1
            if end < 0:
                return None
            at = end + len(close)
            continue
        found = _NAME.match(head, at)
        return found[1].decode("ascii") if found is not None else None
    return None


def parse_tree(text: str) -> tuple[Node, str]:
    """Parse a document; gives its root, and what was wrong with the markup (empty where nothing was).

    Raises PayloadError `markup_invalid` for a document that defines entities of its own, that goes
    over libxml2's limits, or that is damaged so that text would be lost.
    """
    if _ENTITIES.search(text):
        raise PayloadError("markup_invalid", "the document has a DTD or entities of its own, which is refused")
    plain = _DOCTYPE.sub("", _DECLARATION.sub("", text, count=1), count=1).strip()
    try:
        return _parse(plain), ""
    except (etree.XMLSyntaxError, ValueError) as exc:
        damage = _told(exc)
    mended = _BARE.sub("&lt;", mend_characters(plain))
    try:
        return _parse(mended), damage
    except (etree.XMLSyntaxError, ValueError):
        pass
    return _recovered(mended, damage), damage + _cut(mended)


def _parse(text: str, *, recover: bool = False) -> Node:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=recover,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    root: Node = etree.fromstring(text.encode("utf-8", "replace"), parser)
    _ = root.tag  # recovery gives None for a text without any element: that is an AttributeError
    return root


def _told(exc: Exception) -> str:
    if getattr(exc, "code", None) == _LIMIT:
        raise PayloadError("markup_invalid", f"beyond what is parsed of XML: {exc}"[:200]) from exc
    return str(exc)[:120]


def _recovered(text: str, damage: str) -> Node:
    """Let libxml2 close what was left open, if what it makes of it holds the text."""
    try:
        root = _parse(text, recover=True)
    except (etree.XMLSyntaxError, ValueError, AttributeError) as exc:
        raise PayloadError("markup_invalid", f"the XML is damaged beyond repair: {damage}") from exc
    there = sum(map(str.isalnum, _TAG.sub("", text)))
    if sum(map(str.isalnum, "".join(map(str, root.itertext())))) < _KEPT * there:
        raise PayloadError("markup_invalid", f"the XML is damaged beyond repair: {damage}")
    return root


def _cut(text: str) -> str:
    name = root_name(text[:4096].encode("utf-8", "replace")) or ""
    closed = re.search(rf"</(?:[\w.-]{{1,40}}:)?{re.escape(name)}\s*>\s*$", text[-200:])
    return "" if closed else "; it ends in the middle, so the last text may lack its end"


def local(node: Node) -> str:
    """Give an element's name without its namespace; empty for what is no element."""
    tag: object = node.tag  # a function for comments and instructions, whatever the stubs say
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def children(node: Node, *names: str) -> Iterator[Node]:
    """Yield the children that have one of these local names."""
    for child in node:
        if local(child) in names:
            yield child


def at(node: Node, path: str) -> Iterator[Node]:
    """Yield what stands at a path of local names (`head/docdata/date.issue`), in document order."""
    first, _, rest = path.partition("/")
    for child in children(node, first):
        if rest:
            yield from at(child, rest)
        else:
            yield child


def inside(node: Node, *names: str) -> Iterator[Node]:
    """Yield the elements of these local names at any depth, in document order."""
    for found in node.iter():
        if local(found) in names:
            yield found


def text_of(node: Node | None) -> str:
    """Give all text of an element on one line."""
    return (
        "" if node is None else squeeze(" ".join(map(str, node.itertext()))) if _spaced(node) else squeeze(_raw(node))
    )


def _spaced(node: Node) -> bool:
    """Tell whether an element is indented source with one element a line, whose texts would otherwise run together."""
    return len(node) > 1 and not any((child.tail or "").strip() for child in node) and not (node.text or "").strip()


def _raw(node: Node) -> str:
    return "".join(map(str, node.itertext()))


def first_text(node: Node, *paths: str) -> tuple[str, str]:
    """Give the first text at these paths, and the path."""
    return next(((text, path) for path in paths for found in at(node, path) if (text := text_of(found))), ("", ""))


def value(node: Node, *names: str) -> str:
    """Give the first of these attributes that is not blank."""
    return next((text for name in names if (text := squeeze(node.get(name) or ""))), "")
