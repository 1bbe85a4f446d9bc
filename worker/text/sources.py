"""What a text says of its sources: media and statements that it names, notices of releases, copyright; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEAD, _TAIL = 400, 600  # characters in which notices and boilerplate of releases stand
_REACH: Final = 40  # characters beside a name in which its cue stands
_COPYRIGHT: Final = re.compile(
    r"(?:©|\(c\)|copyright)\s{0,3}(?:by\s{1,3})?(?:\d{4}\s{1,3})?(?:by\s{1,3}|the\s{1,3})?([^\n.]{2,60})", re.IGNORECASE
)
_CREDIT_LINE: Final = re.compile(
    r"(?<![^\W\d_])(?:sources?|quellen?|fuente|fonte|bron|källa|kilde|źródło|zdroj|kaynak|sumber|источник|джерело)\s?:"
    r"\s{0,3}([^\n.]{2,60})|(?<![^\W\d_])(?:with (?:material|reporting) (?:of|from|by)|mit material von|"
    r"additional reporting by|avec l['’]|con información de)\s{1,3}([^\n.]{2,60})",
    re.IGNORECASE,
)
_WIRES: Final = {
    "pr newswire": "PR Newswire", "prnewswire": "PR Newswire", "business wire": "Business Wire",
    "businesswire": "Business Wire", "globenewswire": "GlobeNewswire", "globe newswire": "GlobeNewswire",
    "accesswire": "ACCESS Newswire", "access newswire": "ACCESS Newswire", "newsfile corp": "Newsfile",
    "ein presswire": "EIN Presswire", "presseportal": "news aktuell", "news aktuell": "news aktuell",
    "(ots)": "news aktuell", "ots:": "news aktuell", "eqs-news": "EQS", "eqs news": "EQS", "eqs-adhoc": "EQS",
    "apa-ots": "APA-OTS",
    "pressat": "Pressat", "prweb": "PRWeb", "tt newswire": "Cision",
}  # fmt: skip
_NOTICES: Final = (
    "for immediate release", "press release", "news release", "media release", "pressemitteilung", "presseinformation",
    "communiqué de presse", "comunicado de prensa", "nota de prensa", "comunicato stampa", "comunicado de imprensa",
    "persbericht", "pressmeddelande", "pressemelding", "pressemeddelelse", "informacja prasowa", "tisková zpráva",
    "пресс-релиз", "прес-реліз", "basın bülteni", "siaran pers", "プレスリリース", "新闻稿", "보도자료", "بيان صحفي",
)  # fmt: skip
_CONTACTS: Final = (
    "media contact", "press contact", "media inquiries", "media relations contact", "pressekontakt", "contact presse",
    "contacto de prensa", "contatto stampa", "perscontact", "presskontakt", "forward-looking statements",
    "view source version",
)  # fmt: skip

# The last word of a medium's name, or the whole of it; capitalised words before it belong to it.
_MEDIA: Final = (
    "Times|Post|Journal|Herald|Tribune|Guardian|Gazette|Observer|Telegraph|Chronicle|Newspaper|News Agency|"
    "Press Agency|News|Zeitung|Spiegel|SPIEGEL|Nachrichtenagentur|Handelsblatt|Rundschau|Tagesspiegel|Bild|"
    "Figaro|Monde|Parisien|Libération|País|Mundo|Vanguardia|Repubblica|Corriere della Sera|Stampa|Folha|Globo|"
    "Gazeta|Wyborcza|Aftenposten|Dagblad|Nyheter|Pravda|Правда|BBC|CNN|NBC|CBS|ABC|Axios|Politico|POLITICO|"
    "Al Jazeera|Bloomberg|Reuters|AFP|Associated Press|dpa|TASS|ТАСС|Interfax|Интерфакс|Xinhua|Anadolu|Kyodo|"
    "EFE|ANSA|Укринформ|Укрінформ|Ukrinform"
)
_MEDIUM: Final = re.compile("|".join(sorted(_MEDIA.split("|"), key=len, reverse=True)))
_NAME_BEFORE: Final = re.compile(r"(?<![\w'’])(?:[A-ZÀ-ÞЀ-Я][\w&.'’-]{0,20} (?:of )?){1,3}$")
_NAME_REACH: Final = 70
_NO_NAME: Final = frozenset(
    "the as in on at but and when a an according citing die der das laut wie im in le la les selon el los según il lo "
    "secondo o os segundo de enligt ifølge według как по як за".split()
)  # words that open a sentence before a name
_DOCUMENT: Final = re.compile(
    r"(?:statement|press service|press release|press office|announcement) (?:of|by|from) (?:the )?"
    r"((?:[A-Z][\w&.'’-]{0,20}+ (?:of |for |and )?){0,5}[A-Z][\w&'’-]{1,20})"
)
_BEFORE: Final = re.compile(
    r"(?<!\w)(?:according to|citing|cited by|quoted by|reported by|first reported in|report (?:by|in|from)|told|"
    r"interview with|learned (?:this )?from|obtained by|laut|zufolge|gegenüber|berichte[nt]?|wie|zitiert|meldet|selon|"
    r"d['’]après|rapporte|cité par|según|informó|declaró a|secondo|segundo|conforme|volgens|enligt|ifølge|według|podle|"
    r"по данным|по информации|сообщает|передает|передаёт|со ссылкой на|пишет|за даними|повідомляє|з посиланням на|пише)"
    r"(?=\s{1,3}(?:(?:the|an?|der|die|das|dem|den|le|la|el|il|газет[аыу]|агентств[оау]) |l['’])?[\"“«„]?$)",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"[\"”»“]?,? (?:earlier |first |has |had |also |previously )?(?P<cue>reported|reports|said in a report|wrote|"
    r"writes|quoted|learned|revealed|berichtet\w*|schreibt|schrieb|meldet\w*|zufolge|rapporte|rapportait|informa|informó|"
    r"riporta|сообщ\w{2,6}|пишет|писал\w?|повідом\w{2,6}|пише)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source that a text names: `text[start:end]` is the name, `cue` the words that say so."""

    name: str
    start: int
    end: int
    cue: str


