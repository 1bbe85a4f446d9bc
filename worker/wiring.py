"""Puts the parts together from settings; the only place, beside app and command line, that reads them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any, cast

import msgspec
import redis

from worker import server
from worker.archive.stage import NAME as ARCHIVE
from worker.archive.stage import ArchiveStage, Kept, Seen, kept_of
from worker.dedupe.policy import DEFAULT, Policy
from worker.delivery.alarms import AlarmLimits, SinkAlarms
from worker.delivery.batches import BatchOptions, Delivery, DueProbe, Reader, Source, letter_of
from worker.delivery.breaker import Breaker
from worker.delivery.deadletters import DeadLetters
from worker.delivery.selection import Selection
from worker.delivery.stories import NAME as STORIES
from worker.delivery.stories import StoriesStage
from worker.errors import ConfigError
from worker.index.redis_index import SETTLE_LUA, IndexOptions, RedisIndex
from worker.index.repeats import REPEATS_LUA, RedisRepeats, lesson
from worker.index.stories import RedisStories
from worker.index.watch import IndexWatch
from worker.intake.admission import Marks, set_marks
from worker.intake.backlog import BacklogProbe
from worker.intake.claims import ClaimOptions, Claims
from worker.intake.commit import Commit, Guard, Settling
from worker.intake.control import LaneState, lane_state
from worker.intake.drain import Drain, DrainOptions, Known
from worker.intake.lane import GROUP, Lane, breaker_key, ensure_group, index_prefix
from worker.intake.outbox import OUTBOX_LUA, Outbox
from worker.pipeline import Pipeline
from worker.ports import Letter, Sink
from worker.publishers import with_profiles
from worker.registry import build_enrichers, build_formats, build_sink, load_embedder
from worker.settings import LaneTable, Settings
from worker.settings import Sink as SinkTable
from worker.storage.store import Store, StoreOptions
from worker.wire import SizeLimits


def connect(settings: Settings, timeout_seconds: float | None = None) -> redis.Redis:
    """Make a client. No blind retries: each caller knows what a repeat would do. Raises ConfigError for a wrong URL."""
    try:
        timeout = timeout_seconds or settings.redis.timeout_seconds
        return server.connect(settings.redis.url, timeout, cluster=settings.redis.cluster)
    except ValueError as exc:
        msg = f"redis.url: {exc}"
        raise ConfigError(msg) from exc


def lanes(settings: Settings) -> tuple[Lane, ...]:
    """All lanes, in the order in which they are served; that of replayed payloads is the last."""
    replays = [Lane(settings.archive.replay_lane, prefix=settings.redis.prefix)] if settings.archive.options else []
    return (*live_lanes(settings), *replays)


def live_lanes(settings: Settings) -> tuple[Lane, ...]:
    """The lanes to which producers push, each shard by itself."""
    return tuple(
        Lane(name, shard, settings.redis.prefix, shards)
        for name in settings.intake.lanes
        for shards in (settings.lanes.get(name, LaneTable()).shards,)
        for shard in range(shards)
    )


def lane(settings: Settings, name: str) -> Lane:
    """One lane (or shard) by its label; raises KeyError for one that is not configured."""
    return {item.label: item for item in lanes(settings)}[name]


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
    """Create every stream and consumer group that is missing, and write the lanes' marks."""
    intake = settings.intake
    marks = Marks(intake.high_entries, intake.low_entries, intake.high_bytes, intake.low_bytes)
    for item in live_lanes(settings):
        set_marks(client, item, marks)
    for item in lanes(settings):
        ensure_group(client, item.intake, GROUP)
        for sink in settings.sinks:
            ensure_group(client, item.articles, sink)
    for stage, item in stages(settings):
        if stage in {ARCHIVE, STORIES}:
            ensure_group(client, _stream(item, stage), stage)


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
        archives=bool(settings.archive.options) and item.name != settings.archive.replay_lane,
        hold_embargoed=intake.hold_embargoed,
        claims=claim_store(settings),
    )
    articles = index(settings, client)
    settling = Settling(SETTLE_LUA + REPEATS_LUA, articles.prefix, articles.settlements)
    if settings.redis.cluster:
        settling = Settling(OUTBOX_LUA, articles.prefix, articles.settlements, outbox(settings, client, item))
    guard = Guard(intake.guard_window, int(intake.guard_window * intake.guard_share))
    return Drain(
        Claims(client, item, consumer, claim_options),
        Commit(client, item, settling, consumer, settings.dedupe.trace_most, guard),
        Known(articles, RedisRepeats(client, articles.prefix), lesson),
        spine,
        options,
        urgent(settings, client, item),
    )


