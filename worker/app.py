"""The Celery app and its tasks; `celery -A worker.app worker` starts a worker.

No article travels through Celery: `copydesk.drain` and `copydesk.deliver` are started inside each
worker by the bootstep in `worker.source` and read the streams themselves. Sent from elsewhere they
are a harmless hint.
"""

from __future__ import annotations

import gc
import logging
import os
import secrets
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import redis
import structlog
from celery import Celery, Task, signals
from celery.exceptions import Reject
from kombu import Queue

from worker import preflight, telemetry, wiring
from worker.archive.stage import NAME as ARCHIVE
from worker.client import Client, ClientOptions
from worker.delivery.batches import Delivery
from worker.delivery.stories import NAME as STORIES
from worker.entry import compress, object_entry
from worker.errors import ConfigError, IntakeError, PayloadError
from worker.index.watch import IndexWatch
from worker.intake.drain import Drain
from worker.intake.limits import limit_memory
from worker.pipeline import Pipeline
from worker.registry import need_embedder
from worker.server import sentinels
from worker.settings import LaneTable, Settings, load
from worker.source import StreamSource, hasten

app: Final = Celery("copydesk", set_as_current=True)
_CHECK_SECONDS: Final = 10.0
_PUSH_SECONDS: Final = 5.0  # a pool slot waits so long for room in the intake, then the broker has the message back
_log = structlog.get_logger("copydesk.app")


@cache
def settings() -> Settings:
    """Read the settings once a process; a mistake in them ends it with status 78 and one line."""
    try:
        return load(os.environ, Path.cwd())
    except ConfigError as exc:
        print(f"copydesk: {exc}", file=sys.stderr)  # noqa: T201  # logging is not set up yet
        raise SystemExit(ConfigError.exit_status) from exc


class Source(StreamSource):
    """The bootstep with this process's settings."""

    read_settings = staticmethod(settings)


app.steps["consumer"].add(Source)


def celery_config(current: Settings) -> dict[str, Any]:
    """Celery's configuration out of ours: JSON only, no results, events for Flower."""
    prefix = current.redis.prefix
    names = [prefix, *dict.fromkeys(wiring.queue(current, stage) for stage, _ in wiring.stages(current))]
    queues = [Queue(name, routing_key=name) for name in names]
    slowest_sink = max(
        current.archive.timeout_seconds,
        current.stories.timeout_seconds,
        *(table.timeout_seconds for table in current.sinks.values()),
    )
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "task_ignore_result": True,
        "broker_url": current.broker_url(),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": _transport_options(current),
        "task_queues": queues,
        "task_default_queue": prefix,
        "task_annotations": {
            "copydesk.drain": {"time_limit": current.limits.hard_seconds},
            "copydesk.deliver": {"time_limit": slowest_sink},
        },
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_max_memory_per_child": 1_500_000,  # KiB; checked between drains, so nothing is in hand
    }


