"""The client for asyncio; `worker.client.sync` has the same methods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from importlib import import_module
from typing import Any, Self, TypeVar

from worker.client.core import Batch, Disk, Flow, Send, Settled, Sleep, Step, batches, told
from worker.client.offload import ClaimStore
from worker.client.options import DEFAULT_URL, ClientOptions, Item, Ready, Sendable
from worker.client.sync import make_core
from worker.errors import IntakeError

_T = TypeVar("_T")


class AsyncClient:
    """Pushes payloads into one lane; an asynchronous context manager. Tasks of one loop may share it.

    What `add` collects is sent by a task of its own once it is `batch_seconds` old. Files and object storage are
    used in threads. Errors are those of `Client`.
    """

    def __init__(
        self, url: str = DEFAULT_URL, options: ClientOptions | None = None, store: ClaimStore | None = None
    ) -> None:
        """Connects at the first call. `store` takes large bodies in place of the one that `options.offload` names."""
        self.options = options or ClientOptions()
        self._core = make_core(self.options, store)
        self._transport = import_module("worker.client.transport")  # redis-py, as in the blocking client
        self._redis = self._transport.connect_async(url, self.options)
        self._scripts = self._transport.scripts(self._redis)
        self._batch = Batch(self.options)
        self._sending = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._overdue: list[str] = []

    async def __aenter__(self) -> Self:
        """Give the client itself."""
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Send what `add` collected, and close."""
        await self.close()

    async def close(self) -> None:
        """Send what `add` collected and what was spilled, as far as there is room, and close the connection."""
        if self._timer is not None:
            async with self._sending:  # never in the middle of a batch: it would be sent twice
                self._timer.cancel()
        try:
            await self.flush()
            await self.resend()
        finally:
            if self._core.spill is not None:
                self._core.spill.close()
            await self._redis.aclose()

    @property
    def spilled(self) -> int:
        """How many payloads wait on disk."""
        return self._core.spill.waiting if self._core.spill is not None else 0

    async def push(self, payload: bytes | str, **fields: Any) -> str:
        """Store one payload and return its entry id; `fields` are those of `Item`."""
        raw = payload.encode("utf-8") if isinstance(payload, str) else payload
        return (await self.push_many([Item(raw, **fields)]))[0]

    async def push_many(self, items: Iterable[Sendable] | AsyncIterable[Sendable]) -> list[str]:
        """Store payloads in batches and return their entry ids in order.

        Each batch is stored whole or not at all. An error's `stored` has the ids of the batches before it.
        """
        stored: list[str] = []
        try:
            async for entry in self.push_iter(items):
                stored.append(entry)  # noqa: PERF401  # those before an error are needed
        except IntakeError as exc:
            raise told(exc, stored) from exc.__cause__
        return stored

    async def push_iter(self, items: Iterable[Sendable] | AsyncIterable[Sendable]) -> AsyncIterator[str]:
        """Store a stream of payloads batch by batch; yields each entry id once its batch is stored."""
        batch = Batch(self.options)
        async for item in _each(items):
            ready = await self._ready(item)
            if not batch.has_room(ready):
                for entry in await self._push(batch.items):
                    yield entry
                batch = Batch(self.options)
            batch.add(ready)
        for entry in await self._push(batch.items):
            yield entry

    async def add(self, item: Sendable) -> list[str]:
        """Collect a payload; sends the batch once it is full or old.

        Gives the ids of what was stored since the last call, in the order of the calls. After an IntakeError the
        payload is collected all the same; after PayloadTooLarge it is not.
        """
        ready = await self._ready(item)
        try:
            stored = self._told() if self._batch.has_room(ready) else await self.flush()
        finally:
            self._batch.add(ready)
            if self._timer is None or self._timer.done():
                self._timer = asyncio.create_task(self._flush_later())
        try:
            return stored + (await self.flush() if self._batch.due else [])
        except IntakeError as exc:
            raise told(exc, stored) from exc.__cause__

    async def _flush_later(self) -> None:
        """Send the batch when it is old. After an error it stays collected, and the next call meets the error."""
        await asyncio.sleep(self.options.batch_seconds)
        while self._batch.items:
            if self._batch.due:
                try:
                    self._overdue = await self.flush()
                except IntakeError as exc:
                    self._overdue = list(exc.stored)
                    return
            await asyncio.sleep(self.options.batch_seconds / 4)

    async def flush(self) -> list[str]:
        """Send what was collected; gives the ids of what was stored since the last call.

        After an error what is not known to be stored stays collected, and may be flushed again; `stored` has the rest.
        """
        async with self._sending:
            stored = self._told()
            try:
                for batch in batches(list(self._batch.items), self.options):
                    stored += await self._run(self._core.push(batch))
                    self._batch.drop(len(batch))
            except IntakeError as exc:
                raise told(exc, stored) from exc.__cause__
        return stored

    def _told(self) -> list[str]:
        """Give the ids of what was sent by its age alone, once."""
        earlier, self._overdue = self._overdue, []
        return earlier

    async def resend(self) -> int:
        """Send what was spilled, as far as there is room; gives how many payloads."""
        async with self._sending:
            return await self._run(self._core.resend(now=True))

    async def wait(self, ids: Iterable[str], timeout: float = 60.0) -> dict[str, Settled]:  # noqa: ASYNC109  # the contract's
        """Wait for the verdicts on entries, at most `timeout` seconds; see `Client.wait`."""
        return await self._run(self._core.wait(ids, timeout))

    async def _push(self, batch: list[Ready]) -> list[str]:
        async with self._sending:  # spilled files are one at a time, and batches stay in order
            return await self._run(self._core.push(batch))

    async def _ready(self, item: Sendable) -> Ready:
        made = self._core.ready(item)
        return await self._run(self._core.offload(made)) if self._core.offloads(made) else made

    async def _run(self, flow: Flow[_T]) -> _T:
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._do(step)
                except IntakeError as exc:
                    step = flow.throw(exc)
                else:
                    step = flow.send(answer)
        except StopIteration as stop:
            result: _T = stop.value
            return result

    async def _do(self, step: Step) -> Any:
        if isinstance(step, Sleep):
            return await asyncio.sleep(step.seconds)
        if isinstance(step, Disk):
            return await asyncio.to_thread(step.call)
        assert isinstance(step, Send)  # noqa: S101  # there is no fourth kind
        try:
            return await self._scripts[step.script](keys=step.keys, args=step.args)
        except self._transport.FAILURES as exc:
            raise self._transport.translated(exc, step, self.options) from exc


async def _each(items: Iterable[Sendable] | AsyncIterable[Sendable]) -> AsyncIterator[Sendable]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
