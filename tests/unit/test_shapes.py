"""JSON shapes: each is told by its own keys, read whole, and damaged JSON ends in a cause or is mended aloud."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from worker import wiring
from worker.errors import ConfigError, PayloadError
from worker.formats.json import Json, Options
from worker.model import Article, Payload, Record
from worker.pipeline import judge_nothing
from worker.registry import build_formats
from worker.settings import Settings
from worker.wire import dump_record

SPINE = wiring.pipeline(Settings())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROSE = (
    "The ferry to the island will run every hour from May, twice as often as before, the county said on Monday. "
    "A second boat was bought from a shipyard that had built it for a customer who never paid."
)
SECOND = "Islanders had asked for it since 2019, and a few of them came to the quay to see it with their own eyes."


def parse(raw: bytes, **options: Any) -> list[Article | PayloadError]:
    return list(Json(Options(**options)).parse(Payload(raw, "x", NOW)))


def one(item: Any, **options: Any) -> Article:
    (article,) = parse(orjson.dumps(item), **options)
    assert isinstance(article, Article), article
    return article


def origins(article: Article) -> set[str]:
    return {item.origin for item in article.provenance.values()}


def kinds(article: Article) -> list[tuple[str, str]]:
    return [(p.kind, article.body[p.start : p.end]) for p in article.paragraphs]


def test_schema_org_graph_with_references_and_mixed_authors() -> None:
    data = {
        "@graph": [
            {"@type": "Organization", "@id": "#org", "name": "Island Post", "url": "https://islandpost.example"},
            {"@type": "Person", "@id": "#p", "name": "Ane Holm"},
            {
                "@type": ["NewsArticle", "Thing"],
                "headline": "Ferry to run <em>hourly</em>",
                "author": [{"@id": "#p"}, {"@type": "Organization", "name": "Wire Desk"}, "Per Lund"],
                "publisher": {"@id": "#org"},
                "articleBody": f"<p>{PROSE}</p><h2>Why now</h2><p>{SECOND}</p>",
                "image": {"@type": "ImageObject", "url": "https://islandpost.example/f.jpg", "caption": "The boat"},
            },
        ]
    }
    article = one(data)
    assert article.headline == "Ferry to run hourly"
    assert article.authors == ("Ane Holm", "Per Lund")
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == ("Island Post", "islandpost.example")
    assert [kind for kind, _ in kinds(article)] == ["text", "heading", "text"]
    assert article.images[0].caption == "The boat"


def test_live_blog_is_put_together() -> None:
    updates = [{"@type": "BlogPosting", "headline": f"Update {n}", "articleBody": PROSE} for n in range(2)]
    article = one({"@type": "LiveBlogPosting", "headline": "Ferry day, live", "liveBlogUpdate": updates})
    assert article.article_type == "live"
    assert kinds(article) == [("heading", "Update 0"), ("text", PROSE), ("heading", "Update 1"), ("text", PROSE)]


@pytest.mark.parametrize("nested", [False, True])
def test_zyte(nested: bool) -> None:
    item = {
        "url": "https://islandpost.example/ferry?x=1",
        "canonicalUrl": "https://islandpost.example/ferry",
        "headline": "Ferry to run hourly",
        "datePublished": "2026-03-02T07:00:00Z",
        "datePublishedRaw": "2026-03-02T09:00:00+02:00",
        "dateModified": "2026-03-03T00:00:00Z",
        "dateModifiedRaw": "March 3, 2026",
        "authors": [{"name": "Ane Holm", "nameRaw": "By ANE HOLM"}],
        "breadcrumbs": [{"name": "Home", "url": "/"}, {"name": "Transport"}, {"name": "Ferry to run hourly"}],
        "mainImage": {"url": "https://islandpost.example/f.jpg"},
        "images": [{"url": "https://islandpost.example/f.jpg"}],
        "description": "Twice as often as before.",
        "inLanguage": "en",
        "articleBody": PROSE,
        "articleBodyHtml": f"<article><p>{PROSE}</p><p>{SECOND}</p></article>",
    }
    article = one({"statusCode": 200, "article": item} if nested else item)
    assert "json:zyte" in origins(article)
    assert article.published_at == "2026-03-02T09:00:00+02:00", "the page's own offset"
    assert article.modified_at == "2026-03-03", "no midnight that the page does not name"
    assert (article.section, article.language_declared, article.authors) == ("Transport", "en", ("Ane Holm",))
    assert article.canonical_url == "https://islandpost.example/ferry"
    assert len(article.images) == 1
    assert len(article.paragraphs) == 2


def test_diffbot() -> None:
    item = {
        "type": "article",
        "title": "Ferry to run hourly",
        "text": f"{PROSE}\n{SECOND}",
        "html": f"<p>{PROSE}</p><h2>Why now</h2><p>{SECOND}</p>",
        "date": "Mon, 02 Mar 2026 07:00:00 GMT",
        "author": "Ane Holm",
        "authors": [{"name": "Ane Holm", "link": "https://islandpost.example/ane"}],
        "siteName": "Island Post",
        "tags": [{"label": "Ferry", "score": 0.9}, {"label": "Islands"}],
        "images": [{"url": "https://islandpost.example/f.jpg", "title": "The boat", "primary": True}],
        "pageUrl": "https://islandpost.example/f?s=1",
        "resolvedPageUrl": "https://islandpost.example/ferry",
        "humanLanguage": "en",
    }
    article = one({"request": {"api": "article"}, "objects": [item]})
    assert "json:diffbot" in origins(article)
    assert article.published_at == "2026-03-02T07:00:00+00:00"
    assert article.tags == ("Ferry", "Islands")
    assert article.publisher is not None
    assert article.publisher.name == "Island Post"
    assert [kind for kind, _ in kinds(article)] == ["text", "heading", "text"]
    assert article.images[0].caption == "The boat"
    assert article.canonical_url == "https://islandpost.example/ferry"


def test_news_please_keeps_dates_without_offset() -> None:
    item = {
        "authors": ["Ane Holm"], "date_download": "2026-03-04 10:00:00", "date_modify": "None",
        "date_publish": "2026-03-02 07:00:00", "description": "Twice as often.", "image_url": "/f.jpg",
        "language": "en", "source_domain": "islandpost.example", "maintext": f"{PROSE}\n{SECOND}",
        "title": "Ferry to run hourly", "title_page": "Ferry to run hourly | Island Post", "title_rss": None,
        "url": "https://islandpost.example/ferry",
    }  # fmt: skip
    article = one(item)
    assert "json:news-please" in origins(article)
    assert (article.published_at, article.modified_at) == ("2026-03-02T07:00:00", None)
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == (None, "islandpost.example")
    assert [v.text for v in article.headline_variants] == ["Ferry to run hourly | Island Post"]
    assert article.images[0].url == "https://islandpost.example/f.jpg"
    assert article.body == f"{PROSE}\n\n{SECOND}"


def test_fundus() -> None:
    item = {
        "title": "Ferry to run hourly",
        "body": {
            "summary": ["Twice as often", "as before."],
            "sections": [
                {"headline": [], "paragraphs": [PROSE]},
                {"headline": ["Why now"], "paragraphs": [SECOND]},
            ],
        },
        "authors": ["Ane Holm"],
        "publishing_date": "2026-03-02 07:00:00+01:00",
        "topics": ["Ferry"],
        "publisher": "Island Post",
        "html": {"requested_url": "https://islandpost.example/ferry", "content": "<html><p>no</p></html>"},
        "images": [
            {
                "caption": "The boat",
                "versions": [
                    {"url": "https://islandpost.example/s.jpg", "size": {"width": 100}},
                    {"url": "https://islandpost.example/l.jpg", "size": {"width": 900}},
                ],
            }
        ],
    }
    article = one(item)
    assert "json:fundus" in origins(article)
    assert kinds(article) == [("text", PROSE), ("heading", "Why now"), ("text", SECOND)]
    assert article.subtitle == "Twice as often as before."
    assert article.published_at == "2026-03-02T07:00:00+01:00"
    assert article.url == "https://islandpost.example/ferry"
    assert [(image.url, image.caption) for image in article.images] == [
        ("https://islandpost.example/l.jpg", "The boat")
    ]
    del item["body"]
    assert one(item | {"plaintext": f"{PROSE}\n\n{SECOND}"}).body == f"{PROSE}\n\n{SECOND}"


NINJS = {
    "uri": "https://wire.example/items/7", "type": "text", "versioncreated": "2026-03-02T09:00:00+02:00",
    "firstcreated": "2026-03-02T07:00:00+02:00", "headline": "Ferry to run hourly", "byline": "By Ane Holm",
    "body_text": PROSE, "body_html": f"<p>{PROSE}</p><p>{SECOND}</p>", "language": "en-GB", "provider": "Wire",
    "subject": [{"code": "medtop:04000000", "name": "Economy"}], "usageterms": "none", "slugline": "ferry",
    "associations": {"main": {"type": "picture", "description_text": "The boat",
                              "renditions": {"o": {"href": "https://wire.example/o.jpg", "mimetype": "image/jpeg"}}}},
}  # fmt: skip


def test_ninjs_1() -> None:
    article = one(NINJS)
    assert (article.published_at, article.modified_at) == ("2026-03-02T07:00:00+02:00", "2026-03-02T09:00:00+02:00")
    assert (article.section, article.authors, article.url) == ("Economy", ("Ane Holm",), "https://wire.example/items/7")
    assert len(article.paragraphs) == 2
    assert [(i.url, i.caption) for i in article.images] == [("https://wire.example/o.jpg", "The boat")]
    assert article.provenance["headline"].origin == "json:ninjs"


def test_ninjs_withdrawn_is_an_issue_and_a_picture_no_article() -> None:
    assert "withdrawn" in [issue.code for issue in one(NINJS | {"pubstatus": "canceled"}).issues]
    picture = {"uri": "x:1", "type": "picture", "versioncreated": "2026-03-02T09:00:00Z", "description_text": PROSE}
    (found,) = parse(orjson.dumps(picture))
    assert isinstance(found, PayloadError)
    assert found.code == "article_missing"


@pytest.mark.parametrize("key", list(NINJS))
@pytest.mark.parametrize("value", [None, 7, True, [], {}, [[]], [{"type": []}], {"a": {"type": {}}}, [1, "x", None]])
def test_odd_values_end_in_an_article_or_a_cause(key: str, value: object) -> None:
    assert parse(orjson.dumps(NINJS | {key: value}))


def test_unix_times_are_utc() -> None:
    for value in (1772434800, 1772434800000):
        assert one({"title": "A", "text": PROSE, "published": value}).published_at == "2026-03-02T07:00:00+00:00"


MAPPING = {
    "items": "response.docs[]",
    "headline": 'attributes."ti.tle"',
    "body": ["attributes.missing", "attributes.parts[].text"],
    "authors": "people[].name",
    "tags": "tags",
    "published_at": "when[0]",
}


def test_mapping_goes_first() -> None:
    doc = {
        "attributes": {"ti.tle": "Ferry to run hourly", "parts": [{"text": PROSE}, {"text": SECOND}]},
        "people": [{"name": "Ane Holm"}, {"name": "Per Lund"}],
        "tags": ["ferry", "islands"],
        "when": ["2026-03-02"],
        "title": "Not this",
    }
    article = one({"response": {"docs": [doc]}}, mapping=MAPPING)
    assert article.headline == "Ferry to run hourly"
    assert article.body == f"{PROSE}\n\n{SECOND}"
    assert article.authors == ("Ane Holm", "Per Lund")
    assert (article.tags, article.published_at) == (("ferry", "islands"), "2026-03-02")
    assert article.provenance["headline"].origin == "json:mapping"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"mapping": {"headlin": "a"}}, "'headlin' is no field"),
        ({"mapping": {"headline": "a..b"}}, "mapping.headline: path 'a..b' is malformed"),
        ({"mapping": {"headline": ""}}, "malformed"),
        ({"mapping": {"headline": "a[x]"}}, "malformed"),
        ({"mapping": {"body": ["a", "b["]}}, "mapping.body"),
        ({"mapping": {"headline": 7}}, "mapping"),
        ({"maping": {}}, "maping"),
    ],
)
def test_wrong_options_refuse_the_start(table: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_formats(["json"], {"json": table})
    assert told in str(caught.value)
    assert "format 'json'" in str(caught.value)


def test_tables_of_unknown_formats_and_of_those_without_options_are_refused() -> None:
    with pytest.raises(ConfigError, match="takes no options"):
        build_formats(["text"], {"text": {"a": 1}})
    with pytest.raises(ConfigError, match="no format 'jsn'"):
        build_formats(["html"], {"jsn": {}})


@pytest.mark.parametrize(
    "raw",
    [
        b'{"headline": "a", "headline": "b", "text": "c"}',
        b'{"headline": "a\\ud800", "text": "b", "\\ud800": 1, "\\ud800": 2}',
        b'{"text": NaN}',
        b'{"text": -Infinity}',
        b'{"text": ' + b"[" * 101 + b"]" * 101 + b"}",
        b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"text": ' + b"9" * 5000 + b"}",
    ],
)
def test_unclear_json_is_refused(raw: bytes) -> None:
    with pytest.raises(PayloadError) as caught:
        SPINE.parse(Payload(raw, "x", NOW))
    assert caught.value.code == "markup_invalid"
    caught.value.detail.encode("utf-8")


@pytest.mark.parametrize("key", ["headline", "text", "author", "tags", "url", "description", "unknown"])
def test_lone_surrogates_are_mended_and_records_are_utf8(key: str) -> None:
    item = {"headline": "Ferry", "text": PROSE, key: "HERE"}
    raw = orjson.dumps(item).replace(b"HERE", PROSE.encode() + b"\\ud800 \\udfff x" if key == "text" else b"a\\udc00b")
    (record,) = SPINE.process(Payload(raw, "x", NOW), judge_nothing)
    assert isinstance(record, Record)
    assert "characters_replaced" in [issue.code for issue in record.issues]
    orjson.loads(dump_record(record).decode("utf-8"))
