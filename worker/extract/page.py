"""A whole HTML page: one tree, what it declares, the main text, and each field by its witnesses."""

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
from worker.extract.main_content import VERSIONS, MainContent, Mode, find_main, parse, witness_of
from worker.extract.surroundings import surroundings_of
from worker.model import Issue, Provenance
from worker.text.markup import MOST_ATTRIBUTES, has_giant_tag
from worker.text.urls import absolute
from worker.text.whitespace import count_words

# What servers, bot walls, consent and paywalls say instead of an article; looked for in the title and in short texts.
_REFUSALS: Final = re.compile(
    r"\b(404|403|50[0234]|page (?:can(?:no|')t be |not )found|not found|access (?:to this page has been )?denied|"
    r"forbidden|just a moment|are you a robot|captcha|attention required|service (?:temporarily )?unavailable|"
    r"bad gateway|pardon our interruption|verify(?:ing)? you are (?:a )?human|page introuvable|"
    r"seite (?:wurde )?nicht gefunden|"
    r"página no (?:encontrada|existe)|página não encontrada|pagina non trovata|"
    r"pagina niet gevonden|strona nie istnieje|"
    r"sidan hittades inte|страница не найдена|сторінку не знайдено|sayfa bulunamadı|ページが見つかりません|页面不存在|"
    r"cookie consent|before you continue)\b",
    re.IGNORECASE,
)
_WALLS: Final = re.compile(
    r"sorry, we (?:can(?:no|')t|could ?n[o']t) find|(?:page|article) you (?:are|were) looking for|"
    r"store (?:and/or|and|or) access information on (?:a|your) device|we and our (?:\d+ )?(?:trusted )?partners|"
    r"accept all|reject all|zustimmung erforderlich|weiterlesen mit werbung|alle akzeptieren|tout accepter|"
    r"aceptar todo|accetta tutt[oi]|enable javascript|javascript (?:is disabled|aktivieren)|"
    r"activ(?:er|ar|e) (?:le )?javascript|"
    r"subscribe to (?:read|continue)|this (?:article|content) is for subscribers|already a subscriber|"
    r"log in to (?:read|continue)",
    re.IGNORECASE,
)
_LISTINGS: Final = re.compile(
    r"^(?:search results|results for|suchergebnisse|résultats de (?:la )?recherche|resultados de (?:la )?búsqueda|"
    r"(?:tags?|category|categories|archives?|kategorie|schlagwort|catégorie|categoría) ?[:|–-])",
    re.IGNORECASE,
)
_REFUSAL_WORDS: Final = 120
_FEW_WORDS: Final = 25
_INDEX_LINKS: Final = 15
_PARAGRAPH: Final = 30
_ENOUGH_PROSE: Final = 120
_STATED: Final = 0.7
_INDEX_SHARE: Final = 0.6
_LONGEST_WALL: Final = 2_000
_LEAST_BODY_WORDS: Final = (
    40  # of JSON-LD articleBody, below which it is a teaser; of a page, below which that goes first
)


def read_page(text: str, url: str | None, body: list[Block] | None = None, mode: Mode = "default") -> Draft:
    """Read a page into a draft; `body` is what a publisher's profile gave for it, then none is looked for.

    Raises PayloadError `article_missing` for pages without an article, `markup_invalid` where no
    tree can be made.
    """
    if has_giant_tag(text):
        raise PayloadError("markup_invalid", f"an element has more than about {MOST_ATTRIBUTES} attributes")
    tree = parse(text)
    said = read_declared(tree)
    draft = Draft(format="html", versions={"extract": VERSIONS[mode]})
    if said.damaged:
        draft.issues.append(Issue("markup_broken", None, "a JSON-LD block is no JSON"))
    node = article_node(said)
    base = absolute(said.base, url) or absolute(url) or absolute(next(iter(said.links.get("canonical", [])), None))
    put_address(draft, said, node, base)
    put_publisher(draft, said, node, tree, base)
    put_kind(draft, said, node, url or draft.values.get("canonical_url"))
    put_headline(draft, said, node, url or draft.values.get("canonical_url"))
    found = MainContent([], 0.0, cut=False, all_blocks=[], first=0)
    if body is None:
        found = find_main(tree, witness_of(said), mode)
        draft.blocks, origin, expected = _body(text, found, node, draft, said.title)
        if draft.blocks and _repeats(draft.blocks[0], draft.values.get("headline") or ""):
            del draft.blocks[0]
        draft.provenance["body"] = Provenance(origin, "main text", round(expected, 2))
    else:
        draft.blocks = list(body)
    around = surroundings_of(found, [draft.values.get("headline") or "", *(item.text for item in said.headings[:1])])
    put_dates(draft, said, node, url or draft.values.get("canonical_url"), text, around)
    if body is None:
        _refuse(draft, said, node, tree, found)
    put_authors(draft, said, node, around)
    if draft.blocks and draft.blocks[-1][0] == around.signed and around.signed in draft.values.get("authors", ()):
        del draft.blocks[-1]
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


