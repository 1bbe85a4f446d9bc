"""JSON, feeds and text that are broken, huge, of another type than declared, or made to trap patterns."""

from __future__ import annotations

import gzip
import json
import random
from functools import partial

from tests.hostile.case import ARTICLE, HEAD, PROSE, SECOND, Case, page, read, refused

MEGA = 1_000_000
_ITEM = {"headline": "Dock strike ends in Northport", "text": f"{PROSE}\n\n{SECOND}", "date": "2026-03-11"}
_OBJECT = json.dumps(_ITEM)
_RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Gazette</title>'
    "<link>https://gazette.example/</link>{}</channel></rss>"
)
_ENTRY = (
    "<item><title>Dock strike ends in Northport</title><link>/a</link>"
    f"<description>{PROSE} {SECOND}</description></item>"
)
_FEED = _RSS.format(_ENTRY)


def _with(**fields: object) -> str:
    return json.dumps(_ITEM | fields)


def _noise(size: int = 50_000) -> bytes:
    return random.Random(7).randbytes(size)  # repeatable, not secret


_BOMB = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))

TYPES: dict[str, Case] = {
    "page as JSON": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD), media_type="application/json", says=SECOND
    ),
    "JSON as page": read(lambda: _OBJECT, media_type="text/html; charset=utf-8", says=SECOND),
    "feed as page": read(lambda: _FEED, media_type="text/html", says=SECOND),
    "page as feed": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD), media_type="application/rss+xml", says=SECOND
    ),
    "text as page": read(lambda: f"Dock strike ends\n\n{PROSE}\n\n{SECOND}", media_type="text/html", says=SECOND),
    "PNG as page": refused(
        lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + _noise(),
        "format_unknown",
        "encoding_invalid",
        media_type="text/html",
    ),
    "JPEG as page": refused(
        lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0" + _noise(), "format_unknown", "encoding_invalid", media_type="text/html"
    ),
    "PDF as page": refused(
        lambda: (
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Length 50000>>\nstream\n" + _noise() + b"\nendstream\nendobj\n"
        ),
        "format_unknown",
        "encoding_invalid",
        media_type="text/html",
    ),
    "gzip as page": refused(
        lambda: gzip.compress(_noise(), mtime=0), "format_unknown", "encoding_invalid", media_type="text/html"
    ),
    "noise as page": refused(_noise, "format_unknown", "encoding_invalid", media_type="text/html"),
    "zeros": refused(lambda: bytes(MEGA), "empty"),
    "blanks": refused(lambda: b" \r\n\t" * 100_000, "empty"),
    "nothing": refused(lambda: b"", "empty", "fields_invalid"),
    "a BOM alone": refused(lambda: b"\xef\xbb\xbf", "empty"),
    "style sheet as page": refused(
        lambda: "body { margin: 0; color: #333 }\n.header { width: 100%; float: left }\n" * 200,
        "article_missing",
        "format_unknown",
        media_type="text/css",
    ),
    "script as page": refused(
        lambda: "(function(){var a=1;window.b=function(c){return c+a};for(var i=0;i<9;i++){b(i)}})();\n" * 200,
        "article_missing",
        "format_unknown",
        media_type="application/javascript",
    ),
}

