"""NewsML-G2: newsItem, alone or many in a newsMessage; pictures go to the stories that link to them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Final

from worker.errors import PayloadError
from worker.extract.bylines import is_organisation
from worker.extract.draft import Draft
from worker.extract.newswire.content import MOST_PICTURES, blocks_of_string, read_content, width, with_credit
from worker.extract.newswire.fields import (
    drop_repeated_headline,
    merge,
    put_embargo,
    put_genre,
    put_headlines,
    put_lead,
    put_people,
    put_provider,
    put_status,
)
from worker.extract.newswire.nitf import read_nitf
from worker.extract.newswire.tree import XML_LANG, Node, at, children, first_text, inside, local, text_of, value
from worker.extract.shapes.values import put_date, put_images
from worker.model import VariantKind
from worker.text.charset import decode
from worker.text.urls import absolute

_ORIGIN: Final = "newsml-g2"
_WORDLESS: Final = frozenset("picture graphic audio video animation".split())
_TOP_SUBJECT: Final = re.compile(r"^medtop[:/](?:\d{2})0{6}$")  # Media Topics: 04000000 is the whole of economy
_WRITERS: Final = frozenset("writer author reporter journalist by creator correspondent columnist".split())
_DESCRIBED: Final = frozenset("summary lead deck subtitle abstract teaser subheadline".split())
_ITEMS: Final = ("newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")


def stories_of(root: Node) -> tuple[list[Node], Mapping[str, Node]]:
    """Give the items that are stories, and the pictures among the rest by their guid.

    Raises PayloadError `article_missing` where there is none: packages, concepts and pictures are not.
    """
    items = [root] if local(root) in _ITEMS else list(inside(root, *_ITEMS))
    news = [item for item in items if local(item) == "newsItem"]
    stories = [item for item in news if _class(item) not in _WORDLESS]
    if not stories:
        kinds = sorted({_class(item) or local(item) for item in items})
        raise PayloadError("article_missing", f"no item is a story; there are {', '.join(kinds) or 'none'}"[:200])
    pictures = {value(item, "guid"): item for item in news if _class(item) in {"picture", "graphic"}}
    return stories, pictures


def _class(item: Node) -> str:
    return next((_local_code(node) for node in at(item, "itemMeta/itemClass")), "")


def _code(node: Node) -> str:
    return value(node, "qcode", "uri", "literal")


def _local_code(node: Node) -> str:
    return re.split(r"[:/#]", _code(node))[-1].casefold()


def read_item(draft: Draft, item: Node, pictures: Mapping[str, Node], base: str | None, arrived: datetime) -> None:
    """Put what a newsItem says."""
    names = {
        _code(node): name for node in children(item, "assert") if (name := text_of(next(children(node, "name"), None)))
    }
    guid = value(item, "guid")
    if absolute(guid):
        draft.put("url", guid, _ORIGIN, "guid", 0.8)
        base = base or guid
    inner = _content_set(draft, item, base, arrived)
    draft.blocks, draft.images = inner.blocks, inner.images
    metas = list(children(item, "contentMeta"))
    language = next((value(node, "tag") for meta in metas for node in children(meta, "language")), "")
    draft.put("language_declared", language, _ORIGIN, "language", 0.9)
    draft.put("language_declared", value(item, XML_LANG), _ORIGIN, "xml:lang", 0.6)
    _put_headlines(draft, item, metas, language or value(item, XML_LANG))
    _put_dates(draft, item, metas)
    for node in at(item, "itemMeta/pubStatus"):
        put_status(draft, _code(node))
    for node in at(item, "itemMeta/embargoed"):
        put_embargo(draft, text_of(node), arrived)
    for meta in metas:
        _put_people(draft, meta, names, language)
        _put_subjects(draft, meta, names, language)
        put_genre(draft, (f"{_local_code(n)} {_name(n, names, language)}" for n in children(meta, "genre")))
    _put_provider(draft, item, metas, names, language)
    put_images(draft, islice(_linked(item, pictures), MOST_PICTURES), base)
    merge(draft, inner)
    if draft.article_type == "unknown" and _class(item) in {"text", "composite", ""}:
        draft.article_type = "news"
    drop_repeated_headline(draft)


def _content_set(draft: Draft, item: Node, base: str | None, arrived: datetime) -> Draft:
    """Take the fullest of the renditions of the text: they say the same in different markup."""
    best: Draft | None = None
    for node in at(item, "contentSet/inlineXML"):
        inner = Draft(draft.format, draft.part)
        nitf = next(inside(node, "nitf"), None)
        if nitf is not None:
            read_nitf(inner, nitf, base, arrived)
        else:
            content = read_content(node)
            inner.blocks = content.blocks
            put_images(inner, content.pictures, base)
            title = next((text_of(part) for part in inside(node, "title")), "")
            put_headlines(inner, [(title, "inlineXML/title", "alternative")], _ORIGIN, 0.7)
        best = _fuller(best, inner)
    for node in at(item, "contentSet/inlineData"):
        inner = Draft(draft.format, draft.part, blocks=blocks_of_string(_data(node)))
        best = _fuller(best, inner)
    best = best or Draft(draft.format, draft.part)
    put_images(best, _renditions(item), base)
    return best


def _fuller(known: Draft | None, other: Draft) -> Draft:
    """Prefer the first with structure; another only where it has half as much text again."""
    return other if known is None or _size(other) > 1.5 * _size(known) else known


def _size(draft: Draft) -> int:
    return sum(len(text) for text, _ in draft.blocks)


def _data(node: Node) -> str:
    text = "".join(map(str, node.itertext()))
    if "base64" not in value(node, "encoding"):
        return text
    try:
        return decode(base64.b64decode(text, validate=False), value(node, "contenttype") or None).text
    except (binascii.Error, ValueError):
        return ""


def _renditions(item: Node) -> list[tuple[str, str | None]]:
    """Give the picture of an item as address and caption: of several renditions the widest."""
    found = [node for node in at(item, "contentSet/remoteContent") if value(node, "href") and _is_picture(node)]
    if not found:
        return []
    address = value(max(found, key=width), "href")
    if _class(item) not in _WORDLESS:
        return [(address, None)]  # what describes a story is no caption
    caption, _ = first_text(item, "contentMeta/description", "contentMeta/headline")
    credit, _ = first_text(item, "contentMeta/creditline")
    return [(address, with_credit(caption, credit))]


def _is_picture(node: Node) -> bool:
    kind = value(node, "contenttype")
    return kind.startswith("image/") or (
        not kind and bool(re.search(r"\.(?:jpe?g|png|webp|gif|avif)$", value(node, "href"), re.IGNORECASE))
    )


def _linked(item: Node, pictures: Mapping[str, Node]) -> Iterator[tuple[str, str | None]]:
    for node in at(item, "itemMeta/link"):
        if (picture := pictures.get(value(node, "residref"))) is not None:
            yield from _renditions(picture)


def _put_headlines(draft: Draft, item: Node, metas: list[Node], language: str) -> None:
    found: list[tuple[int, str, str, VariantKind]] = []
    for node in (node for meta in metas for node in children(meta, "headline")):
        role = value(node, "role").rsplit(":", 1)[-1].casefold()
        foreign = bool(language and value(node, XML_LANG)) and value(node, XML_LANG)[:2] != language[:2]
        if "sub" in role or "deck" in role:
            put_lead(draft, text_of(node), _ORIGIN, f"headline[{role}]", 0.85)
            continue
        kind: VariantKind = "social" if "social" in role else "seo" if role in {"seo", "web"} else "alternative"
        rank = 2 * foreign + (role not in {"", "main", "headline", "title"})
        found.append((rank, text_of(node), f"headline[{role}]" if role else "headline", kind))
    found.sort(key=lambda entry: entry[0])
    put_headlines(draft, (entry[1:] for entry in found), _ORIGIN, 0.95)
    if "headline" not in draft.values:
        title, _ = first_text(item, "itemMeta/title")
        put_headlines(draft, [(title, "itemMeta/title", "alternative")], _ORIGIN, 0.7)
    for node in (node for meta in metas for node in children(meta, "description")):
        if value(node, "role").rsplit(":", 1)[-1].casefold() in _DESCRIBED:
            put_lead(draft, text_of(node), _ORIGIN, "description")


def _put_dates(draft: Draft, item: Node, metas: list[Node]) -> None:
    def put(name: str, nodes: Iterable[Node], method: str, confidence: float) -> None:
        for node in nodes:
            put_date(draft, name, text_of(node), _ORIGIN, method, confidence)

    created = [node for meta in metas for node in children(meta, "contentCreated")]
    modified = [node for meta in metas for node in children(meta, "contentModified")]
    put("published_at", at(item, "itemMeta/firstCreated"), "firstCreated", 0.85)
    put("published_at", created, "contentCreated", 0.85)
    put("published_at", at(item, "itemMeta/versionCreated"), "versionCreated", 0.7)
    put("modified_at", modified, "contentModified", 0.85)
    if draft.values.get("published_at") and draft.provenance["published_at"].method != "versionCreated":
        put("modified_at", at(item, "itemMeta/versionCreated"), "versionCreated", 0.85)
    if draft.values.get("modified_at") == draft.values.get("published_at"):
        draft.values.pop("modified_at", None)
        draft.provenance.pop("modified_at", None)


def _name(node: Node, names: Mapping[str, str], language: str) -> str:
    """Give a concept's name in the story's language, else its first; else what the item asserts of its code."""
    own = [child for child in children(node, "name") if text_of(child)]
    own.sort(key=lambda child: bool(language) and value(child, XML_LANG)[:2] not in {language[:2], ""})
    literal = value(node, "literal")
    return text_of(own[0]) if own else names.get(_code(node), "") or (literal if " " in literal else "")


def _is_person(node: Node) -> bool | None:
    """Tell a person from an organisation by what the item says; None where it does not."""
    kinds = {value(node, "type").rsplit(":", 1)[-1]} | {_local_code(kind) for kind in children(node, "type")}
    if "person" in kinds or any(children(node, "personDetails")):
        return True
    if kinds & {"organisation", "organization"} or any(children(node, "organisationDetails")):
        return False
    return False if value(node, "qcode").startswith("nprov:") else None


def _put_people(draft: Draft, meta: Node, names: Mapping[str, str], language: str) -> None:
    persons: list[str] = []
    for node in children(meta, "creator", "contributor"):
        name = _name(node, names, language)
        roles = {value(node, "role").rsplit(":", 1)[-1].casefold()} | {_local_code(r) for r in children(node, "role")}
        writes = local(node) == "creator" and roles <= _WRITERS | {""}
        if not name or not (writes or roles & _WRITERS):
            continue
        person = _is_person(node)
        if person or (person is None and not is_organisation(name)):
            persons.append(name)
        else:
            put_provider(draft, name, _ORIGIN, "creator", 0.5)
    put_people(draft, (text_of(node) for node in children(meta, "by")), _ORIGIN, "by", 0.85)
    draft.put("authors", tuple(dict.fromkeys(persons)), _ORIGIN, "creator", 0.85)


def _put_provider(draft: Draft, item: Node, metas: list[Node], names: Mapping[str, str], language: str) -> None:
    """Put the provider, then the copyright holder, then the source of the information."""
    places = [(node, "provider", 0.9) for node in at(item, "itemMeta/provider")]
    places += [(node, "copyrightHolder", 0.75) for node in at(item, "rightsInfo/copyrightHolder")]
    places += [(node, "infosource", 0.65) for meta in metas for node in children(meta, "infosource")]
    for node, method, confidence in places:
        code = value(node, "qcode", "literal")
        name = _name(node, names, language) or (code.rsplit(":", 1)[-1] if method == "provider" else "")
        agency = "agency" in value(node, "role").casefold() or "agency" in name.casefold()
        put_provider(draft, name, _ORIGIN, method, confidence, "agency" if agency else "publisher")


def _put_subjects(draft: Draft, meta: Node, names: Mapping[str, str], language: str) -> None:
    """Put subjects as tags, topics before persons, organisations and places; a whole Media Topic is the section."""
    tags: list[tuple[bool, str]] = []
    for node in children(meta, "subject"):
        name = _name(node, names, language)
        codes = [_code(node), *(_code(same) for same in children(node, "sameAs"))]
        role = value(node, "role").casefold()
        if "section" in role or "category" in role or any(_TOP_SUBJECT.match(code) for code in codes):
            draft.put("section", name, _ORIGIN, "subject", 0.75)
        kind = value(node, "type").rsplit(":", 1)[-1] or next((_local_code(k) for k in children(node, "type")), "")
        if name:
            tags.append((kind not in {"abstract", ""}, name))
    tags.sort(key=lambda pair: pair[0])
    words = [text_of(node) for node in children(meta, "keyword")]
    draft.put("tags", tuple(dict.fromkeys([tag for _, tag in tags] + words)), _ORIGIN, "subject", 0.85)
