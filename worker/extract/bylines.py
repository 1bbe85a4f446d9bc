"""Bylines to names: persons apart from organisations; no addresses, no places, no credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worker.text.whitespace import squeeze

_LONGEST_NAME: Final = 60
_MOST_WORDS: Final = 6
_MOST_NAMES: Final = 40
_MOST_CHARS: Final = 2_000  # of all bylines of an article together; longer ones are biographies
# What stands before names, in the larger European languages.
LEAD: Final = re.compile(
    r"^(?:(?:written|posted|published|report(?:ed|ing)?|story|text|words|article|author)\s+by\b:?|"
    r"(?:by|von|vom|от|par|por|di|da|de la redacción de|door|av|af|av:|od|przez|napsal|autor(?:in|a|zy|es|s)?|"
    r"author(?:s)?|auteur(?:s)?|autore|text|texte|texto|tekst|автор|текст|yazan|oleh|"
    r"ditulis oleh|bài|文|記者|取材)\s*[:／/]?\s+|"
    r"(?:by|text|texte|texto|tekst|autor|author|автор|текст|auteur|autore|ρεπορτάζ|κείμενο|reportage|"
    r"文|記者|记者|作者)\s*[:：／/]\s*)",
    re.IGNORECASE,
)
_SPLIT: Final = re.compile(
    r"\s*[,;|•·、，；/]\s*|\s+(?:and|und|et|y|e|og|och|en|ja|i|ve|dan|và|и|та|&|with|mit|avec)\s+|\s+[–—]\s+|\s+-\s+",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"\s*(?:(?:기자|특파원)(?:\s*외\s*\d+명)?|記者|记者|通信员|외\s*\d+명|\(.{0,60}\)|\bfor\s+\S.*|\bin\s+[A-ZÄÖÜ]\w+$|\bа\s*:)\s*$"
)
_CREDENTIAL: Final = re.compile(
    r"^(?:ph\.?\s?d|m\.?\s?d|r\.?\s?d|r\.?n|m\.?s|m\.?a|b\.?a|mba|mph|esq|jr|sr|cpa|jd|rdn|cfp|dvm|facp|lcsw)\.?$",
    re.IGNORECASE,
)
_NO_NAME: Final = re.compile(
    r"https?:|www\.|@|[\d_<>{}=\[\]|*]|©|^\W*$|\.(?:com|net|org|de|fr|es|it|co|jp|vn|tr|ru|uk|nl)\b"
)
_AGENCIES: Final = frozenset(
    "ap afp dpa reuters ansa apa sda ats efe lusa belga ritzau ntb tt stt tass interfax xinhua kyodo jiji yonhap pti "
    "ani ians antara bernama upi pa anp pap ctk mti aa kna epd sid bloomberg unian ukrinform".split()
)
_AGENCY_NAMES: Final = (
    "associated press", "agence france-presse", "agence france presse", "thomson reuters", "deutsche presse-agentur",
    "press association", "anadolu", "europa press", "keystone-sda", "the canadian press", "press trust of india",
    "ritzau", "sid", "united press international",
)  # fmt: skip
# Words that stand in names of organisations and desks, not in those of persons.
_ORGANISATION_WORDS: Final = frozenset(
    "agency agencies agencia agencias agence agenzia agenturen agentur ajansı administrator admin academy ag alert "
    "alerts association authority bank board broadcasting bureau center centre channel city club college commission "
    "committee communications community company contributor contributors corporation correspondent council court "
    "department desk diario e.v editorial editor editors editors' federation foundation gazette gmbh group guest "
    "herald hospital inc info institut institute insurance journal kurier library limited llc ltd magazine magazin "
    "marketing media medien ministerio ministerium ministry ministère ministere museum nachrichten network news "
    "newsdesk newsletter newspaper newsroom noreply no-reply office online partners party plc police post prensa press "
    "presse pressestelle radio redacao redaction redacción redação redakce redakcja redaksi redaktion redactie "
    "redazione relations reporter reporters rundschau rédaction s.a school service services society solutions staff "
    "stiftung studio studios support team tageblatt television tema times tribune tv union universidad universitat "
    "university universität université verband verein webmaster website zeitung εφημερίδα редакция редакція новости "
    "агентство газета 新聞 通信 新闻 통신".split()
)
_ORGANISATION_ENDS: Final = (
    "redaktion",
    "zeitung",
    "agentur",
    "news",
    "redakteur",
    "redakteurin",
    "社",
    "通信",
    "新聞",
)
_ACRONYM: Final = 8  # letters of one word in capitals that is taken for an agency's: AFP, EFE, UKRINFORM stands above
JOB_WORDS: Final = (
    r"writer|correspondent|reporter|editor|korrespondentin|korrespondent|reporterin|correspondant|redakteur\w*|"
    r"photographer|chief|columnist"
)
"""What a person in a newsroom is, as part of a pattern."""
_JOBS: Final = re.compile(
    rf"\b(?:{JOB_WORDS}|"
    r"expert|author|director|manager|analyst|dietitian|journalist\w*|producer|officer|"
    r"founder|ceo|cto|strategist|specialist|consultant|freelance\w*|medewerker|periodista|giornalista|ressortleiter\w*)$",
    re.IGNORECASE,
)
# What follows these is no author of the text, and what pages say on buttons beside names.
_OTHERS: Final = re.compile(
    r"\s*[|•·,;(]?\s*(?<!\w)(?:(?:edited|(?:medically |expert |legally )?reviewed|fact[- ]?checked|checked|translated|"
    r"illustrated|updated|photograph\w*|photos?|bild(?:er)?|fotos?|illustrations?|video) ?(?:by|von|de|:)|"
    r"fact checked|full bio|read more|advertiser disclosure|see all|about the author|view profile|view bio|"
    r"follow(?: us)?\b|\d+\s*min(?:ute)?s?\.?(?: read)?).*$",
    re.IGNORECASE | re.DOTALL,
)
_DASH: Final = re.compile(r"\s[-–—|]\s")
_DOMAIN: Final = re.compile(r"^[\w-]+(?:\.[\w-]+)+$")
_LOGIN: Final = re.compile(r"^[^\W\dA-Z]+(?:[-._][\w]+)+$")
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_PARTICLES: Final = frozenset("de da di del della dos van von der den la le el bin al ibn ter ten zu af av y e".split())


@dataclass(frozen=True, slots=True)
class Names:
    """Who wrote an article, in the order of the source."""

    persons: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


def full_names(names: Iterable[str]) -> tuple[str, ...]:
    """Keep the names that have the form of a person's in full: two to four words in capitals, or an unspaced script."""
    return tuple(name for name in names if _UNSPACED.search(name) or _in_full(name))


