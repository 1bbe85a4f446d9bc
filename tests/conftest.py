"""Fixtures that bring real servers to the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.brokers import Broker, Certificate, make_certificate, rabbitmq_installed, run_kafka, run_nats, run_rabbitmq
from tests.servers import RedisServer, S3Server, redis_binaries, run_redis, run_s3


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--golden-write", action="store_true", help="write golden files anew; read the diff")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a short name: unix sockets may not have longer ones."""
    directory = Path(tempfile.mkdtemp(prefix="cd"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def redis_server(short_path: Path) -> Iterator[RedisServer]:
    """The embedded server, one a test, to be killed and restarted at will."""
    with run_redis(redis_binaries()["valkey"], short_path) as server:
        yield server


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Callable[[str], RedisServer]]:
    """Each kind of server there is, by name and started once; skips where it is not installed.

    Clear it before use, do not kill it. CI_NEEDS_REDIS_SERVER turns the skip into a failure.
    """
    running: dict[str, RedisServer] = {}
    with contextlib.ExitStack() as stack:

        def get(name: str) -> RedisServer:
            if name not in running:
                binary = redis_binaries().get(name)
                if binary is None:
                    told = pytest.fail if os.environ.get("CI_NEEDS_REDIS_SERVER") else pytest.skip
                    told("redis-server (Debian's) is not installed")
                directory = Path(tempfile.mkdtemp(prefix="cd"))
                stack.callback(shutil.rmtree, directory, ignore_errors=True)
                running[name] = stack.enter_context(run_redis(str(binary), directory))
            return running[name]

        yield get


@pytest.fixture(params=["valkey", "redis"])
def any_redis_server(request: pytest.FixtureRequest, shared_server: Callable[[str], RedisServer]) -> RedisServer:
    """Run the test on each kind of server."""
    return shared_server(request.param)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """SeaweedFS's S3, shared by the session."""
    directory = Path(tempfile.mkdtemp(prefix="cds3"))
    with run_s3(directory) as server:
        yield server
    shutil.rmtree(directory, ignore_errors=True)


def _directory(stack: contextlib.ExitStack) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="cdb"))
    stack.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory


@pytest.fixture(scope="session")
def certificate() -> Iterator[Certificate]:
    """A server's certificate for 127.0.0.1, and its authority."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    with contextlib.ExitStack() as stack:
        yield make_certificate(_directory(stack))


@pytest.fixture(scope="session")
def rabbitmq(certificate: Certificate) -> Iterator[Broker]:
    """RabbitMQ, shared by the session; skips where it is not installed, fails there with CI_NEEDS_RABBITMQ."""
    if not rabbitmq_installed():
        told = pytest.fail if os.environ.get("CI_NEEDS_RABBITMQ") else pytest.skip
        told("rabbitmq-server (Debian's) is not installed")
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(run_rabbitmq(_directory(stack), certificate))


@pytest.fixture(scope="session")
def nats_server() -> Iterator[Broker]:
    """nats-server with JetStream, shared by the session."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(run_nats(_directory(stack)))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """A Kafka-protocol broker, shared by the session."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(run_kafka(_directory(stack)))
