"""A Redis list as destination: effectively once, by a cursor that moves in the same script as the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec
import orjson
import redis

from worker.ports import Letter, Receipt, Sink
from worker.redis_target import RedisTarget

# A thousand at a time: Lua passes at most some 8,000 values in one call.
_PUSH_LUA: Final = """
for i = 4, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[1], unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
return moved(#ARGV - 3)
"""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `redis_list`.

    Server and list, and what an element is: the `record` itself, or an `envelope` with `id`, `message` and `record`.
    """

    url: str
    list: str
    element: Literal["record", "envelope"] = "record"
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 10.0

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Options(list={self.list!r})"


def _envelope(letter: Letter) -> bytes:
    return orjson.dumps({"id": letter.record_id, "message": letter.id, "record": orjson.Fragment(letter.json)})


def _bare(letter: Letter) -> bytes:
    return letter.json


class RedisList:
    """Pushes each record to the right end of a list; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._list = options.list
        self._pack = {"record": _bare, "envelope": _envelope}[options.element]
        self._target = RedisTarget(name, options.url, options.list, _PUSH_LUA, options.timeout_seconds)

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Push the records in one step; a batch that is not beyond the cursor was pushed before."""
        self._target.append(batch, [self._pack(letter) for letter in letters])
        return Receipt(self._list)

    def check(self) -> str:
        """Ask the server for the list's length."""
        try:
            length = self._target.client.llen(self._list)
        except redis.RedisError as exc:
            raise self._target.translate(exc) from exc
        return f"list {self._list} has {length} elements"


component: type[Sink] = RedisList
