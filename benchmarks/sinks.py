"""Each sink beside the plain client library doing the same, on real servers in one run: records a second, CPU a record.

    python benchmarks/sinks.py                         # what is installed; the rest says so
    python benchmarks/sinks.py --only amqp nats        # these alone
    python benchmarks/sinks.py --records 1000 --rounds 3
    pip install --group bench pika                     # what the rows of RabbitMQ compare with

The records are those of the examples, varied, some 8 KB each. All ways take turns, round by round, in one process; CPU
is that process's (all threads), the servers' is not in it. Records a second are by the clock and depend on the server.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import obstore
import orjson
import redis
import urllib3
import zstandard

ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.brokers import rabbitmq_installed, run_kafka, run_nats, run_rabbitmq  # noqa: E402
from tests.servers import free_port, redis_binaries, run_redis, run_s3  # noqa: E402
from worker.ports import Letter  # noqa: E402
from worker.registry import build_sink  # noqa: E402

BATCH: Final = 500
SIZE: Final = 8_000
_NUMBERS: Final = itertools.count(1)
Deliver = Callable[[str, Sequence[Letter]], object]


@dataclass(frozen=True, slots=True)
class Row:
    """A sink, the ways that one would write by hand instead, and how to empty the destination between them."""

    name: str
    sink: Deliver
    plain: dict[str, Deliver]
    empty: Callable[[], object] = lambda: None


def records(count: int) -> list[tuple[str, bytes]]:
    """Give ids and JSON of records as the line makes them: those of the example pages, with more text of their own."""
    pages = sorted(map(str, (ROOT / "examples").glob("*.html")))
    command = [sys.executable, "-c", "from worker.cli import main; main()", "parse", *pages]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    seeds = [orjson.loads(line) for line in printed.splitlines()]
    words = " ".join(seed["body"] for seed in seeds).split()
    rng, made = random.Random(1), []
    for number in range(count):
        record = {**seeds[number % len(seeds)], "id": f"{number:032x}"}
        record["body"] += "\n\n" + " ".join(rng.choices(words, k=max(0, (SIZE - len(orjson.dumps(record))) // 7)))
        made.append((str(record["id"]), orjson.dumps(record)))
    return made


def sink(kind: str, **options: Any) -> Deliver:
    """Give a sink's way to deliver."""
    return build_sink(kind, kind, options).deliver


def redis_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """Redis stream and list beside redis-py."""
    server = stack.enter_context(run_redis(redis_binaries()["valkey"], directory))
    client = redis.Redis.from_url(server.url)

    def xadd(_: str, letters: Sequence[Letter]) -> None:
        pipe = client.pipeline(transaction=False)
        for letter in letters:
            pipe.xadd("s", {"id": letter.record_id, "message": letter.id, "record": letter.json})
        pipe.execute()

    def rpush(_: str, letters: Sequence[Letter]) -> None:
        client.rpush("l", *(letter.json for letter in letters))

    stream, queue = sink("redis_stream", url=server.url, stream="s"), sink("redis_list", url=server.url, list="l")
    yield Row("redis_stream", stream, {"redis-py, pipeline of XADD": xadd}, lambda: client.delete("s", "l"))
    yield Row("redis_list", queue, {"redis-py, one RPUSH": rpush}, lambda: client.delete("s", "l"))


def rabbitmq_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """RabbitMQ beside pika and kombu, a Celery task beside send_task; every way confirmed, into a quorum queue."""
    import celery
    import kombu
    import pika

    broker = stack.enter_context(run_rabbitmq(directory))
    url = f"amqp://guest:guest@127.0.0.1:{broker.port}//"
    amqp, tasks = (sink(kind, url=url, queue=kind, declare="quorum", **more) for kind, more in _AMQP_KINDS.items())
    for first in (amqp, tasks):
        first("x-0-1-0-1-0", [Letter("m", "r", b"{}")])
    channel: Any = pika.BlockingConnection(pika.URLParameters(f"amqp://127.0.0.1:{broker.port}/%2F")).channel()
    channel.confirm_delivery()
    connection = kombu.Connection(url, transport_options={"confirm_publish": True})
    producer = kombu.Producer(connection.channel(), auto_declare=False)
    app: Any = celery.Celery(broker=url, set_as_current=False)
    app.conf.update(broker_transport_options={"confirm_publish": True}, task_ignore_result=True)
    app.conf.task_queues = [kombu.Queue("celery", queue_arguments={"x-queue-type": "quorum"})]

    def by_pika(_: str, letters: Sequence[Letter]) -> None:
        for letter in letters:
            properties = pika.BasicProperties(message_id=letter.id, delivery_mode=2, content_type="application/json")
            channel.basic_publish("", "amqp", letter.json, properties, mandatory=True)

    def by_kombu(_: str, letters: Sequence[Letter]) -> None:
        for letter in letters:
            producer.publish(
                letter.json,
                routing_key="amqp",
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
                mandatory=True,
                message_id=letter.id,
            )

    def by_celery(_: str, letters: Sequence[Letter]) -> None:
        for letter in letters:
            app.send_task("t", kwargs={"record": orjson.loads(letter.json)}, task_id=letter.id, queue="celery")

    def empty() -> None:
        channel.queue_purge("amqp")
        channel.queue_purge("celery")

    yield Row("amqp", amqp, {"pika, confirm each": by_pika, "kombu, confirm each": by_kombu}, empty)
    yield Row("celery", tasks, {"app.send_task, confirm each": by_celery}, empty)


