"""Sketches of articles, word pieces, the window's map of stories, and the way from a record to its story."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

import numpy as np
import pytest

from worker.index.stories import MemoryStories
from worker.ports import Placed, Sketch
from worker.prose.wordpiece import encode
from worker.story import cluster
from worker.story.cluster import StoryMap, Update
from worker.story.placing import place_record, story_field
from worker.story.sketch import WORDS, sketch, telling_words

BODY = (
    "Dock workers in Northport went back to work on Wednesday, ending a nine-day strike. The Harbour Workers Union and "
    "the Northport Company agreed on a rise of four percent. Ships that had waited came in on the evening tide."
)


def by_letters(text: str) -> Iterable[float]:
    """Embed a text by its letters: enough to tell test texts apart."""
    counts = np.zeros(384)
    for letter in text.lower():
        counts[ord(letter) % 384] += 1
    return [float(count) for count in counts]


def record(number: int, body: str = BODY, **known: object) -> dict[str, object]:
    made = {"id": f"{number:016x}" * 2, "headline": "Dock strike ends", "body": body, "delivery": "full"}
    return {**made, "language": {"code": "en"}, "received_at": f"2026-07-01T00:0{number}:00.000+00:00", **known}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [101, 102]),
        ("the", [101, 1996, 102]),
        ("The  THE\nthe", [101, 1996, 1996, 1996, 102]),
        ("\U0001f600", [101, 100, 102]),
        ("a" * 200, [101, 100, 102]),
    ],
)
def test_word_pieces(text: str, numbers: list[int]) -> None:
    assert encode(text, 48) == numbers


def test_accents_and_case_do_not_count_and_words_are_cut_to_known_pieces() -> None:
    assert encode("Résumé", 48) == encode("resume", 48)
    assert encode("unaffable", 48) == [101, 14477, 20961, 3468, 102]
    assert encode("don't", 48) == encode("don ' t", 48)


def test_text_is_cut_to_so_many_pieces() -> None:
    assert len(encode("word " * 1000, 48)) == 48
    assert encode("word " * 1000, 48)[-1] == 102


def test_telling_words_are_frequent_early_and_no_stop_words() -> None:
    found = telling_words(BODY)
    assert found[0] == "northport"
    assert {"dock", "strike", "harbour"} <= set(found)
    assert not {"the", "and", "of"} & set(found)
    assert len(telling_words(" ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)))) == WORDS


def test_sketch_is_a_unit_vector_in_bytes_and_does_not_depend_on_scale() -> None:
    one = sketch("Dock strike", BODY, by_letters)
    vector = np.frombuffer(one.vector, dtype=np.int8).astype(float)
    assert len(vector) == 384
    assert float(np.linalg.norm(vector)) == pytest.approx(127, rel=0.03)
    assert sketch("Dock strike", BODY, lambda text: [7 * value for value in by_letters(text)]) == one
    assert sketch(None, "", lambda _text: [0.0] * 384).vector == bytes(384)


def test_record_goes_to_its_story_and_the_field_says_so() -> None:
    stories = MemoryStories()
    first = place_record(record(1), stories, by_letters)
    second = place_record(record(2, BODY.replace("nine", "ten")), stories, by_letters)
    other = place_record(record(3, "zyx " * 100, headline="Zyx"), stories, by_letters)
    assert first is not None
    assert second is not None
    assert other is not None
    assert second.story == first.story != other.story
    field = story_field(second)
    assert field["id"] == first.story
    assert (field["size"], field["first_seen"]) == (2, "2026-07-01T00:01:00.000+00:00")
    assert story_field(Placed("s1", 1, 0.0, None))["near"] is None


@pytest.mark.parametrize(
    "known",
    [
        {"delivery": "reference"},
        {"language": {"code": "de"}},
        {"language": None},
        {"body": "Too short."},
        {"body": None},
    ],
)
def test_records_without_a_story(known: dict[str, object]) -> None:
    assert place_record(record(1, **known), MemoryStories(), by_letters) is None  # type: ignore[arg-type]


def test_map_is_bounded_and_forgets_the_longest_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "STORIES_MOST", 5)
    stories = StoryMap()
    made = [Sketch(np.eye(384, dtype=np.int8)[number].tobytes(), (number,)) for number in range(200)]
    for number, one in enumerate(made):
        stories.apply(Update(f"s{number}", one, float(number)))
    assert len(stories) == 5
    assert stories.nearest(made[10], 200.0) is None
    found = stories.nearest(made[199], 200.0)
    assert found is not None
    assert found[0] == "s199"


@pytest.mark.skipif(find_spec("onnxruntime") is None, reason="needs the extra: copydesk[embed]")
def test_model_puts_one_event_in_other_words_nearer_than_another_event() -> None:
    from worker.story.embedding import embed  # its extra may be absent

    texts = (
        "Port workers end their strike in Northport after nine days and will be paid more.",
        "Northport: dockers return to work, pay rise agreed, walkout over.",
        "A new telescope has found water on a distant planet, astronomers say.",
    )
    one, two, three = (np.asarray(embed(text)) / np.linalg.norm(embed(text)) for text in texts)
    assert float(one @ two) > float(one @ three) + 0.3


def test_text_that_is_no_unicode_has_a_story_too() -> None:
    placed = place_record(record(1, "\ud800 \x00 \udfff " * 60), MemoryStories(), by_letters)
    assert placed is not None
    assert encode("\ud800", 48) == [101, 100, 102]
