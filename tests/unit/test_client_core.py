"""The client's core without a server: batches, pauses, steps of a push, and the spill against a model of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.client.core import Core, Flow, Send, Sleep, batches, digest_of, pause
from worker.client.options import ClientOptions, Item, Ready
from worker.client.spill import Spill
from worker.errors import IntakeFull, IntakeUnreachable


@given(
    st.lists(st.integers(0, 30), max_size=60),
    st.integers(1, 7),
    st.integers(1, 50),
)
def test_batches_keep_order_and_limits(sizes: list[int], count: int, most: int) -> None:
    items = [Ready({b"payload": b"x" * size}) for size in sizes]
    made = list(batches(items, ClientOptions(batch_count=count, batch_bytes=most)))
    assert [item for batch in made for item in batch] == items
    for batch in made:
        assert 1 <= len(batch) <= count
        assert len(batch) == 1 or sum(item.size for item in batch) <= most


def test_pauses_grow_to_a_second_with_jitter() -> None:
    for tries in range(40):
        longest = min(1.0, 0.05 * 2**tries)
        found = {pause(tries) for _ in range(20)}
        assert len(found) > 1
        assert all(longest / 2 <= seconds <= longest for seconds in found)


def drive(flow: Flow[Any], answers: list[Any]) -> tuple[list[Any], Any]:
    """Answer a flow's steps one by one; an exception among the answers is thrown into it."""
    steps: list[Any] = []
    try:
        step = next(flow)
        while True:
            steps.append(step)
            if isinstance(step, Sleep):
                step = flow.send(None)
            elif isinstance(answer := answers.pop(0), Exception):
                step = flow.throw(answer)
            else:
                step = flow.send(answer)
    except StopIteration as stop:
        return steps, stop.value


def test_blocked_push_sleeps_between_tries_and_sends_the_same() -> None:
    core = Core(ClientOptions(block_seconds=60), None, None)
    batch = [core.ready(Item(b"x", id="k")), core.ready(Item(b"y", once="o")), core.ready(Item(b"z"))]
    steps, ids = drive(core.push(batch), [[0, 5, 100], IntakeFull("OOM"), [1, b"1-0", b"2-0", b"3-0"]])
    assert ids == ["1-0", "2-0", "3-0"]
    assert [type(step) for step in steps] == [Send, Sleep, Send, Sleep, Send]
    sends = [step for step in steps if isinstance(step, Send)]
    assert sends[0] == sends[2]
    assert [key.rsplit(":", 1)[1] for key in sends[0].keys[2:]] == [digest_of(b"k"), digest_of(b"o")]


def test_unreachable_is_never_tried_again_by_itself() -> None:
    core = Core(ClientOptions(block_seconds=60), None, None)
    with pytest.raises(IntakeUnreachable):
        drive(core.push([core.ready(Item(b"x"))]), [IntakeUnreachable("gone")])


STEPS = st.lists(
    st.tuples(st.just("append"), st.integers(1, 6))
    | st.tuples(st.just("send"), st.integers(1, 8))
    | st.tuples(st.sampled_from(["reopen", "lose answer"]), st.just(0)),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_spill_is_a_queue_that_survives_being_reopened(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        spill = Spill(Path(directory), segment_bytes=200)
        model: list[int] = []
        number = 0
        for what, count in steps:
            if what == "append":
                made = range(number, number + count)
                places = spill.append([Ready({b"payload": b"%d" % n}, f"key {n}") for n in made])
                assert len(set(places)) == count
                model += made
                number += count
            elif what in {"send", "lose answer"}:
                found = [int(item.fields[b"payload"]) for item in spill.oldest(count or 3, 10**6)]
                assert found == model[: len(found)]
                assert bool(found) == bool(model)
                if found and what == "send":
                    spill.forget(len(found))
                    del model[: len(found)]
            else:
                spill.close()
                spill = Spill(Path(directory), segment_bytes=200)
            assert spill.waiting == len(model)
        rest: list[int] = []
        while found := [int(item.fields[b"payload"]) for item in spill.oldest(4, 10**6)]:
            spill.forget(len(found))
            rest += found
        assert rest == model
        spill.close()
        assert list(Path(directory).glob("*.spill")) == []
