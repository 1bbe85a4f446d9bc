"""NewsML 1: NewsItems with components in components; what is said nearest to a text counts for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from worker.errors import PayloadError
from worker.extract.draft import Draft
from worker.extract.newswire.content import MOST_PICTURES, Content, blocks_of_string, read_content, with_credit
from worker.extract.newswire.fields import (
    add_tags,
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

_ORIGIN: Final = "newsml-1"
_CAPTIONS: Final = ("caption", "photo", "picture", "graphic", "image", "video", "audio", "thumbnail", "media")
_SAME: Final = 200  # characters at the start by which texts without a list of equivalents are told to be one
_DEEPEST: Final = 60  # components in components; of agencies' own, 4


@dataclass(frozen=True, slots=True)
class Story:
    """One story: the components around its text, nearest first; of these its own ones, which hold no other story."""

    item: Item
    around: Sequence[Node]
    own: Sequence[Node]
    texts: Sequence[Node]
    pictures: Sequence[tuple[str, str | None]]


class Item:
    """A NewsItem with what its stories share, each looked up once: an item may have thousands of components."""

    def __init__(self, node: Node, topics: Mapping[str, str], sender: str) -> None:
        self.node = node
        self.topics = topics
        self.sender = sender
        self._fields: dict[Node, dict[str, list[Node]]] = {}
        self._captions: dict[Node, bool] = {}

    def fields(self, node: Node, name: str) -> list[Node]:
        """Give the children of this name."""
        if node not in self._fields:
            found: dict[str, list[Node]] = {}
            for child in node:
                found.setdefault(local(child), []).append(child)
            self._fields[node] = found
        return self._fields[node].get(name, [])

    def at(self, node: Node, path: str) -> Iterator[Node]:
        """Yield what stands at a path below a component or the item."""
        first, _, rest = path.partition("/")
        for child in self.fields(node, first):
            yield from at(child, rest) if rest else (child,)

    def headline(self, component: Node) -> str:
        """Give a component's own headline."""
        return next((text for node in self.at(component, "NewsLines/HeadLine") if (text := text_of(node))), "")

    def is_caption(self, component: Node) -> bool:
        """Tell a component that is a picture, or a text about one."""
        if component not in self._captions:
            role = " ".join(value(node, "FormalName") for node in self.fields(component, "Role")).casefold()
            named = any(word in role for word in _CAPTIONS)
            self._captions[component] = named or any(map(_address, self.fields(component, "ContentItem")))
        return self._captions[component]

    def party(self, node: Node) -> str:
        """Give a party's name: what its topic is called, or its formal name where that is a name and no number."""
        name = self.topic(node) or value(node, "FormalName")
        return "" if name.replace(" ", "").isdigit() else name

    def topic(self, node: Node) -> str:
        """Give what the topic is called that an element refers to."""
        return self.topics.get(value(node, "Topic").removeprefix("#"), "")


def stories_of(root: Node) -> list[Story]:
    """Give the stories of a document.

    A component with a text and a headline of its own is a story; texts without one belong to the
    story around them; captions go to their picture. Raises PayloadError `article_missing` where there is none.
    """
    nodes = [root] if local(root) == "NewsItem" else list(inside(root, "NewsItem"))
    topics = {value(node, "Duid"): first_text(node, "Description")[0] for node in inside(root, "Topic")}
    sender = next((value(node, "FormalName") for node in at(root, "NewsEnvelope/SentFrom/Party")), "")
    found: list[Story] = []
    for node in nodes:
        found += _stories(Item(node, topics, sender))
    if not found:
        raise PayloadError("article_missing", f"none of the {len(nodes)} items holds a text")
    return found


def _stories(item: Item) -> Iterator[Story]:
    groups: dict[Node, list[Node]] = {}
    for component in inside(item.node, "NewsComponent"):
        around = _around(component, item.node)
        if around is None or any(item.is_caption(node) for node in around):
            continue
        if texts := [node for node in item.fields(component, "ContentItem") if _is_text(node)]:
            owner = next((node for node in around if item.headline(node)), around[-1])
            groups.setdefault(owner, []).extend(texts)
    count = Counter(node for owner in groups for node in _around(owner, item.node) or ())
    for owner, texts in groups.items():
        inner = texts[0].getparent()
        around = _around(inner if inner is not None else owner, item.node) or [owner]
        own = [node for node in around if count[node] <= 1]
        pictures = list(islice(_pictures(item, own[-1]), MOST_PICTURES)) if own else []
        yield Story(item, around, own or [owner], _best(texts), pictures)


