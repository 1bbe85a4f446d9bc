"""An item pipeline and an extension for Scrapy: items, or whole responses, into the intake.

    ITEM_PIPELINES = {"worker.producers.scrapy.CopydeskPipeline": 900}
    EXTENSIONS = {"worker.producers.scrapy.CopydeskExtension": 500}
    COPYDESK_URL = "redis://127.0.0.1:6379/0"

The pipeline collects items and sends them in batches, in a thread, so that the crawl goes on meanwhile. The extension
sends what waits when it is old and when the spider is idle, and with COPYDESK_RESPONSES pushes each response.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Self
from weakref import WeakKeyDictionary

import orjson
from itemadapter import ItemAdapter
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro, maybe_deferred_to_future
from twisted.internet.defer import Deferred, DeferredLock, succeed
from twisted.internet.task import LoopingCall, deferLater
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from worker.client import DEFAULT_URL, Client, ClientOptions, IntakeError, Item

_FIELDS: Final = ("type", "url", "source", "id", "fetched_at", "trace", "name")
_TEXTUAL: Final = ("html", "xml", "json", "text/plain")
_OK: Final = 200
_HELD: Final = 10  # batches in memory while the intake takes nothing; then the crawl waits
_PAUSE: Final = 0.5

_log = logging.getLogger(__name__)
_intakes: WeakKeyDictionary[Crawler, _Intake] = WeakKeyDictionary()


def scrapy_item(item: Any, source: str, id_field: str = "") -> Item:
    """Make an item of whatever a spider yields.

    One with a field `payload` is taken by the payload contract; any other is its own payload, as JSON, with its `url`.
    `id_field` names the field that is the idempotency key, where `id` is not.
    """
    if isinstance(item, Item):
        return item
    found = ItemAdapter(item).asdict()
    key = found.get(id_field) if id_field else None
    if "payload" not in found:
        url = str(found["url"]) if found.get("url") else None
        made = orjson.dumps(found, default=_json)
        return Item(made, "application/json", url, source, id=str(key) if key else None)
    body = found["payload"]
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else orjson.dumps(body)
    given = {"source": source, **{name: str(found[name]) for name in _FIELDS if found.get(name)}}
    if key:
        given["id"] = str(key)
    return Item(raw, hints=found.get("hints"), **given)


def _json(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def response_item(response: Response, source: str) -> Item:
    """Make an item of a response's body."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Item(response.body, content_type or None, response.url, source, fetched_at=now)


def _options(crawler: Crawler) -> ClientOptions:
    settings, default = crawler.settings, ClientOptions()
    return ClientOptions(
        lane=settings.get("COPYDESK_LANE", default.lane),
        prefix=settings.get("COPYDESK_PREFIX", default.prefix),
        cluster=settings.getbool("COPYDESK_CLUSTER", default.cluster),
        shards=settings.getint("COPYDESK_SHARDS", default.shards),
        batch_count=settings.getint("COPYDESK_BATCH_COUNT", default.batch_count),
        batch_bytes=settings.getint("COPYDESK_BATCH_BYTES", default.batch_bytes),
        batch_seconds=settings.getfloat("COPYDESK_BATCH_SECONDS", default.batch_seconds),
        when_full=settings.get("COPYDESK_WHEN_FULL", default.when_full),
        block_seconds=settings.getfloat("COPYDESK_BLOCK_SECONDS", default.block_seconds),
        spill_directory=settings.get("COPYDESK_SPILL_DIRECTORY", ""),
        offload=settings.getdict("COPYDESK_OFFLOAD") or None,
    )


