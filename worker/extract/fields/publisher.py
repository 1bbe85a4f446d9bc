"""Who published a page, from JSON-LD, OpenGraph and the site's own name."""

from __future__ import annotations

from itertools import islice
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.extract.fields.headline import SEPARATOR, plain
from worker.model import Publisher
from worker.text.urls import absolute, registered_domain

_META: Final = ("og:site_name", "application-name", "dc.publisher", "apple-mobile-web-app-title")
_HOME: Final = 'a[href="/"], a[href="./"], a[href="index.html"], a[href="/index.html"], .logo, #logo'
_MOST_LINKS: Final = 12
_LONGEST: Final = 100


def put_publisher(
    draft: Draft, said: Declared, node: jsonld.Node | None, tree: LexborHTMLParser, base: str | None
) -> None:
    """Put the publisher's name and, where it is stated, its domain.

    Where nothing declares it, the end of the title counts if the link to the front page says the same.
    """
    if node is not None:
        stated = node.get("publisher")
        found = jsonld.resolved(stated, said.nodes)
        _, organisations = jsonld.persons_of(jsonld.resolved(node.get("author"), said.nodes))
        name = jsonld.text_of(found) or next(iter(organisations), None)
        if name and absolute(name) is None:
            site = found.get("url") if isinstance(found, dict) else None
            domain = registered_domain(site if isinstance(site, str) else None)
            draft.put("publisher", Publisher(name, domain, "publisher"), "json-ld", "publisher", 0.9)
    for key in _META:
        for name in said.meta.get(key, [])[:1]:
            draft.put("publisher", Publisher(name, None, "publisher"), f"meta:{key}", "content", 0.8)
    for name in islice(said.marked("publisher"), 1):
        draft.put("publisher", Publisher(name, None, "publisher"), "microdata", "publisher", 0.8)
    for other in said.nodes:
        name = jsonld.text_of(other.get("name"))
        if name and jsonld.types(other) & {"NewsMediaOrganization", "WebSite", "Organization"} and not absolute(name):
            draft.put("publisher", Publisher(name, registered_domain(base), "publisher"), "json-ld:site", "name", 0.7)
    if "publisher" not in draft.values and (name := _at_home(said.title, tree, base)):
        draft.put("publisher", Publisher(name, None, "publisher"), "html:title", "link to the front page", 0.6)


def _at_home(title: str, tree: LexborHTMLParser, base: str | None) -> str | None:
    """Give the part of the title, the last first, that links to the front page or their logos say, too."""
    parts = [part.strip() for part in SEPARATOR.split(title)]
    if len(parts) < 2:  # noqa: PLR2004
        return None
    named: set[str] = set()
    root = (absolute("/", base) or "").rstrip("/")
    own = f', a[href="{root}"], a[href="{root}/"]' if root and '"' not in root else ""
    for link in tree.css(_HOME + own)[:_MOST_LINKS]:
        named.add(plain(link.text()[:_LONGEST]))
        named |= {plain(picture.attributes.get("alt") or "") for picture in link.css("img")[:2]}
    return next((part for part in reversed(parts) if plain(part) and plain(part) in named), None)
