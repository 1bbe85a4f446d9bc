"""The sink `webhook` before a real HTTP server: signed, halved where it is refused, waiting as it is told."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest

from tests.brokers import Proxy
from tests.integration.line import ROOT
from tests.servers import closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.webhook import Options, Webhook

BATCH = "default-0-1767225600000-0-1767225600123-7"
KEY = "a-key-of-some-length"
LETTERS = [Letter(f"m{n}", f"r{n}", orjson.dumps({"id": f"r{n}", "headline": "é"})) for n in range(50)]

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """A receiver that answers as it is told, and keeps what it was sent."""

    answer: Callable[[bytes], Answer] = lambda _: (200, {}, b"")
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=secret-word"

    def taken(self) -> list[bytes]:
        """Give the lines of all requests that were answered with 200, in order."""
        bodies = [body for method, _, body in self.got if method == "POST" and self.answer(body)[0] == 200]
        return [line for body in bodies for line in body.splitlines()]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:  # the name that http.server asks for
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.command, dict(self.headers), body))
            status, headers, text = told.answer(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_HEAD(self) -> None:  # the same
            told.got.append((self.command, dict(self.headers), b""))
            self.send_response(told.answer(b"")[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


Opened = Callable[..., Webhook]


@pytest.fixture
def opened(receiver: Receiver) -> Iterator[Opened]:
    """Make sinks to the receiver whose connections are closed in the end."""
    made: list[Webhook] = []

    def make(**options: Any) -> Webhook:
        made.append(Webhook("hook", Options(**{"url": receiver.url, "key": KEY} | options)))
        return made[-1]

    yield make
    for sink in made:
        if sink._pool is not None:
            sink._pool.clear()


def documented_verify() -> Callable[..., bool]:
    """The receiver's side, as docs/sinks.md shows it."""
    (text,) = re.findall(r"```python\n(import hashlib.*?)```", (ROOT / "docs/sinks.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102  # our own documentation
    verify: Callable[..., bool] = names["verify"]
    return verify


def test_batch_is_one_signed_request_that_the_documented_receiver_verifies(receiver: Receiver, opened: Opened) -> None:
    receipt = opened(headers={"Authorization": "Bearer x"}).deliver(BATCH, LETTERS)
    assert (receipt.location, receipt.refused) == (f"http://127.0.0.1:{receiver.port}/hook", ())
    ((_, headers, body),) = receiver.got
    assert body == b"".join(letter.json + b"\n" for letter in LETTERS)
    assert headers["Content-Type"] == "application/x-ndjson"
    assert headers["Idempotency-Key"] == BATCH
    assert headers["Authorization"] == "Bearer x"
    verify = documented_verify()
    assert verify(KEY, headers, body)
    assert not verify(KEY, headers, body + b" ")
    assert not verify("another-key-of-some", headers, body)
    later = {**headers, "X-Copydesk-Timestamp": str(int(headers["X-Copydesk-Timestamp"]) + 1)}
    assert not verify(KEY, later, body)
    assert not verify(KEY, headers, body, most_seconds=-1)


def test_array_of_envelopes(receiver: Receiver, opened: Opened) -> None:
    opened(body="array", element="envelope").deliver(BATCH, LETTERS)
    ((_, headers, body),) = receiver.got
    assert headers["Content-Type"] == "application/json"
    assert orjson.loads(body) == [
        {"id": item.record_id, "message": item.id, "record": orjson.loads(item.json)} for item in LETTERS
    ]


def test_records_at_fault_are_found_by_halving_and_all_others_taken_once(receiver: Receiver, opened: Opened) -> None:
    def judge(body: bytes) -> Answer:
        if b'"r7"' in body:
            return 422, {}, b"r7 has no body"
        if b'"r31"' in body:
            return 400, {}, b"what is r31?"
        if len(body.splitlines()) > 30:
            return 413, {}, b""
        return 200, {}, b""

    receiver.answer = judge
    receipt = opened().deliver(BATCH, LETTERS)
    assert [(item.position, item.cause) for item in receipt.refused] == [(7, "schema_mismatch"), (31, "rejected")]
    assert receipt.refused[0].detail == "HTTP 422: r7 has no body"
    assert receiver.taken() == [letter.json for n, letter in enumerate(LETTERS) if n not in {7, 31}]
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.got]
    assert len(set(keys)) == len(keys)
    assert keys[:2] == [BATCH, f"{BATCH}.0-25"]


def test_attempt_after_a_failure_among_the_halves_sends_only_what_was_not_taken(
    receiver: Receiver, opened: Opened
) -> None:
    def judge(body: bytes) -> Answer:
        if len(body.splitlines()) > 30:
            return 413, {}, b""
        return (503 if b'"r49"' in body and len(receiver.got) < 4 else 200), {}, b""

    receiver.answer = judge
    sink = opened()
    with pytest.raises(TransientError, match=r"'hook'.*503"):
        sink.deliver(BATCH, LETTERS)
    assert sink.deliver(BATCH, LETTERS).refused == ()
    keys = [headers["Idempotency-Key"] for _, headers, _ in receiver.got]
    assert keys == [BATCH, f"{BATCH}.0-25", f"{BATCH}.25-50", f"{BATCH}.25-50"]
    sink.deliver("another", LETTERS)
    assert len(receiver.got) == 7


def test_endpoint_that_refuses_everything_stops_the_sink_and_one_that_is_mended_goes_on(
    receiver: Receiver, opened: Opened
) -> None:
    receiver.answer = lambda _: (400, {}, b"no")
    sink = opened()
    with pytest.raises(ConfigError, match=r"'hook'.*takes none"):
        sink.deliver(BATCH, LETTERS)
    asked = len(receiver.got)
    with pytest.raises(ConfigError, match=r"'hook'.*takes none"):
        sink.deliver(BATCH, LETTERS)
    assert len(receiver.got) == asked + 1, "one record is enough to see it again"
    receiver.answer = lambda _: (200, {}, b"")
    assert sink.deliver(BATCH, LETTERS).refused == ()
    receiver.answer = lambda _: (413, {}, b"")
    assert {item.cause for item in sink.deliver("large", LETTERS).refused} == {"too_large"}
    receiver.answer = lambda _: (422, {}, b"")
    assert len(sink.deliver("few", LETTERS[:3]).refused) == 3


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (301, ConfigError, "redirect"),
        (401, ConfigError, "check key"),
        (403, ConfigError, "check key"),
        (404, ConfigError, "404"),
        (408, TransientError, "408"),
        (425, TransientError, "425"),
        (429, TransientError, "429"),
        (500, TransientError, "500"),
        (503, TransientError, "503"),
    ],
)
def test_other_answers(receiver: Receiver, opened: Opened, status: int, kind: type[Exception], told: str) -> None:
    receiver.answer = lambda _: (status, {"Location": receiver.url + "/other"}, b"said\nso")
    sink = opened()
    with pytest.raises(kind, match=rf"'hook'.*{told}") as caught:
        sink.deliver(BATCH, LETTERS)
    assert "said so" in str(caught.value)
    assert len(receiver.got) == 1, "no redirect is followed, nothing repeated"
    told_all = f"{caught.value} {sink._options!r}"
    assert "secret-word" not in told_all
    assert KEY not in told_all


