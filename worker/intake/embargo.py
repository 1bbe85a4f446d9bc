"""Embargoes: records that are held back until their time, and released by whichever worker looks first."""

from __future__ import annotations

import redis

from worker.intake.lane import Lane
from worker.intake.script import script_text


class Release:
    """Releases what is due on one lane."""

    def __init__(self, client: redis.Redis, lane: Lane) -> None:
        self._keys = [lane.holding, lane.held, lane.articles]
        self._script = client.register_script(script_text("release"))

    def __call__(self) -> int:
        """Move records whose time has come to the articles stream; returns how many. Raises redis.RedisError."""
        return int(self._script(keys=self._keys))
