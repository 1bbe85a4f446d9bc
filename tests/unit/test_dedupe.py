"""Fingerprint, print and judge: what makes two articles the same, a revision, a part, or different."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dedupe.explain import explain
from worker.dedupe.fingerprint import agency, fingerprint
from worker.dedupe.judge import compare
from worker.dedupe.policy import DEFAULT, Policy
from worker.dedupe.prints import pack, unpack
from worker.dedupe.tokens import tokens
from worker.index.memory import MemoryIndex
from worker.model import Article, Enriched, Issue, Payload, Publisher, Verdict
from worker.ports import Fingerprint, Print
from worker.schema import as_reference, make_record
from worker.text.agencies import AGENCIES
from worker.text.urls import address_key

STORY = """The harbour board of Northport said on Tuesday that the old swing bridge will stay closed until the spring.

Engineers found cracks in 14 of the 62 bearings when they opened the housing last week, and the firm that made them \
no longer exists. New ones have to be cast in a foundry that has orders for 5 months.

Lorries now take the ring road, which adds 11 kilometres to the way from the fish market to the cold stores. Traders \
have asked the town to pay for the fuel, and the mayor has promised an answer before the end of the month.

The bridge was built when the steel works still sent its rails down the river, and it was meant to last for a \
century. It has been mended in every decade since, most often in haste and never with much money."""
OTHER = """A choir of retired postmen has won the national contest for amateur singers with a programme of sea songs.

