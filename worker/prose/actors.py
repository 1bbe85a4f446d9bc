"""Named actors of a text by rules: typed names, whose short forms and acronyms are joined, with roles; no model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from worker.model import Article, Entity, Place
from worker.prose.gazetteer import gazetteer
from worker.prose.names import (
    FIRST_NAMES,
    GROUP,
    NAME,
    NO_NAME,
    TITLES,
    UPPER,
    Mention,
    folded,
    mentions,
    personal,
    strip_titles,
)

Type = Literal["person", "organisation", "place", "other"]
_ACRONYM: Final = re.compile(rf"[{UPPER}][{UPPER}&-]{{1,7}}s?")
_BRACKETED: Final = re.compile(rf" ?\(([{UPPER}][{UPPER}a-z&-]{{1,9}})\)")
_OF: Final = re.compile(rf" (?:of|for|on) (?:the )?(?=[{UPPER}])")
_OF_AND: Final = re.compile(rf" (?:of|for|on|and) (?:the )?(?=[{UPPER}])")
_OF_SEVERAL: Final = frozenset("party alliance ministry department union federation".split())
_BODY: Final = re.compile(
    r" (?:commission|committee|council|ministry|parliament|police|government|central bank|supreme court|party"
    r"|alliance)\b"
)
_ELECTION: Final = re.compile(
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December) )?"
    r"(?:(?:1[5-9]|20)\d\d )?(?:[A-Z][\w'.-]{1,30} ){1,5}"
    r"(?:(?:general|presidential|parliamentary|federal|legislative|local|regional|municipal|gubernatorial|provincial"
    r"|state|primary|Senate|Assembly|leadership|special|mayoral|by|European Parliament) ){1,3}"
    r"(?:by-)?(?:elections?|referendum)\b(?: in [A-Z][a-z]{2,20})?"
)
_INSTITUTION: Final = (
    GROUP
    - frozenset(
        "american americans african west east north south northern southern eastern western new day war".split()
    )
) | frozenset(
    "organization organisation nations ministry front movement labour labor liberal liberals conservatives greens "
    "socialists communists trust institution academy federation guard regiment brigade".split()
)
_EVENTS: Final = frozenset(
    "war act treaty agreement games cup summit festival conference revolution battle olympics law bill day".split()
)
_ROLE: Final = re.compile(
    rf"((?:(?:[{UPPER}][\w.'-]{{1,30}}|[{UPPER}]\.(?:[{UPPER}]\.)*|of|the|for|\([{UPPER}]{{2,8}}\)|"
    r"president|minister|leader|spokesman|spokeswoman|chairman|director|secretary|mayor|governor|chief"
    r"|head|prime|foreign) ){1,12})$"
)
_APPOSITION: Final = re.compile(
    r", (?:the |a |an |its |their )?"
    r"((?:[\w'.-]{1,30} ){0,5}?(?:of|for) [^,.;\n]{2,50}|[\w'-]{3,30} [\w' -]{3,40}),"
)
_BLANKS: Final = re.compile(r"\S+")
_BACK: Final = 120  # characters before a name in which its role is looked for
_PUBLISHER: Final = "publisher"
_CASED: Final = 0.6  # share of a headline's words with a capital from which it is in title case
_WORD: Final = re.compile(r"[^\W\d_][\w'\u2019-]*")
_SMALL: Final = re.compile(r"\b[^\W\d_A-Z][\w'\u2019-]*")
_CAPITAL_NOUNS: Final = frozenset({"de", "lb"})
"""Languages in which every noun has a capital, so that capitals alone tell no name."""


@dataclass(frozen=True, slots=True)
class Span:
    """A name in a text: text[start:end]; of overlapping ones the greatest `weight` stays, then the longest."""

    start: int
    end: int
    type: Type
    weight: int = 1


def rule_spans(text: str, places: Collection[tuple[int, int]] = ()) -> list[Span]:
    """Find typed names by capitals, titles, institutions' words, acronyms; `places` are the spans of known places."""
    found: list[Span] = []
    placed = set(places)
    names = mentions(text)
    surnames = {one.core[-1] for one in names if len(one.core) > 1 and _person(one)}
    for one in names:
        acronym = len(one.words) == 1 and one.words[0].isupper()
        if not acronym and all(folded(word) in TITLES for word in one.words):
            continue
        start = one.end - len(" ".join(one.core)) if one.core else one.start
        if text[start : one.end] != " ".join(one.core):
            start = one.start
        span = _typed(text, one, start, surnames, placed)
        if span is not None:
            found.append(span)
    found += [Span(*match.span(), "other", SURE) for match in _ELECTION.finditer(text)]
    found += [Span(start, end, "place", PLACED) for start, end in placed]
    return without_overlap(found)


