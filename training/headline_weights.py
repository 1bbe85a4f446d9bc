"""Fits the weights of the headline's vote on the dev data and prints them for `worker/extract/fields/headline.py`.

    python training/headline_weights.py --data ../shared/data            # half a minute
    python training/headline_weights.py --data ../shared/data --folds 5  # cross-validated by site instead

A softmax regression over the wordings of each page: the weights that make the gold's wording likeliest, with a
penalty on their squares. Pages of which no wording is the gold's teach nothing, but count as wrong in all figures.
It is a convex problem, solved by Newton's method from zero: no seed, the same data give the same weights. They are
rounded to .05; the table in use is what this prints. Needs nothing that Copydesk itself does not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.quality.fields import normalised
from benchmarks.quality.pages import Page, fold_of
from benchmarks.quality.pages import pages as pages_of
from worker.extract.declared import read_declared
from worker.extract.draft import Draft
from worker.extract.fields.headline import WEIGHTS, candidates, features, section_names, site_names, statements
from worker.extract.fields.kind import put_address
from worker.extract.fields.publisher import put_publisher
from worker.extract.main_content import parse
from worker.extract.page import article_node
from worker.text.urls import absolute

SETS: Final = ("wcxb-dev", "fundus-tests")
NAMES: Final = tuple(WEIGHTS)
WORTH: Final = {"wcxb-dev": 1.0, "fundus-tests": 2.5}  # a page's; news are fewer, and what this is for
PENALTY: Final = 0.5  # of half the sum of squares; .3 and 1 differ by 6 pages of 864 in the cross-validation
FIXED: Final = {"head is section": 3.0}  # set by hand: the dev pages hardly have it
STEPS: Final = 30
ROUND: Final = 0.05
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One page: a row of features a wording, and which wordings are the gold's."""

    site: str
    collection: str
    rows: Array
    right: npt.NDArray[np.bool_]


def sample_of(page: Page) -> Sample:
    """Read what a page offers as its headline, as `read_page` does."""
    tree = parse(page.html)
    said = read_declared(tree)
    node = article_node(said)
    draft = Draft(format="html")
    base = absolute(said.base, page.url) or absolute(page.url)
    put_address(draft, said, node, base)
    put_publisher(draft, said, node, tree, base)
    witnesses = list(statements(said, node))
    wordings = candidates(witnesses)
    url = page.url or draft.values.get("canonical_url")
    site, sections = site_names(draft, said, url), section_names(said, node)
    rows = np.zeros((len(wordings), len(NAMES)))
    for at, item in enumerate(wordings):
        for name, value in features(item, witnesses, site, sections, url).items():
            rows[at, NAMES.index(name)] = value
    wanted = normalised(page.title or "")
    right = np.array([normalised(item.text) == wanted for item in wordings], bool)
    return Sample(page.site, page.collection, rows, right)


def samples(folder: Path) -> Iterator[Sample]:
    """Read all pages that have a gold title."""
    for collection in SETS:
        for page in pages_of(folder, collection):
            if page.title:
                yield sample_of(page)


def fit(pages: Sequence[Sample]) -> Array:
    """Give the weights that make the right wordings likeliest."""
    taught = [page for page in pages if page.right.any()]
    weights = np.array([FIXED.get(name, 0.0) for name in NAMES])
    fixed = np.array([name in FIXED for name in NAMES])
    for _ in range(STEPS):
        slope, curve = -PENALTY * weights, np.eye(len(NAMES)) * PENALTY
        for page in taught:
            shares = _shares(page.rows @ weights)
            wanted = np.where(page.right, shares, 0.0)
            wanted /= wanted.sum()
            expected = shares @ page.rows
            much = WORTH[page.collection]
            slope += much * (wanted @ page.rows - expected)
            curve += much * (page.rows * shares[:, None]).T @ page.rows - much * np.outer(expected, expected)
        slope[fixed], curve[fixed, :], curve[:, fixed] = 0.0, 0.0, 0.0
        curve[fixed, fixed] = 1.0
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < ROUND / 100:
            break
    return weights


def _shares(scores: Array) -> Array:
    powers: Array = np.exp(scores - scores.max())
    shares: Array = powers / powers.sum()
    return shares


def rounded(weights: Array) -> Array:
    """Round as the table is written."""
    whole: Array = np.round(np.round(weights / ROUND) * ROUND, 2) + 0.0
    return whole


def accuracy(pages: Sequence[Sample], weights: Array) -> float:
    """Give the share of pages whose likeliest wording is the gold's."""
    hits = [len(page.right) > 0 and bool(page.right[np.argmax(page.rows @ weights)]) for page in pages]
    return sum(hits) / max(len(hits), 1)


def cross_validate(pages: Sequence[Sample], folds: int) -> None:
    """Print how many headlines weights choose that were fitted without the page's site."""
    found: list[tuple[str, float, int]] = []
    for fold in range(folds):
        weights = rounded(fit([page for page in pages if fold_of(page.site, folds) != fold]))
        for collection in SETS:
            held = [page for page in pages if page.collection == collection and fold_of(page.site, folds) == fold]
            found.append((collection, accuracy(held, weights), len(held)))
    for collection in SETS:
        parts = [(share, size) for name, share, size in found if name == collection]
        mean = sum(share * size for share, size in parts) / sum(size for _, size in parts)
        shares = [share for share, _ in parts]
        print(f"{collection}: {mean:.3f} of the headlines, folds {min(shares):.3f} to {max(shares):.3f}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds extraction/*.jsonl.zst")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate by site in so many folds")
    options = parser.parse_args()
    pages = list(samples(options.data))
    if options.folds:
        cross_validate(pages, options.folds)
        return
    weights = rounded(fit(pages))
    for name, weight in zip(NAMES, weights, strict=True):
        print(f'    "{name}": {weight:g},')
    for label, table in (("fitted", weights), ("in use", np.array([*WEIGHTS.values()]))):
        shares = {name: accuracy([page for page in pages if page.collection == name], table) for name in SETS}
        ceiling = {name: np.mean([page.right.any() for page in pages if page.collection == name]) for name in SETS}
        for name in SETS:
            print(f"# {label}: {name} {shares[name]:.3f}, best possible {ceiling[name]:.3f}")


if __name__ == "__main__":
    main()
