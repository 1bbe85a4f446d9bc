"""Trains the block classifier on the dev data and writes `worker/extract/blocks.npz`.

    python training/train.py --data ../shared/data            # about three minutes of one core
    python training/train.py --data ../shared/data --folds 5  # cross-validated by site instead

Needs `catboost` (Apache-2.0), which Copydesk itself does not. Two models work together: the first sees each block, its
neighbours and the elements around it; the second also what the first thinks of all that. The seed is
fixed; the same data and library version give the same file. A third, smaller one is for the mode `fast`, which looks at
a part of the page only.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, get_args

import catboost
import numpy as np
import trafilatura

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.quality.body import Counts, compare, score
from benchmarks.quality.pages import fold_of
from benchmarks.quality.pages import pages as pages_of
from training.labels import label_blocks
from worker.extract.blocks import Block
from worker.extract.declared import read_declared
from worker.extract.features import Matrix, context_features, features
from worker.extract.main_content import (
    UNSURE,
    Mode,
    Models,
    choose_blocks,
    cut,
    judge,
    parse,
    with_second_look,
    witness_of,
)
from worker.extract.trees import Trees, pack

SETS: Final = ("wcxb-dev", "fundus-tests")
MODEL: Final = Path(__file__).parent.parent / "worker" / "extract" / "blocks.npz"
INNER_FOLDS: Final = 3
TREES: Final = 300
FAST_TREES: Final = 300
PARAMETERS: Final[dict[str, Any]] = {
    "loss_function": "CrossEntropy",
    "depth": 6,
    "learning_rate": 0.08,
    "l2_leaf_reg": 5,
    "rsm": 0.3,
    "border_count": 64,
    "boosting_type": "Plain",
    "bootstrap_type": "Bernoulli",
    "subsample": 0.7,
    "random_seed": 7,
    "thread_count": 1,
    "verbose": False,
    "allow_writing_files": False,
}


@dataclass(slots=True)
class Sample:
    """One page with its features, labels and gold text."""

    name: str
    collection: str
    site: str
    blocks: list[Block]
    rows: Matrix
    groups: Matrix
    labels: Matrix
    gold: str


Pages = dict[Mode, list[Sample]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What models that have not seen a page's site choose of it, and the F1 that they expect."""

    mode: Mode
    collection: str
    name: str
    fold: int
    expected_f1: float
    counts: Counts


def samples(folder: Path, mode: Mode) -> Iterator[Sample]:
    """Read the pages that have a gold body, the part of them that the mode looks at."""
    for name in SETS:
        for page in pages_of(folder, name):
            tree = parse(page.html)
            witness = witness_of(read_declared(tree))
            part = cut(tree, mode)
            if not part.blocks or not page.body:
                continue
            rows, groups = features(part, witness)
            labels = np.array(label_blocks([block.text for block in part.blocks], page.body), dtype=np.float32)
            yield Sample(page.name, name, page.site, part.blocks, rows, groups, labels, page.body)


def _weights(sample: Sample) -> Matrix:
    """Weigh a block by its share of the page's article, as the metric does."""
    size = np.minimum(sample.groups[:, 0], 2000.0)
    article = float((size * (sample.labels >= 0.5)).sum()) + 200.0
    weights: Matrix = ((size + 15.0) / article).astype(np.float32)
    return weights


def fit(pages: list[Sample], rows: list[Matrix], trees: int = TREES) -> Trees:
    """Train one model."""
    weights = np.concatenate([_weights(page) for page in pages])
    labels = np.concatenate([page.labels for page in pages])
    model = catboost.CatBoost({**PARAMETERS, "iterations": trees})
    model.fit(catboost.Pool(np.concatenate(rows), labels, weight=weights / weights.mean()))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        return flatten(json.loads(path.read_text("utf-8")))


def train(pages: list[Sample]) -> tuple[Trees, Trees]:
    """Train the models of the default mode; the second on what first models say of pages that they have not seen."""
    unseen: dict[int, Matrix] = {}
    for fold in range(INNER_FOLDS):
        known = [page for page in pages if fold_of(page.site, INNER_FOLDS, "inner") != fold]
        model = fit(known, [page.rows for page in known])
        for page in pages:
            if fold_of(page.site, INNER_FOLDS, "inner") == fold:
                unseen[id(page)] = model.probabilities(page.rows)
    first = fit(pages, [page.rows for page in pages])
    second = fit(
        pages,
        [np.concatenate([page.rows, context_features(unseen[id(page)], page.groups)], axis=1) for page in pages],
    )
    return first, second


def flatten(model: dict[str, Any]) -> Trees:
    """Turn a trained model into arrays; the bias goes into the first tree's leaves."""
    scale, (bias,) = model["scale_and_bias"]
    trees = model["oblivious_trees"]
    depth = max(len(tree["splits"]) for tree in trees)
    feature = np.zeros((depth, len(trees)), dtype=np.int32)
    threshold = np.full((depth, len(trees)), np.inf, dtype=np.float32)  # a level that a tree has not is never passed
    value = np.zeros((len(trees), 2**depth), dtype=np.float32)
    for column, tree in enumerate(trees):
        for level, split in enumerate(tree["splits"]):
            feature[level, column] = split["float_feature_index"]
            threshold[level, column] = split["border"]
        value[column, : len(tree["leaf_values"])] = scale * np.array(tree["leaf_values"])
    value[0] += bias
    return Trees(feature, threshold, value)


