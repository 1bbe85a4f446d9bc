"""Object storage by obstore: local directory, S3, GCS, Azure; one JSONL + zstd object a batch, effectively once.

The key derives from the batch's name and objects are created, never overwritten, so a retry after a
crash finds its own object. obstore is not fork-safe once used (a put in a forked child hangs or
crashes), so the store is made on first use, for each process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import obstore
import zstandard
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import ObjectStore, from_url

from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Sink

_LEVEL: Final = 3  # a third of level 1's size at the same time on news records; level 9 costs three times as much
_PROBE: Final = ".copydesk-check"
_REFUSED: Final = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "401")
_MISSING: Final = ("NoSuchBucket", "bucket does not exist")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `objects`.

    `url`: a directory, file://, s3://bucket/prefix, gs:// or az://. The rest is for S3: keys (or the
    environment's usual credentials), `region`, `endpoint` for other servers than Amazon's,
    `allow_http` for one without TLS. Seconds are for one request.
    """

    url: str
    access_key_id: str = ""
    secret_access_key: str = ""
    region: str = ""
    endpoint: str = ""
    allow_http: bool = False
    timeout_seconds: float = 30.0
    retries: int = 2

    def __repr__(self) -> str:
        """Leave the keys out."""
        return f"Options(url={self.url!r}, endpoint={self.endpoint!r})"


def partition(batch: str) -> str:
    """Give `dt=YYYY-MM-DD/hour=HH` (UTC) of a batch, from the time in its first entry's id.

    A batch is called `LANE-SHARD-FIRST-LAST` with ids `MS-SEQ`, so it is read from the right.
    """
    milliseconds = int(batch.rsplit("-", 4)[1])
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("dt=%Y-%m-%d/hour=%H")


class Objects:
    """Writes each batch as one object; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._store: ObjectStore | None = None
        self._pid = 0
        scheme = urlsplit(options.url).scheme
        self._directory = Path(options.url.removeprefix("file://")) if scheme in {"", "file"} else None
        if self._directory is None and scheme not in {"s3", "s3a", "gs", "az", "azure", "memory"}:
            msg = f"sink {name!r}: url {options.url!r} is no directory, file://, s3://, gs:// or az://"
            raise ConfigError(msg)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Store the records as one object and give its URL or path; the same batch again changes nothing."""
        key = f"{partition(batch)}/{batch}.jsonl.zst"
        body = b"".join(part for letter in letters for part in (letter.json, b"\n"))
        packed = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body)
        try:
            obstore.put(self._here(), key, packed, mode="create")
        except AlreadyExistsError:
            pass  # delivered before a crash; the bytes are the same, as the batch is
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc
        return Receipt(f"{self._directory or self._options.url.rstrip('/')}/{key}")

    def check(self) -> str:
        """Write and delete a small object. Not to be called in a process that forks workers afterwards."""
        try:
            obstore.put(self._here(), _PROBE, b"copydesk")
            obstore.delete(self._here(), _PROBE)
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc
        return f"{self._directory or self._options.url} can be written"

    def _here(self) -> ObjectStore:
        """Give this process's store."""
        if self._store is None or self._pid != os.getpid():
            self._store, self._pid = self._make(), os.getpid()
        return self._store

    def _make(self) -> ObjectStore:
        options = self._options
        if self._directory is not None:
            self._directory.mkdir(parents=True, exist_ok=True)
            return from_url(self._directory.resolve().as_uri())
        config = {
            "access_key_id": options.access_key_id,
            "secret_access_key": options.secret_access_key,
            "region": options.region or ("us-east-1" if options.endpoint else ""),
            "endpoint": options.endpoint,
        }
        timeout = f"{options.timeout_seconds:g}s"
        make: Any = from_url  # its overloads name each store's own keys
        store: ObjectStore = make(
            options.url,
            config={key: value for key, value in config.items() if value},
            client_options={"timeout": timeout, "connect_timeout": timeout, "allow_http": options.allow_http},
            retry_config={"max_retries": options.retries},
        )
        return store

    def _translate(self, exc: Exception) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass; keys never get into the message."""
        text = str(exc)
        for secret in (self._options.secret_access_key, self._options.access_key_id):
            text = text.replace(secret, "***") if secret else text
        text = " ".join(text.split())[:300]
        if isinstance(exc, PermissionDeniedError | UnauthenticatedError | PermissionError) or any(
            mark in text for mark in _REFUSED
        ):
            return ConfigError(f"sink {self.name!r}: access is refused; check the keys and their rights: {text}")
        if any(mark in text for mark in _MISSING):
            return ConfigError(f"sink {self.name!r}: the bucket of {self._options.url} does not exist: {text}")
        return TransientError(f"sink {self.name!r}: {text}")


component: type[Sink] = Objects
