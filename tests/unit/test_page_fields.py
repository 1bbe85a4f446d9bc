"""Publisher, section, pictures and canonical names of a page, where its markup is of an older kind."""

from __future__ import annotations

from worker.extract.draft import Draft
from worker.extract.page import read_page
from worker.model import Publisher

_PROSE = "".join(
    f"<p>The {n} ferries of the harbour were counted again, and the council said that it would wait for the report "
    "of the engineers before it decides on the new quay and on what the pilots are to be paid for night work.</p>"
    for n in ("four", "nine", "twelve")
)


def page(title: str, before: str = "", after: str = "") -> Draft:
    body = f"{before}<h1>Ferries are counted</h1>{after}{_PROSE}"
    text = f"<html><head><title>{title}</title></head><body>{body}</body></html>"
    return read_page(text, "https://harbour.example/1")


def test_the_end_of_the_title_is_the_publisher_where_the_logo_says_the_same() -> None:
    draft = page("Ferries are counted - Harbour Voice", '<a href="/"><img src="/l.gif" alt="Harbour Voice"></a>')
    assert draft.values["publisher"] == Publisher("Harbour Voice", None, "publisher")
    assert draft.values["headline"] == "Ferries are counted"


def test_the_end_of_the_title_alone_is_no_publisher() -> None:
    draft = page("Ferries are counted - in the harbour", '<a href="/"><img src="/l.gif" alt="Harbour Voice"></a>')
    assert "publisher" not in draft.values


def test_microdata_name_publisher_section_and_picture() -> None:
    draft = page(
        "Ferries are counted",
        '<div itemprop="publisher" itemscope><meta itemprop="name" content="Harbour Voice"></div>'
        '<span itemprop="articleSection">Science</span><span itemprop="name">Ada Ruiz</span>',
        '<img itemprop="image" src="/ferries.jpg">',
    )
    assert draft.values["publisher"] == Publisher("Harbour Voice", None, "publisher")
    assert draft.values["section"] == "Science"
    assert [image.url for image in draft.images] == ["https://harbour.example/ferries.jpg"]


def test_pictures_in_the_text_count_where_nothing_else_is_declared() -> None:
    picture = '<p><img src="/in-text.jpg"></p>'
    assert [image.url for image in page("Ferries are counted", "", picture).images] == [
        "https://harbour.example/in-text.jpg"
    ]
    figure = '<article><figure><img src="/figure.jpg"><figcaption>A ferry</figcaption></figure></article>'
    draft = page("Ferries are counted", "", picture + figure)
    assert [(image.url, image.caption) for image in draft.images] == [("https://harbour.example/figure.jpg", "A ferry")]
