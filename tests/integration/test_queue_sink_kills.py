"""Processes killed before, in and after a publish: a consumer that drops repeated message ids gets each record once.

The destination is real, and so is the way there: a forked process opens a batch on a real articles stream and hands it
to the sink. Another one takes the batch up and goes on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal
from uuid import uuid4

import kombu
import pytest
import redis

from tests.brokers import Broker
from tests.integration import test_kafka_sink, test_nats_sink
from tests.servers import RedisServer
from worker.delivery.batches import BatchOptions, Delivery, Reader, Source, expire_batches, letter_of
from worker.delivery.breaker import Breaker
from worker.delivery.selection import Selection
from worker.intake.lane import Lane, breaker_key, ensure_group
from worker.ports import Letter, Receipt, Sink
from worker.registry import build_sink

FORK = multiprocessing.get_context("fork")
LANE = Lane("kills")
BATCH = 30
RECORDS = 2 * BATCH + 7
KILL_AT = 20  # the message of a batch on which a process dies in the middle of publishing
OPTIONS = BatchOptions(count=BATCH, bytes=1_000_000, linger_seconds=0, timeout_seconds=20, slice_seconds=5)

Point = Literal["before", "during", "after", "never"]
Message = tuple[str, str]
"""Message id and record id, as a consumer sees them."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying(method: Callable[..., Any], at: int) -> Callable[..., Any]:
    """Wrap a function so that the process dies when it has returned for the `at`-th time."""
    calls = 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        result = method(*args, **kwargs)
        calls += 1
        if calls == at:
            die()
        return result

    return call


@dataclass
class Target:
    """One destination: its sink, how to make a process die in its publishing, and what a consumer reads from it."""

    kind: str
    options: dict[str, Any]
    arm: Callable[[], None]
    read: Callable[[], Iterable[Message]]
    drops: bool  # whether the destination itself drops what is repeated


@dataclass
class Doomed:
    """A sink that dies before or after it has delivered."""

    inner: Sink
    point: Point
    name: str = "one"

    def deliver(self, batch: str, letters: Sequence[Letter]) -> Receipt:
        if self.point == "before":
            die()
        receipt = self.inner.deliver(batch, letters)
        if self.point == "after":
            die()
        return receipt

    def check(self) -> str:
        return self.inner.check()


def redis_list(server: RedisServer) -> Target:
    client = redis.Redis.from_url(server.url)

    def arm() -> None:
        """Die when the script has been sent and its answer was not read."""
        connection: Any = redis.connection.UnixDomainSocketConnection
        send = connection.send_packed_command

        def sent(self: Any, command: Any, *args: Any, **kwargs: Any) -> None:
            send(self, command, *args, **kwargs)
            if b"EVALSHA" in b"".join(command) and b"finished" in b"".join(command):
                die()

        connection.send_packed_command = sent

    def read() -> Iterable[Message]:
        while (item := client.lpop("finished")) is not None:
            found = json.loads(item)  # type: ignore[arg-type]  # the answer of a synchronous client
            yield found["message"], found["id"]

    options = {"url": server.url, "list": "finished", "element": "envelope"}
    build_sink("one", "redis_list", options).deliver("x-0-1-0-1-0", [])  # so that the script is known to the server
    return Target("redis_list", options, arm, read, drops=True)


def amqp(broker: Broker) -> Target:
    queue = f"q{uuid4().hex[:12]}"
    url = f"amqp://guest:guest@127.0.0.1:{broker.port}//"

    def arm() -> None:
        import amqp

        channel: Any = amqp.Channel
        channel.basic_publish = dying(channel.basic_publish, KILL_AT)

    def read() -> Iterable[Message]:
        with kombu.Connection(url) as connection:
            channel: Any = connection.channel()
            while (message := channel.basic_get(queue, no_ack=True)) is not None:
                yield message.properties["message_id"], message.headers["record_id"]

    return Target("amqp", {"url": url, "queue": queue, "declare": "quorum"}, arm, read, drops=False)


def nats(broker: Broker) -> Target:
    subject = f"s{uuid4().hex[:12]}"
    options = {"servers": f"nats://127.0.0.1:{broker.port}", "subject": subject, "stream": f"S{subject}"}

    def arm() -> None:
        from nats.aio.client import Client

        client: Any = Client
        publish = client.publish
        calls = 0

        async def published(self: Any, *args: Any, **kwargs: Any) -> None:
            nonlocal calls
            await publish(self, *args, **kwargs)
            calls += 1
            if calls == KILL_AT:
                await self.flush()
                die()

        client.publish = published

    def read() -> Iterable[Message]:
        for message in test_nats_sink.everything(broker.port, f"S{subject}"):
            yield message.headers["Nats-Msg-Id"], message.headers["Record-Id"]

    return Target("nats", {**options, "declare": "file"}, arm, read, drops=True)


