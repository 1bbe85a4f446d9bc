"""Pages made to trap the patterns that fields are read by, in this process; the others go through a whole line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.hostile.case import Answer, faults
from tests.hostile.cases import ALL, ALONE, LINE, SLOW, WRONG
from worker import wiring
from worker.errors import PayloadError
from worker.model import Payload
from worker.pipeline import judge_nothing
from worker.settings import Settings

SPINE = wiring.pipeline(Settings())


@pytest.mark.parametrize("name", ALONE)
def test_trap_ends_in_the_right_answer(name: str) -> None:
    case = ALL[name]
    payload = Payload(case.make(), "x", datetime(2026, 3, 12, tzinfo=UTC), case.media_type, case.url)
    try:
        (record,) = SPINE.process(payload, judge_nothing)
    except PayloadError as exc:
        answer = Answer(code=exc.code)
    else:
        assert not isinstance(record, PayloadError)
        answer = Answer(record.body, tuple(issue.code for issue in record.issues))
    assert bool(faults(case, answer)) == (name in WRONG), faults(case, answer) or "right now: take it off the list"


def test_lists_name_what_there_is() -> None:
    assert set(ALL) >= SLOW | WRONG
    assert SLOW.isdisjoint(WRONG)
    assert set(ALL) == {*LINE, *ALONE, *SLOW}
    assert len(ALL) > 250