SURE, LIKELY, PLACED, GUESSED = 5, 4, 3, 1
"""Weights of spans: of a fixed pattern, by an institution's word or a title, by the gazetteer, by capitals alone."""


def _person(one: Mention) -> bool:
    titled = len(one.words) > len(one.core)
    return personal(one.core) and (titled or folded(one.core[0]) in FIRST_NAMES)


def _typed(
    text: str, one: Mention, start: int, surnames: Collection[str], placed: Collection[tuple[int, int]]
) -> Span | None:
    last = folded(one.words[-1])
    lowered = {folded(word) for word in one.words}
    several = len(one.words) > 1
    if _person(one):
        return Span(start, one.end, "person", LIKELY)
    if several and (last in _EVENTS or folded(one.words[-2]) == "war"):
        return Span(one.start, one.end, "other", LIKELY if "war" in lowered else GUESSED)
    if lowered & _INSTITUTION and (several or _OF.match(text, one.end)) and (one.start, one.end) not in placed:
        return Span(one.start, _linked(text, one.end, joined=bool(lowered & _OF_SEVERAL)), "organisation", LIKELY)
    if (body := _BODY.match(text, one.end)) and (one.start, one.end) not in placed:
        joined = "-" in one.words[-1] or one.words[-1].isupper()
        return Span(one.start, body.end(), "organisation", LIKELY if joined else GUESSED)
    return _by_capitals(one, start, surnames)


def _by_capitals(one: Mention, start: int, surnames: Collection[str]) -> Span | None:
    """Type a name that no institution's word tells: an acronym, a person with a title, two words or more."""
    several = len(one.words) > 1
    if not several and _ACRONYM.fullmatch(one.words[0]) and folded(one.words[0]) not in NO_NAME:
        return Span(one.start, one.end, "organisation", GUESSED)
    titled = several and folded(one.words[0]) in TITLES
    if personal(one.core) or (len(one.core) == 1 and (one.core[0] in surnames or titled)):
        return Span(start, one.end, "person", LIKELY if titled else GUESSED)
    return Span(one.start, one.end, "other", 0) if several else None


def _linked(text: str, end: int, *, joined: bool) -> int:
    """Give the end of an institution's name with what `of` and `for` add to it, and `and` behind them if `joined`."""
    pattern = _OF
    while (link := pattern.match(text, end)) is not None:
        pattern = _OF_AND if joined else _OF
        following = NAME.match(text, link.end())
        if following is None:
            break
        end = following.end()
    return end


def without_overlap(spans: Iterable[Span]) -> list[Span]:
    """Keep the weightiest of overlapping spans, in order."""
    kept: list[Span] = []
    taken: set[int] = set()
    for span in sorted(spans, key=lambda one: (-one.weight, one.start - one.end)):
        if taken.isdisjoint(range(span.start, span.end)):
            kept.append(span)
            taken.update(range(span.start, span.end))
    return sorted(kept, key=lambda one: one.start)


def place_spans(text: str, places: Iterable[Place]) -> dict[tuple[int, int], str]:
    """Give the mentions of places that are names, not adjectives, and the name of the place of each."""
    adjectives = gazetteer().demonyms
    return {span: place.name for place in places for span in place.mentions if text[slice(*span)] not in adjectives}


def without_nouns(spans: Iterable[Span], language: str | None) -> list[Span]:
    """Leave out what capitals alone tell, in languages where they tell nothing."""
    return [span for span in spans if span.weight > GUESSED or language not in _CAPITAL_NOUNS]


def true_cased(headline: str, body: str) -> str:
    """Lower the words of a headline in title case that the body has in small letters; the length stays."""
    words = _WORD.findall(headline)
    if not words or sum(word[0].isupper() for word in words) < _CASED * len(words):
        return headline
    small = set(_SMALL.findall(body))

    def lowered(match: re.Match[str]) -> str:
        low = match[0].lower()
        return low if low in small and len(low) == len(match[0]) else match[0]

    return _WORD.sub(lowered, headline)


def acronyms(text: str) -> dict[str, str]:
    """Give the acronyms that a text explains: `NATO` of "North Atlantic Treaty Organization (NATO)"."""
    found = {}
    for match in _BRACKETED.finditer(text):
        front = text[max(0, match.start() - _BACK) : match.start()]
        words = [word for word in re.split(r"[ -]", front) if word]
        letters = match[1].upper()
        for begin in range(len(words) - 1, -1, -1):
            initials = "".join(word[0] for word in words[begin:] if word[0].isupper())
            if initials.upper() == letters:
                found[match[1]] = front[front.rindex(words[begin]) :].strip()
                break
            if len(initials) > len(letters):
                break
    return found


@dataclass(slots=True)
class _Actor:
    name: str
    type: Type
    spans: list[tuple[int, int]]
    forms: Counter[str]


