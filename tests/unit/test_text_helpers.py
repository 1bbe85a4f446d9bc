"""Pure helpers: charset, dates, URLs, paragraphs, sentences, tags, sniffing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import PayloadError
from worker.model import Payload
from worker.text.charset import decode
from worker.text.dates import read_date
from worker.text.sentences import count_sentences, split_sentences
from worker.text.sniff import sniff
from worker.text.tags import normalise_tags
from worker.text.urls import absolute, canonicalise, registered_domain
from worker.text.whitespace import assemble

RUSSIAN = "Портовые рабочие вернулись к работе в среду вечером, завершив девятидневную забастовку. "
JAPANESE = "港湾労働者は水曜日の夕方に仕事に戻り、九日間のストライキを終えた。組合と会社は賃上げで合意した。"


@pytest.mark.parametrize(
    ("raw", "media_type", "text", "charset", "codes"),
    [
        (b"plain", None, "plain", "utf-8", []),
        ("café".encode(), "text/html; charset=iso-8859-1", "café", "utf-8", []),
        ("café".encode("cp1252"), "text/html; charset=ISO-8859-1", "café", "cp1252", []),
        ("“quoted”".encode("cp1252"), "text/html; charset=latin-1", "“quoted”", "cp1252", []),
        (RUSSIAN.encode("cp1251"), "text/html; charset=windows-1251", RUSSIAN, "cp1251", []),
        (RUSSIAN.encode("cp1251") * 3, None, RUSSIAN * 3, "cp1251", ["charset_guessed"]),
        (RUSSIAN.encode("koi8-r"), 'text/html; charset="KOI8-R"', RUSSIAN, "koi8-r", []),
        (RUSSIAN.encode(), "text/html; charset=windows-1251", RUSSIAN, "utf-8", ["charset_mismatch"]),
        (JAPANESE.encode("cp932"), "text/html; charset=Shift_JIS", JAPANESE, "cp932", []),
        (JAPANESE.encode("euc-jp"), "text/html; charset=EUC-JP", JAPANESE, "euc_jp", []),
        (JAPANESE.encode("iso2022-jp"), "text/html; charset=iso-2022-jp", JAPANESE, "iso2022_jp", []),
        (b'<meta charset="windows-1251">' + RUSSIAN.encode("cp1251"), None, None, "cp1251", []),
        (b"\xef\xbb\xbfbom", None, "bom", "utf-8", []),
        ("wide".encode("utf-16"), None, "wide", "utf-16-le", []),
        ("wide".encode("utf-16-be"), "text/plain; charset=utf-16", "wide", "utf-16-be", []),
        (
            ("ä" * 50).encode() + b"\xff",
            "text/plain; charset=utf-8",
            "ä" * 50 + "\ufffd",
            "utf-8",
            ["characters_replaced"],
        ),
        (b"abc", "text/plain; charset=rot13", "abc", "utf-8", []),
        (b"abc", "text/plain; charset=no-such", "abc", "utf-8", []),
    ],
)
def test_decode(raw: bytes, media_type: str | None, text: str | None, charset: str, codes: list[str]) -> None:
    decoded = decode(raw, media_type)
    assert text is None or decoded.text == text
    assert decoded.charset == charset
    assert [issue.code for issue in decoded.issues] == codes


@pytest.mark.parametrize(
    "raw",
    [bytes(range(256)) * 20, b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 500, b"%PDF-1.7\n" + bytes(range(128, 256)) * 9],
)
def test_binary_is_no_text(raw: bytes) -> None:
    with pytest.raises(PayloadError, match="encoding_invalid"):
        decode(raw)


@given(st.binary(max_size=300), st.sampled_from([None, "text/html; charset=utf-16", "text/plain; charset=euc-jp"]))
def test_decode_gives_text_or_a_payload_error(raw: bytes, media_type: str | None) -> None:
    code = None
    try:
        decoded = decode(raw, media_type)
        assert isinstance(decoded.text, str)
    except PayloadError as exc:
        code = exc.code
    assert code in {None, "encoding_invalid"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-09-15T06:14:22+03:00", "2023-09-15T06:14:22+03:00"),
        ("2023-09-15T06:14:22.123Z", "2023-09-15T06:14:22+00:00"),
        ("2023-09-15 06:14", "2023-09-15T06:14:00"),
        ("2023-09-15T06:14-0330", "2023-09-15T06:14:00-03:30"),
        ("20230915T061422Z", "2023-09-15T06:14:22+00:00"),
        ("2023-09-15", "2023-09-15"),
        ("15.9.2023", "2023-09-15"),
        ("15.09.2023, 06:14", "2023-09-15T06:14:00"),
        ("09/15/2023", "2023-09-15"),
        ("15 September 2023", "2023-09-15"),
        ("September 15, 2023 6:14 p.m.", "2023-09-15T18:14:00"),
        ("Friday, 15 September 2023", "2023-09-15"),
        ("Fri, 15 Sep 2023 06:14:22 +0200", "2023-09-15T06:14:22+02:00"),
        ("Fri, 15 Sep 2023 06:14:22 EST", "2023-09-15T06:14:22-05:00"),
        ("15 de septiembre de 2023", "2023-09-15"),
        ("15. Januar 2023", "2023-01-15"),
        ("3 août 2023", "2023-08-03"),
        ("15 сентября 2023", "2023-09-15"),
        ("2023年9月15日", "2023-09-15"),
        ("12:30 a.m.", None),
        ("April 13", None),
        ("2023", None),
        ("2023-02-30", None),
        ("2023-13-01", None),
        ("2023-09-15T25:00:00", None),
        ("on 2023-09-15 they met", None),
        ("1,5 2,5 3,5", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_read_date(text: str, value: str | None) -> None:
    stamp = read_date(text)
    assert (stamp.value if stamp else None) == value


def test_swappable_day_and_month_are_marked() -> None:
    assert [(s.value, s.ambiguous) for s in map(read_date, ["03/04/2023", "04/04/2023", "13/04/2023"]) if s] == [
        ("2023-04-03", True),
        ("2023-04-04", False),
        ("2023-04-13", False),
    ]


@given(st.text(max_size=90))
def test_read_date_never_raises(text: str) -> None:
    stamp = read_date(text)
    assert stamp is None or stamp.value[:4].isdigit()


def test_urls() -> None:
    assert absolute("/a", "https://x.example/b") == "https://x.example/a"
    assert absolute("javascript:alert(1)") is None
    assert absolute("https://[bad") is None
    assert absolute("https://x.example:port/") is None
    assert canonicalise("https://X.example:443/a?utm_source=b&id=2#top") == "https://x.example/a?id=2"
    assert canonicalise("not a url") is None
    assert registered_domain("https://news.example.co.uk/a") == "example.co.uk"
    assert registered_domain("http://127.0.0.1/a") == "127.0.0.1"
    assert registered_domain(None) is None


def test_assemble_gives_offsets_in_code_points() -> None:
    body, paragraphs = assemble([(" one\u00a0 two ", "heading"), ("\u200b \n", "text"), ("𝔘nicode\u00ad line", "text")])
    assert body == "one two\n\n𝔘nicode line"
    assert [body[p.start : p.end] for p in paragraphs] == ["one two", "𝔘nicode line"]
    assert [p.kind for p in paragraphs] == ["heading", "text"]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_paragraphs_always_slice_the_body(texts: list[str]) -> None:
    body, paragraphs = assemble([(text, "text") for text in texts])
    assert "\n\n".join(body[p.start : p.end] for p in paragraphs) == body
    assert all(p.start < p.end for p in paragraphs)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("U.S. President J. Smith met Dr. Who. He left.", ["U.S. President J. Smith met Dr. Who.", "He left."]),
        ('"Go!" he said. It rose 3.5 percent.', ['"Go!" he said.', "It rose 3.5 percent."]),
        ("Is it? Yes.", ["Is it?", "Yes."]),
        ("They met at 5 p.m. in Rome.", ["They met at 5 p.m. in Rome."]),
        ("No end", ["No end"]),
        ("東京で会った。彼は去った。", ["東京で会った。", "彼は去った。"]),
        ("", []),
        ("He lives in the U.S. The president said so.", ["He lives in the U.S.", "The president said so."]),
        (
            "At 5 p.m. Police came. At 6 p.m. Monday it rained.",
            ["At 5 p.m.", "Police came.", "At 6 p.m. Monday it rained."],
        ),
        (
            "Apple Inc. Chief A. B. Cook said no. Then he sat. Mary won.",
            [
                "Apple Inc. Chief A. B. Cook said no.",
                "Then he sat.",
                "Mary won.",
            ],
        ),
        ("No. 5 won on Sept. 11. He left.", ["No. 5 won on Sept. 11.", "He left."]),
        ('"I won\'t." She left. (He stayed.)', ['"I won\'t."', "She left.", "(He stayed.)"]),
        ("Yahoo! said it... then stopped… and that was it.", ["Yahoo! said it... then stopped… and that was it."]),
        (
            "Am 3. Oktober, z. B. dem 2. Advent. Er ist 25. Sie auch.",
            [
                "Am 3. Oktober, z. B. dem 2. Advent.",
                "Er ist 25.",
                "Sie auch.",
            ],
        ),
        ("Sie sagte: „Nein.“ Dann ging sie.", ["Sie sagte: „Nein.“", "Dann ging sie."]),
        (
            "А. С. Пушкин родился в 1799 г. в Москве. Он писал.",
            ["А. С. Пушкин родился в 1799 г. в Москве.", "Он писал."],
        ),
        ("「行きます。」と述べた。次の文。", ["「行きます。」と述べた。", "次の文。"]),
        ("“我们走吧。”他说。他走了。", ["“我们走吧。”他说。", "他走了。"]),
        ("هل هذا؟ نعم.", ["هل هذا؟", "نعم."]),
        ("यह है। वह है।", ["यह है।", "वह है।"]),
        ("1. First item", ["1. First item"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


def test_sentence_splitting_is_linear() -> None:
    assert count_sentences("a. " * 100_000) >= 1
    assert count_sentences("." * 200_000) == 1
    assert count_sentences("." * 200_000 + "a") == 1
    for hostile in (". ", "A. ", "U.S. ", "1. ", "。」", '."', "\ud800. ", "\0. ", ".    "):
        assert count_sentences(hostile * 50_000) >= 1
    assert count_sentences("." + " " * 200_000 + "A") == 2


def test_tags_are_corrected_with_evidence_only() -> None:
    tags = ("Russian agression", "aggression", "borders", "border", "Kyiv")
    assert normalise_tags(tags, ("the most aggressive move", ""))[0][0] == "Russian aggression"
    assert normalise_tags(tags, ("nothing of the kind", ""))[0][0] == "Russian agression"
    assert "borders" in normalise_tags(tags, ("border borders",))[0]
    assert normalise_tags(("A", "a"), ())[0] == ("A",)


@pytest.mark.parametrize("body", [b"", b" \n\t", b"\xef\xbb\xbf\n", b"\0\0"])
def test_blank_payload_is_empty(body: bytes) -> None:
    with pytest.raises(PayloadError, match="empty"):
        sniff(Payload(body, "x", datetime(2026, 1, 1, tzinfo=UTC)))
