"""News agencies whose copy others print, and where an article credits one; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from worker.model import Article

By = Literal["byline", "dateline", "credit_line", "publisher"]


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency whose copy others print: number in the print, name, and how a credit spells it."""

    number: int
    name: str
    credit: re.Pattern[str]


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
_CREDIT: Final = re.compile(r"^.{0,60}?\(([^()]{2,40})\)|[-\u2013\u2014(]\s*([^-\u2013\u2014()]{2,40})\)?\s*$")


@dataclass(frozen=True, slots=True)
class Credit:
    """An agency that is credited, where, and how it is written there."""

    agency: Agency
    by: By
    text: str


def agencies_in(text: str) -> list[Agency]:
    """Give the agencies that a short text names, in its order."""
    found = ((match.start(), item) for item in AGENCIES if (match := item.credit.search(text)))
    return [item for _, item in sorted(found, key=lambda pair: pair[0])]


def credits_of(article: Article) -> Iterator[Credit]:
    """Yield the agencies that an article credits: authors, dateline, credit line at its end, publisher."""
    for by, claim in _claims(article):
        for item in AGENCIES:
            if item.credit.search(claim):
                yield Credit(item, by, claim)


def _claims(article: Article) -> Iterator[tuple[By, str]]:
    for name in (*article.author_organisations, *article.authors):
        yield "byline", name
    first, last = article.body[:100].split("\n", 1)[0], article.body[-60:].rsplit("\n", 1)[-1]
    places: tuple[tuple[By, str], ...] = (("dateline", first), ("credit_line", last))
    for by, text in places:
        if found := _CREDIT.search(text):
            yield from ((by, group) for group in found.groups() if group)
    if article.publisher is not None and article.publisher.kind == "agency" and article.publisher.name:
        yield "publisher", article.publisher.name
