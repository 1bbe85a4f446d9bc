"""The block classifier: how a page is cut, what is chosen, and what absurd markup costs."""

from __future__ import annotations

import numpy as np
import pytest

from worker.errors import PayloadError
from worker.extract.blocks import AROUND, cut_blocks, hints_of
from worker.extract.container import narrowest
from worker.extract.fragment import blocks_of_fragment
from worker.extract.main_content import main_content, parse, with_second_look
from worker.extract.trees import Trees, pack, unpack

_PARAGRAPHS = [
    "The harbour board voted on Tuesday to deepen the northern basin, a step that fishing crews resisted for years.",
    "Work is to begin in spring, said the board's chair, and will keep two of the five quays shut until the autumn.",
    "Crews fear that the dredging will drive herring from the bay; a study by the coastal institute is due in May.",
    "The town has set aside four million for boats that cannot leave port while the machines are at work.",
]
_PAGE = f"""<html><head><title>Board votes to deepen basin</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport</a></li><li><a href="/w">Weather</a></li></ul></nav>
<div class="layout"><article class="story"><h1>Board votes to deepen basin</h1>
<div class="story-body">{"".join(f"<p>{text}</p>" for text in _PARAGRAPHS)}</div>
<div class="newsletter"><p>Subscribe to our newsletter and never miss a story.</p></div></article>
<aside class="related"><h3>Related</h3><ul><li><a href="/a">Ferry delayed again</a></li>
<li><a href="/b">Lighthouse to be sold</a></li></ul></aside></div>
<footer><p>© Harbour Post. All rights reserved.</p></footer></body></html>"""


def _cut(markup: str) -> list[tuple[str, str]]:
    return [(block.text, block.kind) for block in cut_blocks(parse(markup).body).blocks]


def test_article_paragraphs_are_chosen_and_what_surrounds_them_is_not() -> None:
    found = main_content(_PAGE)
    texts = [block.text for block in found.blocks]
    assert [text for text in texts if text != "Board votes to deepen basin"] == _PARAGRAPHS
    assert 0.5 < found.expected_f1 <= 1.0


def test_same_page_gives_the_same_choice_every_time() -> None:
    assert main_content(_PAGE) == main_content(_PAGE)


def test_kinds_follow_the_elements_around() -> None:
    assert _cut(
        "<h2>Head</h2><ul><li>one</li><li><p>two</p></li></ul><blockquote><p>said</p></blockquote><p>plain</p>"
    ) == [("Head", "heading"), ("one", "list"), ("two", "list"), ("said", "quote"), ("plain", "text")]


def test_table_row_is_one_block_and_layout_cells_are_not_joined() -> None:
    assert _cut("<table><tr><th>Quay</th><td>North</td></tr></table>") == [("Quay | North", "table")]
    assert [text for text, _ in _cut("<table><tr><td><p>left</p></td><td><p>right</p></td></tr></table>")] == [
        "left",
        "right",
    ]


def test_two_breaks_end_a_paragraph_and_one_does_not() -> None:
    assert [text for text, _ in _cut("<div>one<br>still one<br> <br>x<br><br>two</div>")][-1] == "two"
    assert _cut("<div>one<br>still one</div>") == [("one still one", "text")]


def test_scripts_forms_and_comments_hold_no_text() -> None:
    assert _cut("<script>no</script><style>no</style><button>no</button><!-- no --><p>yes</p>") == [("yes", "text")]


def test_links_bold_type_and_hidden_elements_are_noted() -> None:
    page = cut_blocks(parse('<p>ab <a href="/">link</a> <b>bold</b></p><div style="display: none">gone</div>').body)
    shown, hidden = page.blocks
    assert (shown.linked, shown.links, shown.strong) == (4, 1, 4)
    assert hidden.around >> AROUND.index("hidden") & 1
    assert not shown.around >> AROUND.index("hidden") & 1


def test_hints_are_read_from_any_spelling_of_a_name() -> None:
    assert hints_of("article-body") & hints_of("ArticleBody") & hints_of("article_body")
    assert hints_of("a1b2c3 " + "x" * 500) == 0


def test_page_without_text_has_no_blocks() -> None:
    assert main_content("<html><body><script>1</script></body></html>").blocks == []


def test_repeated_notice_is_left_out() -> None:
    notice = "We need your consent to load external content here, which may set cookies on your device. Please agree."
    page = _PAGE.replace("</p>", f"</p><p>{notice}</p>", 3).replace("</article>", f"<p>{notice}</p></article>")
    assert notice not in [block.text for block in main_content(page).blocks]


def test_page_that_only_repeats_itself_keeps_its_text_once() -> None:
    text = _PARAGRAPHS[0]
    page = f"<html><body><article><h1>A head of some words</h1>{f'<p>{text}</p>' * 30}</article></body></html>"
    assert [block.text for block in main_content(page).blocks].count(text) == 1


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 100_000 + "text",
        "<b><div>" * 60_000,
        "<x-y>" * 50_000,
        "<div>" * 60_000 + "text" + "</div>" * 60_000,
        "<div></p>" * 60_000,
        "<DIV></span></div ></div><div><div>" * 20_000,
    ],
    ids=["open", "two kinds", "custom", "closed again", "closes another", "closes more than it opens at first"],
)
def test_nesting_beyond_measure_is_refused(markup: str) -> None:
    with pytest.raises(PayloadError, match="nested") as caught:
        parse(markup)
    assert caught.value.code == "markup_invalid"


