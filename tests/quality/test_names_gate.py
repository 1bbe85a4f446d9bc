"""The gate of quotes, places and entities: its measures, and that it fails, skips and pins as it says."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.quality import floors, names

TEXT = "“It will not be built here,” said Anna Berg in Lisbon. “We are all against it,” he said."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    quotes = [
        {"text": "It will not be built here,", "speaker": "Anna Berg"},
        {"text": "We are all against it,", "speaker": "she"},
    ]
    places = [{"start": TEXT.index("Lisbon") + 3, "end": 0, "name": "Lisbon", "lat": "38.7", "lon": "-9.1"}]
    tagged = {"tokens": ["Anna", "Berg", "left", "Lisbon"], "tags": ["B-politician", "I-politician", "O", "B-location"]}
    for name, row in (
        ("quotes-polnear-dev", {"id": "1", "text": TEXT, "quotes": quotes}),
        ("places-trnews", {"text": TEXT, "places": places}),
        ("ner-crossner-politics-dev", tagged),
    ):
        path = tmp_path / "nlp" / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(orjson.dumps(row) + b"\n")
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    said: list[str] = []
    return names.main(arguments, said.append), "\n".join(said)


def test_without_data_it_skips(tmp_path: Path) -> None:
    status, said = run("--data", str(tmp_path))
    assert status == 0
    assert said.count("skipped") == len(names.TASKS)


def test_figures_are_what_they_say(folder: Path) -> None:
    data = ("--data", str(folder), "--floors", str(folder / "floors.toml"))
    _, said = run(*data, "--task", "quotes", "--worst", "1")
    assert "quotes 1.000" in said
    assert "speaker 0.500" in said, "the gold's pronoun is another one"
    _, said = run(*data, "--task", "places")
    assert "places 1.000" in said, "the gold's offset is off, its name tells where it is"
    assert "resolved 1.000" in said
    _, said = run(*data, "--task", "entity_rules")
    assert "entity_rules 1.000" in said


def test_a_figure_below_its_floor_fails_and_falls_only_with_the_flag(folder: Path) -> None:
    path = folder / "floors.toml"
    data = ("--data", str(folder), "--floors", str(path), "--task", "quotes")
    assert run(*data, "--raise")[0] == 0
    assert run(*data)[0] == 0
    known = floors.read(path)
    old = known["quotes"]
    floors.write(path, {"quotes": floors.Pinned(old.sha256, old.pages, {**old.floors, "speaker": 0.9})})
    status, said = run(*data)
    assert (status, "FAILED, below its floor: speaker" in said) == (1, True)
    assert run(*data, "--raise")[0] == 2
    assert run(*data, "--raise", "--lower")[0] == 0
    assert run(*data)[0] == 0


def test_other_data_is_refused(folder: Path) -> None:
    path = folder / "floors.toml"
    data = ("--data", str(folder), "--floors", str(path), "--task", "quotes")
    assert run(*data, "--raise")[0] == 0
    rows = folder / "nlp" / "quotes-polnear-dev.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b'"she"', b'"he"'))
    status, said = run(*data)
    assert (status, "do not apply" in said) == (2, True)


@pytest.mark.parametrize(
    ("speaker", "words", "gold", "right"),
    [
        ("Anna Berg", "Berg", "Mayor Anna Berg (D-N.Y.)", True),
        ("Anna Berg", "she", "she", True),
        ("Anna Berg", "she", "he", False),
        ("Jo Park", "Park", "Mayor Anna Berg", False),
        (None, "", "Anna Berg", False),
        (None, "", None, True),
    ],
)
def test_same_speaker(speaker: str | None, words: str, gold: str | None, right: bool) -> None:
    assert names.same_speaker(speaker, words, gold) == right


def test_kilometres() -> None:
    assert names.kilometres((38.7, -9.1), (48.85, 2.35)) == pytest.approx(1453, abs=10)
