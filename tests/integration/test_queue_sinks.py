"""Queue sinks on real servers: what arrives, once or with its message id, and what is said when it does not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import redis

from tests.servers import RedisServer, closed_port
from worker.errors import ConfigError, TransientError
from worker.ports import Letter
from worker.registry import build_sink
from worker.sinks.redis_list import Options as ListOptions
from worker.sinks.redis_list import RedisList

BATCH = "default-0-1767225600000-0-1767225600123-7"
LATER = "default-0-1767225600124-0-1767225600200-0"
OTHER = "news-0-1767225600000-0-1767225600100-0"
RECORDS = [orjson.dumps({"id": f"r{n}", "headline": "é" * n}) for n in range(50)]
LETTERS = [Letter(f"m{n}", f"r{n}", record) for n, record in enumerate(RECORDS)]


def test_redis_list_takes_each_batch_once(any_redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    sink = RedisList("down", ListOptions(url=any_redis_server.url, list="finished"))
    for batch in (BATCH, BATCH, LATER, BATCH, OTHER, LATER, OTHER):
        assert sink.deliver(batch, LETTERS).location == "finished"
    assert client.lrange("finished", 0, -1) == RECORDS * 3
    assert "150 elements" in sink.check()


def test_redis_list_of_envelopes_and_of_more_than_lua_takes_at_once(any_redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    sink = RedisList("down", ListOptions(url=any_redis_server.url, list="{a}finished", element="envelope"))
    many = [Letter(f"m{n}", f"r{n}", b'{"n":%d}' % n) for n in range(10_001)]
    sink.deliver(BATCH, many)
    got: Any = client.lrange("{a}finished", 0, -1)
    assert [orjson.loads(item) for item in got] == [
        {"id": f"r{n}", "message": f"m{n}", "record": {"n": n}} for n in range(10_001)
    ]


def test_redis_list_failures(any_redis_server: RedisServer) -> None:
    client = redis.Redis.from_url(any_redis_server.url)
    client.flushall()
    client.set("finished", "no list")
    with pytest.raises(ConfigError, match=r"'down'.*another type"):
        RedisList("down", ListOptions(url=any_redis_server.url, list="finished")).deliver(BATCH, LETTERS)
    wrong = any_redis_server.url.replace("unix://", "unix://me:secret-word@")
    with pytest.raises(ConfigError, match=r"'down'.*refuses") as caught:
        RedisList("down", ListOptions(url=wrong, list="finished")).deliver(BATCH, LETTERS)
    assert "secret-word" not in f"{caught.value} {ListOptions(url=wrong, list='finished')!r}"
    gone = RedisList("down", ListOptions(url=f"redis://127.0.0.1:{closed_port()}", list="finished"))
    with pytest.raises(TransientError, match="'down'"):
        gone.deliver(BATCH, LETTERS)


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("redis_list", {"url": "redis://x"}, "list"),
        ("redis_list", {"url": "nonsense", "list": "x"}, "address"),
        ("redis_list", {"url": "redis://:secret/word@x", "list": "x"}, "address"),
        ("redis_list", {"url": "redis://x", "list": "x", "element": "xml"}, "xml"),
        ("redis_list", {"url": "redis://x", "list": "x", "timeout_seconds": 0}, "timeout_seconds"),
    ],
)
def test_wrong_options_refuse_the_start(kind: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_sink("mine", kind, options)
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
