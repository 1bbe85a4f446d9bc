"""Publisher, section, pictures and canonical names of a page, where its markup is of an older kind."""

from __future__ import annotations

from worker.extract.declared import read_declared
from worker.extract.draft import Draft
from worker.extract.main_content import parse
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


def headline(title: str, heading: str, head: str = "", url: str = "https://harbour.example/1") -> Draft:
    body = f"<h1>{heading}</h1>{_PROSE}"
    return read_page(f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>", url)


def test_a_letter_that_folds_to_two_does_not_hide_the_border_before_the_site() -> None:
    title = "Die Fleißigsten und die Fahrradfreundlichsten im Landkreis am Hafen"
    draft = headline(f"{title} - Landkreis - HB.de", title, f'<meta property="og:title" content="{title}">')
    assert draft.values["headline"] == title


def test_a_quote_that_ended_the_attribute_is_repaired() -> None:
    whole = 'Marathon am Hafen: Ein Sieger und "hoher Besuch"'
    draft = headline(whole, whole, '<meta property="og:title" content="Marathon am Hafen: Ein Sieger und ">')
    assert draft.values["headline"] == whole


def test_an_addition_that_one_witness_has_is_no_repair() -> None:
    short = "Decision on Thursday: does the harbour rate fall, a clear announcement"
    head = "".join(f'<meta property="{name}:title" content="{short}">' for name in ("og", "twitter"))
    assert headline(f"{short} by experts", short, head).values["headline"] == short


def test_a_mark_in_an_element_of_its_own_is_not_set_apart() -> None:
    said = read_declared(parse("<h1><b>Patent</b><i>:</i> cranes <em>may</em><em>go</em></h1>"))
    assert said.headings[0].text == "Patent: cranes may go"


def test_the_site_behind_a_headline_is_told_by_its_address() -> None:
    draft = headline("Steigende Zinsen setzen Dax zu | Börsen-Bote", "", "", "https://www.boersen-bote.example/1")
    assert draft.values["headline"] == "Steigende Zinsen setzen Dax zu"


def test_a_day_or_a_kind_of_news_behind_a_headline_is_no_part_of_it() -> None:
    short = "Ferries are counted again at night"
    for tail in ("28.04.2023", "Northport News"):
        head = f'<meta property="og:title" content="{short} | {tail}">'
        assert headline(f"{short} | Nights | {tail}", short, head).values["headline"] == short


def test_subtitle_is_the_wording_that_most_witnesses_have() -> None:
    shown, other = "Gulls, pilots and the council agree for once", "All about ferries, harbours and what they cost"
    node = f'<script type="application/ld+json">{{"@type": "NewsArticle", "description": "{other}"}}</script>'
    head = f'<meta property="og:description" content="{shown}">'
    body = f'<h1>Ferries are counted</h1><p class="standfirst">{shown}</p>{_PROSE}'

    def subtitle(head: str, body: str) -> tuple[str | None, str | None]:
        draft = read_page(
            f"<html><head><title>Ferries are counted</title>{head}</head><body>{body}</body></html>", None
        )
        found = draft.provenance.get("subtitle")
        return draft.values.get("subtitle"), found.origin if found else None

    assert subtitle(node + head, body) == (shown, "text:standfirst")
    assert subtitle(node + head, _PROSE) == (other, "json-ld")
    assert subtitle(node, body) == (other, "json-ld")
    cut = f'<meta property="og:description" content="{shown[:30]}…"><meta name="description" content="{shown}">'
    assert subtitle(cut, _PROSE) == (shown, "meta:og:description")
    assert subtitle('<meta name="description" content="Ferries are counted">', _PROSE) == (None, None)