def test_many_paragraphs_that_are_never_closed_are_no_nesting() -> None:
    assert len(_cut("<p>word " * 8_000)) == 8_000


def test_many_elements_side_by_side_are_no_nesting() -> None:
    assert len(_cut("<div><span>word</span></div>" * 8_000)) == 8_000


def test_page_with_more_blocks_than_are_read_says_so() -> None:
    assert main_content("<p>word of a long list</p>" * 20_100).cut
    assert not main_content(_PAGE).cut


def test_trees_agree_with_a_walk_by_hand() -> None:
    # x[0] > 1 is bit 0 of the first tree's leaf and x[1] > 5 bit 1; the second tree asks only the first question
    trees = Trees(
        feature=np.array([[0, 0], [1, 0]], dtype=np.int32),
        threshold=np.array([[1, 1], [5, np.inf]], dtype=np.float32),
        value=np.array([[2.0, -1.0, 1.0, 0.5], [0.25, 0.5, 0, 0]], dtype=np.float32),
    )
    rows = np.array([[0, 9], [2, 5], [2, 6]], dtype=np.float32)
    margins = np.array([1.25, -0.5, 1.0])
    expected = 1 / (1 + np.exp(-margins))
    assert np.allclose(trees.probabilities(rows), expected)
    assert np.allclose(unpack(pack({"one": trees}), "one").probabilities(rows), expected)
    assert trees.probabilities(rows[:0]).shape == (0,)


def test_fast_mode_looks_only_into_what_holds_the_paragraphs() -> None:
    found = main_content(_PAGE, "fast")
    assert [block.text for block in found.blocks] == _PARAGRAPHS
    assert [block.text for block in found.all_blocks] == _PARAGRAPHS


def test_narrowest_element_holds_nine_tenths_of_the_paragraphs() -> None:
    long = "<p>" + "word " * 40 + "</p>"
    one = parse(f"<div id=a>{long}<div id=b>{long * 10}</div></div><p>short</p>")
    assert (found := narrowest(one)) is not None
    assert found.attributes["id"] == "b"
    two = parse(f"<div id=a><div>{long * 2}</div><div>{long * 2}</div></div>")
    assert (found := narrowest(two)) is not None
    assert found.attributes["id"] == "a"


@pytest.mark.parametrize("markup", ["<div>no paragraph here</div>", "", f"{'<div>' * 100}<p>{'word ' * 40}"])
def test_page_without_paragraphs_within_reach_gives_its_body_or_what_is_near(markup: str) -> None:
    assert (found := narrowest(parse(markup))) is not None
    assert found.tag in {"body", "div"}


def test_paragraph_repeated_in_place_is_kept_once_and_no_notice() -> None:
    page = _PAGE.replace(f"<p>{_PARAGRAPHS[1]}</p>", f"<p>{_PARAGRAPHS[1]}</p>" * 5)
    assert [block.text for block in main_content(page).blocks].count(_PARAGRAPHS[1]) == 1


def test_elements_end_after_their_last_descendant() -> None:
    page = cut_blocks(parse("<div><p>a</p><ul><li>b</li></ul></div><p>c</p>").body)
    assert page.parents == [0, 0, 1, 1, 3, 0]
    assert page.ends == [6, 5, 3, 5, 5, 6]


@pytest.mark.parametrize("depth", [250, 300, 1_500, 3_000])
def test_text_of_a_fragment_is_kept_at_any_depth(depth: int) -> None:
    markup = "<div>" * depth + "<p>deep text</p>" + "</div>" * depth + "<p>after</p><script>no</script>"
    text = " ".join(block for block, _ in blocks_of_fragment(markup))
    assert text.split() == ["deep", "text", "after"]


def test_fragment_of_very_many_paragraphs_keeps_its_rest_in_one_block() -> None:
    blocks = blocks_of_fragment("<p>word</p>" * 30_000)
    assert len(blocks) < 20_010
    assert sum(block.split().count("word") for block, _ in blocks) == 30_000


def test_second_look_moves_the_probabilities_of_its_part_alone() -> None:
    blocks = cut_blocks(parse("<p>a</p><div><p>b</p><p>a</p><p>c</p></div><p>d</p>").body).blocks
    inner = cut_blocks(parse("<p>a</p><p>c</p>").body).blocks
    sure = np.array([0.9, 0.9, 0.4, 0.9, 0.9], dtype=np.float32)
    mixed = with_second_look(sure, blocks, np.array([0.99, 0.01], dtype=np.float32), inner)
    assert mixed[2] > 0.5
    assert mixed[3] < 0.5
    assert mixed[[0, 1, 4]].tolist() == sure[[0, 1, 4]].tolist()
    elsewhere = cut_blocks(parse("<p>a</p><p>x</p>").body).blocks
    assert with_second_look(sure, blocks, np.array([0.5, 0.5], dtype=np.float32), elsewhere).tolist() == sure.tolist()
