"""Newswire XML: each dialect's fields, many stories in one document, and a bounded answer to damage and bombs."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker import wiring
from worker.errors import PayloadError
from worker.extract.newswire.tree import root_name
from worker.model import Article, Payload
from worker.settings import Settings
from worker.text.sniff import choose

SPINE = wiring.pipeline(Settings())
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
PROSE = (
    "The clock of the market hall, which had been missing for seventy years, was found on Thursday behind a cupboard "
    "in the cellar of the hall, and its hands showed ten past four."
)
G2 = "http://iptc.org/std/nar/2006-10-01/"


def parse(raw: str | bytes, **known: object) -> list[Article | PayloadError]:
    body = raw.encode() if isinstance(raw, str) else raw
    return SPINE.parse(Payload(body, "x", NOW, **known))  # type: ignore[arg-type]


def one(raw: str | bytes, **known: object) -> Article:
    (item,) = parse(raw, **known)
    assert isinstance(item, Article), item
    assert item.format == "newswire"
    return item


def cause(raw: str, **known: object) -> str:
    with pytest.raises(PayloadError) as caught:
        parse(raw, **known)
    return caught.value.code


def codes(article: Article) -> list[str]:
    return [issue.code for issue in article.issues]


def nitf(content: str = f"<p>{PROSE}</p>", head: str = "", body_head: str = "", space: str = "") -> str:
    hedline = "<hedline><hl1>Clock found</hl1></hedline>"
    return (
        f"<nitf{space}><head>{head}</head><body><body.head>{hedline}{body_head}</body.head>"
        f"<body.content>{content}</body.content></body></nitf>"
    )


def item(
    content: str = "", meta: str = "", status: str = "", kind: str = "text", guid: str = "tag:a.example,2026:1"
) -> str:
    content = content or (
        '<inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><body>'
        f"<p>{PROSE}</p></body></html></inlineXML>"
    )
    return (
        f'<newsItem xmlns="{G2}" guid="{guid}"><itemMeta><itemClass qcode="ninat:{kind}"/>{status}</itemMeta>'
        f"<contentMeta><headline>Clock found</headline>{meta}</contentMeta>"
        f"<contentSet>{content}</contentSet></newsItem>"
    )


def message(*items: str) -> str:
    header = "<header><channel>x</channel></header>"
    return f'<newsMessage xmlns="{G2}">{header}<itemSet>{"".join(items)}</itemSet></newsMessage>'


def newsml(components: str, management: str = "") -> str:
    return f"<NewsML><NewsItem><NewsManagement>{management}</NewsManagement>{components}</NewsItem></NewsML>"


def component(inner: str, headline: str = "", data: str = f"<p>{PROSE}</p>", role: str = "Main") -> str:
    lines = f"<NewsLines><HeadLine>{headline}</HeadLine></NewsLines>" if headline else ""
    text = f'<ContentItem><MediaType FormalName="Text"/><DataContent>{data}</DataContent></ContentItem>' if data else ""
    return f'<NewsComponent><Role FormalName="{role}"/>{lines}{inner}{text}</NewsComponent>'


@pytest.mark.parametrize(
    ("raw", "known", "name"),
    [
        (nitf(), {"media_type": "text/html"}, "newswire"),
        (nitf(space=' xmlns="http://iptc.org/std/NITF/2006-10-18/"'), {}, "newswire"),
        (nitf().replace("<nitf", "<n:nitf xmlns:n='x'").replace("</nitf", "</n:nitf"), {}, "newswire"),
        ('<?xml version="1.0"?><!-- <html> --><?style x?><!DOCTYPE nitf SYSTEM "nitf.dtd">' + nitf(), {}, "newswire"),
        (message(item()), {"media_type": "application/rss+xml"}, "newswire"),
        (item(), {"media_type": "text/xml", "name": "x.html"}, "newswire"),
        (newsml(component("")), {}, "newswire"),
        ("<!--" + "x" * 6000 + "-->" + item(), {"media_type": "application/vnd.iptc.g2.newsitem+xml"}, "newswire"),
        ('<rss version="2.0"><channel><item/></channel></rss>', {"media_type": "application/nitf+xml"}, "feed"),
        ("<html><p>nitf</p></html>", {"media_type": "application/nitf+xml"}, "html"),
    ],
)
def test_the_root_element_decides(raw: str, known: dict[str, str], name: str) -> None:
    assert choose(SPINE.formats, Payload(raw.encode(), "x", NOW, **known)).name == name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<!DOCTYPE nitf [<!ELEMENT a (b)>]> <nitf>", "nitf"),
        (b"<!-- <a> --><a.b>", "a.b"),
        (b"<!-- open", None),
        (b"plain", None),
        (b"<?xml?>" * 50 + b"<a>", None),
        (b"<>", None),
    ],
)
def test_name_of_the_root(head: bytes, name: str | None) -> None:
    assert root_name(head) == name


def test_nitf_persons_are_authors_and_organisations_are_not() -> None:
    lines = {
        "By Ada Ruiz and Ole Berg, Hill Coast News Agency": ("Ada Ruiz", "Ole Berg"),
        "By <person>Ada Ruiz</person>, <org>Hill Coast News</org>": ("Ada Ruiz",),
        "Von Ada Ruiz (HCNA)": ("Ada Ruiz",),
        "Ada Ruiz <byttl>Chief correspondent</byttl>": ("Ada Ruiz",),
        "Hill Coast News Agency": (),
        "By our staff": (),
    }
    for line, authors in lines.items():
        assert one(nitf(body_head=f"<byline>{line}</byline>")).authors == authors, line


@pytest.mark.parametrize(
    ("norm", "read"),
    [
        ("20260311T061422+0300", "2026-03-11T06:14:22+03:00"),
        ("20260311T061422Z", "2026-03-11T06:14:22+00:00"),
        ("20260311T061422.5-05:00", "2026-03-11T06:14:22-05:00"),
        ("20260311", "2026-03-11"),
        ("2026-03-11T06:14", "2026-03-11T06:14:00"),
    ],
)
def test_dates_keep_offset_and_precision(norm: str, read: str) -> None:
    assert one(nitf(head=f'<docdata><date.issue norm="{norm}"/></docdata>')).published_at == read


def test_nitf_date_that_is_none() -> None:
    article = one(nitf(head='<docdata><date.issue norm="soon"/></docdata>'))
    assert article.published_at is None
    assert "date_unparsed" in codes(article)


def test_nitf_blocks() -> None:
    article = one(
        nitf(
            f"<block><p>{PROSE}</p><hl2>Inside</hl2></block><ul><li><p>One</p></li><li>Two</li></ul><note><p>Editors</p></note>"
            "<table><tr><td><p>a</p></td><td>b</td></tr></table><bq><block><p>Said.</p></block></bq>"
            '<media media-type="image"><media-reference source="/p.jpg"/><media-caption>Hall</media-caption></media>'
            "<p>First<br/>line<br/><br/>next</p><pre>   One wrapped\nline\n   Two</pre>"
        ),
        url="https://a.example/x",
    )
    kinds = [(article.body[p.start : p.end], p.kind) for p in article.paragraphs][1:]
    assert kinds == [
        ("Inside", "heading"), ("One", "list"), ("Two", "list"), ("a b", "table"), ("Said.", "quote"),
        ("First line", "text"), ("next", "text"), ("One wrapped line", "text"), ("Two", "text"),
    ]  # fmt: skip
    assert [(i.url, i.caption) for i in article.images] == [("https://a.example/p.jpg", "Hall")]


@pytest.mark.parametrize(
    "content",
    ["<p><![CDATA[<b>One</b> two.]]></p>", "&lt;p&gt;One&lt;/p&gt; &lt;p&gt;two.&lt;/p&gt;", "One\n two."],
)
def test_nitf_with_escaped_markup_or_none(content: str) -> None:
    assert one(nitf(content)).body.split() == ["One", "two."]


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_what_was_called_back_is_marked(status: str) -> None:
    capital = status.capitalize()
    for raw in (
        nitf(head=f'<docdata management-status="{status}"/>'),
        item(status=f'<pubStatus qcode="stat:{status}"/>'),
        newsml(component("", "Clock"), f'<Status FormalName="{capital}"/>'),
    ):
        assert "withdrawn" in codes(one(raw))


@pytest.mark.parametrize(
    ("until", "marked"), [("2026-03-20T00:00:00Z", True), ("2026-03-01T00:00:00Z", False), ("", True)]
)
def test_an_embargo_counts_until_it_is_over(until: str, marked: bool) -> None:
    raws = [item(status=f"<embargoed>{until}</embargoed>")]
    ahead = f"<StatusWillChange><DateAndTime>{until}</DateAndTime></StatusWillChange>" if until else ""
    raws.append(newsml(component("", "Clock"), f'<Status FormalName="Embargoed"/>{ahead}'))
    for raw in raws:
        assert ("embargoed" in codes(one(raw))) is marked


def test_g2_names_by_language_type_and_assertion() -> None:
    article = one(
        item(
            meta='<language tag="de"/><creator type="cpnat:person" role="crol:writer"><name>Ada Ruiz</name></creator>'
            '<creator type="cpnat:organisation"><name>Dingsda</name></creator>'
            '<contributor role="crol:editor"><name>Uma Rao</name></contributor>'
            '<subject type="cpnat:person"><name>Ilka Sand</name></subject>'
            '<subject type="cpnat:abstract" qcode="medtop:04000000"><name xml:lang="en">Economy</name>'
            '<name xml:lang="de">Wirtschaft</name></subject><subject qcode="a:1"/>'
            '<headline xml:lang="en">In English</headline>',
        ).replace("</contentSet>", '</contentSet><assert qcode="a:1"><name>Markt</name></assert>')
    )
    assert article.authors == ("Ada Ruiz",)
    assert article.publisher is not None
    assert article.publisher.name == "Dingsda"
    assert (article.section, article.tags) == ("Wirtschaft", ("Wirtschaft", "Markt", "Ilka Sand"))
    assert article.headline == "Clock found"
    assert [variant.text for variant in article.headline_variants] == ["In English"]


def test_g2_with_nitf_inside_and_text_in_base64() -> None:
    inner = nitf(body_head="<byline>By Ada Ruiz</byline>", space=' xmlns=""')
    article = one(item(f'<inlineXML contenttype="application/nitf+xml">{inner}</inlineXML>'))
    assert (article.body, article.authors) == (PROSE, ("Ada Ruiz",))
    encoded = "VGhlIGNsb2NrIHdhcyBmb3VuZC4="
    article = one(item(f'<inlineData contenttype="text/plain" encoding="base64">{encoded}</inlineData>'))
    assert article.body == "The clock was found."


def test_many_items_each_with_its_own_verdict() -> None:
    empty = item("<inlineData> </inlineData>")
    picture = item('<remoteContent href="https://a.example/p.jpg" contenttype="image/jpeg"/>', kind="picture", guid="p")
    first, second, third = parse(message(item(), empty, picture, item()))
    assert isinstance(first, Article)
    assert isinstance(second, PayloadError)
    assert second.code == "article_missing"
    assert isinstance(third, Article)
    assert (first.part, third.part) == (0, 2)


def test_newsml_stories_in_one_item_and_texts_of_one_story() -> None:
    lone = newsml(
        component(component("", data="<p>Second part of it.</p>") + component("", data="<p>Third.</p>"), "Clock", "")
    )
    assert one(lone).body == "Second part of it.\n\nThird."
    parts = parse(newsml(component(component("", "One") + component("", "Two"), "Digest", "")))
    assert [part.headline for part in parts if isinstance(part, Article)] == ["One", "Two"]
    assert all(not part.headline_variants for part in parts if isinstance(part, Article))
    same = component("", data=PROSE) + component("", data=f"<p>{PROSE}</p><p>And more.</p>")
    whole = component(same, "Clock", "").replace("<NewsComponent>", '<NewsComponent EquivalentsList="yes">', 1)
    assert one(newsml(whole)).body == f"{PROSE}\n\nAnd more."


def test_newsml_topics_parties_and_text_in_lines() -> None:
    meta = (
        '<AdministrativeMetadata><Provider><Party FormalName="HCNA"/></Provider><Creator><Party Topic="#t2"/></Creator>'
        '</AdministrativeMetadata><DescriptiveMetadata><Genre FormalName="Commentary"/><TopicOccurrence Topic="#t1"/>'
        '<SubjectCode><Subject FormalName="04000000"/></SubjectCode></DescriptiveMetadata>'
    )
    topics = (
        '<TopicSet><Topic Duid="t1"><Description>Clocks</Description></Topic><Topic Duid="t2"><Description>Ada Ruiz'
    )
    raw = newsml(component(meta, "Clock", "   The clock\nwas found.\n   It ticks.")).replace(
        "</NewsML>", f"{topics}</Description></Topic></TopicSet></NewsML>"
    )
    article = one(raw)
    assert article.body == "The clock was found.\n\nIt ticks."
    assert (article.tags, article.authors, article.article_type) == (("Clocks",), ("Ada Ruiz",), "opinion")
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.kind) == ("HCNA", "agency")


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE nitf [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]>',
        '<!DOCTYPE nitf [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE nitf SYSTEM "x" [<!ENTITY % a SYSTEM "http://a.example/"> %a;]>',
    ],
)
def test_documents_with_entities_of_their_own_are_refused(doctype: str) -> None:
    assert cause(doctype + nitf("<p>&c;</p>")) == "markup_invalid"


@pytest.mark.parametrize(
    "content",
    [f"<p>{PROSE}&nbsp;x</p>", f"<p>{PROSE}\x08</p>", f"<p>{PROSE} a & b < c</p>", f"<p>{PROSE}<b>x</p>"],
    ids=["entity", "control", "bare", "open"],
)
def test_damage_is_mended_and_told(content: str) -> None:
    article = one(nitf(content))
    assert "markup_broken" in codes(article)
    assert article.body.startswith(PROSE)


def test_a_document_that_ends_in_the_middle_says_so() -> None:
    found = parse(message(item(), item())[: -len(PROSE) - 60])
    articles = [part for part in found if isinstance(part, Article)]
    assert articles[0].body == PROSE
    assert "ends in the middle" in str([issue.detail for issue in articles[0].issues])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("<nitf/>", "article_missing"),
        (message(), "article_missing"),
        (f'<packageItem xmlns="{G2}"><groupSet/></packageItem>', "article_missing"),
        (
            item('<remoteContent href="https://a.example/p.jpg" contenttype="image/jpeg"/>', kind="picture"),
            "article_missing",
        ),
        ("<NewsML><NewsItem/></NewsML>", "article_missing"),
        ("<nitf><body><body.content>" + "<block>" * 100_000 + "x", "markup_invalid"),
        ("<nitf>" + "<" * 100_000, "markup_invalid"),
        (newsml("<NewsComponent>" * 100 + component("", "x") + "</NewsComponent>" * 100), "article_missing"),
    ],
    ids=["empty", "no items", "package", "picture", "no text", "nested", "brackets", "components"],
)
def test_what_holds_no_story_has_a_cause(raw: str, code: str) -> None:
    assert cause(raw) == code


def test_what_is_declared_newswire_and_is_none_is_no_prose() -> None:
    assert cause(f"<catalog><x>{PROSE}</x></catalog>", media_type="application/nitf+xml") == "markup_invalid"


@pytest.mark.parametrize(
    "raw",
    [
        nitf(f"<p>{PROSE}</p>" * 25_000),
        message(item() * 8000),
        newsml(component("", "Clock") * 12_000),
        newsml(component(component("", "Clock") * 8000, "Digest", "")),
        nitf(f"<p>{PROSE}</p>" + '<media media-type="image"><media-reference source="/p.jpg"/></media>' * 20_000),
    ],
    ids=["long", "items", "components", "nested components", "pictures"],
)
def test_five_megabytes_give_a_bounded_answer(raw: str) -> None:
    found = parse(raw)
    assert 1 <= len(found) <= 5001
    assert isinstance(found[0], Article)
    assert len(found) < 5001 or (isinstance(found[-1], PayloadError) and found[-1].code == "too_large")


PIECES = ["<nitf>", "</nitf>", "<body>", "<body.content>", "<p>text of it ", "</p>", f'<newsItem xmlns="{G2}">',
          "<contentSet>", "<inlineXML>", "<NewsML>", "<NewsItem>", "<NewsComponent>", "<ContentItem>", "<DataContent>",
          "&amp;", "&x;", "<![CDATA[", "]]>",
          "<media>", "<table><tr><td>", "\x00", "é", "<!--", "-->", "<hl1>x</hl1>", 'norm="2"', "<?x?>"]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["<nitf>", "<NewsML>", f'<newsItem xmlns="{G2}">'])
)
def test_no_mixture_raises_anything_but_a_cause(pieces: list[str], start: str) -> None:
    newswire = next(form for form in SPINE.formats if form.name == "newswire")
    found: list[Article | PayloadError] = []
    with contextlib.suppress(PayloadError):  # its code is one of the closed list, or it cannot be made
        found = list(newswire.parse(Payload((start + "".join(pieces)).encode(), "x", NOW)))
    assert all(part.body for part in found if isinstance(part, Article))
