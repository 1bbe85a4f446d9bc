"""Formats: detection by content, fields with provenance, and a bounded cause for whatever is thrown at them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker import wiring
from worker.errors import CAUSES, PayloadError
from worker.model import Article, Payload
from worker.settings import Settings
from worker.text.sniff import rank, sniff

SPINE = wiring.pipeline(Settings())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROSE = (
    "Dock workers went back to their cranes on Wednesday evening, ending a strike that had left forty-one ships "
    "waiting outside the breakwater for nine days. The union and the port company agreed on a rise of four percent."
)
SECOND = "Night shifts will be paid at one and a half times the day rate from July, the company said in a statement."


def parse(raw: bytes | str, **known: object) -> list[Article | PayloadError]:
    body = raw.encode() if isinstance(raw, str) else raw
    return SPINE.parse(Payload(body, "x", NOW, **known))  # type: ignore[arg-type]


def one(raw: bytes | str, **known: object) -> Article:
    (item,) = parse(raw, **known)
    assert isinstance(item, Article)
    return item


def cause(raw: bytes | str, **known: object) -> str:
    with pytest.raises(PayloadError) as caught:
        parse(raw, **known)
    return caught.value.code


def page(head: str = "", body: str = f"<p>{PROSE}</p><p>{SECOND}</p>", html: str = "") -> str:
    return f"<!doctype html><html {html}><head>{head}</head><body><article>{body}</article></body></html>"


@pytest.mark.parametrize(
    ("raw", "known", "name"),
    [
        (page(), {}, "html"),
        (page(), {"media_type": "application/json"}, "html"),
        (page(), {"name": "page.txt"}, "html"),
        ('\ufeff<?xml version="1.0"?><!DOCTYPE html><html><p>x</p></html>', {}, "html"),
        ("<!-- note --><html><p>x", {}, "html"),
        ('{"headline": "x", "articleBody": "<p>y</p>"}', {}, "json"),
        ('{"headline": "x"}', {"media_type": "text/html"}, "json"),
        ('[{"a": 1}]', {}, "json"),
        ('<?xml version="1.0"?><rss version="2.0"><channel/></rss>', {"media_type": "text/html"}, "feed"),
        ('<feed xmlns="http://www.w3.org/2005/Atom"></feed>', {}, "feed"),
        ("<rdf:RDF></rdf:RDF>", {}, "feed"),
        ("<!-- x -->" * 500, {}, "text"),  # a pattern that backtracks over comments does not return
        ("Just some prose.", {}, "text"),
        ("[Photo] Just some prose.", {}, "text"),
        ("{curly} prose", {}, "text"),
        ("5 < 6 and <b>bold</b>", {}, "text"),
    ],
)
def test_detection_goes_by_content(raw: str, known: dict[str, str], name: str) -> None:
    sniffed = sniff(Payload(raw.encode(), "x", NOW, **known))  # type: ignore[arg-type]
    assert rank(SPINE.formats, sniffed)[0][1] == name


def test_json_ld_fields_have_provenance() -> None:
    node = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "Organization", "name": "Gazette"},
            {
                "@type": ["NewsArticle"],
                "headline": "Strike ends &amp; ships sail",
                "datePublished": "2026-03-11T17:45:00+01:00",
                "author": [{"@type": "Person", "name": "Lena Brandt"}, {"@type": "Organization", "name": "Gazette"}],
                "publisher": {"@type": "Organization", "name": "Gazette"},
                "articleSection": "Economy",
                "keywords": "ports, strikes",
                "isAccessibleForFree": "False",
            },
        ],
    }
    script = f'<script type="application/ld+json">{orjson.dumps(node).decode()}</script>'
    article = one(page(script, html='lang="en"'), url="https://gazette.example/a")
    assert article.headline == "Strike ends & ships sail"
    assert article.authors == ("Lena Brandt",)
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == ("Gazette", "gazette.example")
    assert (article.section, article.tags, article.access, article.article_type) == (
        "Economy",
        ("ports", "strikes"),
        "paywalled",
        "news",
    )
    assert article.published_at == "2026-03-11T17:45:00+01:00"
    assert article.provenance["published_at"].origin == "json-ld"
    assert article.language_declared == "en"
    assert article.body == f"{PROSE}\n\n{SECOND}"


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "NewsArticle", "headline": "Mended"} -->',
        '{"@type": "NewsArticle", "headline": "Mended",}',
        '//<![CDATA[\n{"@type": "NewsArticle", "headline": "Mended"}\n//]]>',
        '{"@type": "NewsArticle", "headline": "Mended", "description": "a\nraw line break"}',
    ],
)
def test_damaged_json_ld_is_mended(script: str) -> None:
    article = one(page(f'<script type="application/ld+json">{script}</script>'))
    assert article.headline == "Mended"


def test_hopeless_json_ld_is_an_issue_not_a_failure() -> None:
    article = one(page('<title>Headline of it</title><script type="application/ld+json">{"a": </script>'))
    assert article.headline == "Headline of it"
    assert "markup_broken" in [issue.code for issue in article.issues]


def test_cut_headline_is_repaired_from_its_longer_sibling() -> None:
    whole = "Dock workers end nine-day strike after pay deal in Northport and ships begin to sail"
    head = f'<meta property="og:title" content="Dock workers end nine-day strike…"><title>{whole}</title>'
    article = one(page(head))
    assert article.headline == whole
    assert [v.kind for v in article.headline_variants] == ["truncated"]
    assert "title_repaired" in [issue.code for issue in article.issues]


def test_site_name_is_cut_off_the_title() -> None:
    head = (
        '<meta property="og:site_name" content="Upland Post"><title>Library to reopen in autumn | Upland Post</title>'
    )
    assert one(page(head)).headline == "Library to reopen in autumn"


def test_conflicting_dates_are_an_issue() -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-01-02"}</script>'
        '<meta property="article:published_time" content="2025-06-01T10:00:00Z">'
    )
    article = one(page(head))
    assert article.published_at == "2026-01-02"
    assert "field_conflict" in [issue.code for issue in article.issues]


def test_hints_fill_gaps_and_do_not_replace() -> None:
    hints = {"headline": "Given", "tags": ["a"], "published_at": "2026-01-02", "language": 7}
    article = one(page("<title>Own headline here</title>"), hints=hints, source="Gazette")
    assert article.headline == "Own headline here"
    assert article.tags == ("a",)
    assert article.published_at == "2026-01-02"
    assert article.provenance["tags"].origin == "payload:hints.tags"
    assert [issue.code for issue in article.issues if issue.field == "language_declared"] == ["hint_invalid"]
    assert article.publisher is not None
    assert article.publisher.name == "Gazette"


def test_fragment_without_html_element() -> None:
    article = one(f"<h2>Strike ends</h2><p>{PROSE}</p><p>{SECOND}</p>")
    assert PROSE in article.body


def test_blocks_keep_their_kind() -> None:
    quote, items = f"<blockquote><p>{SECOND}</p></blockquote>", "<ul><li>One thing</li><li>Another</li></ul>"
    body = f"<p>{PROSE}</p><h2>What is next</h2>{quote}{items}<p>In short: {PROSE}</p>"
    assert [p.kind for p in one(page(body=body)).paragraphs] == ["text", "heading", "quote", "list", "list", "text"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "format_unknown"),
        (bytes(range(128, 256)) * 40, "encoding_invalid"),
        ("<html><body></body></html>", "article_missing"),
        ("<html><head><title>404 Not Found</title></head><body><p>Nothing here.</p></body></html>", "error_page"),
        ('{"headline": "x"', "markup_invalid"),
        ('{"headline": NaN}', "markup_invalid"),
        ('{"headline": "x", "headline": "y", "text": "z"}', "markup_invalid"),
        ("[" * 100_000, "markup_invalid"),
        ('{"a":' * 50_000, "markup_invalid"),
        ("{}", "article_missing"),
        ('{"headline": "only a headline"}', "article_missing"),
        ("[1, 2]", "article_missing"),
        ('<rss version="2.0"><channel><title>x</title></channel></rss>', "article_missing"),
        (
            '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss><channel><item>&a;</item></channel></rss>',
            "markup_invalid",
        ),
    ],
)
def test_bad_input_has_a_bounded_cause(raw: bytes | str, code: str) -> None:
    assert cause(raw) == code


def test_body_stated_in_json_ld_stands_where_the_page_shows_a_notice() -> None:
    stated = f"{PROSE} {SECOND}"
    node = json.dumps({"@type": "NewsArticle", "headline": "Bridge plan weighed", "articleBody": stated})
    head = f'<title>Bridge plan weighed</title><script type="application/ld+json">{node}</script>'
    article = one(page(head, "<p>Please enable JavaScript to view this page.</p>"))
    assert article.body == stated
    assert article.provenance["body"].origin == "json-ld:articleBody"
    shown = one(page(head, f"<p>{PROSE} Shown.</p><p>{SECOND} Shown.</p>"))
    assert shown.provenance["body"].origin == "page"


def test_index_page_is_no_article() -> None:
    items = "".join(f"<div><h2><a href='/{n}'>Headline number {n} of today</a></h2></div>" for n in range(40))
    assert cause(f"<!doctype html><html><head><title>News</title></head><body>{items}</body></html>") == "index_page"


def test_linked_teasers_beside_an_article_do_not_make_it_an_index() -> None:
    items = "".join(
        f"<div><h2><a href='/{n}'>Headline number {n}</a></h2><p>A teaser of it.</p></div>" for n in range(40)
    )
    text = f"<h1>Bridge plan weighed</h1><p>{PROSE}</p><p>{SECOND}</p><p>Ships {PROSE.lower()}</p>"
    found = one(page("<title>Bridge plan weighed</title>", f"<div class=text>{text}</div><aside>{items}</aside>"))
    assert found.body.startswith(PROSE)
    assert found.article_type == "unknown"
    assert "teaser" not in found.body


def test_text_that_waits_in_a_template_is_read_where_it_is_all_there_is() -> None:
    waiting = f"<script type='text/template'><p>{PROSE}</p><p>{SECOND}</p></script>"
    head = '<title>Bridge plan weighed</title><meta property="og:type" content="article">'
    assert one(page(head, f"<h1>Bridge plan weighed</h1>{waiting}")).body == f"{PROSE}\n\n{SECOND}"
    assert SECOND not in one(page(head, f"<p>{PROSE} {PROSE}</p>{waiting}")).body


def test_notice_for_old_browsers_that_is_not_closed_does_not_swallow_the_page() -> None:
    assert one(page("", f"<noscript><div id=old></noscript><div><p>{PROSE}</p><p>{SECOND}</p></div>")).body.startswith(
        PROSE
    )


HOSTILE = {
    "nested": "<html><body>" + "<div>" * 100_000 + f"<p>{PROSE}</p>",
    "nested tables": "<html><body>" + "<table><tr><td>" * 20_000 + PROSE,
    "attributes": "<html><body><p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{PROSE}</p>",
    "bare attributes": "<html><body><p " + " ".join(f"a{n}" for n in range(50_000)) + f">{PROSE}</p>",
    "nested and closed": "<html><body>" + "<div>" * 100_000 + PROSE + "</div>" * 100_000,
    "unclosed": "<html><body>" + "<p><b><i>" * 30_000 + PROSE,
    "many tiny": "<html><body>" + "<p>a b c d</p>" * 50_000,
    "long line": "word " * 1_000_000,
    "commas": "a, " * 500_000,
    "dates": "2023-09-15\n" * 50_000,
    "keys": "Title: x\n" * 50_000,
    "rules": "---\n" * 50_000,
    "quotes": '{"text": "' + '\\"' * 500_000 + '"}',
    "json ld": '<html><script type="application/ld+json">' + "[" * 100_000 + f"</script><p>{PROSE}</p>",
    "feed": "<rss><channel>" + "<item><title>x</title></item>" * 3000 + "</channel></rss>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_payload_ends_in_an_answer_or_a_bounded_cause(name: str) -> None:
    try:
        items = parse(HOSTILE[name])
    except PayloadError as exc:
        items = [exc]
    assert all(isinstance(item, Article) or item.code in CAUSES for item in items)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<html><p>", b"{", b"[{", b"<rss><channel><item>", b"---\n", b"Title: "]),
)
def test_arbitrary_bytes_end_in_an_answer_or_a_bounded_cause(raw: bytes, start: bytes) -> None:
    try:
        items = parse(start + raw)
    except PayloadError as exc:
        items = [exc]
    assert items
    assert all(isinstance(item, Article) or item.code in CAUSES for item in items)


def test_json_items_with_other_names() -> None:
    item = {
        "Title": "Lighthouse log goes online",
        "article_body": f"{PROSE}\n\n{SECOND}",
        "Byline": "By Piet van Hoorn and Hanna Lind",
        "publish_date": "03/04/2026",
        "link": "https://a.example/x?utm_source=z",
        "site_name": "Shorelines",
        "keywords": "history; lighthouses",
        "image_url": "/i.jpg",
    }
    article = one(orjson.dumps(item))
    assert article.headline == "Lighthouse log goes online"
    assert article.authors == ("Piet van Hoorn", "Hanna Lind")
    assert article.tags == ("history", "lighthouses")
    assert article.images[0].url == "https://a.example/i.jpg"
    assert article.body == f"{PROSE}\n\n{SECOND}"
    assert "date_ambiguous" in [issue.code for issue in article.issues]


def test_html_page_inside_a_json_item() -> None:
    item = {"url": "https://a.example/x", "html": page("<title>Strike ends in Northport</title>"), "tags": ["ports"]}
    article = one(orjson.dumps(item))
    assert article.format == "json"
    assert article.headline == "Strike ends in Northport"
    assert PROSE in article.body
    assert article.tags == ("ports",)


def test_one_bad_part_does_not_take_the_others() -> None:
    good = {"headline": "A headline", "text": PROSE}
    items = parse(orjson.dumps([good, 7, {"headline": "no text"}, good | {"headline": "Another"}]))
    assert [item.code if isinstance(item, PayloadError) else item.headline for item in items] == [
        "A headline",
        "article_missing",
        "article_missing",
        "Another",
    ]
    lines = b"\n".join([orjson.dumps(good), b"{broken", orjson.dumps(good)])
    assert [type(item).__name__ for item in parse(lines)] == ["Article", "PayloadError", "Article"]


def test_schema_org_graph_gives_each_article() -> None:
    nodes = [{"@type": "NewsArticle", "headline": f"Story {n}", "articleBody": PROSE} for n in range(2)]
    data = {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": "x"}, *nodes]}
    assert [a.headline for a in parse(orjson.dumps(data)) if isinstance(a, Article)] == ["Story 0", "Story 1"]


ATOM = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/">
<title>Gazette</title><entry><title type="html">Strike &amp;amp; peace</title><link href="/x"/>
<published>2026-03-11T17:45:00+01:00</published><author><name>Lena Brandt</name></author>
<content type="html">&lt;p&gt;{PROSE}&lt;/p&gt;</content></entry></feed>"""


def test_atom() -> None:
    article = one(ATOM)
    assert article.headline == "Strike & peace"
    assert article.published_at == "2026-03-11T17:45:00+01:00"
    assert article.authors == ("Lena Brandt",)
    assert article.url == "https://a.example/x"
    assert article.body == PROSE
    assert article.issues == ()


def test_broken_feed_gives_what_could_be_read() -> None:
    article = one(ATOM.replace("</content></entry></feed>", "</content></entry>"))
    assert article.body == PROSE
    assert "markup_broken" in [issue.code for issue in article.issues]


def test_feed_cannot_open_files_or_urls(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_text(ATOM)
    for raw in (str(secret), f"file://{secret}", "http://127.0.0.1:1/feed"):
        feed = next(item for item in SPINE.formats if item.name == "feed")
        with pytest.raises(PayloadError, match=r"markup_invalid|article_missing"):
            list(feed.parse(Payload(raw.encode(), "x", NOW, media_type="application/rss+xml")))
