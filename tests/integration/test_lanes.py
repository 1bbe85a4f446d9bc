"""Lanes as operators steer them: stopped by a bad deploy and started, served in order; quarantine by groups; health."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis

from tests.integration.line import Ledger, Worker, drained, start_worker, wait_until
from tests.integration.test_cli import copydesk, lines
from tests.integration.test_kill import LANE, ONLY_INTAKE, push_until_stored, story
from tests.servers import RedisServer
from worker.client import Client, ClientOptions, Item
from worker.intake.lane import Lane, ensure_group

RUBBISH = b"\x00\x01\x02"


@pytest.fixture
def environ(redis_server: RedisServer) -> dict[str, str]:
    return {"COPYDESK_REDIS__URL": redis_server.url}


def states(environ: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in orjson.loads(copydesk("lanes", "ls", "--json", environ=environ).stdout)}


def test_bad_deploy_stops_the_lane_instead_of_emptying_it_into_quarantine(
    redis_server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    guarded = {"COPYDESK_INTAKE__GUARD_WINDOW": "50", "COPYDESK_PIPELINE__FORMATS": "json"}  # the bad deploy
    client = redis.Redis.from_url(redis_server.url)
    entries = push_until_stored(redis_server.url, [Item(story(n), id=str(n)) for n in range(1500)])
    worker = start_worker(redis_server.url, tmp_path, guarded, *ONLY_INTAKE)
    try:
        wait_until(lambda: bool(client.hexists(LANE.state, "stopped")), 30, "the lane is stopped")
        time.sleep(1.5)
        lost_at_most = 50 + 3 * 16 + 3 * 16  # the window, and what each process had in hand
        assert 0 < client.xlen(LANE.quarantine) <= lost_at_most
        assert client.xlen(LANE.intake) == 1500 - client.xlen(LANE.quarantine)
        assert client.xpending(LANE.intake, "workers")["pending"] == 0
        told = copydesk("lanes", "ls", environ=environ)
        assert told.returncode == 1
        assert b"of the last 50 payloads failed" in told.stdout
        health = copydesk("health", "--intake-only", environ=environ)
        assert health.returncode == 1
        assert b"copydesk lanes start default" in health.stderr
    finally:
        worker.stop()

    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)  # the good one
    try:
        done = copydesk("quarantine", "requeue", "--cause", "format_unknown", environ=environ)
        assert done.returncode == 0, done.stderr
        assert copydesk("lanes", "start", "default", environ=environ).stdout == b"lane default is started\n"
        wait_until(drained(client, LANE), 60, "all is processed")
        ledger = Ledger.read(client, LANE)
        assert sum(ledger.articles.values()) == len(entries)
        assert not ledger.quarantined
        assert copydesk("health", "--intake-only", environ=environ).stdout == b"healthy\n"
    finally:
        worker.stop()


def test_lane_is_stopped_and_started_by_hand(
    redis_server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        push_until_stored(redis_server.url, [Item(story(0))])
        wait_until(drained(client, LANE), 30, "it works")
        assert copydesk("lanes", "stop", "default", "--reason", "moving", environ=environ).returncode == 0
        push_until_stored(redis_server.url, [Item(story(1))])
        time.sleep(1.5)
        assert client.xlen(LANE.intake) == 1
        assert states(environ)["default"]["stopped"] == "moving"
        copydesk("lanes", "start", "default", environ=environ)
        wait_until(drained(client, LANE), 10, "it goes on")
        assert copydesk("lanes", "stop", "nowhere", environ=environ).returncode == 2
    finally:
        worker.stop()


def test_entries_of_a_newer_contract_wait_and_come_back_to_workers_that_know_it(
    redis_server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.xadd(LANE.intake, {"payload": story(1), "v": "2", "new_field": "x"})
    client.xadd(LANE.intake, {"payload": story(2), "v": "99"})
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        wait_until(drained(client, LANE), 30, "both are out of the way")
        assert (client.xlen(LANE.newer), client.xlen(LANE.quarantine), client.xlen(LANE.articles)) == (2, 0, 0)
        assert states(environ)["default"]["newer"] == 2
    finally:
        worker.stop()
    newer = tmp_path / "newer_app.py"
    newer.write_text("import worker.entry\nworker.entry.PAYLOAD_VERSION = 2\nimport worker.app\napp = worker.app.app\n")
    path = f"{Path(__file__).parents[2]}:{tmp_path}"
    worker = start_worker(redis_server.url, tmp_path, {"PYTHONPATH": path}, *ONLY_INTAKE, app="newer_app")
    try:
        wait_until(lambda: client.xlen(LANE.articles) == 1, 30, "the one that the new worker knows is processed")
        assert client.xlen(LANE.newer) == 1
    finally:
        worker.stop()


def test_health_looks_at_progress_and_not_at_processes(redis_server: RedisServer, environ: dict[str, str]) -> None:
    assert copydesk("health", environ=environ).returncode == 0, "an idle line is healthy"
    push_until_stored(redis_server.url, [Item(story(1))])
    assert copydesk("health", environ=environ).returncode == 0, "it waits for a moment only"
    time.sleep(1.1)
    done = copydesk("health", "--seconds", "1", "--json", environ=environ)
    assert done.returncode == 1
    assert re.search("1 payloads wait, .* none was settled ever", orjson.loads(done.stdout)["problems"][0])
    redis_server.kill()
    assert copydesk("health", environ=environ).returncode == 2
    redis_server.restart()


@pytest.fixture
def failed(redis_server: RedisServer, tmp_path: Path) -> redis.Redis:
    """A lane with seven payloads in quarantine, of two publishers and a source."""
    items = [Item(RUBBISH, url=f"https://news.example.org/{n}") for n in range(4)]
    items += [Item(b"", url="https://www.example.com/a"), Item(RUBBISH, url="https://example.com/b")]
    items += [Item(RUBBISH, source="a crawler")]
    client = redis.Redis.from_url(redis_server.url)
    push_until_stored(redis_server.url, items)
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    wait_until(lambda: client.xlen(LANE.quarantine) == 7, 30, "all failed")
    worker.stop()
    return client


def test_quarantine_is_grouped_filtered_exported_and_put_back_by_group(
    failed: redis.Redis, environ: dict[str, str], tmp_path: Path
) -> None:
    told = copydesk("quarantine", "ls", "--limit", "2", environ=environ).stdout.decode()
    assert "example.org: 4" in told
    assert "example.com: 1" in told
    assert "a crawler: 1" in told
    assert told.count("https://news.example.org/") == 2, "samples"
    rows = lines(copydesk("quarantine", "ls", "--json", "--publisher", "example.com", environ=environ).stdout)
    assert len(rows) == 2
    assert "empty" in {row["cause"] for row in rows}
    assert lines(copydesk("quarantine", "ls", "--json", "--until", "1h", environ=environ).stdout) == []

    target = tmp_path / "export"
    assert copydesk("quarantine", "export", str(target), "--publisher", "example.org", environ=environ).returncode == 0
    assert [path.read_bytes() for path in target.rglob("*.payload")] == [RUBBISH] * 4
    about = orjson.loads(next(target.rglob("*.json")).read_bytes())
    assert about["publisher"] == "example.org"
    assert about["fields"]["url"].startswith("https://news.example.org/")
    assert failed.xlen(LANE.quarantine) == 7

    group = ("--publisher", "example.org", "--cause", about["cause"])
    dry = copydesk("quarantine", "requeue", *group, "--dry-run", environ=environ)
    assert dry.stdout == b"4 payloads would go back to lane default\n"
    assert failed.xlen(LANE.intake) == 0
    assert copydesk("quarantine", "requeue", *group, environ=environ).returncode == 0
    assert (failed.xlen(LANE.intake), failed.xlen(LANE.quarantine)) == (4, 3)
    dry = copydesk("quarantine", "drop", "--publisher", "a crawler", "--dry-run", environ=environ)
    assert dry.stdout == b"1 payloads would be deleted\n"
    assert copydesk("quarantine", "drop", "--all", "--yes", environ=environ).stdout == b"3 payloads are deleted\n"
    assert copydesk("quarantine", "requeue", environ=environ).returncode == 2


def test_requeued_payload_is_never_refused_as_seen(
    redis_server: RedisServer, environ: dict[str, str], tmp_path: Path
) -> None:
    client = redis.Redis.from_url(redis_server.url)
    good = [Item(story(n), id=f"story-{n}") for n in range(5)]
    push_until_stored(redis_server.url, good)
    worker = start_worker(redis_server.url, tmp_path, {"COPYDESK_PIPELINE__FORMATS": "json"}, *ONLY_INTAKE)
    wait_until(lambda: client.xlen(LANE.quarantine) == 5, 30, "all failed")
    worker.stop()
    copydesk("quarantine", "requeue", "--all", environ=environ)
    worker = start_worker(redis_server.url, tmp_path, {}, *ONLY_INTAKE)
    try:
        wait_until(lambda: client.xlen(LANE.articles) == 5, 30, "all came through")
        entries: Any = client.xrange(LANE.articles)
        assert {fields[b"verdict"] for _, fields in entries} == {b"new"}
    finally:
        worker.stop()


def test_second_sigterm_hands_back_at_once(redis_server: RedisServer, tmp_path: Path) -> None:
    path = {"PYTHONPATH": f"{Path(__file__).parents[2]}:{Path(__file__).parent}", "COPYDESK_LIMITS__SOFT_SECONDS": "20"}
    path |= {"COPYDESK_LIMITS__HARD_SECONDS": "60", "COPYDESK_INTAKE__LEASE_SECONDS": "90"}
    client = redis.Redis.from_url(redis_server.url)
    ensure_group(client, LANE.intake, "workers")
    slow = Item(b"%POISON spin", id="slow")
    entries = push_until_stored(redis_server.url, [slow, *(Item(story(n), id=str(n)) for n in range(40))])
    worker = start_worker(redis_server.url, tmp_path, path, "--concurrency", "1", "-Q", "copydesk", app="poison_app")
    try:
        wait_until(lambda: client.xpending(LANE.intake, "workers")["pending"] > 0, 30, "it is in hand")
        time.sleep(0.5)
        os.kill(worker.process.pid, signal.SIGTERM)
        time.sleep(1)
        assert worker.process.poll() is None, "it waits for the one in hand"
        os.kill(worker.process.pid, signal.SIGTERM)
        worker.process.wait(10)
    finally:
        worker.kill_tree()
    heir = start_worker(redis_server.url, tmp_path, {"COPYDESK_INTAKE__LEASE_SECONDS": "90"}, *ONLY_INTAKE)
    try:
        # Far below the lease of 90 seconds: the entries were handed back, nobody had to wait for it.
        wait_until(drained(client, LANE), 25, "another worker takes over at once")
        assert Ledger.read(client, LANE).problems(entries) == {"lost": [], "doubled": [], "strange": []}
    finally:
        heir.stop()


def test_rolling_restart_under_load_loses_and_doubles_nothing(redis_server: RedisServer, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_server.url)
    for name in "ab":
        (tmp_path / name).mkdir()
    arguments = ("--concurrency", "1", "-Q", "copydesk")
    workers: dict[str, Worker] = {
        name: start_worker(redis_server.url, tmp_path / name, {}, *arguments, "-n", f"{name}@test") for name in "ab"
    }
    entries: list[str] = []
    try:
        for round_ in range(3):
            for name in "ab":
                start = len(entries)
                batch = [Item(story(n), id=str(n)) for n in range(start, start + 400)]
                entries += push_until_stored(redis_server.url, batch)
                done = client.xlen(LANE.articles)
                wait_until(lambda done=done: client.xlen(LANE.articles) > done + 20, 40, "there is load")  # type: ignore[misc]
                wait_until(lambda one=workers[name]: bool(one.children()), 40, "it is up")  # type: ignore[misc]
                assert workers[name].stop() == 0, round_
                again = start_worker(redis_server.url, tmp_path / name, {}, *arguments, "-n", f"{name}@test")
                workers[name] = again
        wait_until(drained(client, LANE), 90, "drained")
        ledger = Ledger.read(client, LANE)
        assert ledger.problems(entries) == {"lost": [], "doubled": [], "strange": []}
        assert not ledger.quarantined
        assert int(client.hget(LANE.state, "redelivered") or 0) == 0, "a warm restart reprocesses nothing"
    finally:
        for worker in workers.values():
            worker.kill_tree()


def test_urgent_lane_goes_before_a_backfill(redis_server: RedisServer, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_server.url)
    lanes = {"COPYDESK_INTAKE__LANES": "breaking,backfill"}
    breaking, backfill = Lane("breaking"), Lane("backfill")
    with Client(redis_server.url, ClientOptions(lane="backfill")) as producer:
        list(producer.push_many([Item(story(n)) for n in range(3000)]))
    worker = start_worker(redis_server.url, tmp_path, lanes, *ONLY_INTAKE)
    try:
        wait_until(lambda: client.xlen(backfill.articles) > 20, 30, "the backfill is in work")
        with Client(redis_server.url, ClientOptions(lane="breaking")) as producer:
            list(producer.push_many([Item(story(n)) for n in range(5000, 5300)]))
        wait_until(lambda: client.xlen(breaking.articles) > 20, 20, "the urgent ones are in work")
        settled = client.xlen(backfill.articles)
        wait_until(drained(client, breaking), 30, "the urgent ones are done")
        assert client.xlen(backfill.articles) - settled < 60, "meanwhile the backfill only finished what it had in hand"
        assert client.xlen(backfill.intake) > 1000
    finally:
        worker.kill_tree()


def test_lanes_share_the_pool_by_weight(redis_server: RedisServer, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_server.url)
    config = tmp_path / "copydesk.toml"
    config.write_text(
        '[intake]\nlanes = ["a", "b"]\norder = "weighted"\nslice_seconds = 0.2\n[lanes.a]\nweight = 3\n'
        "[lanes.b]\nweight = 1\n"
    )
    for name, first in (("a", 0), ("b", 10_000)):  # none is a copy of another's, which would take less time
        with Client(redis_server.url, ClientOptions(lane=name)) as producer:
            producer.push_many([Item(story(n)) for n in range(first, first + 2500)])
    environ = {"COPYDESK_CONFIG": str(config), "COPYDESK_INTAKE__SLICE_SECONDS": "0.2"}
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "1", "-Q", "copydesk")
    try:
        wait_until(lambda: client.xlen(Lane("a").articles) > 700, 60, "enough is done to tell")
        a, b = (client.xlen(Lane(name).articles) for name in ("a", "b"))
        assert 1.8 < a / b < 5, (a, b)
    finally:
        worker.kill_tree()
