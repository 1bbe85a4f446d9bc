"""A whole HTML page: main text by the block classifier, fields from JSON-LD, meta tags and what a reader sees."""

from __future__ import annotations

import copy
import re
from typing import Final

import htmldate
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.article_node import clean_persons, put_article_node
from worker.extract.draft import Draft
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.extract.headline import put_headline
from worker.extract.main_content import VERSION, main_content
from worker.model import Image, Issue, Provenance, Publisher
from worker.text.dates import read_date
from worker.text.urls import absolute
from worker.text.whitespace import squeeze

_PUBLISHED: Final = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "date",
    "dc.date.issued", "dc.date", "dcterms.created", "dcterms.date", "parsely-pub-date", "sailthru.date",
    "publishdate", "publish-date", "pubdate", "publication_date", "cxenseparse:recs:publishtime", "last-modified-date",
)  # fmt: skip
_MODIFIED: Final = ("article:modified_time", "og:updated_time", "dcterms.modified", "datemodified", "last-modified")
_REFUSALS: Final = re.compile(
    r"\b(404|403|page not found|not found|access denied|forbidden|just a moment|are you a robot|captcha|"
    r"attention required|service unavailable|seite nicht gefunden|página no encontrada|cookie consent)\b",
    re.IGNORECASE,
)
_REFUSAL_WORDS: Final = 120
_LONG_TAG: Final = re.compile(r"<[a-zA-Z][^<>]{8000,}")
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_BETWEEN: Final = re.compile(r"[\s/=]+")
_MOST_ATTRIBUTES: Final = 2000  # libxml2 compares each with each: 50,000 of them take 26 seconds of native code
_FEW_WORDS: Final = 25
_LEAST_BODY_WORDS: Final = (
    40  # of JSON-LD articleBody, below which it is a teaser; of a page, below which that goes first
)


def read_page(text: str, url: str | None, body: list[Block] | None = None) -> Draft:
    """Read a page into a draft; `body` is what a publisher's profile gave for it, then none is looked for.

    Raises PayloadError `article_missing` for pages without an article, `markup_invalid` where no
    tree can be made.
    """
    tree = _tree(text)
    draft = Draft(format="html", versions={"extract": VERSION})
    meta = _meta(tree)
    data = _json_ld(tree, draft)
    node = next((item for item in data if jsonld.is_article(item)), None)
    base = absolute(url) or _canonical(tree, None)
    draft.put("canonical_url", _canonical(tree, base), "link:canonical", "href", 0.95)
    if node is not None:
        put_article_node(draft, node, "json-ld", base)
    _put_meta(draft, tree, meta, base)
    put_headline(draft, node, meta, tree)
    if body is None:
        draft.blocks, origin, expected = _body(text, node, draft)
        if draft.blocks and squeeze(draft.blocks[0][0]) == draft.values.get("headline"):
            del draft.blocks[0]
        _refuse(draft, node, tree)
        draft.provenance["body"] = Provenance(origin, "main text", round(expected, 2))
    else:
        draft.blocks = list(body)
    _put_date_fallback(draft, tree, url)
    return draft


def _tree(text: str) -> HtmlElement:
    for tag in _LONG_TAG.finditer(text):
        # Names and bare values outside quotes: `a b c` are three attributes as well as `a=1 b=2 c=3`.
        if (attributes := len(_BETWEEN.findall(_QUOTED.sub("", tag[0])))) > _MOST_ATTRIBUTES:
            raise PayloadError("markup_invalid", f"an element has about {attributes} attributes")
    try:
        return document_fromstring(
            text.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8", remove_comments=True)
        )
    except (etree.LxmlError, ValueError, AssertionError, RecursionError) as exc:
        raise PayloadError("markup_invalid", f"no HTML tree can be made: {exc}") from exc


def _meta(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = squeeze(element.get("content") or "")
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content)
    return found


