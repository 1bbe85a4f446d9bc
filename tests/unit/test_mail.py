"""Mails and wire messages: heads, the fuller text, what is cut, several in one payload, and bounded answers."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from worker import wiring
from worker.errors import PayloadError
from worker.extract.byline import people_of, sender_of
from worker.extract.wrapped import blocks_of_wrapped
from worker.model import Article, Payload
from worker.settings import Settings
from worker.text.sniff import choose

SPINE = wiring.pipeline(Settings())
NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
PROSE = (
    "The clock of the market hall, which had been missing for seventy years, was\n"
    "found on Thursday behind a cupboard in the cellar of the hall, and its hands\n"
    "showed ten past four."
)
FLAT = PROSE.replace("\n", " ")
HEADS = (
    "From: Ada Ruiz <ada@hall.example>\nSubject: Clock found\nDate: Thu, 12 Mar 2026 09:30:00 +0100\n"
    "Message-ID: <1@hall.example>\nMIME-Version: 1.0\n"
)
HALL = "hcn0142 4 ku 71\nHall-clock\n"
LINED = f"OUDEVELD (HCNA) - {PROSE}\n   It ticks."
WIRE = "hcn0142 4 ku 71  hcn 0142\r\nHall/Clocks\r\n"


def parse(raw: str | bytes, **known: object) -> list[Article | PayloadError]:
    body = raw.encode() if isinstance(raw, str) else raw
    return SPINE.parse(Payload(body, "x", NOW, **known))  # type: ignore[arg-type]


def one(raw: str | bytes, **known: object) -> Article:
    (item,) = parse(raw, **known)
    assert isinstance(item, Article), item
    assert item.format == "mail"
    return item


def codes(article: Article) -> list[str]:
    return [issue.code for issue in article.issues]


def mail(body: str = PROSE, heads: str = HEADS, more: str = "") -> str:
    return f"{heads}{more}\n{body}\n"


def alternative(plain: str, markup: str) -> str:
    return mail(
        f"--b\nContent-Type: text/plain\n\n{plain}\n--b\nContent-Type: text/html\n\n{markup}\n--b--",
        more='Content-Type: multipart/alternative; boundary="b"\n',
    )


def wire(text: str, after: str = "121423 GMT MAR 26", header: str = WIRE) -> str:
    return f"\x01{header}\x02{text}\r\n\x03{after}\r\n\x04"


@pytest.mark.parametrize(
    ("raw", "known", "name"),
    [
        (mail(), {}, "mail"),
        (mail(), {"media_type": "text/plain", "name": "x.txt"}, "mail"),
        (mail("<p>a</p><p>b</p><p>c</p>", more="Content-Type: text/html\n"), {"media_type": "text/html"}, "mail"),
        ("Received: from a\n by b\nReturn-Path: <a@b.example>\nSubject: x\n\ny", {}, "mail"),
        ("Subject: Clock\nFrom: the hall\nTo: you\n\nProse.", {}, "mail"),
        (f"From ada@hall.example Thu Mar 12 09:30:00 2026\n{mail()}", {}, "mail"),
        ("Title: Clock\nDate: 2026-03-12\nAuthor: Ada Ruiz\n\nProse.", {"media_type": "text/plain"}, "text"),
        ("From: the editors\n\nProse that goes on.", {}, "text"),
        ("Subject: clocks are what this text is about.", {}, "text"),
        (f"Prose first.\n\n{mail()}", {}, "text"),
        (wire("Title=\r\n   Text."), {"media_type": "text/plain", "name": "x.txt"}, "mail"),
        ("ZCZC\nhcn0142 4 ku 71\nTitle\n\nText\nNNNN", {}, "mail"),
        ("[SOH]hcn0142 4 ku 71\nHall\n[STX]Title=\nText\n[ETX]", {}, "mail"),
        ("hcn0142 4 ku 71 hall\nTitle\n\nText", {"media_type": "text/plain", "name": "x.txt"}, "mail"),
        ("Room 0142 4 you 71 of them came.", {}, "text"),
    ],
)
def test_detection(raw: str, known: dict[str, str], name: str) -> None:
    assert choose(SPINE.formats, Payload(raw.encode(), "x", NOW, **known)).name == name  # type: ignore[arg-type]


def test_heads() -> None:
    article = one(
        mail(
            heads="From: =?iso-8859-1?q?Zo=EB_Ruiz?= <zoe@hall.example>\nSubject: Re: Fwd: =?utf-8?b?VWhyZW4g4oCT?=\n"
            " =?utf-8?b?IG5ldQ==?=\nDate: Thu, 12 Mar 2026 09:30:00 -0000\nMessage-ID: <1@hall.example>\n"
            "Keywords: clocks, halls\nContent-Language: en-GB\nArchived-At: <https://hall.example/1>\n"
        )
    )
    assert (article.headline, article.authors) == ("Uhren – neu", ("Zoë Ruiz",))
    assert article.published_at == "2026-03-12T09:30:00+00:00"
    assert (article.tags, article.language_declared) == (("clocks", "halls"), "en-GB")
    assert (article.url, article.body) == ("https://hall.example/1", FLAT)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_heads_in_raw_eight_bit(charset: str) -> None:
    assert one(mail().replace("Clock found", "Größe").encode(charset)).headline == "Größe"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Ada Ruiz", ("Ada Ruiz", None)),
        ("Ruiz, Ada", ("Ada Ruiz", None)),
        ("Ada Ruiz via Clock List", ("Ada Ruiz", None)),
        ("Ada Ruiz (Hall News)", ("Ada Ruiz", None)),
        ("Hall Press Office", (None, "Hall Press Office")),
        ("HCNA", (None, "HCNA")),
        ("Clockmakers", (None, "Clockmakers")),
        ("ada@hall.example", (None, None)),
        ("", (None, None)),
    ],
)
def test_sender(name: str, read: tuple[str | None, str | None]) -> None:
    assert sender_of(name) == read


def test_byline_with_job_and_place() -> None:
    assert people_of("By ADA RUIZ, Transport Correspondent, and Ole Berg | Hall News") == (["ADA RUIZ", "Ole Berg"], [])
    assert people_of("von Ada Ruiz und Ole Berg (dpa)") == (["Ada Ruiz", "Ole Berg"], ["dpa"])


def test_an_organisation_that_sends_is_the_publisher() -> None:
    article = one(mail().replace("Ada Ruiz <ada@", '"Hall Press Office" <press@'))
    assert article.authors == ()
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.domain) == ("Hall Press Office", "hall.example")
    article = one(mail().replace("Ada Ruiz <ada@hall.example>", "ada@hall.example"))
    assert (article.authors, article.publisher) == ((), None)


def test_the_fuller_text_is_taken() -> None:
    rich = f"<p>{FLAT}</p><h2>More</h2><p>It ticks.</p>"
    assert [p.kind for p in one(alternative(PROSE, rich)).paragraphs] == ["text", "heading", "text"]
    assert one(alternative(PROSE, "<p>Open this mail in a browser</p>")).body == FLAT
    assert one(alternative("Your program shows no HTML.", rich)).body.startswith(FLAT)


def test_transfer_encodings_and_attachments() -> None:
    parts = (
        "--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
        "The caf=E9 was closed for a =\nday.\n"
        "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSXQgdGlja3Mu\n"
        '--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="x.txt"\n\nAttached.\n--b--'
    )
    article = one(mail(parts, more='Content-Type: multipart/mixed; boundary="b"\n'))
    assert article.body == "The café was closed for a day.\n\nIt ticks."


@pytest.mark.parametrize(
    "tail",
    [
        "\n\n-- \nAda Ruiz\nMarket hall",
        "\n\n--\nAda Ruiz",
        "\n\nOn Wed, 11 Mar 2026 at 10:00, Ole Berg\n<ole@a.example> wrote:\n> Is it true?\n>\n> Ole",
        "\n\n-----Original Message-----\nFrom: Ole\nIs it true?",
        "\n\n###\n\nContact: Ada Ruiz",
        "\n\n- ENDS -\n\nNotes to editors: none.",
    ],
    ids=["signature", "bare", "reply", "original", "mark", "ends"],
)
def test_what_is_no_article_is_cut(tail: str) -> None:
    assert one(mail(PROSE + tail)).body == FLAT


def test_a_mail_that_only_passes_another_on_is_read_as_that_one() -> None:
    text = f"FYI\n\n---------- Forwarded message ----------\nFrom: Ole\nSubject: Clock\n\n{PROSE}"
    assert one(mail(text)).body == FLAT
    assert one(mail("> " + PROSE.replace("\n", "\n> "))).body == FLAT


def test_quotes_in_html_are_cut() -> None:
    markup = (
        f"<p>{FLAT}</p><div class=gmail_quote>On Wed Ole wrote: <blockquote>Is it?</blockquote></div><p>It ticks.</p>"
    )
    assert one(mail(markup, more="Content-Type: text/html\n")).body == f"{FLAT}\n\nIt ticks."


@pytest.mark.parametrize(
    ("notice", "marked"),
    [("EMBARGOED UNTIL 20 March 2026 10:00 UTC", True), ("EMBARGOED UNTIL 1 March 2026 10:00 UTC", False),
     ("Sperrfrist: Freitag", True)],
)  # fmt: skip
def test_press_release(notice: str, marked: bool) -> None:
    article = one(mail(f"FOR IMMEDIATE RELEASE\n\n{notice}\n\nBy Ole Berg\n\n{PROSE}"))
    assert (article.body, article.authors) == (FLAT, ("Ole Berg",))
    assert ("embargoed" in codes(article)) is marked


def test_mailbox_and_digest_give_one_article_each() -> None:
    line = "From ada@hall.example Thu Mar 12 09:30:00 2026\n"
    first, second, third = parse(f"{line}{mail()}\n{line}{mail('')}\n{line}{mail().replace('found', 'lost')}")
    assert isinstance(first, Article)
    assert isinstance(second, PayloadError)
    assert isinstance(third, Article)
    assert (first.headline, third.headline, third.part) == ("Clock found", "Clock lost", 2)
    parts = "".join(f"--b\n\n{mail().replace('Clock', name)}" for name in ("Clock", "Bell"))
    found = parse(mail(f"{parts}--b--", more='Content-Type: multipart/digest; boundary="b"\n'))
    assert [part.headline for part in found if isinstance(part, Article)] == ["Clock found", "Bell found"]


def test_wire_message() -> None:
    prose = PROSE.replace("\n", "\r\n")
    text = f"Clock found in=\r\ncellar=\r\n   Oudeveld (HCNA/lps) - {prose}\r\n   It ticks.\r\nim/ob"
    article = one(wire(text).encode("cp1252"))
    assert article.headline == "Clock found in"
    assert article.body.endswith(f"Oudeveld (HCNA/lps) - {FLAT}\n\nIt ticks.")
    assert article.tags == ("Hall", "Clocks")
    assert article.section == "ku"
    assert article.published_at == "2026-03-12T14:23:00+00:00"


@pytest.mark.parametrize(
    ("group", "read"),
    [
        ("151423 SEP 23", "2023-09-15T14:23:00"),
        ("151423 GMT SEP 2023", "2023-09-15T14:23:00+00:00"),
        ("151423 MESZ Sep 23", "2023-09-15T14:23:00+02:00"),
        ("151423 Mär 79", "1979-03-15T14:23:00"),
        ("151423Z SEP 23", "2023-09-15T14:23:00+00:00"),
        ("151423", None),
        ("151423 GMT", None),
        ("321423 SEP 23", None),
        ("soon", None),
    ],
)
def test_date_time_group(group: str, read: str | None) -> None:
    article = one(wire(f"Clock found=\r\n   {PROSE}", group))
    assert article.published_at == read
    assert ("date_unparsed" in codes(article)) is (read is None)


@pytest.mark.parametrize(
    "raw",
    [
        f"ZCZC\n{HALL}Clock found\n\n   {LINED}\n151423 GMT SEP 23\nNNNN\n",
        f"[SOH]{HALL}[STX]Clock found\n   {LINED}\n[ETX]151423 GMT SEP 23\n[EOT]",
        f"{HALL}Clock found\n\n   {LINED}\n\n151423 GMT SEP 23\nNNNN",
        f"\x16\x16\x01{HALL}\x02Clock found\r\n\r\n   {LINED}\r\n\x03\r\n151423 UTC SEP 23",
    ],
    ids=["zczc", "printed signs", "header alone", "signs"],
)  # fmt: skip
def test_forms_of_a_wire_message_are_read_alike(raw: str) -> None:
    article = one(raw)
    assert (article.headline, article.tags) == ("Clock found", ("Hall-clock",))
    assert article.body == f"OUDEVELD (HCNA) - {FLAT}\n\nIt ticks."
    assert article.published_at == "2023-09-15T14:23:00+00:00"
    assert article.publisher is not None
    assert (article.publisher.name, article.publisher.kind) == ("HCNA", "agency")


def test_several_wire_messages() -> None:
    first, second, third = parse(wire(f"One=\r\n   {PROSE}") + wire("") + wire(f"Three=\r\n   {PROSE}"))
    assert isinstance(first, Article)
    assert isinstance(second, PayloadError)
    assert isinstance(third, Article)
    assert (first.headline, third.headline) == ("One", "Three")
    found = parse("".join(f"ZCZC\n{WIRE}{name}\n\n   {PROSE}\nNNNN\n\n" for name in ("Title one", "Title two")))
    assert [part.headline for part in found if isinstance(part, Article)] == ["Title one", "Title two"]


def test_wrapped_lines_and_lines_ended_on_purpose() -> None:
    text = f"{PROSE}\n\n- one\n- two\n  goes on\n\nAda Ruiz\nHall street 4"
    assert [block for block, _ in blocks_of_wrapped(text)] == [
        FLAT, "- one", "- two goes on", "Ada Ruiz", "Hall street 4",
    ]  # fmt: skip
    assert len(blocks_of_wrapped((FLAT + "\n") * 3)) == 3


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (mail(""), "article_missing"),
        (mail("-- \nAda Ruiz"), "article_missing"),
        (mail("--b\n\n" * 5000, more='Content-Type: multipart/mixed; boundary="b"\n'), "too_large"),
        (mail("".join(f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n' for n in range(2000)),
              more='Content-Type: multipart/mixed; boundary="b0"\n'), "too_large"),
        ("ZCZC\n" * 100_000, "article_missing"),
        (wire(""), "article_missing"),
    ],
    ids=["empty", "signature", "parts", "nested", "starts", "no text"],
)  # fmt: skip
def test_what_holds_no_text_has_a_cause(raw: str, code: str) -> None:
    with pytest.raises(PayloadError) as caught:
        parse(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "raw",
    [
        mail(f"{PROSE}\n" * 22_000),
        mail(f"{PROSE}\n" + "--\n" * 500_000),
        mail(f"{PROSE}\n" + "> x\n\n" * 300_000),
        mail(more="Content-Type: text/plain" + ";a=b" * 500_000 + "\n"),
        mail(more="Content-Type: text/plain" + ";\n a=b" * 300_000 + "\n"),
        mail(f"<p>{FLAT}</p>" + "<blockquote type=cite>x</blockquote>y" * 30_000, more="Content-Type: text/html\n"),
        mail().replace("Clock found", "=?utf-8?q?a?= " * 50_000),
        wire(f"Clock found=\r\n   {PROSE}\r\n" * 20_000),
        f"From a@b.example Thu Mar 12 09:30:00 2026\n{mail()}\n" * 4000,
    ],
    ids=["long", "dashes", "quotes", "type", "folded type", "cited", "words", "wire", "mailbox"],
)
def test_size_is_bounded(raw: str) -> None:
    found = parse(raw)
    assert 1 <= len(found) <= 2001
    assert isinstance(found[0], Article)


PIECES = ["From: Ada Ruiz <a@b.example>\n", "Subject: =?utf-8?q?x", "Content-Type: multipart/mixed; boundary=b\n", "\n",
          "--b\n", "--b--\n", "Content-Type: text/html\n", "Content-Transfer-Encoding: base64\n", "text of it ",
          "\x01", "\x02", "\x03", "\x04", "ZCZC ", "NNNN\n",
          "hcn0142 4 ku 71\n", "151423 SEP 23", "> q\n", "-- \n", "é", "\x00", "<p>a", "Content-Type: message/rfc822\n",
          "Content-Type: text/plain; charset=rot13\n", "Date: x\n", "=\n", "   in\n"]  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_no_mixture_raises_anything_but_a_cause(pieces: list[str]) -> None:
    form = next(form for form in SPINE.formats if form.name == "mail")
    found: list[Article | PayloadError] = []
    with contextlib.suppress(PayloadError):  # its code is one of the closed list, or it cannot be made
        found = list(form.parse(Payload("".join(pieces).encode(), "x", NOW)))
    assert all(part.body for part in found if isinstance(part, Article))