def _in_full(name: str) -> bool:
    words = [word for word in name.split() if word.casefold() not in _PARTICLES]
    return 2 <= len(words) <= 4 and all(word[0].isupper() or not word[0].isascii() for word in words)  # noqa: PLR2004


def read_bylines(texts: Iterable[str], own: Iterable[str] = (), human: Iterable[str] = ()) -> Names:
    """Split bylines into names; `own` are names of the publisher and its site, which are organisations.

    `human` are names of persons for all that: of those who publish their own site.

    Lead words ("By", "Von", "Par") go, also credentials, places after the last comma, and addresses.
    """
    persons: dict[str, str] = {}
    organisations: dict[str, str] = {}
    told = {plain_name(name) for name in human}
    site = {plain_name(name) for name in own} - {""}
    budget = _MOST_CHARS
    for raw in texts:
        text = LEAD.sub("", _OTHERS.sub("", squeeze(raw[:budget])))
        budget -= len(text)
        for name in _without_seat(_parts(text), site):
            if len(persons) + len(organisations) >= _MOST_NAMES:
                break
            key = plain_name(name)
            if is_organisation(name, () if key in told else site):
                organisations.setdefault(key, name)
            elif _is_name(name):
                persons.setdefault(key, name)
        if budget <= 0:
            break
    return Names(tuple(persons.values()), tuple(organisations.values()))


