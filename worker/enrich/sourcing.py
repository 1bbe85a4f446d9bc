"""Sourcing: whose text this is, and whom it names as its source: agency, original publisher, press release."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from worker.model import Article, Attribution, Enriched, PressRelease, Provenance, Sourcing
from worker.ports import Annotation, Enricher
from worker.text.agencies import Credit, credited, named
from worker.text.urls import registered_domain

_ENDS: Final = 1500  # characters at either end of the body in which credits and markers stand
_REACH: Final = 50_000  # characters of the body in which sources are looked for
_MOST: Final = 20
_CUES_MOST: Final = 200  # places of one cue that are looked at
_CONFIDENCE: Final = {"byline": 0.95, "dateline": 0.9, "credit": 0.85, "copyright": 0.85, "publisher": 0.95}
_CACHES: Final = frozenset(
    {"ampproject.org", "google.com", "googleusercontent.com", "archive.org", "archive.ph", "bing.com"}
)
"""Hosts of copies whose canonical link leads to the page itself: no other publisher."""

_COPYRIGHT: Final = ("©", "(c)", "copyright", "all rights reserved", "alle rechte vorbehalten", "tous droits réservés")
_COPYRIGHT_REACH: Final = 80
_RELEASE: Final[Mapping[str, PressRelease]] = {
    "for immediate release": "immediate",
    "prnewswire": "wire",
    "pr newswire": "wire",
    "business wire": "wire",
    "businesswire": "wire",
    "globenewswire": "wire",
    "globe newswire": "wire",
    "ein presswire": "wire",
    "accesswire": "wire",
    "news aktuell": "wire",
    "(ots)": "wire",
    "media contact:": "contact",
    "media contacts:": "contact",
    "press contact:": "contact",
    "press enquiries:": "contact",
    "media enquiries:": "contact",
    "media inquiries:": "contact",
}
_LABELS: Final = (
    "press release",
    "pressemitteilung",
    "communiqué de presse",
    "comunicado de prensa",
    "comunicato stampa",
    "пресс-релиз",
)
"""A first line that begins so is the label of a press release; within a sentence the words mean any."""

_MEDIUM: Final = (
    "News Agency|Times|Post|News|Journal|Tribune|Herald|Gazette|Telegraph|Guardian|Independent|Observer|Chronicle|"
    "Daily|Mail|Express|Mirror|Magazine|Weekly|Broadcasting|Television|TV|Radio|Press|Review|Standard|Globe|Zeitung|Presse|"
    "Nachrichten|Rundfunk"
)
"""Words in the names of media; a name that has none must be one of those below."""

_OUTLETS: Final = (
    "BBC|CNN|CNBC|NBC|ABC|CBS|NPR|PBS|MSNBC|Politico|Axios|Bloomberg|Reuters|AFP|AP|TASS|Xinhua|Interfax|Kyodo|Yonhap|"
    "Le Monde|Le Figaro|Libération|El País|El Mundo|La Repubblica|Corriere della Sera|Der Spiegel|Die Zeit|Bild|ARD|"
    "ZDF|Al Jazeera|Al Arabiya|Haaretz|Nikkei|Asahi Shimbun|Yomiuri Shimbun|Forbes|Newsweek|The Economist|The Atlantic|"
    "The Sun|Sky News|ITV|RTÉ|NHK|Deutsche Welle|France 24|Euronews|Ukrinform|Meduza|RIA Novosti|BuzzFeed|ProPublica|"
    "Vox|Wired|The Verge|TechCrunch|Variety|Deadline|ESPN|Folha de S.Paulo|O Globo|Clarín|Associated Press|"
    "Agence France-Presse|Anadolu|Press Trust of India"
)
_NAME: Final = (
    rf"(?P<name>(?:{_OUTLETS})\b(?! ?[A-Z]\w)"
    rf"|(?:[A-Z][\w'\u2019&.-]{{1,30}} ){{1,4}}(?:{_MEDIUM})(?![\w-])(?: [A-Z][\w-]{{2,20}})?)"
)
_ARTICLE: Final = r"(?:(?:the|la|le|el|die|der|das|il|newspaper|broadcaster|state|news agency|magazine|daily) )"
_CUES_BEFORE: Final = (
    "According to",
    " according to",
    " citing",
    " cited by",
    " told",
    " reported by",
    " quoted by",
    " reports by",
    " report by",
    " reports in",
    " report in",
    " interview with",
    " interview to",
    " statement to",
    " laut",
    "Laut",
    " selon",
    "Selon",
    " según",
    "Según",
    " secondo",
    "Secondo",
)
_CUES_AFTER: Final = (
    " reported",
    " reports",
    " said in a report",
    " wrote",
    " writes",
    " first reported",
    " quoted",
    " cited",
    " learned",
    " revealed",
    " has learned",
    " berichtete",
    " berichtet",
    " a rapporté",
    " informó",
    " ha riferito",
)
_NAME_AFTER: Final = re.compile(rf" {_ARTICLE}{{0,3}}{_NAME}")
_NAME_BEFORE: Final = re.compile(rf"(?<!\w){_NAME},?$")
_WINDOW: Final = 130


class SourcingEnricher:
    """Credits at the ends of the text, canonical links to another domain, sources named in the text."""

    name = "sourcing"
    version = "1"

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        article = enriched.article
        head, tail = article.body[:_ENDS], article.body[-_ENDS:]
        credit = credited(article) or _copyright(tail)
        own = credit is not None and _is_own(article, credit)
        origin = _canonical_elsewhere(article)
        syndicated = credit.agency.name if credit and not own else origin
        sourcing = Sourcing(
            agency=credit.agency.name if credit else None,
            credit=credit.text.strip() if credit else None,
            by=credit.place if credit else None,
            syndicated_from=syndicated,
            canonical_domain=origin,
            press_release=_marker(head) or _marker(tail),
            sources=_sources(article),
        )
        if sourcing == Sourcing():
            return Annotation()
        provenance = {}
        if syndicated:
            place = credit.place if credit and not own else "canonical link"
            provenance["sourcing"] = Provenance(place, "credit" if credit and not own else "address", _sure(place))
        return Annotation(sourcing=sourcing, provenance=provenance)


def _marker(text: str) -> PressRelease | None:
    lowered = text.lower()
    if lowered.lstrip().startswith(_LABELS):
        return "label"
    return next((marker for words, marker in _RELEASE.items() if words in lowered), None)


def _sure(place: str) -> float:
    return _CONFIDENCE.get(place, 0.7)


def _copyright(text: str) -> Credit | None:
    lowered = text.lower()
    for words in _COPYRIGHT:
        at = lowered.find(words)
        line = text[at : at + _COPYRIGHT_REACH].split("\n", 1)[0] if at >= 0 else ""
        if agency := named(line):
            return Credit(agency, "copyright", line)
    return None


def _is_own(article: Article, credit: Credit) -> bool:
    """Tell whether the agency is the publisher itself, whose own copy is nobody's syndication."""
    if article.publisher is None:
        return False
    stem = (article.publisher.domain or "").split(".")[0]
    return bool(
        credit.place == "publisher"
        or credit.agency.credit.search(article.publisher.name or "")
        or (stem and stem == credit.agency.name.casefold().replace(" ", ""))
    )


