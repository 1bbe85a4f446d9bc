"""Newswire XML: NITF, NewsML-G2 and NewsML 1, told by the root element; each story its own article."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from worker.errors import PayloadError
from worker.extract.draft import Draft, finish
from worker.extract.newswire import g2, newsml1
from worker.extract.newswire.nitf import read_nitf
from worker.extract.newswire.tree import Node, local, parse_tree, root_name
from worker.model import Article, Issue, Payload
from worker.ports import Format, Sniff
from worker.text.charset import decode

_G2_SPACE: Final = b"http://iptc.org/std/nar/"
_ROOTS: Final = frozenset({"nitf", "NewsML", "newsMessage", "newsItem", "packageItem", "conceptItem", "knowledgeItem",
                           "planningItem", "NewsItem"})  # fmt: skip
_LOOSE: Final = frozenset({"newsItem", "packageItem", "NewsItem"})  # names that others might use as well
_TYPES: Final = ("application/vnd.iptc.g2", "application/nitf+xml", "text/vnd.iptc", "application/vnd.iptc",
                 "application/newsml+xml")  # fmt: skip
_OTHERS: Final = frozenset("html rss feed rdf channel head body".split())
_MOST_STORIES: Final = 5000
Reader = Callable[[Draft], None]


class Newswire:
    """NITF 3, NewsML-G2 and NewsML 1."""

    name = "newswire"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """Go by the root element; above a feed, since a newsMessage may hold a `channel` too."""
        root = root_name(sniff.head)
        if root is None:
            # Behind a long licence the root is out of sight.
            declared = (sniff.media_type or "").startswith(_TYPES)
            return 0.9 if declared and sniff.head.startswith((b"<?xml", b"<!")) else 0.0
        if root not in _ROOTS:  # what is declared as one of these and is none must not be taken for prose
            return 0.6 if (sniff.media_type or "").startswith(_TYPES) and root.lower() not in _OTHERS else 0.0
        return 0.8 if root in _LOOSE and _G2_SPACE not in sniff.head and b"Identif" not in sniff.head else 0.98

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each story; see `worker.ports.Format`.

        Raises PayloadError `markup_invalid` for what is damaged or has entities of its own,
        `article_missing` for a document without a story.
        """
        decoded = decode(payload.body, payload.media_type)
        root, damage = parse_tree(decoded.text)
        issues = list(decoded.issues)
        if damage:
            issues.append(Issue("markup_broken", None, damage[:200]))
        readers = _readers(root, payload)
        for part, read in enumerate(readers[:_MOST_STORIES]):
            draft = Draft("newswire", part, issues=list(issues))
            try:
                read(draft)
                article = finish(draft, payload)
            except PayloadError as exc:
                yield exc
            else:
                yield article
        if len(readers) > _MOST_STORIES:
            detail = f"the document holds {len(readers)} stories; those after {_MOST_STORIES} are unread"
            yield PayloadError("too_large", detail)


def _readers(root: Node, payload: Payload) -> list[Reader]:
    base, arrived = payload.url, payload.received_at
    name = local(root)
    if name == "nitf":
        return [lambda draft: read_nitf(draft, root, base, arrived)]
    if name in {"NewsML", "NewsItem"}:
        return [
            lambda draft, story=story: newsml1.read_story(draft, story, base, arrived)  # type: ignore[misc]
            for story in newsml1.stories_of(root)
        ]
    if name in _ROOTS:
        stories, pictures = g2.stories_of(root)
        return [
            lambda draft, item=item: g2.read_item(draft, item, pictures, base, arrived)  # type: ignore[misc]
            for item in stories
        ]
    raise PayloadError("markup_invalid", f"the root element is {name[:60]}, which is none of newswire XML")


component: type[Format] = Newswire
