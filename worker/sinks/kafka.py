"""A Kafka topic as destination, by an idempotent producer: at least once, with message id in a header."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from worker.errors import ConfigError, TransientError
from worker.ports import Letter, Receipt, Refusal, Sink

_REFUSALS: Final = {
    KafkaError.MSG_SIZE_TOO_LARGE: "too_large",
    KafkaError.INVALID_MSG_SIZE: "too_large",
    KafkaError.RECORD_LIST_TOO_LARGE: "too_large",
    KafkaError.INVALID_RECORD: "rejected",
}
_CONFIG: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001  # librdkafka's own codes begin so
        KafkaError._SSL,  # noqa: SLF001  # the same
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001  # the same
        KafkaError._INVALID_ARG,  # noqa: SLF001  # the same
        KafkaError._UNSUPPORTED_FEATURE,  # noqa: SLF001  # the same
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.TOPIC_EXCEPTION,
    }
)
_LOOK_SECONDS: Final = 0.2  # how often, while waiting, to look whether the login was refused
_TOPIC_SECONDS_MOST: Final = 5.0  # librdkafka waits 30 for a topic that may be on its way to the broker it asked
_ABANDONED: Final[list[Producer]] = []  # made before a fork: to destroy one would wait for threads that are not here


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of the sink `kafka`.

    `servers`: `host:port`, several with commas. `security` and `mechanism` as the brokers want it, with `user` and
    `password`; `ca_certs` a file of authorities, else the system's. `settings` are librdkafka's own.
    """

    servers: Annotated[str, msgspec.Meta(min_length=1)]
    topic: Annotated[str, msgspec.Meta(min_length=1)]
    security: Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"] = "plaintext"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: str = ""
    password: str = ""
    ca_certs: str = ""
    compression: Literal["none", "zstd", "lz4", "gzip", "snappy"] = "zstd"
    timeout_seconds: Annotated[float, msgspec.Meta(ge=1)] = 20.0
    settings: dict[str, str | int | float | bool] = {}

    def __repr__(self) -> str:
        """Leave user, password and settings out."""
        return f"Options(servers={self.servers!r}, topic={self.topic!r})"


@dataclass(slots=True)
class _Reports:
    """What became of the messages of one batch."""

    left: int
    refused: list[Refusal] = field(default_factory=list)
    failed: KafkaError | None = None

    def reported(self, position: int, error: KafkaError | None) -> None:
        self.left -= 1
        if error is None:
            return
        if cause := _REFUSALS.get(error.code()):
            self.refused.append(Refusal(position, cause, error.str()))
        elif self.failed is None or error.code() in _CONFIG:
            self.failed = error


