"""Gradient-boosted trees as flat arrays, evaluated for all rows and all trees at once with numpy.

The library that trains them is not needed to use them: for a page of 250 blocks the arrays are as
fast as it, load in a few milliseconds, start no threads, and survive a fork.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt

_NAMES: Final = ("feature", "threshold", "left", "right", "value")
_MOST_CELLS: Final = 400_000  # rows times trees at once: bounds the memory of a huge page


@dataclass(frozen=True, slots=True)
class Trees:
    """An ensemble; node `i` sends a row left where `row[feature[i]] <= threshold[i]`.

    A leaf points to itself on both sides. `roots` has one node a tree, `value` what a leaf adds.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32]
    roots: npt.NDArray[np.int32]
    depth: int

    def probabilities(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give each row's probability, shape (rows,), in 0..1."""
        step = max(1, _MOST_CELLS // len(self.roots))
        parts = [self._margin(rows[at : at + step]) for at in range(0, len(rows), step)]
        margin = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        return (1.0 / (1.0 + np.exp(-margin))).astype(np.float32)

    def _margin(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        count, width = rows.shape
        flat = np.ascontiguousarray(rows).ravel()
        start = (np.arange(count, dtype=np.int32) * width)[:, None]
        node = np.repeat(self.roots[None, :], count, axis=0)
        for _ in range(self.depth):
            cells = flat.take(self.feature.take(node) + start)
            node = np.where(cells <= self.threshold.take(node), self.left.take(node), self.right.take(node))
        margin: npt.NDArray[np.float32] = self.value.take(node).sum(axis=1)
        return margin


def pack(parts: dict[str, Trees]) -> bytes:
    """Give several ensembles as one compressed file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, trees in parts.items():
        arrays |= {f"{name}.{key}": getattr(trees, key) for key in (*_NAMES, "roots")}
        arrays[f"{name}.depth"] = np.array(trees.depth)
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(raw: bytes, name: str) -> Trees:
    """Read one ensemble of a packed file; raises KeyError for a name that is not in it."""
    with np.load(BytesIO(raw), allow_pickle=False) as arrays:
        parts = {key: arrays[f"{name}.{key}"] for key in (*_NAMES, "roots")}
        return Trees(**parts, depth=int(arrays[f"{name}.depth"]))
