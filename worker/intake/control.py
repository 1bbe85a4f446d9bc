"""A lane as operators see and steer it: stopped and started, its progress, entries that wait for newer workers."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final, cast

import redis

from worker.entry import PAYLOAD_VERSION
from worker.intake.backlog import BacklogProbe
from worker.intake.lane import Lane
from worker.intake.script import script_text

_READMITTED: Final = 1000


@dataclass(frozen=True, slots=True)
class LaneState:
    """What stands and moves in a lane; ages in seconds.

    `claimable` could be worked on now, `in_work` is claimed, `parked` waits for its time, `newer` for workers that know
    its contract version, `held` for the end of an embargo. `oldest` is the age of the oldest entry, `still` how long
    ago the last one was settled (None: never). `failed` counts the failures among those that the guard looks back on,
    `redelivered` the entries that were taken over from a worker that died or was too slow. A lane that is `closed`
    takes nothing from producers until it is below its low mark.
    """

    name: str
    backlog: int
    claimable: int
    in_work: int
    parked: int
    newer: int
    held: int
    undelivered: int
    quarantine: int
    oldest: float
    still: float | None
    failed: int
    redelivered: int
    closed: bool
    stopped: str | None

    def problem(self, seconds: float) -> str | None:
        """Say what is wrong: it is stopped, or work waits longer than `seconds` and nothing was settled meanwhile."""
        if self.stopped:
            return f"stopped: {self.stopped}; when mended: copydesk lanes start {self.name}"
        waiting = self.claimable or self.in_work
        if waiting and self.oldest > seconds and (self.still is None or self.still > seconds):
            since = "ever" if self.still is None else f"for {self.still:.0f} s"
            return f"{self.backlog} payloads wait, the oldest for {self.oldest:.0f} s, and none was settled {since}"
        return None


def lane_state(client: redis.Redis, lane: Lane, probe: BacklogProbe, group: str) -> LaneState:
    """Ask the server; raises redis.RedisError."""
    raw = cast("dict[bytes, bytes]", client.hgetall(lane.state))
    try:
        backlog = probe()
        in_work = int(client.xpending(lane.intake, group)["pending"])
        claimable, total = backlog.claimable, backlog.total
    except redis.ResponseError as exc:
        if not str(exc).startswith("NOGROUP"):
            raise
        claimable = total = int(client.xlen(lane.intake))
        in_work = 0
    first = cast("list[tuple[bytes, Any]]", client.xrange(lane.intake, count=1))
    now = time.time()
    stopped = raw.get(b"reason", b"").decode("utf-8", "replace") if b"stopped" in raw else None
    return LaneState(
        name=lane.label,
        backlog=total,
        claimable=claimable,
        in_work=in_work,
        parked=int(client.zcard(lane.parked)),
        newer=int(client.xlen(lane.newer)),
        held=int(client.zcard(lane.holding)),
        undelivered=int(client.xlen(lane.articles)),
        quarantine=int(client.xlen(lane.quarantine)),
        oldest=max(0.0, now - int(first[0][0].split(b"-")[0]) / 1000) if first else 0.0,
        still=max(0.0, now - int(raw[b"progress"]) / 1000) if b"progress" in raw else None,
        failed=int(raw.get(b"bad", 0)),
        redelivered=int(raw.get(b"redelivered", 0)),
        closed=bool(client.hexists(lane.admission, "closed")),
        stopped=stopped,
    )


def stop_lane(client: redis.Redis, lane: Lane, reason: str) -> None:
    """Let nothing more be claimed; producers go on pushing, what is in work is finished."""
    client.hset(lane.state, mapping={"stopped": int(time.time() * 1000), "reason": reason})


def start_lane(client: redis.Redis, lane: Lane) -> bool:
    """Let it be claimed again; the guard forgets what it saw. Returns whether it was stopped."""
    was = bool(client.hexists(lane.state, "stopped"))
    client.hdel(lane.state, "stopped", "reason", "seen", "bad")
    client.delete(lane.recent)
    return was


class Readmit:
    """Puts entries of newer contract versions back once this worker knows their version."""

    def __init__(self, client: redis.Redis, lane: Lane) -> None:
        self._keys = [lane.newer, lane.intake]
        self._script = client.register_script(script_text("readmit"))

    def __call__(self) -> int:
        """Returns how many; raises redis.RedisError."""
        return int(self._script(keys=self._keys, args=[PAYLOAD_VERSION, _READMITTED]))
