"""Object storage: local directory, S3, GCS, Azure; one object a batch and partition, effectively once.

Keys derive from the batch's name and objects are created, never overwritten, so a retry after a crash finds its
own objects. A manifest of the batch is written last: who reads by manifests sees whole batches only.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
import orjson

from worker.ports import Letter, Receipt, Refusal, Sink
from worker.storage.encodings import ENCODINGS, Kind
from worker.storage.store import Store, StoreOptions

MANIFESTS: Final = "_manifest/"
_PATHS: Final[Mapping[str, tuple[str, str]]] = {
    "publisher": ("publisher", "domain"),
    "language": ("language", "code"),
}
_UNSAFE: Final = re.compile(r"[^a-z0-9.-]+")
_Name = Literal["publisher", "language"]


class Options(StoreOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `objects`: where (see `StoreOptions`), `format` (`jsonl`, `parquet`), `partition_by`."""

    format: Kind = "jsonl"
    partition_by: Annotated[tuple[_Name, ...], msgspec.Meta(max_length=2)] = ()

    __repr__ = StoreOptions.__repr__


def partition(batch: str) -> str:
    """Give `dt=YYYY-MM-DD/hour=HH` (UTC) of a batch, from the time in its first entry's id.

    A batch is called `LANE-SHARD-FIRST-LAST` with ids `MS-SEQ`, so it is read from the right.
    """
    milliseconds = int(batch.rsplit("-", 4)[1])
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("dt=%Y-%m-%d/hour=%H")


class Objects:
    """Writes each batch as one object a partition, and its manifest; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._names = options.partition_by
        self._encoding = ENCODINGS[options.format]()
        self._store = Store(f"sink {name!r}", options)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Store the records and give the URL or path of the manifest's one object, or of the manifest.

        The same batch again changes nothing.
        """
        hour = partition(batch)
        folders: dict[str, list[int]] = defaultdict(list)
        for position, letter in enumerate(letters):
            folders[hour + self._folder(letter)].append(position)
        refused: list[Refusal] = []
        objects: list[dict[str, Any]] = []
        for folder, positions in sorted(folders.items()):
            encoded = self._encoding.encode([letters[position].json for position in positions])
            refused += [Refusal(positions[at], "schema_mismatch", told) for at, told in encoded.unfit]
            if encoded.body is not None:
                key = f"{folder}/{batch}.{self._encoding.suffix}"
                objects.append(self._put(key, encoded.body, len(positions) - len(encoded.unfit)))
        if not objects:
            return Receipt("", tuple(refused))
        manifest = f"{MANIFESTS}{hour}/{batch}.json"
        records = sum(item["records"] for item in objects)
        self._store.create(manifest, orjson.dumps({"batch": batch, "records": records, "objects": objects}))
        return Receipt(self._store.location(objects[0]["key"] if len(objects) == 1 else manifest), tuple(refused))

    def _put(self, key: str, body: bytes, records: int) -> dict[str, Any]:
        """Store one object and give its line in the manifest."""
        if not self._store.create(key, body):
            # Delivered before a crash. Normally byte for byte the same; after an upgrade or with other settings the
            # manifest must tell what is there.
            stored = self._store.get(key)
            if stored != body:
                body, records = stored, self._encoding.count(stored)
        return {"key": key, "bytes": len(body), "records": records, "sha256": hashlib.sha256(body).hexdigest()}

    def _folder(self, letter: Letter) -> str:
        if not self._names:
            return ""
        record = orjson.loads(letter.json)
        parts = []
        for name in self._names:
            outer, inner = _PATHS[name]
            value = (record.get(outer) or {}).get(inner) or "unknown"
            parts.append(f"/{name}={_UNSAFE.sub('_', str(value).lower())[:80].strip('.') or 'unknown'}")
        return "".join(parts)

    def check(self) -> str:
        """Write and delete a small object. Not to be called in a process that forks workers afterwards."""
        return self._store.probe()


component: type[Sink] = Objects
