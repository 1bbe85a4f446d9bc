"""The heavy tier on the line: each delivered article is placed in a story, and an event says in which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import orjson
import redis

from worker.errors import TransientError
from worker.model import EVENT_SCHEMA, Event
from worker.ports import Embedder, Letter, Receipt, StoryIndex
from worker.story.placing import place_record, story_field
from worker.wire import dump_event

NAME: Final = "@stories"
"""Its consumer group and batch; no sink may be called so."""


class StoriesStage:
    """Places articles and adds events to the stream that they came from; one instance a lane and process.

    Placing is the same however often it is done, and the events of a batch are added once, so a rerun changes nothing.
    `load` gives the embedder, at the first batch: a model is not loaded where processes are forked afterwards.
    """

    name = NAME

    def __init__(
        self,
        client: redis.Redis,
        keys: tuple[str, str],
        consumer: str,
        stories: StoryIndex,
        load: Callable[[], Embedder],
    ) -> None:
        self._keys = list(keys)
        self._consumer = consumer
        self._stories = stories
        self._load = load
        self._emit = client.register_script(files("worker.delivery").joinpath("emit.lua").read_text("utf-8"))

    def deliver(self, _batch: str, letters: Sequence[Letter], /) -> Receipt:
        """Place the batch's articles, then add the events."""
        embedder = self._load()
        args: list[str | bytes] = [self._consumer]
        try:
            for letter in letters:
                record = orjson.loads(letter.json)
                if record.get("schema") == EVENT_SCHEMA:
                    continue
                placed = place_record(record, self._stories, embedder)
                if placed is not None:
                    changes = {"story": story_field(placed)}
                    at = datetime.now(UTC).isoformat(timespec="milliseconds")
                    event = Event(EVENT_SCHEMA, letter.record_id, "enriched", at, None, NAME, changes)
                    args += (letter.record_id, f"{letter.id}+story", dump_event(event))
            count = int(self._emit(keys=self._keys, args=args)) if len(args) > 1 else 0
        except redis.RedisError as exc:
            msg = f"stories: {exc}"
            raise TransientError(msg) from exc
        return Receipt(f"{count} events")
