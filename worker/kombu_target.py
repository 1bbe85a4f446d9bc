"""A queue behind a kombu transport as destination of batches; on AMQP with publisher confirms, many in flight."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import amqp
import kombu
from amqp.exceptions import AccessRefused, ContentTooLarge, NotAllowed, NotFound, PreconditionFailed
from kombu.exceptions import ChannelError, KombuError

from worker.errors import ConfigError, TransientError
from worker.ports import Refusal

Declare = Literal["none", "quorum", "classic"]

# RabbitMQ 3.10 with a quorum queue, records of 7 KB: with 1 in flight 0.87 ms a record, 10 0.32, 100 0.22, 1,000 0.20.
_IN_FLIGHT: Final = 1000
# A queue that is missing takes nothing of anybody; of an exchange that routes by headers a few records may all be
# without a queue, but so many in a row are not chance.
_ALL_RETURNED_LEAST: Final = 20
_AMQP: Final = frozenset({"amqp", "amqps", "pyamqp"})
_TOO_LARGE: Final = "message size"  # in RabbitMQ's reason for closing the channel
_REFUSED: Final = ("AuthenticationError", "NoPermissionError")  # of redis-py, which other brokers do not need


@dataclass(frozen=True, slots=True)
class Route:
    """Where messages go: to `queue` by the default exchange, or to `exchange` with `routing_key` (the queue's name).

    `declare` other than `none` makes the queue, durable, and binds it to the exchange; `exchange_type` makes that.
    """

    queue: str = ""
    exchange: str = ""
    routing_key: str = ""
    exchange_type: str = ""
    declare: Declare = "none"

    @property
    def key(self) -> str:
        """The routing key that is used."""
        return self.routing_key or self.queue

    def __str__(self) -> str:
        """Name it as an operator would."""
        return f"exchange {self.exchange} by {self.key!r}" if self.exchange else f"queue {self.key}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message: a JSON body with headers and AMQP properties (`message_id`, `correlation_id`, …)."""

    body: bytes
    headers: Mapping[str, Any]
    properties: Mapping[str, Any]


@dataclass(slots=True)
class _Flight:
    """Messages published on a channel in confirm mode: which tags are unanswered, returned or refused."""

    oldest: int
    tags: dict[int, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    confirmed: set[int] = field(default_factory=set)
    returned: dict[int, str] = field(default_factory=dict)
    nacked: set[int] = field(default_factory=set)

    def acked(self, tag: int, multiple: bool) -> None:  # noqa: FBT001  # py-amqp's callback
        self._answer(self.confirmed, tag, multiple)

    def refused(self, tag: int, multiple: bool) -> None:  # noqa: FBT001  # py-amqp's callback
        self._answer(self.nacked, tag, multiple)

    def came_back(self, exc: Exception, exchange: str, key: str, message: Any) -> None:
        del exchange, key
        self.returned[self.ids[message.properties["message_id"]]] = str(getattr(exc, "reply_text", exc))

    def _answer(self, into: set[int], tag: int, multiple: bool) -> None:  # noqa: FBT001  # as above
        tags = range(self.oldest, tag + 1) if multiple else (tag,)
        into.update(self.tags.pop(t) for t in tags if t in self.tags)
        if multiple:
            self.oldest = tag + 1


class KombuTarget:
    """Publishes to one route; connects on first use, once a process, and anew after a failure.

    `timeout_seconds` is for a connection and, again, for all of a batch. Raises ConfigError for a URL that no transport
    serves.
    """

    def __init__(
        self, sink: str, url: str, route: Route, timeout_seconds: float, options: Mapping[str, Any], ca_certs: str = ""
    ) -> None:
        self._sink = sink
        self._route = route
        self._timeout = timeout_seconds
        self._connection: kombu.Connection | None = None
        self._channel: Any = None
        self._pid = 0
        self._published = 0
        self._blocked = ""
        scheme = urlsplit(url).scheme
        limits: dict[str, Any] = {
            "read_timeout": timeout_seconds,
            "write_timeout": timeout_seconds,
            "on_blocked": self._note_block,
        }
        if scheme not in _AMQP:
            limits = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
        self._arguments: dict[str, Any] = {
            "hostname": url,
            "connect_timeout": timeout_seconds,
            "heartbeat": 0,
            "transport_options": {**limits, **options},
        }
        if scheme == "amqps":
            # With a CA file at hand py-amqp checks the host's name, too; a host of None is filled in from the URL.
            authorities = ca_certs or ssl.get_default_verify_paths().cafile
            self._arguments["ssl"] = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": authorities, "server_hostname": None}
        try:
            self._made().transport_cls  # noqa: B018  # looks the transport up
        except ValueError as exc:  # its text may quote a part of the password
            msg = f"sink {sink!r}: url is no valid address"
            raise ConfigError(msg) from exc
        except (KeyError, ImportError) as exc:
            msg = f"sink {sink!r}: no transport for a url of {scheme or 'no scheme'}: {exc}"
            raise ConfigError(msg) from exc

    def publish(self, messages: Sequence[Message]) -> tuple[Refusal, ...]:
        """Publish and return when the broker has confirmed all but the refused ones.

        Raises TransientError and ConfigError; some of the messages may be in the queue then.
        """
        deadline = time.monotonic() + self._timeout
        try:
            channel = self._ready()
            if isinstance(channel, amqp.Channel):
                return self._confirmed(messages, deadline)
            self._plain(channel, messages)
        except self._failures() as exc:
            self.close()
            raise self._translate(exc) from exc
        except BaseException:
            self.close()  # whatever is still on its way must not be taken for an answer to the next batch
            raise
        return ()

    def check(self) -> str:
        """Connect, declare, and on AMQP look for queue or exchange; raises ConfigError and TransientError.

        On other transports a queue need not be there to be sent to: an empty list of Redis does not exist.
        """
        route = self._route
        found = "is there"
        try:
            channel = self._ready()
            if not isinstance(channel, amqp.Channel):
                found = "can be sent to"
            elif route.exchange:
                channel.exchange_declare(route.exchange, route.exchange_type or "direct", passive=True)
            else:
                channel.queue_declare(route.queue, passive=True)
        except self._failures() as exc:
            self.close()
            raise self._translate(exc) from exc
        self.close()
        return f"{route} {found}"

    def _confirmed(self, messages: Sequence[Message], deadline: float) -> tuple[Refusal, ...]:
        """Publish on AMQP; a message that closes the channel by its size is found by publishing one at a time."""
        window, left = _IN_FLIGHT, dict(enumerate(messages))
        refusals: list[Refusal] = []
        returned: dict[int, str] = {}
        while left:
            channel = self._ready()
            flight = _Flight(self._published + 1)
            try:
                self._fly(channel, left, flight, window, deadline)
            except (PreconditionFailed, ContentTooLarge) as exc:
                if _TOO_LARGE not in str(exc) and not isinstance(exc, ContentTooLarge):
                    raise
                self.close()
                if window == 1:
                    (culprit,) = flight.tags.values()
                    refusals.append(Refusal(culprit, "too_large", str(exc.reply_text)))
                    del left[culprit]
                window = 1
            returned |= flight.returned
            left = {n: message for n, message in left.items() if n not in flight.confirmed}
        least = _ALL_RETURNED_LEAST if self._route.exchange else 1
        if len(returned) == len(messages) >= least:
            msg = f"sink {self._sink!r}: no queue takes what is sent to {self._route}: {returned[0]}"
            raise ConfigError(msg)
        refusals += (Refusal(n, "unroutable", text) for n, text in returned.items())
        return tuple(sorted(refusals, key=lambda item: item.position))

    def _fly(
        self, channel: Any, messages: Mapping[int, Message], flight: _Flight, window: int, deadline: float
    ) -> None:
        """Publish with at most `window` messages unanswered; ends when all are answered."""
        for event, handler in (
            ("basic_ack", flight.acked),
            ("basic_nack", flight.refused),
            ("basic_return", flight.came_back),
        ):
            channel.events[event] = {handler}
        for tag, (n, message) in enumerate(messages.items(), flight.oldest):
            body = channel.prepare_message(
                message.body,
                content_type="application/json",
                content_encoding="utf-8",
                headers=dict(message.headers),
                properties={"delivery_mode": 2, **message.properties},
            )
            flight.tags[tag] = n
            flight.ids[message.properties["message_id"]] = n
            self._published = tag
            channel.basic_publish(body, self._route.exchange, self._route.key, mandatory=True, timeout=self._timeout)
            while len(flight.tags) >= window:
                self._wait(channel, deadline)
        while flight.tags:
            self._wait(channel, deadline)
        if flight.nacked:
            msg = f"the broker refused {len(flight.nacked)} messages; the queue may be full"
            raise TransientError(msg)

    def _wait(self, channel: Any, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            msg = f"no confirmation within {self._timeout:g} s"
            raise TimeoutError(msg)
        channel.connection.drain_events(timeout=left)

    def _plain(self, channel: Any, messages: Sequence[Message]) -> None:
        """Publish on a transport without confirms of its own: what its publish call says is all there is."""
        producer: Any = kombu.Producer(channel, auto_declare=False)
        with producer.batch():
            for message in messages:
                producer.publish(
                    message.body,
                    exchange=self._route.exchange,
                    routing_key=self._route.key,
                    headers=dict(message.headers),
                    content_type="application/json",
                    content_encoding="utf-8",
                    delivery_mode=2,
                    retry=False,
                    **message.properties,
                )

    def _made(self) -> kombu.Connection:
        return kombu.Connection(**self._arguments)

    def _ready(self) -> Any:
        """Give this process's channel, connected and with everything declared."""
        if self._channel is not None and self._pid == os.getpid():
            return self._channel
        self._pid, self._blocked, self._published = os.getpid(), "", 0
        connection = self._made()
        self._connection = connection
        # Once around the hosts of the URL, without pauses: waiting is the caller's.
        hosts = len(connection.alt)
        connection.ensure_connection(
            max_retries=max(1, hosts - 1), interval_start=0, interval_step=0, reraise_as_library_errors=False
        )
        channel = connection.channel()
        self._declare(channel)
        if isinstance(channel, amqp.Channel):
            channel.confirm_select()
        self._channel = channel
        return channel

    def _declare(self, channel: Any) -> None:
        route = self._route
        exchange = kombu.Exchange(route.exchange, route.exchange_type or "direct", durable=True)
        if route.exchange_type:
            exchange(channel).declare()
        if route.declare == "none":
            return
        kind = {"x-queue-type": route.declare} if isinstance(channel, amqp.Channel) else None
        queue = kombu.Queue(route.queue, durable=True, queue_arguments=kind)(channel)
        queue.queue_declare()
        if route.exchange:
            queue.bind_to(exchange, route.routing_key)

    def close(self) -> None:
        """Forget connection and channel; the next call connects anew."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.collect(socket_timeout=1)

    def _note_block(self, reason: str) -> None:
        self._blocked = reason

    def _failures(self) -> tuple[type[BaseException], ...]:
        errors = (TransientError, amqp.AMQPError, KombuError, ChannelError, OSError, EOFError)
        if self._connection is None:
            return errors
        return (*errors, *self._connection.connection_errors, *self._connection.channel_errors)

    def _translate(self, exc: BaseException) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass; the URL never gets into the message."""
        told = f"sink {self._sink!r}: {self._route}: {' '.join(str(exc).split())[:300] or type(exc).__name__}"
        if isinstance(exc, AccessRefused | NotAllowed) or type(exc).__name__ in _REFUSED:
            return ConfigError(f"{told}; check user, password, virtual host and rights")
        if isinstance(exc, NotFound | PreconditionFailed):
            return ConfigError(told)
        if self._blocked:
            told += f" (the broker takes nothing: {self._blocked})"
        return TransientError(told)
