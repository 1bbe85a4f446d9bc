"""Named actors of a text by rules: typed names, whose short forms and acronyms are joined, with roles; no model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, NamedTuple

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
    Names,
    folded,
    names_of,
    personal,
    runs,
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
_ELECTED: Final = re.compile("lection|ferendum")  # within the last word of the pattern; rarer letters first
_ELECTION_BACK, _ELECTION_ON = 320, 30  # characters around that which the pattern can cover
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
_HEADLINE_WORDS: Final = 60  # so many are looked up one by one before all words of the body are read
_CAPITAL_NOUNS: Final = frozenset({"de", "lb"})
"""Languages in which every noun has a capital, so that capitals alone tell no name."""


class Span(NamedTuple):
    """A name in a text: text[start:end]; of overlapping ones the greatest `weight` stays, then the longest."""

    start: int
    end: int
    type: Type
    weight: int = 1


def rule_spans(text: str, places: Collection[tuple[int, int]] = ()) -> list[Span]:
    """Find typed names by capitals, titles, institutions' words, acronyms; `places` are the spans of known places."""
    placed = set(places)
    names = names_of(text).mentions
    surnames = {one.core[-1] for one in names if one.personal and _person(one)}
    found = []
    for one in names:
        typed = _typed if len(one.words) > 1 else _typed_alone
        if (span := typed(text, one, surnames, placed)) is not None:
            found.append(span)
    found += [Span(*match.span(), "other", SURE) for match in _elections(text)]
    found += [Span(start, end, "place", PLACED) for start, end in placed]
    return without_overlap(found)


def _elections(text: str) -> Iterator[re.Match[str]]:
    """Find the names of elections: the pattern is tried before the word that ends one, and nowhere else."""
    begun = 0
    for word in _ELECTED.finditer(text):
        if word.start() >= begun:
            match = _ELECTION.search(text, max(begun, word.start() - _ELECTION_BACK), word.end() + _ELECTION_ON)
            if match is not None and match.end() > word.start():
                begun = match.end()
                yield match


SURE, LIKELY, PLACED, GUESSED = 5, 4, 3, 1
"""Weights of spans: of a fixed pattern, by an institution's word or a title, by the gazetteer, by capitals alone."""


def _person(one: Mention) -> bool:
    """Tell a personal name by a title or a given name."""
    return one.personal and (len(one.words) > len(one.core) or folded(one.core[0]) in FIRST_NAMES)


def _typed_alone(
    text: str, one: Mention, surnames: Collection[str], placed: Collection[tuple[int, int]]
) -> Span | None:
    """Type a name of one word."""
    (word,) = one.words
    low = folded(word)
    if low in TITLES and not word.isupper():
        return None
    if low in _INSTITUTION and _OF.match(text, one.end) and (one.start, one.end) not in placed:
        return Span(one.start, _linked(text, one.end, joined=low in _OF_SEVERAL), "organisation", LIKELY)
    if (body := _body(text, one, placed)) is not None:
        return body
    if low not in NO_NAME and _ACRONYM.fullmatch(word):
        return Span(one.start, one.end, "organisation", GUESSED)
    return Span(one.start, one.end, "person", GUESSED) if word in surnames else None


def _typed(text: str, one: Mention, surnames: Collection[str], placed: Collection[tuple[int, int]]) -> Span | None:
    """Type a name of several words, titles before it among them."""
    folds = [folded(word) for word in one.words]
    lowered = set(folds)
    if lowered <= TITLES:
        return None
    start = one.start
    if len(one.core) < len(one.words):
        core = " ".join(one.core)
        start = one.end - len(core) if text.endswith(core, one.start, one.end) else start
    if _person(one):
        return Span(start, one.end, "person", LIKELY)
    if folds[-1] in _EVENTS or folds[-2] == "war":
        return Span(one.start, one.end, "other", LIKELY if "war" in lowered else GUESSED)
    if not lowered.isdisjoint(_INSTITUTION) and (one.start, one.end) not in placed:
        joined = not lowered.isdisjoint(_OF_SEVERAL)
        return Span(one.start, _linked(text, one.end, joined=joined), "organisation", LIKELY)
    if (body := _body(text, one, placed)) is not None:
        return body
    titled = folds[0] in TITLES
    person = one.personal or (len(one.core) == 1 and (titled or one.core[0] in surnames))
    weight = LIKELY if titled else GUESSED
    return Span(start, one.end, "person", weight) if person else Span(one.start, one.end, "other", 0)


