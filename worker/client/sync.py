"""The blocking client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self, TypeVar

from worker.client.core import Batch, Core, Disk, Flow, Send, Settled, Sleep, Step, batches, told
from worker.client.offload import ClaimStore, open_store
from worker.client.options import DEFAULT_URL, ClientOptions, Item, Ready, Sendable
from worker.client.spill import Spill
from worker.errors import ConfigError, IntakeError

_T = TypeVar("_T")


def make_core(options: ClientOptions, store: ClaimStore | None) -> Core:
    """Open what the options name besides the server. Raises ConfigError, IntakeError."""
    if options.when_full not in {"block", "raise", "spill"}:
        msg = f"when_full is block, raise or spill, not {options.when_full!r}"
        raise ConfigError(msg)
    if options.when_full == "spill" and not options.spill_directory:
        msg = "when_full is spill, and spill_directory is not set"
        raise ConfigError(msg)
    if store is None and options.offload:
        store = open_store(options.offload)
    spill = Spill(Path(options.spill_directory)) if options.when_full == "spill" else None
    return Core(options, spill, store)


class Client:
    """Pushes payloads into one lane; a context manager. Not for several threads at once.

    Every method that sends raises IntakeError or what is below it: IntakeFull, IntakeUnreachable, IntakeRefused,
    PayloadTooLarge.
    """

    def __init__(
        self, url: str = DEFAULT_URL, options: ClientOptions | None = None, store: ClaimStore | None = None
    ) -> None:
        """Connects at the first call. `store` takes large bodies in place of the one that `options.offload` names."""
        self.options = options or ClientOptions()
        self._core = make_core(self.options, store)
        self._transport = import_module("worker.client.transport")  # redis-py, 0.1 s of CPU time
        self._redis = self._transport.connect(url, self.options)
        self._scripts = self._transport.scripts(self._redis)
        self._batch = Batch(self.options)

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Send what `add` collected, and close."""
        self.close()

    def close(self) -> None:
        """Send what `add` collected and what was spilled, as far as there is room, and close the connection.

        Raises IntakeError where what was collected could not be stored; the connection is closed all the same.
        """
        try:
            self.flush()
            self._run(self._core.resend(now=True))
        finally:
            if self._core.spill is not None:
                self._core.spill.close()
            self._redis.close()

    @property
    def spilled(self) -> int:
        """How many payloads wait on disk."""
        return self._core.spill.waiting if self._core.spill is not None else 0

    def push(  # noqa: PLR0913  # the contract's fields, all but one by name and optional
        self,
        payload: bytes | str,
        *,
        type: str | None = None,  # noqa: A002  # the contract's name
        url: str | None = None,
        source: str | None = None,
        id: str | None = None,  # noqa: A002  # the contract's name
        fetched_at: str | None = None,
        hints: Mapping[str, object] | None = None,
        trace: str | None = None,
    ) -> str:
        """Store one payload and return its entry id."""
        raw = payload.encode("utf-8") if isinstance(payload, str) else payload
        return self.push_many([Item(raw, type, url, source, id, fetched_at, hints, trace)])[0]

    def push_many(self, items: Iterable[Sendable]) -> list[str]:
        """Store payloads in batches and return their entry ids in order.

        Each batch is stored whole or not at all. An error's `stored` has the ids of the batches before it.
        """
        stored: list[str] = []
        try:
            for entry in self.push_iter(items):
                stored.append(entry)  # noqa: PERF402  # those before an error are needed
        except IntakeError as exc:
            raise told(exc, stored) from exc.__cause__
        return stored

    def push_iter(self, items: Iterable[Sendable]) -> Iterator[str]:
        """Store a stream of payloads batch by batch; yields each entry id once its batch is stored.

        Lazy: nothing is sent that is not asked for, so iterate to the end.
        """
        for batch in batches((self._ready(item) for item in items), self.options):
            yield from self._run(self._core.push(batch))

    def add(self, item: Sendable) -> list[str]:
        """Collect a payload; sends the batch once it is full or old, and then gives the ids of what was stored.

        Ids come in the order of the calls. Age is looked at in each call of `add` and `flush_due`: there is no thread.
        After an IntakeError the payload is collected all the same; after PayloadTooLarge it is not.
        """
        ready = self._ready(item)
        try:
            stored = [] if self._batch.has_room(ready) else self.flush()
        finally:
            self._batch.add(ready)
        try:
            return stored + self.flush_due()
        except IntakeError as exc:
            raise told(exc, stored) from exc.__cause__

    def flush_due(self) -> list[str]:
        """Send what was collected if the batch is full or has waited for `batch_seconds`; gives the ids."""
        if self._batch.due:
            return self.flush()
        if self.spilled:
            self._run(self._core.resend(most=4))
        return []

    def flush(self) -> list[str]:
        """Send what was collected and give its ids.

        After an error what is not known to be stored stays collected, and may be flushed again; `stored` has the rest.
        """
        stored: list[str] = []
        try:
            for batch in batches(self._batch.items, self.options):
                stored += self._run(self._core.push(batch))
                self._batch.drop(len(batch))
        except IntakeError as exc:
            raise told(exc, stored) from exc.__cause__
        return stored

    def resend(self) -> int:
        """Send what was spilled, as far as there is room; gives how many payloads."""
        return self._run(self._core.resend(now=True))

    def wait(self, ids: Iterable[str], timeout: float = 60.0) -> dict[str, Settled]:
        """Wait for the verdicts on entries, at most `timeout` seconds; gives what became of each.

        Ask soon: the trace of a lane has its last verdicts only (`dedupe.trace_most`).
        """
        return self._run(self._core.wait(ids, timeout))

    def _ready(self, item: Sendable) -> Ready:
        made = self._core.ready(item)
        return self._run(self._core.offload(made)) if self._core.offloads(made) else made

    def _run(self, flow: Flow[_T]) -> _T:
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._do(step)
                except IntakeError as exc:
                    step = flow.throw(exc)
                else:
                    step = flow.send(answer)
        except StopIteration as stop:
            result: _T = stop.value
            return result

    def _do(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            time.sleep(step.seconds)
            return None
        if isinstance(step, Disk):
            return step.call()
        assert isinstance(step, Send)  # noqa: S101  # there is no fourth kind
        try:
            return self._scripts[step.script](keys=step.keys, args=step.args)
        except self._transport.FAILURES as exc:
            raise self._transport.translated(exc, step, self.options) from exc
