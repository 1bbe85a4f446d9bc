"""The gate of deduplication: what it counts as right, and how it fails."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.dedupe import bodies, gate
from benchmarks.dedupe.judge import Call, false_links, goals, judge, rows
from benchmarks.dedupe.stream import Group, Item, Label
from benchmarks.dedupe.text import Text
from worker.index.memory import MemoryIndex
from worker.model import VerdictKind


def item(number: int, group: Group, of: int | None = None, *accepted: VerdictKind, name: str = "x") -> Item:
    label = Label(group, name, "latin", number if of is None else of, of, frozenset(accepted or ("new",)))
    text = Text(f"Story {number}", (f"The text of number {number} and nothing else.",))
    return Item(number, text, "a.example", f"https://a.example/{number}", "2026-11-02T06:00:00+00:00", label)


ITEMS = [
    item(0, "base"),
    item(1, "base"),
    item(2, "exact", 0, "exact", "syndicated"),
    item(3, "near", 0, "near", "syndicated"),
    item(4, "update", 0, "revision"),
    item(5, "contained", 1, "contained"),
    item(6, "different", name="lottery"),
]
RIGHT = [
    Call("new"),
    Call("new"),
    Call("exact", 0),
    Call("near", 2),
    Call("revision", 0),
    Call("contained", 1),
    Call("new"),
]


def figures(calls: list[Call]) -> dict[str, float | None]:
    return {goal.name: goal.figure for goal in goals(judge(ITEMS, calls))}


def changed(number: int, call: Call) -> list[Call]:
    return [*RIGHT[:number], call, *RIGHT[number + 1 :]]


def test_right_verdicts_meet_every_goal() -> None:
    judged = judge(ITEMS, RIGHT)
    assert all(one.accepted for one in judged)
    assert all(goal.met for goal in goals(judged))


def test_a_link_to_another_family_is_found_but_not_right() -> None:
    judged = judge(ITEMS, changed(3, Call("near", 1)))
    assert (judged[3].found, judged[3].right, judged[3].accepted) == (True, False, False)
    assert figures(changed(3, Call("near", 1)))["exact and near: precision"] == 0.5
    assert judge(ITEMS, changed(3, Call("near", -1)))[3].right is False


def test_an_update_called_near_costs_its_recall_and_the_precision_of_near() -> None:
    found = figures(changed(4, Call("near", 0)))
    assert found["update: recall"] == 0
    assert found["exact and near: precision"] == pytest.approx(2 / 3)
    assert found["exact and near: recall"] == 1


def test_near_called_exact_is_found_but_is_not_its_verdict() -> None:
    judged = judge(ITEMS, changed(3, Call("exact", 0)))
    assert not judged[3].accepted
    assert figures(changed(3, Call("exact", 0)))["exact and near: recall"] == 1


def test_contained_is_not_expands() -> None:
    found = figures(changed(5, Call("expands", 1)))
    assert found["contained: precision"] == 0
    assert found["contained: recall"] == 0


def test_a_link_on_what_only_looks_alike_is_false() -> None:
    found = figures(changed(6, Call("revision", 0)))
    assert found["different, lottery: false links"] == 1
    assert found["update: precision"] == 0.5
    assert false_links(judge(ITEMS, RIGHT), ("weather",)) is None


def test_a_reservation_that_waits_is_neither_new_nor_found() -> None:
    judged = judge(ITEMS, changed(0, Call("wait")))
    assert (judged[0].found, judged[0].accepted) == (False, False)


def test_a_class_has_a_row_and_each_subclass_one() -> None:
    named = {row.name: row for row in rows(judge(ITEMS, RIGHT), lambda one: one.item.label.subclass)}
    assert named["base"].count == 2
    assert named["different/lottery"].kinds == {"new": 1}


def test_the_index_is_asked_once_an_item_and_names_are_numbers() -> None:
    calls, cost = gate.run([ITEMS[0], ITEMS[1], ITEMS[0]], MemoryIndex())
    assert [call.kind for call in calls] == ["new", "new", "exact"]
    assert calls[2].of == 0
    assert len(cost.reserve_ms) == 3


def test_without_data_the_gate_says_that_it_skips(tmp_path: Path) -> None:
    said: list[str] = []
    assert gate.main(["--data", str(tmp_path)], said.append) == 0
    assert "skipped" in said[0]


@pytest.mark.skipif(not bodies.present(bodies.DATA), reason=f"there are no texts at {bodies.DATA}")
@pytest.mark.parametrize("index", [[], ["--redis", "embedded"]])
def test_a_small_stream_gives_every_figure(index: list[str]) -> None:
    said: list[str] = []
    status = gate.main(["--limit", "200", "--json", *index], said.append)
    told = orjson.loads(said[0])
    assert status == int(not all(goal["met"] for goal in told["goals"]))
    assert {row["name"] for row in told["classes"]} >= {"base", "exact", "near", "update", "contained", "different"}
    exact = next(row for row in told["classes"] if row["name"] == "exact")
    assert exact["right"] == exact["count"]
    assert (told["cost"]["bytes an article"] is None) == (not index)


@pytest.mark.skipif(not bodies.present(bodies.DATA), reason=f"there are no texts at {bodies.DATA}")
def test_failing_items_are_shown_with_both_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "run", lambda items, _index: ([Call("new") for _ in items], gate.Cost([0], 0, [0], [0])))
    said: list[str] = []
    assert gate.main(["--limit", "150", "--worst", "2", "--class", "exact"], said.append) == 1
    text = "\n".join(said)
    assert text.count("=== exact/") == 2
    assert text.count("--- made of") == text.count("--- item") == 2
    assert "MISSED" in text
