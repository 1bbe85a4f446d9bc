"""Bytes to text: byte-order mark, UTF-8, declared charset, then detection; says what was assumed."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

from worker.errors import PayloadError
from worker.model import Issue

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What the label means in practice (WHATWG Encoding Standard): the superset that pages really use.
_MEANT: Final = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
_IN_TYPE: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_IN_HEAD: Final = re.compile(
    rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)",
    re.IGNORECASE,
)
_HEAD_BYTES: Final = 4096
_SAMPLE_BYTES: Final = 65_536
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_MOST_CONTROL: Final = 0.01  # share of control characters above which something is not text


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text without byte-order mark, the charset that was used, and doubts about it."""

    text: str
    charset: str
    issues: tuple[Issue, ...] = ()


def decode(raw: bytes, media_type: str | None = None) -> Decoded:
    """Decode a payload.

    `media_type` may carry `charset=`. Valid UTF-8 beats every label: text in another charset is
    practically never valid UTF-8 by chance. Raises PayloadError `encoding_invalid` for what is not text.
    """
    for mark, charset in _BOMS:
        if raw.startswith(mark):
            return _checked(raw[len(mark) :].decode(charset, "replace"), charset, ())
    declared = declared_charset(raw, media_type)
    if declared is not None and declared.startswith("iso2022") and b"\x1b" in raw:
        return _checked(raw.decode(declared, "replace"), declared, ())  # its bytes are all ASCII
    if declared in {"utf-16", "utf-16-le", "utf-16-be"} and raw[:200].count(0) > len(raw[:200]) // 4:
        order = "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
        return _checked(raw.decode(order, "replace"), order, ())
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _other(raw, declared)
    mismatch = declared not in {None, "utf-8", "cp1252"} and not raw.isascii()
    detail = f"declared {declared}, the bytes are UTF-8"
    return _checked(text, "utf-8", (Issue("charset_mismatch", None, detail),) if mismatch else ())


def declared_charset(raw: bytes, media_type: str | None) -> str | None:
    """Give the charset that the media type or the head of the document names, as Python calls it."""
    labels = []
    if media_type and (found := _IN_TYPE.search(media_type)):
        labels.append(found[1])
    if found_in := _IN_HEAD.search(raw[:_HEAD_BYTES]):
        labels.append((found_in[1] or found_in[2]).decode("ascii"))
    for label in labels:
        try:
            name = codecs.lookup(label).name
        except (LookupError, ValueError):
            continue
        if codecs.lookup(name)._is_text_encoding:  # noqa: SLF001  # keeps rot13, zip and hex out
            return _MEANT.get(name, name)
    return None


def _other(raw: bytes, declared: str | None) -> Decoded:
    issues: list[Issue] = []
    if declared is not None and declared != "utf-8":
        try:
            return _checked(raw.decode(declared), declared, ())
        except (UnicodeDecodeError, UnicodeError):
            issues.append(Issue("charset_mismatch", None, f"the bytes are not {declared}"))
    # A few broken bytes in a UTF-8 page are damage, not another charset.
    replaced = raw.decode("utf-8", "replace")
    bad = replaced.count("\ufffd")
    good = sum(1 for char in replaced if char > "\x7f") - bad
    if good > 10 * bad or (declared == "utf-8" and good > bad):
        issues.append(Issue("characters_replaced", None, f"{bad} in UTF-8"))
        return _checked(replaced, "utf-8", tuple(issues))
    best = from_bytes(raw[:_SAMPLE_BYTES]).best()
    if best is None:
        raise PayloadError("encoding_invalid", "the bytes are not text in any charset that fits")
    issues.append(Issue("charset_guessed", None, best.encoding))
    text = raw.decode(best.encoding, "replace")
    if bad := text.count("\ufffd"):
        issues.append(Issue("characters_replaced", None, f"{bad} in {best.encoding}"))
    return _checked(text, best.encoding, tuple(issues))


def _checked(text: str, charset: str, issues: tuple[Issue, ...]) -> Decoded:
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROL.findall(sample)) > _MOST_CONTROL * max(len(sample), 100):
        raise PayloadError("encoding_invalid", f"the bytes hold control characters; not text ({charset} was tried)")
    return Decoded(text.removeprefix("\ufeff"), charset, issues)
