"""The pinned floors: a figure below which the gate fails, with the digest of the pages it was measured on."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FLOORS: Final = Path(__file__).with_name("floors.toml")
SLACK: Final = 0.0005
"""How far a figure may lie below its floor: less than one page of a collection, so rounding alone."""
_HEAD: Final = """\
# Quality floors on the dev split: `make quality` fails below them. Written by
#     python benchmarks/quality/gate.py --raise     (--lower where one has to fall: say why in the commit)
# docs/quality.md says what each figure is. The body's floors guard against regression and claim nothing:
# the block model was trained on these very pages.
"""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A collection's floors: digest of its file, number of pages measured, figure -> floor (0..1)."""

    sha256: str
    pages: int
    floors: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Renewal:
    """New floors, and the figures whose floor would have to fall for them but was kept."""

    pinned: Pinned
    kept: tuple[str, ...]


def read(path: Path) -> dict[str, Pinned]:
    """Read a floors file, collection -> floors; empty where there is none."""
    if not path.exists():
        return {}
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        name: Pinned(
            table["sha256"],
            table["pages"],
            {key: float(value) for key, value in table.items() if key not in {"sha256", "pages"}},
        )
        for name, table in tables.items()
    }


def write(path: Path, pinned: Mapping[str, Pinned], head: str = _HEAD) -> None:
    """Write a floors file, `head` first."""
    parts = [head]
    for name, one in pinned.items():
        parts.append(f'\n[{name}]\nsha256 = "{one.sha256}"\npages = {one.pages}\n')
        parts += [f"{figure} = {floor:.3f}\n" for figure, floor in one.floors.items()]
    path.write_text("".join(parts), encoding="utf-8")


def mismatch(pinned: Pinned, sha256: str, pages: int | None) -> str | None:
    """Say why floors do not apply to these pages; None where they do. `pages` is None while not yet counted."""
    if pinned.sha256 != sha256:
        return f"the data has changed (sha256 {sha256[:12]}…, floors are for {pinned.sha256[:12]}…)"
    if pages is not None and pinned.pages != pages:
        return f"{pages} pages were measured, floors are for {pinned.pages}"
    return None


def fallen(pinned: Pinned, figures: Mapping[str, float]) -> list[str]:
    """Name the measured figures that lie below their floors."""
    return [name for name, value in figures.items() if value < pinned.floors.get(name, 0.0) - SLACK]


def renewed(old: Pinned | None, new: Pinned, *, lower: bool) -> Renewal:
    """Give floors for the figures in `new`, rounded down to .001; a floor falls only with `lower`.

    Figures that were not measured keep their floors, except where the pages are others: what was
    pinned for those says nothing of these. The caller lets that happen only with `lower`.
    """
    same = old is not None and mismatch(old, new.sha256, new.pages) is None
    floors = dict(old.floors) if old is not None and same else {}
    kept = []
    for name, value in new.floors.items():
        floor = math.floor(value * 1000 + 1e-9) / 1000
        if floor >= floors.get(name, 0.0) or lower:
            floors[name] = floor
        elif value < floors[name] - SLACK:
            kept.append(name)
    return Renewal(Pinned(new.sha256, new.pages, floors), tuple(kept))
