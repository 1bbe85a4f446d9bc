"""The sink `kafka` on a real broker of Kafka's protocol: keys and ids, what is refused, what is put off."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from tests.brokers import Broker, Proxy, run_kafka
from tests.servers import closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks import kafka as module
from worker.sinks.kafka import Kafka, Options

BATCH = "default-0-1767225600000-0-1767225600123-7"
LETTERS = [Letter(f"m{n}", f"r{n}", b'{"id":"r%d","headline":"\xc3\xa9"}' % n) for n in range(50)]
FORK = multiprocessing.get_context("fork")


def servers(broker: Broker) -> str:
    return f"127.0.0.1:{broker.port}"


@pytest.fixture
def topic() -> str:
    """A name that no other test uses; the broker makes topics that are asked for."""
    return f"t{uuid4().hex[:12]}"


@pytest.fixture
def everything(kafka: Broker) -> Iterator[Callable[[str], list[Message]]]:
    """Read a topic of the shared broker from its beginning to its end."""
    made: list[Consumer] = []

    def read(topic: str) -> list[Message]:
        consumer = Consumer({"bootstrap.servers": servers(kafka), "group.id": uuid4().hex, "log_level": 0})
        made.append(consumer)
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        ends = [consumer.get_watermark_offsets(TopicPartition(topic, n), timeout=10) for n in partitions]
        wanted = sum(high - low for low, high in ends if high > 0)
        found: list[Message] = []
        deadline = time.monotonic() + 20
        while len(found) < wanted and time.monotonic() < deadline:
            found += [message for message in consumer.consume(500, timeout=0.2) if message.error() is None]
        return found

    yield read
    for consumer in made:
        consumer.close()


def test_records_have_their_id_as_key_and_the_message_id_in_a_header(
    kafka: Broker, topic: str, everything: Callable[[str], list[Message]]
) -> None:
    sink = Kafka("down", Options(servers=servers(kafka), topic=topic))
    receipt = sink.deliver(BATCH, LETTERS)
    assert (receipt.location, receipt.refused) == (topic, ())
    sink.deliver(BATCH, LETTERS[:5])
    got = everything(topic)
    told = sorted((m.key(), m.value(), dict(m.headers() or [])["message-id"]) for m in got)
    letters = (*LETTERS, *LETTERS[:5])
    assert told == sorted((item.record_id.encode(), item.json, item.id.encode()) for item in letters)
    assert dict(got[0].headers() or [])["batch"] == BATCH.encode()
    places: dict[Any, set[Any]] = {}
    for message in got:
        places.setdefault(message.key(), set()).add(message.partition())
    assert {len(found) for found in places.values()} == {1}, "what is said of one record stays in order"
    assert "partitions" in sink.check()


def test_record_that_is_too_large_is_refused_and_all_others_are_stored(
    kafka: Broker, topic: str, everything: Callable[[str], list[Message]]
) -> None:
    sink = Kafka("down", Options(servers=servers(kafka), topic=topic, settings={"message.max.bytes": 20_000}))
    letters = list(LETTERS)
    for n in (3, 40):
        letters[n] = Letter(f"m{n}", f"r{n}", b'"%s"' % (b"x" * 30_000))
    receipt = sink.deliver(BATCH, letters)
    assert [(item.position, item.cause) for item in receipt.refused] == [(3, "too_large"), (40, "too_large")]
    assert {m.key() for m in everything(topic)} == {b"r%d" % n for n in range(50) if n not in {3, 40}}


class Packing:
    """Stands in for a producer whose broker refuses what was packed together when it is too large as a whole."""

    def __init__(self, _: Any) -> None:
        self.packed: list[Any] = []

    def produce(self, _: str, value: bytes, *__: Any, on_delivery: Any, **___: Any) -> None:
        self.packed.append((value, on_delivery))

    def flush(self, _: float) -> int:
        too_large = sum(len(value) for value, _ in self.packed) > 1000
        for _, report in self.packed:
            report(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE) if too_large else None, None)
        self.packed = []
        return 0


def test_records_that_were_packed_with_one_that_is_too_large_are_judged_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Producer", Packing)
    letters = [*LETTERS[:5], Letter("mx", "rx", b"x" * 2000), *LETTERS[5:]]
    receipt = Kafka("down", Options(servers="x", topic="t")).deliver(BATCH, letters)
    assert [(item.position, item.cause) for item in receipt.refused] == [(5, "too_large")]


def test_login_that_the_broker_refuses(kafka: Broker, topic: str) -> None:
    options = Options(
        servers=servers(kafka),
        topic=topic,
        security="sasl_plaintext",
        user="me",
        password="secret-word",  # noqa: S106
    )
    with pytest.raises(ConfigError, match="'down'") as caught:
        Kafka("down", options).deliver(BATCH, LETTERS)
    assert "secret-word" not in f"{caught.value} {options!r}"


def test_broker_that_is_away_hangs_or_comes_back(tmp_path: Path, topic: str) -> None:
    with run_kafka(tmp_path) as broker:
        sink = Kafka("down", Options(servers=servers(broker), topic=topic, timeout_seconds=4))
        sink.deliver(BATCH, LETTERS)
        broker.kill()
        with pytest.raises(TransientError, match=r"'down'.*refused"):
            sink.deliver(BATCH, LETTERS)
        broker.start()
        assert sink.deliver(BATCH, LETTERS).refused == ()
        proxy = Proxy(broker.port)
        proxy.stall()
        stalled = Kafka("down", Options(servers=f"127.0.0.1:{proxy.port}", topic=topic, timeout_seconds=1))
        with pytest.raises(TransientError, match="'down'"):
            stalled.deliver(BATCH, LETTERS)
        proxy.close()
    gone = Kafka("down", Options(servers=f"127.0.0.1:{closed_port()}", topic=topic, timeout_seconds=1))
    with pytest.raises(TransientError, match="'down'"):
        gone.check()


def test_children_forked_from_a_parent_that_used_the_sink_deliver(kafka: Broker, topic: str) -> None:
    sink = Kafka("down", Options(servers=servers(kafka), topic=topic))
    sink.deliver(BATCH, LETTERS)
    here, there = FORK.Pipe()
    process = FORK.Process(target=lambda: there.send(sink.deliver(BATCH, LETTERS).refused))
    process.start()
    assert here.poll(20), "the child hangs"
    assert here.recv() == ()
    process.join(10)
    assert process.exitcode == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"servers": "x:1"}, "topic"),
        ({"servers": "x:1", "topic": "t", "compression": "rar"}, "rar"),
        ({"servers": "x:1", "topic": "t", "settings": {"colour": "red"}}, "colour"),
        ({"servers": "x:1", "topic": "t", "settings": {"acks": "0"}}, "acks"),
    ],
)
def test_wrong_options_refuse_the_start(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match="'mine'") as caught:
        build_sink("mine", "kafka", options)
    assert told in str(caught.value)


def test_package_that_is_not_installed_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    monkeypatch.delitem(sys.modules, "worker.sinks.kafka", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'copydesk\[kafka\]'"):
        build_sink("mine", "kafka", {"servers": "x:1", "topic": "t"})
