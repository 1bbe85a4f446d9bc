"""Puts the parts together from settings; the only place, beside app and command line, that reads them."""

from __future__ import annotations

from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.dedupe.policy import DEFAULT, Policy
from worker.index.redis_index import SETTLE_LUA, IndexOptions, RedisIndex
from worker.index.repeats import REPEATS_LUA, RedisRepeats, lesson
from worker.index.stories import RedisStories
from worker.index.watch import IndexWatch
from worker.intake.backlog import BacklogProbe
from worker.intake.claims import ClaimOptions, Claims
from worker.intake.commit import Commit, Settling
from worker.intake.drain import Drain, DrainOptions, Known
from worker.intake.lane import GROUP, Lane, ensure_group, index_prefix
from worker.pipeline import Pipeline
from worker.ports import Sink
from worker.publishers import with_profiles
from worker.registry import build_enrichers, build_formats, build_sink
from worker.settings import Settings
from worker.sinks.delivery import BatchOptions, Delivery, DueProbe, Source
from worker.wire import SizeLimits


def connect(settings: Settings, timeout_seconds: float | None = None) -> redis.Redis:
    """Make a client (no connection yet). No blind retries: each caller knows what a repeat would do."""
    timeout = timeout_seconds or settings.redis.timeout_seconds
    return redis.Redis.from_url(
        settings.redis.url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )


def lanes(settings: Settings) -> tuple[Lane, ...]:
    """All lanes, in the order in which they are served."""
    return tuple(Lane(name, prefix=settings.redis.prefix) for name in settings.intake.lanes)


def lane(settings: Settings, name: str) -> Lane:
    """One lane by name; raises KeyError for one that is not configured."""
    return {item.name: item for item in lanes(settings)}[name]


def sizes(settings: Settings) -> SizeLimits:
    """Size limits of a payload."""
    return SizeLimits(settings.limits.raw_bytes, settings.limits.decompressed_bytes)


def pipeline(settings: Settings) -> Pipeline:
    """The pure pipeline with the components that are switched on."""
    return Pipeline(
        build_formats(settings.pipeline.formats, with_profiles(settings.formats)),
        build_enrichers(settings.pipeline.enrichers, settings.enrichers),
        settings.limits.decompressed_bytes,
    )


def index(settings: Settings, client: redis.Redis) -> RedisIndex:
    """The dedupe index."""
    dedupe = settings.dedupe
    options = IndexOptions(dedupe.window_days * 86_400, settings.intake.lease_seconds, dedupe.documents_most)
    return RedisIndex(client, index_prefix(settings.redis.prefix), options)


def stories(settings: Settings, client: redis.Redis) -> RedisStories:
    """The stories, beside the dedupe index."""
    return RedisStories(client, index_prefix(settings.redis.prefix))


def index_watch(settings: Settings, client: redis.Redis, item: Lane) -> IndexWatch:
    """Says so in the log when the index lost what a lane made before, or forgets early."""

    def made_before() -> int:
        return int(cast("Any", client.hget(item.stats, "records")) or 0)

    return IndexWatch(index(settings, client).state, made_before)


def policy(settings: Settings, lane_name: str) -> Policy:
    """What is delivered of a lane's articles, by verdict."""
    dedupe = settings.dedupe
    return Policy({**DEFAULT, **dedupe.deliver, **dedupe.lanes.get(lane_name, {})}, dedupe.publishers)


def ensure_groups(settings: Settings, client: redis.Redis) -> None:
    """Create every stream and consumer group that is missing."""
    for item in lanes(settings):
        ensure_group(client, item.intake, GROUP)
        for sink in settings.sinks:
            ensure_group(client, item.articles, sink)


def drain(settings: Settings, client: redis.Redis, spine: Pipeline, item: Lane, consumer: str) -> Drain:
    """What works one lane off, for one process."""
    intake, limits = settings.intake, settings.limits
    claim_options = ClaimOptions(intake.lease_seconds, intake.batch_count, intake.batch_bytes)
    options = DrainOptions(
        slice_seconds=intake.slice_seconds,
        soft_seconds=limits.soft_seconds,
        sizes=sizes(settings),
        max_deliveries=intake.max_deliveries,
        max_attempts=intake.max_attempts,
        retry_base_seconds=intake.retry_base_seconds,
        retry_cap_seconds=intake.retry_cap_seconds,
        policy=policy(settings, item.name),
    )
    articles = index(settings, client)
    settling = Settling(SETTLE_LUA + REPEATS_LUA, articles.prefix, articles.settlements)
    return Drain(
        Claims(client, item, consumer, claim_options),
        Commit(client, item, settling, consumer, settings.dedupe.trace_most),
        Known(articles, RedisRepeats(client, articles.prefix), lesson),
        spine,
        options,
    )


def backlog_probe(settings: Settings, client: redis.Redis, item: Lane) -> BacklogProbe:
    """Asks how much of a lane could be claimed."""
    return BacklogProbe(client, item, settings.intake.lease_seconds)


def sink(settings: Settings, name: str) -> Sink:
    """One sink by its name in the settings."""
    table = settings.sinks[name]
    return build_sink(name, table.kind, table.options)


def _source(item: Lane, sink_name: str) -> Source:
    return Source(f"{item.name}-{item.shard}", item.articles, item.batch(sink_name), item.stats)


def _batch_options(settings: Settings, sink_name: str) -> BatchOptions:
    table = settings.sinks[sink_name]
    return BatchOptions(
        table.batch_count,
        table.batch_bytes,
        table.linger_seconds,
        table.timeout_seconds,
        settings.intake.slice_seconds,
    )


def due_probe(settings: Settings, client: redis.Redis, item: Lane, sink_name: str) -> DueProbe:
    """Asks whether a sink has something to do on a lane."""
    return DueProbe(client, _source(item, sink_name), sink_name, _batch_options(settings, sink_name))


def delivery(settings: Settings, client: redis.Redis, item: Lane, destination: Sink, consumer: str) -> Delivery:
    """What delivers one lane's records to one sink, for one process."""
    options = _batch_options(settings, destination.name)
    return Delivery(client, _source(item, destination.name), destination, consumer, options)
