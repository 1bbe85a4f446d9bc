"""Items out of what Fundus and news-please give, WARC files with progress, patterns on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from worker.cli.inputs import walk
from worker.errors import PayloadError
from worker.formats.json import component
from worker.model import Article, Payload
from worker.producers.fundus import fundus_item
from worker.producers.news_please import news_please_item
from worker.producers.warc import WarcFile, is_warc

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Texts:
    """A sequence of texts as Fundus has them: it iterates, and is no list."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)


class Section:
    """A section as Fundus has it."""

    def __init__(self, headline: Texts, paragraphs: Texts) -> None:
        self.headline, self.paragraphs = headline, paragraphs


class Body:
    """A body as Fundus has it."""

    def __init__(self) -> None:
        self.summary = Texts("Ferries stop at noon.")
        self.sections = [Section(Texts("Why"), Texts("The crews want more.", "The city says no."))]

    def serialize(self) -> dict[str, Any]:
        return {"summary": self.summary, "sections": [vars(section) for section in self.sections]}


class Page:
    """The page and how it was fetched, as Fundus has it."""

    def __init__(self) -> None:
        self.requested_url = "https://a.example/1"
        self.responded_url = "https://a.example/one"
        self.content = "<html><p>grün</p></html>"
        self.crawl_date = NOW
        self.source_info = None


class FundusArticle:
    """An article as Fundus has it."""

    def __init__(self) -> None:
        self.title = "Ferries stop"
        self.body = Body()
        self.authors = ["Ada Quay"]
        self.publishing_date = NOW
        self.topics = ["Transport"]
        self.free_access = True
        self.images: list[object] = []
        self.html = Page()


def read(payload: bytes) -> Article:
    (article,) = component().parse(Payload(payload, "p", NOW, media_type="application/json"))
    assert isinstance(article, Article)
    return article


def test_fundus_article_becomes_an_item_of_its_shape() -> None:
    item = fundus_item(FundusArticle(), id="k")
    assert (item.url, item.source, item.id) == ("https://a.example/one", "fundus", "k")
    assert item.fetched_at == NOW.isoformat()
    article = read(item.payload)
    assert (article.headline, article.authors) == ("Ferries stop", ("Ada Quay",))
    assert article.published_at == NOW.isoformat()
    assert "The crews want more." in article.body
    assert article.provenance["headline"].origin == "json:fundus"
    found = orjson.loads(item.payload)
    assert found["body"]["sections"] == [
        {"headline": ["Why"], "paragraphs": ["The crews want more.", "The city says no."]}
    ]
    page = fundus_item(FundusArticle(), page=True)
    assert (page.payload.decode(), page.type) == ("<html><p>grün</p></html>", "text/html; charset=utf-8")
    empty = FundusArticle()
    empty.html.content = ""
    with pytest.raises(ValueError, match="no page"):
        fundus_item(empty, page=True)


class NewsArticle:
    """An article as news-please has it."""

    def get_dict(self) -> dict[str, Any]:
        return {
            "title": "Ferries stop",
            "maintext": "The crews want more.\nThe city says no.",
            "date_publish": NOW,
            "date_download": NOW,
            "title_page": None,
            "authors": ["Ada Quay"],
            "url": "https://a.example/1",
            "source_domain": "a.example",
            "html_source": "<html>",
        }


@pytest.mark.parametrize("given", [NewsArticle(), NewsArticle().get_dict()])
def test_news_please_article_becomes_an_item_of_its_shape(given: object) -> None:
    item = news_please_item(given, id="k")
    assert (item.url, item.id, item.fetched_at) == ("https://a.example/1", "k", NOW.isoformat())
    article = read(item.payload)
    assert (article.headline, article.authors) == ("Ferries stop", ("Ada Quay",))
    assert article.published_at == NOW.isoformat()
    assert "The crews want more." in article.body
    assert article.provenance["headline"].origin == "json:news-please"
    found = orjson.loads(item.payload)
    assert "html_source" not in found
    assert "title_page" not in found


def test_warc_file_tells_how_far_it_is() -> None:
    path = ROOT / "examples" / "three-pages.warc.gz"
    assert is_warc(path)
    assert not is_warc(ROOT / "examples" / "seed.txt")
    file = WarcFile(path)
    done = [(file.done, part.name.rsplit("#", 1)[1]) for part in file]
    assert [name for _, name in done] == ["3", "6", "7"]
    assert file.done == file.size == path.stat().st_size
    assert [at for at, _ in done] == sorted(at for at, _ in done)
    assert (file.payloads, file.failed, file.skipped.total()) == (3, 0, 4)


def test_warc_file_that_is_none(tmp_path: Path) -> None:
    for name, body, code in (("a", b"", "empty"), ("b", b"plain text", "format_unknown")):
        (tmp_path / name).write_bytes(body)
        with pytest.raises(PayloadError, match=code):
            list(WarcFile(tmp_path / name))


def test_patterns_and_directories(tmp_path: Path) -> None:
    for name in ("a.html", "b.html", "c.txt", "[1].html", "deep/d.html", ".hidden.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    def names(*paths: str) -> list[str]:
        return [str(path.relative_to(tmp_path)) for path in walk([f"{tmp_path}/{path}" for path in paths])]

    assert names("*.html") == ["[1].html", "a.html", "b.html"]
    assert names("**/*.html") == ["[1].html", "a.html", "b.html", "deep/d.html"]
    assert names("[1].html") == ["[1].html"], "a file of that name goes before the pattern"
    assert names("") == ["[1].html", "a.html", "b.html", "c.txt", "deep/d.html"]
    assert names("*.none") == ["*.none"], "told later as a file that cannot be read"
