"""The client for producers, on real servers: what it stores, what it says when it cannot, and what a kill costs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest
import redis

from tests.integration.line import ROOT, start_worker, wait_until
from tests.integration.test_kill import story
from tests.integration.test_sinks import in_child
from tests.servers import RedisServer, S3Server, closed_port
from worker.client import (
    AsyncClient,
    Client,
    ClientOptions,
    IntakeFull,
    IntakeRefused,
    IntakeUnreachable,
    Item,
    PayloadTooLarge,
    Ready,
    new_traceparent,
)
from worker.errors import ConfigError, PayloadError, TransientError
from worker.intake.admission import Marks, set_marks
from worker.intake.claim_check import claim_key, fetch_claim
from worker.intake.lane import GROUP, Lane, ensure_group
from worker.storage.store import Store, StoreOptions
from worker.wire import SizeLimits, read_entry

LANE = Lane("default")
RAISE = ClientOptions(when_full="raise")


@pytest.fixture
def url(any_redis_server: RedisServer) -> str:
    with redis.Redis.from_url(any_redis_server.url) as connection:
        connection.flushall()
    return any_redis_server.url


@pytest.fixture
def server(url: str) -> Iterator[redis.Redis]:
    connection = redis.Redis.from_url(url)
    yield connection
    connection.config_set("maxmemory", 0)
    connection.close()


def entries(server: redis.Redis) -> list[tuple[str, dict[bytes, bytes]]]:
    rows = cast("list[tuple[bytes, dict[bytes, bytes]]]", server.xrange(LANE.intake))
    return [(row_id.decode(), fields) for row_id, fields in rows]


def test_push_many_stores_without_being_iterated(url: str, server: redis.Redis) -> None:
    with Client(url) as client:
        ids = client.push_many(Item(b"%d" % n, url=f"https://a.example/{n}") for n in range(250))
    assert [entry for entry, _ in entries(server)] == ids
    assert [fields[b"payload"] for _, fields in entries(server)] == [b"%d" % n for n in range(250)]


def test_push_iter_is_lazy_and_stores_batch_by_batch(url: str, server: redis.Redis) -> None:
    with Client(url, ClientOptions(batch_count=10)) as client:
        stream = client.push_iter(Item(b"x") for _ in range(25))
        assert server.xlen(LANE.intake) == 0
        next(stream)
        assert server.xlen(LANE.intake) == 10
        assert len(list(stream)) == 24
    assert server.xlen(LANE.intake) == 25


def test_batches_end_at_their_bytes(url: str, server: redis.Redis) -> None:
    with Client(url, ClientOptions(batch_bytes=1000)) as client:
        stream = client.push_iter(Item(b"x" * 400) for _ in range(5))
        next(stream)
        assert server.xlen(LANE.intake) == 2
        del stream
        assert len(client.push_many([Item(b"y" * 5000), Item(b"z")])) == 2, "a large one has a batch of its own"


def test_all_kinds_of_items_and_every_field(url: str, server: redis.Redis) -> None:
    trace = new_traceparent()
    with Client(url) as client:
        client.push(
            "grüße", type="text/plain", url="u", source="s", id="i", fetched_at="f", hints={"a": 1}, trace=trace
        )
        client.push_many([{b"payload": b"bare"}, Ready({b"payload": b"ready"}), Item(b"c" * 100_000, name="n")])
    (_, first), (_, bare), (_, ready), (_, large) = entries(server)
    assert first == {
        b"payload": "grüße".encode(),
        b"v": b"1",
        b"hints": b'{"a":1}',
        b"trace": trace.encode(),
        **{name.encode(): value.encode() for name, value in zip(FIELDS, ("text/plain", *"usif"), strict=True)},
    }
    assert (bare, ready) == ({b"payload": b"bare"}, {b"payload": b"ready"})
    assert (large[b"enc"], len(large[b"payload"]) < 1000) == (b"zstd", True)


FIELDS = ("type", "url", "source", "id", "fetched_at")


def test_trace_is_made_only_when_asked_for(url: str, server: redis.Redis) -> None:
    for made in (False, True):
        with Client(url, ClientOptions(new_trace=made)) as client:
            client.push(b"x")
            client.push(b"x", trace="00-given-as-it-is")
    found = [fields.get(b"trace", b"") for _, fields in entries(server)]
    assert (found[0], found[1], found[3]) == (b"", b"00-given-as-it-is", b"00-given-as-it-is")
    version, trace_id, parent, flags = found[2].decode().split("-")
    assert (version, len(trace_id), len(parent), flags) == ("00", 32, 16, "01")


def test_idempotency_keys_hold_across_calls_and_within_a_batch(url: str, server: redis.Redis) -> None:
    with Client(url) as client:
        first = client.push_many([Item(b"a", id="k"), Item(b"b", id="k"), Item(b"c", once="k2"), Item(b"d")])
        again = client.push_many([Item(b"c", once="k2"), Item(b"a", id="k"), Item(b"d")])
    assert first[0] == first[1]
    assert again[:2] == [first[2], first[0]]
    assert [fields[b"payload"] for _, fields in entries(server)] == [b"a", b"c", b"d", b"d"]
    assert b"id" not in entries(server)[1][1], "`once` stays out of the entry"
    with Client(url) as client:
        both = client.push_many([Item(b"e", id="k", once="first"), Item(b"e", id="k", once="second")])
        assert both[0] != both[1], "`once` goes before `id`"
        server.xdel(LANE.intake, *both)
    with Client(url, ClientOptions(idempotency_seconds=0.01)) as client:
        client.push(b"e", id="short")
        time.sleep(0.05)
        client.push(b"e", id="short")
    assert server.xlen(LANE.intake) == 6


def test_add_collects_until_count_bytes_or_age(url: str, server: redis.Redis) -> None:
    options = ClientOptions(batch_count=3, batch_bytes=1000, batch_seconds=60)
    with Client(url, options) as client:
        assert [len(client.add(Item(b"x"))) for _ in range(7)] == [0, 0, 3, 0, 0, 3, 0]
        assert len(client.add(Item(b"y" * 2000))) == 2, "the one before and the large one, in order"
        client.add(Item(b"z"))
        assert len(client.flush()) == 1
        client.add(Item(b"left"))
    assert server.xlen(LANE.intake) == 10, "closing sends what is left"
    with Client(url, ClientOptions(batch_seconds=0.05)) as client:
        assert client.add(Item(b"x")) == []
        assert client.flush_due() == []
        time.sleep(0.06)
        assert len(client.flush_due()) == 1


def test_what_add_collected_survives_a_failed_flush(redis_server: RedisServer) -> None:
    options = ClientOptions(batch_count=2)
    client = Client(redis_server.url, options)
    client.add(Item(b"a", id="a"))
    redis_server.kill()
    with pytest.raises(IntakeUnreachable):
        client.add(Item(b"b", id="b"))
    for name in "cde":
        with pytest.raises(IntakeUnreachable):
            client.add(Item(b"x", id=name))
    redis_server.restart()
    assert len(client.flush()) == 5, "each was collected, whatever add raised"
    client.close()
    with redis.Redis.from_url(redis_server.url) as server:
        assert server.xlen(LANE.intake) == 5

    async def work() -> None:
        async with AsyncClient(redis_server.url, ClientOptions(batch_count=2, batch_seconds=0.05)) as other:
            redis_server.kill()
            await other.add(Item(b"x", id="f"))
            await asyncio.sleep(0.2)  # its task meets the error
            for name in "gh":
                with pytest.raises(IntakeUnreachable):
                    await other.add(Item(b"x", id=name))
            redis_server.restart()
            assert len(await other.flush()) == 3

    asyncio.run(work())


def test_async_client_spills_too(url: str, server: redis.Redis, tmp_path: Path) -> None:
    set_marks(server, LANE, Marks(high_entries=3, low_entries=1))

    async def work() -> None:
        async with AsyncClient(url, spill_options(tmp_path, batch_count=2)) as client:
            ids = await client.push_many(Item(b"%d" % n) for n in range(9))
            assert [entry.startswith("spill:") for entry in ids] == [False] * 2 + [True] * 7
            assert client.spilled == 7
            set_marks(server, LANE, Marks())
            assert await client.resend() == 7

    asyncio.run(work())
    assert [fields[b"payload"] for _, fields in entries(server)] == [b"%d" % n for n in range(9)]


def test_errors_say_what_is_known(url: str, server: redis.Redis) -> None:
    with Client(f"redis://127.0.0.1:{closed_port()}/0") as client, pytest.raises(IntakeUnreachable):
        client.push(b"x")
    with Client(url, ClientOptions(largest_bytes=10, compress_over=5000)) as client:
        with pytest.raises(PayloadTooLarge, match="larger than 10"):
            client.push(b"x" * 11)
        assert client.push(b"x" * 10)
    server.set(LANE.intake.replace("default", "wrong"), "no stream")
    with Client(url, ClientOptions(lane="wrong")) as client, pytest.raises(IntakeRefused, match="WRONGTYPE"):
        client.push(b"x")
    for options in (ClientOptions(when_full="spill"), ClientOptions(when_full=cast("Any", "never"))):
        with pytest.raises(ConfigError):
            Client(url, options)


def test_error_in_the_middle_tells_what_was_stored_before(url: str, server: redis.Redis) -> None:
    def items() -> Iterator[Item]:
        for n in range(10):
            yield Item(b"%d" % n)
            if n == 7:  # two batches of three are sent, the third is not
                server.config_set("maxmemory", 1)

    with Client(url, ClientOptions(batch_count=3, when_full="raise")) as client, pytest.raises(IntakeFull) as caught:
        client.push_many(items())
    assert list(caught.value.stored) == [entry for entry, _ in entries(server)]
    assert len(caught.value.stored) == 6


def test_async_client_does_the_same(url: str, server: redis.Redis) -> None:
    async def work() -> None:
        async with AsyncClient(url, ClientOptions(batch_count=3, batch_seconds=0.05)) as client:
            one = await client.push(b"one", url="https://a.example/", id="k")
            assert await client.push(b"one", id="k") == one
            ids = await client.push_many(Item(b"%d" % n) for n in range(7))
            assert [entry for entry, _ in entries(server)] == [one, *ids]
            assert [len(await client.add(Item(b"a"))) for _ in range(4)] == [0, 0, 3, 0]
            for _ in range(100):
                await asyncio.sleep(0.02)
                if server.xlen(LANE.intake) == 12:
                    break
            assert server.xlen(LANE.intake) == 12, "age alone sends it, without a call"
            assert len(await client.add(Item(b"b"))) == 1, "its id is told by the next call"
            await asyncio.gather(*(client.push(b"c") for _ in range(20)))
        assert server.xlen(LANE.intake) == 33, "closing sends what is left"
        gone = AsyncClient(f"redis://127.0.0.1:{closed_port()}/0")
        with pytest.raises(IntakeUnreachable):
            await gone.push(b"x")
        await gone.close()

    asyncio.run(work())


def test_importing_the_client_loads_neither_redis_nor_anything_heavy() -> None:
    code = "import sys, worker.client; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert "worker.client.sync" in loaded
    for name in ("redis", "asyncio", "celery", "kombu", "lxml", "msgspec", "obstore", "structlog", "worker.model"):
        assert name not in loaded
    assert len([name for name in loaded if name.startswith("worker.")]) <= 16


PRODUCER = """
import sys
from worker.client import Client, ClientOptions, Item
with Client(sys.argv[1], ClientOptions(batch_count=7)) as client:
    for entry in client.push_iter(Item(b"%d" % n) for n in range(10**9)):
        print(entry, flush=True)
