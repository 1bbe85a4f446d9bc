"""A whole HTML page: one tree, what it declares, the main text, and each field by its witnesses."""

from __future__ import annotations

from typing import Final

from selectolax.lexbor import LexborHTMLParser

from worker.errors import PayloadError
from worker.extract import jsonld
from worker.extract.declared import Declared, read_declared
from worker.extract.draft import Draft
from worker.extract.fields.access import put_access
from worker.extract.fields.article_type import put_article_type
from worker.extract.fields.authors import put_authors
from worker.extract.fields.dates import put_dates
from worker.extract.fields.headline import plain, put_headline
from worker.extract.fields.images import put_images
from worker.extract.fields.kind import put_address, put_language, put_section, says_index
from worker.extract.fields.publisher import put_publisher
from worker.extract.fields.searched_date import search_date
from worker.extract.fields.subtitle import put_subtitle
from worker.extract.fields.tags import put_tags
from worker.extract.fragment import Block, blocks_of_fragment, blocks_of_text, looks_like_markup
from worker.extract.main_content import VERSIONS, MainContent, Mode, cut_whole, find_main, parse, witness_of
from worker.extract.refusal import Evidence, check
from worker.extract.surroundings import surroundings_of
from worker.extract.unrendered import read_unrendered
from worker.model import Issue, Provenance
from worker.text.markup import MOST_ATTRIBUTES, has_giant_tag
from worker.text.urls import absolute
from worker.text.whitespace import count_words

_STATED: Final = 0.7  # confidence from which a date was stated, not only found in the text
_LEAST_BODY_WORDS: Final = (
    40  # of JSON-LD articleBody, below which it is a teaser; of a page, below which that goes first
)


def read_page(text: str, url: str | None, body: list[Block] | None = None, mode: Mode = "default") -> Draft:
    """Read a page into a draft; `body` is what a publisher's profile gave for it, then none is looked for.

    Raises PayloadError for pages that are no article (`worker.extract.refusal` has the causes), `markup_invalid` where
    no tree can be made.
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
    put_headline(draft, said, node, url or draft.values.get("canonical_url"))
    found = MainContent([], 0.0, cut=False, all_blocks=[], first=0)
    if body is None:
        found = _main(tree, text, said, node, mode)
        draft.blocks, origin, expected = _body(text, found, node, draft, said.title)
        if draft.blocks and _repeats(draft.blocks[0], draft.values.get("headline") or ""):
            del draft.blocks[0]
        draft.provenance["body"] = Provenance(origin, "main text", round(expected, 2))
    else:
        draft.blocks = list(body)
    put_article_type(draft, said, node, url or draft.values.get("canonical_url"))
    put_access(draft, said, node, found)
    around = surroundings_of(found, [draft.values.get("headline") or "", *(item.text for item in said.headings[:1])])
    if not put_dates(draft, said, node, url or draft.values.get("canonical_url"), around):
        _search_date(draft, said, url or draft.values.get("canonical_url"), text, tree, found)
    if body is None:
        _refuse(draft, said, node, found, text)
    put_authors(draft, said, node, around)
    if draft.blocks and draft.blocks[-1][0] == around.signed and around.signed in draft.values.get("authors", ()):
        del draft.blocks[-1]
    put_tags(draft, said, node, tree)
    put_section(draft, said, node)
    put_language(draft, said, node)
    put_images(draft, said, node, tree, base)
    put_subtitle(draft, said, node, found)
    return draft


def _main(tree: LexborHTMLParser, text: str, said: Declared, node: jsonld.Node | None, mode: Mode) -> MainContent:
    """Find the main text; elsewhere in the source where the page shows next to nothing and JSON-LD has none."""
    witness = witness_of(said)
    found = find_main(tree, witness, mode)
    if _words(found) >= _LEAST_BODY_WORDS or (node is not None and node.get("articleBody")):
        return found
    return read_unrendered(text, witness, mode, _LEAST_BODY_WORDS) or found


def _words(found: MainContent) -> int:
    return sum(count_words(block.text) for block in found.blocks)


def _search_date(
    draft: Draft,
    said: Declared,
    url: str | None,
    text: str,
    tree: LexborHTMLParser,
    found: MainContent,
) -> None:
    """Put the day that a search over the whole page finds: dates of change stand in its footer."""
    blocks = cut_whole(tree).blocks
    opening = found.all_blocks[found.first].text if found.all_blocks else draft.blocks[0][0] if draft.blocks else ""
    first = next((at for at, block in enumerate(blocks) if block.text == opening), 0)
    if searched := search_date(blocks, first, said, url, text):
        draft.put("published_at", searched.stamp.value, "search", searched.method, 0.5)
        if searched.stamp.ambiguous:
            draft.issues.append(Issue("date_ambiguous", "published_at", f"read as {searched.stamp.value}"))


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
    if _words(found) < _LEAST_BODY_WORDS and node is not None:
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


def _refuse(draft: Draft, said: Declared, node: jsonld.Node | None, found: MainContent, text: str) -> None:
    date = draft.provenance.get("published_at")
    dated = date is not None and date.confidence >= _STATED
    article = node is not None or draft.article_type != "unknown" or dated
    evidence = Evidence(
        draft.values.get("headline") or "",
        node=node is not None,
        article=article,
        collection=says_index(said) or ((said.first("og:type") or ("", ""))[1].casefold() == "website" and not dated),
        timed="article:published_time" in said.meta,
        scripts=text.count("<script"),
    )
    check(draft.blocks, found, evidence)
