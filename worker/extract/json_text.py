"""JSON text to Python values, strictly: what two readers could understand differently is refused or mended aloud."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from worker.errors import PayloadError
from worker.model import Issue

DEEPEST: Final = 100
"""Levels of nesting that are read. Real articles have fewer than twenty; readers below recurse, so it is bounded."""

_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def load(text: str) -> tuple[Any, tuple[Issue, ...]]:
    r"""Read one JSON value and say what was mended.

    Lone surrogates (`"\ud800"`), which no UTF-8 can carry, become U+FFFD with an issue
    `characters_replaced`. Raises PayloadError `markup_invalid` for what is not JSON, NaN and
    Infinity, an object that names a key twice with different values, and nesting beyond `DEEPEST`.
    """
    try:
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
        _check_depth(data)
    except PayloadError:
        raise
    except (ValueError, RecursionError) as exc:
        raise PayloadError("markup_invalid", f"not JSON: {exc}"[:200]) from exc
    if _SURROGATE_ESCAPE.search(text) is None:
        return data, ()
    count = [0]
    data = _without_surrogates(data, count)
    return data, (Issue("characters_replaced", None, f"{count[0]} lone surrogates"),) if count[0] else ()


def _no_constant(name: str) -> NoReturn:
    raise PayloadError("markup_invalid", f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a key twice with different values: nobody can say which is meant."""
    made: dict[str, Any] = dict(pairs)
    if len(made) == len(pairs):
        return made
    made.clear()
    for key, value in pairs:
        if key in made and made[key] != value:
            shown = _SURROGATES.sub("\ufffd", key[:60])
            raise PayloadError("markup_invalid", f"key {shown!r} stands twice with different values")
        made[key] = value
    return made


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                inner += [value for value in node.values() if isinstance(value, dict | list)]
            elif isinstance(node, list):
                inner += [value for value in node if isinstance(value, dict | list)]
        if not inner:
            return
        level = inner
    raise PayloadError("markup_invalid", f"the JSON is nested deeper than {DEEPEST} levels")


def _without_surrogates(value: Any, count: list[int]) -> Any:
    if isinstance(value, str):
        clean, found = _SURROGATES.subn("\ufffd", value)
        count[0] += found
        return clean
    if isinstance(value, dict):
        return {_without_surrogates(key, count): _without_surrogates(item, count) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item, count) for item in value]
    return value