def _canonical_elsewhere(article: Article) -> str | None:
    """Give the domain that the canonical link leads to when the page was fetched from another publisher's."""
    fetched, canonical = registered_domain(article.url), registered_domain(article.canonical_url)
    if not fetched or not canonical or fetched == canonical or fetched in _CACHES:
        return None
    same_name = fetched.split(".")[0] == canonical.split(".")[0]  # example.com and example.co.uk are one house
    return None if same_name else canonical


def _sources(article: Article) -> tuple[Attribution, ...]:
    """Find media that the text names as a source, once each; the publisher itself is none."""
    own = _plain(article.publisher.name) if article.publisher and article.publisher.name else ""
    found: dict[str, Attribution] = {}
    for item in sorted(_cited(article.body[:_REACH]), key=lambda item: item.start):
        key = _plain(item.name)
        if not (own and (key in own or own in key)):
            found.setdefault(key, item)
    return tuple(found.values())[:_MOST]


def _cited(text: str) -> Iterator[Attribution]:
    for cue in _CUES_BEFORE:
        for at in _all(text, cue):
            if found := _NAME_AFTER.match(text, at + len(cue), at + len(cue) + _WINDOW):
                yield _attribution(found, 0, cue)
    for cue in _CUES_AFTER:
        for at in _all(text, cue):
            start = max(0, at - _WINDOW)
            if found := _NAME_BEFORE.search(text[start:at]):
                yield _attribution(found, start, cue)


def _all(text: str, words: str) -> Iterator[int]:
    """Give the first places of some words; plain search is many times faster than one expression for all cues."""
    at = text.find(words)
    for _ in range(_CUES_MOST):
        if at < 0:
            return
        yield at
        at = text.find(words, at + len(words))


def _attribution(found: re.Match[str], offset: int, cue: str) -> Attribution:
    name = found["name"].rstrip(" .,")
    start = offset + found.start("name")
    return Attribution(name, start, start + len(name), cue.strip())


def _plain(name: str) -> str:
    return re.sub(r"^(?:the|an?) |\W+", "", name.casefold()) if name else ""


component: type[Enricher] = SourcingEnricher
