"""The benchmark of extractors: a process a row, turns, and what hangs or dies."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import extraction
from benchmarks.extraction import Extractor, compete, curve, tables
from benchmarks.quality.pages import Page

TEXT = "The harbour council met on Monday and put off the budget for ferries, bridges and the old market again. " * 6
ODD_ROWS = '''
"""Rows that misbehave."""
import os, time
from benchmarks.extractors import ROWS, serve

def hang(html, url):
    if "hang" in html:
        time.sleep(600)
    if "die" in html:
        os._exit(3)
    if "raise" in html:
        raise ValueError
    return "text"

ROWS["odd"] = lambda: hang
'''


def page(html: str, name: str = "1") -> Page:
    return Page("made-up", name, None, html, TEXT.strip(), None, (), (), None, None)


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extractor]:
    """An extractor that hangs, dies or raises when the page says so."""
    (tmp_path / "odd_rows.py").write_text(ODD_ROWS)
    child = extraction._CHILD_RUN.replace(
        "from benchmarks.extractors import serve", f"sys.path.insert(0, {str(tmp_path)!r}); from odd_rows import serve"
    )
    monkeypatch.setattr(extraction, "_CHILD_RUN", child)
    one = Extractor("odd")
    monkeypatch.setattr(extraction, "LIMIT_SECONDS", 2)
    yield one
    one.close()


def test_what_hangs_or_dies_is_reported_and_the_next_page_goes_on(odd: Extractor) -> None:
    assert odd.missing is None
    assert odd.ask(page("hang")).failed == "killed after 2 s"
    assert odd.ask(page("fine")).text == "text"
    assert odd.ask(page("die")).failed == "died"
    assert odd.ask(page("raise")).failed == "ValueError"
    assert odd.ask(page("fine")).failed is None


def test_a_library_that_is_not_installed_is_named() -> None:
    if importlib.util.find_spec("goose3"):
        pytest.skip("goose3 is installed here")
    one = Extractor("goose3")
    one.close()
    assert "goose3" in str(one.missing)


def test_two_rows_over_the_same_pages_give_a_table_and_a_curve() -> None:
    rows = [Extractor("copydesk body"), Extractor("trafilatura fast")]
    html = f"<html><body><article><h1>Budget put off</h1><p>{TEXT}</p></article></body></html>"
    try:
        results = compete(rows, {"made-up": [page(html), page(html, "2")]}, 2)
    finally:
        for one in rows:
            one.close()
    assert results["made-up"]["copydesk body"].quality.recall > 0.9
    assert [len(runs) for runs in results["made-up"]["trafilatura fast"].cpu_ms.values()] == [2, 2]
    # The system counts the most memory held by the way: it may tell a few pages less a moment later.
    assert all(one.start and one.start.megabytes > 5 and one.megabytes > 5 for one in rows)
    written = "\n".join((*tables(results, rows), *curve(results)))
    assert "| copydesk body * |" in written
    assert "| trafilatura fast |" in written
    assert "best" in written
    assert sys.executable not in written
