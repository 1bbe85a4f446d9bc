"""Texts from one mould with other facts: earnings, market closes, match reports, weather, lottery.

Each instance is an article of its own, however many words it shares with its neighbours. A half has moulds
of its own, so that what is tuned on one half's wording is judged on another's.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks.dedupe.bodies import Split
from benchmarks.dedupe.text import Text

Facts = dict[str, str]
_MOULDS: Final = Path(__file__).with_name("moulds.toml")

_FIRMS: Final = [
    f"{first}{second}"
    for first in "Alder Brink Corvo Delta Elmar Fenwick Galen Hollis Istra Juniper Kestrel Lomond Marlow".split()
    for second in (" Foods", " Energy", " Systems", " Holdings", " Motors", " Pharma")
]
_TEAMS: Final = (
    "Rovers|Harbour United|Kingsmead|Saltford Town|Ashby Athletic|Lowmoor|Carrick City|Dunbridge|Eastfield|Farrow|"
    "Glenside|Hexley|Inverdale|Milton Vale|Northgate|Oakham Albion|Penrose|Quayside|Redmire|Stanwell"
).split("|")
_SCORERS: Final = (
    "Adeyemi Bianchi Costa Dvorak Ekholm Fraser Garnier Hughes Ivanov Jansen Keane Lopez Musa Nkemelu".split()
)
_TOWNS: Final = (
    "Alford|Bexmouth|Calder Bay|Dunholm|Elsmere|Fallow Hill|Garton|Haverstock|Ilfracross|Jedmoor|Kelby|Langwater|"
    "Marsh End|Netherby|Orrin|Pellwick|Quarrington|Rosedale|Southwick|Thornby"
).split("|")
_SKIES: Final = (
    "sunny|mostly cloudy|overcast with rain|bright with showers|foggy at first|windy with sunny spells".split("|")
)
_DAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS: Final = "January February March April May June July August September October November December".split()
_SECTORS: Final = "banks miners carmakers retailers insurers utilities chipmakers airlines".split()
_MARKETS: Final = "Lisbon Oslo Vienna Dublin Warsaw Athens Prague Helsinki".split()


def _day(rng: random.Random) -> Facts:
    return {
        "day": rng.choice(_DAYS),
        "date": f"{rng.choice(_MONTHS)} {rng.randint(1, 28)}",
        "year": str(rng.randint(2015, 2026)),
    }


def _earnings(rng: random.Random) -> Facts:
    sales = rng.randint(120, 9800)
    profit = round(sales * rng.uniform(0.03, 0.22), 1)
    return _day(rng) | {
        "firm": rng.choice(_FIRMS),
        "quarter": rng.choice("first second third fourth".split()),
        "sales": f"{sales:,}",
        "before": f"{round(sales * rng.uniform(0.8, 1.1)):,}",
        "profit": str(profit),
        "profit_before": str(round(profit * rng.uniform(0.6, 1.3), 1)),
        "share": f"{rng.uniform(0.1, 4):.2f}",
        "expected": f"{rng.uniform(0.1, 4):.2f}",
        "percent": f"{rng.uniform(0.4, 19):.1f}",
        "dividend": f"{rng.uniform(0.05, 1.5):.2f}",
        "move": rng.choice(("rose", "fell")),
        "price": f"{rng.uniform(4, 300):.2f}",
        "outlook": f"{round(sales * rng.uniform(3.6, 4.6)):,}",
        "staff": f"{rng.randint(300, 90000):,}",
    }


def _market(rng: random.Random) -> Facts:
    sectors = rng.sample(_SECTORS, 3)
    firms = rng.sample(_FIRMS, 3)
    level = rng.uniform(900, 16000)
    return _day(rng) | {
        "market": rng.choice(_MARKETS),
        "up": rng.choice(("higher", "lower")),
        "level": f"{level:,.2f}",
        "percent": f"{rng.uniform(0.05, 3):.2f}",
        "points": f"{level * rng.uniform(0.001, 0.03):.1f}",
        "volume": f"{rng.uniform(80, 900):.1f}",
        "gainers": str(rng.randint(20, 240)),
        "losers": str(rng.randint(20, 240)),
        "a": sectors[0],
        "b": sectors[1],
        "c": sectors[2],
        "one": firms[0],
        "two": firms[1],
        "three": firms[2],
        "p1": f"{rng.uniform(0.5, 9):.1f}",
        "p2": f"{rng.uniform(0.5, 9):.1f}",
        "p3": f"{rng.uniform(0.5, 9):.1f}",
        "yield": f"{rng.uniform(0.5, 6):.2f}",
        "oil": f"{rng.uniform(40, 120):.2f}",
        "gold": f"{rng.randint(1100, 3900):,}",
    }


def _match(rng: random.Random) -> Facts:
    teams = rng.sample(_TEAMS, 3)
    scorers = rng.sample(_SCORERS, 4)
    minutes = sorted(rng.sample(range(3, 90), 4))
    goals = (rng.randint(1, 5), rng.randint(0, 4))
    return _day(rng) | {
        "home": teams[0],
        "away": teams[1],
        "next": teams[2],
        "score": f"{goals[0]}-{goals[1]}",
        "half": f"{goals[0] // 2}-{goals[1] // 2}",
        **dict(zip("abcd", scorers, strict=True)),
        **{f"m{n}": str(minute) for n, minute in enumerate(minutes, 1)},
        "crowd": f"{rng.randint(900, 54000):,}",
        "points": str(rng.randint(8, 70)),
        "place": rng.choice("second third fourth fifth sixth seventh eighth ninth tenth".split()),
        "shots": str(rng.randint(5, 25)),
        "corners": str(rng.randint(1, 14)),
        "cards": str(rng.randint(2, 7)),
    }


def _weather(rng: random.Random) -> Facts:
    high = rng.randint(4, 34)
    return _day(rng) | {
        "town": rng.choice(_TOWNS),
        "sky": rng.choice(_SKIES),
        "later": rng.choice(_SKIES),
        "high": str(high),
        "low": str(high - rng.randint(3, 11)),
        "wind": str(rng.randint(5, 70)),
        "gusts": str(rng.randint(20, 110)),
        "side": rng.choice("north south east west northeast southwest".split()),
        "rain": str(rng.randint(0, 95)),
        "mm": f"{rng.uniform(0, 32):.1f}",
        "rise": f"{rng.randint(4, 8)}:{rng.randint(10, 59)}",
        "set": f"{rng.randint(16, 21)}:{rng.randint(10, 59)}",
        "humid": str(rng.randint(30, 99)),
        "uv": str(rng.randint(1, 10)),
        "tomorrow": str(rng.randint(4, 34)),
    }


def _lottery(rng: random.Random) -> Facts:
    balls = sorted(rng.sample(range(1, 50), 6))
    return _day(rng) | {
        **{f"b{n}": str(ball) for n, ball in enumerate(balls, 1)},
        "bonus": str(rng.randint(1, 49)),
        "jackpot": f"{rng.uniform(1, 40):.1f}",
        "next": f"{rng.uniform(1, 40):.1f}",
        "winners": str(rng.randint(2, 60)),
        "prize": f"{rng.randint(900, 90000):,}",
        "town": rng.choice(_TOWNS),
    }


_FACTS: Final[dict[str, Callable[[random.Random], Facts]]] = {
    "earnings": _earnings,
    "market": _market,
    "match": _match,
    "weather": _weather,
    "lottery": _lottery,
}
CLASSES: Final = tuple(_FACTS)


@cache
def moulds(split: Split) -> dict[str, list[str]]:
    """Read one half's moulds and, under `boilerplate`, its blocks, in which `{site}` is the site's name."""
    read: dict[str, dict[str, list[str]]] = tomllib.loads(_MOULDS.read_text("utf-8"))
    return read[split]


def instances(rng: random.Random, name: str, split: Split, count: int) -> list[Text]:
    """Fill one half's moulds of a class so many times, no two the same."""
    mine = moulds(split)[name]
    made: dict[str, Text] = {}
    while len(made) < count:
        headline, *paragraphs = mine[len(made) % len(mine)].format_map(_FACTS[name](rng)).split("\n")
        text = Text(headline, tuple(paragraphs))
        made[text.body] = text
    return list(made.values())