def _around(component: Node, item: Node) -> list[Node] | None:
    """Give a component and those around it within the item, nearest first; None for one of another item."""
    found = [component]
    for node in component.iterancestors():
        if node is item:
            return found
        if local(node) == "NewsComponent":
            found.append(node)
        if local(node) == "NewsItem" or len(found) > _DEEPEST:
            return None
    return found


def _is_text(content: Node) -> bool:
    kind = " ".join(value(node, "FormalName") for node in children(content, "MediaType")).casefold()
    data = next(children(content, "DataContent"), None)
    if data is None or any(children(content, "Encoding")) or kind not in {"", "text", "complexdata"}:
        return False
    return bool("".join(map(str, data.itertext())).strip())


def _best(texts: Sequence[Node]) -> Sequence[Node]:
    """Give all texts in order; of those that say the same in different formats, the one with most structure."""
    kept: dict[object, Node] = {}
    for text in texts:
        group = next((up for up in text.iterancestors() if value(up, "EquivalentsList").casefold() == "yes"), None)
        key: object = group if group is not None else text_of(text)[:_SAME]
        if key not in kept or _structure(text) > _structure(kept[key]):
            kept[key] = text
    return list(kept.values())


def _structure(text: Node) -> int:
    return sum(1 for _ in inside(text, "p", "body.content"))


def _address(content: Node) -> str:
    """Give the address of a picture."""
    kinds = [value(node, "FormalName").casefold() for node in children(content, "MediaType", "MimeType", "Format")]
    href = value(content, "Href")
    picture = any(
        kind in {"photo", "graphic", "image", "picture"} or "jpeg" in kind or kind.startswith("image/")
        for kind in kinds
    )
    return href if href and picture else ""


def _pictures(item: Item, scope: Node) -> Iterator[tuple[str, str | None]]:
    """Yield (address, caption): of the renditions in a component the widest, with the text beside it."""
    for component in inside(scope, "NewsComponent"):
        found = [node for node in item.fields(component, "ContentItem") if _address(node)]
        if found:
            yield _address(max(found, key=_width)), _caption(item, component, scope)


def _width(content: Node) -> int:
    for node in inside(content, "Property"):
        text = value(node, "Value")
        if value(node, "FormalName").casefold() == "width" and text.isascii() and text.isdigit() and len(text) < 7:  # noqa: PLR2004  # digits of any real width
            return int(text)
    return 0


def _caption(item: Item, component: Node, scope: Node) -> str | None:
    """Give the caption of a picture: a text in its component, in one around it, or its headline."""
    places = [component]
    for node in component.iterancestors():
        if node is scope or not item.is_caption(node):
            break
        places.append(node)
    for place in places:
        texts = (next(children(node, "DataContent"), None) for node in inside(place, "ContentItem") if _is_text(node))
        text = text_of(next(texts, None)) or item.headline(place)
        if text:
            return with_credit(text, next((text_of(node) for node in item.at(place, "NewsLines/CreditLine")), ""))
    return None


def read_story(draft: Draft, story: Story, base: str | None, arrived: datetime) -> None:
    """Put what a story says."""
    inner = Draft(draft.format, draft.part)
    for text in story.texts:
        _read_text(inner, text, base, arrived)
    draft.blocks, draft.images = inner.blocks, inner.images
    item = story.item
    for component in story.around:
        if component in story.own:
            _read_lines(draft, item, component)
        _read_metadata(draft, item, component)
    put_images(draft, story.pictures, base)
    _read_management(draft, item, arrived)
    merge(draft, inner)
    put_provider(draft, item.sender, _ORIGIN, "SentFrom", 0.6)
    for node in item.at(item.node, "Identification/NewsIdentifier/ProviderId"):
        if "." not in text_of(node):
            put_provider(draft, text_of(node), _ORIGIN, "ProviderId", 0.5)
    drop_repeated_headline(draft)


def _read_text(draft: Draft, text: Node, base: str | None, arrived: datetime) -> None:
    for data in children(text, "DataContent"):
        nitf = next(inside(data, "nitf"), None)
        if nitf is not None:
            read_nitf(draft, nitf, base, arrived)
            continue
        content = read_content(data) if len(data) else Content(blocks_of_string("".join(map(str, data.itertext()))))
        draft.blocks += content.blocks
        put_images(draft, content.pictures, base)


