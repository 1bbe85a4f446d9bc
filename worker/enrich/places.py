"""Places: countries, regions and cities that the article names, with coordinates; persons' names are left out.

An adjective ("Turkish") counts as a mention of its country. Contested territory keeps its wording and has no country
that is not configured.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import msgspec

from worker.errors import ConfigError
from worker.model import Enriched
from worker.model import Place as PlaceModel
from worker.ports import Annotation, Enricher
from worker.prose.gazetteer import Entry, Gazetteer, gazetteer, territory_of
from worker.prose.names import FIRST_NAMES, GROUP, NO_NAME, TITLES, folded, names_of, personal

_MOST_CHARACTERS: Final = 100_000
_COUNTRY: Final = re.compile("[A-Z]{2}")
_PREPOSITION: Final = re.compile(
    r"(?:\b(?:in|at|near|from|to|of|outside|around|toward|towards|across|into|through|between|throughout|via|over|"
    r"en|em|à|dans|aus|nach|bei|de)(?: the)?|[,(/-]|\band) ?$"
)
_INSIDE: Final = frozenset(
    "downtown greater central north south east west northern southern eastern western inner".split()
)
_WEAK: Final = 100_000  # inhabitants below which a city needs more evidence than its name
_LEAST_LETTERS: Final = 4  # of a name in capitals throughout that is tried in small letters
_NAME_WORDS: Final = 2
_COUNTY_WORDS: Final = 3  # of a county's name, "County" among them
_COUNTIES: Final = frozenset({"County", "Province", "Prefecture", "Oblast", "Governorate"})
_COUNTIES_SHOWN: Final = _COUNTIES | {county.upper() for county in _COUNTIES}
_SEVERAL: Final = frozenset(" \u00a0-.")  # a run without any is one word, and a place as it stands or none
_MEDIA: Final = frozenset(
    "times post journal herald tribune press news magazine daily gazette observer mirror sun telegraph bank".split()
)
_NEVER: Final = frozenset({"white house", "xinhua", "molotov", "facebook"})
_SPEAKS: Final = re.compile(r"\b(?:in|into|from) $")
_FLUENT: Final = re.compile(r"\b(?:speaks?|fluent|teaching|spoke|speaking|learn) $")
_NO_NOUN: Final = frozenset({"", ",", ".", ";", ")"} | {f"{sign}{mark}" for sign in ",." for mark in "\"'\u201d"})
_DATELINE: Final = re.compile(
    r"[^\S\n]{0,4}(?P<place>[^\W\d_][^\n,(\u2014\u2013]{1,30}?)(?:, ?[^\n(\u2014\u2013]{1,30}?)?"
    r" ?(?:\([^()\n]{1,30}\) ?)?(?:\u2014|\u2013|--| - )"
)
_WORDS: Final = frozenset(
    "police mobile reading price bath nice most man of same bar cork split orange beaver chester normal best union "
    "independence liberty hope university opportunity media enterprise temple commerce grace faith justice paradise "
    "highland marina lake bay forest green white black brown young king bishop baker cook hunter mason carter parker "
    "university date alliance progress republic federal central garden summit victory eagle sunset commercial industry "
    "sandy rocky stone wood mine male lead boom bay see page goes along deal battle barking rugby goole lens tours "
    "bonn essen worms regina angola obama clinton sears scott metro major superior mercury mission moon mars lead "
    "colon imperial president general presidente house street avenue park plaza gate centre center golden silver crown "
    "court circle district county state city town village hall church school hospital airport station tower bridge "
    "ali banks reserve american national international english spring summer winter fall autumn sunday monday "
    "trump cruz bush ford lincoln jackson madison washington monroe jefferson hamilton johnson wilson franklin houston "
    "sun star ring phoenix price east west north south".split()
)
_STRONG_ANYWAY: Final = frozenset({"Washington", "Houston", "Essen", "Regina"})


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    name: str
    options: tuple[Entry, ...]


class Options(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Names of contested territories -> ISO 3166-1 codes of the countries that they are to be given."""

    contested: dict[str, str] = {}


class Places:
    """One place an entry of the gazetteer, with all its mentions; the place of the dateline has the role `located`."""

    name = "places"
    version = "1"

    def __init__(self, options: Options | None = None) -> None:
        self._gazetteer = gazetteer()
        self._contested = options.contested if options is not None else {}
        known = self._gazetteer.contested()
        for wording, country in self._contested.items():
            if wording not in known:
                msg = f"contested.{wording}: no such territory; there are {', '.join(known)}"
                raise ConfigError(msg)
            if not _COUNTRY.fullmatch(country):
                msg = f"contested.{wording}: {country!r} is no code of a country, such as UA"
                raise ConfigError(msg)

    def enrich(self, enriched: Enriched) -> Annotation:
        """See `worker.ports.Enricher`."""
        text = enriched.article.body[:_MOST_CHARACTERS]
        hits = _hits(text, self._gazetteer)
        grouped: dict[Entry, list[_Hit]] = defaultdict(list)
        for hit, entry in zip(hits, _chosen(text, hits), strict=True):
            grouped[self._assigned(entry)].append(hit)
        line = _DATELINE.match(text)
        here = line.span("place") if line else (0, 0)
        return Annotation(places=tuple(_place(entry, found, here) for entry, found in grouped.items()))

    def _assigned(self, entry: Entry) -> Entry:
        """Give contested territory and its cities the country that is configured for it."""
        territory = territory_of(entry)
        country = self._contested.get(territory) if territory is not None else None
        return entry if country is None else replace(entry, country=country)


