"""A Redis stream as destination: effectively once, by a cursor that moves in the same script as the records."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Annotated, Final

import msgspec
import redis

from worker.ports import Letter, Receipt, Sink
from worker.redis_target import RedisTarget

_APPEND_LUA: Final = files("worker.sinks").joinpath("redis_stream.lua").read_text("utf-8")


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `redis_stream`: server, stream, and how many entries to keep about (0: all)."""

    url: str
    stream: str
    maxlen: Annotated[int, msgspec.Meta(ge=0)] = 0
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 10.0

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Options(stream={self.stream!r})"


class RedisStream:
    """Adds each record as an entry with `id`, `message` and `record`; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._target = RedisTarget(name, options.url, options.stream, _APPEND_LUA, options.timeout_seconds)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Add the records in one step; a batch that is not beyond the cursor was added before."""
        args: list[str | int | bytes] = [self._options.maxlen]
        for letter in letters:
            args += (letter.record_id, letter.id, letter.json)
        self._target.append(batch, args)
        return Receipt(self._options.stream)

    def check(self) -> str:
        """Ask the server for the stream's length."""
        try:
            length = self._target.client.xlen(self._options.stream)
        except redis.RedisError as exc:
            raise self._target.translate(exc) from exc
        return f"stream {self._options.stream} has {length} entries"


component: type[Sink] = RedisStream