def _read_lines(draft: Draft, item: Item, component: Node) -> None:
    for lines in item.fields(component, "NewsLines"):
        put_headlines(
            draft, ((text_of(n), "HeadLine", "alternative") for n in children(lines, "HeadLine")), _ORIGIN, 0.95
        )
        for node in children(lines, "SubHeadLine"):
            put_lead(draft, text_of(node), _ORIGIN, "SubHeadLine", 0.85)
        put_people(draft, (text_of(node) for node in children(lines, "ByLine")), _ORIGIN, "ByLine", 0.85)
        words = [
            word.strip() for n in children(lines, "KeywordLine") for word in text_of(n).replace(";", ",").split(",")
        ]
        add_tags(draft, words, _ORIGIN, "KeywordLine", 0.8)
        draft.put("language_declared", value(lines, XML_LANG), _ORIGIN, "xml:lang", 0.6)
        for node in children(lines, "CreditLine"):
            put_provider(draft, text_of(node), _ORIGIN, "CreditLine", 0.55)
    if "headline" in draft.values:
        draft.variants = [variant for variant in draft.variants if variant.text != draft.values["headline"]]


def _read_metadata(draft: Draft, item: Item, component: Node) -> None:
    for name, confidence in (("Provider", 0.9), ("Source", 0.65)):
        for node in item.at(component, f"AdministrativeMetadata/{name}/Party"):
            put_provider(draft, item.party(node), _ORIGIN, name, confidence)
    creators = [item.party(node) for node in item.at(component, "AdministrativeMetadata/Creator/Party")]
    put_people(draft, creators, _ORIGIN, "Creator", 0.75)
    for node in item.at(component, "RightsMetadata/Copyright/CopyrightHolder"):
        put_provider(draft, text_of(node), _ORIGIN, "CopyrightHolder", 0.75)
    for data in item.fields(component, "DescriptiveMetadata"):
        for node in children(data, "Language"):
            draft.put("language_declared", value(node, "FormalName"), _ORIGIN, "Language", 0.85)
        put_genre(draft, (value(node, "FormalName") for node in children(data, "Genre")))
        for node in children(data, "DateLineDate"):
            put_date(draft, "published_at", text_of(node), _ORIGIN, "DateLineDate", 0.7)
        _put_subjects(draft, data, item)


def _put_subjects(draft: Draft, data: Node, item: Item) -> None:
    """Put the narrowest named subject of each code, and the topics that occur, as tags; the subject is the section."""
    tags: list[str] = []
    for code in children(data, "SubjectCode"):
        named = [(local(node), _subject(node)) for node in children(code, "Subject", "SubjectMatter", "SubjectDetail")]
        for level, name in named:
            if level == "Subject":
                draft.put("section", name, _ORIGIN, "Subject", 0.75)
        tags += [name for _, name in named if name][-1:]
    tags += [item.topic(node) for node in children(data, "TopicOccurrence")]
    tags += [value(prop, "Value") for prop in children(data, "Property") if value(prop, "FormalName") == "Keyword"]
    add_tags(draft, tags, _ORIGIN, "SubjectCode", 0.85)


def _subject(node: Node) -> str:
    """Give a subject's name; a code of eight digits is none."""
    name = value(node, "FormalName")
    described = [value(prop, "Value") for prop in inside(node, "Property")] + [
        text_of(n) for n in inside(node, "Comment")
    ]
    return next((text for text in described if text), "") if name.isdigit() else name


def _read_management(draft: Draft, item: Item, arrived: datetime) -> None:
    for management in item.fields(item.node, "NewsManagement"):
        status = [value(node, "FormalName") for node in children(management, "Status")]
        for name in status:
            put_status(draft, name)
        if "embargoed" in {name.casefold() for name in status}:
            put_embargo(draft, first_text(management, "StatusWillChange/DateAndTime")[0], arrived)
        for node in children(management, "FirstCreated"):
            put_date(draft, "published_at", text_of(node), _ORIGIN, "FirstCreated", 0.85)
        for node in children(management, "ThisRevisionCreated"):
            put_date(draft, "published_at", text_of(node), _ORIGIN, "ThisRevisionCreated", 0.7)
            put_date(draft, "modified_at", text_of(node), _ORIGIN, "ThisRevisionCreated", 0.8)
        kinds = [value(node, "FormalName").casefold() for node in children(management, "NewsItemType")]
        if draft.article_type == "unknown" and (not kinds or "news" in kinds):
            draft.article_type = "news"
    for node in item.at(item.node, "Identification/NewsIdentifier/DateId"):
        put_date(draft, "published_at", text_of(node), _ORIGIN, "DateId", 0.7)
    if draft.values.get("modified_at") == draft.values.get("published_at"):
        draft.values.pop("modified_at", None)
        draft.provenance.pop("modified_at", None)
