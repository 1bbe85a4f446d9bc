"""A whole HTML page: one tree, what it declares, the main text by the block classifier, and each field by its witnesses."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.declared import Declared, read_declared
from worker.extract.draft import Draft
from worker.extract.fields.authors import put_authors
from worker.extract.fields.dates import put_dates
from worker.extract.fields.headline import plain, put_headline
from worker.extract.fields.images import put_images
from worker.extract.fields.kind import put_address, put_kind, put_language, put_section, says_index
from worker.extract.fields.publisher import put_publisher
from worker.extract.fields.tags import put_tags
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.extract.main_content import VERSION, MainContent, find_main, parse, witness_of
from worker.model import Issue, Provenance
from worker.text.urls import absolute

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
_INDEX_LINKS: Final = 15
_LEAST_BODY_WORDS: Final = (
    40  # of JSON-LD articleBody, below which it is a teaser; of a page, below which that goes first
)
_OPENING_BLOCKS: Final = 8  # around the first paragraph, where a byline may stand
_LONGEST_OPENING: Final = 160


def read_page(text: str, url: str | None, body: list[Block] | None = None) -> Draft:
    """Read a page into a draft; `body` is what a publisher's profile gave for it, then none is looked for.

    Raises PayloadError `article_missing` for pages without an article, `markup_invalid` where no
    tree can be made.
    """
    _check_attributes(text)
    tree = parse(text)
    said = read_declared(tree)
    draft = Draft(format="html", versions={"extract": VERSION})
    if said.damaged:
        draft.issues.append(Issue("markup_broken", None, "a JSON-LD block is no JSON"))
    node = article_node(said)
    base = absolute(said.base, url) or absolute(url) or absolute(next(iter(said.links.get("canonical", [])), None))
    put_address(draft, said, node, base)
    put_publisher(draft, said, node, base)
    put_kind(draft, said, node, url or draft.values.get("canonical_url"))
    put_headline(draft, said, node, url or draft.values.get("canonical_url"))
    opening: list[str] = []
    if body is None:
        found = find_main(tree, witness_of(said))
        draft.blocks, origin, expected = _body(text, found, node, draft)
        opening = _opening(found)
        if draft.blocks and plain(draft.blocks[0][0]) == plain(draft.values.get("headline") or ""):
            del draft.blocks[0]
        draft.provenance["body"] = Provenance(origin, "main text", round(expected, 2))
    else:
        draft.blocks = list(body)
    put_dates(draft, said, node, url or draft.values.get("canonical_url"), text)
    if body is None:
        _refuse(draft, said, node, tree)
    put_authors(draft, said, node, opening)
    put_tags(draft, said, node, tree)
    put_section(draft, said, node)
    put_language(draft, said, node)
    put_images(draft, said, node, tree, base)
    _put_subtitle(draft, said, node)
    return draft


def article_node(said: Declared) -> jsonld.Node | None:
    """Give the JSON-LD node that is the page's article: of several the one that its heading or title names."""
    nodes = list(said.articles())
    if len(nodes) < 2:  # noqa: PLR2004
        return nodes[0] if nodes else None
    titles = {plain(item.text) for item in said.headings[:3]} | {
        plain(value) for value in said.meta.get("og:title", [])
    }
    named = [node for node in nodes if plain(jsonld.text_of(node.get("headline")) or "") in titles]
    return max(named or nodes[:1], key=len)


def _check_attributes(text: str) -> None:
    for tag in _LONG_TAG.finditer(text):
        # Names and bare values outside quotes: `a b c` are three attributes as well as `a=1 b=2 c=3`.
        if (attributes := len(_BETWEEN.findall(_QUOTED.sub("", tag[0])))) > _MOST_ATTRIBUTES:
            raise PayloadError("markup_invalid", f"an element has about {attributes} attributes")


def _body(text: str, found: MainContent, node: jsonld.Node | None, draft: Draft) -> tuple[list[Block], str, float]:
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


def _opening(found: MainContent) -> list[str]:
    """Give the short blocks around the first paragraph of the article."""
    at = found.first
    near = found.all_blocks[max(0, at - _OPENING_BLOCKS) : at + 3]
    return [block.text for block in near if len(block.text) <= _LONGEST_OPENING]


def _refuse(draft: Draft, said: Declared, node: jsonld.Node | None, tree: LexborHTMLParser) -> None:
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
    linked_headings = len(tree.css("h2 a, h3 a, a h2, a h3"))
    if (
        linked_headings >= _INDEX_LINKS
        and words < _INDEX_LINKS * linked_headings
        and (not is_article or says_index(said))
    ):
        raise PayloadError("article_missing", f"looks like an index page: {linked_headings} linked headings")


def _put_subtitle(draft: Draft, said: Declared, node: jsonld.Node | None) -> None:
    """Put the description; one that is cut off gives way to a longer one that begins like it."""
    stated: list[tuple[str, str, str, float]] = []
    if node is not None and (text := jsonld.text_of(node.get("alternativeHeadline") or node.get("description"))):
        stated.append((text, "json-ld", "description", 0.6))
    for key in ("og:description", "description", "twitter:description"):
        stated += [(value, f"meta:{key}", "content", 0.5) for value in said.meta.get(key, [])[:1]]
    headline = plain(draft.values.get("headline") or "")
    stated = [item for item in stated if plain(item[0]) != headline]
    for text, *rest in stated:
        stem = text.rstrip(" .…")
        whole = next((item for item in stated if len(item[0]) > len(text) and item[0].startswith(stem)), None)
        draft.put("subtitle", *(whole or (text, *rest)))
