"""Articles as Markdown: structure from the kinds of paragraphs, and no text that turns into markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from worker.cli.parse import command
from worker.model import ParagraphKind
from worker.text.markdown import to_markdown
from worker.text.whitespace import assemble

_PAGE = """<html><head><title>Ferry late</title><meta property="og:title" content="Ferry late"></head><body><article>
<h1>Ferry late</h1>
<p>The morning ferry left the harbour an hour late on Monday, said the company that has run it since the spring.</p>
<h2>What it carries</h2>
<p>Most of those on board are commuters, and the company counts them twice a year on behalf of the county council.</p>
<ul><li>Two hundred passengers on each of the early crossings to the island</li>
<li>Forty cars, among them the vans of the two bakeries on the quay</li></ul>
<blockquote><p>We have never seen so much ice in the fairway at this time of year, said the captain.</p></blockquote>
<table><tr><th>Crossing</th><th>Minutes late</th></tr><tr><td>Seven o'clock in the morning</td><td>60</td></tr></table>
<p>The company expects the crossings to be on time again by the end of the week, if the wind turns as forecast.</p>
</article></body></html>"""


def _written(*blocks: tuple[str, ParagraphKind], headline: str | None = None) -> str:
    body, paragraphs = assemble(blocks)
    return to_markdown(headline, body, paragraphs)


def test_each_kind_has_its_form() -> None:
    assert _written(
        ("It rained.", "text"),
        ("Where", "heading"),
        ("north", "list"),
        ("south", "list"),
        ("So much rain.", "quote"),
        ("And wind.", "quote"),
        ("Place | Rain", "table"),
        ("Quay | 4 mm", "table"),
        headline="Rain",
    ) == (
        "# Rain\n\nIt rained.\n\n## Where\n\n- north\n- south\n\n> So much rain.\n>\n> And wind.\n\n"
        "| Place | Rain |\n| --- | --- |\n| Quay | 4 mm |\n"
    )


def test_rows_of_different_length_make_one_table_and_single_cells_none() -> None:
    assert _written(("a | b | c", "table"), ("d", "table")) == "| a | b | c |\n| --- | --- | --- |\n| d |  |  |\n"
    assert _written(("a", "table"), ("b", "table")) == "a\n\nb\n"
    assert _written((" | ".join("x" * 200), "table")).count("\n") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", r"\# no heading"),
        ("#hashtag", "#hashtag"),
        ("- no item", r"\- no item"),
        ("1. no item", r"1\. no item"),
        ("1987 was a year", "1987 was a year"),
        ("> no quote", r"\> no quote"),
        ("---", r"\---"),
        ("a *b* _c_ [d](e) `f` <g>", r"a \*b\* \_c\_ \[d\](e) \`f\` \<g>"),
        ("AT&T and &amp;", r"AT&T and \&amp;"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_text_is_not_read_as_markup(text: str, shown: str) -> None:
    assert _written((text, "text")) == f"{shown}\n"


def test_bars_in_a_cell_do_not_part_it() -> None:
    assert _written(("a|b | c", "table")) == "| a\\|b | c |\n| --- | --- |\n"


def test_nothing_gives_nothing() -> None:
    assert to_markdown(None, "", ()) == ""


def test_command_shows_articles_as_markdown_and_errors_apart(tmp_path: Path) -> None:
    page, bad = tmp_path / "a.html", tmp_path / "b.html"
    page.write_text(_PAGE, "utf-8")
    bad.write_text("<html><body></body></html>", "utf-8")
    found = CliRunner().invoke(command, ["--markdown", str(page), str(page), str(bad)])
    assert found.exit_code == 1
    first, second = found.stdout.split("\n---\n\n")
    assert first == second
    assert first.startswith("# Ferry late\n\nThe morning ferry")
    for line in ("## What it carries\n", "- Two hundred passengers", "> We have never seen", "| --- | --- |\n"):
        assert f"\n{line}" in first
    assert "article_missing" in found.stderr


@pytest.mark.parametrize("mode", ["default", "fast"])
def test_command_takes_the_mode(tmp_path: Path, mode: str) -> None:
    page = tmp_path / "a.html"
    page.write_text(_PAGE, "utf-8")
    found = CliRunner().invoke(command, ["--mode", mode, "--compact", str(page)])
    assert found.exit_code == 0
    assert "The morning ferry" in found.stdout
    assert ("blocks 3 fast" in found.stdout) == (mode == "fast")
