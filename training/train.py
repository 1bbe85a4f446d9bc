"""Trains the block classifier on the dev data and writes `worker/extract/blocks.npz`.

    python training/train.py --data ../shared/data            # about two minutes
    python training/train.py --data ../shared/data --folds 5  # cross-validated by site instead, writes nothing

Needs `lightgbm` (MIT), which Copydesk itself does not. Two models: the first sees each block, its
neighbours and the elements around it; the second also what the first thinks of all that. The seed is
fixed; the same data and library version give the same file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import lightgbm
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.quality.body import Counts, compare, score
from benchmarks.quality.pages import fold_of
from benchmarks.quality.pages import pages as pages_of
from training.labels import label_blocks
from worker.extract.blocks import Block, cut_blocks
from worker.extract.declared import read_declared
from worker.extract.features import Matrix, context_features, features
from worker.extract.main_content import choose_blocks, parse, witness_of
from worker.extract.trees import Trees, pack

SETS: Final = ("wcxb-dev", "fundus-tests")
MODEL: Final = Path(__file__).parent.parent / "worker" / "extract" / "blocks.npz"
ROUNDS: Final = 150
INNER_FOLDS: Final = 3
PARAMETERS: Final[dict[str, Any]] = {
    "objective": "cross_entropy",
    "learning_rate": 0.06,
    "num_leaves": 31,
    "max_depth": 7,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.35,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "verbose": -1,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
}


@dataclass(slots=True)
class Sample:
    """One page with its features, labels and gold text."""

    collection: str
    site: str
    blocks: list[Block]
    rows: Matrix
    groups: Matrix
    labels: Matrix
    gold: str


def samples(folder: Path) -> Iterator[Sample]:
    """Read the pages that have a gold body."""
    for name in SETS:
        for page in pages_of(folder, name):
            tree = parse(page.html)
            cut = cut_blocks(tree.body)
            if not cut.blocks or not page.body:
                continue
            rows, groups = features(cut, witness_of(read_declared(tree)))
            labels = np.array(label_blocks([block.text for block in cut.blocks], page.body), dtype=np.float32)
            yield Sample(name, page.site, cut.blocks, rows, groups, labels, page.body)


def _weights(sample: Sample) -> Matrix:
    """Weigh a block by its share of the page's article, as the metric does."""
    size = np.minimum(sample.groups[:, 0], 2000.0)
    article = float((size * (sample.labels >= 0.5)).sum()) + 200.0
    weights: Matrix = ((size + 15.0) / article).astype(np.float32)
    return weights


def fit(pages: list[Sample], rows: list[Matrix]) -> lightgbm.Booster:
    """Train one model."""
    weights = np.concatenate([_weights(page) for page in pages])
    data = lightgbm.Dataset(
        np.concatenate(rows), np.concatenate([page.labels for page in pages]), weight=weights / weights.mean()
    )
    return lightgbm.train(PARAMETERS, data, ROUNDS)


def train(pages: list[Sample]) -> tuple[Trees, Trees]:
    """Train both models; the second on what first models say of pages that they have not seen."""
    unseen: dict[int, Matrix] = {}
    for fold in range(INNER_FOLDS):
        known = [page for page in pages if fold_of(page.site, INNER_FOLDS, "inner") != fold]
        model = fit(known, [page.rows for page in known])
        for page in pages:
            if fold_of(page.site, INNER_FOLDS, "inner") == fold:
                unseen[id(page)] = np.asarray(model.predict(page.rows), dtype=np.float32)
    first = fit(pages, [page.rows for page in pages])
    second = fit(
        pages,
        [np.concatenate([page.rows, context_features(unseen[id(page)], page.groups)], axis=1) for page in pages],
    )
    return flatten(first), flatten(second)


def flatten(booster: lightgbm.Booster) -> Trees:
    """Turn a trained model into flat arrays."""
    nodes: list[list[float]] = []
    deepest = 0

    def add(node: dict[str, Any], depth: int) -> int:
        nonlocal deepest
        deepest = max(deepest, depth)
        at = len(nodes)
        if "split_feature" not in node:
            nodes.append([0, 0.0, at, at, node["leaf_value"]])
            return at
        nodes.append([node["split_feature"], node["threshold"], 0, 0, 0.0])
        nodes[at][2] = add(node["left_child"], depth + 1)
        nodes[at][3] = add(node["right_child"], depth + 1)
        return at

    roots = [add(tree["tree_structure"], 0) for tree in booster.dump_model()["tree_info"]]
    feature, threshold, left, right, value = (np.array(column) for column in zip(*nodes, strict=True))
    return Trees(
        feature.astype(np.int32),
        threshold.astype(np.float32),
        left.astype(np.int32),
        right.astype(np.int32),
        value.astype(np.float32),
        np.array(roots, dtype=np.int32),
        deepest,
    )


def cross_validate(pages: list[Sample], folds: int) -> None:
    """Print the figures of each collection over folds by site, and their spread."""
    found: dict[tuple[str, int], list[Counts]] = {}
    for fold in range(folds):
        models = train([page for page in pages if fold_of(page.site, folds) != fold])
        for page in pages:
            if fold_of(page.site, folds) == fold:
                chosen, _ = choose_blocks(page.rows, page.groups, *models)
                text = "\n\n".join(block.text for block, keep in zip(page.blocks, chosen, strict=True) if keep)
                found.setdefault((page.collection, fold), []).append(compare(text, page.gold))
    for name in SETS:
        rows = [found[key] for key in sorted(found) if key[0] == name]
        whole = score([counts for part in rows for counts in part])
        spread = [score(part).f1 for part in rows]
        print(
            f"{name}: F1 {whole.f1:.4f} P {whole.precision:.3f} R {whole.recall:.3f}, {whole.pages} pages, "
            f"folds {min(spread):.3f} to {max(spread):.3f}"
        )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds extraction/*.jsonl.zst")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate with so many folds, write nothing")
    options = parser.parse_args()
    pages = list(samples(options.data))
    print(f"{len(pages)} pages, {sum(len(page.blocks) for page in pages)} blocks")
    if options.folds:
        cross_validate(pages, options.folds)
        return
    first, second = train(pages)
    MODEL.write_bytes(pack({"first": first, "second": second}))
    print(f"{MODEL.name}: {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()