"""


def test_producer_that_is_killed_loses_only_what_it_was_not_told_is_stored(redis_server: RedisServer) -> None:
    command = [sys.executable, "-c", PRODUCER, redis_server.url]
    told: list[str] = []
    for round_number in range(4):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as producer:
            assert producer.stdout is not None
            lines = [producer.stdout.readline() for _ in range(50 + round_number * 13)]
            producer.kill()
            lines += producer.stdout.readlines()
        told += [line.decode().strip() for line in lines if line.endswith(b"\n")]
    with redis.Redis.from_url(redis_server.url) as server:
        stored = {entry for entry, _ in entries(server)}
        assert set(told) <= stored
        assert len(stored) - len(told) <= 4 * 14, "a batch in hand and one in the pipe, each time"


def test_wait_tells_verdict_quarantine_and_what_it_cannot_tell(redis_server: RedisServer, tmp_path: Path) -> None:
    with redis.Redis.from_url(redis_server.url) as server, Client(redis_server.url) as client:
        ensure_group(server, LANE.intake, GROUP)
        good = client.push(story(1), id="one")
        assert client.wait([good], timeout=0.05)[good].state == "pending"
        several = client.push((ROOT / "examples" / "items.jsonl").read_bytes())
        bad = client.push(b"\x89PNG" + bytes(100))
        twin = client.push(story(1))
        notice = client.push(b"notice", hints={"withdraw": {"id": "r", "reason": "x"}})
        worker = start_worker(redis_server.url, tmp_path, {}, "--concurrency", "1", "-Q", "copydesk")
        try:
            found = client.wait([bad, good, several, twin, notice], timeout=60)
        finally:
            worker.kill_tree()
        assert list(found) == [bad, good, several, twin, notice]
        assert (found[bad].state, found[bad].cause) == ("quarantined", "format_unknown")
        assert [row["payload_id"] for row in found[good].records] == ["one"]
        assert found[twin].records[0]["verdict"]["of"] == found[good].records[0]["id"]
        assert len(found[several].records) > 1
        assert found[notice].state == "unknown", "a notice leaves no trace"
        assert client.push(story(1), id="one") == good
        assert client.wait([good], timeout=5)[good].state == "done", "asked again, told again"

        async def ask() -> str:
            async with AsyncClient(redis_server.url) as other:
                return (await other.wait([bad], timeout=5))[bad].state

        assert asyncio.run(ask()) == "quarantined"


def test_wait_reads_a_long_trace_to_its_end_whatever_the_time(url: str, server: redis.Redis) -> None:
    """Settled entries are told even when time is over, and one that hangs does not hide those behind it."""
    with Client(url) as client:
        ids = client.push_many(Item(b"%d" % n) for n in range(2500))
        for entry in ids[1:]:
            server.xadd(LANE.trace, {"id": "r", "entry": entry, "trace": b'{"id":"r"}'})
        server.xdel(LANE.intake, *ids[1:])
        found = client.wait(ids, timeout=0)
    assert [found[entry].state for entry in ids] == ["pending"] + ["done"] * 2499


def test_wait_with_the_trace_switched_off_still_ends(redis_server: RedisServer, tmp_path: Path) -> None:
    off = {"COPYDESK_DEDUPE__TRACE_MOST": "0"}
    worker = start_worker(redis_server.url, tmp_path, off, "--concurrency", "1", "-Q", "copydesk")
    try:
        with Client(redis_server.url) as client:
            ids = client.push_many([Item(story(n)) for n in range(30)] + [Item(b"")])
            found = client.wait(ids, timeout=60)
    finally:
        worker.kill_tree()
    assert [found[entry].state for entry in ids] == ["unknown"] * 30 + ["quarantined"]


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    if request.param == "directory":
        return {"url": str(tmp_path / "claims")}
    s3: S3Server = request.getfixturevalue("s3_server")
    return {
        "url": f"s3://{s3.bucket}/offload",
        "access_key_id": s3.access_key_id,
        "secret_access_key": s3.secret_access_key,
        "endpoint": s3.endpoint,
        "allow_http": True,
    }


def test_large_bodies_go_to_object_storage_and_come_back(url: str, server: redis.Redis, place: dict[str, Any]) -> None:
    options = ClientOptions(offload=place, offload_over=2000, compress_over=10**9)
    body = bytes(range(256)) * 20

    def push_and_read() -> None:
        with Client(url, options) as client:
            client.push_many([Item(body, url="https://a.example/"), Item(body), Item(b"small")])

        async def more() -> None:
            async with AsyncClient(url, ClientOptions(offload=place, offload_over=100, compress_over=100)) as other:
                await other.push(b"packed " * 1000 + bytes(range(256)))

        asyncio.run(more())
        store = Store("test", StoreOptions(**place))
        stored = [fields for _, fields in entries(server)]
        assert [b"payload" in fields for fields in stored] == [False, False, True, False]
        limits = SizeLimits()
        read = [read_entry("1-0", fetch_claim(fields, store, 10_000), cast("Any", None), limits) for fields in stored]
        assert [payload.body for payload in read[:3]] == [body, body, b"small"]
        assert read[3].body.startswith(b"packed packed")
        assert read[0].url == "https://a.example/"

    # In a process of its own: where obstore was used once, forked children of later tests hang.
    assert (answer := in_child(push_and_read)) is None, answer


def test_reference_leads_nowhere_but_to_its_own_body(tmp_path: Path) -> None:
    store = Store("test", StoreOptions(url=str(tmp_path)))
    (tmp_path / "secret").write_bytes(b"secret")
    digest = "ab" * 32
    store.create(claim_key(digest), b"another body")
    for ref in (b'{"sha256": "../../secret", "size": 6}', b'{"key": "secret", "size": 6}', b"{", b"[]", b"x" * 5000):
        with pytest.raises(PayloadError, match="fields_invalid"):
            fetch_claim({b"ref": ref}, store, 1000)
    for size in (b"12", b"11", b"13"):
        with pytest.raises(PayloadError, match="not the one"):
            fetch_claim({b"ref": b'{"sha256": "%s", "size": %s}' % (digest.encode(), size)}, store, 1000)
    with pytest.raises(PayloadError, match="too_large"):
        fetch_claim({b"ref": b'{"sha256": "%s", "size": 1001}' % digest.encode()}, store, 1000)
    missing = {b"ref": b'{"sha256": "%s", "size": 6}' % (b"cd" * 32)}
    for where in (store, None):
        with pytest.raises(TransientError):
            fetch_claim(missing, where, 1000)
    assert fetch_claim({b"payload": b"x"}, None, 1) == {b"payload": b"x"}


def test_store_that_fails_is_no_stored_payload(url: str, server: redis.Redis, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    options = ClientOptions(offload={"url": str(tmp_path / "file")}, offload_over=1)
    with Client(url, options) as client, pytest.raises(IntakeUnreachable, match="object storage"):
        client.push(b"x")
    assert server.xlen(LANE.intake) == 0


def fill(url: str, count: int, size: int = 10) -> None:
    with Client(url) as client:
        client.push_many(Item(b"x" * size) for _ in range(count))


def test_lane_closes_at_its_high_mark_and_opens_below_the_low_one(url: str, server: redis.Redis) -> None:
    set_marks(server, LANE, Marks(high_entries=10, low_entries=5))
    with Client(url, RAISE) as client:
        ids = client.push_many([Item(b"x")] * 10)
        with pytest.raises(IntakeFull, match="10 payloads"):
            client.push(b"x", id="later")
        server.xdel(LANE.intake, *ids[:4])
        with pytest.raises(IntakeFull, match="6 payloads"):
            client.push(b"x", id="later")
        server.xdel(LANE.intake, ids[4])
        assert client.push(b"x", id="later")
        with pytest.raises(IntakeFull):
            client.push_many([Item(b"x")] * 5)
        assert server.xlen(LANE.intake) == 6, "of a batch that does not fit nothing is added"
        server.xtrim(LANE.intake, 0, approximate=False)
        assert len(client.push_many([Item(b"x")] * 12)) == 12, "an empty lane takes any batch"
        assert client.push(b"x", id="later"), "what is known needs no room"
    set_marks(server, LANE, Marks())
    fill(url, 20)


def test_entries_of_a_bare_xadd_count_and_are_never_refused(url: str, server: redis.Redis) -> None:
    set_marks(server, LANE, Marks(high_entries=10, low_entries=5, high_bytes=10_000, low_bytes=5000))
    for _ in range(12):
        server.xadd(LANE.intake, {"payload": b"x"})
    with Client(url, RAISE) as client, pytest.raises(IntakeFull, match="12 payloads"):
        client.push(b"y")
    server.xtrim(LANE.intake, 4, approximate=False)
    with Client(url, RAISE) as client:
        client.push(b"y" * 900)
        for _ in range(3):
            server.xadd(LANE.intake, {"payload": b"y" * 900})
        client.push(b"y" * 900)
    held = int(cast("Any", server.hget(LANE.admission, "bytes")))
    assert 4500 > held > 900, "what was added otherwise is taken to be like the rest"


def test_workers_write_the_marks_of_their_settings(redis_server: RedisServer, tmp_path: Path) -> None:
    environ = {
        "COPYDESK_INTAKE__HIGH_ENTRIES": "7",
        "COPYDESK_INTAKE__LOW_ENTRIES": "3",
        "COPYDESK_INTAKE__HIGH_BYTES": "900",
        "COPYDESK_INTAKE__LOW_BYTES": "300",
    }
    worker = start_worker(redis_server.url, tmp_path, environ, "--concurrency", "1", "-Q", "copydesk")
    try:
        with redis.Redis.from_url(redis_server.url) as server:
            wait_until(lambda: server.exists(LANE.admission) == 1, 60, "the worker wrote them")
            found = cast("dict[bytes, bytes]", server.hgetall(LANE.admission))
    finally:
        worker.kill_tree()
    assert found == {b"high_entries": b"7", b"low_entries": b"3", b"high_bytes": b"900", b"low_bytes": b"300"}


def test_bytes_are_estimated_and_an_empty_lane_is_exact(url: str, server: redis.Redis) -> None:
    with Client(url, RAISE) as client:
        ids = client.push_many(Item(b"x" * (1000 if n % 2 else 9000)) for n in range(200))
        held = int(cast("Any", server.hget(LANE.admission, "bytes")))
        assert held == sum(len(k) + len(v) for _, fields in entries(server) for k, v in fields.items())
        set_marks(server, LANE, Marks(high_bytes=1_000_000, low_bytes=600_000))
        with pytest.raises(IntakeFull):
            client.push(b"y")
        server.xdel(LANE.intake, *ids[:100])  # half of the entries, half of the bytes
        assert client.push(b"y")
        assert abs(int(cast("Any", server.hget(LANE.admission, "bytes"))) - held / 2) < held / 20
        server.xtrim(LANE.intake, 0, approximate=False)
        client.push(b"z")
        assert int(cast("Any", server.hget(LANE.admission, "bytes"))) < 100


def test_blocked_client_goes_on_when_there_is_room(url: str, server: redis.Redis) -> None:
    set_marks(server, LANE, Marks(high_entries=10, low_entries=5))
    fill(url, 10)
    code = (
        "import sys; from worker.client import *\n"
        "with Client(sys.argv[1], ClientOptions(block_seconds=60)) as client: print(client.push(b'waited'))"
    )
    with subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE) as waiting:
        wait_until(lambda: server.hget(LANE.admission, "closed") is not None, 20, "it was refused")
        assert waiting.poll() is None
        server.xtrim(LANE.intake, 3, approximate=False)
        told, _ = waiting.communicate(timeout=30)
    assert told.decode().strip() == entries(server)[-1][0]
    fill_up = ClientOptions(block_seconds=0.2)
    with Client(url, fill_up) as client, pytest.raises(IntakeFull):
        client.push_many([Item(b"x")] * 10)


def test_async_client_blocks_without_holding_up_the_loop(url: str, server: redis.Redis) -> None:
    set_marks(server, LANE, Marks(high_entries=10, low_entries=5))
    fill(url, 10)

    async def work() -> int:
        async with AsyncClient(url, ClientOptions(block_seconds=30)) as client:
            push = asyncio.create_task(client.push(b"waited"))
            turns = 0
            while not push.done():
                await asyncio.sleep(0.01)
                turns += 1
                if turns == 20:
                    server.xtrim(LANE.intake, 0, approximate=False)
            await push
            return turns

    assert asyncio.run(work()) >= 20
    assert server.xlen(LANE.intake) == 1


SPILLER = """
import sys, time
from worker.client import Client, ClientOptions, Item
options = ClientOptions(when_full="spill", spill_directory=sys.argv[2], batch_count=5)
client = Client(sys.argv[1], options)
for entry in client.push_iter(Item(b"%d" % n) for n in range(int(sys.argv[3]), int(sys.argv[4]))):
    print(entry, flush=True)
    time.sleep(float(sys.argv[5]))
