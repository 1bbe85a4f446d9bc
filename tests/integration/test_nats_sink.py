"""The sink `nats` on a real nats-server: repeated ids dropped, refusals told for what they are."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
import pytest
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, StreamConfig

from tests.brokers import Broker, Proxy, run_nats
from tests.servers import closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.nats import Nats, Options

BATCH = "default-0-1767225600000-0-1767225600123-7"
LETTERS = [Letter(f"m{n}", f"r{n}", b'{"id":"r%d","headline":"\xc3\xa9"}' % n) for n in range(50)]
FORK = multiprocessing.get_context("fork")
LOCKED = """
authorization { users: [
  {user: "writer", password: "right", permissions: {publish: ["news", "$JS.API.>", "_INBOX.>"]}}
] }
"""


def url(port: int, login: str = "") -> str:
    return f"nats://{login}127.0.0.1:{port}"


@pytest.fixture
def subject() -> str:
    """A name that no other test uses: the server is shared."""
    return f"s{uuid4().hex[:12]}"


Opened = Callable[[Options], Nats]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Make sinks whose connections are closed in the end."""
    made: list[Nats] = []

    def make(options: Options) -> Nats:
        made.append(Nats("down", options))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def asked(port: int, action: Callable[[JetStreamContext], Any]) -> Any:
    """Ask the server by a connection of one's own."""

    async def run() -> Any:
        client = await nats.connect(url(port))
        try:
            return await action(client.jetstream())
        finally:
            await client.close()

    return asyncio.run(run())


def everything(port: int, stream: str) -> list[Any]:
    """Read a stream from its beginning to its end."""

    async def read(context: JetStreamContext) -> list[Any]:
        count = (await context.stream_info(stream)).state.messages
        subscription = await context.pull_subscribe("", stream=stream, config=ConsumerConfig(ack_policy=AckPolicy.NONE))
        found: list[Any] = []
        while len(found) < count:
            found += await subscription.fetch(min(500, count - len(found)), timeout=10)
        return found

    return list(asked(port, read))


def test_repeated_batch_is_dropped_within_the_streams_window(nats_server: Broker, opened: Opened, subject: str) -> None:
    sink = opened(Options(servers=url(nats_server.port), subject=subject, stream=f"S{subject}", declare="file"))
    for batch in (BATCH, BATCH, "another-0-1-0-2-0"):
        receipt = sink.deliver(batch, LETTERS)
        assert (receipt.location, receipt.refused) == (subject, ())
    got = everything(nats_server.port, f"S{subject}")
    assert [message.data for message in got] == [letter.json for letter in LETTERS]
    assert (got[7].headers["Nats-Msg-Id"], got[7].headers["Record-Id"]) == ("m7", "r7")
    assert got[7].headers["Batch"] == BATCH
    assert "3600 s" in sink.check()


def test_more_records_than_may_be_on_their_way(nats_server: Broker, opened: Opened, subject: str) -> None:
    many = [Letter(f"m{n}", f"r{n}", b'{"n":%d}' % n) for n in range(3500)]
    sink = opened(Options(servers=url(nats_server.port), subject=subject, stream=f"S{subject}", declare="memory"))
    assert sink.deliver(BATCH, many).refused == ()
    assert [message.data for message in everything(nats_server.port, f"S{subject}")] == [item.json for item in many]


def test_record_that_is_too_large_is_refused_and_all_others_are_stored(
    nats_server: Broker, opened: Opened, subject: str
) -> None:
    limit = 2**20  # the server's default for a message
    sizes = {3: limit * 2, 20: limit - 10, 40: 60_000}  # for the server; for it with headers; for the stream
    config = StreamConfig(name=f"S{subject}", subjects=[subject], max_msg_size=50_000)
    asked(nats_server.port, lambda context: context.add_stream(config))
    sink = opened(Options(servers=url(nats_server.port), subject=subject))
    letters = [Letter(item.id, item.record_id, b"x" * sizes.get(n, 10)) for n, item in enumerate(LETTERS)]
    receipt = sink.deliver(BATCH, letters)
    assert [(item.position, item.cause) for item in receipt.refused] == [(n, "too_large") for n in sizes]
    stored = {message.headers["Nats-Msg-Id"] for message in everything(nats_server.port, f"S{subject}")}
    assert stored == {letter.id for n, letter in enumerate(letters) if n not in sizes}


def test_subject_without_a_stream_and_stream_of_another_name_stop_the_sink(
    nats_server: Broker, opened: Opened, subject: str
) -> None:
    bare = Options(servers=url(nats_server.port), subject=subject)
    for action in (opened(bare).check, lambda: opened(bare).deliver(BATCH, LETTERS)):
        with pytest.raises(ConfigError, match=r"'down'.*no stream takes"):
            action()
    config = StreamConfig(name=f"S{subject}", subjects=[subject])
    asked(nats_server.port, lambda context: context.add_stream(config))
    with pytest.raises(ConfigError, match=r"'down'.*expected stream"):
        opened(Options(servers=url(nats_server.port), subject=subject, stream="OTHER")).deliver(BATCH, LETTERS)
    assert opened(bare).deliver(BATCH, LETTERS).refused == ()


