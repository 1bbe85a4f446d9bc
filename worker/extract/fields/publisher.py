"""Who published a page, from JSON-LD, OpenGraph and the site's own name."""

from __future__ import annotations

from typing import Final

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import Publisher
from worker.text.urls import absolute, registered_domain

_META: Final = ("og:site_name", "application-name", "dc.publisher", "apple-mobile-web-app-title")


def put_publisher(draft: Draft, said: Declared, node: jsonld.Node | None, base: str | None) -> None:
    """Put the publisher's name and, where it is stated, its domain."""
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
    for other in said.nodes:
        name = jsonld.text_of(other.get("name"))
        if name and jsonld.types(other) & {"NewsMediaOrganization", "WebSite", "Organization"} and not absolute(name):
            draft.put("publisher", Publisher(name, registered_domain(base), "publisher"), "json-ld:site", "name", 0.7)