def _body(
    text: str, found: MainContent, node: jsonld.Node | None, draft: Draft, title: str
) -> tuple[list[Block], str, float]:
    """Give the body's blocks, their origin and what is expected of them; markup without a title may be a fragment."""
    if found.cut:
        draft.issues.append(Issue("body_cut", "body"))
    blocks: list[Block] = [(block.text, block.kind) for block in found.blocks]
    # A page that shows next to nothing (scripts fill it, or a notice stands in for it) may have it all in JSON-LD.
    if sum(count_words(block[0]) for block in blocks) < _LEAST_BODY_WORDS and node is not None:
        raw = node.get("articleBody")
        stated = jsonld.text_of(raw)
        if stated and count_words(stated) >= _LEAST_BODY_WORDS:
            whole = raw if isinstance(raw, str) else stated
            kept = blocks_of_fragment(whole) if looks_like_markup(whole) else blocks_of_text(whole)
            return kept, "json-ld:articleBody", 0.5
    if blocks or (title and node is None):
        return blocks, "page", found.expected_f1
    return [block for block in blocks_of_fragment(text) if len(block[0].split()) > 3], "fragment", 0.5  # noqa: PLR2004


def _repeats(block: Block, headline: str) -> bool:
    """Tell whether a block is the headline, or as a heading the most of it: a site's name may follow there."""
    own, whole = plain(block[0]), plain(headline)
    return own == whole or (block[1] == "heading" and whole.startswith(own) and 2 * len(own) > len(whole))


def _prose(found: MainContent) -> int:
    """Give the words of the main text that stand in whole paragraphs: 30 words and more, few of them in links."""
    sizes = (
        count_words(block.text) for block in found.blocks if block.kind == "text" and 3 * block.linked < len(block.text)
    )
    return sum(size for size in sizes if size >= _PARAGRAPH)


def _linked_share(found: MainContent) -> float:
    """Give the share of the main text, in characters, that stands within links."""
    size = sum(len(block.text) for block in found.blocks)
    return sum(block.linked for block in found.blocks) / size if size else 0.0


def _refuse(draft: Draft, said: Declared, node: jsonld.Node | None, tree: LexborHTMLParser, found: MainContent) -> None:
    """Refuse pages that are no article: refusals of a server, walls, index pages, and pages with next to no text."""
    words = sum(count_words(text) for text, _ in draft.blocks)
    if node is not None and words >= _FEW_WORDS:
        return
    title = draft.values.get("headline") or ""
    if words < _REFUSAL_WORDS:
        opening = " ".join(text for text, _ in draft.blocks)[:_LONGEST_WALL]
        if wall := _REFUSALS.search(title) or _WALLS.search(opening) or _WALLS.search(title):
            raise PayloadError("article_missing", f"looks like an error, consent or pay wall: {wall[0][:80]}")
    date = draft.provenance.get("published_at")
    dated = date is not None and date.confidence >= _STATED  # one that was only found in the text proves nothing
    is_article = node is not None or draft.article_type != "unknown" or dated
    if words < _FEW_WORDS and not is_article:
        raise PayloadError("article_missing", f"{words} words of text and nothing that says it is an article")
    if node is not None:
        return
    if _prose(found) >= _ENOUGH_PROSE:
        return  # teasers of an index page are short
    front = (said.first("og:type") or ("", ""))[1].casefold() == "website" and not dated
    linked_headings = len(tree.css("h2 a, h3 a, a h2, a h3"))
    few, rate = (_INDEX_LINKS // 2, 2 * _INDEX_LINKS) if front else (_INDEX_LINKS, _INDEX_LINKS)
    if linked_headings >= few and words < rate * linked_headings and (not is_article or says_index(said)):
        raise PayloadError("article_missing", f"looks like an index page: {linked_headings} linked headings")
    if not is_article and (listing := _LISTINGS.search(title)):
        raise PayloadError("article_missing", f"looks like an index page: {listing[0]}")
    linked = _linked_share(found)
    if linked >= _INDEX_SHARE and "article:published_time" not in said.meta:
        raise PayloadError("article_missing", f"looks like an index page: {linked:.0%} of its text are links")


def _put_subtitle(draft: Draft, said: Declared, node: jsonld.Node | None) -> None:
    """Put the description; one that is cut off gives way to a longer one that begins like it."""
    stated: list[tuple[str, str, str, float]] = []
    if node is not None and (text := jsonld.text_of(node.get("alternativeHeadline") or node.get("description"))):
        stated.append((text, "json-ld", "description", 0.6))
    for key in ("og:description", "description", "twitter:description"):
        stated += [(value, f"meta:{key}", "content", 0.5) for value in said.meta.get(key, [])[:1]]
    headline = plain(draft.values.get("headline") or "")
    stated = [item for item in stated if plain(item[0]) != headline]
    for item in stated:
        stem = item[0].rstrip(" .…")
        whole = next((other for other in stated if len(other[0]) > len(item[0]) and other[0].startswith(stem)), item)
        draft.put("subtitle", *whole)
