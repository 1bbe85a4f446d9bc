"""Watches the dedupe index and says so in the log when it has lost what it knew, or forgets early for want of room."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import redis
import structlog

from worker.index.redis_index import IndexState

_SECONDS: Final = 60.0

_log = structlog.get_logger("copydesk.index")


class IndexWatch:
    """Looks once a minute, however often it is called; `state` asks the index, `made_before` counts records so far."""

    def __init__(self, state: Callable[[], IndexState], made_before: Callable[[], int]) -> None:
        self._state = state
        self._made_before = made_before
        self._due = 0.0
        self._cut: int | None = None

    def __call__(self) -> None:
        """Look, if it is time to; a server that is away is not this one's business."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _SECONDS
        try:
            state = self._state()
            lost = self._cut is None and not state.documents and self._made_before() > 0
        except (redis.ConnectionError, redis.TimeoutError):
            return
        if lost:
            _log.warning(
                "index.empty", meaning="records were made before, so what they tell of may come out as new again"
            )
        if state.window_cut > (self._cut or 0):
            _log.warning(
                "index.window_cut", times=state.window_cut, reaches_back_days=state.reaches_back_seconds / 86_400
            )
        self._cut = state.window_cut