JSON: dict[str, Case] = {
    "keys twice": refused(
        lambda: '{"headline": "Strike ends", "headline": "Strike goes on", "text": ' + json.dumps(PROSE) + "}",
        "markup_invalid",
    ),
    "keys twice the same": read(
        lambda: '{"headline": "Strike ends", "headline": "Strike ends", "text": ' + json.dumps(PROSE) + "}", says=PROSE
    ),
    "NaN": refused(lambda: _OBJECT[:-1] + ', "score": NaN}', "markup_invalid"),
    "Infinity": refused(lambda: _OBJECT[:-1] + ', "score": -Infinity}', "markup_invalid"),
    "number of 5,000 digits": refused(lambda: _OBJECT[:-1] + f', "id": {"9" * 5_000}}}', "markup_invalid"),
    "number of 1 MB": refused(lambda: _OBJECT[:-1] + f', "id": {"9" * MEGA}}}', "markup_invalid"),
    "number beyond doubles": read(lambda: _OBJECT[:-1] + ', "id": 1e999, "updated": 1e400}', says=SECOND),
    "date beyond years": read(lambda: _with(date=10**30), says=SECOND),
    "date below years": read(lambda: _with(date=-(10**18)), says=SECOND),
    "arrays 10,000 deep": refused(lambda: _with(x=1)[:-2] + "[" * 10_000 + "]" * 10_000 + "}", "markup_invalid"),
    "arrays 10,000 deep and cut": refused(lambda: "[" * 10_000, "markup_invalid"),
    "objects 100,000 deep": refused(lambda: '{"a":' * 100_000 + "1" + "}" * 100_000, "markup_invalid"),
    "lone surrogates": read(
        lambda: _OBJECT.replace("Wednesday", "Wed\\ud800nesday"), says="Wed�nesday", issue="characters_replaced"
    ),
    "surrogates in a key": read(lambda: _OBJECT[:-1] + ', "\\udfff": 1}', says=SECOND, issue="characters_replaced"),
    "BOM": read(lambda: "\ufeff" + _OBJECT, says=SECOND),
    "UTF-16": read(lambda: _OBJECT.encode("utf-16"), says=SECOND),
    "UTF-16 big end first": read(lambda: b"\xfe\xff" + _OBJECT.encode("utf-16-be"), says=SECOND),
    "UTF-16 without BOM": refused(lambda: _OBJECT.encode("utf-16-le"), "format_unknown", media_type="application/json"),
    "UTF-32": refused(lambda: _OBJECT.encode("utf-32"), "format_unknown"),
    "cut": refused(lambda: _OBJECT[:200], "markup_invalid"),
    "two values": refused(lambda: _OBJECT + _OBJECT, "markup_invalid"),
    "raw line breaks in a string": refused(lambda: '{"headline": "Strike\nends", "text": "x"}', "markup_invalid"),
    "body of 9 MB": read(lambda: _with(text=(PROSE + " ") * 43_000), says=PROSE),
    "body of 9 MB of markup": read(lambda: _with(text=f"<p>{PROSE}</p>" + "<p>a" * 2_000_000), says=PROSE),
    "body nested 100,000 deep": read(
        lambda: _with(text="<div>" * 100_000 + PROSE, headline="Dock strike"), says="forty-one ships"
    ),
    "body of 5 MB of <": read(lambda: _with(text=PROSE + "<" * 5_000_000), says="forty-one ships"),
    "body of attributes": read(
        lambda: _with(text="<p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{PROSE}</p>"), says=PROSE
    ),
    "body of wrong type": refused(lambda: _with(text={"a": {"b": 7}}), "article_missing"),
    "headline of 1 MB": read(lambda: _with(headline="strike " * 140_000), says=SECOND),
    "100,000 authors": read(lambda: _with(authors=[f"Ada Ruiz {n}" for n in range(100_000)]), says=SECOND),
    "authors of 1 MB": read(lambda: _with(author="Ada Ruiz and " * 77_000), says=SECOND),
    "tags of 1 MB": read(lambda: _with(tags="harbour, " * 110_000), says=SECOND),
    "100,000 tags": read(lambda: _with(tags=[f"harbour{n}" for n in range(100_000)]), says=SECOND),
    "one tag of 1 MB": read(lambda: _with(tags=["harbour" * 140_000]), says=SECOND),
    "date of 1 MB": read(lambda: _with(date="2026-" * 200_000), says=SECOND),
    "URL of 1 MB": read(lambda: _with(url="https://a.example/" + "a" * MEGA), says=SECOND, issue="url_invalid"),
    "one million empty objects": refused(lambda: "[" + "{}," * 999_999 + "{}]", "article_missing", "too_large"),
    "100,000 keys": read(lambda: _with(**{f"key{n}": n for n in range(100_000)}), says=SECOND),
    "keys that collide": read(lambda: _with(**{"A_b" * n: n for n in range(1, 1_000)}), says=SECOND),
    "null everywhere": refused(
        lambda: json.dumps(dict.fromkeys(("headline", "text", "date", "author", "url"))), "article_missing"
    ),
}


def _many(count: int) -> str:
    return "".join(
        f"<item><title>Ship {n} sails</title><guid>{n}</guid><description>{PROSE} Number {n}.</description></item>"
        for n in range(count)
    )