def test_stream_that_is_full_puts_the_batch_off(nats_server: Broker, opened: Opened, subject: str) -> None:
    config = StreamConfig(name=f"S{subject}", subjects=[subject], max_msgs=10, discard=DiscardPolicy.NEW)
    asked(nats_server.port, lambda context: context.add_stream(config))
    sink = opened(Options(servers=url(nats_server.port), subject=subject))
    with pytest.raises(TransientError, match=r"'down'.*maximum messages"):
        sink.deliver(BATCH, LETTERS)


def test_login_and_rights(tmp_path: Path, opened: Opened) -> None:
    with run_nats(tmp_path, LOCKED) as server:
        for options in (
            Options(servers=url(server.port), subject="news", user="writer", password="secret-word"),  # noqa: S106
            Options(servers=url(server.port, "writer:secret-word@"), subject="news"),
            Options(servers=url(server.port, "writer:right@"), subject="secret", timeout_seconds=5),
        ):
            with pytest.raises(ConfigError, match=r"(?i)'down'.*violation") as caught:
                opened(options).deliver(BATCH, LETTERS)
            assert "secret-word" not in f"{caught.value} {options!r}"
        good = Options(servers=url(server.port, "writer:right@"), subject="news", stream="NEWS", declare="file")
        assert opened(good).deliver(BATCH, LETTERS).refused == ()


def test_server_that_is_away_hangs_or_comes_back(tmp_path: Path, opened: Opened) -> None:
    with run_nats(tmp_path) as server:
        proxy = Proxy(server.port)
        both = f"{url(closed_port())}, {url(proxy.port)}"
        sink = opened(Options(servers=both, subject="news", stream="NEWS", declare="file", timeout_seconds=3))
        sink.deliver(BATCH, LETTERS)
        proxy.cut()
        for _ in range(2):
            with pytest.raises(TransientError, match="'down'"):
                sink.deliver(BATCH, LETTERS)
        proxy.restore()
        sink.deliver(BATCH, LETTERS)
        proxy.stall()
        with pytest.raises(TransientError, match="'down'"):
            sink.deliver(BATCH, LETTERS)
        proxy.restore()
        server.kill()
        with pytest.raises(TransientError, match="'down'"):
            sink.check()
        server.start()
        later = [Letter(f"later-{item.id}", item.record_id, item.json) for item in LETTERS]
        sink.deliver(BATCH, later)
        stored = [message.headers["Nats-Msg-Id"] for message in everything(server.port, "NEWS")]
        assert stored == [item.id for item in (*LETTERS, *later)], "in order, each once"
        proxy.close()


def test_connection_that_was_dropped_while_the_sink_stood_idle_is_replaced(
    nats_server: Broker, opened: Opened, subject: str
) -> None:
    proxy = Proxy(nats_server.port)
    sink = opened(Options(servers=url(proxy.port), subject=subject, stream=f"S{subject}", declare="memory"))
    sink.deliver(BATCH, LETTERS)
    proxy.cut()
    proxy.restore()
    assert sink.deliver(BATCH, LETTERS).refused == ()
    proxy.close()


def test_children_forked_from_a_parent_that_used_the_sink_deliver(
    nats_server: Broker, opened: Opened, subject: str
) -> None:
    sink = opened(Options(servers=url(nats_server.port), subject=subject, stream=f"S{subject}", declare="memory"))
    sink.deliver(BATCH, LETTERS[:10])
    here, there = FORK.Pipe()
    process = FORK.Process(target=lambda: there.send(sink.deliver(BATCH, LETTERS[10:]).refused))
    process.start()
    assert here.poll(20), "the child hangs"
    assert here.recv() == ()
    process.join(10)
    assert process.exitcode == 0
    assert sink.deliver(BATCH, LETTERS).refused == (), "the parent's connection still works"
    assert len(everything(nats_server.port, f"S{subject}")) == len(LETTERS)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"servers": "nats://x"}, "subject"),
        ({"servers": "nats://x", "subject": "a.*"}, "subject"),
        ({"servers": "nats://x:1, x:2", "subject": "a"}, "addresses"),
        ({"servers": "nats://me:secret/word@x", "subject": "a"}, "addresses"),
        ({"servers": "nats://x", "subject": "a", "declare": "file"}, "name of a stream"),
        ({"servers": "nats://x", "subject": "a", "colour": "red"}, "colour"),
    ],
)
def test_wrong_options_refuse_the_start(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match="'mine'") as caught:
        build_sink("mine", "nats", options)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_package_that_is_not_installed_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nats", None)
    monkeypatch.delitem(sys.modules, "worker.sinks.nats", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'copydesk\[nats\]'"):
        build_sink("mine", "nats", {"servers": "nats://x:1", "subject": "t"})
