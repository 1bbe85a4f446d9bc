"""All queue sinks at once behind a real Celery worker with forked processes: each destination gets each record."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import kombu
import redis

from tests.brokers import Broker
from tests.integration import test_kafka_sink, test_nats_sink
from tests.integration.line import ROOT, drained, start_worker, wait_until
from tests.integration.test_kill import push_until_stored, story
from tests.servers import RedisServer
from worker.client import Item
from worker.intake.lane import Lane

LANE = Lane("default")
RECORDS = 60

everything = test_kafka_sink.everything  # the fixture of that name


def settings(path: Path, sinks: dict[str, dict[str, str]]) -> Path:
    """Write a settings file with these sinks, each named as its kind."""
    lines = []
    for kind, options in sinks.items():
        given = ", ".join(f"{key} = {json.dumps(value)}" for key, value in options.items())
        lines += [f"[sinks.{kind}]", f'kind = "{kind}"', "batch_count = 25", "linger_seconds = 0.5"]
        lines += [f"options = {{ {given} }}", ""]
    path.write_text("\n".join(lines))
    return path


def amqp_bodies(url: str, queue: str) -> Iterator[str]:
    """Take all messages off a queue of RabbitMQ."""
    with kombu.Connection(url) as connection:
        channel: Any = connection.channel()
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            yield message.body


def test_every_destination_gets_every_record_once(
    redis_server: RedisServer,
    rabbitmq: Broker,
    nats_server: Broker,
    kafka: Broker,
    everything: Callable[[str], list[Any]],
    tmp_path: Path,
) -> None:
    name, url = f"n{uuid4().hex[:12]}", f"amqp://guest:guest@127.0.0.1:{rabbitmq.port}//"
    nats = {"servers": f"nats://127.0.0.1:{nats_server.port}", "subject": name, "stream": f"S{name}", "declare": "file"}
    config = settings(
        tmp_path / "copydesk.toml",
        {
            "redis_list": {"url": redis_server.url, "list": "finished"},
            "redis_stream": {"url": redis_server.url, "stream": "finished-too"},
            "amqp": {"url": url, "queue": name, "declare": "quorum"},
            "celery": {"url": url, "queue": f"{name}-tasks", "declare": "quorum", "task": "desk.take"},
            "nats": nats,
            "kafka": {"servers": f"127.0.0.1:{kafka.port}", "topic": name},
        },
    )
    environ = {"COPYDESK_CONFIG": str(config)}
    push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(RECORDS)])
    client = redis.Redis.from_url(redis_server.url)
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "3")
    try:
        wait_until(drained(client, LANE), 60, "the intake is empty")
        wait_until(lambda: client.xlen(LANE.articles) == 0, 60, "all sinks have all records")
        assert worker.stop() == 0
    finally:
        worker.kill_tree()

    elements = [json.loads(item) for item in cast("list[bytes]", client.lrange("finished", 0, -1))]
    ids = sorted(item["id"] for item in elements)
    assert len(set(ids)) == RECORDS
    assert sorted(json.loads(body)["id"] for body in amqp_bodies(url, name)) == ids
    assert sorted(json.loads(body)[1]["record"]["id"] for body in amqp_bodies(url, f"{name}-tasks")) == ids
    assert sorted(json.loads(m.data)["id"] for m in test_nats_sink.everything(nats_server.port, f"S{name}")) == ids
    assert sorted(m.key().decode() for m in everything(name)) == ids
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange("finished-too"))
    assert sorted(fields[b"id"].decode() for _, fields in entries) == ids


def test_clients_of_destinations_are_not_loaded_where_no_sink_asks_for_them() -> None:
    code = "import sys, worker.wiring, worker.cli; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=30, capture_output=True).stdout
    assert not {"amqp", "celery", "confluent_kafka", "kombu", "nats"} & set(printed.decode().split())
