"""Cuts a page's tree into blocks of text, each with what the classifier and the reader of the article need of it.

One walk over a lexbor tree, without recursion, so that no depth of nesting can harm it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from worker.model import ParagraphKind
from worker.text.whitespace import squeeze

SKIPPED: Final = frozenset(
    "head script style noscript template svg iframe object embed canvas audio video select option datalist textarea "
    "button input math map area progress meter dialog -comment !doctype".split()
)
# Elements that hold next to no article: 34 % of the dev pages' blocks stand in them and .0003 of the gold text.
# A footer within an article tells of its author and date.
FURNITURE: Final = frozenset({"nav", "footer"})
INLINE: Final = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp rt ruby s samp "
    "small span strike strong sub sup time tt u var wbr img picture source".split()
)
HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6".split())
_KINDS: Final[dict[str, ParagraphKind]] = {
    **dict.fromkeys(HEADINGS, "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list"),
    "blockquote": "quote",
    "tr": "table",
}
# What class, id, role and itemprop say, by the words found in them: one bit a group.
HINT_WORDS: Final = (
    "article|artikel|articulo|artigo|statya",
    "body|corpo|cuerpo|corps",
    "content|contents|inhalt|contenido|contenu",
    "entry|hentry",
    "post|posts|blog|blogpost",
    "story|news|noticia|notizia|nachricht",
    "text|texte|texto|testo|copy|prose|richtext|rte|wysiwyg|markdown|tekst",
    "main|primary|maincontent",
    "paragraph|para|graf|paragraphs",
    (
        "articlebody|entrycontent|postcontent|storybody|articlecontent|bodycopy|articletext|newstext|storycontent|"
        "postbody|bodytext|detailtext|fulltext"
    ),
    "lead|lede|intro|standfirst|dek|deck|summary|abstract|excerpt|teaser|kicker|subtitle|subheadline|subhead|chapeau",
    "headline|title|heading|titel|titre|titulo",
    (
        "comment|comments|commentlist|disqus|reply|respond|discussion|replies|kommentar|kommentare|leserkommentare|"
        "leserbriefe|commentaire|commentaires|comentario|comentarios|commenti|reacties|kommentarer|komentarze|community|"
        "forum|viafoura|spotim|coral"
    ),
    "sidebar|aside|rail|complementary|secondary|sidecol",
    "footer|foot|contentinfo|colophon|bottom",
    "header|masthead|top|topbar|banner",
    "nav|navigation|menu|navbar|submenu|breadcrumb|breadcrumbs|pager|pagination|toc|tabs|skip",
    (
        "related|recommended|recommendations|recirc|more|similar|readmore|also|seealso|moreon|outbrain|taboola|zergnet|"
        "weitere|mehr|verwandt|verwandte|empfehlungen|leseempfehlung|relacionados|relacionadas|correlati|aussi|voisins|"
        "upnext|youmaylike|dontmiss|promobox|teaserbox"
    ),
    "popular|trending|latest|mostread|recent|top10|hot|ticker",
    "share|sharing|social|facebook|twitter|whatsapp|addthis|sharedaddy|follow|bookmark",
    "newsletter|subscribe|subscription|signup|mailing|optin|register|registration",
    "ad|ads|advert|advertisement|adv|sponsor|sponsored|promo|promotion|anzeige|publicidad|dfp|gpt|adslot|commercial",
    "author|byline|authors|bio|writer|vcard|contributor|profile|autor|autoren|auteur|aboutauthor|authorbox|authorbio",
    "meta|date|time|timestamp|dateline|published|posted|info|details|datum|fecha|updated",
    "caption|figcaption|credit|credits|legend|photo|image|img|picture|figure|gallery|media|slideshow|carousel|slider",
    "tag|tags|taglist|topics|keywords|categories|category|label|labels",
    "widget|module|box|panel|card|cards|callout|infobox|factbox",
    "cookie|consent|gdpr|privacy|cmp|onetrust",
    "modal|popup|overlay|lightbox|tooltip|dropdown|drawer|toast",
    "login|paywall|premium|piano|metered|regwall|barrier|gate",
    "hidden|hide|screenreader|sr|visuallyhidden|invisible|offscreen|none|noprint|print",
    "quote|blockquote|pullquote|pull|epigraph",
    "list|items|item|grid|feed|archive|listing|results|teasers|listitem|river",
    "video|player|embed|audio|podcast|jwplayer|youtube|brightcove|oembed|tweet|instagram",
    "copyright|disclaimer|legal|terms|license|rights|imprint|correction|note|notes|editor|republish|republication|reprint",
    "form|search|input|button|btn|cta|poll|vote|survey|quiz|rating|ratings|review|reviews",
    "donate|donation|support|contribute|membership|member|shop|product|price|buy|affiliate",
    "live|liveblog|timeline|update|updates|event",
    "logo|brand|site|page|wrapper|wrap|container|layout|inner|outer",
    "column|col|row|section|block|region|zone|area|left|right|center",
)
_HINT_OF: Final = {word: 1 << bit for bit, words in enumerate(HINT_WORDS) for word in words.split("|")}
_WORDS_OF_NAME: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SMALL_WORDS: Final = re.compile(r"[a-z]+|\d+")  # the same for names in small letters
# What stands around a block, one bit each.
AROUND: Final = (
    "article", "main", "aside", "nav", "footer", "header", "figure", "form", "table", "list", "section", "quote",
    "heading", "details", "hidden", "caption", "itemprop_body",
)  # fmt: skip
_AROUND_BIT: Final = {name: 1 << bit for bit, name in enumerate(AROUND)}
_AROUND_OF: Final = {
    **{name: _AROUND_BIT[name] for name in ("article", "main", "aside", "nav", "footer", "header", "figure", "form")},
    **{name: _AROUND_BIT[name] for name in ("table", "section", "details")},
    **dict.fromkeys(("ul", "ol", "dl"), _AROUND_BIT["list"]),
    **dict.fromkeys(HEADINGS, _AROUND_BIT["heading"]),
    "blockquote": _AROUND_BIT["quote"],
    "figcaption": _AROUND_BIT["caption"],
}
_HIDDEN_STYLE: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
# Attributes that are read: whether they name things (True) or may hide them.
_READ_OF: Final = {
    **dict.fromkeys(("class", "id", "role", "itemprop"), True),
    **dict.fromkeys(("hidden", "aria-hidden", "style"), False),
}
_IN_ARTICLE: Final = _AROUND_BIT["article"]
# What the walk does at a node, by its tag; all others start a block.
_TEXT, _BLOCK, _INLINE, _BREAK, _CELL, _LEFT_OUT, _SKIP = range(7)
_STEPS: Final = {
    "-text": _TEXT,
    "br": _BREAK,
    **dict.fromkeys(("td", "th"), _CELL),
    **dict.fromkeys(INLINE, _INLINE),
    **dict.fromkeys(SKIPPED, _SKIP),
}
_MOST_BLOCKS: Final = 20_000
_ROOT: Final = 0


@dataclass(slots=True)
class Block:
    """One run of text between block-level borders.

    `element` and `parents` are positions in `Page.elements`; `hints` and `near` are bits of
    `HINT_WORDS` for all and for the nearest two elements around, `around` bits of `AROUND`.
    `linked` and `strong` count characters within links and within bold type.
    """

    text: str
    tag: str
    kind: ParagraphKind
    element: int
    depth: int
    hints: int
    near: int
    around: int
    linked: int
    links: int
    strong: int
    breaks: int


@dataclass(slots=True)
class Page:
    """All blocks of a page in order, and its block-level elements in document order.

    An element has the position of its parent, the position after its last descendant, and a signature
    that elements of the same tags and classes, up to the root, share.
    """

    blocks: list[Block] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [_ROOT])
    ends: list[int] = field(default_factory=lambda: [1])
    signatures: list[int] = field(default_factory=lambda: [0])
    cut: bool = False


@lru_cache(maxsize=65_536)
def hints_of(names: str) -> int:
    """Give the bits of `HINT_WORDS` for the words in a class, id, role or itemprop value."""
    bits = 0
    for name in names.split():
        bits |= _hints_of_name(name)
    return bits


@lru_cache(maxsize=65_536)
def _hints_of_name(name: str) -> int:
    if len(name) > 80:  # noqa: PLR2004  # generated names carry no hint
        return 0
    folded = name.lower()
    bits = _HINT_OF.get(folded.replace("-", "").replace("_", ""), 0)
    if name == folded and name.isascii():
        words = _SMALL_WORDS.findall(name)
    else:
        words = [word.lower() for word in _WORDS_OF_NAME.findall(name)]
    for word in words:
        if word in _HINT_OF:
            bits |= _HINT_OF[word]
    return bits


class _Place(NamedTuple):
    """What a block-level element hands down to the text in it."""

    element: int
    tag: str
    kind: ParagraphKind
    depth: int
    hints: int
    near: int
    own: int
    around: int


class _Walk:
    """The walk: the open block, what is inherited from the elements around, and the way back up.

    The stack holds what to go on with when the walk comes back up: next sibling, place, depth of
    links and of bold type, and whether the element was a block.
    """

    __slots__ = (
        "breaks", "in_link", "in_strong", "linked", "links", "page", "parts", "place", "signatures", "stack", "steps",
        "strong",
    )  # fmt: skip

    def __init__(self, page: Page, left_out: frozenset[str]) -> None:
        self.page = page
        self.steps = _STEPS | dict.fromkeys(left_out, _LEFT_OUT)
        self.place = _Place(_ROOT, "body", "text", 0, 0, 0, 0, 0)
        self.stack: list[tuple[Any, _Place, int, int, bool]] = []
        self.parts: list[str] = []
        self.in_link = self.in_strong = 0
        self.linked = self.links = self.strong = self.breaks = 0
        self.signatures: dict[tuple[int, str, str | None], int] = {}

    def run(self, node: Any) -> None:
        """Walk a node, its following siblings and all below them."""
        stack, step_of = self.stack, self.steps.get
        while True:
            if node is None:
                if not stack:
                    break
                node, outer, self.in_link, self.in_strong, block = stack.pop()
                if block and self.leave():
                    break
                self.place = outer
                continue
            tag = node.tag
            step = step_of(tag, _BLOCK)
            if step == _TEXT:
                self.add(node.text_content)
                node = node.next
            elif step == _BLOCK:
                node = self.block(node, tag)
            elif step == _INLINE:
                node = self.inline(node, tag)
            elif step == _BREAK:
                self.line_break()
                node = node.next
            elif step == _CELL:
                node = self.cell(node, tag)
            elif step == _LEFT_OUT and tag == "footer" and self.place.around & _IN_ARTICLE:
                node = self.block(node, tag)
            else:
                node = node.next
        self.close()

    def leave(self) -> bool:
        """End an element that is a block; tell whether the page has as many blocks as are read."""
        page = self.page
        if self.parts:
            self.flush()
        else:
            self.links = 0
        page.ends[self.place.element] = len(page.parents)
        page.cut = len(page.blocks) > _MOST_BLOCKS
        return page.cut

    def cell(self, node: Any, tag: str) -> Any:
        """Enter a cell of a table: part of its row's block, unless it holds blocks."""
        if _holds_blocks(node):
            return self.block(node, tag)
        if self.parts:
            self.parts.append(" | ")
        return self.down(node, block=False)

    def close(self) -> None:
        """End what is still open: the last block, the root, and more where a page is cut off."""
        if self.parts and not self.page.cut:
            self.flush()
        ends, end = self.page.ends, len(self.page.parents)
        element = self.place.element
        while element != _ROOT:
            ends[element] = end
            element = self.page.parents[element]
        ends[_ROOT] = end

    def down(self, node: Any, *, block: bool) -> Any:
        """Give the node to go on with: the first child, with the way back noted, or the next sibling."""
        child = node.child
        if child is None:
            return node.next
        self.stack.append((node.next, self.place, self.in_link, self.in_strong, block))
        return child

    def add(self, text: str) -> None:
        """Add text to the open block; blanks do not begin one, and do not part two line breaks."""
        parts = self.parts
        if (not parts or parts[-1] == "\n") and text.isspace():
            return
        parts.append(text)
        if self.in_link or self.in_strong:
            size = len(text.strip())
            self.linked += size if self.in_link else 0
            self.strong += size if self.in_strong else 0

    def line_break(self) -> None:
        """Take one break as white space and two as the end of a paragraph."""
        if self.parts and self.parts[-1] == "\n":
            self.flush()
        elif self.parts:
            self.parts.append("\n")
            self.breaks += 1

    def inline(self, node: Any, tag: str) -> Any:
        """Enter an element within a line."""
        child = node.child
        if child is None:
            return node.next
        self.stack.append((node.next, self.place, self.in_link, self.in_strong, False))
        if tag == "a":
            self.in_link += 1
            self.links += 1
        elif tag in {"b", "strong"}:
            self.in_strong += 1
        return child

    def block(self, node: Any, tag: str) -> Any:
        """Enter an element that starts a line of its own."""
        if self.parts:
            self.flush()
        else:
            self.links = 0
        child = node.child
        if child is None:
            return node.next
        page, outer = self.page, self.place
        self.stack.append((node.next, outer, self.in_link, self.in_strong, True))
        own, around, names = 0, outer.around | _AROUND_OF.get(tag, 0), None
        if attributes := node.attributes:
            names = attributes.get("class")
            for name, value in attributes.items():
                read = _READ_OF.get(name)
                if read is None:
                    continue
                if read:
                    if value:
                        own |= hints_of(value)
                        if name == "itemprop" and value == "articleBody":
                            around |= _AROUND_BIT["itemprop_body"]
                elif _hidden(name, value):
                    around |= _AROUND_BIT["hidden"]
        number = len(page.parents)
        page.parents.append(outer.element)
        page.ends.append(number + 1)
        key = (page.signatures[outer.element], tag, names)
        page.signatures.append(self.signatures.setdefault(key, len(self.signatures) + 1))
        kind = _KINDS.get(tag, outer.kind)
        if outer.kind == "quote" and kind != "heading":
            kind = "quote"
        self.place = _Place(number, tag, kind, outer.depth + 1, outer.hints | own, own | outer.own, own, around)
        return child

    def flush(self) -> None:
        """Close the open block, which holds text and belongs to the current place."""
        text = " ".join("".join(self.parts).split())
        if text and not text.isprintable():
            text = squeeze(text)
        if text:
            place, size = self.place, len(text)
            self.page.blocks.append(
                Block(
                    text,
                    place.tag,
                    place.kind,
                    place.element,
                    place.depth,
                    place.hints,
                    place.near,
                    place.around,
                    min(self.linked, size),
                    self.links,
                    min(self.strong, size),
                    self.breaks,
                )
            )
        self.parts = []
        self.linked = self.links = self.strong = self.breaks = 0


def cut_blocks(body: Any, left_out: frozenset[str] = frozenset()) -> Page:
    """Cut the tree below a `LexborNode` into blocks, elements `left_out` not looked at.

    A page with more than 20,000 blocks is cut off (`Page.cut`).
    """
    page = Page()
    if body is not None:
        _Walk(page, left_out).run(body.child)
    return page


def _hidden(name: str, value: str | None) -> bool:
    if name == "style":
        return bool(value and _HIDDEN_STYLE.search(value))
    return name == "hidden" or value == "true"


def _holds_blocks(cell: Any) -> bool:
    child = cell.child
    while child is not None:
        tag = child.tag
        if tag not in INLINE and tag not in SKIPPED and tag not in {"-text", "br"}:
            return True
        child = child.next
    return False
