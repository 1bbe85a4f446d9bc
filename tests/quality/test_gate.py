"""The gate on a slice of the dev split, where it is present: it fails, refuses and pins as it says."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from benchmarks.quality import floors, gate
from benchmarks.quality.pages import COLLECTIONS, DATA, present

needs_data = pytest.mark.skipif(not present(DATA), reason=f"there is no dev split at {DATA}")
SLICE = ["--limit", "40"]
FAST = ["--limit", "6", "--collection", "fundus-tests", "--processes", "1"]


def run(*arguments: str) -> tuple[int, str]:
    said: list[str] = []
    return gate.main(arguments, said.append), "\n".join(said)


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """Floors of a slice, pinned a moment ago."""
    path = tmp_path / "floors.toml"
    status, _ = run(*FAST, "--floors", str(path), "--raise")
    assert status == 0
    return path


def change(path: Path, **figures: float) -> None:
    known = floors.read(path)
    old = known["fundus-tests"]
    known["fundus-tests"] = floors.Pinned(old.sha256, old.pages, {**old.floors, **figures})
    floors.write(path, known)


def test_without_data_the_gate_says_that_it_skips(tmp_path: Path) -> None:
    status, said = run("--data", str(tmp_path))
    assert status == 0
    assert "skipped" in said
    assert str(tmp_path) in said


def test_a_part_of_the_pages_cannot_pin_the_floors_of_all() -> None:
    for part in (["--limit", "3"], ["--fold", "1/5"]):
        with pytest.raises(SystemExit):
            run(*part, "--raise")


@needs_data
def test_a_slice_of_each_collection_gives_every_figure_with_its_spread(tmp_path: Path) -> None:
    path = tmp_path / "floors.toml"
    status, said = run(*SLICE, "--floors", str(path), "--raise")
    assert status == 0
    known = floors.read(path)
    assert set(known) == set(COLLECTIONS)
    assert set(known["fundus-tests"].floors) == {"body", "title", "date", "instant", "authors", "tags"}
    assert set(known["htmldate-default"].floors) == {"date"}
    assert {one.pages for one in known.values()} == {40}
    assert all(0.2 < floor <= 1 for one in known.values() for floor in one.floors.values())
    assert said.count(" to ") >= len(known["fundus-tests"].floors)
    assert "CPU ms a page: median" in said


@needs_data
def test_a_figure_below_its_floor_fails_and_is_marked(pinned: Path) -> None:
    assert run(*FAST, "--floors", str(pinned))[0] == 0
    change(pinned, title=1.01)
    status, said = run(*FAST, "--floors", str(pinned))
    assert status == 1
    assert [line.split()[1] for line in said.splitlines() if line.endswith("BELOW")] == ["title"]
    assert "FAILED" in said


@needs_data
def test_a_floor_falls_only_with_the_flag(pinned: Path) -> None:
    before = floors.read(pinned)["fundus-tests"].floors
    change(pinned, authors=1.0, body=0.1)
    high = floors.read(pinned)["fundus-tests"].floors
    assert before["authors"] < high["authors"]
    status, said = run(*FAST, "--floors", str(pinned), "--raise")
    assert status == 2
    assert "not lowered without --lower: fundus-tests authors" in said
    kept = floors.read(pinned)["fundus-tests"].floors
    assert (kept["authors"], kept["body"]) == (1.0, before["body"])
    assert run(*FAST, "--floors", str(pinned), "--raise", "--lower")[0] == 0
    assert floors.read(pinned)["fundus-tests"].floors == before


@needs_data
def test_other_data_is_refused(pinned: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "extraction").mkdir(parents=True)
    for name in COLLECTIONS:
        shutil.copy(DATA / "extraction" / f"{name}.jsonl.zst", folder / "extraction")
    with (folder / "extraction" / "fundus-tests.jsonl.zst").open("ab") as stream:
        stream.write(b"\x50\x2a\x4d\x18\x00\x00\x00\x00")  # an empty skippable frame: other bytes, the same pages
    there = ["--data", str(folder), "--floors", str(pinned)]
    for more in ([], ["--raise"], ["--raise", "--lower", "--field", "title"]):
        status, said = run(*FAST, *there, *more)
        assert status == 2
        assert "fundus-tests: the data has changed" in said
    old = floors.read(pinned)["fundus-tests"]
    assert run(*FAST, *there, "--raise", "--lower")[0] == 0
    new = floors.read(pinned)["fundus-tests"]
    assert new.sha256 != old.sha256
    assert new.floors == old.floors


@needs_data
def test_floors_of_all_pages_are_not_held_against_a_part(pinned: Path) -> None:
    change(pinned, title=1.01)
    status, said = run(*FAST[2:], "--limit", "4", "--floors", str(pinned))
    assert status == 0
    assert "4 pages were measured, floors are for 6" in said


@needs_data
def test_the_worst_list_shows_what_was_found_and_the_gold(pinned: Path) -> None:
    _, said = run(*FAST, "--floors", str(pinned), "--field", "authors", "--worst", "2")
    listed = said[said.index("fundus-tests authors:") :].splitlines()
    assert [line.split()[0] for line in listed[2:4]] == ["got", "gold"]
    assert "https://" in listed[1]


def test_the_repository_pins_every_collection() -> None:
    tables = tomllib.loads(floors.FLOORS.read_text(encoding="utf-8"))
    assert set(tables) == set(COLLECTIONS)
    assert all(len(table["sha256"]) == 64 for table in tables.values())
