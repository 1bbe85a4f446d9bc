"""The bootstep that lets a worker drain streams: it starts tasks in its own worker's pool, no broker between.

While a lane has a backlog and the pool a free slot, a `copydesk.drain` message is made in memory and
handed to the consumer's own strategy, so that events, Flower, time limits, signals and remote control
see an ordinary task. Nothing is unacknowledged anywhere, so there is nothing that a crash could lose.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, ClassVar, Final, Literal
from uuid import uuid4

import redis
import structlog
from celery import bootsteps
from celery.worker import state
from celery.worker.request import Request
from kombu.message import Message
from kombu.serialization import dumps

from worker import wiring
from worker.delivery.batches import DueProbe, expire_batches
from worker.delivery.breaker import State
from worker.intake.backlog import BacklogProbe, sweep_consumers
from worker.intake.claims import age_consumers
from worker.intake.control import Readmit
from worker.intake.embargo import Release
from worker.intake.lane import GROUP, Lane
from worker.settings import LaneTable, Settings

_CALL_SECONDS: Final = 2.0  # for a call from the parent: its event loop stands still meanwhile
_REST_SECONDS: Final = 1.0  # after the server could not be reached
_SWEEP_SECONDS: Final = 300.0
_BREAKER_SECONDS: Final = 1.0
_RELEASE_SECONDS: Final = 1.0
_ALARM_SECONDS: Final = 15.0
_CONSUMER_IDLE_SECONDS: Final = 3600.0
_log = structlog.get_logger("copydesk.source")


def local_message(app: Any, name: str, args: tuple[object, ...]) -> Message:
    """Make the message of a task without sending it: protocol 2, JSON."""
    task = app.amqp.as_task_v2(str(uuid4()), name, args=args, kwargs={}, ignore_result=True, argsrepr=repr(args))
    content_type, content_encoding, body = dumps(task.body, serializer="json")
    return Message(
        body=body,
        content_type=content_type,
        content_encoding=content_encoding,
        headers=task.headers,
        properties=task.properties,
        delivery_info={"exchange": "", "routing_key": "local", "priority": 0, "redelivered": False},
        accept={"application/json"},
    )


def hasten(*_arguments: object, **_signal: object) -> None:
    """Make the next SIGTERM hand back at once; connected to the first one, for which Celery finishes what is in hand.

    Celery itself would go on waiting.
    """
    signal.signal(signal.SIGTERM, _abandon)


def _abandon(_signum: int, _frame: FrameType | None) -> None:
    if StreamSource.current is not None:
        StreamSource.current.abandon()


def _settled(*_args: object, **_kwargs: object) -> None:
    """Acknowledge or reject nothing: the message never was on a broker."""


class LocalRequest(Request):
    """A task request that tells the bootstep how it ended."""

    def on_success(self, failed__retval__runtime: Any, **kwargs: Any) -> None:
        """Look for more work as soon as a slot is free."""
        super().on_success(failed__retval__runtime, **kwargs)
        if (source := StreamSource.current) is not None:
            source.look_soon()

    def on_failure(self, exc_info: Any, *args: Any, **kwargs: Any) -> None:
        """Give up at once what the dead process held, instead of waiting for its lease to pass."""
        pid = self.worker_pid
        try:
            super().on_failure(exc_info, *args, **kwargs)
        finally:
            self._lost(pid)

    def on_timeout(self, soft: bool, timeout: float) -> None:  # noqa: FBT001  # Celery's signature
        """Treat a hard time-out like a death: the pool kills the process."""
        super().on_timeout(soft, timeout)
        if not soft:
            self._lost(self.worker_pid, "failed")

    @staticmethod
    def _lost(pid: object, cause: Literal["died", "failed"] = "died") -> None:
        if pid is not None and (source := StreamSource.current) is not None:
            source.bury(f"/{pid}-", cause)


class StreamSource(bootsteps.StartStopStep):
    """Keeps the pool busy with drains and deliveries while there is something to do.

    A subclass brings the settings; one instance a worker, started again after each lost connection.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)
    current: ClassVar[StreamSource | None] = None
    read_settings: ClassVar[Callable[[], Settings]]

    def __init__(self, consumer: Any, **kwargs: Any) -> None:
        super().__init__(consumer, **kwargs)
        self._settings = type(self).read_settings()
        self._client = wiring.connect(self._settings, _CALL_SECONDS)
        self._lanes = wiring.lanes(self._settings)
        self._probes: dict[str, BacklogProbe] = {}
        self._due: dict[tuple[str, str], DueProbe] = {}
        for lane in self._lanes:
            self._probes[lane.label] = wiring.backlog_probe(self._settings, self._client, lane)
        for stage, lane in wiring.stages(self._settings):
            self._due[stage, lane.label] = wiring.due_probe(self._settings, self._client, lane, stage)
        self._stages = list(dict.fromkeys(stage for stage, _ in self._due))
        self._breakers = {stage: wiring.breaker(self._settings, self._client, stage) for stage in self._stages}
        self._releases = [Release(self._client, lane) for lane in self._lanes]
        self._release_at = 0.0
        clustered = self._lanes if self._settings.redis.cluster else ()
        self._outboxes = [wiring.outbox(self._settings, self._client, lane) for lane in clustered]
        self._breaker_seen: dict[str, tuple[float, State]] = {}
        self._alarms = wiring.sink_alarms(self._settings, self._client)
        self._alarm_at = 0.0
        self._served: dict[str, float] = dict.fromkeys((lane.label for lane in self._lanes), 0.0)
        self._clock = 0.0
        self._readmits = [Readmit(self._client, lane) for lane in self._lanes]
        self._running: dict[str, tuple[str, Any]] = {}
        self._timer: Any = None
        self._consumer: Any = None
        self._rest_until = 0.0
        self._sweep_at = 0.0
        self._ready = False
        self._began = False

    def start(self, consumer: Any) -> None:
        """Begin to look for work; called again after the broker's connection came back."""
        StreamSource.current = self
        self._consumer = consumer
        self._ready = False
        interval = self._settings.intake.poll_seconds
        self._timer = consumer.timer.call_repeatedly(interval, self._look)

    def stop(self, consumer: Any) -> None:
        """Start nothing more; what runs is finished or handed back by the drains themselves."""
        if self._timer is not None:
            consumer.timer.cancel(self._timer)
            self._timer = None

    def terminate(self, consumer: Any) -> None:
        """Stop at once: the same, since nothing is in the step's own hands."""
        self.stop(consumer)

    def abandon(self) -> None:
        """Kill the pool's processes and give up at once what they held; for a second SIGTERM."""
        for pid in self._consumer.pool.info.get("processes", ()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._guarded(lambda: self._bury(lambda _name: True, "failed"))
        _log.warning("worker.abandoned", reason="a second SIGTERM")

    def look_soon(self) -> None:
        """Look for work in the next turn of the event loop."""
        if self._timer is not None:
            self._consumer.call_soon(self._look)

    def bury(self, mark: str, cause: Literal["died", "failed"]) -> None:
        """Take entries and batches from consumers of this worker whose name contains `mark`."""
        self._guarded(lambda: self._bury(lambda name: mark in name, cause))

    def _bury(self, dead: Callable[[str], bool], cause: Literal["died", "failed"] = "died") -> None:
        """Let the dead be taken over at once; with `dead` true for all, everyone of this worker's former life."""
        mine = f"{self._consumer.hostname}/"
        for lane in self._lanes:
            rows = self._client.xinfo_consumers(lane.intake, GROUP)
            names = [row["name"].decode() for row in rows if row["pending"]]
            gone = [name for name in names if name.startswith(mine) and dead(name)]
            entries = age_consumers(self._client, lane, self._settings.intake.lease_seconds, gone)
            batches = [lane.batch(stage) for stage in self._stages]
            opened = expire_batches(self._client, batches, lambda name: name.startswith(mine) and dead(name), cause)
            if entries or opened:
                _log.warning("worker.buried", lane=lane.label, consumers=gone, entries=entries, batches=opened)

    def _guarded(self, action: Callable[[], object]) -> None:
        """Run something that talks to the server from the event loop; an outage must not end the worker."""
        try:
            action()
        except redis.RedisError as exc:
            if str(exc).startswith("NOGROUP"):  # the server came back empty
                self._ready = False
            _log.warning("source.unreachable", error=str(exc))
            self._rest_until = time.monotonic() + _REST_SECONDS

    def _look(self) -> None:
        if self._timer is not None and time.monotonic() >= self._rest_until:
            self._guarded(self._fill)

    def _prepare(self) -> None:
        """Create what is missing, and take over what this worker held before it was killed."""
        wiring.ensure_groups(self._settings, self._client)
        # At the first time no process of this life has claimed anything, so all that is held is a former life's,
        # even under a process id that lives again (in a container the ids are the same after each restart).
        alive = self._consumer.pool.info.get("processes", ()) if self._began else ()
        self._bury(lambda name: not any(f"/{pid}-" in name for pid in alive))
        self._ready = self._began = True

    def _fill(self) -> None:
        """Start as many drains and deliveries as there is work for and free slots."""
        self._running = {task_id: item for task_id, item in self._running.items() if item[1] in state.reserved_requests}
        slots = self._consumer.pool.num_processes
        free = slots - len(state.reserved_requests)
        if free <= 0:
            return
        if not self._ready:
            self._prepare()
        if time.monotonic() >= self._sweep_at:
            self._sweep()
        if time.monotonic() >= self._alarm_at:
            self._alarm_at = time.monotonic() + _ALARM_SECONDS
            for alarm in self._alarms():
                _log.error("sink.behind", **alarm)
            for lane in self._lanes:
                reason = self._client.hget(lane.state, "reason")
                if isinstance(reason, bytes):
                    _log.error("lane.stopped", lane=lane.label, reason=reason.decode("utf-8", "replace"))
        queues = self._consumer.app.amqp.queues.consume_from
        stages = [stage for stage in self._stages if wiring.queue(self._settings, stage) in queues]
        free -= self._deliver(slots, free, stages)
        if self._settings.redis.prefix in queues:
            if time.monotonic() >= self._release_at:
                self._release_at = time.monotonic() + _RELEASE_SECONDS
                for release in self._releases:
                    release()
                for outbox in self._outboxes:
                    outbox.sweep()
            self._drain(slots, free)

    def _deliver(self, slots: int, free: int, sinks: list[str]) -> int:
        """Start what sinks are due for: one task a sink and lane, and one slot is always left to the drains."""
        running = [key for key, _ in self._running.values() if key.startswith("sink:")]
        free = min(free, max(1, slots - 1) - len(running))
        started = 0
        for sink in sinks:
            state = self._breaker_state(sink)
            if state == "open" or (state == "trial" and any(key.startswith(f"sink:{sink}:") for key in running)):
                continue
            for lane in (lane for stage, lane in self._due if stage == sink):
                key = f"sink:{sink}:{lane}"
                if started < free and key not in running and self._due[sink, lane]():
                    self._start(key, "copydesk.deliver", (sink, lane))
                    started += 1
                    if state == "trial":
                        break  # one lane tries; when it succeeds, all go on
        return started

    def _breaker_state(self, sink: str) -> State:
        """Ask at most once a second: an answer a second old is good enough to leave a destination in peace."""
        asked, state = self._breaker_seen.get(sink, (0.0, "closed"))
        if time.monotonic() - asked > _BREAKER_SECONDS:
            state = self._breakers[sink].state().state
            self._breaker_seen[sink] = (time.monotonic(), state)
        return state

    def _drain(self, slots: int, free: int) -> None:
        """Give free slots to lanes with work: in their order, or by weight; replays get what is left."""
        wanted = {lane.label: self._wanted(lane, slots) for lane in self._lanes}
        while free > 0 and (open_lanes := [name for name, count in wanted.items() if count > 0]):
            name = min(open_lanes, key=self._turn)
            if name == self._settings.archive.replay_lane and len(self._running) >= max(slots - 1, 1):
                return  # it never takes the slot that a live payload may need next
            self._start(f"lane:{name}", "copydesk.drain", (name, slots))
            table = self._settings.lanes.get(name.partition("/")[0], LaneTable())
            self._clock = max(self._served[name], self._clock)
            self._served[name] = self._clock + 1 / table.weight
            wanted[name] -= 1
            free -= 1

    def _wanted(self, lane: Lane, slots: int) -> int:
        """Say how many more drains a lane has work for."""
        batch = self._settings.intake.batch_count
        running = sum(1 for key, _ in self._running.values() if key == f"lane:{lane.label}")
        claimable = self._probes[lane.label]().claimable
        # A short backlog is shared: a claim takes its part only (`share`), so one slot is not left idle.
        wanted = min(claimable, max(slots, math.ceil(claimable / batch)))
        most = self._settings.lanes.get(lane.name, LaneTable()).processes or slots
        return min(wanted, most) - running

    def _turn(self, name: str) -> tuple[bool, float, int]:
        """Order lanes: replays last; by what each was given for its weight; else as the settings name them.

        A lane that had nothing for a while starts at the clock, so that it has no more credit than the others.
        """
        weighted = self._settings.intake.order == "weighted"
        place = next(number for number, lane in enumerate(self._lanes) if lane.label == name)
        return (
            name == self._settings.archive.replay_lane,
            max(self._served[name], self._clock) if weighted else 0.0,
            place,
        )

    def _start(self, key: str, name: str, args: tuple[object, ...]) -> None:
        message = local_message(self._consumer.app, name, args)
        self._consumer.strategies[name](message, None, _settled, _settled, [])
        task_id = message.headers["id"]
        if (request := state.requests.get(task_id)) is not None:
            self._running[task_id] = (key, request)

    def _sweep(self) -> None:
        self._sweep_at = time.monotonic() + _SWEEP_SECONDS
        for lane in self._lanes:
            sweep_consumers(self._client, lane, _CONSUMER_IDLE_SECONDS)
            if days := self._settings.lanes.get(lane.name, LaneTable()).quarantine_days:
                oldest = int((time.time() - days * 86_400) * 1000)
                self._client.xtrim(lane.quarantine, minid=oldest)
        for readmit in self._readmits:
            if count := readmit():
                _log.info("newer.readmitted", entries=count)
