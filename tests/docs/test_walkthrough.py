"""The walk through a record stays true: every value on the page is that of the golden record, no field is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "record-walkthrough.md").read_text("utf-8")
(RECORD,) = orjson.loads((ROOT / "tests" / "golden" / "seed.txt.golden.json").read_bytes())
BLOCK = re.compile(r"^```record\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"([a-z_]+)|\[(\d+)\]|\.")


def told(page: str) -> list[tuple[str, str]]:
    """Give the paths and values that a page states."""
    lines = [line for block in BLOCK.findall(page) for line in block.splitlines()]
    return [(path, value) for path, _, value in (line.partition(" = ") for line in lines)]


def at(record: Any, path: str) -> Any:
    """Follow a path such as `quotes[0].speaker`."""
    for step in STEP.finditer(path):
        if step[1]:
            record = record[step[1]]
        elif step[2]:
            record = record[int(step[2])]
    return record


@pytest.mark.parametrize(("path", "value"), told(PAGE), ids=lambda one: one if isinstance(one, str) else "")
def test_value_on_the_page_is_that_of_the_golden_record(path: str, value: str) -> None:
    assert at(RECORD, path) == orjson.loads(value)


def test_page_names_every_field() -> None:
    named = {re.split(r"[.\[]", path)[0] for path, _ in told(PAGE)} | set(re.findall(r"`([a-z_]+)`", PAGE))
    assert RECORD.keys() <= named, f"not on the page: {sorted(RECORD.keys() - named)}"


def test_payload_on_the_page_is_the_example() -> None:
    lines = (ROOT / "examples" / "seed.txt").read_text("utf-8").splitlines()
    shown = PAGE.split("## What goes in\n\n")[1].split("\n\nNo line")[0].splitlines()
    for line in shown:
        parts = line.strip().split("…")
        fitting = [one for one in lines if one.startswith(parts[0].rstrip()) and one.endswith(parts[-1].lstrip())]
        assert fitting, line


def test_a_wrong_value_would_be_told() -> None:
    assert told('```record\nsection = "Sports"\n```') == [("section", '"Sports"')]
    assert at({"a": [{"b": 1}, {"b": 2}]}, "a[1].b") == 2
    with pytest.raises(KeyError):
        at(RECORD, "no_such_field")
