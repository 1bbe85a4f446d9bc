"""Notices and embargoes: what a payload says of other records, and until when its own are held back."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from worker.errors import PayloadError
from worker.formats.text import Text
from worker.model import Payload, Record, Verdict
from worker.notice import held_until, notice_of, withdrawals
from worker.pipeline import NEW, Pipeline

ARRIVED = datetime(2026, 5, 1, 12, tzinfo=UTC)
STORY = b"Harbour bridge closes\n\nThe bridge closes on Monday for repairs, the council said after a long meeting.\n"


def payload(**hints: Any) -> Payload:
    return Payload(STORY, "p1", ARRIVED, hints=hints)


def record(verdict: Verdict = NEW, **hints: Any) -> Record:
    spine = Pipeline((Text(),), ())
    (made,) = spine.finish(spine.read(payload(**hints)), [verdict])
    assert isinstance(made, Record)
    return made


def test_withdrawal_and_correction_are_read_from_hints() -> None:
    event = notice_of(payload(withdraw={"id": "abc", "reason": "legal"}))
    assert event is not None
    assert (event.event, event.id, event.reason, event.by) == ("withdrawn", "abc", "legal", "p1")
    assert event.at == "2026-05-01T12:00:00.000+00:00"
    event = notice_of(payload(correct={"id": "abc", "changes": {"headline": "Bridge stays open"}}))
    assert event is not None
    assert (event.event, event.changes) == ("corrected", {"headline": "Bridge stays open"})
    assert notice_of(payload(section="Local")) is None


@pytest.mark.parametrize(
    ("hints", "told"),
    [
        ({"withdraw": "abc"}, "hints.withdraw"),
        ({"withdraw": {"reason": "x"}}, "RECORD_ID"),
        ({"withdraw": {"id": ""}}, "empty"),
        ({"withdraw": {"id": "x" * 300}}, "200"),
        ({"correct": {"id": "abc"}}, "changes"),
        ({"correct": {"id": "abc", "changes": {"id": "other"}}}, "id"),
        ({"correct": {"id": "abc", "changes": {"hedline": "x"}}}, "hedline"),
    ],
)
def test_notice_of_another_form_is_refused(hints: dict[str, Any], told: str) -> None:
    with pytest.raises(PayloadError, match="fields_invalid") as caught:
        notice_of(payload(**hints))
    assert told in caught.value.detail


def test_article_that_takes_earlier_ones_back_gives_their_tombstones() -> None:
    verdict = Verdict("revision", of="v2", reason="withdrawal", version=3, previous="v2", first="v1")
    made = record(verdict)
    assert [(item.id, item.event, item.by) for item in withdrawals(made)] == [
        ("v2", "withdrawn", made.id),
        ("v1", "withdrawn", made.id),
    ]
    assert withdrawals(record(Verdict("revision", of="v2", reason="update"))) == []


@pytest.mark.parametrize(
    ("until", "held"),
    [
        ("2026-05-02T06:00:00+02:00", datetime(2026, 5, 2, 4, tzinfo=UTC)),
        ("2026-05-02", datetime(2026, 5, 2, tzinfo=UTC)),
    ],
)
def test_embargo_of_a_hint_is_an_issue_and_a_time(until: str, held: datetime) -> None:
    made = record(embargo_until=until)
    assert [issue.code for issue in made.issues if issue.code == "embargoed"] == ["embargoed"]
    assert held_until(made) == held


def test_embargo_that_is_no_date_is_told_and_holds_nothing() -> None:
    made = record(embargo_until="until the minister has spoken")
    assert any(issue.code == "hint_invalid" for issue in made.issues)
    assert held_until(made) is None


def test_embargo_without_a_time_holds_nothing() -> None:
    made = record()
    issue = dataclasses.replace(record(embargo_until="2026-05-02").issues[-1], detail="until further notice")
    assert held_until(dataclasses.replace(made, issues=(issue,))) is None
