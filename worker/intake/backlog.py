"""What waits in a lane, asked by the bootstep and by the command line."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from worker.intake.lane import GROUP, Lane
from worker.intake.script import script_text


@dataclass(frozen=True, slots=True)
class Backlog:
    """`claimable` entries could be claimed now; `total` also counts those in work and those parked."""

    claimable: int
    total: int


class BacklogProbe:
    """Asks one lane; the call is cheap and made many times a second."""

    def __init__(self, client: redis.Redis, lane: Lane, lease_seconds: float) -> None:
        self._keys = [lane.intake, lane.parked, lane.state]
        self._args: list[str | int] = [GROUP, int(lease_seconds * 1000)]
        self._script = client.register_script(script_text("backlog"))

    def __call__(self) -> Backlog:
        """Ask the server; raises redis.RedisError, NOGROUP included."""
        claimable, total = self._script(keys=self._keys, args=self._args)
        return Backlog(int(claimable), int(total))


def sweep_consumers(client: redis.Redis, lane: Lane, idle_seconds: float) -> int:
    """Drop consumers that hold nothing and have been silent for long; returns how many.

    Each pool process is a consumer of its own, so a long-lived group would collect thousands.
    """
    script = client.register_script(script_text("sweep"))
    return int(script(keys=[lane.intake], args=[GROUP, int(idle_seconds * 1000)]))