def _place(entry: Entry, hits: Sequence[_Hit], here: tuple[int, int]) -> PlaceModel:
    role: Literal["located", "about"] = "located" if any(here[0] <= hit.start < here[1] for hit in hits) else "about"
    spans = tuple((hit.start, hit.end) for hit in hits)
    return PlaceModel(entry.name, entry.lat, entry.lon, entry.country, entry.geonames, spans, entry.kind, role)


def _hits(text: str, places: Gazetteer) -> list[_Hit]:
    """Find the names of places in the runs of capitalised words, the longest first; surnames are left out."""
    found: list[_Hit] = []
    surnames: set[str] = set()
    for start, run in names_of(text).runs:
        if run not in places and _SEVERAL.isdisjoint(run) and not run.isupper():
            continue
        for words, starts in _runs(run, start, places):
            at = 0
            hit = None
            counties = not _COUNTIES_SHOWN.isdisjoint(words)
            while at < len(words):
                hit = None
                reach = _COUNTY_WORDS if counties else 0
                reach = min(max(reach, _reach(words[at], places)), len(words) - at)
                for behind in range(at + reach, at, -1):
                    hit = _hit(text, words, starts, (at, behind), places)
                    if hit is not None:
                        found.append(hit)
                        at = behind - 1
                        break
                at += 1
            if hit is None and len(words) > 1 and _is_person(words):
                surnames.add(words[-1])
    return [hit for hit in found if hit.options[0].kind == "country" or hit.name not in surnames]


def _reach(word: str, places: Gazetteer) -> int:
    """Give how many words a place's name can have that begins with this one; 0 for most, which begin none."""
    reach = places.reach.get(word, 0)
    if word.isupper():
        reach = max(reach, places.reach.get(word.title(), 0))
    return max(reach, places.reach.get(word[:-1], 0)) if word[-1:] == "." else reach


def _is_person(words: Sequence[str]) -> bool:
    """Tell by a given name or an initial before the last word."""
    front = words[-_NAME_WORDS]
    return (folded(front) in FIRST_NAMES or len(front.rstrip(".")) == 1) and personal(tuple(words[-_NAME_WORDS:]))


def _runs(run: str, start: int, places: Gazetteer) -> Iterator[tuple[list[str], list[int]]]:
    """Cut a run to words, and where a hyphen joins two places or a place and an adjective: "Russia-Turkey"."""
    words: list[str] = []
    starts: list[int] = []
    at = 0
    for word in run.split():
        at = run.index(word, at)
        if "-" in word and word not in places:
            offset = start + at
            for part in word.split("-"):
                yield words, starts
                words, starts = [part], [offset]
                offset += len(part) + 1
        else:
            if words and _breaks(words[-1], word):
                yield words, starts
                words, starts = [], []
            words.append(word)
            starts.append(start + at)
        at += len(word)
    yield words, starts


def _breaks(before: str, word: str) -> bool:
    """Tell whether a dateline in capitals ends between two words: "DETROIT The"."""
    return before.isupper() and len(before) >= _LEAST_LETTERS and not word.isupper()


def _hit(
    text: str, words: Sequence[str], starts: Sequence[int], part: tuple[int, int], places: Gazetteer
) -> _Hit | None:
    """Judge words[at:behind] of a run: a place, or None where the run names a person, an institution or nothing."""
    at, behind = part
    name = " ".join(words[at:behind])
    start, end = starts[at], starts[behind - 1] + len(words[behind - 1])
    if name not in places:
        if name.endswith(".") and name[:-1] in places:
            name, end = name[:-1], end - 1
        elif name.isupper() and len(name) >= _LEAST_LETTERS:
            name = name.title()
        if name not in places:
            return _county(words, starts, part)
    if folded(name) in _NEVER:
        return None
    before, after = words[:at], words[behind:]
    territory = places.territory(name)
    adjective = places.demonyms.get(name)
    if not _stands_alone(before, after, territory or adjective, places):
        return None
    if adjective is not None:
        return None if _is_language(text, start, end) else _Hit(start, end, name, (adjective,))
    cities = places.cities(name)
    if territory is None and _is_weak(name, cities[0], text, start, end):
        return None
    return _Hit(start, end, name, (territory, *cities) if territory else cities)