def named_sources(text: str) -> Iterator[Source]:
    """Yield media with a word of reporting beside them, and whose statements are told; in their order. Linear."""
    found = [source for match in _MEDIUM.finditer(text) if (source := _reported(text, match)) is not None]
    for match in _DOCUMENT.finditer(text):
        cue = text[match.start() : match.start(1)].strip()
        found.append(Source(match[1], match.start(1), match.end(1), cue))
    end = 0
    for source in sorted(found, key=lambda one: one.start):
        if source.start >= end:
            yield source
            end = source.end


def _reported(text: str, medium: re.Match[str]) -> Source | None:
    start, end = medium.span()
    if text[end : end + 1].isalnum():
        return None
    if before := _NAME_BEFORE.search(text, max(0, start - _NAME_REACH), start):
        start = before.start()
        words = before[0].split()
        while words and words[0].casefold() in _NO_NAME:
            start = text.index(words.pop(0), start)
            start = text.index(" ", start) + 1
    elif text[start - 1 : start].isalnum():
        return None
    cue = _BEFORE.search(text, max(0, start - _REACH), start) or _AFTER.match(text, end, end + _REACH)
    return Source(text[start:end], start, end, cue["cue"] if cue.re is _AFTER else cue[0]) if cue else None


def release_marker(text: str) -> tuple[str, str | None] | None:
    """Give what marks a text as a press release, and the service that distributes it; None where nothing does.

    The service at the beginning or end; a notice at the beginning; a press contact at the end beside either is no proof
    alone, as journalists print them too.
    """
    head, tail = text[:_HEAD].casefold(), text[-_TAIL:].casefold()
    for form, service in _WIRES.items():
        if _has(head, form) or _has(tail, form):
            return form, service
    notice = next((form for form in _NOTICES if head.lstrip().startswith(form)), None)
    if notice is None and any(form in tail for form in _CONTACTS):
        notice = next((form for form in _NOTICES if form in head), None)
    return None if notice is None else (notice, None)


def _has(text: str, form: str) -> bool:
    at = text.find(form)
    return at >= 0 and not (form[0].isalpha() and text[at - 1 : at].isalpha())


def owners(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the claims of copyright (true) and the credits "Source: …" (false) at the end of a text."""
    tail = text[-_TAIL:]
    for match in _COPYRIGHT.finditer(tail):
        yield True, match[1]
    for match in _CREDIT_LINE.finditer(tail):
        yield False, match[1] or match[2]
