"""What kind of article a page is, by a vote: what declares it, its address, section, headline and text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from worker.extract import jsonld
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.model import ArticleType, Issue, Provenance
from worker.text.whitespace import count_words

_SECTIONS: Final = frozenset(
    "opinion opinions op-ed oped commentary comment columns column columnists kommentar kommentare meinung meinungen "
    "opinione opinioni opinie opiniones opinião opiniao tribune tribunes editorial editorials editoriales leitartikel "
    "kolumne kolumnen debatt debat mnenie views idees perspectives gastkommentar ledare leder mielipide opinia görüş "
    "yazarlar мнения мнение колонки думка 社説 オピニオン".split()
)
_LIVE_PATH: Final = re.compile(
    r"/(?:liveblog|liveticker|live-updates|en-direct|directo|newsblog)(?:[/.-]|$)|-live-blog|liveticker|-liveblog"
)
_LIVE_FOLDER: Final = re.compile(r"/live(?:[/.]|$)")  # also of concerts, and of how to live
_VIDEO_PATH: Final = re.compile(r"/(?:video|videos|mediathek|watch)/")
_LIVE_HEAD: Final = re.compile(
    r"^(?:live(?:blog|ticker| updates| blog)?\s*[:|–-]|liveticker\b|newsblog\b|en direct\b|en directo\b|"
    r"в прямом эфире\b|онлайн\s*:)|\b(?:im liveticker|im newsblog|live updates|live blog)\b",
    re.IGNORECASE,
)
_OPINION_HEAD: Final = re.compile(
    r"^(?:opinion|op-ed|editorial|commentary|analysis & opinion|kommentar|gastkommentar|meinung|leitartikel|kolumne|"
    r"tribune|édito|opinión|opinião|opinione|opinie|ledare|leder|мнение)\s*[:|–—-]\s",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"^\D{0,12}\d{1,2}[:.h]\d{2}\b")
_ENTRIES: Final = 6  # paragraphs that begin with a clock's reading, from which on they are entries of a live blog
_STATED: Final = 1.0  # weight from which a kind that is more than "news" is taken
_FEW_WORDS: Final = 150  # of a text beside a video that is the page's main thing
_VIDEO_TYPES: Final = frozenset({"VideoObject", "NewsVideo"})
_TYPES: Final[dict[str, ArticleType]] = {"LiveBlogPosting": "live", "OpinionNewsArticle": "opinion"}
Vote = tuple[ArticleType, float, str]


def put_article_type(draft: Draft, said: Declared, node: jsonld.Node | None, url: str | None) -> None:
    """Set the kind with the most weight; a second one that is stated as well is an issue.

    `draft` has headline and blocks already. What is declared weighs 2 (JSON-LD), 1.5 (OpenGraph) or 1, the address
    and the section 1, headline and text .7. One of "live", "opinion" and "video" needs 1; else what calls itself an
    article is "news".
    """
    votes = [*_declared(said, node), *_shown(draft, node, url)]
    weights: dict[ArticleType, float] = {}
    for kind, weight, _ in votes:
        weights[kind] = weights.get(kind, 0.0) + weight
    special: dict[ArticleType, float] = {
        kind: weight for kind, weight in weights.items() if kind != "news" and weight >= _STATED
    }
    if not special and "news" not in weights:
        return
    chosen: ArticleType = max(special, key=lambda kind: special[kind]) if special else "news"
    draft.article_type = chosen
    _, weight, origin = max((vote for vote in votes if vote[0] == chosen), key=lambda vote: vote[1])
    draft.provenance["article_type"] = Provenance(origin, "vote", round(min(0.95, 0.5 + 0.2 * weights[chosen]), 2))
    others = sorted((kind for kind in special if kind != chosen), key=lambda kind: special[kind])
    if others:
        draft.issues.append(Issue("field_conflict", "article_type", f"{chosen} ({origin}) or {others[-1]}"))


def _declared(said: Declared, node: jsonld.Node | None) -> Iterator[Vote]:
    kinds = jsonld.types(node) if node is not None else set()
    yield from ((_TYPES[kind], 2.0, "json-ld") for kind in sorted(kinds & _TYPES.keys()))
    if kinds & jsonld.ARTICLE_TYPES:
        yield "news", 1.0, "json-ld"
    elif any(jsonld.types(item) & _VIDEO_TYPES for item in said.nodes):
        yield "video", 0.5, "json-ld:VideoObject"
    og = (said.first("og:type") or ("", ""))[1].casefold()
    if og.startswith("video"):
        yield "video", 1.5, "meta:og:type"
    elif og in {"article", "news", "newsarticle", "blog", "blogposting"}:
        yield "news", 0.5, "meta:og:type"
    if (said.first("article:opinion") or ("", ""))[1].casefold() == "true":
        yield "opinion", 1.0, "meta:article:opinion"
    if any(name.strip().casefold() in _SECTIONS for name in _sections(said, node)):
        yield "opinion", 1.0, "section"


def _shown(draft: Draft, node: jsonld.Node | None, url: str | None) -> Iterator[Vote]:
    path = _path(url)
    if _LIVE_PATH.search(path):
        yield "live", 1.0, "url"
    elif _LIVE_FOLDER.search(path):
        yield "live", 0.5, "url"
    if not _SECTIONS.isdisjoint(path.split("/")):
        yield "opinion", 1.0, "url"
    if _VIDEO_PATH.search(path) and node is None:
        yield "video", 1.0 if _words(draft) < _FEW_WORDS else 0.5, "url"
    headline = draft.values.get("headline") or ""
    if _LIVE_HEAD.search(headline):
        yield "live", 0.7, "headline"
    if _OPINION_HEAD.search(headline):
        yield "opinion", 1.0, "headline"
    if sum(bool(_CLOCK.match(text)) for text, _ in draft.blocks) >= _ENTRIES:
        yield "live", 0.7, "text:entries"


def _sections(said: Declared, node: jsonld.Node | None) -> Iterator[str]:
    for key in ("article:section", "og:article:section", "parsely-section", "cxenseparse:section"):
        yield from said.meta.get(key, ())[:2]
    if node is not None:
        yield from jsonld.list_of(node.get("articleSection"))[:3]


def _words(draft: Draft) -> int:
    return sum(count_words(text) for text, _ in draft.blocks)


def _path(url: str | None) -> str:
    try:
        return urlsplit(url or "").path.casefold()
    except ValueError:
        return ""
