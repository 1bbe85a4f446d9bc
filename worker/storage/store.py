"""Objects in a local directory, S3, GCS or Azure: created whole or not at all, never overwritten.

Remote stores go through obstore, which is not fork-safe once used (a put in a forked child hangs or crashes), so
the client is made on first use, for each process. A local object is written to a temporary name, flushed to disk
and linked to its own.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import ObjectStore, from_url

from worker.errors import ConfigError, TransientError

_PROBE: Final = ".copydesk-check"
_REFUSED: Final = re.compile(
    r"AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch"
    r"|status(?: code)?:? 40[13]\b|\b40[13] (?:Unauthorized|Forbidden)"
)
_MISSING: Final = ("NoSuchBucket", "bucket does not exist", "ContainerNotFound")
_SCHEMES: Final = frozenset({"s3", "s3a", "gs", "az", "azure", "abfs", "abfss"})


class StoreOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where objects go.

    `url`: a directory, file://, s3://bucket/prefix, gs:// or az://. Keys (or the environment's usual credentials),
    `region`, `endpoint` for other servers than Amazon's and `allow_http` for one without TLS are for S3; `store`
    takes further settings by obstore's names (`service_account_path`, `account_name`, …). Seconds are for one request.
    """

    url: str
    access_key_id: str = ""
    secret_access_key: str = ""
    region: str = ""
    endpoint: str = ""
    allow_http: bool = False
    timeout_seconds: float = 30.0
    retries: int = 2
    store: dict[str, str] = {}

    def __repr__(self) -> str:
        """Leave the keys out."""
        return f"{type(self).__name__}(url={self.url!r}, endpoint={self.endpoint!r})"


class Store:
    """One place for objects; `label` names it in errors (`sink 'files'`)."""

    def __init__(self, label: str, options: StoreOptions) -> None:
        self._label = label
        self._options = options
        self._client: ObjectStore | None = None
        self._pid = 0
        scheme = urlsplit(options.url).scheme
        self.directory = Path(options.url.removeprefix("file://")) if scheme in {"", "file"} else None
        if self.directory is None and scheme not in _SCHEMES:
            msg = f"{label}: url {options.url!r} is no directory, file://, s3://, gs:// or az://"
            raise ConfigError(msg)

    def location(self, key: str) -> str:
        """Name an object as a path or URL."""
        return f"{self.directory or self._options.url.rstrip('/')}/{key}"

    def create(self, key: str, body: bytes) -> bool:
        """Store an object; False where the key exists already, which then stays as it is."""
        try:
            if self.directory is not None:
                return _create_file(self.directory / key, body)
            obstore.put(self._here(), key, body, mode="create")
        except AlreadyExistsError:
            return False
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc
        return True

    def get(self, key: str) -> bytes:
        """Read an object; raises FileNotFoundError where there is none."""
        try:
            if self.directory is not None:
                return (self.directory / key).read_bytes()
            return bytes(obstore.get(self._here(), key).bytes())
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Read a part of an object; raises FileNotFoundError where there is none."""
        try:
            if self.directory is not None:
                with (self.directory / key).open("rb") as file:
                    file.seek(start)
                    return file.read(length)
            return bytes(obstore.get_range(self._here(), key, start=start, length=length))
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Walk the keys below a prefix that ends with a slash, or all; sorted."""
        try:
            if self.directory is not None:
                found = [
                    path.relative_to(self.directory).as_posix()
                    for path in (self.directory / prefix).rglob("*")
                    if path.is_file() and not path.name.startswith(".")
                ]
            else:
                pages = obstore.list(self._here(), prefix or None)
                found = [item["path"] for page in pages for item in page]
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc
        yield from sorted(found)

    def probe(self) -> str:
        """Write and delete a small object. Not to be called in a process that forks workers afterwards."""
        try:
            if self.directory is not None:
                self.directory.mkdir(parents=True, exist_ok=True)
                probe = self.directory / f"{_PROBE}-{os.getpid()}"
                probe.write_bytes(b"copydesk")
                probe.unlink()
            else:
                obstore.put(self._here(), _PROBE, b"copydesk")
                obstore.delete(self._here(), _PROBE)
        except (BaseError, OSError) as exc:
            raise self._translate(exc) from exc
        return f"{self.directory or self._options.url} can be written"

    def _here(self) -> ObjectStore:
        """Give this process's client."""
        if self._client is None or self._pid != os.getpid():
            try:
                self._client, self._pid = self._make(), os.getpid()
            except Exception as exc:  # noqa: BLE001  # no request is made yet: it is in the settings
                told = self._without_secrets(exc)
                msg = f"{self._label}: the settings make no store: {told}"
                raise ConfigError(msg) from None
        return self._client

    def _make(self) -> ObjectStore:
        options = self._options
        config = {
            "access_key_id": options.access_key_id,
            "secret_access_key": options.secret_access_key,
            "region": options.region or ("us-east-1" if options.endpoint else ""),
            "endpoint": options.endpoint,
            **options.store,
        }
        timeout = f"{options.timeout_seconds:g}s"
        make: Any = from_url  # its overloads name each store's own keys
        client: ObjectStore = make(
            options.url,
            config={key: value for key, value in config.items() if value},
            client_options={"timeout": timeout, "connect_timeout": timeout, "allow_http": options.allow_http},
            retry_config={"max_retries": options.retries},
        )
        return client

    def _without_secrets(self, exc: Exception) -> str:
        text = str(exc).partition("\n\nDebug source:")[0]
        for secret in (self._options.secret_access_key, self._options.access_key_id, *self._options.store.values()):
            text = text.replace(secret, "***") if secret else text
        return " ".join(text.split())

    def _translate(self, exc: Exception) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass; keys never get into the message."""
        whole = self._without_secrets(exc)  # what tells the cause may stand after a long key
        text = whole[:300]
        if isinstance(exc, PermissionDeniedError | UnauthenticatedError | PermissionError) or _REFUSED.search(whole):
            return ConfigError(f"{self._label}: access is refused; check the keys and their rights: {text}")
        if any(mark in whole for mark in _MISSING):
            return ConfigError(f"{self._label}: the bucket of {self._options.url} does not exist: {text}")
        if isinstance(exc, OSError) and exc.errno in {errno.ENOSPC, errno.EDQUOT}:
            return TransientError(f"{self._label}: the disk is full; make room, the batch is tried again: {text}")
        return TransientError(f"{self._label}: {text}")


def _create_file(path: Path, body: bytes) -> bool:
    """Write under a temporary name, flush to disk, then give it its name unless that is taken.

    A process that is killed leaves a hidden `.NAME.….part`; the retry of the same object removes it.
    """
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}.part"
    try:
        with temporary.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        created = _name(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    for former in path.parent.glob(f".{path.name}.*.part"):
        with contextlib.suppress(OSError):
            former.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return created


def _name(temporary: Path, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except FileNotFoundError:
        if path.exists():  # another worker stored the same object and tidied up
            return False
        raise
    except OSError as exc:
        if exc.errno not in {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
        if path.exists():  # a file system without links: the rename is whole too, only not exclusive
            return False
        temporary.replace(path)
    return True