class _Intake:
    """What pipeline and extension of one crawler share: the client, and the items that wait."""

    def __init__(self, crawler: Crawler) -> None:
        self.options = _options(crawler)
        self._crawler = crawler
        self._client = Client(crawler.settings.get("COPYDESK_URL", DEFAULT_URL), self.options)
        self._lock = DeferredLock()
        self._waiting: list[Item] = []
        self._bytes = 0
        self._closed = False

    @classmethod
    def of(cls, crawler: Crawler) -> _Intake:
        """Give the crawler's own, made on first use."""
        if crawler not in _intakes:
            _intakes[crawler] = cls(crawler)
        return _intakes[crawler]

    def count(self, name: str, by: int = 1) -> None:
        """Count in the crawl's statistics."""
        if by:
            self._crawler.stats.inc_value(f"copydesk/{name}", by)

    def add(self, item: Item) -> bool:
        """Collect an item; tells whether a batch is full. Sent again after an error it is not doubled."""
        if not item.id and not item.once:
            item = replace(item, once=secrets.token_hex(16))
        self._waiting.append(item)
        self._bytes += len(item.payload)
        self.count("payloads")
        return len(self._waiting) >= self.options.batch_count or self._bytes >= self.options.batch_bytes

    @property
    def overfull(self) -> bool:
        """Tell whether so much waits that the crawl should."""
        return len(self._waiting) >= _HELD * self.options.batch_count or self._bytes >= _HELD * self.options.batch_bytes

    async def flush(self) -> None:
        """Send what waits, in a thread; what could not be stored goes on waiting."""
        await maybe_deferred_to_future(self._lock.run(self._round))

    def _round(self) -> Deferred[None]:
        if not self._waiting or self._closed:
            return succeed(None)
        taken, self._waiting, self._bytes = self._waiting, [], 0
        sending: Deferred[Any] = deferToThread(self._client.push_many, taken)
        return sending.addCallbacks(self._stored, self._failed, callbackArgs=(taken,), errbackArgs=(taken,))

    def _stored(self, ids: list[str], taken: list[Item]) -> None:
        spilled = sum(entry.startswith("spill:") for entry in ids)
        self.count("spilled", spilled)
        self.count("stored", len(ids) - spilled)
        self.count("bytes", sum(len(item.payload) for item in taken[: len(ids)]))
        self.count("flushes", min(1, len(ids)))

    def _failed(self, failure: Failure, taken: list[Item]) -> None:
        """Put back what is not known to be stored."""
        error = failure.value
        stored = list(error.stored) if isinstance(error, IntakeError) else []
        self._stored(stored, taken)
        self.count(f"errors/{type(error).__name__}")
        _log.warning("%d payloads wait: %s", len(taken) - len(stored), error)
        self._waiting[:0] = taken[len(stored) :]
        self._bytes = sum(len(item.payload) for item in self._waiting)

    async def close(self) -> None:
        """Send what waits, for the last time, and close; says what is lost."""
        if self._closed:
            return
        await self.flush()
        self._closed = True
        _intakes.pop(self._crawler, None)  # else each holds the other for ever
        self.count("not_stored", len(self._waiting))
        if self._waiting:
            _log.error("%d payloads could not be stored and are lost", len(self._waiting))
        await maybe_deferred_to_future(deferToThread(self._client.close))


class CopydeskPipeline:
    """Pushes what spiders yield; items pass on unchanged, to other pipelines and feeds."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._intake = _Intake.of(crawler)
        self._id_field = crawler.settings.get("COPYDESK_ID_FIELD", "")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it for a crawler, by its settings COPYDESK_ and the names in docs/producers.md."""
        return cls(crawler)

    async def process_item(self, item: Any, spider: Spider | None = None) -> Any:  # noqa: ARG002  # older Scrapy gives it
        """Collect the item, and send a full batch. Raises IntakeError where the intake takes nothing for too long."""
        intake = self._intake
        source = self._crawler.spider.name if self._crawler.spider else "scrapy"
        made = scrapy_item(item, source, self._id_field)
        deadline = time.monotonic() + intake.options.block_seconds
        while intake.overfull:
            await intake.flush()
            if not intake.overfull:
                break
            if time.monotonic() >= deadline:
                intake.count("not_stored")
                msg = f"the intake took nothing for {intake.options.block_seconds} s"
                raise IntakeError(msg)
            await _sleep(_PAUSE)
        if intake.add(made):
            await intake.flush()
        return item

    async def close_spider(self, spider: Spider | None = None) -> None:  # noqa: ARG002  # older Scrapy gives it
        """Send what waits and close the connection."""
        await self._intake.close()


class CopydeskExtension:
    """Sends what waits when it is old or the spider idle; with COPYDESK_RESPONSES pushes each textual response."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._intake = _Intake.of(crawler)
        self._loop = LoopingCall(self._send)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Connect it to a crawler's signals."""
        if not crawler.settings.getbool("COPYDESK_ENABLED", True):  # noqa: FBT003  # Scrapy's signature
            raise NotConfigured
        made = cls(crawler)
        connect = crawler.signals.connect
        connect(made.opened, signals.spider_opened)
        connect(made.idle, signals.spider_idle)
        connect(made.closed, signals.spider_closed)
        if crawler.settings.getbool("COPYDESK_RESPONSES"):
            connect(made.received, signals.response_received)
        return made

    def opened(self) -> None:
        """Look after the age of what waits from now on."""
        self._loop.start(self._intake.options.batch_seconds, now=False)

    def idle(self) -> None:
        """Send what waits; the spider may close meanwhile, closing waits for it."""
        self._send()

    async def closed(self) -> None:
        """Send the rest and close."""
        if self._loop.running:
            self._loop.stop()
        await self._intake.close()

    def received(self, response: Response, spider: Spider) -> None:
        """Push a response that may hold an article."""
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        if response.status != _OK or not any(mark in content_type for mark in _TEXTUAL):
            return
        if self._intake.add(response_item(response, spider.name)):
            self._send()

    def _send(self) -> Deferred[None]:
        return deferred_from_coro(self._intake.flush())


async def _sleep(seconds: float) -> None:
    from twisted.internet import reactor  # noqa: PLC0415  # importing it installs one

    await maybe_deferred_to_future(deferLater(reactor, seconds))
