"""Sinks on a real RabbitMQ: confirmed, with message ids, and each refusal told for what it is."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import kombu
import pytest

from tests.brokers import RABBITMQ_MESSAGE_LIMIT, Broker, Proxy, rabbitmqctl
from tests.servers import RedisServer, closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.amqp import Amqp, Options

BATCH = "default-0-1767225600000-0-1767225600123-7"
LETTERS = [Letter(f"m{n}", f"r{n}", b'{"id":"r%d","headline":"\xc3\xa9"}' % n) for n in range(50)]


def url(port: int, user: str = "guest:guest") -> str:
    return f"amqp://{user}@127.0.0.1:{port}//"


@pytest.fixture
def queue() -> str:
    """A name that no other test uses: the broker is shared."""
    return f"q{uuid4().hex[:12]}"


@pytest.fixture
def connection(rabbitmq: Broker) -> Iterator[kombu.Connection]:
    with kombu.Connection(url(rabbitmq.port)) as made:
        yield made


Opened = Callable[[str, Options], Amqp]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Make sinks whose connections are closed in the end."""
    made: list[Amqp] = []

    def make(name: str, options: Options) -> Amqp:
        made.append(Amqp(name, options))
        return made[-1]

    yield make
    for sink in made:
        sink._target.close()


def everything(connection: kombu.Connection, queue: str) -> list[Any]:
    """Take all messages off a queue."""
    channel: Any = connection.channel()
    found = []
    while (message := channel.basic_get(queue, no_ack=True)) is not None:
        found.append(message)
    channel.close()
    return found