_AMQP_KINDS: Final[dict[str, dict[str, str]]] = {"amqp": {}, "celery": {"task": "t"}}


def kafka_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """Kafka beside confluent-kafka with the same guarantees."""
    from confluent_kafka import Producer

    broker = stack.enter_context(run_kafka(directory))
    servers = f"127.0.0.1:{broker.port}"
    settings = {"bootstrap.servers": servers, "enable.idempotence": True, "compression.type": "zstd"}
    producer = Producer(settings)

    def produce(_: str, letters: Sequence[Letter]) -> None:
        for letter in letters:
            producer.produce("plain", letter.json, letter.record_id, headers=[("message-id", letter.id)])
        producer.flush()

    yield Row("kafka", sink("kafka", servers=servers, topic="sink"), {"confluent-kafka, produce and flush": produce})


def nats_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """NATS JetStream beside nats-py, one at a time and by its own pipelining."""
    from nats.aio.client import Client

    broker = stack.enter_context(run_nats(directory))
    url = f"nats://127.0.0.1:{broker.port}"
    own: Any = build_sink("nats", "nats", {"servers": url, "subject": "s", "stream": "S", "declare": "file"})
    stack.callback(own.close)
    deliver = own.deliver
    deliver("x-0-1-0-1-0", [Letter("m", "r", b"{}")])
    loop = asyncio.new_event_loop()
    stack.callback(loop.close)
    client = Client()
    loop.run_until_complete(client.connect(url))
    stack.callback(lambda: loop.run_until_complete(client.close()))
    stream = client.jetstream(publish_async_max_pending=200)

    async def each(letters: Sequence[Letter]) -> None:
        for letter in letters:
            await stream.publish("s", letter.json, headers={"Nats-Msg-Id": letter.id})

    async def many(letters: Sequence[Letter]) -> None:
        answers = [
            await stream.publish_async("s", letter.json, headers={"Nats-Msg-Id": letter.id}) for letter in letters
        ]
        await asyncio.gather(*answers)

    plain: dict[str, Deliver] = {
        "nats-py, publish": lambda _, letters: loop.run_until_complete(each(letters)),
        "nats-py, publish_async": lambda _, letters: loop.run_until_complete(many(letters)),
    }
    yield Row("nats", deliver, plain, lambda: loop.run_until_complete(stream.purge_stream("S")))


class _Taker(BaseHTTPRequestHandler):
    """Takes everything."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:  # the name that http.server asks for
        """Read it and say yes."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(port: int) -> None:
    ThreadingHTTPServer(("127.0.0.1", port), _Taker).serve_forever()


def http_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """A webhook beside urllib3 posting the same body unsigned; the receiver is a process of its own."""
    del directory
    port = free_port()
    process = get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    process.start()
    stack.callback(process.kill)
    pool, url = urllib3.PoolManager(), f"http://127.0.0.1:{port}/"
    for _ in range(100):
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            pool.request("POST", url, body=b"", retries=False)
            break
        time.sleep(0.05)

    def post(_: str, letters: Sequence[Letter]) -> None:
        pool.request("POST", url, body=b"\n".join(letter.json for letter in letters))

    yield Row("webhook", sink("webhook", url=url, key="0123456789abcdef"), {"urllib3, one POST": post})


def stdout_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """Standard output into a pipe that somebody reads, beside print's way."""
    del directory
    deliver = sink("stdout")
    read, write = os.pipe()

    def swallow() -> None:
        while os.read(read, 1 << 20):
            pass

    thread = threading.Thread(target=swallow, daemon=True)
    thread.start()
    kept = os.dup(1)

    def piped(action: Deliver) -> Deliver:
        def run(batch: str, letters: Sequence[Letter]) -> None:
            os.dup2(write, 1)
            try:
                action(batch, letters)
            finally:
                os.dup2(kept, 1)

        return run

    def plain(_: str, letters: Sequence[Letter]) -> None:
        for letter in letters:
            sys.stdout.buffer.write(letter.json + b"\n")
        sys.stdout.buffer.flush()

    def end() -> None:
        os.close(write)
        thread.join()
        os.close(read)

    stack.callback(end)
    yield Row("stdout", piped(deliver), {"sys.stdout.buffer.write": piped(plain)})


