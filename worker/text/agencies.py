"""News agencies, and where an article credits one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from worker.model import Article

Place = Literal["byline", "dateline", "credit", "copyright", "publisher"]
"""Where a credit stands: among the authors, at the start or at the end of the body, or it is the publisher's name."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency whose copy others print: number in a dedupe print, name, and how a credit spells it."""

    number: int
    name: str
    credit: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency that an article credits, where, and in which words."""

    agency: Agency
    place: Place
    text: str


AGENCIES: Final = tuple(
    Agency(number, names[0], re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, names)) + r")(?!\w)"))
    for number, names in enumerate(
        (
            ("Reuters",),
            ("Associated Press", "AP"),
            ("Agence France-Presse", "AFP"),
            ("dpa", "Deutsche Presse-Agentur", "DPA"),
            ("EFE",),
            ("ANSA",),
            ("PA Media", "Press Association", "PA"),
            ("Xinhua", "新华社"),
            ("Kyodo", "共同通信"),
            ("TASS", "ТАСС"),
            ("Interfax", "Интерфакс"),
            ("PTI", "Press Trust of India"),
            ("ANI",),
            ("Bloomberg",),
            ("UPI", "United Press International"),
            ("Canadian Press",),
            ("AAP", "Australian Associated Press"),
            ("Yonhap", "연합뉴스"),
            ("APA", "Austria Presse Agentur"),
            ("SDA", "Keystone-SDA"),
            ("ANP",),
            ("Belga",),
            ("NTB",),
            ("TT", "TT Nyhetsbyrån"),
            ("Ritzau",),
            ("PAP",),
            ("Lusa",),
            ("Anadolu", "AA"),
            ("Europa Press",),
            ("IANS",),
            ("Antara",),
            ("Bernama",),
        ),
        start=1,
    )
)
"""In the order of their numbers, which the dedupe index has on record: add at the end."""

_CREDIT: Final = re.compile(r"^.{0,60}?\(([^()]{2,40})\)|[-\u2013\u2014(]\s*([^-\u2013\u2014()]{2,40})\)?\s*$")


def credited(article: Article) -> Credit | None:
    """Find the agency that the article credits: among its authors, in its dateline or last line, or as publisher."""
    claims: list[tuple[Place, str]] = [("byline", name) for name in (*article.author_organisations, *article.authors)]
    ends: tuple[tuple[Place, str], ...] = (
        ("dateline", article.body[:100].split("\n", 1)[0]),
        ("credit", article.body[-60:].rsplit("\n", 1)[-1]),
    )
    for place, text in ends:
        if found := _CREDIT.search(text):
            claims += [(place, group) for group in found.groups() if group]
    if article.publisher is not None and article.publisher.kind == "agency" and article.publisher.name:
        claims.append(("publisher", article.publisher.name))
    for place, claim in claims:
        if agency := named(claim):
            return Credit(agency, place, claim)
    return None


def named(text: str) -> Agency | None:
    """Find the first agency of the list that a short text names."""
    return next((item for item in AGENCIES if item.credit.search(text)), None)