FEEDS: dict[str, Case] = {
    "end tag missing": read(lambda: _FEED.replace("</channel></rss>", ""), says=SECOND, issue="markup_broken"),
    "bare ampersand": read(lambda: _FEED.replace("Dock strike", "Dock & strike"), says=SECOND, issue="markup_broken"),
    "crossed tags": read(lambda: _RSS.format("<b><i></b></i>" + _ENTRY), says=SECOND, issue="markup_broken"),
    "undefined namespace": read(
        lambda: _RSS.format(_ENTRY.replace("</item>", "<foo:bar>x</foo:bar></item>")), says=SECOND
    ),
    "cut in an item": read(
        lambda: _RSS.format(_ENTRY + _ENTRY.replace("<title>", "<title>Again "))[:-220],
        says=SECOND,
        issue="markup_broken",
        part="article_missing",
    ),
    "cut before an item": refused(lambda: _FEED[: _FEED.index("<item>")], "markup_invalid", "article_missing"),
    "entity bomb": refused(
        lambda: (
            f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">{_BOMB}]>'
            f"<rss><channel><item><title>&j;</title></item></channel></rss>"
        ),
        "markup_invalid",
    ),
    "entity bomb far behind": refused(
        lambda: (
            f'<?xml version="1.0"?><!-- {"x" * 9_000} --><!DOCTYPE rss [<!ENTITY a "ha">{_BOMB}]>'
            f"<rss><channel><item><title>&j;</title></item></channel></rss>"
        ),
        "markup_invalid",
        "format_unknown",
        "article_missing",
    ),
    "entity from a file": refused(
        lambda: (
            '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
            f"<rss><channel><item><title>&a;</title><description>{PROSE}</description></item></channel></rss>"
        ),
        "markup_invalid",
    ),
    "no items": refused(lambda: _RSS.format(""), "article_missing"),
    "20,000 items": read(lambda: _RSS.format(_many(20_000)), says=PROSE, issue="items_cut"),
    "items never closed": read(
        lambda: _RSS.format(_many(15_000).replace("</item>", "")), says=PROSE, issue="markup_broken"
    ),
    "nested 100,000 deep": refused(lambda: "<rss><channel>" + "<a>" * 100_000, "markup_invalid", "article_missing"),
    "nested 100,000 deep and closed": refused(
        lambda: "<rss><channel>" + "<a>" * 100_000 + "</a>" * 100_000 + "</channel></rss>",
        "markup_invalid",
        "article_missing",
    ),
    "10 MB of one item": read(lambda: _RSS.format(_ENTRY.replace(PROSE, (PROSE + " ") * 45_000)), says=PROSE),
    "item of markup nested deep": read(
        lambda: _RSS.format(_ENTRY.replace(PROSE, "&lt;div&gt;" * 100_000)), says=SECOND
    ),
    "50,000 attributes": read(
        lambda: "<rss " + " ".join(f'a{n}="1"' for n in range(50_000)) + f"><channel>{_ENTRY}</channel></rss>",
        says=SECOND,
    ),
    "CDATA never closed": refused(
        lambda: _RSS.format(_ENTRY.replace(PROSE, f"<![CDATA[{PROSE}")), "markup_invalid", "article_missing"
    ),
    "1 MB of CDATA starts": refused(lambda: _RSS.format("<![CDATA[" * 110_000), "markup_invalid", "article_missing"),
    "1 MB of &": read(lambda: _RSS.format("&" * MEGA + _ENTRY), says=SECOND, issue="markup_broken"),
    "100,000 categories": read(
        lambda: _RSS.format(_ENTRY.replace("</item>", "<category>port</category>" * 100_000 + "</item>")), says=SECOND
    ),
    "page in its place": refused(
        lambda: page("<h1>503 Service Unavailable</h1>", "<title>503 Service Unavailable</title>"),
        "error_page",
        media_type="application/rss+xml",
    ),
}


def _with_line(text: str) -> str:
    return f"Dock strike ends\n\n{PROSE}\n\n{text * (MEGA // len(text))}\n"


TEXT: dict[str, Case] = {
    "one line of 5 MB": read(lambda: "Dock strike ends\n\n" + (PROSE + " ") * 24_000, says=PROSE),
    "one line of 5 MB and no title": read(lambda: (PROSE + " ") * 24_000, says=PROSE),
    "one word of 5 MB": read(lambda: "Dock strike ends\n\n" + "x" * 5_000_000),
    "NUL within": read(f"Dock strike ends\n\n{PROSE}\0 {SECOND}\n".encode, says="forty-one ships"),
    "NUL between letters": refused(
        lambda: "\0".join(PROSE).encode(), "format_unknown", "encoding_invalid", media_type="text/plain"
    ),
    **{
        f"1 MB of {name}": read(partial(_with_line, text), says=PROSE)
        for name, text in {
            "digits": "1",
            "dots": ".",
            "dots and spaces": ". ",
            "commas": ", ",
            "brackets": "(",
            "quotes": '"',
            "dashes": "-",
            "dash lines": "---\n",
            "blank lines": "\n",
            "date lines": "2026-01-01\n\n",
            "head lines": "Title: x\n\n",
            "tag lines": "a, b, c\n\n",
            "full stops": "A.",
            "by": "By ",
            "bars": " | ",
            "colons": "a: ",
        }.items()
    },
    "heads of 1 MB": read(
        lambda: f"Title: Dock strike ends\nTags: {'port, ' * 160_000}\nDate: x\n\n{PROSE}\n", says=PROSE
    ),
    "front matter never closed": read(lambda: "---\ntitle: Dock strike ends\n" + f"\n{PROSE}\n" * 2_000, says=PROSE),
    "records of one line": read(lambda: "\f".join(f"Ship {n} sails\n\n{PROSE} {n}" for n in range(5_000)), says=PROSE),
    "form feeds alone": refused(lambda: "x" + "\f" * MEGA, "article_missing", "format_unknown", "empty"),
    "log file": read(lambda: "2026-03-11 10:00:01 INFO ship sailed\n" * 20_000),
}

CASES: dict[str, Case] = {
    **{f"type: {name}": case for name, case in TYPES.items()},
    **{f"json: {name}": case for name, case in JSON.items()},
    **{f"feed: {name}": case for name, case in FEEDS.items()},
    **{f"text: {name}": case for name, case in TEXT.items()},
}