def object_rows(stack: ExitStack, directory: Path) -> Iterator[Row]:
    """Object storage, on disk and on S3, beside obstore putting the same compressed bytes."""
    for place in ("sink", "plain", "s3"):
        (directory / place).mkdir()
    server = stack.enter_context(run_s3(directory / "s3"))
    keys = {"access_key_id": server.access_key_id, "secret_access_key": server.secret_access_key}
    s3 = {"endpoint": server.endpoint, **keys}
    make: Any = obstore.store.from_url
    stores = {
        "objects, directory": make((directory / "plain").as_uri()),
        "objects, S3": make(
            f"s3://{server.bucket}/plain", config={**s3, "region": "us-east-1"}, client_options={"allow_http": True}
        ),
    }
    sinks = {
        "objects, directory": sink("objects", url=str(directory / "sink")),
        "objects, S3": sink("objects", url=f"s3://{server.bucket}/sink", allow_http=True, **s3),
    }
    for name, store in stores.items():

        def put(batch: str, letters: Sequence[Letter], store: Any = store) -> None:
            body = b"\n".join(letter.json for letter in letters)
            obstore.put(store, f"{batch}.jsonl.zst", zstandard.ZstdCompressor(3).compress(body), mode="create")

        yield Row(name, sinks[name], {"zstandard and obstore.put": put})


GROUPS: Final[dict[str, tuple[Callable[[ExitStack, Path], Iterator[Row]], str]]] = {
    "redis": (redis_rows, ""),
    "amqp": (rabbitmq_rows, "" if rabbitmq_installed() and find_spec("pika") else "rabbitmq-server or pika"),
    "kafka": (kafka_rows, "" if find_spec("confluent_kafka") else "confluent-kafka"),
    "nats": (nats_rows, "" if find_spec("nats") else "nats-py"),
    "webhook": (http_rows, ""),
    "stdout": (stdout_rows, ""),
    "objects": (object_rows, ""),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One way in one round: milliseconds of CPU a record, and records a second by the clock."""

    cpu: float
    rate: float


def timed(deliver: Deliver, made: Sequence[tuple[str, bytes]]) -> Figure:
    """Deliver all records in batches whose names and message ids nobody had before."""
    at = time.time_ns() // 1_000_000
    batches = []
    for first in range(0, len(made), BATCH):
        number = next(_NUMBERS)
        letters = [Letter(f"{number}-{n}", key, text) for n, (key, text) in enumerate(made[first:][:BATCH])]
        batches.append((f"bench-0-{at}-{number}-{at}-{number}", letters))
    cpu, clock = time.process_time(), time.perf_counter()
    for batch, letters in batches:
        deliver(batch, letters)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    return Figure(cpu * 1000 / len(made), len(made) / clock)


def compare(rows: Sequence[Row], made: Sequence[tuple[str, bytes]], rounds: int) -> None:
    """Let all ways take turns, and print a line each."""
    figures: dict[tuple[str, str], list[Figure]] = {}
    for turn in range(rounds + 1):
        for row in rows:
            for name, way in {"": row.sink, **row.plain}.items():
                figure = timed(way, made[: BATCH if turn == 0 else None])
                row.empty()
                if turn:  # the first round is to get warm
                    figures.setdefault((row.name, name), []).append(figure)
    for row in rows:
        ours = figures[row.name, ""]
        _line(row.name, ours, ours)
        for name in row.plain:
            _line(f"- {name}", figures[row.name, name], ours)


def _line(name: str, own: Sequence[Figure], ours: Sequence[Figure]) -> None:
    cpu, rate = statistics.median(f.cpu for f in own), statistics.median(f.rate for f in own)
    ratio = statistics.median(mine.cpu / theirs.cpu for mine, theirs in zip(ours, own, strict=True))
    speed = statistics.median(mine.rate / theirs.rate for mine, theirs in zip(ours, own, strict=True))
    compared = f"{ratio:.2f} | {speed:.2f}" if own is not ours else " | "
    print(f"| {name} | {cpu:.3f} | {rate:,.0f} | {compared} |", flush=True)


def main() -> None:
    """Start the servers, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    arguments = parser.parse_args()
    made = records(arguments.records)
    size = statistics.median(len(text) for _, text in made)
    print(f"{len(made)} records of {size:,.0f} bytes (median), batches of {BATCH}, {arguments.rounds} rounds\n")
    print("| way | CPU ms a record | records a second | the sink's CPU / its | the sink's rate / its |")
    print("| --- | --- | --- | --- | --- |")
    for name in arguments.only:
        make, missing = GROUPS[name]
        if missing:
            print(f"| {name}: not run, {missing} is not installed | | | | |")
            continue
        with ExitStack() as stack:
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cd", ignore_cleanup_errors=True)))
            compare(list(make(stack, directory)), made, arguments.rounds)


if __name__ == "__main__":
    main()
