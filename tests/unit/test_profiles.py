"""Publisher profiles: what is refused at the start, which one holds, what it gives, and pages that it does not fit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from worker.errors import ConfigError, PayloadError
from worker.extract.profile import read_profile
from worker.extract.profile_apply import strip_affixes
from worker.extract.profile_match import Profiles, stated_address
from worker.formats.html import Html, Options
from worker.model import Article, Payload
from worker.publishers import read_file
from worker.registry import build_formats
from worker.settings import load
from worker.wiring import pipeline

ROOT = Path(__file__).parents[2]
URL = "https://www.example.org/news/mill"
STORY = (
    "<p>The old mill on the Arle grinds again: on Friday its wheel, which had stood still for sixty years, was set "
    "turning before some two hundred people from the villages around.</p>"
    "<p>The flour is sold at the door, and by noon on Saturday there was none left to be had.</p>"
)
PAGE = f"""<html lang="en"><head><title>Mill page - Arle Post</title>
<meta property="og:title" content="Mill page"><meta name="author" content="Desk"></head>
<body><h1 class="t">Old mill <i>grind</i>s again</h1><div class="by">By Byron Hale / Ana Sol (Arle Post)</div>
<span class="d">03/04/2026 08:30</span><div class="promo"><p>Win a weekend for two on the river with our spring
competition, which is open to readers of all ages until the end of May this year.</p></div>
<div class="text">{STORY}</div></body></html>"""


def profile(**table: Any) -> dict[str, Any]:
    return {"domain": "example.org", "fields": {"body": {"select": ".text"}}} | table


def fields(**rules: Any) -> dict[str, Any]:
    return profile(fields=rules)


def read(
    tables: Mapping[str, Any], page: str = PAGE, url: str | None = URL, day: str = "2026-04-03T12:00:00+00:00"
) -> Article:
    named = {"p": dict(tables)} if "domain" in tables else {name: dict(table) for name, table in tables.items()}
    payload = Payload(page.encode(), "1", datetime.fromisoformat(day), url=url)
    item = next(iter(Html(Options(profiles=named)).parse(payload)))
    assert isinstance(item, Article)
    return item


def misfit(article: Article) -> str | None:
    return next((issue.detail for issue in article.issues if issue.code == "profile_misfit"), None)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"domian": "example.org"}, "domian: unknown key; did you mean 'domain'"),
        (profile(fields={"headlin": {"select": "h1"}}), "fields.headlin: unknown key; did you mean 'headline'"),
        (fields(headline={"slect": "h1"}), "fields.headline.slect: unknown key; did you mean 'select'"),
        (fields(headline={"select": "h1["}), "fields.headline.select: 'h1[' is no CSS selector"),
        (fields(headline={"select": "h1:nope"}), "'h1:nope' is no CSS selector"),
        (profile(drop=["p", "::"]), "drop: '::' is no CSS selector"),
        (profile(drop=3), "drop: must be a text or a list"),
        (profile(drop=[""]), "none of them empty"),
        (fields(headline={}), "fields.headline: needs `select` or `value`"),
        (fields(body={}), "fields.body: needs `select`"),
        (fields(body={"select": "p", "value": "x"}), "fields.body.value: unknown key"),
        (fields(body={"select": "p", "least_words": 0}), "fields.body.least_words"),
        (fields(section={"value": "x", "required": True}), "fields.section: needs `select`"),
        (fields(section={"value": ["x", "y"]}), "fields.section.value: must be one text"),
        (fields(section=[{"value": "x"}, {"selec": "y"}]), "fields.section[2].selec"),
        (fields(section="h1"), "fields.section: must be a table"),
        (fields(authors={"select": "p", "all": "yes"}), "fields.authors.all: must be true or false"),
        (fields(access={"select": ".p"}), "fields.access.value: must be one of free, paywalled, unknown"),
        (fields(access={"value": "closed"}), "fields.access.value"),
        (fields(published_at={"select": "b", "format": "%d.%m."}), "a year is never guessed"),
        (fields(published_at={"select": "b", "format": "%d %Y %"}), "fields.published_at.format"),
        (fields(published_at={"select": "b", "format": "%d %m %Y", "day_first": True}), "both `format` and"),
        (profile(valid_from="soon"), "valid_from: must be a day such as 2026-01-31"),
        (profile(valid_from=datetime(2026, 1, 1, tzinfo=UTC)), "valid_from: must be a day"),
        (profile(valid_from="2026-02-01", valid_until="2026-01-01"), "lies before valid_from"),
        (profile(domain="https://example.org/"), "is no domain"),
        (profile(domain="org"), "is no domain"),
        (profile(domain=[]), "domain: is missing"),
        (profile(paths=["news"]), "paths: 'news' must be the beginning of a path"),
        (profile(paths=["/news*"]), "paths: '/news*'"),
        ({"domain": "example.org"}, "neither fields nor drop rules"),
        (profile(drop=["p"] * 101), "102 selectors"),
        (profile(examples={}), "examples: must be tables"),
        (profile(examples=[{"file": "a"}]), "examples[1]: expects nothing"),
        (profile(examples=[{"headline": "a"}]), "examples[1]: needs `file` and `url`"),
        (profile(examples=[{"headlin": "a"}]), "examples[1].headlin: unknown key; did you mean 'headline'"),
    ],
)
def test_mistakes_refuse_the_start(table: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_formats(["html"], {"html": {"profiles": {"mill": table}}})
    assert told in str(caught.value)
    assert "publisher profile 'mill'" in str(caught.value)


def test_a_directory_of_the_settings_is_read_beside_their_file(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('[formats.html]\npublishers = "sites"\n')
    with pytest.raises(ConfigError, match="there is no directory"):
        pipeline(load({}, tmp_path))
    (tmp_path / "sites").mkdir()
    (tmp_path / "sites" / "a.toml").write_text('domain = "example.org"\ndrop = [".x"]\n')
    settings = load({"COPYDESK_CONFIG": str(tmp_path / "copydesk.toml")}, ROOT)
    names = [item.profiles.names for item in pipeline(settings).formats if isinstance(item, Html)]
    assert names == [("a",)]
    (tmp_path / "sites" / "b.toml").write_text('domain = "example.net"\ndorp = [".x"]\n')
    with pytest.raises(ConfigError, match=r"b\.toml: .*dorp: unknown key; did you mean 'drop'"):
        pipeline(settings)
    (tmp_path / "sites" / "b.toml").write_text("domain = \n")
    with pytest.raises(ConfigError, match=r"b\.toml"):
        pipeline(settings)


def test_no_directory_means_no_profiles(tmp_path: Path) -> None:
    assert [len(item.profiles) for item in pipeline(load({}, tmp_path)).formats if isinstance(item, Html)] == [0]


def matched(tables: Mapping[str, Any], url: str, day: date = date(2026, 4, 3)) -> str | None:
    found = Profiles(read_profile(name, table) for name, table in tables.items()).match(url, day)
    return found.name if found else None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/a", "site"),
        ("https://WWW.Example.ORG.:8443/a", "site"),
        ("https://sport.example.org/a", "sport"),
        ("https://www.sport.example.org/a", "sport"),
        ("https://example.org/live/2026/x", "live"),
        ("https://example.org//live", "live"),
        ("https://example.org/lively", "site"),
        ("https://example.org/en/blog/x", "blog"),
        ("https://example.org/en/blog/live", "blog"),
        ("https://notexample.org/", None),
        ("https://example.org.evil.test/", None),
        ("https://bücher.example/x", "idn"),
        ("https://xn--bcher-kva.example/x", "idn"),
        ("ftp://example.org/", None),
        ("nonsense", None),
    ],
)
def test_the_most_specific_profile_wins(url: str, name: str | None) -> None:
    tables = {
        "site": profile(),
        "sport": profile(domain="sport.example.org"),
        "live": profile(paths=["/live/"]),
        "blog": profile(paths=["/*/blog"]),
        "idn": profile(domain="Bücher.example"),
    }
    assert matched(tables, url) == name


def test_validity_is_by_day_of_arrival_both_ends_included() -> None:
    tables = {"old": profile(valid_until="2026-03-31"), "new": profile(valid_from=date(2026, 4, 1))}
    assert matched(tables, URL, date(2026, 3, 31)) == "old"
    assert matched(tables, URL, date(2026, 4, 1)) == "new"
    assert read(tables, day="2026-04-01T01:30:00+02:00").versions["profile"].startswith("old ")  # still March in UTC


def test_outside_its_days_a_profile_gives_way_to_a_wider_one() -> None:
    tables = {"site": profile(), "live": profile(paths=["/live"], valid_until="2026-01-01")}
    assert matched(tables, "https://example.org/live/1") == "site"


@pytest.mark.parametrize(
    ("one", "other", "tie"),
    [
        ({}, {}, True),
        ({"paths": ["/a"]}, {}, False),
        ({"paths": ["/a"]}, {"paths": ["/b", "/a/"]}, True),
        ({"paths": ["/a/*"]}, {"paths": ["/*/b"]}, True),
        ({"paths": ["/a/*"]}, {"paths": ["/c/*"]}, False),
        ({"paths": ["/a/*"]}, {"paths": ["/a/b"]}, False),
        ({"valid_until": "2026-01-31"}, {"valid_from": "2026-02-01"}, False),
        ({"valid_until": "2026-01-31"}, {"valid_from": "2026-01-31"}, True),
        ({"domain": ["example.net", "example.org"]}, {}, True),
        ({"domain": "www.example.org"}, {}, False),
    ],
)
def test_two_profiles_with_equal_right_refuse_the_start(one: dict[str, Any], other: dict[str, Any], tie: bool) -> None:
    tables = {"one": profile(**one), "other": profile(**other)}
    if tie:
        with pytest.raises(ConfigError, match=r"'one' and 'other' both hold for example\.org"):
            build_formats(["html"], {"html": {"profiles": tables}})
    else:
        assert build_formats(["html"], {"html": {"profiles": tables}})


def test_a_page_without_address_is_matched_by_its_canonical_link() -> None:
    page = PAGE.replace("<head>", '<head><link href="https://example.org/a?b=1&amp;c=2" rel="canonical">')
    assert read(profile(), page, url=None).versions["profile"].startswith("p ")
    assert "profile" not in read(profile(), page, url="https://example.net/").versions
    assert stated_address(page) == "https://example.org/a?b=1&c=2"
    assert stated_address("<link " * 50_000) is None


def test_fields_go_before_every_other_witness() -> None:
    article = read(
        fields(
            headline={"select": "h1.t"},
            body={"select": ".text p"},
            authors={"select": ".by", "strip": ["by ", "(Arle Post)"], "split": "/"},
            published_at={"select": ".d", "day_first": False},
            publisher={"value": "Arle Post"},
            section={"select": "nav"},
            language={"value": "en-IE"},
            access=[{"select": ".wall", "value": "paywalled"}, {"value": "free"}],
            article_type={"select": ".promo", "value": "opinion"},
        )
    )
    assert article.headline == "Old mill grinds again"
    assert article.body.startswith("The old mill on the Arle")
    assert article.body.endswith("none left to be had.")
    assert article.authors == ("Byron Hale", "Ana Sol")
    assert article.published_at == "2026-03-04T08:30:00"
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == ("Arle Post", "example.org")
    assert article.section is None  # an optional selector without a match is silent
    assert (article.language_declared, article.access, article.article_type) == ("en-IE", "free", "opinion")
    assert article.provenance["headline"].origin == "profile:p"
    assert article.provenance["headline"].method == "css h1.t"
    assert article.provenance["body"].origin == "profile:p"
    assert article.provenance["publisher"].method == "value"
    assert [issue.code for issue in article.issues] == []


def test_version_of_the_rules_is_on_the_record_and_changes_with_them() -> None:
    first, same = read(profile()).versions["profile"], read(profile(examples=[])).versions["profile"]
    assert first == same
    assert read(profile(drop=["i"])).versions["profile"] != first


@pytest.mark.parametrize(
    ("rule", "shown", "value", "issue"),
    [
        ({}, "03/04/2026", "2026-04-03", "date_ambiguous"),
        ({"day_first": True}, "03/04/2026", "2026-04-03", None),
        ({"day_first": False}, "03/04/2026", "2026-03-04", None),
        ({"day_first": False}, "23/04/2026", "2026-04-23", None),
        ({"format": "%m/%d/%Y"}, "03/04/2026", "2026-03-04", None),
        ({"format": "%d|%m|%Y %H.%M"}, "03|04|2026 21.05", "2026-04-03T21:05:00", None),
        ({"format": "%d|%m|%Y"}, "soon", None, "date_unparsed"),
        ({"strip": ["Posted on", "CET"]}, "posted on 3 April 2026, 10:15 CET", "2026-04-03T10:15:00", None),
    ],
)
def test_dates(rule: dict[str, Any], shown: str, value: str | None, issue: str | None) -> None:
    article = read(
        fields(published_at={"select": ".d"} | rule), PAGE.replace("03/04/2026 08:30", shown), "https://example.org/"
    )
    codes = [item.code for item in article.issues if item.field == "published_at"]
    if value is None:
        assert (
            article.provenance.get("published_at") is None or "profile" not in article.provenance["published_at"].origin
        )
    else:
        assert article.published_at == value
    assert codes == ([issue] if issue else [])


def test_attributes_tags_images_and_canonical_url() -> None:
    page = PAGE.replace(
        "<h1",
        '<a class="c" href="/canon">x</a><time datetime="2026-04-02T10:00:00Z">yesterday</time>'
        '<a class="k" title="One">1</a><a class="k" title="Two">2</a><meta class="s" content="Country life">'
        '<figure class="f"><img src="/a.jpg" data-src="/b.jpg"><figcaption>The wheel <b>turns</b></figcaption>'
        "</figure><h1",
    )
    article = read(
        fields(
            canonical_url={"select": "a.c"},
            modified_at={"select": "time"},
            tags={"select": "a.k", "attribute": "title"},
            section={"select": "meta.s"},
            images={"select": ".f img", "attribute": "data-src", "caption": "figcaption"},
        ),
        page,
    )
    assert article.canonical_url == "https://www.example.org/canon"
    assert article.modified_at == "2026-04-02T10:00:00+00:00"
    assert article.tags == ("One", "Two")
    assert article.section == "Country life"
    assert [(image.url, image.caption) for image in article.images] == [
        ("https://www.example.org/b.jpg", "The wheel turns")
    ]
    one = read(fields(tags={"select": "a.k", "all": False}, images={"select": ".f img"}), page)
    assert one.tags == ("1",)
    assert [image.url for image in one.images] == ["https://www.example.org/a.jpg"]


def test_body_keeps_kinds_and_order_and_takes_nested_matches_once() -> None:
    inner = f"<h2>Wheel</h2>{STORY}<ul><li>Friday</li></ul><blockquote>It turns.</blockquote><aside>Ad</aside>"
    page = PAGE.replace(STORY, inner)
    whole = read(fields(body={"select": ".text, .text p"}), page)
    parts = read(fields(body={"select": ".text > *"}), page)
    kinds = [paragraph.kind for paragraph in whole.paragraphs]
    assert kinds == ["heading", "text", "text", "list", "quote"]
    assert [paragraph.kind for paragraph in parts.paragraphs][:5] == kinds
    assert whole.body.count("The old mill") == 1
    assert "Ad" not in whole.body
    assert parts.body.endswith("\n\nAd")  # an aside that was selected itself counts


def test_a_body_that_begins_with_the_headline_loses_it() -> None:
    article = read(fields(headline={"select": "h1"}, body={"select": "h1, .text"}))
    assert article.body.startswith("The old mill on")


def test_dropped_elements_are_gone_for_the_general_reading_too() -> None:
    page = PAGE.replace(
        "<body>",
        '<body><script type="application/ld+json">'
        '{"@type": "NewsArticle", "headline": "Wrong headline of all"}</script>',
    )
    with_it = read(profile(fields={}, drop=[".none"]), page)
    without = read(profile(fields={}, drop=["script[type='application/ld+json']", ".promo"]), page)
    assert any(
        "Wrong headline" in (item or "") for item in (with_it.headline, *(v.text for v in with_it.headline_variants))
    )
    assert "Wrong" not in repr(without)
    assert "spring" not in without.body
    assert without.body.startswith("The old mill")


@pytest.mark.parametrize(
    ("rules", "field", "told"),
    [
        ({"body": {"select": ".gone"}}, "body", "p: fields.body.select: '.gone' matches nothing"),
        ({"body": {"select": "h1"}}, "body", "'h1' gives 4 words, fewer than 25"),
        ({"body": [{"select": ".gone"}, {"select": "h2"}]}, "body", "fields.body[2].select: 'h2' matches nothing"),
        ({"headline": {"select": ".gone", "required": True}}, "headline", "'.gone' matches nothing"),
        ({"images": {"select": "h1", "required": True}}, "images", "fields.images.select: 'h1' gives nothing"),
        ({"published_at": {"select": "h1", "required": True}}, "published_at", "'h1' gives nothing"),
    ],
)
def test_a_page_that_does_not_fit_is_read_without_the_profile(rules: Any, field: str, told: str) -> None:
    article = read(fields(section={"value": "X"}, **rules) | {"drop": [".text"]})
    assert told in (misfit(article) or "")
    assert [issue.field for issue in article.issues if issue.code == "profile_misfit"] == [field]
    assert "The old mill" in article.body
    assert article.section is None
    assert not [item for item in article.provenance.values() if "profile" in item.origin]
    assert "profile" not in article.versions


def test_the_first_selector_that_gives_something_counts() -> None:
    assert read(fields(headline={"select": [".gone", "img", "h1"]})).headline == "Old mill grinds again"
    assert misfit(read(fields(body={"select": [".gone", ".text"]}))) is None
    assert misfit(read(fields(body={"select": ".text", "least_words": 500}))) is not None


def test_a_profile_reads_what_the_general_reading_refuses() -> None:
    page = (
        f"<html><head><title>404</title></head><body><div>{'<h2><a>x</a></h2>' * 20}</div><div class=text>{STORY}</div>"
    )
    with pytest.raises(PayloadError, match="error_page"):
        read(profile(domain="example.net"), page)
    assert read(profile(), page).body.startswith("The old mill")


def test_scripts_without_blanks_are_counted_by_characters() -> None:
    page = PAGE.replace(STORY, "<p>" + "村の古い水車が六十年ぶりに回り始め" * 4 + "。</p>")
    assert misfit(read(profile(), page)) is None


@pytest.mark.parametrize(
    ("text", "affixes", "left"),
    [
        ("By Byron", ["By"], "Byron"),
        ("Byron", ["By"], "Byron"),
        ("BY: Ann - Post", ["by:", "- Post"], "Ann"),
        ("By By", ["By"], ""),
        ("Ann", [" "], "Ann"),
        ("İby X", ["by"], "İby X"),
    ],
)
def test_affixes(text: str, affixes: list[str], left: str) -> None:
    assert strip_affixes(text, affixes) == left


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (PAGE + "<!--" + "x" * 2_000_000 + "-->", "profiles read pages of up to 2000000"),
        (PAGE.replace("</body>", "<b>x</b>" * 150_000 + "</body>"), "elements; with 1 selectors"),
        (
            PAGE.replace("<body>", "<body " + "".join(f"a{n}=1 " for n in range(3000)) + ">", 1),
            "more than about 2000 attributes",
        ),
    ],
)
def test_pages_too_large_for_a_profile_are_skipped(page: str, told: str) -> None:
    # The general reading may refuse such a page itself; what counts here is that the profile is not tried.
    payload = Payload(page.encode(), "1", datetime(2026, 4, 3, tzinfo=UTC), url=URL)
    applied, issues = Html(Options(profiles={"p": profile()}))._by_profile(page, payload)
    assert applied is None
    assert told in (issues[0].detail or "")


@pytest.mark.parametrize("depth", [150, 300, 4000])
def test_deep_nesting(depth: int) -> None:
    table = profile(drop=[".promo .x"], fields={"body": {"select": ".text, .in, div"}})
    article = read(table, PAGE.replace(STORY, "<div class='in'>" * depth + STORY + "</div>" * depth))
    assert article.body.endswith("none left to be had.")
    assert misfit(article) == (None if depth < 250 else "p: elements are nested more than 250 deep")


def test_many_selectors_on_a_deep_page_are_skipped() -> None:
    rows = ("<div>" * 200 + "<b>x</b>" * 200 + "</div>" * 200) * 10
    article = read(profile(drop=[f".n{n} b" for n in range(40)]), PAGE.replace("</body>", rows + "</body>"))
    assert "deep on average, 41 selectors" in (misfit(article) or "")


@pytest.mark.parametrize(
    "page", ["<?xml version='1.0'?>" + PAGE, PAGE.replace("mill", "mi\0ll"), PAGE + "</p></b>" * 50]
)
def test_odd_pages_are_read(page: str) -> None:
    article = read(profile(drop=[".promo"]), page)
    assert misfit(article) is None
    assert "The old mi" in article.body


def copydesk(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from worker.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_shipped_profiles_pass_their_examples() -> None:
    done = copydesk("profile", "test", "config/publishers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok") == sum(
        len(read_file(path)[0].examples) for path in (ROOT / "config/publishers").glob("*.toml")
    )


def test_a_failing_example_says_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "a.toml").write_text(
        'domain = "example.org"\n[fields.body]\nselect = ".text"\n'
        f'[[examples]]\nfile = "page.html"\nurl = "{URL}"\nheadline = "New mill"\nbody_contains_not = ["flour"]\n'
        f'[[examples]]\nfile = "none.html"\nurl = "{URL}"\nheadline = "New mill"\n'
        '[[examples]]\nfile = "page.html"\nurl = "https://example.net/"\nheadline = "New mill"\n'
    )
    (tmp_path / "b.toml").write_text('domain = "example.net"\npaths = ["/b"]\ndrop = [".x"]\n')
    done = copydesk("profile", "test", str(tmp_path))
    assert done.returncode == 1
    for told in (
        "headline: expected 'New mill'",
        "body_contains_not: 'flour' is there",
        "No such file",
        "does not hold for https://example.net/",
        "it has no [[examples]]",
    ):
        assert told in done.stdout


def test_show_and_try() -> None:
    shown = copydesk("profile", "show", "https://example.net/live/x", "--in", "config/publishers")
    assert (shown.returncode, "* example.net-live: domain example.net, path /live: holds" in shown.stdout) == (0, True)
    early = copydesk("profile", "show", "https://example.org/", "--received", "2026-01-31", "--in", "config/publishers")
    assert early.returncode == 1
    assert "not valid on 2026-01-31: from 2026-02-01" in early.stdout
    tried = copydesk(
        *("profile", "try", "config/publishers/example.org.toml"),
        "config/publishers/examples/example.org-harbour.html",
    )
    assert "fields.headline: h1.story-title: 1 element\n    Harbour wall" in tried.stdout
    assert copydesk("profile", "test").returncode == ConfigError.exit_status