def outbox(settings: Settings, client: redis.Redis, item: Lane) -> Outbox:
    """A lane's outbox to the index; of use on a Cluster alone."""
    return Outbox(client, item, SETTLE_LUA + REPEATS_LUA, index_prefix(settings.redis.prefix))


def urgent(settings: Settings, client: redis.Redis, item: Lane) -> Callable[[], bool]:
    """Asks whether a lane that goes before this one has work; never so where lanes are served by weight."""
    before = list(takewhile(lambda other: other.name != item.name, lanes(settings)))
    if settings.intake.order == "weighted" and item.name != settings.archive.replay_lane:
        before = []
    probes = [backlog_probe(settings, client, other) for other in before]
    return lambda: any(probe().claimable for probe in probes)


def lane_states(settings: Settings, client: redis.Redis) -> list[LaneState]:
    """What stands and moves in each lane."""
    return [lane_state(client, item, backlog_probe(settings, client, item), GROUP) for item in lanes(settings)]


def backlog_probe(settings: Settings, client: redis.Redis, item: Lane) -> BacklogProbe:
    """Asks how much of a lane could be claimed."""
    return BacklogProbe(client, item, settings.intake.lease_seconds)


def sink(settings: Settings, name: str) -> Sink:
    """One sink by its name in the settings."""
    table = settings.sinks[name]
    return build_sink(name, table.kind, table.options)


def claim_store(settings: Settings) -> Store | None:
    """Where bodies lie that entries only refer to, and None where the settings name no such place."""
    if not settings.intake.offload:
        return None
    try:
        options = msgspec.convert(settings.intake.offload, StoreOptions, strict=False)
    except msgspec.ValidationError as exc:
        msg = f"intake.offload: {exc}"
        raise ConfigError(msg) from exc
    return Store("intake.offload", options)


def archive_store(settings: Settings) -> Store:
    """Where the raw archive lies; raises ConfigError where the settings name none, or wrongly."""
    if not settings.archive.options:
        msg = 'there is no raw archive; set archive.options = { url = "…" }'
        raise ConfigError(msg)
    try:
        options = msgspec.convert(settings.archive.options, StoreOptions, strict=False)
    except msgspec.ValidationError as exc:
        msg = f"archive.options: {exc}"
        raise ConfigError(msg) from exc
    return Store("archive", options)


def archive_stage(settings: Settings, client: redis.Redis) -> ArchiveStage:
    """What puts payloads into the raw archive."""
    seen = Seen(client, f"{settings.redis.prefix}:{{archive}}:", settings.archive.seen_days * 86_400)
    return ArchiveStage(archive_store(settings), seen, settings.limits.decompressed_bytes)


def stages(settings: Settings) -> tuple[tuple[str, Lane], ...]:
    """Every stage of the way out with each lane it serves: the sinks, the archive and the stories where they are on."""
    sinks = [(name, item) for name in settings.sinks for item in lanes(settings)]
    archive = [(ARCHIVE, item) for item in live_lanes(settings)] if settings.archive.options else []
    stories = [(STORIES, item) for item in lanes(settings)] if settings.stories.on else []
    return (*sinks, *archive, *stories)


def queue(settings: Settings, stage: str) -> str:
    """The Celery queue of a stage: a worker that does not consume it leaves the stage to others."""
    return f"{settings.redis.prefix}.{stage[1:] if stage in {ARCHIVE, STORIES} else f'sink.{stage}'}"


