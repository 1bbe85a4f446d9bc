"""The line below the headline, by a vote: what the head says the page is about, and the standfirst that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from worker.extract import jsonld
from worker.extract.blocks import hints_of
from worker.extract.declared import Declared
from worker.extract.draft import Draft
from worker.extract.fields.headline import plain
from worker.extract.main_content import MainContent
from worker.text.whitespace import squeeze

_META: Final = (("og:description", 0.5), ("description", 0.5), ("twitter:description", 0.4), ("dc.description", 0.4))
_STANDFIRST: Final = hints_of("standfirst")
_BEFORE: Final = 6  # blocks before the first paragraph among which a standfirst stands
_SHORTEST, _LONGEST = 20, 400  # characters of one
_MOST: Final = 0.9


def put_subtitle(draft: Draft, said: Declared, node: jsonld.Node | None, found: MainContent) -> None:
    """Put the wording with the most weight; one that is cut off counts for a longer one that begins like it.

    JSON-LD's description weighs .6, a standfirst shown .55, microdata's description and meta tags .5 and .4; witnesses
    that say the same count together. The headline said again is no subtitle.
    """
    headline = plain(draft.values.get("headline") or "")
    stated = [item for item in _stated(said, node, found) if plain(item[0]) not in {headline, ""}]
    wholes = [(_whole(text, stated), origin, method, weight) for text, origin, method, weight in stated]
    weights: dict[str, float] = {}
    for text, _, _, weight in wholes:
        weights[plain(text)] = weights.get(plain(text), 0.0) + weight
    if not wholes:
        return
    best = max(weights, key=lambda key: weights[key])
    text, origin, method, _ = next(item for item in wholes if plain(item[0]) == best)
    draft.put("subtitle", text, origin, method, round(min(_MOST, weights[best]), 2))


def _whole(text: str, stated: list[tuple[str, str, str, float]]) -> str:
    stem = text.rstrip(" .…")
    longer = (other for other, *_ in stated if len(other) > len(text) and other.startswith(stem))
    return next(longer, text)


def _stated(said: Declared, node: jsonld.Node | None, found: MainContent) -> Iterator[tuple[str, str, str, float]]:
    if node is not None and (text := jsonld.text_of(node.get("alternativeHeadline") or node.get("description"))):
        yield text, "json-ld", "description", 0.6
    for block in found.all_blocks[max(0, found.first - _BEFORE) : found.first + 1]:
        if block.near & _STANDFIRST and block.kind != "heading" and _SHORTEST <= len(block.text) <= _LONGEST:
            yield block.text, "text:standfirst", "visible", 0.55
            break
    for value in [*said.marked("description")][:1]:
        yield squeeze(value), "microdata", "description", 0.5
    for key, weight in _META:
        for value in said.meta.get(key, ())[:1]:
            yield value, f"meta:{key}", "content", weight