class Cast:
    """Collects the spans of a text to actors; short forms and acronyms go to the full ones."""

    def __init__(self, text: str, places: Mapping[tuple[int, int], str]) -> None:
        self._text, self._places = text, places
        self._actors: dict[tuple[str, Type], _Actor] = {}
        self._long = acronyms(text)
        self._surnames: dict[str, str] = {}
        self._types: dict[str, Type] = {}

    def gather(self, spans: Sequence[Span], headline: str) -> list[_Actor]:
        """Give the actors: those of the spans, with every other mention of their names in text and headline."""
        for span in spans:
            words = strip_titles(self._text[span.start : span.end].split())
            if span.type == "person" and personal(words):
                self._surnames.setdefault(words[-1], " ".join(words))
        for span in spans:
            self._put(span)
        covered = {at for span in spans for at in range(span.start, span.end)}
        for start, end in self._again(self._text):
            if covered.isdisjoint(range(start, end)):
                self._put(Span(start, end, self._types[self._text[start:end]]))
        for start, end in self._again(headline):
            form = headline[start:end]
            self._actors[self._key(form, self._types[form])].forms[form] += 1
        return list(self._actors.values())

    def _key(self, form: str, kind: Type) -> tuple[str, Type]:
        if kind == "person":
            words = strip_titles(form.split())
            name = " ".join(words)
            return (self._surnames.get(name, name), kind)
        return (self._long.get(form, form), kind)

    def _put(self, span: Span) -> None:
        form = " ".join(self._text[span.start : span.end].split())
        kind = self._types.setdefault(form, "person" if form in self._surnames else span.type)
        key = (
            (self._places[span.start, span.end], kind)
            if kind == "place" and (span.start, span.end) in self._places
            else self._key(form, kind)
        )
        actor = self._actors.setdefault(key, _Actor(key[0], kind, [], Counter()))
        actor.spans.append((span.start, span.end))
        actor.forms[form] += 1
        self._types.setdefault(key[0], kind)

    def _again(self, text: str) -> Iterable[tuple[int, int]]:
        """Find known names among the capitalised runs of a text, the longest first."""
        known = {word for form in (*self._types, *self._surnames) for word in form.split()}
        for match in NAME.finditer(text):
            if known.isdisjoint(match[0].split()):
                continue
            words = [word.span() for word in _BLANKS.finditer(match[0])]
            at = 0
            while at < len(words):
                for behind in range(len(words), at, -1):
                    start, end = words[at][0], words[behind - 1][1]
                    form = match[0][start:end]
                    if form in self._types or form in self._surnames:
                        key = self._key(form, self._types.setdefault(form, "person"))
                        if key in self._actors:
                            yield match.start() + start, match.start() + end
                            at = behind - 1
                            break
                at += 1


def cast(
    article: Article, headline: str, spans: Sequence[Span], places: Mapping[tuple[int, int], str]
) -> tuple[Entity, ...]:
    """Make the entities of a text of its typed names, those named most first; the publisher's own name is marked."""
    text = article.body
    publisher = (article.publisher.name if article.publisher else None) or ""
    own = {folded(word) for word in publisher.split()} - NO_NAME
    found = []
    for actor in Cast(text, places).gather(spans, headline):
        name = actor.forms.most_common(1)[0][0] if actor.type == "organisation" else actor.name
        role = None
        if actor.type == "organisation" and own and own <= {folded(word) for word in actor.name.split()}:
            role = _PUBLISHER
        elif actor.type == "person":
            role = next(filter(None, (_role(text, start, end) for start, end in actor.spans)), None)
        aliases = tuple(form for form in dict.fromkeys((*actor.forms, actor.name)) if form != name)
        total = sum(actor.forms.values())
        found.append(Entity(name, actor.type, total, role, tuple(sorted(actor.spans)), aliases))
    return tuple(sorted(found, key=lambda one: (-one.count, one.mentions[:1])))


def _role(text: str, start: int, end: int) -> str | None:
    """Read the office before a person's name ("Foreign Minister"), or behind it ("…, the mayor of Aller,")."""
    if before := _ROLE.search(text[max(0, start - _BACK) : start]):
        words = before[1].split()
        while words and (folded(words[0]) in NO_NAME or words[0].startswith("(")):
            words = words[1:]
        if any(folded(word) in _OFFICES for word in words):
            return " ".join(words)
    behind = _APPOSITION.match(text, end)
    if behind and any(folded(word) in _OFFICES for word in behind[1].split()):
        return behind[1]
    return None


_OFFICES: Final = TITLES - frozenset(
    "mr mrs ms miss the us u.s uk nato un eu general's house senate state national security republican democratic gop "
    "democrat majority minority press campaign communications crown foreign defense defence interior acting vice "
    "".split()
)