def _transport_options(current: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {"global_keyprefix": f"{current.redis.prefix}-celery."}
    if not current.broker.url and current.redis.url.startswith("sentinel://"):
        options["master_name"] = sentinels(current.redis.url)[1]
    return options


@app.on_configure.connect
def _configure(**_signal: object) -> None:
    app.config_from_object(celery_config(settings()))


@signals.setup_logging.connect
def _set_up_logging(**_signal: object) -> None:
    log = settings().log
    telemetry.configure(log.level, log.format)
    if log.level != "debug":  # a line for each drain, every second, tells less than the counts in Flower
        for name in ("celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(logging.WARNING)


signals.worker_shutting_down.connect(hasten)
signals.task_prerun.connect(telemetry.clear_context)
signals.task_postrun.connect(telemetry.clear_context)


@cache
def spine() -> Pipeline:
    """Build the pipeline once; the parent builds it before it forks, so that children share the memory."""
    return wiring.pipeline(settings())


@signals.worker_init.connect
def _preload(**_signal: object) -> None:
    try:
        spine()
        # Wrong options are refused here; the connections are made in processes of their own, and later in the pool.
        sinks = {name: wiring.sink(settings(), name) for name in settings().sinks}
        if settings().stories.on:
            need_embedder()
        checks = {name: sink.check for name, sink in sinks.items()}
        if settings().archive.options:
            checks[ARCHIVE] = wiring.archive_store(settings()).probe
        failed = preflight.failures(checks, _CHECK_SECONDS)
        for name, error in failed.items():
            if isinstance(error, ConfigError):
                raise error
            _log.warning("sink.unreachable", sink=name, error=str(error))
    except ConfigError as exc:
        print(f"copydesk: {exc}", file=sys.stderr)  # noqa: T201  # ends the start, whatever the log level
        raise SystemExit(ConfigError.exit_status) from exc
    # What is loaded stays for good: the collector of each pool process need not walk it again and again (a tenth of the
    # enrichers' time), nor touch the pages that the processes share.
    gc.collect()
    gc.freeze()


@signals.worker_process_init.connect
def _limit_child(**_signal: object) -> None:
    limit_memory(settings().limits.memory_mb)


@dataclass(slots=True)
class _Process:
    """What one pool process keeps between tasks: a connection, and its drains and deliveries."""

    pid: int
    consumer: str
    client: redis.Redis
    drains: dict[str, Drain] = field(default_factory=dict)
    watches: dict[str, IndexWatch] = field(default_factory=dict)
    deliveries: dict[tuple[str, str], Delivery[Any]] = field(default_factory=dict)
    pushers: dict[str, Client] = field(default_factory=dict)


_process: _Process | None = None


def _here(hostname: str) -> _Process:
    """Give this process's parts; made on first use after the fork, never inherited from the parent."""
    global _process  # noqa: PLW0603  # one a process, and the process id guards it
    if _process is None or _process.pid != os.getpid():
        consumer = f"{hostname}/{os.getpid()}-{secrets.token_hex(3)}"
        _process = _Process(os.getpid(), consumer, wiring.connect(settings()))
    return _process


@app.task(name="copydesk.drain", bind=True, Request="worker.source:LocalRequest")
def drain(self: Task[..., Any], lane: str = "default", share: int = 1) -> dict[str, int]:
    """Work off one lane for a slice; returns counts, which Flower shows."""
    here = _here(self.request.hostname or "worker")
    worker = here.drains.get(lane)
    if worker is None:
        try:
            item = wiring.lane(settings(), lane)
        except KeyError:
            _log.warning("drain.refused", lane=lane, reason="no such lane in intake.lanes")
            return {}
        worker = wiring.drain(settings(), here.client, spine(), item, here.consumer)
        here.drains[lane] = worker
        here.watches[lane] = wiring.index_watch(settings(), here.client, item)
    here.watches[lane]()
    return worker.run(max(1, int(share)))


@app.task(name="copydesk.push", bind=True, acks_late=True, reject_on_worker_lost=True)
def push(self: Task[..., Any], /, payload: Any, lane: str = "default", **fields: Any) -> str:
    """Put one payload, given as an NDJSON object's fields, into the intake; returns its entry id.

    For crawlers that have Celery and nothing else. The message is acknowledged once the payload is stored; while the
    intake takes nothing it goes back to the broker. Raises PayloadError for what is no payload.
    """
    here = _here(self.request.hostname or "worker")
    current = settings()
    if lane not in current.intake.lanes:
        raise PayloadError("fields_invalid", f"there is no lane {str(lane)[:60]!r} in intake.lanes")
    pusher = here.pushers.get(lane)
    if pusher is None:
        options = ClientOptions(
            lane=lane,
            prefix=current.redis.prefix,
            cluster=current.redis.cluster,
            shards=current.lanes.get(lane, LaneTable()).shards,
            idempotency_seconds=current.intake.idempotency_seconds,
            timeout_seconds=current.redis.timeout_seconds,
            block_seconds=_PUSH_SECONDS,
        )
        pusher = here.pushers[lane] = Client(current.redis.url, options)
    entry = object_entry({"payload": payload, **fields})
    if b"enc" not in entry:
        entry[b"payload"], enc = compress(entry[b"payload"], current.intake.compress_over_bytes)
        entry |= {b"enc": enc.encode()} if enc else {}
    try:
        return pusher.push_many([entry])[0]
    except IntakeError as exc:
        _log.warning("push.refused", lane=lane, error=str(exc))
        raise Reject(exc, requeue=True) from exc


@app.task(name="copydesk.deliver", bind=True, Request="worker.source:LocalRequest")
def deliver(self: Task[..., Any], sink: str, lane: str = "default") -> dict[str, int]:
    """Deliver one lane's records to one sink, or its payloads to the archive; returns counts, which Flower shows."""
    here = _here(self.request.hostname or "worker")
    worker = here.deliveries.get((sink, lane))
    if worker is None:
        try:
            item = wiring.lane(settings(), lane)
            if sink == ARCHIVE:
                worker = wiring.archive_delivery(settings(), here.client, item, here.consumer)
            elif sink == STORIES:
                worker = wiring.stories_delivery(settings(), here.client, item, here.consumer)
            else:
                destination = wiring.sink(settings(), sink)
                worker = wiring.delivery(settings(), here.client, item, destination, here.consumer)
        except KeyError:
            _log.warning("delivery.refused", sink=sink, lane=lane, reason="no such sink or lane")
            return {}
        here.deliveries[sink, lane] = worker
    return worker.run()