def _json_ld(tree: HtmlElement, draft: Draft) -> list[jsonld.Node]:
    found: list[jsonld.Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            data = jsonld.load(script.text)
            if data is None:
                draft.issues.append(Issue("markup_broken", None, "a JSON-LD block is no JSON"))
            else:
                found += jsonld.nodes(data)
    return found


def _canonical(tree: HtmlElement, base: str | None) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and (whole := absolute(link.get("href"), base)):
            return whole
    return None


def _first(meta: dict[str, list[str]], *names: str) -> tuple[str, str] | None:
    return next(((name, meta[name][0]) for name in names if name in meta), None)


def _put_meta(draft: Draft, tree: HtmlElement, meta: dict[str, list[str]], base: str | None) -> None:
    _put_dates(draft, tree, meta)
    simple = (
        ("subtitle", ("og:description", "description", "twitter:description"), 0.5),
        ("section", ("article:section", "og:article:section", "parsely-section", "dc.subject"), 0.8),
        ("canonical_url", ("og:url",), 0.7),
    )
    for name, keys, confidence in simple:
        if found := _first(meta, *keys):
            content = absolute(found[1], base) if name == "canonical_url" else found[1]
            draft.put(name, content, f"meta:{found[0]}", "content", confidence)
    if found := _first(meta, "og:site_name", "application-name", "dc.publisher", "twitter:app:name:iphone"):
        draft.put("publisher", Publisher(found[1], None, "publisher"), f"meta:{found[0]}", "content", 0.8)
    for key in ("article:tag", "news_keywords", "parsely-tags", "keywords", "sailthru.tags"):
        values = meta.get(key, [])
        tags = values if len(values) > 1 else jsonld.list_of(values[0]) if values else []
        draft.put("tags", tuple(tags), f"meta:{key}", "content", 0.8 if key != "keywords" else 0.6)
    _put_authors(draft, tree, meta)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    draft.put("language_declared", language, "html:lang", "attribute", 0.7)
    if found := _first(meta, "og:locale", "content-language", "dc.language"):
        draft.put("language_declared", found[1].replace("_", "-"), f"meta:{found[0]}", "content", 0.7)
    draft.images += [Image(whole) for value in meta.get("og:image", ())[:5] if (whole := absolute(value, base))]
    if draft.article_type == "unknown" and meta.get("og:type", [""])[0].lower() in {"article", "news"}:
        draft.article_type = "news"


def _put_dates(draft: Draft, tree: HtmlElement, meta: dict[str, list[str]]) -> None:
    for name in _PUBLISHED:
        for value in meta.get(name, ())[:1]:
            _put_date(draft, "published_at", value, f"meta:{name}", 0.85)
    for element in tree.iter("time"):
        value = element.get("datetime")
        if value and (element.get("pubdate") is not None or element.get("itemprop") == "datePublished"):
            _put_date(draft, "published_at", value, "time:datetime", 0.85)
    for name in _MODIFIED:
        for value in meta.get(name, ())[:1]:
            _put_date(draft, "modified_at", value, f"meta:{name}", 0.8)


def _put_date(draft: Draft, name: str, value: str, origin: str, confidence: float) -> None:
    if (stamp := read_date(value)) is None:
        return
    first = draft.values.get(name)
    if first is not None and first[:10] != stamp.day and name == "published_at" and confidence > 0.8:  # noqa: PLR2004
        draft.issues.append(Issue("field_conflict", name, f"{first} or {stamp.value} ({origin})"))
    draft.put(name, stamp.value, origin, "content", confidence)


def _put_authors(draft: Draft, tree: HtmlElement, meta: dict[str, list[str]]) -> None:
    for key in ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl"):
        draft.put("authors", tuple(clean_persons(meta.get(key, []))), f"meta:{key}", "content", 0.7)
    seen = [
        squeeze(element.text_content())
        for element in tree.xpath("//*[@rel='author' or @itemprop='author' or contains(@class, 'byline__name')]")[:10]
    ]
    draft.put("authors", tuple(clean_persons([name for name in seen if name])), "html:rel=author", "visible", 0.6)


def _put_date_fallback(draft: Draft, tree: HtmlElement, url: str | None) -> None:
    if "published_at" in draft.values:
        return
    try:
        found = htmldate.find_date(copy.deepcopy(tree), original_date=True, url=url)
    except (ValueError, TypeError, etree.LxmlError, RecursionError):
        return
    draft.put("published_at", found, "htmldate", "heuristics", 0.5)


def _body(text: str, node: jsonld.Node | None, draft: Draft) -> tuple[list[Block], str, float]:
    found = main_content(text)
    if found.cut:
        draft.issues.append(Issue("body_cut", "body"))
    blocks: list[Block] = [(block.text, block.kind) for block in found.blocks]
    # A page that shows next to nothing (scripts fill it, or a notice stands in for it) may have it all in JSON-LD.
    if sum(len(block[0].split()) for block in blocks) < _LEAST_BODY_WORDS and node is not None:
        raw = node.get("articleBody")
        stated = jsonld.text_of(raw)
        if stated and len(stated.split()) >= _LEAST_BODY_WORDS:
            whole = raw if isinstance(raw, str) else stated
            kept = blocks_of_fragment(whole) if looks_like_markup(whole) else blocks_of_text(whole)
            return kept, "json-ld:articleBody", 0.5
    if blocks:
        return blocks, "page", found.expected_f1
    return [block for block in blocks_of_fragment(text) if len(block[0].split()) > 3], "fragment", 0.5  # noqa: PLR2004


def _refuse(draft: Draft, node: jsonld.Node | None, tree: HtmlElement) -> None:
    """Refuse pages that are no article: refusals of a server, index pages, and pages with next to no text."""
    words = sum(len(text.split()) for text, _ in draft.blocks)
    if node is not None:
        return
    title = draft.values.get("headline") or ""
    if words < _REFUSAL_WORDS and _REFUSALS.search(title):
        raise PayloadError("article_missing", f"looks like an error or consent page: {title[:80]}")
    is_article = draft.article_type != "unknown" or "published_at" in draft.values
    if words < _FEW_WORDS and not is_article:
        raise PayloadError("article_missing", f"{words} words of text and nothing that says it is an article")
    linked_headings = len(tree.xpath("//h2[.//a] | //h3[.//a] | //a[.//h2 or .//h3]"))
    if linked_headings >= 15 and not is_article and words < 15 * linked_headings:  # noqa: PLR2004
        raise PayloadError("article_missing", f"looks like an index page: {linked_headings} linked headings")
