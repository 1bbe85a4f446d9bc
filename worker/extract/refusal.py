"""What a page is that is no article: an index, an error, a robot check, a consent notice, a wall, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from worker.errors import PayloadError
from worker.extract.blocks import Block
from worker.extract.features import plain
from worker.extract.main_content import MainContent
from worker.text.whitespace import count_words

# What such pages say, by what they are; looked for in the title and in short texts.
_WORDS: Final = {
    "error_page": (
        r"\b(?:404|403|50[0234]|page (?:can(?:no|')t be |not )found|not found|access (?:to this page has been )?denied|"
        r"forbidden|service (?:temporarily )?unavailable|bad gateway|internal server error|interner serverfehler|"
        r"page introuvable|seite (?:wurde )?nicht gefunden|página no (?:encontrada|existe)|página não encontrada|"
        r"pagina non trovata|pagina niet gevonden|strona nie istnieje|sidan hittades inte|страница не найдена|"
        r"сторінку не знайдено|sayfa bulunamadı|ページが見つかりません|页面不存在|頁面不存在|الصفحة غير موجودة|"
        r"페이지를 찾을 수 없습니다|không tìm thấy trang|पृष्ठ नहीं मिला)(?!\w)"
    ),
    "robot_check": (
        r"\b(?:just a moment|are you a robot|captcha|attention required|pardon our interruption|"
        r"verify(?:ing)? you are (?:a )?human|checking your browser|made us think you were a (?:ro)?bot)\b"
    ),
    "consent_wall": r"\b(?:cookie consent|before you continue)\b",
}
_SENTENCES: Final = {
    "error_page": r"sorry, we (?:can(?:no|['’])t|could ?n[o'’]t) find|(?:page|article) you (?:are|were) looking for",
    "consent_wall": (
        r"store (?:and/or|and|or) access information on (?:a|your) device|we and our (?:\d+ )?(?:trusted )?partners|"
        r"accept all|reject all|zustimmung erforderlich|weiterlesen mit werbung|alle akzeptieren|tout accepter|"
        r"aceptar todo|accetta tutt[oi]"
    ),
    "script_shell": r"enable javascript|javascript (?:is disabled|aktivieren)|activ(?:er|ar|e) (?:le )?javascript",
    "paywall": (
        r"subscribe to (?:read|continue)|this (?:article|content) is for subscribers|already a subscriber|"
        r"log ?in to (?:read|continue|your account)|subscribers[- ]only|to continue reading|um weiterzulesen|"
        r"(?:jetzt|mit .{1,20}) weiterlesen|nur für abonnenten|réservé aux abonnés|"
        r"il vous reste .{1,40} à (?:lire|découvrir)|"
        r"(?:solo|exclusivo) para (?:suscriptores|assinantes|abonados)|riservato agli abbonati|alleen voor abonnees|"
        r"(?:kun )?for abonnenter|för prenumeranter|dla prenumeratorów|только для подписчиков|有料会員|会員限定"
    ),
}
_STATED: Final = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _WORDS.items()}
_SAID: Final = {code: re.compile(pattern, re.IGNORECASE) for code, pattern in _SENTENCES.items()}
PAYWALL: Final = _SAID["paywall"]
"""What stands where the rest of an article would."""
_LISTINGS: Final = re.compile(
    r"^(?:search results|results for|suchergebnisse|résultats de (?:la )?recherche|resultados de (?:la )?búsqueda|"
    r"(?:tags?|category|categories|archives?|kategorie|schlagwort|catégorie|categoría) ?[:|–-]|"
    r"(?:all|alle) (?:articles|posts|artikel|beiträge) )",
    re.IGNORECASE,
)
_SHORT_WORDS: Final = 120  # a longer text is no notice
_FEW_WORDS: Final = 25
_LONGEST_WORD: Final = 16  # characters a word, more than in any text with blanks
_LONGEST_WALL: Final = 2_000  # characters of the text's beginning that are searched
_PARAGRAPH: Final = 30  # words of a block that is no teaser
_ENOUGH_PROSE: Final = 120
_INDEX_SHARE: Final = 0.6  # of a main text in links that makes it a list of links
_TEASER_SHARE: Final = 0.9  # of a main text in teasers that makes it an index; guides with linked headings reach .84
_DOUBTFUL: Final = 0.5  # … and expected F1 below which list items with a link are teasers, too
_LEAST_TEASERS: Final = 5
_LONGEST_TEASER: Final = 400  # characters
_LINKED: Final = 0.6  # of a title's characters: a date may stand beside it
_SECTION_WORDS: Final = 4
_LEAST_LINES: Final = 10  # linked lines on a page without text that make it an index
_LOOK_BACK: Final = 3  # blocks before a teaser among which its linked title stands
_LEAST_TITLE: Final = 12  # characters of such a title: shorter links are names and dates


@dataclass(frozen=True, slots=True)
class Evidence:
    """What else the page says: its `headline`, and four answers.

    `node`: JSON-LD holds an article. `article`: that, a stated date or another witness calls it one. `collection`: it
    calls itself one. `timed`: it states the time of publication. `scripts`: how many it has.
    """

    headline: str
    node: bool
    article: bool
    collection: bool
    timed: bool
    scripts: int


def check(blocks: Sequence[tuple[str, str]], found: MainContent, evidence: Evidence) -> None:
    """Refuse a page that is no article.

    Raises PayloadError `error_page`, `robot_check`, `consent_wall`, `paywall`, `script_shell`, `index_page` where it
    tells what it is, `article_missing` where there is next to no text.
    """
    # Where no blanks part words (a wrong charset), the characters tell how much there is.
    words = sum(max(count_words(text), len(text) // _LONGEST_WORD) for text, _ in blocks)
    if evidence.node and words >= _FEW_WORDS:
        return
    if words < _SHORT_WORDS and (notice := _notice(blocks, found, evidence)):
        raise notice
    if words < _FEW_WORDS and not evidence.article:
        shown = sum(count_words(block.text) for block in found.all_blocks)
        if evidence.scripts and shown < _FEW_WORDS:
            raise PayloadError("script_shell", f"it shows {shown} words and has {evidence.scripts} scripts")
        lines = sum(map(_is_title, found.all_blocks))
        if lines >= _LEAST_LINES and not _is_headed(found, evidence.headline):
            raise PayloadError("index_page", f"{words} words of text and {lines} lines that are links")
        raise PayloadError("article_missing", f"{words} words of text and nothing that says it is an article")
    if not evidence.node and (reason := _index(found, evidence)):
        raise PayloadError("index_page", reason)


def _notice(blocks: Sequence[tuple[str, str]], found: MainContent, evidence: Evidence) -> PayloadError | None:
    """Tell what a page of few words is by what it says in its title, its text, or (without one) anywhere."""
    title = evidence.headline
    for code, words in _STATED.items():
        if said := words.search(title):
            return PayloadError(code, f"its title says: {said[0][:80]}")
    texts = [text for text, _ in blocks]
    opening = " ".join(texts)[:_LONGEST_WALL]
    for where, text in (("text", opening), ("title", title), ("text", _all(found) if not texts else "")):
        for code, words in _SAID.items():
            if said := words.search(text):
                return PayloadError(code, f"its {where} says: {said[0][:80]}")
    return None


def _all(found: MainContent) -> str:
    return " ".join(block.text for block in found.all_blocks[:50])[:_LONGEST_WALL]


def _index(found: MainContent, evidence: Evidence) -> str | None:
    """Say what tells an index, by its main text alone: what stands beside an article says nothing of it."""
    size = sum(len(block.text) for block in found.blocks)
    if not size or _prose(found) >= _ENOUGH_PROSE:
        return None  # teasers of an index page are short
    if not evidence.article and (listing := _LISTINGS.search(evidence.headline)):
        return f"its title says: {listing[0].strip()}"
    linked = sum(block.linked for block in found.blocks) / size
    if linked >= _INDEX_SHARE and not evidence.timed:
        return f"{linked:.0%} of its text are links"
    teasers = [*_teasers(found)]
    share = sum(teasers) / size
    if len(teasers) >= _LEAST_TEASERS and share >= _TEASER_SHARE and (not evidence.article or evidence.collection):
        return f"{len(teasers)} teasers are {share:.0%} of its text"
    if not evidence.article and (title := _linked_title(found)) and plain(title) != plain(evidence.headline):
        titles = sum(block.kind == "heading" and _is_title(block) for block in found.all_blocks)
        if titles >= _LEAST_TEASERS:
            return f"its text belongs to one of {titles} linked headings: {title[:80]}"
    return None


def _linked_title(found: MainContent) -> str | None:
    """Give the heading right before the main text where that is a link to somewhere: to the article, as a rule."""
    before = found.all_blocks[max(0, found.first - _LOOK_BACK) : found.first]
    return next((block.text for block in reversed(before) if block.kind == "heading" and _is_title(block)), None)


def _is_headed(found: MainContent, headline: str) -> bool:
    """Tell whether a heading that is no link says the headline, in so many words that it is no section's name."""
    own = plain(headline) if count_words(headline) > _SECTION_WORDS else ""
    return any(block.kind == "heading" and not block.linked and plain(block.text) == own for block in found.all_blocks)


def _is_title(block: Block) -> bool:
    return len(block.text) >= _LEAST_TITLE and block.linked >= _LINKED * len(block.text)


def _prose(found: MainContent) -> int:
    """Give the words of the main text that stand in whole paragraphs: 30 words and more, few of them in links."""
    sizes = (
        count_words(block.text) for block in found.blocks if block.kind == "text" and 3 * block.linked < len(block.text)
    )
    return sum(size for size in sizes if size >= _PARAGRAPH)


def _teasers(found: MainContent) -> Iterator[int]:
    """Yield the sizes of the blocks that are linked titles or the short texts behind one."""
    chosen = {id(block) for block in found.blocks}
    blocks = found.all_blocks
    for at, block in enumerate(blocks):
        if id(block) not in chosen:
            continue
        size = len(block.text)
        if block.linked >= _LINKED * size:
            yield size
        elif size <= _LONGEST_TEASER:
            before = blocks[max(0, at - _LOOK_BACK) : at]
            own = found.expected_f1 < _DOUBTFUL and block.kind == "list" and block.linked > 0
            if own or any(map(_is_title, before)):
                yield size
