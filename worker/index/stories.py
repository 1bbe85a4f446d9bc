"""Stories in Redis and in memory: which story an article belongs to, and what a story has."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, cast

import redis

from worker.errors import TransientError
from worker.ports import Placed, Sketch, StoryView
from worker.story.cluster import WINDOW, StoryMap, Update

_ASSIGN_LUA: Final = files("worker.index").joinpath("stories.lua").read_text("utf-8")
_LOG_MOST: Final = 20_000
"""Updates that a new process can learn from: 512 bytes each."""
_MEMBERS_MOST: Final = 1_000
_KEPT: Final = int(4 * WINDOW)
"""Seconds after its last article that a story can be asked for."""
_TRIES: Final = 100
_PAGE: Final = 1_000
_WORD: Final = 4


def story_id(record_id: str) -> str:
    """Name a story by the article that began it."""
    return f"s{record_id[:16]}"


class MemoryStories:
    """The in-memory twin, for one process; fulfils `worker.ports.StoryIndex`."""

    def __init__(self) -> None:
        self._map = StoryMap()
        self._of: dict[str, str] = {}
        self._views: dict[str, StoryView] = {}

    def place(self, record_id: str, sketch: Sketch, arrived: float) -> Placed:
        """See `worker.ports.StoryIndex.place`."""
        known = self._of.get(record_id)
        if known is not None:
            view = self._views[known]
            return Placed(known, view.size, view.first_seen, None)
        nearest = self._map.nearest(sketch, arrived)
        name, near = nearest if nearest is not None else (story_id(record_id), None)
        self._map.apply(Update(name, sketch, arrived))
        self._of[record_id] = name
        before = self._views.get(name)
        members = (*before.members, record_id)[-_MEMBERS_MOST:] if before else (record_id,)
        first, size = (before.first_seen, before.size + 1) if before else (arrived, 1)
        self._views[name] = StoryView(name, size, first, max(arrived, before.last_seen if before else arrived), members)
        return Placed(name, size, first, near)

    def story(self, name: str) -> StoryView | None:
        """See `worker.ports.StoryIndex.story`."""
        return self._views.get(self._of.get(name, name))


class RedisStories:
    """Under `prefix` (which carries the hash tag); fulfils `worker.ports.StoryIndex`.

    Each process follows a log of all updates with a map of its own. Who places an article says up to where it has read;
    the script takes it only if nobody was quicker, so two workers never begin two stories of one event side by side.
    """

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._map = StoryMap()
        self._read = "0-0"
        self._assign = client.register_script(_ASSIGN_LUA)

    def place(self, record_id: str, sketch: Sketch, arrived: float) -> Placed:
        """See `worker.ports.StoryIndex.place`; raises TransientError where others are always quicker."""
        for _ in range(_TRIES):
            self._follow()
            nearest = self._map.nearest(sketch, arrived)
            name, near = nearest if nearest is not None else (story_id(record_id), None)
            args: list[str | int | bytes] = [self._prefix, self._read, record_id, name, sketch.vector]
            args += (_packed(sketch.words), repr(arrived), _LOG_MOST, _MEMBERS_MOST, _KEPT)
            answer: Any = self._assign(keys=[self._prefix + "s:log"], args=args)
            if answer:
                story, size, first, again = answer
                return Placed(story.decode(), int(size), float(first), None if again else near)
        message = "other workers placed their articles first, time and again"
        raise TransientError(message)

    def _follow(self) -> None:
        while True:
            rows = cast("Any", self._client.xrange(self._prefix + "s:log", f"({self._read}", "+", count=_PAGE))
            for entry, fields in rows:
                sketch = Sketch(fields[b"v"], _unpacked(fields[b"w"]))
                self._map.apply(Update(fields[b"s"].decode(), sketch, float(fields[b"a"])))
                self._read = entry.decode()
            if len(rows) < _PAGE:
                return

    def story(self, name: str) -> StoryView | None:
        """See `worker.ports.StoryIndex.story`; raises redis.RedisError."""
        of = cast("Any", self._client.get(f"{self._prefix}s:of:{name}"))
        name = of.decode() if of else name
        head = cast("Any", self._client.hgetall(f"{self._prefix}s:{name}"))
        if not head:
            return None
        members = cast("Any", self._client.lrange(f"{self._prefix}s:{name}:m", 0, -1))
        first, last = float(head[b"first"]), float(head[b"last"])
        return StoryView(name, int(head[b"size"]), first, last, tuple(one.decode() for one in members))


def _packed(words: Sequence[int]) -> bytes:
    return b"".join(word.to_bytes(_WORD, "big") for word in words)


def _unpacked(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + _WORD], "big") for at in range(0, len(raw), _WORD))
