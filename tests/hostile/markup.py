"""Pages that are too large, too deep, cut off, or made to trap patterns."""

from __future__ import annotations

import json
from functools import partial

from tests.hostile.case import ARTICLE, HEAD, PROSE, SECOND, THIRD, Case, page, read, refused

MEGA = 1_000_000
_NEAR_LIMIT = 9_900_000


def _fill(piece: str, size: int = _NEAR_LIMIT) -> str:
    return piece * (size // len(piece))


def _numbered_paragraphs(size: int) -> str:
    parts = []
    total = number = 0
    while total < size:
        number += 1
        parts.append(f"<p>Paragraph {number}: {PROSE} Ship number {number} sailed.</p>")
        total += len(parts[-1])
    return "".join(parts)


def _json_ld(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


def _bait(text: str, size: int = MEGA) -> str:
    return _fill(text, size)


def _nested(tag: str) -> str:
    return page(f"<{tag}>" * 100_000 + ARTICLE + f"</{tag}>" * 100_000, HEAD)


def _titled(text: str) -> str:
    return page(f"<article>{ARTICLE}</article>", f"<title>{_bait(text)}</title>")


def _with_meta(name: str, text: str) -> str:
    tags = f"<title>Dock strike ends in Northport</title><meta property='{name}' content='{_bait(text)}'>"
    return page(f"<article>{ARTICLE}</article>", tags)


def _with_paragraph(text: str) -> str:
    return page(f"<article>{ARTICLE}<p>By {_bait(text)}</p></article>", HEAD)


_UNDATED = '{"published":"soon"},'
_NO_DATE = "<title>Dock strike ends in Northport</title>"
_NODE = {"@type": "NewsArticle", "headline": "Dock strike ends after nine days in Northport"}
_DEEP = ("markup_invalid", "article_missing")

SIZE: dict[str, Case] = {
    "10 MB of text": read(lambda: page(f"<article>{_numbered_paragraphs(_NEAR_LIMIT)}</article>", HEAD), says=PROSE),
    "10 MB of tags": refused(
        lambda: page(_fill("<i></i><b class='x'></b><span></span>"), HEAD), "article_missing", "markup_invalid"
    ),
    "10 MB of one attribute": read(
        lambda: page(f'<div data-state="{_fill("x")}"></div><article>{ARTICLE}</article>', HEAD), says=SECOND
    ),
    "10 MB of one script": read(
        lambda: page(f"<script>var a='{_fill('x')}'</script><article>{ARTICLE}</article>", HEAD), says=SECOND
    ),
    "10 MB of one style": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + f"<style>{_fill('.a{b:c}')}</style>"), says=SECOND
    ),
    "10 MB of one paragraph": read(lambda: page(f"<article><p>{_fill(PROSE + ' ')}</p></article>", HEAD), says=PROSE),
    "10 MB of one word": read(lambda: page(f"<article>{ARTICLE}<p>{_fill('x', 9_000_000)}</p></article>", HEAD)),
    "10 MB of data images": read(
        lambda: page(f'<article>{ARTICLE}<img src="data:image/png;base64,{_fill("QUJD")}"></article>', HEAD),
        says=SECOND,
    ),
    "200,000 cells": read(
        lambda: page(
            f"<article>{ARTICLE}<table>" + "<tr>" + "</tr><tr>".join(["<td>1</td>" * 20] * 10_000) + "</tr></table>"
            "</article>",
            HEAD,
        ),
        says=SECOND,
    ),
    "300,000 breaks": read(lambda: page(f"<article>{ARTICLE}{'<br>' * 300_000}</article>", HEAD), says=SECOND),
    "300,000 breaks in words": read(
        lambda: page(f"<article>{ARTICLE}<p>{'a<br>' * 300_000}</p></article>", HEAD), says=SECOND
    ),
    "1 MB of <": read(lambda: page(f"<article>{ARTICLE}</article>{'<' * MEGA}", HEAD), says=SECOND),
    "1 MB of < and spaces": read(lambda: page(f"<article>{ARTICLE}</article>{'< ' * MEGA}", HEAD), says=SECOND),
    "1 MB of </": read(lambda: page(f"<article>{ARTICLE}</article>{'</' * MEGA}", HEAD), says=SECOND),
    "1 MB of &": read(lambda: page(f"<article>{ARTICLE}<p>{'&' * MEGA}</p></article>", HEAD), says=SECOND),
    "1 MB of &amp;": read(
        lambda: page(f"<article>{ARTICLE}<p>{'&amp;amp;' * 110_000}</p></article>", HEAD), says=SECOND
    ),
    "1 MB of quotes": read(
        lambda: page(f"<article>{ARTICLE}</article><a title={_fill(chr(34), MEGA)}>", HEAD), says=SECOND
    ),
    "1 MB of comment starts": refused(lambda: page(f"{'<!--' * 250_000}<p>{PROSE}</p>", HEAD), "article_missing"),
    "100,000 comments": read(lambda: page(f"{'<!-- x -->' * 100_000}<article>{ARTICLE}</article>", HEAD), says=SECOND),
    "comment never closed": read(
        lambda: page(f"<article>{ARTICLE}</article><!-- {_fill('and so on ', MEGA)}", HEAD), says=SECOND
    ),
    "script never closed": read(
        lambda: page(f"<article>{ARTICLE}</article><script>{_fill('a<b;', MEGA)}", HEAD), says=SECOND
    ),
    "title never closed": refused(lambda: f"<html><head><title>{PROSE}<body>{ARTICLE * 100}", "article_missing"),
    "50,000 attributes": refused(
        lambda: page("<p " + " ".join(f"a{n}=1" for n in range(50_000)) + f">{PROSE}</p>"), "markup_invalid"
    ),
    "50,000 attributes of quotes": refused(
        lambda: page("<p " + " ".join(f"a{n}='>'" for n in range(50_000)) + f">{PROSE}</p>"), "markup_invalid"
    ),
    "50,000 classes": read(
        lambda: page(f"<article class='{' '.join(f'c{n}' for n in range(50_000))}'>{ARTICLE}</article>", HEAD),
        says=SECOND,
    ),
    "100,000 ids the same": read(
        lambda: page(f"<article>{ARTICLE}</article>" + "<p id=a class=related>x</p>" * 100_000, HEAD), says=SECOND
    ),
}

