"""Puts untouched payloads into object storage: HTML as WARC 1.1, all else as JSON lines, each payload once."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, cast

import orjson
import redis
import zstandard
from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

from worker.errors import PayloadError, TransientError
from worker.ports import Receipt
from worker.storage.store import Store
from worker.wire import decompress

NAME: Final = "@archive"
"""Its consumer group and batch; no sink may be called so."""

INDEX: Final = "_index/"
_OWN: Final = ("a_entry", "a_lane", "a_digest", "a_cause", "a_records")
_HTML: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
_LEVEL: Final = 3
_NAMESPACE: Final = uuid.UUID("5f9b9e2c-7a0d-5d0a-9a53-0d6f1c0b7a11")  # for record ids that are the same at every retry


@dataclass(frozen=True, slots=True)
class Kept:
    """A payload on its way into the archive: its intake entry's fields, and what became of it."""

    entry: str
    lane: str
    digest: str
    cause: str
    records: list[dict[str, Any]]
    payload: bytes = field(repr=False)
    fields: Mapping[str, str]

    @property
    def arrived(self) -> datetime:
        """Arrival, by the intake entry's id."""
        return datetime.fromtimestamp(int(self.entry.split("-")[0]) / 1000, UTC)


def kept_of(entry_id: str, fields: Mapping[bytes, bytes]) -> Kept:
    """Read an entry of the archive stream."""
    text = {name.decode("utf-8", "replace"): value for name, value in fields.items()}
    own = {name: text.pop(name, b"").decode("utf-8", "replace") for name in _OWN}
    payload = text.pop("payload", b"")
    return Kept(
        entry=own["a_entry"] or entry_id,
        lane=own["a_lane"],
        digest=own["a_digest"],
        cause=own["a_cause"],
        records=orjson.loads(own["a_records"] or "[]"),
        payload=payload,
        fields={name: value.decode("utf-8", "replace") for name, value in text.items()},
    )