def _stream(item: Lane, stage: str) -> str:
    return item.archive if stage == ARCHIVE else item.articles


def _source(item: Lane, sink_name: str) -> Source:
    name = f"{item.name}-{item.shard}"
    stream = _stream(item, sink_name)
    return Source(name, stream, item.batch(sink_name), item.deadletters(sink_name), item.stats)


def _batch_options(settings: Settings, stage: str) -> BatchOptions:
    slice_seconds = settings.intake.slice_seconds
    if stage == ARCHIVE:
        kept = settings.archive
        return BatchOptions(
            kept.batch_count, kept.batch_bytes, kept.linger_seconds, kept.timeout_seconds, slice_seconds
        )
    if stage == STORIES:
        placed, most = settings.stories, SinkTable(kind="").batch_bytes
        return BatchOptions(placed.batch_count, most, placed.linger_seconds, placed.timeout_seconds, slice_seconds)
    table = settings.sinks[stage]
    return BatchOptions(
        table.batch_count,
        table.batch_bytes,
        table.linger_seconds,
        table.timeout_seconds,
        slice_seconds,
        table.retry_base_seconds,
        table.retry_cap_seconds,
    )


def breaker(settings: Settings, client: redis.Redis, sink_name: str) -> Breaker:
    """A stage's circuit breaker."""
    table = settings.sinks.get(sink_name, SinkTable(kind=""))
    key = breaker_key(settings.redis.prefix, sink_name)
    return Breaker(client, key, table.breaker_failures, table.breaker_rest_seconds)


def sink_alarms(settings: Settings, client: redis.Redis) -> SinkAlarms:
    """Says which sinks are too far behind."""
    tables = {ARCHIVE: SinkTable(kind=""), **settings.sinks}
    if settings.stories.on:
        tables[STORIES] = SinkTable(kind="")
    limits = {name: AlarmLimits(table.alarm_records, table.alarm_seconds) for name, table in tables.items()}
    streams = [(item.label, item.articles) for item in lanes(settings)]
    streams += [(item.label, item.archive) for item in live_lanes(settings) if settings.archive.options]
    return SinkAlarms(client, streams, limits)


def dead_letters(client: redis.Redis, item: Lane, sink_name: str) -> DeadLetters:
    """What one sink refused on one lane."""
    return DeadLetters(client, item.deadletters(sink_name), _stream(item, sink_name), sink_name)


def due_probe(settings: Settings, client: redis.Redis, item: Lane, sink_name: str) -> DueProbe:
    """Asks whether a sink has something to do on a lane."""
    return DueProbe(client, _source(item, sink_name), sink_name, _batch_options(settings, sink_name))


def delivery(settings: Settings, client: redis.Redis, item: Lane, destination: Sink, consumer: str) -> Delivery[Letter]:
    """What delivers one lane's records to one sink, for one process."""
    table, name = settings.sinks[destination.name], destination.name
    return Delivery(
        client,
        _source(item, name),
        destination,
        consumer,
        _batch_options(settings, name),
        breaker(settings, client, name),
        Reader(letter_of, Selection(table.where, table.unless, table.fields)),
    )


def archive_delivery(settings: Settings, client: redis.Redis, item: Lane, consumer: str) -> Delivery[Kept]:
    """What puts one lane's payloads into the raw archive, for one process."""
    return Delivery(
        client,
        _source(item, ARCHIVE),
        archive_stage(settings, client),
        consumer,
        _batch_options(settings, ARCHIVE),
        breaker(settings, client, ARCHIVE),
        Reader(kept_of, lambda kept: kept),
    )


def stories_delivery(settings: Settings, client: redis.Redis, item: Lane, consumer: str) -> Delivery[Letter]:
    """What places one lane's articles in stories, for one process."""
    keys = item.articles, item.batch(STORIES)
    return Delivery(
        client,
        _source(item, STORIES),
        StoriesStage(client, keys, consumer, stories(settings, client), load_embedder),
        consumer,
        _batch_options(settings, STORIES),
        breaker(settings, client, STORIES),
        Reader(letter_of, lambda letter: letter),
    )