def test_retry_after_is_honoured_within_bounds(receiver: Receiver, opened: Opened) -> None:
    receiver.answer = lambda _: (429, {"Retry-After": "1"}, b"") if len(receiver.got) == 1 else (200, {}, b"")
    sink = opened()
    assert sink.deliver(BATCH, LETTERS).refused == ()
    first, second = (float(headers["X-Copydesk-Timestamp"]) for _, headers, _ in receiver.got)
    assert second - first >= 1

    wait = ["600"]
    for text in ("600", format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)):
        wait[0] = text
        receiver.answer = lambda _: (503, {"Retry-After": wait[0]}, b"")
        sink, asked = opened(), len(receiver.got)
        for _ in range(3):
            with pytest.raises(TransientError, match="'hook'"):
                sink.deliver(BATCH, LETTERS)
        assert len(receiver.got) == asked + 1, "it is left in peace"
        assert 500 < sink._not_before - time.monotonic() <= 600
    receiver.answer = lambda _: (503, {"Retry-After": "9999999"}, b"")
    sink = opened()
    with pytest.raises(TransientError, match="'hook'"):
        sink.deliver(BATCH, LETTERS)
    assert sink._not_before - time.monotonic() <= 900


def test_server_that_is_away_hangs_or_comes_back(receiver: Receiver, opened: Opened) -> None:
    proxy = Proxy(receiver.port)
    sink = opened(url=f"http://127.0.0.1:{proxy.port}/", timeout_seconds=0.5)
    sink.deliver("first", LETTERS)
    proxy.cut()
    with pytest.raises(TransientError, match="'hook'"):
        sink.deliver(BATCH, LETTERS)
    proxy.restore()
    proxy.stall()
    with pytest.raises(TransientError, match=r"'hook'.*timed out"):
        opened(url=f"http://127.0.0.1:{proxy.port}/", timeout_seconds=0.5).deliver(BATCH, LETTERS)
    proxy.restore()
    assert sink.deliver("another", LETTERS).refused == ()
    proxy.close()
    with pytest.raises(TransientError, match="'hook'"):
        opened(url=f"http://127.0.0.1:{closed_port()}/").check()


def test_proxies_of_the_environment_are_not_used(
    receiver: Receiver, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert opened().deliver(BATCH, LETTERS).refused == ()
    assert len(receiver.got) == 1


def test_check_asks_without_sending_a_record(receiver: Receiver, opened: Opened) -> None:
    receiver.answer = lambda _: (405, {}, b"")
    assert "405" in opened().check()
    receiver.answer = lambda _: (403, {}, b"")
    with pytest.raises(ConfigError, match="'hook'"):
        opened().check()
    assert [method for method, _, _ in receiver.got] == ["HEAD", "HEAD"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "http://x/"}, "key"),
        ({"url": "http://x/", "key": "short"}, "key"),
        ({"url": "ftp://x/", "key": KEY}, "url"),
        ({"url": "http://me:word@x/", "key": KEY}, "url"),
        ({"url": "http://x:port/", "key": KEY}, "url"),
        ({"url": "http://x/", "key": KEY, "body": "xml"}, "xml"),
    ],
)
def test_wrong_options_refuse_the_start(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match="'mine'") as caught:
        build_sink("mine", "webhook", options)
    assert told in str(caught.value)
