"""Feeds: what each kind says is read alike, dates keep their offset, damage is mended and told, and size is bounded."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import orjson
import pytest

from worker import wiring
from worker.errors import PayloadError
from worker.model import Article, Payload
from worker.settings import Settings
from worker.text.sniff import choose

SPINE = wiring.pipeline(Settings())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROSE = (
    "The museum of clocks has set all of its nine hundred pieces to one time, for the first time since 1911. "
    "At noon on Sunday they struck together, and a window broke."
)
SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/"'
)
FULL = f"<content:encoded><![CDATA[<p>{PROSE}</p>]]></content:encoded>"


def parse(raw: str | bytes, **known: object) -> list[Article | PayloadError]:
    body = raw.encode() if isinstance(raw, str) else raw
    return SPINE.parse(Payload(body, "x", NOW, **known))  # type: ignore[arg-type]


def one(raw: str | bytes, **known: object) -> Article:
    (item,) = parse(raw, **known)
    assert isinstance(item, Article), item
    return item


def codes(article: Article) -> list[str]:
    return [issue.code for issue in article.issues]


def rss(inner: str = FULL, head: str = "<title>Clock Gazette</title>", before: str = "", tail: str = "") -> str:
    item = f"<item><title>Clocks agree</title>{inner}</item>"
    return f'{before}<rss version="2.0" {SPACES}><channel>{head}{item}{tail}</channel></rss>'


def test_rss_with_everything() -> None:
    article = one(
        rss(
            "<guid>https://clocks.example/1</guid><pubDate>Mon, 02 Mar 2026 07:00:00 EST</pubDate>"
            "<dc:creator>Ida Falk</dc:creator><dc:creator>Ole Berg</dc:creator><author>x@y.example (Uma Rao)</author>"
            '<category domain="https://clocks.example/section">Culture</category><category>Museums</category>'
            '<media:group><media:content url="/s.jpg" medium="image" width="200"/>'
            '<media:content url="/l.jpg" medium="image" width="1600"/><media:title>The hall</media:title>'
            "<media:credit>Eva Lunt</media:credit></media:group>"
            '<source url="https://other.example/feed">Other Paper</source>'
            f"<description>A window broke.</description>{FULL}",
            "<title>Clock Gazette</title><link>https://clocks.example/</link><language>en-gb</language>",
        )
    )
    assert article.url == "https://clocks.example/1"
    assert article.published_at == "2026-03-02T07:00:00-05:00"
    assert article.authors == ("Uma Rao", "Ida Falk", "Ole Berg")
    assert (article.section, article.tags) == ("Culture", ("Culture", "Museums"))
    assert [(i.url, i.caption) for i in article.images] == [("https://clocks.example/l.jpg", "The hall (Eva Lunt)")]
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == ("Other Paper", "other.example")
    assert (article.subtitle, article.language_declared, article.issues) == ("A window broke.", "en-gb", ())


@pytest.mark.parametrize(("permalink", "url"), [("false", None), ("true", "https://clocks.example/1")])
def test_guid_is_an_address_only_where_it_says_so(permalink: str, url: str | None) -> None:
    assert one(rss(f'<guid isPermaLink="{permalink}">https://clocks.example/1</guid>{FULL}')).url == url


def test_rdf() -> None:
    article = one(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'{SPACES}><channel rdf:about="https://clocks.example/"><title>Gazette</title></channel>'
        '<item rdf:about="https://clocks.example/1"><title>Clocks agree</title>'
        f"<dc:date>2026-03-02T07:00:00+09:00</dc:date><dc:subject>Museums</dc:subject>{FULL}</item></rdf:RDF>"
    )
    assert (article.url, article.published_at) == ("https://clocks.example/1", "2026-03-02T07:00:00+09:00")
    assert article.tags == ("Museums",)


def test_rss_091_with_its_doctype() -> None:
    before = '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://my.example/rss-0.91.dtd">'
    article = one(rss(f"<description>{PROSE}</description>", before=before))
    assert (article.body, codes(article)) == (PROSE, ["teaser_only"])


def test_atom_03() -> None:
    article = one(
        '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Gazette</title><entry><title>Clocks</title>'
        '<link rel="alternate" type="text/html" href="https://clocks.example/1"/><author><name>Ida Falk</name></author>'
        "<issued>2026-03-02T07:00:00-03:00</issued><modified>2026-03-02T09:00:00-03:00</modified>"
        f'<content type="text/html" mode="escaped">&lt;p&gt;{PROSE}&lt;/p&gt;</content></entry></feed>'
    )
    assert (article.published_at, article.modified_at) == ("2026-03-02T07:00:00-03:00", "2026-03-02T09:00:00-03:00")
    assert (article.body, article.authors, article.url) == (PROSE, ("Ida Falk",), "https://clocks.example/1")


def test_atom_content_elsewhere_language_and_base() -> None:
    article = one(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>G</title>'
        '<entry xml:lang="nb" xml:base="https://clocks.example/a/"><title>Clocks</title>'
        f'<updated>2026-03-02T07:00:00+01:00</updated><content src="one" type="text/html"/><summary>{PROSE}</summary>'
        "</entry></feed>"
    )
    assert article.url == "https://clocks.example/a/one"
    assert (article.language_declared, codes(article)) == ("nb", ["teaser_only"])
    assert article.published_at == article.modified_at == "2026-03-02T07:00:00+01:00"


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Cats &amp;amp; dogs", "Cats & dogs"),
        ("Cats &amp;amp;amp; dogs", "Cats & dogs"),
        ("<![CDATA[<b>Cats</b> &amp; dogs]]>", "Cats & dogs"),
        ("Price &lt; 5 &amp;euro;", "Price < 5 €"),
    ],
)
def test_titles_are_read_through_markup_and_double_escapes(title: str, read: str) -> None:
    assert one(rss().replace("Clocks agree", title)).headline == read


BROKEN = {
    "nbsp": rss().replace("Clocks agree", "Clocks&nbsp;agree"),
    "ampersand": rss(f"<category>Arts & crafts</category>{FULL}"),
    "control": rss().replace("Clocks agree", "Clocks\x08 agree"),
    "surrogate reference": rss().replace("Clocks agree", "Clocks&#xD800; agree"),
    "junk before": "Notice: a warning of the server\n" + rss(before='<?xml version="1.0"?>'),
    "undeclared": rss().replace(SPACES, ""),
    "unclosed": rss(f"<category>x{FULL}"),
    "cut": rss()[: -len("</channel></rss>")],
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_feeds_give_what_could_be_read(name: str) -> None:
    article = one(BROKEN[name])
    assert article.headline == "Clocks agree"
    assert PROSE in article.body
    assert "markup_broken" in codes(article)
    assert name != "ampersand" or article.tags == ("Arts & crafts",)


def test_wrong_declaration_of_the_charset() -> None:
    raw = rss(before='<?xml version="1.0" encoding="utf-8"?>').replace("museum", "muséum").encode("cp1252")
    assert "muséum" in one(raw).body
    raw = rss(before='<?xml version="1.0" encoding="utf-16"?>').replace("museum", "muséum").encode()
    assert "muséum" in one(raw).body


@pytest.mark.parametrize("padding", ["", f"<!-- {'x' * 5000} -->"])
def test_entity_definitions_are_refused(padding: str) -> None:
    raw = rss(before=f'{padding}<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>')
    feed = next(item for item in SPINE.formats if item.name == "feed")
    with pytest.raises(PayloadError) as caught:
        list(feed.parse(Payload(raw.encode(), "x", NOW)))
    assert caught.value.code == "markup_invalid"


def test_json_feed_wins_over_json() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "title": "Gazette & Sons",
        "home_page_url": "https://clocks.example/",
        "author": {"name": "Ida Falk"},
        "items": [
            {"id": "https://clocks.example/1", "title": "AT&amp;T <b> tag", "content_text": f"{PROSE}\n\n5 < 6"},
            {"id": "2", "url": "/2", "summary": PROSE, "date_published": "2026-03-02T07:00:00+09:00"},
            7,
        ],
    }
    raw = orjson.dumps(feed)
    for known in (raw, raw.replace(b"/", b"\\/")):
        assert choose(SPINE.formats, Payload(known, "x", NOW, media_type="application/json")).name == "jsonfeed"
    first, second, third = parse(raw)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(third, PayloadError)
    assert (first.url, first.authors, first.body) == (
        "https://clocks.example/1",
        ("Ida Falk",),
        f"{PROSE}\n\n5 < 6",
    )
    assert first.publisher is not None
    assert first.publisher.name == "Gazette & Sons"
    assert (second.url, second.published_at) == ("https://clocks.example/2", "2026-03-02T07:00:00+09:00")
    assert "teaser_only" in codes(second)


@pytest.mark.parametrize("kind", ["many", "long", "damaged", "never closed"])
def test_size_is_bounded(kind: str) -> None:
    item = f"<item><title>Clocks agree</title>{FULL}</item>"
    tail = {
        "many": item * 6000,
        "long": item.replace(PROSE, PROSE * 50_000),
        "damaged": item.replace("</title>", "") * 9000,
        "never closed": "<item><title>x" * 100_000,
    }[kind]
    started = time.process_time()
    found = parse(rss(tail=tail))
    assert time.process_time() - started < 5
    assert len(found) <= 5000
    assert kind == "long" or "items_cut" in [c for a in found if isinstance(a, Article) for c in codes(a)]