def plain_name(name: str) -> str:
    """Letters and digits alone, case folded: two spellings of one name are equal."""
    return "".join(char for char in name.casefold() if char.isalnum())


def is_organisation(name: str, site: Iterable[str] = ()) -> bool:
    """Tell an agency, a desk, a company, a paper or the site itself from a person.

    `site` are names of the publisher and its site as `plain_name` has them.
    """
    folded = name.casefold()
    words = [word.strip(".,:;()'\"") for word in folded.split()]
    key = plain_name(name)
    if not _ORGANISATION_WORDS.isdisjoint(words) or any(word.endswith(_ORGANISATION_ENDS) for word in words):
        return True
    if len(words) == 1 and (words[0] in _AGENCIES or (name.isupper() and name.isascii() and len(name) <= _ACRONYM)):
        return True
    if any(agency in folded for agency in _AGENCY_NAMES) or any(map(str.isdigit, name)):
        return True
    return is_own(key, site)


def is_own(key: str, site: Iterable[str]) -> bool:
    """Tell whether a name, as `plain_name` has it, is one of the site's."""
    return any(key == own or (len(own) > 4 and own in key) or (len(key) > 5 and key in own) for own in site)  # noqa: PLR2004


def is_in_full(name: str) -> bool:
    """Tell whether a name has the form of a person's in full: two to four words in capitals, letters alone."""
    letters = name.replace("-", "").replace("'", "").replace("’", "").replace(".", "").replace(" ", "")
    return _in_full(name) and letters.isalpha()


def _parts(text: str) -> list[str]:
    """Cut a byline at commas, conjunctions and the like; a place behind full names is left out."""
    if "://" in text or "www." in text or "@" in text:
        return []
    if "," not in text and not _DASH.search(text) and not _ORGANISATION_WORDS.isdisjoint(text.casefold().split()):
        return [text]  # "Center for Drug Evaluation and Research"
    parts = []
    for raw in _SPLIT.split(text):
        name = _TAIL.sub("", LEAD.sub("", raw)).strip(' .:-–—"').lstrip("'")
        if name and not _CREDENTIAL.match(name) and not _JOBS.search(name):
            parts.append(name)
    full = [" " in part for part in parts]
    place = len(parts) > 1 and full[0] and not full[-1] and "," in text and text.rstrip().endswith(parts[-1])
    if place and parts[-1].casefold() not in _AGENCIES and not _UNSPACED.search(parts[-1]):
        parts.pop()  # "Anna Martel and Lea Wagner, Nairobi"
    return parts


def _without_seat(parts: list[str], site: Iterable[str]) -> list[str]:
    """Leave out where an organisation has its seat: `harbour-voice.example, Northport, Germany`."""
    seated = len(parts) > 1 and (is_organisation(parts[0], site) or _DOMAIN.match(parts[0]))
    return parts[:1] if seated and all(" " not in part for part in parts[1:]) else parts


def _is_name(name: str) -> bool:
    words = name.split()
    if len(name) > _LONGEST_NAME or len(words) > _MOST_WORDS or _NO_NAME.search(name):
        return False
    if not any(char.isalpha() for char in name) or name.endswith(("?", "!")):
        return False
    if len(words) == 1 and plain_name(name) in {"by", "von", "par", "por", "writtenby", "author", "autor", "and"}:
        return False
    if _LOGIN.match(name):
        return False  # sophie-foster, andrew.keaveney
    small = sum(word[0].islower() for word in words if word.casefold() not in _PARTICLES)
    return small <= len(words) // 2 or len(words) == 1 or bool(_UNSPACED.search(name))