class Kafka:
    """Produces each record with its id as key; see `worker.ports.Sink`."""

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._options = options
        self._producer: Producer | None = None
        self._pid = 0
        self._trouble: KafkaError | None = None
        try:
            # Refuses wrong settings; without servers it connects to none, and it is gone before any fork.
            Producer({**self._settings(), "bootstrap.servers": ""})
        except KafkaException as exc:
            raise self._translate(exc.args[0]) from exc

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        """Produce the records and wait for the brokers' report on each."""
        refused = self._send(batch, letters)
        if len(letters) > 1:
            # Brokers judge what was packed together as one; alone, each of these is judged for itself.
            alone = [(item.position, self._send(batch, [letters[item.position]])) for item in refused]
            refused = [Refusal(position, item.cause, item.detail) for position, items in alone for item in items]
        return Receipt(self._options.topic, tuple(refused))

    def check(self) -> str:
        """Ask the brokers for the topic."""
        topic = self._options.topic
        self._trouble = None
        producer = Producer(self._settings())
        try:
            found = producer.list_topics(topic, timeout=self._options.timeout_seconds).topics[topic]
        except KafkaException as exc:
            producer.poll(0)  # serves the callback that notes the trouble
            raise self._translate(self._noted() or exc.args[0]) from exc
        if found.error is not None:
            raise self._translate(found.error)
        return f"topic {topic} has {len(found.partitions)} partitions"

    def _send(self, batch: str, letters: Sequence[Letter]) -> list[Refusal]:
        """Produce and wait for all reports; gives those refused in order."""
        reports = _Reports(len(letters))
        producer = self._here()
        try:
            self._produce(producer, batch, letters, reports)
            self._await(producer, reports)
        except BaseException:
            self._give_up(producer)
            raise
        return sorted(reports.refused, key=lambda item: item.position)

    def _produce(self, producer: Producer, batch: str, letters: Sequence[Letter], reports: _Reports) -> None:
        for position, letter in enumerate(letters):

            def report(error: KafkaError | None, message: Message, position: int = position) -> None:
                del message
                reports.reported(position, error)

            headers: Any = [("message-id", letter.id), ("batch", batch), ("content-type", "application/json")]
            while True:
                try:
                    producer.produce(
                        self._options.topic, letter.json, letter.record_id, on_delivery=report, headers=headers
                    )
                except BufferError:  # the client's own queue is full
                    producer.poll(_LOOK_SECONDS)
                    self._look(reports)
                    continue
                except KafkaException as exc:
                    reports.reported(position, exc.args[0])
                break

    def _await(self, producer: Producer, reports: _Reports) -> None:
        # librdkafka ends each message by itself after delivery.timeout.ms; this is for the case that it does not.
        deadline = time.monotonic() + self._options.timeout_seconds + 5
        while reports.left and time.monotonic() < deadline:
            producer.flush(_LOOK_SECONDS)
            self._look(reports)
        if reports.failed is not None:
            raise self._translate(reports.failed)
        if reports.left:
            msg = f"sink {self.name!r}: no report on {reports.left} messages; {self._trouble}"
            raise TransientError(msg)

    def _look(self, reports: _Reports) -> None:
        """Do not wait for what cannot come."""
        if self._trouble is not None and self._trouble.code() in _CONFIG:
            raise self._translate(self._trouble)
        if reports.failed is not None and (reports.failed.code() in _CONFIG or reports.failed.fatal()):
            raise self._translate(reports.failed)

    def _here(self) -> Producer:
        """Give this process's producer."""
        if self._producer is None or self._pid != os.getpid():
            if self._producer is not None:
                _ABANDONED.append(self._producer)
            self._trouble = None
            self._producer, self._pid = Producer(self._settings()), os.getpid()
        return self._producer

    def _give_up(self, producer: Producer) -> None:
        """Drop what is queued and the producer with it, so that nothing of a failed batch is sent later on."""
        producer.purge()
        producer.poll(0)
        self._producer = None

    def _settings(self) -> dict[str, Any]:
        options = self._options
        milliseconds = int(options.timeout_seconds * 1000)
        settings: dict[str, Any] = {
            "bootstrap.servers": options.servers,
            "client.id": "copydesk",
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": options.compression,
            "delivery.timeout.ms": milliseconds,
            "request.timeout.ms": milliseconds,
            "socket.timeout.ms": max(milliseconds, 10),
            "topic.metadata.propagation.max.ms": int(min(_TOPIC_SECONDS_MOST, options.timeout_seconds / 2) * 1000),
            "security.protocol": options.security,
            "log_level": 0,  # what matters comes by the callback, and goes into the error
            "error_cb": self._note,
            **options.settings,
        }
        if options.security.startswith("sasl"):
            settings |= {"sasl.mechanism": options.mechanism, "sasl.username": options.user}
            settings["sasl.password"] = options.password
        if options.ca_certs:
            settings["ssl.ca.location"] = options.ca_certs
        return settings

    def _note(self, error: KafkaError) -> None:
        self._trouble = error

    def _noted(self) -> KafkaError | None:
        return self._trouble

    def _translate(self, error: KafkaError) -> ConfigError | TransientError:
        """Tell a mistake in the settings from a failure that may pass; the password never gets into the message."""
        told = f"sink {self.name!r}: topic {self._options.topic}: {error.str()}"
        if error.code() in _CONFIG:
            return ConfigError(told)
        if self._trouble is not None and self._trouble.code() != error.code():
            told += f"; {self._trouble.str()}"
        return TransientError(told)


component: type[Sink] = Kafka