class Seen:
    """Remembers for a time where a payload lies, by its digest, so that the same bytes are stored once."""

    def __init__(self, client: redis.Redis, prefix: str, seconds: float) -> None:
        self._client = client
        self._prefix = prefix
        self._seconds = int(seconds)

    def find(self, digests: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Give the places that are known; raises TransientError."""
        try:
            values = cast("list[bytes | None]", self._client.mget([self._key(digest) for digest in digests]))
        except redis.RedisError as exc:
            msg = f"the server cannot be asked for digests: {exc}"
            raise TransientError(msg) from exc
        return {digest: orjson.loads(value) for digest, value in zip(digests, values, strict=True) if value}

    def remember(self, places: Mapping[str, dict[str, Any]]) -> None:
        """Keep places, to be called when they are stored; raises TransientError."""
        pipe = self._client.pipeline(transaction=False)
        for digest, place in places.items():
            pipe.set(self._key(digest), orjson.dumps(place), ex=self._seconds)
        try:
            pipe.execute()
        except redis.RedisError as exc:
            msg = f"the server does not take digests: {exc}"
            raise TransientError(msg) from exc

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest}"


class _Object:
    """An object that grows by payloads, each readable by itself from its offset."""

    suffix: str

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def _add(self, piece: bytes) -> tuple[int, int]:
        start = self._size
        self._pieces.append(piece)
        self._size += len(piece)
        return start, len(piece)

    @property
    def body(self) -> bytes:
        return b"".join(self._pieces)


class _Warc(_Object):
    """WARC 1.1 `resource` records: the crawler hands over bodies, not the server's answer. Each its own gzip member."""

    suffix = "warc.gz"

    def add(self, item: Kept, body: bytes) -> tuple[int, int]:
        target = io.BytesIO()
        record = WarcRecord()
        urn = uuid.uuid5(_NAMESPACE, f"{item.lane}:{item.entry}")
        record.init_headers(WarcRecordType.resource, record_urn=f"uuid:{urn}".encode())
        headers = {
            "WARC-Target-URI": item.fields.get("url") or f"urn:copydesk:{item.lane}:{item.entry}",
            "WARC-Date": item.arrived.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "Content-Type": item.fields.get("type") or "text/html",
            "WARC-Payload-Digest": item.digest,
            "Copydesk-Entry": f"{item.lane}:{item.entry}",
        }
        for name, value in headers.items():
            record.headers[name] = re.sub(r"[\r\n]+", " ", value)
        record.set_bytes_content(body)
        writer = GzipWriter(target, compression_level=6)
        record.write(writer)
        writer.finish()
        return self._add(target.getvalue())


class _Lines(_Object):
    """Payload objects as `copydesk push --ndjson` takes them, each its own zstd frame."""

    suffix = "jsonl.zst"

    def add(self, item: Kept) -> tuple[int, int]:
        line = {**item.fields, "payload": base64.b64encode(item.payload).decode(), "b64": True}
        return self._add(zstandard.ZstdCompressor(level=_LEVEL).compress(orjson.dumps(line) + b"\n"))


class ArchiveStage:
    """Stores batches of payloads and an index of each batch; a rerun of a batch stores nothing twice.

    The index is written last: what it names is there. Objects are called after batch and content, so that a rerun
    that would pack otherwise (after an upgrade) overwrites nothing.
    """

    name = NAME

    def __init__(self, store: Store, seen: Seen, decompressed_bytes: int) -> None:
        self._store = store
        self._seen = seen
        self._limit = decompressed_bytes

    def deliver(self, batch: str, items: Sequence[Kept], /) -> Receipt:
        """Store payloads that were not stored before, then the index of all."""
        hours: dict[str, list[Kept]] = defaultdict(list)
        for item in items:
            hours[item.arrived.strftime("dt=%Y-%m-%d/hour=%H")].append(item)
        known = self._seen.find([item.digest for item in items])
        index = ""
        for hour, kept in sorted(hours.items()):
            places = self._store_new(f"{hour}/{batch}", kept, known)
            known |= places
            lines = b"".join(orjson.dumps(_line(item, known[item.digest])) + b"\n" for item in kept)
            index = f"{INDEX}{hour}/{batch}.jsonl.zst"
            self._store.create(index, zstandard.ZstdCompressor(level=_LEVEL).compress(lines))
            self._seen.remember(places)
        return Receipt(self._store.location(index))

    def _store_new(
        self, base: str, kept: Sequence[Kept], known: Mapping[str, dict[str, Any]]
    ) -> dict[str, dict[str, Any]]:
        warc, lines = _Warc(), _Lines()
        spans: dict[str, tuple[_Object, int, int]] = {}
        for item in kept:
            # What this very batch stored before a crash is known too; it is packed again, and so found again.
            place = known.get(item.digest)
            if item.digest in spans or (place is not None and not place["object"].startswith(f"{base}.")):
                continue
            body = self._page(item)
            if body is None:
                spans[item.digest] = (lines, *lines.add(item))
            else:
                spans[item.digest] = (warc, *warc.add(item, body))
        keys: dict[int, str] = {}
        for target in (warc, lines):
            if packed := target.body:
                key = f"{base}.{hashlib.sha256(packed).hexdigest()[:8]}.{target.suffix}"
                self._store.create(key, packed)
                keys[id(target)] = key
        return {
            digest: {"object": keys[id(target)], "offset": offset, "length": length}
            for digest, (target, offset, length) in spans.items()
        }

    def _page(self, item: Kept) -> bytes | None:
        """Give the unpacked bytes of an HTML page, None for anything else and for what cannot be unpacked."""
        media_type = item.fields.get("type", "").split(";")[0].strip().lower()
        if (media_type and "html" not in media_type) or "ref" in item.fields:
            return None  # a body that lies in object storage already stays where it is
        try:
            body = decompress(item.payload, item.fields.get("enc"), self._limit)
        except PayloadError:
            return None
        return body if "html" in media_type or _HTML.match(body[:2000]) else None


def _line(item: Kept, place: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "entry": item.entry,
        "lane": item.lane,
        "arrived": item.arrived.isoformat(timespec="milliseconds"),
        "digest": item.digest,
        "bytes": len(item.payload),
        "fields": dict(item.fields),
        "cause": item.cause or None,
        "records": item.records,
        **place,
    }
