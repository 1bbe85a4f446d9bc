"""What is pushed, and how: items, and the options of a client."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

DEFAULT_URL: Final = "redis://127.0.0.1:6379/0"
WhenFull = Literal["block", "raise", "spill"]


@dataclass(frozen=True, slots=True)
class Item:
    """A payload to push; see the payload contract for the fields. `type` is a media type.

    `id` is the idempotency key and the record's `payload_id`; `once` takes its place as the key and stays out of the
    record. `trace` is a W3C traceparent, passed on as it is.
    """

    payload: bytes = field(repr=False)
    type: str | None = None
    url: str | None = None
    source: str | None = None
    id: str | None = None
    fetched_at: str | None = None
    hints: Mapping[str, object] | None = None
    trace: str | None = None
    name: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A ready-made entry: bytes by field name; `once` is the idempotency key in place of its `id`."""

    fields: Mapping[bytes, bytes] = field(repr=False)
    once: str = ""

    @property
    def size(self) -> int:
        """Bytes of all values."""
        return sum(map(len, self.fields.values()))


Sendable = Item | Ready | Mapping[bytes, bytes]
"""What `push_many` takes: an item, or an entry's fields."""


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Lane and key prefix, how to batch, when to compress, and what to do when the intake is full.

    A batch is sent at `batch_count` payloads or `batch_bytes` bytes; what `add` collects, after `batch_seconds` too.
    Bodies of `compress_over` bytes or more are packed with zstd; those that still have `offload_over` bytes go to the
    object storage that `offload` names (keys as of the sink `objects`: `{"url": "s3://bucket/claims"}`), none: all stay
    in the entry. A body of more than `largest_bytes` is refused here (Redis takes no value of 512 MB).

    `when_full`: `block` waits for room up to `block_seconds`, then raises IntakeFull, as `raise` does at once; `spill`
    writes to files in `spill_directory` and sends them later, also while the server cannot be reached.
    `shards` is the number of the lane's shards, as its workers have it (`lanes.NAME.shards`): payloads of one site go
    to the same one, entry ids begin with its number, and a batch is stored shard by shard. `cluster`: the URL is a node
    of a Redis Cluster. `idempotency_seconds` is how long an `id` or `once` is remembered. `new_trace` gives a
    traceparent to items without.
    """

    lane: str = "default"
    prefix: str = "copydesk"
    shards: int = 1
    cluster: bool = False
    compress_over: int = 65_536
    batch_count: int = 100
    batch_bytes: int = 4_000_000
    batch_seconds: float = 1.0
    idempotency_seconds: float = 3600.0
    timeout_seconds: float = 10.0
    largest_bytes: int = 500_000_000
    when_full: WhenFull = "block"
    block_seconds: float = 60.0
    spill_directory: str = ""
    offload: Mapping[str, object] | None = field(default=None, repr=False)  # it may carry keys
    offload_over: int = 1_000_000
    new_trace: bool = False


def new_traceparent() -> str:
    """Begin a trace: a W3C traceparent (version 00) with random ids, sampled."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