def kafka(broker: Broker, read_all: Callable[[str], list[Any]]) -> Target:
    topic = f"t{uuid4().hex[:12]}"

    def arm() -> None:
        from confluent_kafka import Producer

        class Dying(Producer):
            calls = 0

            def produce(self, *args: Any, **kwargs: Any) -> None:
                super().produce(*args, **kwargs)
                Dying.calls += 1
                if Dying.calls == KILL_AT:
                    self.flush(10)
                    die()

        module: Any = import_module("worker.sinks.kafka")
        module.Producer = Dying

    def read() -> Iterable[Message]:
        for message in read_all(topic):
            yield dict(message.headers())["message-id"].decode(), message.key().decode()

    return Target("kafka", {"servers": f"127.0.0.1:{broker.port}", "topic": topic}, arm, read, drops=False)


everything = test_kafka_sink.everything  # the fixture of that name


@pytest.fixture(params=["redis_list", "amqp", "nats", "kafka"])
def target(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> Target:
    """Each destination, empty."""
    ask = request.getfixturevalue
    server = shared_server("valkey")
    redis.Redis.from_url(server.url).flushall()
    makers: dict[str, Callable[[], Target]] = {
        "redis_list": lambda: redis_list(server),
        "amqp": lambda: amqp(ask("rabbitmq")),
        "nats": lambda: nats(ask("nats_server")),
        "kafka": lambda: kafka(ask("kafka"), ask("everything")),
    }
    return makers[request.param]()


def worked(url: str, target: Target, who: str, point: Point) -> int:
    """Deliver in a forked process that dies at the point; gives its exit status."""

    def work() -> None:
        client = redis.Redis.from_url(url)
        sink = Doomed(build_sink("one", target.kind, target.options), point)
        source = Source("kills-0", LANE.articles, LANE.batch("one"), LANE.deadletters("one"), LANE.stats)
        breaker = Breaker(client, breaker_key("copydesk", "one"), failures=5, rest_seconds=1)
        if point == "during":
            target.arm()
        Delivery(client, source, sink, who, OPTIONS, breaker, Reader(letter_of, Selection())).run()
        os._exit(0)

    process = FORK.Process(target=work)
    process.start()
    process.join(30)
    assert process.exitcode is not None, "the process hangs"
    return process.exitcode


def once(messages: Iterable[Message], window: int = 1000) -> list[str]:
    """Be a consumer that drops message ids that it saw among the last `window`; gives the record ids that are left."""
    seen: deque[str] = deque(maxlen=window)
    kept = []
    for message, record in messages:
        if message not in seen:
            kept.append(record)
        seen.append(message)
    return kept


@pytest.mark.parametrize("point", ["never", "before", "during", "after"])
def test_each_record_reaches_the_consumer_once(
    target: Target, point: Point, shared_server: Callable[[str], RedisServer]
) -> None:
    server = shared_server("valkey")
    client = redis.Redis.from_url(server.url)
    ensure_group(client, LANE.articles, "one")
    for n in range(RECORDS):
        client.xadd(LANE.articles, {"id": f"r{n}", "message": f"m{n}", "record": b'{"id":"r%d"}' % n})

    status = worked(server.url, target, "first", point)
    assert status == (0 if point == "never" else -signal.SIGKILL)
    if point != "never":
        assert client.xlen(LANE.articles) == RECORDS, "nothing is acknowledged that was not confirmed"
        assert expire_batches(client, [LANE.batch("one")], lambda owner: owner == "first") == 1
        assert worked(server.url, target, "second", "never") == 0
    assert client.xlen(LANE.articles) == 0
    assert not client.exists(LANE.deadletters("one"))

    messages = list(target.read())
    records = once(messages)
    assert sorted(records) == sorted(f"r{n}" for n in range(RECORDS))
    repeated = len(messages) - len(records)
    if target.drops or point in {"never", "before"}:
        assert repeated == 0
    else:
        # What had arrived before the kill comes again: all of it after, some of it in the middle.
        assert repeated == BATCH if point == "after" else 0 < repeated <= KILL_AT
