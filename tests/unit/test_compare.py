"""Records of two versions compared: pairs, revisions, what is left out."""

from __future__ import annotations

from typing import Any

from worker.compare import compare, newest


def made(key: str, **fields: Any) -> dict[str, Any]:
    return {"id": key, "payload_id": f"p-{key}", "part": 0, "revision": 1, "headline": "Old", "pipeline": {}} | fields


def test_changes_are_counted_by_field_with_both_values() -> None:
    before = newest([made("a"), made("b"), made("c", headline="Same")])
    after = newest([made("a", headline="New", tags=["x"]), made("b", headline="New"), made("c", headline="Same")])
    result = compare(before, after)
    assert (result.pairs, result.changed_records) == (3, 2)
    assert {name: len(changes) for name, changes in result.changes.items()} == {"headline": 2, "tags": 1}
    assert list(result.changes) == ["headline", "tags"], "most changed first"
    change = result.changes["headline"][0]
    assert (change.id, change.before, change.after) == ("a", "Old", "New")


def test_highest_revision_counts_and_events_do_not() -> None:
    records = newest(
        [
            made("a", revision=3, headline="Third"),
            made("a", revision=2, headline="Second"),
            {"schema": "copydesk.event/1", "id": "a", "event": "withdrawn"},
        ]
    )
    assert records["a"]["headline"] == "Third"


def test_whole_record_counts_before_a_reference_of_the_same_id() -> None:
    whole, copy = made("a", delivery="full"), made("a", delivery="reference", headline="Copy")
    for order in ([whole, copy], [copy, whole]):
        assert newest(order)["a"]["headline"] == "Old"


def test_records_whose_id_changed_are_paired_by_payload_and_part() -> None:
    before = newest([made("a"), made("gone")])
    after = newest([made("z", payload_id="p-a"), made("extra")])
    result = compare(before, after)
    assert result.pairs == 1
    assert result.changes["id"][0].after == "z"
    assert (result.only_before, result.only_after) == (("gone",), ("extra",))


def test_how_a_record_was_made_is_left_out_unless_named() -> None:
    before, after = newest([made("a", pipeline={"html": "1"})]), newest([made("a", pipeline={"html": "2"}, revision=2)])
    assert compare(before, after).changes == {}
    assert list(compare(before, after, ["pipeline"]).changes) == ["pipeline"]
