"""The ways that are compared: each says what it is known for, and plain exhaustive rules can meet the labels."""

from __future__ import annotations

import pytest

from benchmarks import dedupe_rivals
from benchmarks.dedupe import bodies, rivals
from benchmarks.dedupe.gate import items_of
from benchmarks.dedupe.judge import COPY, false_links, judge, precision, recall
from benchmarks.dedupe.stream import Item, Label
from benchmarks.dedupe.text import Text

needs_data = pytest.mark.skipif(not bodies.present(bodies.DATA), reason=f"there are no texts at {bodies.DATA}")


def test_simhash_finds_a_copy_with_a_word_changed() -> None:
    words = [f"w{number}" for number in range(300)]

    def item(number: int, chosen: list[str]) -> Item:
        label = Label("base", "story", "latin", number)
        return Item(number, Text("", (" ".join(chosen),)), "a.example", "https://a.example/x", "2026-11-02", label)

    rival = rivals.SimHash()
    first, near, other = item(0, words), item(1, [*words[:-1], "other"]), item(2, [f"x{word}" for word in words])
    calls = [rival.check(one.number, rival.signature(one)) for one in (first, near, other)]
    assert [call.kind for call in calls] == ["new", "near", "new"]
    assert calls[1].of == 0


@needs_data
def test_labels_can_be_met_by_comparing_everything() -> None:
    items = items_of(bodies.DATA, "dev", 1, 700)
    result = dedupe_rivals.run("exhaustive, memory", items)
    assert result is not None
    judged = judge(items, result[0])
    copies = recall(judged, COPY, ("exact", "near"))
    right = precision(judged, COPY, ("exact", "near"))
    update, part = recall(judged, (), ("update",)), recall(judged, (), ("contained",))
    assert copies is not None
    assert copies > 0.99
    assert right is not None
    assert right > 0.98
    assert update is not None
    assert update > 0.93
    assert part is not None
    assert part > 0.93
    assert not [one for one in judged if one.item.label.group == "base" and one.found]
    assert false_links(judged, ("shared quotes", "shared boilerplate")) == 0


@needs_data
def test_both_tables_have_a_row_a_way_and_the_server_is_counted() -> None:
    items = items_of(bodies.DATA, "dev", 1, 150)
    results = {}
    for name in ("copydesk, Redis", "copydesk, memory", "SimHash, memory"):
        result = dedupe_rivals.run(name, items)
        assert result is not None
        results[name] = (judge(items, result[0]), result[1])
    lines = list(dedupe_rivals.report(results))
    assert sum(line.startswith("| SimHash, memory |") for line in lines) == 2
    columns = {line.count("|") for line in lines[:5]}, {line.count("|") for line in lines[6:]}
    assert columns == ({11}, {10})
    on_redis, in_memory = results["copydesk, Redis"][1], results["copydesk, memory"][1]
    assert on_redis.commands is not None
    assert on_redis.commands >= 2
    assert in_memory.commands is None
    assert [one.call.kind for one in results["copydesk, Redis"][0]] == [
        one.call.kind for one in results["copydesk, memory"][0]
    ]