def _body(text: str, one: Mention, placed: Collection[tuple[int, int]]) -> Span | None:
    """Take in the word of an institution in small letters behind a name: "NATO commission"."""
    body = _BODY.match(text, one.end)
    if body is None or (one.start, one.end) in placed:
        return None
    joined = "-" in one.words[-1] or one.words[-1].isupper()
    return Span(one.start, body.end(), "organisation", LIKELY if joined else GUESSED)


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
    ranked = sorted(spans, key=lambda one: (-one.weight, one.start - one.end))
    taken = bytearray(max((span.end for span in ranked), default=0))
    kept: list[Span] = []
    for span in ranked:
        if taken.find(1, span.start, span.end) < 0:
            kept.append(span)
            taken[span.start : span.end] = b"\1" * (span.end - span.start)
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
    quick = len(words) <= _HEADLINE_WORDS

    @cache
    def small() -> Collection[str]:
        return set(_SMALL.findall(body))

    def stands(low: str) -> bool:
        if quick and low not in body:
            return False
        if quick and f" {low} " in body:
            return True
        return low in small()

    def lowered(match: re.Match[str]) -> str:
        low = match[0].lower()
        return low if len(low) == len(match[0]) and stands(low) else match[0]

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
    forms: dict[str, int]


class Cast:
    """Collects the spans of a text to actors; short forms and acronyms go to the full ones."""

    def __init__(self, names: Names, places: Mapping[tuple[int, int], str]) -> None:
        self._names, self._text, self._places = names, names.text, places
        self._actors: dict[tuple[str, Type], _Actor] = {}
        self._long = acronyms(names.text)
        self._surnames: dict[str, str] = {}
        self._types: dict[str, Type] = {}

    def gather(self, spans: Sequence[Span], headline: str) -> list[_Actor]:
        """Give the actors: those of the spans, with every other mention of their names in text and headline."""
        covered = bytearray(len(self._text))
        for span in spans:
            covered[span.start : span.end] = b"\1" * (span.end - span.start)
            if span.type == "person":
                words = strip_titles(tuple(self._text[span.start : span.end].split()))
                if personal(words):
                    self._surnames.setdefault(words[-1], " ".join(words))
        for span in spans:
            self._put(span)
        open_ = [(at, run) for at, run in self._names.runs if covered.find(0, at, at + len(run)) >= 0]
        for start, end in self._again(open_):
            if covered.find(1, start, end) < 0:
                self._put(Span(start, end, self._types[self._text[start:end]]))
        for start, end in self._again(runs(headline)):
            form = headline[start:end]
            forms = self._actors[self._key(form, self._types[form])].forms
            forms[form] = forms.get(form, 0) + 1
        return list(self._actors.values())

    def _key(self, form: str, kind: Type) -> tuple[str, Type]:
        if kind == "person":
            name = " ".join(strip_titles(tuple(form.split())))
            return (self._surnames.get(name, name), kind)
        return (self._long.get(form, form), kind)

    def _put(self, span: Span) -> None:
        form = " ".join(self._text[span.start : span.end].split())
        kind = self._types.get(form)
        if kind is None:
            kind = self._types[form] = "person" if form in self._surnames else span.type
        key = (
            (self._places[span.start, span.end], kind)
            if kind == "place" and (span.start, span.end) in self._places
            else self._key(form, kind)
        )
        actor = self._actors.get(key)
        if actor is None:
            actor = self._actors[key] = _Actor(key[0], kind, [], {})
        actor.spans.append((span.start, span.end))
        actor.forms[form] = actor.forms.get(form, 0) + 1
        self._types.setdefault(key[0], kind)

    def _again(self, found: Iterable[tuple[int, str]]) -> Iterable[tuple[int, int]]:
        """Find known names among capitalised runs, the longest first."""
        known = {word for form in (*self._types, *self._surnames) for word in form.split()}
        for begin, run in found:
            if known.isdisjoint(run.split()):
                continue
            words = [word.span() for word in _BLANKS.finditer(run)]
            at = 0
            while at < len(words):
                for behind in range(len(words), at, -1):
                    start, end = words[at][0], words[behind - 1][1]
                    form = run[start:end]
                    if form in self._types or form in self._surnames:
                        key = self._key(form, self._types.setdefault(form, "person"))
                        if key in self._actors:
                            yield begin + start, begin + end
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
    for actor in Cast(names_of(text), places).gather(spans, headline):
        name = max(actor.forms, key=actor.forms.__getitem__) if actor.type == "organisation" else actor.name
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
    front = text[max(0, start - _BACK) : start]
    # Most names stand behind a word that is of no office: told by that word alone, at a tenth of the cost.
    if _ROLE.search(front[front.rfind(" ", 0, -1) + 1 :]) and (before := _ROLE.search(front)):
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