NESTED: dict[str, Case] = {
    **{
        f"100,000 nested {tag}": refused(partial(_nested, tag), *_DEEP)
        for tag in ("div", "span", "b", "a", "font", "blockquote", "section", "custom-tag", "form", "button", "svg")
    },
    "100,000 nested table": refused(lambda: page("<table><tr><td>" * 100_000 + PROSE, HEAD), *_DEEP),
    "100,000 nested tables bare": refused(lambda: page("<table>" * 100_000 + PROSE, HEAD), *_DEEP),
    "100,000 nested ul": refused(lambda: page("<ul><li>" * 100_000 + PROSE, HEAD), *_DEEP),
    "100,000 nested dl": refused(lambda: page("<dl><dd>" * 100_000 + PROSE, HEAD), *_DEEP),
    "4,900 nested div": read(
        lambda: page("<div>" * 4_900 + f"<article>{ARTICLE}</article>" + "</div>" * 4_900, HEAD), says=SECOND
    ),
    "misnested formatting": refused(lambda: page("<p><b><i><u>" * 30_000 + PROSE, HEAD), *_DEEP),
    "misnested formatting closed": read(
        lambda: page("<b><p></b>" * 20_000 + f"<article>{ARTICLE}</article>", HEAD), says=SECOND
    ),
    "unclosed a": refused(lambda: page("<a href=/x>x" * 100_000, HEAD), *_DEEP),
    "closed and never opened": read(
        lambda: page(f"<article>{ARTICLE}</article>" + "</div></p></b>" * 100_000, HEAD), says=SECOND
    ),
    "100,000 paragraphs unclosed": read(
        lambda: page(f"<article>{ARTICLE}</article><div class=related>" + "<p>x" * 100_000, HEAD), says=SECOND
    ),
}

_WHOLE = page(
    f"<article><h1>Dock strike ends after nine days in Northport</h1>{ARTICLE}<p>Zoë Žáček sailed — last “of all”.</p>"
    f"</article>",
    HEAD + _json_ld(_NODE),
)


def _cut_after(mark: str) -> str:
    return _WHOLE[: _WHOLE.index(mark) + len(mark)]


CUT: dict[str, Case] = {
    "cut in a tag": read(lambda: _cut_after(SECOND + "</p") + "", says="forty-one ships"),
    "cut in an attribute": read(
        lambda: page(f"<article>{ARTICLE}", HEAD).split("</body>")[0] + '<img src="/a.jpg" alt="Ships at an',
        says=SECOND,
    ),
    "cut in a script": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD).split("</body>")[0] + '<script>var a = {"b": "', says=SECOND
    ),
    "cut in a character": read(
        lambda: _WHOLE.encode()[: _WHOLE.encode().index("Žá".encode()) + 3],
        says=SECOND,
        issue="characters_replaced",
    ),
    "cut in JSON-LD": refused(lambda: _WHOLE[: _WHOLE.index("NewsArticle") + 15], "article_missing"),
    "cut in JSON-LD at the end": read(
        lambda: (
            page(f"<article>{ARTICLE}</article>", HEAD).split("</body>")[0]
            + '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Dock st'
        ),
        says=SECOND,
        issue="markup_broken",
    ),
    "cut in the head": refused(lambda: _WHOLE[: _WHOLE.index("og:title")], "article_missing"),
    "cut in a word": read(lambda: _cut_after("Pilots expect the last of the wai"), says="forty-one ships"),
    "cut in a comment": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD).split("</body>")[0] + "<!-- the rest of", says=SECOND
    ),
}


