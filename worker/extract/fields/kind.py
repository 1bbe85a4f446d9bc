"""Where a page belongs: whether it calls itself an index, its section, language and canonical address."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import Issue
from worker.text.urls import absolute, canonicalise
from worker.text.whitespace import squeeze

_INDEX_TYPES: Final = frozenset(
    {"CollectionPage", "SearchResultsPage", "ProfilePage", "ItemPage", "ContactPage", "AboutPage", "ItemList"}
)


def says_index(said: Declared) -> bool:
    """Tell whether the page calls itself a collection and nothing on it calls itself an article."""
    if any(said.articles()) or "article:published_time" in said.meta:
        return False
    return any(jsonld.types(node) & _INDEX_TYPES for node in said.nodes)


def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path.casefold()
    except ValueError:
        return ""


def put_address(draft: Draft, said: Declared, node: jsonld.Node | None, base: str | None) -> None:
    """Put the canonical address: link, OpenGraph, then JSON-LD; one that points to the front page is no witness."""
    stated = [("link:canonical", "href", value, 0.95) for value in said.links.get("canonical", [])[:2]]
    stated += [("meta:og:url", "content", value, 0.7) for value in said.meta.get("og:url", [])[:1]]
    if node is not None:
        for key in ("url", "mainEntityOfPage"):
            value = node.get(key)
            found = value.get("@id") or value.get("url") if isinstance(value, dict) else value
            if isinstance(found, str):
                stated.append(("json-ld", key, found, 0.7))
    front = _path(base) in {"", "/"}
    whole = [(origin, method, absolute(value, base), trust) for origin, method, value, trust in stated]
    good = [item for item in whole if item[2] and (front or _path(item[2]) not in {"", "/"})]
    for origin, method, address, trust in good:
        draft.put("canonical_url", address, origin, method, trust)
    if len(good) > 1 and good[0][0] == "link:canonical":
        first, other = (_bare(item[2]) for item in (good[0], good[1]))
        if first != other:
            detail = f"{good[0][2]} ({good[0][0]}) or {good[1][2]} ({good[1][0]})"
            draft.issues.append(Issue("field_conflict", "canonical_url", detail[:300]))


def _bare(address: str | None) -> str:
    clean = canonicalise(address) or address or ""
    return re.sub(r"^https?://(?:www\.|m\.)?", "", clean).rstrip("/").split("?")[0]


def put_language(draft: Draft, said: Declared, node: jsonld.Node | None) -> None:
    """Put the declared language: JSON-LD, the html element, OpenGraph, HTTP; a real disagreement is an issue."""
    stated = [("json-ld", "inLanguage", jsonld.text_of(node.get("inLanguage")) if node is not None else None, 0.8)]
    stated.append(("html:lang", "attribute", said.language, 0.7))
    for key in ("og:locale", "content-language", "dc.language", "language"):
        stated += [(f"meta:{key}", "content", value, 0.7) for value in said.meta.get(key, [])[:1]]
    named = [
        (origin, method, tag, trust)
        for origin, method, value, trust in stated
        if value
        and (tag := value.strip().replace("_", "-"))
        and re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", tag)
    ]
    for origin, method, tag, trust in named:
        draft.put("language_declared", tag, origin, method, trust)
    first = {tag.split("-")[0].casefold() for _, _, tag, _ in named}
    if len(first) > 1:
        detail = ", ".join(f"{tag} ({origin})" for origin, _, tag, _ in named)
        draft.issues.append(Issue("field_conflict", "language_declared", detail[:200]))


def put_section(draft: Draft, said: Declared, node: jsonld.Node | None) -> None:
    """Put the section: JSON-LD, meta tags, microdata, the last crumb that is not the article."""
    if node is not None:
        draft.put("section", jsonld.text_of(node.get("articleSection")), "json-ld", "articleSection", 0.85)
    if found := said.first("article:section", "og:article:section", "parsely-section", "cxenseparse:section"):
        draft.put("section", found[1].split(",")[0], f"meta:{found[0]}", "content", 0.8)
    draft.put("section", next(said.marked("articlesection"), None), "microdata", "articleSection", 0.8)
    crumbs = next((item for item in said.nodes if "BreadcrumbList" in jsonld.types(item)), None)
    if crumbs is not None and isinstance(items := crumbs.get("itemListElement"), list):
        names = [jsonld.text_of(item.get("name") or item.get("item")) for item in items if isinstance(item, dict)]
        headline = squeeze(draft.values.get("headline") or "")
        kept = [name for name in names[1:] if name and "://" not in name and name != headline]
        if kept and len(kept[-1]) <= 60:  # noqa: PLR2004  # a longer one is the headline in other words
            draft.put("section", kept[-1], "json-ld:breadcrumbs", "last", 0.6)
