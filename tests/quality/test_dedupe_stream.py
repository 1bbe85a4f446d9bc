"""The generator of near-duplicates: its labels hold, whatever a detector may say of them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.dedupe import bodies, templates, variants
from benchmarks.dedupe.bodies import Base
from benchmarks.dedupe.stream import Item, article_of, stream
from benchmarks.dedupe.text import Text, script, shingles, units

ROOT = Path(__file__).parents[2]
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()


def sentence(rng: random.Random) -> str:
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(rng.randint(8, 18))]
    if rng.random() < 0.5:
        words.insert(rng.randint(1, len(words) - 1), f"said it's {rng.randint(40, 900)} of")
    return " ".join(words).capitalize() + "."


def text_of(seed: int, paragraphs: int = 8) -> Text:
    rng = random.Random(seed)
    parts = [" ".join(sentence(rng) for _ in range(rng.randint(1, 4))) for _ in range(paragraphs)]
    return Text(f"Headline {sentence(rng)}", tuple(parts))


def bases(count: int = 160) -> list[Base]:
    rng = random.Random(5)
    return [Base(f"made/{number}", text_of(number, rng.choice((2, 5, 8, 14, 25)))) for number in range(count)]


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return stream(bases(), "dev", seed=3, scale=0.1)


def jaccard(one: Text, other: Text) -> float:
    a, b = shingles(one.units), shingles(other.units)
    return len(a & b) / len(a | b)


def pairs(items: list[Item], group: str) -> list[tuple[Item, Item]]:
    found = [(items[item.label.of], item) for item in items if item.label.group == group and item.label.of is not None]
    assert len(found) >= 10
    return found


def test_the_same_seed_makes_the_same_stream_in_any_process(items: list[Item]) -> None:
    assert stream(bases(), "dev", seed=3, scale=0.1) == items
    assert stream(bases(), "dev", seed=4, scale=0.1) != items
    code = (
        "from tests.quality.test_dedupe_stream import bases, stream;"
        "import hashlib; print(hashlib.sha256(repr([(i.url, i.text.body, i.published_at, sorted(i.label.accepted))"
        " for i in stream(bases(60), 'dev', 3, 0.05)]).encode()).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_each_variant_comes_after_what_it_was_made_from_and_in_its_family(items: list[Item]) -> None:
    assert [item.number for item in items] == list(range(len(items)))
    assert [item.published_at for item in items if item.label.of is None] == sorted(
        item.published_at for item in items if item.label.of is None
    )
    for item in items:
        label = item.label
        if label.of is None:
            assert label.family == item.number
            assert label.accepted == {"new"}
        else:
            assert label.of < item.number
            assert label.family == items[label.of].label.family
            assert "new" not in label.accepted


def test_exact_is_typography_alone(items: list[Item]) -> None:
    for base, item in pairs(items, "exact"):
        assert item.text.units == base.text.units
        assert units(item.text.headline) == units(base.text.headline)
        assert item.label.accepted >= {"exact", "syndicated"}
        assert item.text.body != base.text.body


def test_near_keeps_the_numbers_and_most_of_the_words(items: list[Item]) -> None:
    for base, item in pairs(items, "near"):
        assert item.text.units != base.text.units
        assert jaccard(base.text, item.text) > 0.4
        assert 0.65 < item.text.size / base.text.size < 1.55
        assert not {"contained", "expands", "new"} & item.label.accepted
        if item.label.subclass in {"syndicated", "typos 1 %", "misread 4 %", "copy-edited", "paragraph moved"}:
            assert not Counter(variants.numbers(base.text.body)) - Counter(variants.numbers(item.text.body))


def test_an_update_has_one_to_four_other_numbers(items: list[Item]) -> None:
    for base, item in pairs(items, "update"):
        before, after = (Counter(variants.numbers(one.text.body)) for one in (base, item))
        gone = set(before) - set(after) or set(before - after)
        assert 1 <= len(gone) <= 4
        assert set(after) - set(before) or after - before
        assert jaccard(base.text, item.text) > 0.4
        assert item.label.accepted - {"exact"} == {"revision"}


def test_contained_is_the_beginning_or_the_whole(items: list[Item]) -> None:
    for base, item in pairs(items, "contained"):
        shorter, longer = sorted((base.text, item.text), key=lambda text: text.size)
        inside = len(shingles(shorter.units) & shingles(longer.units)) / len(shingles(shorter.units))
        assert inside > 0.6
        assert shorter.size <= 0.56 * longer.size
        kind = "expands" if item.text is longer else "contained"
        assert kind in item.label.accepted
        assert not {"near", "syndicated"} & item.label.accepted


def test_what_is_different_shares_little_but_the_mould(items: list[Item]) -> None:
    different = [item for item in items if item.label.group == "different"]
    assert {item.label.subclass for item in different} >= {*templates.CLASSES, "shared quotes", "shared boilerplate"}
    assert len({item.text.units for item in different}) == len(different)
    quoting = [item for item in different if item.label.subclass == "shared quotes"]
    others = [item for item in items if item.label.group == "base"]
    for item in quoting:
        assert max(jaccard(item.text, other.text) for other in others) < 0.25


def test_most_variants_have_another_site_and_some_the_same_address(items: list[Item]) -> None:
    made = [(items[item.label.of], item) for item in items if item.label.of is not None]
    same_site = sum(base.site == item.site for base, item in made) / len(made)
    same_url = sum(base.url == item.url for base, item in made) / len(made)
    assert 0.02 < same_url < same_site < 0.3
    fresh = [item.url for item in items if item.label.of is None or items[item.label.of].url != item.url]
    assert len(set(fresh)) == len(fresh)
    for base, item in made:
        if base.url == item.url and item.label.group != "exact":
            assert "revision" in item.label.accepted


def test_a_copy_of_an_update_is_in_the_family_of_the_first_version() -> None:
    whole = stream(bases(400), "dev", seed=1, scale=0.05)
    copies = [item for item in whole if item.label.subclass == "copy of an update"]
    assert copies
    for item in copies:
        assert item.label.of is not None
        assert whole[item.label.of].label.group == "update"
        assert whole[item.label.family].label.group == "base"


def test_an_article_is_what_the_line_would_have_made(items: list[Item]) -> None:
    payload, article = article_of(items[0])
    assert [article.body[part.start : part.end] for part in article.paragraphs] == list(items[0].text.paragraphs)
    assert payload.url == article.canonical_url == items[0].url
    assert len({article_of(item)[0].body for item in items}) == len(items)


@pytest.mark.parametrize(
    "rule",
    [variants.typos, variants.misread, variants.trimmed, variants.syndicated, variants.first_part, variants.dropped],
)
def test_unspaced_scripts_have_variants_too(rule: Callable[[random.Random, Text], Text | None]) -> None:
    rng = random.Random(2)
    letters = "市長港橋川山電車学校病院会議決定発表今日昨日東西南北新聞記者"
    parts = tuple("".join(rng.choices(letters, k=length)) + "。" for length in (90, 12, 80, 15, 90))
    text = Text("市長が発表", parts, "ja")
    made = rule(random.Random(1), text)
    assert made is not None
    assert made.units != text.units
    assert script(made.body) == "cjk"
    assert made.units[:5] == text.units[:5] or rule is not variants.trimmed


def test_years_days_and_times_are_not_quantities() -> None:
    line = (
        "On March 13 and 16, 1987, at 10:45, the DC-10 of flight X7 flew 3 dead, 1,200 hurt, 2.5 pct; am 5. Mai 2023."
    )
    assert variants.numbers(line) == ["3", "1,200", "2.5"]


def test_halves_have_other_bases_and_other_moulds() -> None:
    names = [f"made/{number}" for number in range(2000)]
    dev = [name for name in names if bodies.split_of(name) == "dev"]
    assert 900 < len(dev) < 1100
    for name in templates.CLASSES:
        one, other = (
            templates.instances(random.Random(1), name, "dev", 4),
            templates.instances(random.Random(1), name, "test", 4),
        )
        assert max(jaccard(a, b) for a in one for b in other) < 0.15
    assert not set(templates.moulds("dev")["boilerplate"]) & set(templates.moulds("test")["boilerplate"])


def test_a_body_that_shares_with_an_earlier_one_is_left_out() -> None:
    one, other = text_of(1), text_of(2)
    half = Text("", (*one.paragraphs[:1], *other.paragraphs), "en")
    again = Text("", one.paragraphs[::-1], "en")
    listing = Text("", one.paragraphs[:2] * 4, "en")
    given = [Base(name, text) for name, text in (("a", one), ("b", half), ("c", again), ("d", other), ("e", listing))]
    assert [base.name for base in bodies.distinct(given)] == ["a", "d"]


@pytest.mark.skipif(not bodies.present(bodies.DATA), reason=f"there are no texts at {bodies.DATA}")
def test_the_halves_of_the_real_pool_are_disjoint() -> None:
    dev, test = (bodies.pool(bodies.DATA, split, 80) for split in ("dev", "test"))
    assert len(dev) == len(test) == 80
    assert not {base.name for base in dev} & {base.name for base in test}
    for base in dev[:20]:
        assert max(jaccard(base.text, other.text) for other in test) < bodies.SHARED