PATTERNS: dict[str, Case] = {
    **{
        f"title of 1 MB of {name}": read(partial(_titled, text), says=SECOND)
        for name, text in {
            "words": "strike ends ",
            "bars": " | ",
            "dashes": " - ",
            "spaces": "&nbsp; ",
            "letters": "x",
            "dots": ".",
        }.items()
    },
    "h1 of 1 MB": read(lambda: page(f"<article><h1>{_bait('strike ends ')}</h1>{ARTICLE}</article>"), says=SECOND),
    "title, h1 and og:title of 1 MB each": read(
        lambda: page(
            f"<article><h1>{_bait('strike ends a ')}</h1>{ARTICLE}</article>",
            f"<title>{_bait('strike ends b ')}</title><meta property='og:title' content='{_bait('strike ends c ')}'>",
        ),
        says=SECOND,
    ),
    "description of 1 MB": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + f'<meta name="description" content="{_bait("a, b. ")}">'),
        says=SECOND,
    ),
    **{
        f"meta {name} of 1 MB of {what}": read(partial(_with_meta, name, text), says=SECOND)
        for name in ("article:published_time", "author", "keywords", "article:section", "og:site_name", "og:url")
        for what, text in {
            "digits": "1",
            "commas": ", ",
            "dates": "2026-01-01 ",
            "brackets": "(",
            "names": "Ada Ruiz, ",
        }.items()
    },
    **{
        f"paragraph of 1 MB of {name}": read(partial(_with_paragraph, text), says=SECOND)
        for name, text in {
            "digits": "1",
            "dots": ".",
            "commas": ",",
            "brackets": "(",
            "dates": "01/02/2026 ",
            "colons": "12:30:",
            "names": "Ada Ruiz and ",
            "capitals": "A",
            "blanks": "&nbsp;",
            "dashes": "—",
            "quotes": "“",
            "addresses": "a@b.c ",
            "backslashes": "\\",
        }.items()
    },
    "byline of 1 MB": read(
        lambda: page(f"<article><p class=byline__name>By {_bait('Ada Ruiz, ')}</p>{ARTICLE}</article>", HEAD)
    ),
    "1 MB of backslashes in a script without a date": read(
        lambda: page(f"<article>{ARTICLE}</article><script>{_bait(chr(92))}</script>", _NO_DATE), says=SECOND
    ),
    "scripts full of dates without a year": read(
        lambda: page(f"<article>{ARTICLE}</article><script>{_bait(_UNDATED)}</script>", _NO_DATE),
        says=SECOND,
    ),
    "10,000 notices never closed": refused(
        lambda: page("<noscript class=" + "x" * 300 + "><p>no</p>" * 10_000), *_DEEP, "script_shell"
    ),
    "1 MB of backslashes shown": read(
        lambda: page(f"<article>{ARTICLE}</article><div class=date>{_bait(chr(92))}</div>", _NO_DATE), says=SECOND
    ),
    "100,000 authors": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD + _json_ld(_NODE | {"author": [{"@type": "Person", "name": f"Ada Ruiz {n}"} for n in range(100_000)]}),
        ),
        says=SECOND,
    ),
    "100,000 keywords": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD + _json_ld(_NODE | {"keywords": [f"keyword{n}" for n in range(100_000)]}),
        ),
        says=SECOND,
    ),
    "10,000 meta tags": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD
            + "".join(
                f'<meta name="author" content="Ada Ruiz{n}"><meta name="n{n}" content="x">' for n in range(5_000)
            ),
        ),
        says=SECOND,
    ),
    "10,000 published times": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD
            + "".join(
                f'<meta property="article:published_time" content="2026-01-01T10:{n % 60:02}">' for n in range(10_000)
            ),
        ),
        says=SECOND,
    ),
    "10,000 JSON-LD blocks": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + _json_ld(_NODE) * 10_000), says=SECOND
    ),
    "10,000 broken JSON-LD blocks": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + '<script type="application/ld+json">{"a": [1,}</script>' * 10_000
        ),
        says=SECOND,
    ),
    "JSON-LD of 5 MB": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + _json_ld(_NODE | {"about": [{"name": "ferry " * 100}] * 8_000})
        ),
        says=SECOND,
    ),
    "articleBody of 5 MB": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + _json_ld(_NODE | {"articleBody": _bait(PROSE + " ", 5 * MEGA)})
        ),
        says=SECOND,
    ),
    "articleBody of 5 MB of markup": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + _json_ld(_NODE | {"articleBody": _bait("<p>a ", 5 * MEGA)})
        ),
        says=SECOND,
    ),
    "JSON-LD of 5 MB broken": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD + f'<script type="application/ld+json">{_bait("[1,", 5 * MEGA)}</script>',
        ),
        says=SECOND,
        issue="markup_broken",
    ),
    "JSON-LD of 1 MB of blanks": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + f'<script type="application/ld+json">{{"a":1,{_bait(" ")}</script>'
        ),
        says=SECOND,
        issue="markup_broken",
    ),
    "JSON-LD of 1 MB of commas": read(
        lambda: page(
            f"<article>{ARTICLE}</article>", HEAD + f'<script type="application/ld+json">{{"a":1{_bait(", ")}</script>'
        ),
        says=SECOND,
        issue="markup_broken",
    ),
    "JSON-LD nested 10,000 deep": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD + f'<script type="application/ld+json">{"[" * 10_000}{"]" * 10_000}</script>',
        ),
        says=SECOND,
    ),
    "JSON-LD graph of 100,000 nodes": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + _json_ld({"@graph": [_NODE] * 50_000})), says=SECOND
    ),
    "JSON-LD of wrong types": read(
        lambda: page(
            f"<article>{ARTICLE}</article>",
            HEAD
            + _json_ld(
                {
                    "@type": ["NewsArticle", 7, None],
                    "headline": ["", {"a": 1}],
                    "author": [[{"name": {"x": []}}], 3, True],
                    "datePublished": {"@value": [2026]},
                    "publisher": [[]],
                    "keywords": {"a": ["b"]},
                    "image": [{"url": {"url": 3}}, 4],
                    "articleSection": [[["x"]]],
                    "mainEntityOfPage": [[]],
                    "articleBody": 17,
                    "inLanguage": {"name": ["x"]},
                }
            ),
        ),
        says=SECOND,
    ),
    "10,000 h1": read(
        lambda: page(
            f"<article>{ARTICLE}</article>" + "".join(f"<h1>Ship {n} sails again</h1>" for n in range(10_000)), HEAD
        ),
        says=SECOND,
    ),
    "50,000 time elements": read(
        lambda: page(
            f"<article>{ARTICLE}</article>"
            + "".join(
                f'<time datetime="2026-01-01T10:{n % 60:02}" itemprop="datePublished">x</time>' for n in range(50_000)
            ),
            "<title>Dock strike ends in Northport</title>",
        ),
        says=SECOND,
    ),
    "50,000 authors by rel": read(
        lambda: page(f"<article>{ARTICLE}</article>" + "<a rel=author href=/x>Ada Ruiz</a> " * 50_000, HEAD),
        says=SECOND,
    ),
    "50,000 dates in text without meta": read(
        lambda: page(
            f"<article>{ARTICLE}</article><div class=archive>" + "<span>12 March 2026</span> " * 50_000 + "</div>",
            "<title>Dock strike ends in Northport</title>",
        ),
        says=SECOND,
    ),
    "500,000 digits in text without meta": read(
        lambda: page(
            f"<article>{ARTICLE}</article><div class=date>{'20260101' * 60_000}</div>",
            "<title>Dock strike ends in Northport</title>",
        ),
        says=SECOND,
    ),
    "50,000 canonical links": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + '<link rel="canonical" href="::::">' * 50_000), says=SECOND
    ),
    "50,000 pictures": read(
        lambda: page(
            f"<article>{ARTICLE}" + "<figure><img src=/a.jpg><figcaption>Sea</figcaption></figure>" * 50_000, HEAD
        ),
        says=SECOND,
    ),
    "base of 1 MB": read(
        lambda: page(f"<article>{ARTICLE}</article>", HEAD + f'<base href="https://a.example/{_bait("a/")}">'),
        says=SECOND,
    ),
    "controls in text": read(
        lambda: page(f"<article>{ARTICLE}<p>One\x00two\x0b\x1b[31m three</p></article>", HEAD), says=SECOND
    ),
    "third again and again": read(
        lambda: page(f"<article>{ARTICLE}{('<p>' + THIRD + '</p>') * 20_000}</article>", HEAD), says=THIRD
    ),
}

CASES: dict[str, Case] = {**SIZE, **NESTED, **CUT, **PATTERNS}
