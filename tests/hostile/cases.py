"""All hostile payloads by name, and those to which the answer is not right yet."""

from __future__ import annotations

from typing import Final

from tests.hostile import data, markup, walls
from tests.hostile.case import Case

SLOW: Final[frozenset[str]] = frozenset()
"""Far beyond the time limit for now, so they are run nowhere; take a name off with what mends it."""

WRONG: Final[frozenset[str]] = frozenset()
"""Answered wrongly for now: these must fail their check, so that whoever mends one takes it off the list."""

ALL: Final[dict[str, Case]] = {
    **walls.CASES,
    **data.CASES,
    **{f"page: {name}": case for name, case in markup.CASES.items()},
}
LINE: Final = sorted(
    {
        *walls.CASES,
        *data.CASES,
        *(f"page: {name}" for part in (markup.SIZE, markup.NESTED, markup.CUT) for name in part),
    }
    - SLOW
)
"""What goes through the whole line; the rest differs from it in nothing that a worker process would notice."""
ALONE: Final = sorted(set(ALL) - set(LINE) - SLOW)
