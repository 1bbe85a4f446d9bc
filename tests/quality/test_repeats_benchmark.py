"""The benchmark of repeated notices measures what it says: notices that are put in, and nothing else."""

from __future__ import annotations

import random

from benchmarks.quality.repeats import article, run


def text(number: int) -> str:
    words = random.Random(number).sample(range(1000, 9999), 60)  # repeatable, not secret
    return "\n\n".join(" ".join(f"w{word}" for word in words[at : at + 20]) + "." for at in (0, 20, 40))


def test_notices_of_every_article_are_marked_once_known_and_nothing_else_is() -> None:
    found = list(run([text(number) for number in range(60)], 1, seed=3))
    every = [marked for share, _, _, marked in found if share == 1.0]
    assert len(every) == 60
    assert not any(every[:4])
    assert all(every[4:])
    assert not [part for share, _, part, _ in found if share == 0.0]


def test_spans_of_the_articles_are_their_paragraphs() -> None:
    one = article(text(1), ["A notice of the paper.", "Another one."], 1, random.Random(1))
    assert "\n\n".join(one.body[span.start : span.end] for span in one.paragraphs) == one.body