The 23 members meet on Thursdays in the hall of a brewery, which lends them the room and the beer. Their conductor \
said that nobody had expected to get past the first round, let alone to be asked for an encore by the judges."""


def article(body: str = STORY, **fields: Any) -> Article:
    made = Article(headline="Swing bridge stays shut", body=body, paragraphs=(), format="text")
    return replace(made, **fields)


def printed(body: str = STORY, url: str | None = None, payload: str = "", **fields: Any) -> Fingerprint:
    made = article(body, url=url, **fields)
    raw = f"{payload} {url} {body} {made.headline}".encode()
    return fingerprint(Payload(raw, "p", datetime(2026, 1, 2, tzinfo=UTC), url=url), made)


def judged(*prints: Fingerprint) -> list[Verdict]:
    """Judge fingerprints one after the other against those before."""
    index = MemoryIndex()
    verdicts = []
    for number, item in enumerate(prints):
        ((verdict,),) = index.reserve([(str(number), [item])])
        assert verdict is not None
        index.finalise(str(number))
        verdicts.append(verdict)
    return verdicts


def second(*prints: Fingerprint) -> Verdict:
    return judged(*prints)[-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't “stay” here - now", "DON\u2019T \u00abstay\u00bb here \u2014 now"),
        ("ﬁne caf\u00e9", "fine cafe\u0301"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("مُحَمَّد", "محمد"),
        ("１２ ｋｇ", "12 kg"),
    ],
)
def test_tokens_are_indifferent_to_typography(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != []


def test_tokens_of_scripts_without_spaces_are_letters_and_numbers_keep_their_points() -> None:
    assert tokens("第3届2023年") == ["第", "3", "届", "2023", "年"]
    assert tokens("ที่นี่") == ["ที่", "นี่"]
    assert tokens("नमस्ते दुनिया") == ["नमस्ते", "दुनिया"]
    assert tokens("pay 1,000.50, or 3.") == tokens("“pay” 1,000.50 — or 3") == ["pay", "1,000.50", "or", "3"]


@given(st.text())
def test_tokens_of_any_text_do_not_change_when_read_again(text: str) -> None:
    words = tokens(text)
    assert tokens(" ".join(words)) == words


@given(
    st.builds(
        Print,
        article_id=st.binary(min_size=16, max_size=16).map(bytes.hex),
        text=st.integers(0, 0xFFFFFF),
        urls=st.lists(st.integers(0, 0xFFFFFF), max_size=3).map(tuple),
        headline=st.integers(0, 0xFFFF),
        site=st.integers(0, 0xFFFFFF),
        agency=st.integers(0, 255),
        shingles=st.integers(0, 65535),
        level=st.integers(0, 30),
        sample=st.lists(st.integers(0, 0xFFF).map("{:03x}".format), max_size=64).map("".join),
        deeper=st.tuples(*[st.integers(0, 64)] * 5),
        numbers=st.lists(st.integers(0, 0xFFFFFF), max_size=32).map(tuple),
        paragraphs=st.lists(st.integers(0, 0xFFF).map("{:03x}".format), max_size=48).map("".join),
        tiny=st.booleans(),
        withdrawn=st.booleans(),
        arrived=st.integers(0, 2**32 - 1),
        version=st.integers(1, 255),
        parent=st.integers(0, 2**32 - 1),
        first=st.none() | st.binary(min_size=16, max_size=16).map(bytes.hex),
        cluster=st.none() | st.binary(min_size=8, max_size=8).map(bytes.hex),
    )
)
def test_print_survives_packing(item: Print) -> None:
    assert unpack(pack(item)) == item


def test_print_of_a_story_is_small() -> None:
    assert len(pack(printed(url="https://a.example/bridge").print)) < 200


def test_a_story_is_new_a_copy_is_exact_and_another_story_is_new() -> None:
    copy = printed(STORY.replace("'", "\u2019").upper(), payload="2")
    verdicts = judged(printed(), copy, printed(OTHER))
    assert [item.kind for item in verdicts] == ["new", "exact", "new"]
    assert verdicts[1].of == printed().article_id
    assert (verdicts[1].containment, verdicts[1].coverage) == (1.0, 1.0)


def test_new_numbers_make_a_revision_that_says_which() -> None:
    verdict = second(printed(), printed(STORY.replace("14 of the 62", "19 of the 62")))
    assert (verdict.kind, verdict.reason, verdict.version) == ("revision", "update", 2)
    (numbers,) = [change for change in verdict.changes if change.what == "numbers"]
    assert (numbers.count, numbers.now) == (1, ("in 19 of",))
    assert verdict.previous == verdict.first == verdict.of == printed().article_id


def test_chain_names_the_version_before_and_the_first() -> None:
    bodies = [STORY.replace("14 of", f"{count} of") for count in (14, 19, 23)]
    verdicts = judged(*(printed(body) for body in bodies))
    assert [item.version for item in verdicts] == [1, 2, 3]
    assert verdicts[2].previous == printed(bodies[1]).article_id
    assert verdicts[2].first == printed(bodies[0]).article_id
    assert len({item.cluster for item in verdicts[1:]}) == 1


def test_copy_of_the_first_version_is_told_from_one_of_the_second() -> None:
    update = STORY.replace("14 of", "19 of")
    footer = "\n\nFor more stories of the coast write to the desk."
    verdicts = judged(printed(), printed(update), printed(STORY + footer), printed(update + footer))
    assert [item.kind for item in verdicts] == ["new", "revision", "near", "near"]
    assert [item.of for item in verdicts[2:]] == [printed().article_id, printed(update).article_id]


def test_part_and_whole_are_told_either_way() -> None:
    beginning = "\n\n".join(STORY.split("\n\n")[:2])
    assert second(printed(), printed(beginning)).kind == "contained"
    verdict = second(printed(beginning), printed())
    assert verdict.kind == "expands"
    assert verdict.coverage is not None
    assert verdict.coverage > 0.9


def test_same_text_at_another_address_of_the_site_is_a_duplicate_and_rewritten_text_a_revision() -> None:
    url, mobile = "https://www.a.example/bridge", "https://m.a.example/bridge/amp?utm_source=x"
    elsewhere = printed(url="https://a.example/archive/bridge")
    verdicts = judged(printed(url=url), elsewhere, printed(OTHER, url=mobile))
    assert [item.kind for item in verdicts] == ["new", "exact", "revision"]
    assert verdicts[2].evidence == ("canonical_url",)
    assert verdicts[2].reason == "update"


def test_another_headline_over_the_same_text_at_the_same_address_is_a_retitling() -> None:
    url = "https://a.example/bridge"
    verdict = second(printed(url=url), printed(url=url, headline="Bridge closed until spring"))
    assert (verdict.kind, verdict.reason, [change.what for change in verdict.changes]) == (
        "revision",
        "retitle",
        ["headline"],
    )


def test_reasons_of_revisions_at_one_address() -> None:
    url = "https://a.example/bridge"
    paragraphs = STORY.split("\n\n")
    cases = {
        "truncation": "\n\n".join(paragraphs[:2]),
        "expansion": STORY + "\n\n" + OTHER + "\n\n" + OTHER.upper().replace("A", "O"),
        "correction": STORY + "\n\nCorrection: an earlier version named the wrong town.",
    }
    for reason, body in cases.items():
        verdict = second(printed(url=url), printed(body, url=url))
        assert (verdict.kind, verdict.reason) == ("revision", reason)


def test_paragraph_changes_are_counted() -> None:
    url = "https://a.example/bridge"
    paragraphs = STORY.split("\n\n")
    body = "\n\n".join([paragraphs[0], "A sentence that was not there before.", *paragraphs[2:]])
    verdict = second(printed(url=url), printed(body + "\n\nAnother new one.", url=url))
    assert {change.what: change.count for change in verdict.changes} == {
        "paragraphs_reworded": 1,
        "paragraphs_added": 1,
    }


def test_copy_at_another_publisher_that_credits_the_agency_is_syndicated() -> None:
    reworded = STORY.replace("in haste", "in a hurry")
    first = printed("NORTHPORT (Reuters) - " + STORY, url="https://wire.example/1")
    copy = printed("NORTHPORT (Reuters) - " + reworded, url="https://paper.example/a")
    verdict = second(first, copy)
    assert (verdict.kind, verdict.of) == ("syndicated", first.article_id)
    assert verdict.origin is not None
    assert (verdict.origin.name, verdict.origin.because) == ("Reuters", "agency_credit")
    uncredited = second(printed(url="https://wire.example/1"), printed(reworded, url="https://paper.example/a"))
    assert uncredited.kind == "near"
    assert uncredited.origin is not None
    assert uncredited.origin.because == "earliest_arrival"


def test_canonical_link_to_another_site_is_no_revision_of_that_page() -> None:
    theirs = "https://wire.example/1"
    copy = printed(STORY.replace("in haste", "hastily"), url="https://paper.example/a", canonical_url=theirs)
    verdict = second(printed(url=theirs), copy)
    assert (verdict.kind, verdict.origin and verdict.origin.because) == ("syndicated", "canonical_link")


def test_withdrawn_original_hands_its_cluster_on() -> None:
    url = "https://wire.example/1"
    notice = printed(STORY, url=url, payload="2", issues=(Issue("withdrawn"),))
    copies = [printed(STORY + "\n\nMore.", url=f"https://paper{n}.example/a") for n in (1, 2)]
    verdicts = judged(printed(url=url), notice, *copies)
    assert [item.kind for item in verdicts] == ["new", "revision", "new", "exact"]
    assert verdicts[1].reason == "withdrawal"
    assert verdicts[2].evidence == ("withdrawn",)
    assert verdicts[2].cluster == verdicts[3].cluster == printed(url=url).article_id[:16]
    assert verdicts[3].of == copies[0].article_id


def test_one_form_filled_with_other_facts_is_another_article() -> None:
    form = (
        "Shares of {} closed at {} euros on Friday, a change of {} percent, in heavy trade on the exchange. The index "
        "stood at {} points and turnover came to {} million. Analysts at the bank had expected {} euros a share, and "
        "the company will publish its figures for the quarter in {} weeks, a spokesman for the board said."
    )
    one = form.format("Anvil", "12.40", "1.3", "8,210", "311", "12.10", "3")
    other = form.format("Birch", "88.15", "0.4", "8,105", "274", "91.50", "5")
    assert [item.kind for item in judged(printed(one), printed(other))] == ["new", "new"]


def test_box_that_a_site_puts_on_every_page_makes_no_duplicates() -> None:
    box = " ".join(random.Random(1).sample([f"word{n}" for n in range(300)], 60))  # repeatable, not secret
    stories = [" ".join(random.Random(n).sample([f"w{m}" for m in range(900)], 60)) for n in (2, 3)]
    assert [item.kind for item in judged(*(printed(f"{story}\n\n{box}") for story in stories))] == ["new", "new"]


@pytest.mark.parametrize("flash", ["Bridge reopens", "Ship runs aground off Northport, no casualties"])
def test_flashes_with_one_body_are_told_by_their_headline(flash: str) -> None:
    body = "This is a developing story. Please check back for more."
    verdicts = judged(printed(body, headline=flash), printed(body, headline="Mayor resigns over school budget row"))
    assert [item.kind for item in verdicts] == ["new", "new"]
    assert second(printed(body, headline=flash), printed(body, headline=flash, payload="2")).kind == "exact"


@pytest.mark.parametrize(
    "sentence",
    [
        "港务局星期二表示，由于工程师在轴承上发现了裂缝，旧桥将一直关闭到春天，卡车必须绕行环城公路。",
        "การท่าเรือกล่าวเมื่อวันอังคารว่าสะพานเก่าจะปิดจนถึงฤดูใบไม้ผลิ เพราะวิศวกรพบรอยร้าวในตลับลูกปืน",
        "قالت هيئة الميناء يوم الثلاثاء إن الجسر القديم سيبقى مغلقا حتى الربيع بعد أن وجد المهندسون شقوقا في المحامل",
    ],
)
def test_other_scripts_are_judged_too(sentence: str) -> None:
    body = " ".join(f"{sentence} {n}" for n in range(7))
    edited = body.replace("3", "", 1)
    assert second(printed(body), printed(edited)).kind in {"near", "revision"}
    assert second(printed(body), printed(OTHER)).kind == "new"


def test_likeness_of_unlike_lengths_is_estimated_both_ways() -> None:
    words = [f"w{n}" for n in random.Random(7).sample(range(9000), 1600)]  # repeatable, not secret
    whole, part = printed(" ".join(words)), printed(" ".join(words[:800]))
    likeness = compare(part.print, whole.print)
    assert likeness.containment == pytest.approx(1.0, abs=0.1)
    assert likeness.coverage == pytest.approx(0.5, abs=0.2)
    assert likeness.lengths == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.a.example/story/", "a.example/story"),
        ("http://m.a.example/story?utm_medium=x#top", "a.example/story"),
        ("https://amp.a.example/story", "a.example/story"),
        ("https://a.example/story/amp/", "a.example/story"),
        ("https://a.example/amp/story", "a.example/story"),
        ("https://a.example/story.amp.html", "a.example/story.html"),
        ("https://a.example/story?outputType=amp&id=7", "a.example/story?id=7"),
        ("https://a.example/", None),
        ("ftp://a.example/story", None),
        (None, None),
    ],
)
def test_variants_of_an_address_have_one_key(url: str | None, expected: str | None) -> None:
    assert address_key(url) == expected


@pytest.mark.parametrize(
    ("body", "authors", "expected"),
    [
        ("NORTHPORT, Jan 2 (Reuters) - The board said", (), "Reuters"),
        ("The board said.\n\n(AP)", (), "Associated Press"),
        ("The board said.", ("AFP",), "Agence France-Presse"),
        ("The board (APART) said", ("Ana Apple",), None),
    ],
)
def test_agency_is_read_from_dateline_credit_or_author(
    body: str, authors: tuple[str, ...], expected: str | None
) -> None:
    found = agency(article(body, author_organisations=authors))
    assert (AGENCIES[found - 1].name if found else None) == expected


def test_explanation_names_kind_evidence_and_changes() -> None:
    old, new = printed(), printed(STORY.replace("14 of", "19 of"))
    told = " ".join(explain(second(old, new), new, old.print))
    assert "another version" in told
    assert "1 number changed (now 'in 19 of')" in told


def test_policy_prefers_the_publisher_and_reference_records_carry_no_text() -> None:
    policy = Policy({**DEFAULT, "exact": "drop"}, {"a.example": {"exact": "full"}})
    ours = article(publisher=Publisher("A", "a.example"))
    assert policy.delivery(article(), Verdict("exact")) == "drop"
    assert policy.delivery(ours, Verdict("exact")) == "full"
    assert policy.delivery(ours, Verdict("near")) == "reference"
    payload = Payload(b"x", "p", datetime(2026, 1, 2, tzinfo=UTC))
    record = as_reference(make_record(payload, Enriched(ours), "id", Verdict("near", of="x")), "reference")
    assert (record.body, record.paragraphs, record.delivery) == ("", (), "reference")
    assert (record.headline, record.verdict.of) == ("Swing bridge stays shut", "x")
