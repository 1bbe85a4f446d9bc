"""Sinks over TLS: an authority that is not known and a host that the certificate does not name are both refused."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.brokers import Broker, Certificate, Proxy, run_kafka, run_nats
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink

BATCH = "default-0-1767225600000-0-1767225600123-7"
LETTERS = [Letter(f"m{n}", f"r{n}", b'{"id":"r%d"}' % n) for n in range(5)]
OTHER_HOST = "127.0.0.2"

Options = Callable[[str, int], dict[str, Any]]


@pytest.fixture
def amqps(rabbitmq: Broker) -> tuple[int, Options]:
    name = f"q{uuid4().hex[:12]}"

    def options(host: str, port: int) -> dict[str, Any]:
        return {"url": f"amqps://guest:guest@{host}:{port}//", "queue": name, "declare": "quorum"}

    return rabbitmq.tls_port, options


@pytest.fixture
def nats(tmp_path: Path, certificate: Certificate) -> Iterator[tuple[int, Options]]:
    def options(host: str, port: int) -> dict[str, Any]:
        return {"servers": f"tls://{host}:{port}", "subject": "s", "stream": "S", "declare": "memory"}

    tls = f'tls {{ cert_file: "{certificate.certificate}", key_file: "{certificate.key}" }}'
    with run_nats(tmp_path, tls) as server:
        yield server.port, options


@pytest.fixture
def kafka(tmp_path: Path, certificate: Certificate) -> Iterator[tuple[int, Options]]:
    def options(host: str, port: int) -> dict[str, Any]:
        return {"servers": f"{host}:{port}", "topic": "t", "security": "ssl"}

    front = Proxy(tls=certificate)  # Tansu's own options for TLS exclude each other
    with run_kafka(tmp_path, advertised=front.port) as server:
        front.target = server.port
        yield front.port, options
    front.close()


@pytest.fixture
def webhook(certificate: Certificate) -> Iterator[tuple[int, Options]]:
    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server asks for
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    def options(host: str, port: int) -> dict[str, Any]:
        return {"url": f"https://{host}:{port}/", "key": "a-key-of-some-length"}

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # handshakes that the other side breaks off
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_address[1], options
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # clients leave broken sockets to the GC
@pytest.mark.parametrize("kind", ["amqps", "nats", "kafka", "webhook"])
def test_certificate_and_host_are_checked(kind: str, request: pytest.FixtureRequest, certificate: Certificate) -> None:
    port, options = request.getfixturevalue(kind)
    proxy = Proxy(port, OTHER_HOST)
    name = kind.removesuffix("s") if kind == "amqps" else kind

    def delivered(host: str, at: int, **more: Any) -> None:
        sink: Any = build_sink("down", name, options(host, at) | more)
        try:
            assert sink.deliver(BATCH, LETTERS).refused == ()
        finally:
            closing = getattr(sink, "close", None) or getattr(getattr(sink, "_target", None), "close", None)
            if closing is not None:
                closing()

    delivered("127.0.0.1", port, ca_certs=str(certificate.authority))
    for host, at, more in (
        ("127.0.0.1", port, {"timeout_seconds": 3}),
        (OTHER_HOST, proxy.port, {"ca_certs": str(certificate.authority), "timeout_seconds": 3}),
    ):
        with pytest.raises((TransientError, ConfigError), match=r"(?i)'down'.*(certificate|ssl)"):
            delivered(host, at, **more)
    proxy.close()
