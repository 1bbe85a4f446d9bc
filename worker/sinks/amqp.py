"""A queue or exchange of RabbitMQ, or of a broker that kombu reaches, as destination: at least once, with ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from worker.kombu_target import Declare, KombuTarget, Message, Route
from worker.ports import Letter, Receipt, Sink


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `amqp`.

    `url`: amqp://, amqps:// or of another kombu transport. Messages go to `queue`, or to `exchange` with `routing_key`.
    `declare` `quorum` or `classic` makes the queue (and binds it), `exchange_type` the exchange; else they must exist.
    `ca_certs`: a file of authorities for amqps://. `transport_options` are kombu's own.
    """

    url: str
    queue: str = ""
    exchange: str = ""
    routing_key: str = ""
    exchange_type: str = ""
    declare: Declare = "none"
    ca_certs: str = ""
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 20.0
    transport_options: dict[str, Any] = {}

    def __post_init__(self) -> None:
        """Refuse what leads nowhere."""
        if not (self.queue or self.exchange):
            msg = "name a queue or an exchange"
            raise ValueError(msg)
        if self.declare != "none" and not self.queue:
            msg = "declare needs the name of a queue"
            raise ValueError(msg)

    def __repr__(self) -> str:
        """Leave the URL out: it may carry a password."""
        return f"Options(queue={self.queue!r}, exchange={self.exchange!r})"


class Amqp:
    """Publishes each record as a persistent message; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._route = Route(
            options.queue, options.exchange, options.routing_key, options.exchange_type, options.declare
        )
        self._target = KombuTarget(
            name, options.url, self._route, options.timeout_seconds, options.transport_options, options.ca_certs
        )

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Publish the records and wait for the broker's confirmation of each."""
        messages = [
            Message(
                letter.json,
                {"record_id": letter.record_id, "batch": batch},
                {"message_id": letter.id, "type": "record"},
            )
            for letter in letters
        ]
        return Receipt(str(self._route), self._target.publish(messages))

    def check(self) -> str:
        """Connect and look for queue or exchange."""
        return self._target.check()


component: type[Sink] = Amqp
