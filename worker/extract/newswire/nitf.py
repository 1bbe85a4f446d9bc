"""NITF 3: head and body of one story, as a document of its own or inside of NewsML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from worker.extract.draft import Draft
from worker.extract.newswire.content import read_content
from worker.extract.newswire.fields import (
    drop_repeated_headline,
    put_embargo,
    put_genre,
    put_headlines,
    put_lead,
    put_people,
    put_provider,
    put_status,
)
from worker.extract.newswire.tree import XML_LANG, Node, at, children, first_text, inside, text_of, value
from worker.extract.shapes.values import put_date, put_images
from worker.text.dates import read_date

_ORIGIN: Final = "nitf"
_IDENTIFIED: Final = ("person", "org", "location", "event", "object.title", "virtloc")
_TAG_TYPES: Final = re.compile(r"descriptor|subject|keyword|topic|tag|categor", re.IGNORECASE)
_CODE: Final = re.compile(r"^(?:[\d.:/_-]+|\w+:\S*)$")
_AFTER_BYLINE: Final = ("byttl", "location", "virtloc", "org", "chron")


def read_nitf(draft: Draft, root: Node, base: str | None, arrived: datetime) -> None:
    """Put what a NITF document says; `base` resolves its links. What the draft has already stays."""
    for node in at(root, "body/body.content"):
        content = read_content(node)
        draft.blocks += content.blocks
        put_images(draft, content.pictures, base)
    for node in at(root, "body/body.head"):
        _read_body_head(draft, node)
    for node in children(root, "head"):
        _read_head(draft, node, arrived)
    for node in inside(root, "story.date"):
        put_date(draft, "published_at", value(node, "norm") or text_of(node), _ORIGIN, "story.date", 0.7)
    languages = [value(node, XML_LANG) for node in (*at(root, "body"), root, *at(root, "body/body.head/hedline"))]
    draft.put("language_declared", next((text for text in languages if text), ""), _ORIGIN, "xml:lang", 0.85)
    if draft.article_type == "unknown":
        draft.article_type = "news"
    drop_repeated_headline(draft)


def _read_body_head(draft: Draft, head: Node) -> None:
    put_headlines(draft, ((text_of(n), "hl1", "alternative") for n in at(head, "hedline/hl1")), _ORIGIN, 0.95)
    for node in at(head, "hedline/hl2"):
        put_lead(draft, text_of(node), _ORIGIN, "hl2", 0.85)
    for node in children(head, "abstract"):
        put_lead(draft, text_of(node), _ORIGIN, "abstract")
    for byline in children(head, "byline"):
        persons = [text_of(person) for person in inside(byline, "person")]
        put_people(draft, persons or [_without(byline)], _ORIGIN, "byline", 0.9 if persons else 0.8)
        for node in inside(byline, "org"):
            put_provider(draft, text_of(node), _ORIGIN, "byline", 0.5)
    for node in children(head, "distributor"):
        put_provider(draft, text_of(node), _ORIGIN, "distributor", 0.85, "agency")


def _without(byline: Node) -> str:
    """Give a byline's text without title, organisation and place, which have elements of their own."""
    left = [byline.text or ""]
    for child in byline:
        if not any(True for _ in _named(child)):
            left.append("".join(map(str, child.itertext())))
        left.append(child.tail or "")
    return "".join(left)


def _named(node: Node) -> Iterator[Node]:
    return inside(node, *_AFTER_BYLINE)


def _read_head(draft: Draft, head: Node, arrived: datetime) -> None:
    title, _ = first_text(head, "title")
    put_headlines(draft, [(title, "head/title", "alternative")], _ORIGIN, 0.7)
    for node in children(head, "docdata"):
        _read_docdata(draft, node, arrived)
    for node in children(head, "pubdata"):
        put_date(draft, "published_at", value(node, "date.publication"), _ORIGIN, "date.publication", 0.9)
        put_provider(draft, value(node, "name"), _ORIGIN, "pubdata", 0.9)
        draft.put("section", value(node, "position.section"), _ORIGIN, "position.section", 0.85)
        if value(node, "ex-ref").startswith(("http://", "https://")):
            draft.put("url", value(node, "ex-ref"), _ORIGIN, "ex-ref", 0.8)
    _put_revision(draft, head)
    _put_subjects(draft, head)
    meta = {value(node, "name").casefold(): value(node, "content") for node in children(head, "meta")}
    draft.put("language_declared", meta.get("language", ""), _ORIGIN, "meta", 0.7)
    draft.put("section", meta.get("section", ""), _ORIGIN, "meta", 0.7)


def _read_docdata(draft: Draft, data: Node, arrived: datetime) -> None:
    put_status(draft, value(data, "management-status"))
    for name in ("date.issue", "date.release"):
        for node in children(data, name):
            put_date(draft, "published_at", value(node, "norm") or text_of(node), _ORIGIN, name, 0.9)
            if name == "date.release" and value(node, "norm"):
                put_embargo(draft, value(node, "norm"), arrived)
    if value(data, "management-status").casefold() == "embargoed" and not any(children(data, "date.release")):
        put_embargo(draft, "", arrived)
    names = (("doc.copyright", "holder", 0.75), ("doc.rights", "owner", 0.7), ("doc-id", "regsrc", 0.5))
    for name, key, confidence in names:
        for node in children(data, name):
            put_provider(draft, value(node, key), _ORIGIN, name, confidence)


def _put_revision(draft: Draft, head: Node) -> None:
    """Put the date of the last revision, where it is another one than that of the issue."""
    stamps = [stamp.value for node in children(head, "revision-history") if (stamp := read_date(value(node, "norm")))]
    if stamps and max(stamps) > str(draft.values.get("published_at", "")):
        draft.put("modified_at", max(stamps), _ORIGIN, "revision-history", 0.75)


def _put_subjects(draft: Draft, head: Node) -> None:
    tags = [value(node, "key") for node in at(head, "docdata/key-list/keyword")]
    for node in inside(head, "tobject.subject"):
        draft.put("section", value(node, "tobject.subject.type"), _ORIGIN, "tobject.subject", 0.7)
        tags += [value(node, "tobject.subject.detail", "tobject.subject.matter", "tobject.subject.type")]
    for node in at(head, "docdata/identified-content"):
        for child in children(node, "classifier"):
            tag = text_of(child) or value(child, "value")
            if _TAG_TYPES.search(value(child, "type")) and not _CODE.match(tag):
                tags.append(tag)
        tags += [text_of(child) or value(child, "value") for child in children(node, *_IDENTIFIED)]
    draft.put("tags", tuple(dict.fromkeys(tag for tag in tags if tag)), _ORIGIN, "key-list and subjects", 0.85)
    put_genre(draft, (value(node, "tobject.property.type") for node in inside(head, "tobject.property")))
