"""A Redis stream as destination: effectively once, by a cursor that moves in the same script as the records."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Annotated, Final

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Sink

_APPEND_LUA: Final = files("worker.sinks").joinpath("redis_stream.lua").read_text("utf-8")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `redis_stream`: server, stream, and how many entries to keep about (0: all)."""

    url: str
    stream: str
    maxlen: Annotated[int, msgspec.Meta(ge=0)] = 0
    timeout_seconds: float = 10.0

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Options(stream={self.stream!r})"


class RedisStream:
    """Adds each record as an entry with `id`, `message` and `record`; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        try:
            self._client = redis.Redis.from_url(
                options.url,
                socket_timeout=options.timeout_seconds,
                socket_connect_timeout=options.timeout_seconds,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError as exc:
            msg = f"sink {name!r}: {exc}"
            raise ConfigError(msg) from exc
        self._append = self._client.register_script(_APPEND_LUA)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Add the records in one step; a batch that is not beyond the cursor was added before."""
        source, first_ms, first_seq, last_ms, last_seq = batch.rsplit("-", 4)
        del first_ms, first_seq
        keys = [self._options.stream, f"{{{self._tag()}}}:cursor"]
        args: list[str | int | bytes] = [source, last_ms, last_seq, self._options.maxlen]
        for letter in letters:
            args += (letter.record_id, letter.id, letter.json)
        try:
            self._append(keys=keys, args=args)
        except redis.RedisError as exc:
            raise self._translate(exc) from exc
        return Receipt(self._options.stream)

    def _tag(self) -> str:
        """Give the part of the stream's name that Redis Cluster hashes, so that both keys share a slot."""
        name = self._options.stream
        start, end = name.find("{"), name.find("}")
        return name[start + 1 : end] if 0 <= start < end - 1 else name

    def check(self) -> str:
        """Ask the server for the stream's length."""
        try:
            return f"stream {self._options.stream} has {self._client.xlen(self._options.stream)} entries"
        except redis.RedisError as exc:
            raise self._translate(exc) from exc

    def _translate(self, exc: redis.RedisError) -> ConfigError | TransientError:
        if isinstance(exc, redis.AuthenticationError | redis.exceptions.NoPermissionError):
            return ConfigError(f"sink {self.name!r}: the server refuses the user or password: {exc}")
        if "WRONGTYPE" in str(exc):
            return ConfigError(f"sink {self.name!r}: key {self._options.stream!r} is no stream")
        return TransientError(f"sink {self.name!r}: {exc}")


component: type[Sink] = RedisStream