def _county(words: Sequence[str], starts: Sequence[int], part: tuple[int, int]) -> _Hit | None:
    """Take "Laurel County" for a region, whose degrees are not known."""
    at, behind = part
    if behind - at < _NAME_WORDS or words[behind - 1].title() not in _COUNTIES or folded(words[at]) in NO_NAME:
        return None
    if behind - at > _COUNTY_WORDS:
        return None
    name = " ".join(words[at:behind])
    entry = Entry(name.title() if name.isupper() else name, "region", None, None, None, None, 0, None)
    return _Hit(starts[at], starts[behind - 1] + len(words[behind - 1]), name, (entry,))


def _is_language(text: str, start: int, end: int) -> bool:
    """Tell "in Turkish," and "speaks French" from the adjective before a noun."""
    return (
        _SPEAKS.search(text[max(0, start - 12) : start]) is not None and text[end : end + 2].strip(" \n") in _NO_NOUN
    ) or _FLUENT.search(text[max(0, start - 12) : start]) is not None


def _stands_alone(before: Sequence[str], after: Sequence[str], territory: Entry | None, places: Gazetteer) -> bool:
    """Tell whether the other words of the run leave the place a place: "Paris Hilton" and "New York Times" do not."""
    if any(folded(word) not in NO_NAME and folded(word) not in _INSIDE and word not in places for word in before):
        return territory is not None and not after and folded(before[-1]) in GROUP
    if not after or (territory is not None and folded(after[0]) in TITLES):
        return True
    following = {folded(word) for word in after}
    if territory is not None and territory.country is None:  # "North Atlantic Treaty Organization"
        return False
    if not _MEDIA.isdisjoint(following):
        return False
    if folded(after[0]) in NO_NAME or not GROUP.isdisjoint(following):
        return True
    return (territory is not None and territory.kind == "country") or places.territory(after[0]) is not None


def _is_weak(name: str, largest: Entry, text: str, start: int, end: int) -> bool:
    """Tell whether a city is too small, or its name too common a word, for what stands around it."""
    word = folded(name)
    common = word in _WORDS or word in FIRST_NAMES or word in NO_NAME or word in TITLES
    if name in _STRONG_ANYWAY or (largest.people >= _WEAK and not common):
        return False
    placed = _PREPOSITION.search(text[max(0, start - 12) : start]) is not None
    paired = text[end : end + 2] == ", " and text[end + 2 : end + 3].isupper()
    return (
        not (paired or (placed and largest.people >= _WEAK))
        if common
        else not (placed or paired or len(name.split()) > 1)
    )


def _chosen(text: str, hits: Sequence[_Hit]) -> list[Entry]:
    """Choose among places of one name: what the text names beside it, then its countries and regions, then size."""
    countries: dict[str, int] = defaultdict(int)
    parts: dict[tuple[str | None, str], int] = defaultdict(int)
    for hit in hits:
        first = hit.options[0]
        if first.kind == "country" and first.country:
            countries[first.country] += 1
        elif first.kind == "region" and first.part:
            parts[first.country, first.part] += 1
            if first.country:
                countries[first.country] += 1
    for hit in hits:
        sizeable = [entry for entry in hit.options if entry.people >= _WEAK]
        if len(sizeable) == 1 and len(hit.options) == 1 and sizeable[0].country:
            countries[sizeable[0].country] += 1
    by_name: dict[str, Entry] = {}
    chosen = []
    for at, hit in enumerate(hits):
        beside = hits[at + 1].options[0] if at + 1 < len(hits) and text[hit.end : hits[at + 1].start] == ", " else None
        if len(hit.options) == 1:
            chosen.append(hit.options[0])
            continue
        best = max(hit.options, key=lambda entry: _score(entry, beside, countries, parts))
        if beside is None and hit.name in by_name:
            best = by_name[hit.name]
        by_name.setdefault(hit.name, best)
        chosen.append(best)
    return chosen


def _score(
    entry: Entry, beside: Entry | None, countries: dict[str, int], parts: dict[tuple[str | None, str], int]
) -> float:
    score = _SIZE * math.log10(entry.people + 1) if entry.kind == "city" else _TERRITORY
    if entry.country in countries:
        score += _IN_COUNTRY
    if entry.part and (entry.country, entry.part) in parts:
        score += _IN_PART
    if beside is not None and beside.kind != "city" and entry.country == beside.country:
        score += _BESIDE if beside.part in {None, entry.part} else 0
    return score


_SIZE: Final = 1.5
_TERRITORY: Final = 10.5  # as much as a city of ten million: the country before a town of its name
_IN_COUNTRY: Final = 1.5
_IN_PART: Final = 2.5
_BESIDE: Final = 10.0

component: type[Enricher] = Places
