"""Gradient-boosted trees that ask one question a level, evaluated for all rows and all trees at once with numpy.

In such a tree (an "oblivious" one) all nodes of a level compare the same feature with the same threshold, so a row's
leaf is a number of `depth` bits: a tree costs one comparison of whole columns a level, and no way through nodes. The
library that trains them is not needed to use them; the arrays load in a few milliseconds, start no threads, and survive
a fork.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
import numpy.typing as npt

_NAMES: Final = ("feature", "threshold", "value")
_MOST_CELLS: Final = 400_000  # rows times trees at once: bounds the memory of a huge page


@dataclass(frozen=True, slots=True)
class Trees:
    """An ensemble.

    `feature` and `threshold` have a row a level and a column a tree: level `i` sets bit `i` of the leaf's number where
    the feature is greater. `value` has a row a tree and a column a leaf (2 to the depth): what the leaf adds.
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    value: npt.NDArray[np.float32]

    def probabilities(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give each row's probability, shape (rows,), in 0..1."""
        step = max(1, _MOST_CELLS // len(self.value))
        parts = [self._margin(rows[at : at + step]) for at in range(0, len(rows), step)]
        margin = np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)
        return (1.0 / (1.0 + np.exp(-margin))).astype(np.float32)

    def _margin(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        columns = np.ascontiguousarray(rows.T)
        trees, leaves = self.value.shape
        leaf = np.zeros((trees, len(rows)), dtype=np.uint8)
        for level, (feature, threshold) in enumerate(zip(self.feature, self.threshold, strict=True)):
            leaf |= (columns.take(feature, axis=0) > threshold[:, None]).view(np.uint8) << level
        places = leaf + (np.arange(trees, dtype=np.int32) * leaves)[:, None]
        margin: npt.NDArray[np.float32] = self.value.ravel().take(places).sum(axis=0)
        return margin


def pack(parts: dict[str, Trees]) -> bytes:
    """Give several ensembles as one compressed file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for name, trees in parts.items():
        arrays |= {f"{name}.{key}": getattr(trees, key) for key in _NAMES}
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(raw: bytes, name: str) -> Trees:
    """Read one ensemble of a packed file; raises KeyError for a name that is not in it."""
    with np.load(BytesIO(raw), allow_pickle=False) as arrays:
        return Trees(**{key: arrays[f"{name}.{key}"] for key in _NAMES})
