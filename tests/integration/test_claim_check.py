"""Claim check through a real worker: large bodies by way of object storage, also when it is late or lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import orjson
import redis

from tests.integration.line import start_worker, wait_until
from tests.integration.test_kill import story
from tests.servers import RedisServer
from worker.client import Client, ClientOptions
from worker.intake.lane import Lane

LANE = Lane("default")


def test_bodies_in_object_storage_are_processed(redis_server: RedisServer, tmp_path: Path) -> None:
    place, away = tmp_path / "claims", tmp_path / "away"
    options = ClientOptions(offload={"url": str(place)}, offload_over=50)
    environ = {
        "COPYDESK_INTAKE__OFFLOAD__URL": str(place),
        "COPYDESK_INTAKE__RETRY_BASE_SECONDS": "0.5",
        "COPYDESK_INTAKE__RETRY_CAP_SECONDS": "1",
    }
    with redis.Redis.from_url(redis_server.url) as server, Client(redis_server.url, options) as client:
        good = client.push(story(1), url="https://a.example/1")
        (body,) = [path for path in place.rglob("*") if path.is_file()]
        late = client.push(story(2))
        (other,) = [path for path in place.rglob("*") if path.is_file() and path != body]
        other.rename(away)
        lie = server.xadd(LANE.intake, {"ref": orjson.dumps({"sha256": "../" * 20 + "etc/passwd", "size": 10})})
        assert isinstance(lie, bytes)
        worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "1", "-Q", "copydesk")
        try:
            found = client.wait([good, lie.decode()], timeout=60)
            wait_until(lambda: server.zcard(LANE.parked) == 1, 30, "the late one is put aside")
            away.rename(other)
            found |= client.wait([late], timeout=60)
        finally:
            worker.kill_tree()
    assert (found[good].state, found[late].state) == ("done", "done")
    assert found[good].records[0]["url"] == "https://a.example/1"
    assert (found[lie.decode()].state, found[lie.decode()].cause) == ("quarantined", "fields_invalid")
