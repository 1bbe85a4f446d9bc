"""What a crawler imports to push payloads: light (redis, orjson, zstandard; no Celery, no parser).

    from worker.client import Client

    with Client("redis://127.0.0.1:6379/0") as client:
        entry_id = client.push(html, url="https://example.org/story", type="text/html")

A payload is stored when its entry id was returned. A push that raised may be repeated with the same
`id` (idempotency key): within an hour it is one entry, however often it is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import IntakeError
from worker.intake.lane import Lane
from worker.intake.script import script_text
from worker.wire import write_entry

DEFAULT_URL: Final = "redis://127.0.0.1:6379/0"


@dataclass(frozen=True, slots=True)
class Item:
    """A payload to push; see the payload contract for the fields. `type` is a media type."""

    payload: bytes = field(repr=False)
    type: str | None = None
    url: str | None = None
    source: str | None = None
    id: str | None = None
    fetched_at: str | None = None
    hints: Mapping[str, object] | None = None
    trace: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Lane and key prefix, when to compress, how to batch, how long an idempotency key holds."""

    lane: str = "default"
    prefix: str = "copydesk"
    compress_over: int = 65_536
    batch_count: int = 100
    batch_bytes: int = 4_000_000
    idempotency_seconds: float = 3600.0
    timeout_seconds: float = 10.0


class Client:
    """Pushes payloads into one lane; a context manager. Not for several threads at once."""

    def __init__(self, url: str = DEFAULT_URL, options: ClientOptions | None = None) -> None:
        self._options = options or ClientOptions()
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=self._options.timeout_seconds,
            socket_connect_timeout=self._options.timeout_seconds,
            retry=Retry(NoBackoff(), 0),  # a blind repeat of an XADD would double the payload
        )
        self._lane = Lane(self._options.lane, prefix=self._options.prefix)
        self._push = self._redis.register_script(script_text("push"))

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; nothing is buffered, so nothing is lost."""
        self._redis.close()

    def push(  # noqa: PLR0913  # the contract's fields, all but one by name and optional
        self,
        payload: bytes | str,
        *,
        type: str | None = None,  # noqa: A002  # the contract's name
        url: str | None = None,
        source: str | None = None,
        id: str | None = None,  # noqa: A002  # the contract's name
        fetched_at: str | None = None,
        hints: Mapping[str, object] | None = None,
        trace: str | None = None,
    ) -> str:
        """Store one payload and return its entry id.

        Raises IntakeError when it is not known to be stored; push it again with the same `id`.
        """
        raw = payload.encode("utf-8") if isinstance(payload, str) else payload
        item = Item(raw, type, url, source, id, fetched_at, hints, trace)
        return next(self.push_many([item]))

    def push_many(self, items: Iterable[Item]) -> Iterator[str]:
        """Store payloads in batches and yield their entry ids in order.

        Lazy: an id is yielded once its batch is stored, so iterate to the end. On IntakeError the
        payloads whose ids were not yielded may or may not be stored.
        """
        return self.push_entries(
            write_entry(
                item.payload,
                compress_over=self._options.compress_over,
                hints=item.hints,
                type=item.type,
                url=item.url,
                source=item.source,
                id=item.id,
                fetched_at=item.fetched_at,
                trace=item.trace,
                name=item.name,
            )
            for item in items
        )

    def push_entries(self, entries: Iterable[Mapping[bytes, bytes]]) -> Iterator[str]:
        """Store ready-made entries (bytes by field name), batched like `push_many`."""
        batch: list[Mapping[bytes, bytes]] = []
        size = 0
        for entry in entries:
            entry_size = sum(map(len, entry.values()))
            if batch and (size + entry_size > self._options.batch_bytes or len(batch) >= self._options.batch_count):
                yield from self._send(batch)
                batch, size = [], 0
            batch.append(entry)
            size += entry_size
        if batch:
            yield from self._send(batch)

    def _send(self, batch: list[Mapping[bytes, bytes]]) -> list[str]:
        hold_ms = int(self._options.idempotency_seconds * 1000)
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for entry in batch:
                if (key := entry.get(b"id")) is not None:
                    digest = blake2b(key, digest_size=16).hexdigest()
                    flat = [part for pair in entry.items() for part in pair]
                    keys = [self._lane.intake, self._lane.sent(digest)]
                    self._push(keys=keys, args=[hold_ms, *flat], client=pipeline)
                else:
                    pipeline.xadd(self._lane.intake, dict(entry))  # type: ignore[arg-type]
            return [entry_id.decode() for entry_id in pipeline.execute()]
        except redis.RedisError as exc:
            msg = f"the intake of lane {self._options.lane!r} did not take {len(batch)} payloads: {exc}"
            raise IntakeError(msg) from exc
