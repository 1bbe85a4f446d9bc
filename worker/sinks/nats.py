"""A NATS JetStream subject as destination: effectively once within the stream's window for repeated message ids."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
import nats.errors
import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamError

from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Refusal, Sink

_T = TypeVar("_T")

# Records of 7 KB, stream on disk: with 1 in flight 0.33 ms a record, 10 0.093, 100 0.056, 1,000 0.054.
_IN_FLIGHT: Final = 200
_TOO_LARGE: Final = 10054  # the server's err_code: "message size exceeds maximum allowed"
_WRONG_STREAM: Final = 10060  # "expected stream does not match"
_NOBODY: Final = -1  # ours: nobody is subscribed
_LOGIN: Final = ("authorization violation", "authentication", "permissions violation", "user authentication expired")
_CLOSE_SECONDS: Final = 1.0
_ABANDONED: Final[list[asyncio.AbstractEventLoop]] = []  # made before a fork: the child must not touch the parent's


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `nats`.

    `servers`: nats:// or tls:// URLs, several with commas. `stream`: the one that must take the subject, or any.
    `declare` `file` or `memory` makes that stream, with its window for repeated ids in `duplicates_seconds`.
    `user` and `password`, `token` or `credentials` (a file) as the servers want it; `ca_certs` a file of authorities.
    """

    servers: Annotated[str, msgspec.Meta(min_length=1)]
    subject: Annotated[str, msgspec.Meta(pattern=r"^[^\s*>]+$")]
    stream: str = ""
    declare: Literal["none", "file", "memory"] = "none"
    duplicates_seconds: Annotated[float, msgspec.Meta(gt=0)] = 3600.0
    user: str = ""
    password: str = ""
    token: str = ""
    credentials: str = ""
    ca_certs: str = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 20.0

    def __post_init__(self) -> None:
        """Refuse what leads nowhere."""
        if self.declare != "none" and not self.stream:
            msg = "declare needs the name of a stream"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Leave servers and logins out: URLs may carry a password."""
        return f"Options(subject={self.subject!r}, stream={self.stream!r})"


@dataclass(slots=True)
class _Answers:
    """The stream's acknowledgements of one batch; the client's own `publish_async` loses those that are errors."""

    wanted: int = 0
    got: int = 0
    most: int = 0
    errors: dict[int, dict[str, Any]] = field(default_factory=dict)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, message: Msg) -> None:
        position = int(message.subject.rsplit(".", 1)[1])
        self.got += 1
        if message.headers and message.headers.get("Status") == "503":
            self.errors[position] = {"code": 503, "err_code": _NOBODY, "description": "no stream takes the subject"}
        elif error := orjson.loads(message.data).get("error"):
            self.errors[position] = error
        if self.wanted - self.got <= self.most:
            self.enough.set()

    async def until(self, most: int) -> None:
        self.most = most
        self.enough.clear()
        if self.wanted - self.got > most:
            await self.enough.wait()


class Nats:
    """Publishes each record and waits for the stream's acknowledgement; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._servers = [server.strip() for server in options.servers.split(",")]
        if not all(_is_address(server) for server in self._servers):
            msg = f"sink {name!r}: servers are no valid nats:// or tls:// addresses"
            raise ConfigError(msg)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._trouble = ""
        self._broken = asyncio.Event()

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Publish the records, many at a time, and wait for all acknowledgements."""
        return Receipt(self._options.subject, self._run(lambda: self._publish(batch, letters)))

    def check(self) -> str:
        """Ask for the stream and its window for repeated ids."""
        found = self._run(self._look)
        self.close()
        return found

    def close(self) -> None:
        """End connection and loop; the next call makes them anew."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if self._pid != os.getpid():
            _ABANDONED.append(loop)
            self._client = self._stream = None
            return
        loop.run_until_complete(self._disconnect())
        loop.close()

    def _run(self, action: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run on the sink's own loop, which stands still between batches; whatever fails ends the connection."""
        if self._loop is None or self._pid != os.getpid():
            self.close()
            self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
        try:
            return self._loop.run_until_complete(asyncio.wait_for(action(), self._options.timeout_seconds))
        except (nats.errors.Error, JetStreamError, OSError, TransientError) as exc:  # a TimeoutError is an OSError
            self.close()
            raise self._translate(exc) from exc
        except BaseException:
            self.close()
            raise

    async def _publish(self, batch: str, letters: Sequence[Letter]) -> tuple[Refusal, ...]:
        client, _ = await self._ready()
        answers, inbox = _Answers(), client.new_inbox()
        subscription = await client.subscribe(f"{inbox}.*", cb=answers.take)
        refusals: list[Refusal] = []
        for position, letter in enumerate(letters):
            headers = {"Nats-Msg-Id": letter.id, "Record-Id": letter.record_id, "Batch": batch}
            if self._options.stream:
                headers["Nats-Expected-Stream"] = self._options.stream
            # The server counts the headers in, and cuts the connection where the client only raises an error.
            size = len(letter.json) + 12 + sum(len(f"{key}: {value}\r\n".encode()) for key, value in headers.items())
            if size > client.max_payload:
                detail = f"{size} bytes with headers; the server takes {client.max_payload}"
                refusals.append(Refusal(position, "too_large", detail))
                continue
            answers.wanted += 1
            await client.publish(self._options.subject, letter.json, f"{inbox}.{position}", headers=headers)
            if answers.wanted - answers.got >= _IN_FLIGHT:
                await self._answered(answers, _IN_FLIGHT // 2)
        await self._answered(answers, 0)
        await subscription.unsubscribe()
        for position, error in answers.errors.items():
            if error.get("err_code") != _TOO_LARGE:
                raise APIError(error.get("code"), error.get("description"), error.get("err_code"))
            refusals.append(Refusal(position, "too_large", str(error.get("description"))))
        return tuple(sorted(refusals, key=lambda item: item.position))

    async def _answered(self, answers: _Answers, most: int) -> None:
        """Wait until at most so many answers are missing; raises where the connection ends before."""
        done = asyncio.ensure_future(answers.until(most))
        broken = asyncio.ensure_future(self._broken.wait())
        await asyncio.wait({done, broken}, return_when=asyncio.FIRST_COMPLETED)
        broken.cancel()
        if not done.done():
            done.cancel()
            raise TransientError(self._trouble)

    async def _look(self) -> str:
        _, stream = await self._ready()
        name = self._options.stream or await stream.find_stream_name_by_subject(self._options.subject)
        config = (await stream.stream_info(name)).config
        return f"stream {name} takes {self._options.subject} and drops repeated ids for {config.duplicate_window:g} s"

    async def _ready(self) -> tuple[Client, JetStreamContext]:
        """Give a live connection: one that stood idle is asked first, and replaced where it does not answer."""
        if self._client is not None and self._stream is not None:
            if await self._alive(self._client):
                return self._client, self._stream
            await self._disconnect()
        self._trouble, self._broken = "", asyncio.Event()
        self._client = await self._connected()
        self._stream = self._client.jetstream(timeout=self._options.timeout_seconds / 2)
        if self._options.declare != "none":
            await self._declare(self._stream)
        return self._client, self._stream

    async def _alive(self, client: Any) -> bool:
        """Ask for a sign of life; the loop stood still, so an end of the connection may not have been noticed yet."""
        asked = asyncio.ensure_future(client.flush(self._options.timeout_seconds / 4))
        broken = asyncio.ensure_future(self._broken.wait())
        await asyncio.wait({asked, broken}, return_when=asyncio.FIRST_COMPLETED)
        broken.cancel()
        if not asked.done():
            asked.cancel()
            return False
        return asked.exception() is None and not self._broken.is_set()

    async def _connected(self) -> Client:
        """Connect to one of the servers; reconnecting is left to the next attempt, which knows what to repeat."""
        options = self._options
        login = {"user": options.user, "password": options.password, "token": options.token}
        arguments: dict[str, Any] = {key: value for key, value in login.items() if value}
        arguments["connect_timeout"] = options.timeout_seconds / 4
        if options.credentials:
            arguments["user_credentials"] = options.credentials
        if options.ca_certs:
            arguments["tls"] = ssl.create_default_context(cafile=options.ca_certs)
        client = Client()
        try:
            await client.connect(
                self._servers,
                name="copydesk",
                allow_reconnect=False,
                max_reconnect_attempts=1,  # of each server, while connecting
                reconnect_time_wait=0,
                error_cb=self._note,
                closed_cb=self._note_end,
                **arguments,
            )
        except BaseException:  # a cancellation, too, by the time-out around all of it
            with contextlib.suppress(Exception):
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)
            raise
        self._trouble, self._broken = "", asyncio.Event()
        return client

    async def _declare(self, stream: JetStreamContext) -> None:
        options = self._options
        try:
            await stream.stream_info(options.stream)
        except NotFoundError:
            storage = {"file": StorageType.FILE, "memory": StorageType.MEMORY}[options.declare]
            config = StreamConfig(
                name=options.stream,
                subjects=[options.subject],
                storage=storage,
                duplicate_window=options.duplicates_seconds,
            )
            await stream.add_stream(config)

    async def _disconnect(self) -> None:
        client, self._client, self._stream = self._client, None, None
        if client is not None:
            with contextlib.suppress(Exception):  # it is given up; what it still says is of no use
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)

    async def _note(self, error: Exception) -> None:
        self._trouble = str(error) or type(error).__name__
        if any(mark in self._trouble.lower() for mark in _LOGIN):
            self._broken.set()  # a refused publish has no other answer

    async def _note_end(self) -> None:
        self._trouble = self._trouble or "the connection was lost"
        self._broken.set()

    def _translate(self, exc: Exception) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass; passwords never get into the message."""
        text = str(exc)
        if not text or isinstance(exc, nats.errors.NoServersError):
            text = self._trouble or text or type(exc).__name__
        told = f"sink {self.name!r}: subject {self._options.subject}: {text}"
        if isinstance(exc, NotFoundError):
            return ConfigError(f"{told}: no stream takes it")
        if isinstance(exc, APIError) and exc.err_code in {_WRONG_STREAM, _NOBODY}:
            return ConfigError(told)
        if any(mark in told.lower() for mark in _LOGIN):
            return ConfigError(told)
        return TransientError(told)


def _is_address(server: str) -> bool:
    try:
        parts = urlsplit(server)
        return parts.scheme in {"nats", "tls"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


component: type[Sink] = Nats
