"""A lane's keys. The braces keep all keys of a shard on one Redis Cluster slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import redis

GROUP: Final = "workers"
"""Consumer group of the intake stream."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One intake stream and what belongs to it: shard `shard` of `shards` of the lane `name`."""

    name: str
    shard: int = 0
    prefix: str = "copydesk"
    shards: int = 1

    @property
    def label(self) -> str:
        """What people and tasks call it: the lane's name, with the number of the shard where there are several."""
        return self.name if self.shards == 1 else f"{self.name}/{self.shard}"

    @property
    def base(self) -> str:
        """Common part of the keys, hash tag included."""
        return f"{self.prefix}:{{{self.name}:{self.shard}}}"

    @property
    def intake(self) -> str:
        """Stream of payloads; entries are deleted on commit, so its length is the backlog."""
        return f"{self.base}:intake"

    @property
    def articles(self) -> str:
        """Stream of finished records; one consumer group a sink."""
        return f"{self.base}:articles"

    @property
    def quarantine(self) -> str:
        """Stream of payloads that could not be processed."""
        return f"{self.base}:quarantine"

    @property
    def parked(self) -> str:
        """Sorted set of entries to be tried again, by due time in ms."""
        return f"{self.base}:parked"

    @property
    def parking(self) -> str:
        """Hash of parked entries: deliveries, attempts and last cause."""
        return f"{self.base}:parking"

    @property
    def stats(self) -> str:
        """Hash of counters, changed by the commit script alone."""
        return f"{self.base}:stats"

    @property
    def trace(self) -> str:
        """Stream of the last verdicts, those of dropped articles too; capped."""
        return f"{self.base}:trace"

    @property
    def state(self) -> str:
        """Hash: whether the lane is stopped and why, and how many of the last entries failed."""
        return f"{self.base}:state"

    @property
    def recent(self) -> str:
        """Bitmap of the last entries, a ring: 1 for one that failed."""
        return f"{self.base}:recent"

    @property
    def outbox(self) -> str:
        """Hash of what commits wrote down for an index on another node of a Cluster."""
        return f"{self.base}:outbox"

    @property
    def newer(self) -> str:
        """Stream of entries of a newer contract version, which wait for workers that know it."""
        return f"{self.base}:newer"

    @property
    def held(self) -> str:
        """Stream of records under embargo."""
        return f"{self.base}:held"

    @property
    def holding(self) -> str:
        """Sorted set of the entries of `held`, by the time in ms at which they are delivered."""
        return f"{self.base}:holding"

    @property
    def archive(self) -> str:
        """Stream of payloads on their way to the raw archive."""
        return f"{self.base}:archive"

    @property
    def admission(self) -> str:
        """Hash of the lane's marks, and of what the estimate of its bytes needs."""
        return f"{self.base}:admission"

    def sent(self, digest: str) -> str:
        """Key that remembers a producer's idempotency key."""
        return f"{self.base}:sent:{digest}"

    def batch(self, sink: str) -> str:
        """Hash of the batch that a sink has in work."""
        return f"{self.base}:batch:{sink}"

    def deadletters(self, sink: str) -> str:
        """Stream of records that a sink refused."""
        return f"{self.base}:deadletters:{sink}"


def ensure_group(client: redis.Redis, stream: str, group: str) -> None:
    """Create stream and consumer group from the beginning of the stream; no error where they exist."""
    import redis  # noqa: PLC0415  # 0.1 s of CPU time, and a client that only builds keys should not wait for it

    try:
        client.xgroup_create(stream, group, id="0", mkstream=True)
    except redis.ResponseError as exc:
        if not str(exc).startswith("BUSYGROUP"):
            raise


def breaker_key(prefix: str, sink: str) -> str:
    """Key of a sink's circuit breaker, one for all lanes."""
    return f"{prefix}:{{sink:{sink}}}:breaker"


def index_prefix(prefix: str) -> str:
    """Prefix of the dedupe index's keys, hash tag included."""
    return f"{prefix}:{{index}}:"