def test_records_are_persistent_messages_with_ids_in_order(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    sink = opened("down", Options(url=url(rabbitmq.port), queue=queue, declare="quorum"))
    assert sink.deliver(BATCH, LETTERS).refused == ()
    assert sink.deliver(BATCH, LETTERS[:3]).location == f"queue {queue}"
    got = everything(connection, queue)
    assert [message.body.encode() for message in got] == [letter.json for letter in (*LETTERS, *LETTERS[:3])]
    properties = got[7].properties
    assert (properties["message_id"], properties["delivery_mode"]) == ("m7", 2)
    assert properties["content_type"] == "application/json"
    assert got[7].headers == {"record_id": "r7", "batch": BATCH, "x-delivery-count": 0}  # a quorum queue counts
    assert "is there" in sink.check()
    with pytest.raises(ConfigError, match=r"'down'.*inequivalent"):  # it is a quorum queue indeed
        opened("down", Options(url=url(rabbitmq.port), queue=queue, declare="classic")).check()


def test_record_that_is_too_large_is_refused_and_all_others_are_stored(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    sink = opened("down", Options(url=url(rabbitmq.port), queue=queue, declare="quorum"))
    letters = list(LETTERS)
    for n in (3, 40):
        letters[n] = Letter(f"m{n}", f"r{n}", b'{"a":"%s"}' % (b"x" * RABBITMQ_MESSAGE_LIMIT))
    receipt = sink.deliver(BATCH, letters)
    assert [(item.position, item.cause) for item in receipt.refused] == [(3, "too_large"), (40, "too_large")]
    assert str(RABBITMQ_MESSAGE_LIMIT) in receipt.refused[0].detail
    stored = {message.properties["message_id"] for message in everything(connection, queue)}
    assert stored == {letter.id for letter in letters} - {"m3", "m40"}
    assert sink.deliver(BATCH, LETTERS).refused == (), "the next batch goes as ever"


def test_messages_that_no_queue_takes_are_refused_or_stop_the_sink(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    exchange = kombu.Exchange(f"x{queue}", "headers", durable=False)
    with connection.channel() as channel:
        bound = kombu.Queue(queue, exchange, durable=False)(channel)
        bound.exchange.declare()
        bound.queue_declare()
        for n in range(48):
            bound.bind_to(f"x{queue}", "", arguments={"x-match": "all", "record_id": f"r{n}"})
    sink = opened("down", Options(url=url(rabbitmq.port), exchange=f"x{queue}"))
    receipt = sink.deliver(BATCH, LETTERS)
    assert [(item.position, item.cause) for item in receipt.refused] == [(48, "unroutable"), (49, "unroutable")]
    assert len(everything(connection, queue)) == 48
    assert [item.cause for item in sink.deliver(BATCH, LETTERS[48:]).refused] == ["unroutable"] * 2
    strangers = [Letter(f"m{n}", f"stranger{n}", b"{}") for n in range(20)]
    with pytest.raises(ConfigError, match=r"'down'.*no queue takes.*NO_ROUTE"):
        sink.deliver(BATCH, strangers)
    with pytest.raises(ConfigError, match=r"'down'.*no queue takes.*NO_ROUTE"):
        opened("down", Options(url=url(rabbitmq.port), queue="nowhere")).deliver(BATCH, LETTERS[:1])


def test_exchange_and_queue_are_made_and_bound_where_wanted(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    options: dict[str, Any] = {"exchange": f"x{queue}", "routing_key": "news.en"}
    with pytest.raises(ConfigError, match=r"'down'.*no exchange"):
        opened("down", Options(url=url(rabbitmq.port), **options)).deliver(BATCH, LETTERS)
    with pytest.raises(ConfigError, match=r"'down'.*no exchange"):
        opened("down", Options(url=url(rabbitmq.port), **options)).check()
    options |= {"exchange_type": "topic", "queue": queue, "declare": "quorum"}
    opened("down", Options(url=url(rabbitmq.port), **options)).deliver(BATCH, LETTERS)
    assert len(everything(connection, queue)) == len(LETTERS)


def test_queue_that_is_full_puts_the_batch_off(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    with connection.channel() as channel:
        arguments = {"x-max-length": 10, "x-overflow": "reject-publish"}
        kombu.Queue(queue, durable=False, queue_arguments=arguments, channel=channel).queue_declare()
    sink = opened("down", Options(url=url(rabbitmq.port), queue=queue))
    with pytest.raises(TransientError, match=r"'down'.*refused 40 messages"):
        sink.deliver(BATCH, LETTERS)
    everything(connection, queue)
    assert sink.deliver(BATCH, LETTERS[:10]).refused == ()


def test_broker_whose_disk_is_full_puts_the_batch_off(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    sink = opened("down", Options(url=url(rabbitmq.port), queue=queue, declare="quorum", timeout_seconds=3))
    sink.deliver(BATCH, LETTERS)
    rabbitmqctl(rabbitmq, "set_disk_free_limit", "1000000GB")
    try:
        with pytest.raises(TransientError, match=r"'down'.*takes nothing.*blocked"):
            sink.deliver(BATCH, LETTERS)
    finally:
        rabbitmqctl(rabbitmq, "set_disk_free_limit", "1MB")
    later = [Letter(f"later-{item.id}", item.record_id, item.json) for item in LETTERS]
    assert sink.deliver(BATCH, later).refused == ()
    got = {message.properties["message_id"] for message in everything(connection, queue)}
    assert got == {item.id for item in (*LETTERS, *later)}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # py-amqp leaves its socket to the GC
@pytest.mark.parametrize("user", ["guest:secret-word", "stranger:secret-word"])
def test_wrong_credentials(rabbitmq: Broker, opened: Opened, user: str, queue: str) -> None:
    options = Options(url=url(rabbitmq.port, user), queue=queue)
    for action in (opened("down", options).check, lambda: opened("down", options).deliver(BATCH, LETTERS)):
        with pytest.raises(ConfigError, match="'down'") as caught:
            action()
        assert "secret-word" not in f"{caught.value} {options!r}"
    with pytest.raises(ConfigError, match="'down'"):
        opened("down", Options(url=url(rabbitmq.port).removesuffix("/") + "missing", queue=queue)).check()
    gc.collect()


def test_broker_that_is_away_hangs_or_comes_back(
    rabbitmq: Broker, connection: kombu.Connection, opened: Opened, queue: str
) -> None:
    proxy = Proxy(rabbitmq.port)
    sink = opened("down", Options(url=url(proxy.port), queue=queue, declare="quorum", timeout_seconds=4))
    sink.deliver(BATCH, LETTERS)
    proxy.cut()
    for _ in range(2):
        with pytest.raises(TransientError, match="'down'"):
            sink.deliver(BATCH, LETTERS)
    second = opened("down", Options(url=f"{url(proxy.port)};{url(rabbitmq.port)}", queue=queue, timeout_seconds=4))
    assert second.deliver(BATCH, LETTERS).refused == (), "by the second address"
    proxy.restore()
    sink.deliver(BATCH, LETTERS)
    proxy.stall()
    with pytest.raises(TransientError, match="'down'"):
        sink.deliver(BATCH, LETTERS)
    proxy.restore()
    sink.deliver(BATCH, LETTERS)
    got = [message.properties["message_id"] for message in everything(connection, queue)]
    assert len(got) >= 3 * len(LETTERS)
    assert set(got) == {letter.id for letter in LETTERS}
    proxy.close()


def test_any_other_kombu_transport(redis_server: RedisServer, opened: Opened) -> None:
    broker = redis_server.url.replace("unix://", "redis+socket://")
    sink = opened("down", Options(url=broker, queue="finished"))
    assert "can be sent to" in sink.check()
    assert sink.deliver(BATCH, LETTERS).refused == ()
    with kombu.Connection(broker) as connection:
        got = everything(connection, "finished")
    assert [json.loads(message.body) for message in got] == [json.loads(letter.json) for letter in LETTERS]
    assert got[0].properties["message_id"] == "m0"
    redis_server.kill()
    with pytest.raises(TransientError, match="'down'"):
        sink.deliver(BATCH, LETTERS)
    redis_server.restart()
    sink.deliver(BATCH, LETTERS)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "amqp://"}, "queue or an exchange"),
        ({"url": "amqp://", "exchange": "x", "declare": "quorum"}, "name of a queue"),
        ({"url": "amqp://", "queue": "x", "declare": "stream"}, "stream"),
        ({"url": "carrier://pigeon", "queue": "x"}, "carrier"),
        ({"url": "amqp://me:secret/word@x", "queue": "x"}, "address"),
    ],
)
def test_wrong_options_refuse_the_start(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match="'mine'") as caught:
        build_sink("mine", "amqp", options)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_nobody_listens(opened: Opened, queue: str) -> None:
    with pytest.raises(TransientError, match="'down'"):
        opened("down", Options(url=url(closed_port()), queue=queue)).check()
