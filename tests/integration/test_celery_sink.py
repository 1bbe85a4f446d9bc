"""The sink `celery` before a real worker of another application, on a real RabbitMQ and a real Redis."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.brokers import Broker
from tests.integration.line import ROOT, wait_until
from tests.servers import RedisServer
from worker.errors import ConfigError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.celery import Celery, Options

BATCH = "default-0-1767225600000-0-1767225600123-7"
RECORDS = [{"id": f"r{n}", "headline": 'é "quoted"', "tags": []} for n in range(20)]
LETTERS = [Letter(f"m{n}", f"r{n}", json.dumps(record).encode()) for n, record in enumerate(RECORDS)]


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, redis_server: RedisServer) -> str:
    """The URL of the other application's broker."""
    if request.param == "redis":
        return redis_server.url.replace("unix://", "redis+socket://")
    server: Broker = request.getfixturevalue("rabbitmq")
    return f"amqp://guest:guest@127.0.0.1:{server.port}//"


@pytest.fixture
def worker(broker: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[Path]:
    """A worker of the other application; gives its log."""
    log = tmp_path / "downstream.log"
    command = [sys.executable, "-m", "celery", "-A", "tests.integration.downstream_app", "worker", "-P", "solo"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "-l", "INFO", "-Q", "desk", "--without-gossip", "--without-mingle"],
            stdout=out,
            stderr=out,
            cwd=tmp_path,
            env={
                **os.environ,
                "DOWNSTREAM_BROKER": broker,
                "DOWNSTREAM_STORE": redis_server.url,
                "PYTHONPATH": str(ROOT),
                "PYTHONWARNINGS": "ignore",
            },
        )
    yield log
    process.terminate()
    process.wait(20)


def test_worker_of_another_application_gets_each_record_as_its_tasks_argument(
    broker: str, worker: Path, redis_server: RedisServer
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    wait_until(lambda: b"ready." in worker.read_bytes(), 20, "the worker is ready")
    sink = Celery("desk", Options(url=broker, task="desk.take", queue="desk"))
    receipt = sink.deliver(BATCH, LETTERS)
    assert (receipt.location, receipt.refused) == ("queue desk", ())
    wait_until(lambda: client.llen("taken") == len(LETTERS), 20, "all tasks have run")
    taken: Any = client.lrange("taken", 0, -1)
    assert [json.loads(item) for item in taken] == [
        [letter.id, record] for letter, record in zip(LETTERS, RECORDS, strict=True)
    ]
    assert b"ERROR" not in worker.read_bytes()
    sink._target.close()


def test_queue_that_no_worker_made_is_told(rabbitmq: Broker) -> None:
    url = f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}//"
    sink = Celery("desk", Options(url=url, task="desk.take", queue="nobody"))
    with pytest.raises(ConfigError, match=r"'desk'.*no queue takes"):
        sink.deliver(BATCH, LETTERS)
    with pytest.raises(ConfigError, match=r"'desk'.*nobody"):
        sink.check()
    made = Celery("desk", Options(url=url, task="desk.take", queue="nobody", declare="quorum"))
    assert made.deliver(BATCH, LETTERS).refused == ()
    assert sink.deliver(BATCH, LETTERS).refused == ()
    for item in (sink, made):
        item._target.close()


@pytest.mark.parametrize(("options", "told"), [({"url": "amqp://"}, "task"), ({"url": "x://y", "task": "t"}, "x")])
def test_wrong_options_refuse_the_start(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match="'mine'") as caught:
        build_sink("mine", "celery", options)
    assert told in str(caught.value)
