"""The text of a mail without what is not the article: quoted replies, signatures, press-release furniture."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree
from lxml.html import HTMLParser, document_fromstring

from worker.extract.fragment import Block, blocks_of_fragment
from worker.extract.wrapped import blocks_of_wrapped

_WROTE: Final = re.compile(
    r"^(?:on|am|le|el|il|op|dnia|em)\b.{6,160}"
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|napisał|escreveu)\b.{0,80}:$",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^[\s-]*(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|"
    r"oorspronkelijk bericht)[\s-]*$",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"^[\s-]*(?:begin )?(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado)[\s:-]*$",
    re.IGNORECASE,
)
_HEAD_LINE: Final = re.compile(
    r"^\s*\*?(?:from|to|cc|date|sent|subject|reply-to|von|an|datum|gesendet|betreff)\*?:", re.IGNORECASE
)
_END: Final = re.compile(
    r"^\W*(?:ends?|ende|fin|30|#{2,3}|#\s+#\s+#)\W*$",
    re.IGNORECASE,
)
_RELEASE: Final = re.compile(
    r"^\W*(?:for immediate release|press release|news release|media release|zur sofortigen veröffentlichung|"
    r"pressemitteilung|communiqué de presse|comunicado de prensa)\W*$",
    re.IGNORECASE,
)
_EMBARGO: Final = re.compile(
    r"^\W*(?:embargo(?:ed)?|sperrfrist)\b\W*(?:(?:until|till|to|for|bis)\b)?\W*(.{0,100})$", re.IGNORECASE
)
_SIGNATURE: Final = re.compile(r"^--\s?$")
_LONGEST_SIGNATURE: Final = 15  # lines after a bare `--`; a rule in the middle of a text is none
_LONGEST_MARK: Final = 30  # characters of an end mark: `- ENDS -`
_LEAST_WORDS: Final = 25
_HEADERS: Final = 6  # blocks of a release at whose start its furniture may stand
_QUOTING: Final = re.compile(
    r"gmail_quote|gmail_signature|moz-signature|moz-cite-prefix|type=[\"']?cite|yahoo_quoted", re.IGNORECASE
)
_QUOTES: Final = frozenset("gmail_quote gmail_signature moz-signature moz-cite-prefix yahoo_quoted".split())
_MOST_MARKUP: Final = 2_000_000  # characters of HTML that are parsed twice, to take quotes out


def blocks_of_plain(text: str) -> list[Block]:
    """Give the paragraphs of a plain-text mail, without quotes and signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return blocks_of_wrapped("\n".join(_without_signature(_own(lines))))


def blocks_of_html(markup: str) -> list[Block]:
    """Give the paragraphs of an HTML mail, without quotes and signature."""
    if _QUOTING.search(markup) and len(markup) < _MOST_MARKUP:
        markup = _without_quotes(markup)
    return blocks_of_fragment(markup)


def _without_quotes(markup: str) -> str:
    try:
        tree = document_fromstring(markup.encode("utf-8", "replace"), parser=HTMLParser(encoding="utf-8"))
        whole = "".join(map(str, tree.itertext()))
        for node in [node for node in tree.iter() if _is_quote(node)]:
            _drop(node)
        left = etree.tostring(tree, encoding="unicode", method="html")
    except (etree.LxmlError, ValueError, AssertionError):
        return markup
    # A mail that is nothing but a quote (a release passed on) is read whole.
    return markup if whole.strip() and not "".join(map(str, tree.itertext())).strip() else left


def _drop(node: etree._Element) -> None:
    """Empty an element; the text behind it stays where it is."""
    tail = node.tail
    node.clear()
    node.tail = tail


def _is_quote(node: etree._Element) -> bool:
    cited = node.tag == "blockquote" and (node.get("type") or "").lower() == "cite"
    return cited or not _QUOTES.isdisjoint((node.get("class") or "").split())


def _own(lines: list[str]) -> list[str]:
    """Give the lines of the sender's own; where a mail only passes another on, the lines of that one."""
    for number, line in enumerate(lines):
        plain = line.strip()
        if _FORWARDED.match(plain):
            return _own(_after_heads(lines[number + 1 :])) if _words(lines[:number]) < _LEAST_WORDS else lines[:number]
        if number and _ORIGINAL.match(plain) and _words(lines[:number]):
            return _unquoted(lines[:number])
    return _unquoted(lines)


def _after_heads(lines: list[str]) -> list[str]:
    at = 0
    while at < len(lines) and (not lines[at].strip() or _HEAD_LINE.match(lines[at])):
        at += 1
    return lines[at:]


def _unquoted(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if not line.startswith(">"):
            kept.append(line)
            continue
        # The line that introduces the quote goes with it; it may be wrapped.
        for length in (1, 2, 3):
            while kept and not kept[-1].strip():
                kept.pop()
            if len(kept) >= length and _WROTE.match(" ".join(part.strip() for part in kept[-length:])):
                del kept[-length:]
                break
    return kept if any(line.strip() for line in kept) else [line.lstrip("> ") for line in lines]


def _without_signature(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    for number, line in enumerate(lines):
        if not _SIGNATURE.match(line):
            continue
        if line == "-- " or first < number >= len(lines) - _LONGEST_SIGNATURE:
            return lines[:number]
    return lines


def _words(lines: list[str]) -> int:
    return sum(len(line.split()) for line in lines)


def trim_release(blocks: list[Block]) -> tuple[list[Block], str | None]:
    """Take a press release's furniture out: notices at its start, and what follows its end mark (contacts, notes).

    Gives the blocks, and what stands in an embargo notice (None where there is none).
    """
    embargo: str | None = None
    kept: list[Block] = []
    words = 0
    for number, (text, kind) in enumerate(blocks):
        plain = text.strip()
        if number < _HEADERS and _RELEASE.match(plain):
            continue
        if number < _HEADERS and embargo is None and (found := _EMBARGO.match(plain)) is not None:
            embargo = found[1].strip(" .:*")
            continue
        if words >= _LEAST_WORDS and len(plain) < _LONGEST_MARK and _END.match(plain):
            break
        kept.append((text, kind))
        words += len(text.split())
    return kept, embargo