"""


def spill_options(directory: Path, **more: Any) -> ClientOptions:
    return ClientOptions(when_full="spill", spill_directory=str(directory), **more)


def test_spilled_payloads_are_sent_later_in_order(url: str, server: redis.Redis, tmp_path: Path) -> None:
    set_marks(server, LANE, Marks(high_entries=10, low_entries=5))
    with Client(url, spill_options(tmp_path / "spill", batch_count=4)) as client:
        ids = client.push_many(Item(b"%d" % n, id=f"id{n}") for n in range(30))
        assert [entry.startswith("spill:") for entry in ids] == [False] * 8 + [True] * 22
        assert client.spilled == 22
        assert client.wait(ids[-1:], timeout=0)[ids[-1]].state == "spilled"
        while client.spilled:
            server.xtrim(LANE.intake, 0, approximate=False)
            before = client.spilled
            sent = client.resend()
            assert client.spilled == before - sent
            bodies = [fields[b"payload"] for _, fields in entries(server)]
            assert bodies == [b"%d" % n for n in range(30 - before, 30 - before + sent)]
        assert client.push(b"next").startswith("spill:") is False
    assert sorted(path.name for path in (tmp_path / "spill").iterdir()) == ["lock", "position"]


def test_spill_has_one_owner(url: str, tmp_path: Path) -> None:
    with Client(url, spill_options(tmp_path)), pytest.raises(Exception, match="another client spills"):
        Client(url, spill_options(tmp_path))


def flush_always(server: RedisServer) -> None:
    """Set appendfsync to always: with everysec a server that is killed during a slow fsync loses what it answered."""
    with redis.Redis.from_url(server.url) as connection:
        connection.config_set("appendfsync", "always")


def test_spill_survives_kills_of_producer_and_server(redis_server: RedisServer, tmp_path: Path) -> None:
    """Producer and server are killed again and again; each payload that was told of is there once, in the end."""
    directory = tmp_path / "spill"
    told = 0
    done = 0
    flush_always(redis_server)
    for round_number in range(5):
        if round_number % 2:
            redis_server.kill()
        command = [sys.executable, "-c", SPILLER, redis_server.url, str(directory), str(done), "100000", "0.001"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as producer:
            assert producer.stdout is not None
            lines = [producer.stdout.readline() for _ in range(60)]
            producer.kill()
            lines += producer.stdout.readlines()
        told += len([line for line in lines if line.endswith(b"\n")])
        done += 1000  # the next producer's numbers
        if round_number % 2:
            redis_server.restart()
            flush_always(redis_server)
    with Client(redis_server.url, spill_options(directory)) as client:
        client.resend()
        assert client.spilled == 0
    with redis.Redis.from_url(redis_server.url) as server:
        bodies = [int(fields[b"payload"]) for _, fields in entries(server)]
    assert len(bodies) == len(set(bodies)), "none is doubled"
    assert told <= len(bodies) <= told + 5 * 10, "none is lost; a batch or two each time was stored and not told"
    for start in range(0, done, 1000):
        mine = [body for body in bodies if start <= body < start + 1000]
        assert mine == list(range(start, start + len(mine))), "in order and without a gap"


def test_torn_end_of_a_spill_file_is_put_aside(url: str, server: redis.Redis, tmp_path: Path) -> None:
    set_marks(server, LANE, Marks(high_entries=1, low_entries=1))
    fill(url, 1)
    with Client(url, spill_options(tmp_path, batch_count=1)) as client:
        client.push_many([Item(b"a"), Item(b"b")])
    (segment,) = tmp_path.glob("*.spill")
    with segment.open("ab") as file:
        file.write(segment.read_bytes()[:20])
    server.xtrim(LANE.intake, 0, approximate=False)
    set_marks(server, LANE, Marks())
    with Client(url, spill_options(tmp_path)) as client:
        assert client.spilled == 2
        client.push(b"c")
    assert [fields[b"payload"] for _, fields in entries(server)] == [b"a", b"b", b"c"]
    assert [len(path.read_bytes()) for path in tmp_path.glob("*.cut")] == [20], "kept for a person to look at"


def full(server: redis.Redis, room: int) -> Callable[[], None]:
    def set_limit() -> None:
        server.config_set("maxmemory", server.info("memory")["used_memory"] + room)

    return set_limit


@pytest.mark.parametrize("mode", ["raise", "spill"])
def test_full_server_refuses_cleanly_and_all_flows_again(redis_server: RedisServer, tmp_path: Path, mode: str) -> None:
    """Maxmemory with noeviction, and a real worker that drains through it without a restart."""
    arguments = ("--concurrency", "1", "-Q", "copydesk")
    worker = start_worker(redis_server.url, tmp_path, {}, *arguments)
    try:
        with redis.Redis.from_url(redis_server.url) as server:
            options = ClientOptions(when_full=cast("Any", mode), spill_directory=str(tmp_path / "spill"), batch_count=5)
            with Client(redis_server.url, options) as client:
                first = client.push_many([Item(story(1), id="1")])
                assert client.wait(first, timeout=60)[first[0]].state == "done", "the worker is up"
                server.set("ballast", bytes(3_000_000))
                full(server, -500_000)()
                items = [Item(story(n), id=str(n)) for n in range(2, 60)]
                if mode == "raise":
                    with pytest.raises(IntakeFull, match=r"OOM|maxmemory"):
                        client.push_many(items)
                else:
                    assert all(entry.startswith("spill:") for entry in client.push_many(items))
                assert worker.process.poll() is None
                server.delete("ballast")
                if mode == "raise":
                    ids = client.push_many(items)
                    found = client.wait(ids, timeout=60)
                    assert {settled.state for settled in found.values()} == {"done"}
                else:
                    assert client.resend() == 58
                    wait_until(lambda: server.xlen(LANE.intake) == 0, 60, "drained")
            wait_until(lambda: server.xlen(LANE.articles) == 59, 60, "all are articles, once")
    finally:
        worker.kill_tree()


def test_worker_drains_a_full_server(redis_server: RedisServer, tmp_path: Path) -> None:
    """The backlog itself fills the server: producers are refused, the worker makes room, and all flows again."""
    worker = start_worker(redis_server.url, tmp_path, {}, "--concurrency", "2")
    try:
        with redis.Redis.from_url(redis_server.url) as server, Client(redis_server.url, RAISE) as client:
            first = client.push(story(1))
            assert client.wait([first], timeout=60)[first].state == "done", "the worker is up"
            tree = [psutil.Process(worker.process.pid), *worker.children()]
            for process in tree:
                process.suspend()  # so that the backlog grows
            items = [Item(story(n) + b"\n" + b"%d " % n * 2000, id=str(n)) for n in range(2, 400)]
            ids = client.push_many(items[:300])
            full(server, -50_000)()
            with pytest.raises(IntakeFull):
                client.push_many(items[300:])
            for process in reversed(tree):
                process.resume()
            with Client(redis_server.url, ClientOptions(block_seconds=90)) as patient:
                ids += patient.push_many(items[300:])
            found = client.wait(ids, timeout=120)
            assert {settled.state for settled in found.values()} == {"done"}
            assert worker.process.poll() is None
    finally:
        worker.kill_tree()
