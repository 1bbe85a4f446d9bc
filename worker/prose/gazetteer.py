"""A gazetteer of countries, regions and cities: names to entries with degrees (WGS 84), country and GeoNames id.

Cities are derived from GeoNames (CC BY 4.0, see NOTICE) by `training/places.py`; countries, regions and demonyms are
a table of our own (`territories.txt`). It is loaded once a process, before the pool forks, and shared from then on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain
from typing import Final, Literal

import zstandard

Kind = Literal["country", "region", "city"]
_CONTESTED: Final = frozenset({("UA", "11"), ("UA", "20")})  # Crimea and Sevastopol in GeoNames
_CLAIMED: Final = frozenset(
    {
        "Crimea",
        "Donbas",
        "Kashmir",
        "Gaza",
        "West Bank",
        "East Jerusalem",
        "Golan Heights",
        "Nagorno-Karabakh",
        "Abkhazia",
    }
    | {"South Ossetia", "Transnistria", "Western Sahara", "Northern Cyprus", "Falkland Islands"}
)
"""Territories that have no country as several claim them; the others without one are parts of the world."""
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One place: `part` is the first-level division in GeoNames' code, `people` the number of inhabitants.

    `country` is None for what lies in several countries and for contested territory.
    """

    name: str
    kind: Kind
    country: str | None
    part: str | None
    lat: float | None
    lon: float | None
    people: int
    geonames: int | None


class Gazetteer:
    """Names to entries; rows of cities are read when they are asked for, so that loading is quick and small."""

    def __init__(self) -> None:
        rows = _rows()
        ids: dict[str, int] = {}
        self._cities: dict[str, str] = {}
        for row in rows:
            name, _, rest = row.partition("\t")
            if name.startswith("@"):
                ids[name[1:]] = int(rest)
            elif name in self._cities:
                self._cities[name] += "\n" + rest
            else:
                self._cities[name] = rest
        self._seen: set[str] = set()
        self._territories: dict[str, Entry] = {}
        self.demonyms: dict[str, Entry] = {}
        for line in (files("worker.prose") / "territories.txt").read_text("utf-8").splitlines():
            if not line.startswith("#"):
                self._add(line, ids)
        self.reach: dict[str, int] = {}
        """First words of names -> how many words the longest of those names has."""
        for name in chain(self._cities, self._territories, self.demonyms):
            first, *further = name.split(" ")
            if len(further) >= self.reach.get(first, 0):
                self.reach[first] = len(further) + 1

    def _add(self, line: str, ids: dict[str, int]) -> None:
        code, names, degrees, adjectives = line.split(";")
        country, _, part = code.partition(".")
        lat, lon = map(float, degrees.split())
        first = names.split(",")[0]
        kind: Kind = "country" if country != "-" and not part and ids.get(code) and code not in self._seen else "region"
        if kind == "country":
            self._seen.add(code)
        known = ids.get(code) if kind == "country" or part else None
        entry = Entry(first, kind, None if country == "-" else country, part or None, lat, lon, 0, known)
        for name in names.split(","):
            self._territories[name] = entry
        for adjective in filter(None, adjectives.split(",")):
            self.demonyms[adjective] = entry

    def contested(self) -> list[str]:
        """Name the territories without a country that lie in one part of the world that several claim."""
        found = {one.name for one in self._territories.values() if one.kind == "region" and one.country is None}
        return sorted(found & _CLAIMED)

    def territory(self, name: str) -> Entry | None:
        """Give the country or region of a name."""
        return self._territories.get(name)

    def cities(self, name: str) -> tuple[Entry, ...]:
        """Give the cities of a name, the largest first."""
        rows = self._cities.get(name)
        return _entries(name, rows) if rows else ()

    def __contains__(self, name: str) -> bool:
        return name in self._territories or name in self._cities or name in self.demonyms


@lru_cache(maxsize=4096)  # names that news names again and again
def _entries(name: str, rows: str) -> tuple[Entry, ...]:
    return tuple(_city(name, row) for row in rows.split("\n"))


def _city(name: str, row: str) -> Entry:
    country, part, lat, lon, thousands, number = row.split("\t")
    where = None if (country, part) in _CONTESTED else country
    return Entry(name, "city", where, part, float(lat), float(lon), int(thousands) * _THOUSAND, int(number))


def _rows() -> list[str]:
    packed = (files("worker.prose") / "cities.tsv.zst").read_bytes()
    return zstandard.ZstdDecompressor().decompress(packed).decode().split("\n")


def territory_of(entry: Entry) -> str | None:
    """Name the contested territory that a place is, or that a city lies in; None for other places."""
    if entry.country is not None:
        return None
    return "Crimea" if entry.kind == "city" else entry.name if entry.name in _CLAIMED else None


@cache
def gazetteer() -> Gazetteer:
    """Give the gazetteer of this process; the first call loads it."""
    return Gazetteer()
