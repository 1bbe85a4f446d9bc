"""The sink `stdout` in processes of its own: whole lines, also of several; a reader that is slow or gone."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections import Counter
from typing import IO

import pytest

from tests.integration.line import ROOT

SCRIPT = """
import sys, json
from worker.errors import TransientError
from worker.ports import Letter
from worker.registry import build_sink

who, count, size, seconds = sys.argv[1], *map(int, sys.argv[2:5])
sink = build_sink("out", "stdout", {"timeout_seconds": seconds, "element": sys.argv[5]})
records = [json.dumps({"id": f"{who}{n}", "text": "x" * size}).encode() for n in range(count)]
letters = [Letter(f"m{n}", f"{who}{n}", record) for n, record in enumerate(records)]
sys.stdout = sys.stderr
try:
    print(sink.check(), sink.deliver("a-0-1-0-2-0", letters).location, file=sys.stderr)
except TransientError as exc:
    print(exc, file=sys.stderr)
    sys.exit(9)
"""


def started(
    out: int | IO[bytes], who: str, count: int, size: int, element: str = "record", seconds: int = 20
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, who, str(count), str(size), str(seconds), element],
        stdout=out,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )


def test_each_record_is_a_line_whatever_became_of_sys_stdout() -> None:
    process = started(subprocess.PIPE, "r", 3, 20_000)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["r0", "r1", "r2"]
    assert err == b"standard output is open stdout\n"
    process = started(subprocess.PIPE, "r", 1, 3, "envelope")
    out, _ = process.communicate(timeout=20)
    assert json.loads(out) == {"id": "r0", "message": "m0", "record": {"id": "r0", "text": "xxx"}}


def test_lines_of_processes_that_share_a_pipe_are_not_mixed() -> None:
    read, write = os.pipe()
    processes = [started(write, who, 40, 9_000) for who in "abcd"]
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines()
    for process in processes:
        process.communicate(timeout=20)
    assert Counter(json.loads(line)["id"][0] for line in lines) == dict.fromkeys("abcd", 40)


@pytest.mark.parametrize("gone", [False, True])
def test_reader_that_is_slow_or_gone_puts_the_batch_off(gone: bool) -> None:
    read, write = os.pipe()
    process = started(write, "r", 100, 9_000, seconds=1)
    os.close(write)
    if gone:
        os.close(read)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 9
    assert (b"Broken pipe" if gone else b"nobody reads") in err
    assert b"'out'" in err
    if not gone:
        os.close(read)


def test_line_that_a_killed_process_left_unfinished_is_ended_before_the_batch_comes_again() -> None:
    read, write = os.pipe()
    first = started(write, "r", 100, 9_000)  # a pipe holds 64 KiB: it stands still within a line
    while select.select([], [write], [], 0)[1]:
        time.sleep(0.01)
    first.kill()
    first.communicate(timeout=20)
    second = started(write, "r", 100, 9_000)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines()
    second.communicate(timeout=20)
    assert second.returncode == 0
    good, torn = [], []
    for line in lines:
        try:
            good.append(json.loads(line)["id"])
        except ValueError:
            torn.append(line)
    assert len(torn) == 1
    assert len(good) > 100
    assert good[-100:] == [f"r{n}" for n in range(100)]