def train_fast(pages: list[Sample]) -> Trees:
    """Train the model of the fast mode."""
    return fit(pages, [page.rows for page in pages], FAST_TREES)


def cross_validate(pages: Pages, folds: int, keep: Path | None) -> Iterator[Outcome]:
    """Judge each page by models that have not seen its site; `keep` is a folder for them, in files `FOLD-FOLDS.npz`."""
    for fold in range(folds):
        known = {mode: [page for page in of if fold_of(page.site, folds) != fold] for mode, of in pages.items()}
        models = Models(*train(known["default"]), train_fast(known["fast"]))
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{fold}-{folds}.npz").write_bytes(pack(models._asdict()))
        parts = {(page.collection, page.name): page for page in pages["fast"]}
        for mode, of in pages.items():
            for page in of:
                if fold_of(page.site, folds) == fold:
                    yield _outcome(page, mode, models, fold, parts.get((page.collection, page.name)))


def _outcome(page: Sample, mode: Mode, models: Models, fold: int, part: Sample | None) -> Outcome:
    """Choose as `worker.extract.main_content` does; `part` is what the fast mode looks at of the page."""
    first, second, fast = models
    sure = fast.probabilities(page.rows) if mode == "fast" else judge(page.rows, page.groups, first, second)
    chosen, expected = choose_blocks(sure, page.groups)
    if mode == "default" and expected < UNSURE and part is not None:
        look = with_second_look(sure, page.blocks, fast.probabilities(part.rows), part.blocks)
        chosen, expected = choose_blocks(look, page.groups)
    text = "\n\n".join(block.text for block, keep in zip(page.blocks, chosen, strict=True) if keep)
    return Outcome(mode, page.collection, page.name, fold, expected, compare(text, page.gold))


def figures(outcomes: list[Outcome]) -> Iterator[str]:
    """Write the figures of each mode and collection, and the spread of the folds."""
    for mode in get_args(Mode):
        for name in SETS:
            of = [item for item in outcomes if (item.mode, item.collection) == (mode, name)]
            whole = score([item.counts for item in of])
            folds = sorted({item.fold for item in of})
            spread = [score([item.counts for item in of if item.fold == fold]).f1 for fold in folds]
            yield (
                f"{mode} {name}: F1 {whole.f1:.4f} P {whole.precision:.3f} R {whole.recall:.3f}, {whole.pages} pages, "
                f"folds {min(spread):.3f} to {max(spread):.3f}"
            )


def cascade(outcomes: list[Outcome], folder: Path) -> Iterator[str]:
    """Write what trafilatura as second opinion gains and costs, where each mode expects less than a threshold."""
    others: dict[str, Counts] = {}
    began = time.process_time()
    for name in SETS:
        for page in pages_of(folder, name):
            if page.body:
                text = trafilatura.extract(page.html, url=page.url, include_comments=False, favor_precision=True)
                others[f"{name} {page.name}"] = compare(text or "", page.body)
    cost = (time.process_time() - began) * 1000 / len(others)
    yield f"second opinion: {cost:.1f} ms CPU a page that is escalated, reading and comparing included"
    for mode in get_args(Mode):
        for name in SETS:
            of = [item for item in outcomes if (item.mode, item.collection) == (mode, name)]
            for threshold in (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01):
                unsure = [item.expected_f1 < threshold for item in of]
                taken = [others[f"{name} {x.name}"] if doubt else x.counts for x, doubt in zip(of, unsure, strict=True)]
                best = [
                    max(x.counts, others[f"{name} {x.name}"], key=_f1) if doubt else x.counts
                    for x, doubt in zip(of, unsure, strict=True)
                ]
                rate = sum(unsure) / len(of)
                yield (
                    f"{mode} {name} below {threshold:.2f}: {rate:.3f} escalated, F1 {score(taken).f1:.4f}, "
                    f"with the better of both {score(best).f1:.4f}, {rate * cost:+.1f} ms a page"
                )


def _f1(counts: Counts) -> float:
    return score([counts]).f1


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds extraction/*.jsonl.zst")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate with so many folds, write nothing")
    parser.add_argument("--keep", type=Path, help="with --folds: write the models of the folds there, too")
    parser.add_argument("--cascade", action="store_true", help="with --folds: trafilatura as second opinion, too")
    options = parser.parse_args()
    pages: Pages = {mode: list(samples(options.data, mode)) for mode in get_args(Mode)}
    for mode, of in pages.items():
        print(f"{mode}: {len(of)} pages, {sum(len(page.blocks) for page in of)} blocks")
    if options.folds:
        outcomes = list(cross_validate(pages, options.folds, options.keep))
        print("\n".join(figures(outcomes)), flush=True)
        if options.cascade:
            print("\n".join(cascade(outcomes, options.data)))
        return
    trained = Models(*train(pages["default"]), train_fast(pages["fast"]))
    MODEL.write_bytes(pack(trained._asdict()))
    print(f"{MODEL.name}: {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()
