"""IPTC 7901 text messages: a header line, a text between STX and ETX, a date-time group; or their printed forms.

Header: service letters and number, priority, category, word count. What the message does not
state is not guessed: a date-time group without a month leaves the date open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from worker.extract.byline import people_of
from worker.extract.draft import Draft
from worker.extract.newswire.fields import add_tags, put_provider
from worker.extract.wrapped import blocks_of_wrapped
from worker.model import Issue
from worker.text.charset import decode
from worker.text.dates import read_date
from worker.text.whitespace import squeeze

_ORIGIN: Final = "iptc7901"
_SOH: Final = b"\x01"
_PRINTED: Final = re.compile(rb"(?m)^[ \t]*(?:\[|<|\^)(SOH|STX|ETX|EOT|A|B|C|D)(?:\]|>|(?=\s|$))[ \t]*")
_SIGNS: Final = {b"SOH": b"\x01", b"STX": b"\x02", b"ETX": b"\x03", b"EOT": b"\x04", b"A": b"\x01", b"B": b"\x02",
                 b"C": b"\x03", b"D": b"\x04"}  # fmt: skip
_START: Final = re.compile(rb"^[\x16\x00\s]{0,40}(?:\x01|\[SOH\]|<SOH>|\^A\s)")
_ZCZC: Final = re.compile(rb"(?m)^[ \t]*ZCZC\b[ \t]*")
_HEADER: Final = re.compile(
    r"^\s*(?P<service>[A-Za-z]{1,8}) ?(?P<number>\d{3,5})\s+(?P<priority>\d|[BUFRDI])\s+"
    r"(?P<category>[A-Za-z]{1,4})\s+(?P<words>\d{1,5})\b(?P<rest>.*)$"
)
_JOINED: Final = re.compile(r"^[A-Za-z]{1,5}\d")  # without any sign of the standard, no blank may part these two
_GROUP: Final = re.compile(
    r"(?<!\d)(?P<day>\d{2})(?P<hour>\d{2})(?P<minute>\d{2})(?!\d)(?:\s*(?P<zone>GMT|UTC|CEST|CET|MESZ|MEZ|Z)\b)?"
    r"(?:\s+(?P<month>[^\W\d_]{3,9})\.?\s+(?P<year>\d{4}|\d{2})(?!\d))?",
    re.IGNORECASE,
)
_ZONES: Final = {"GMT": "Z", "UTC": "Z", "Z": "Z", "CET": "+01:00", "MEZ": "+01:00", "CEST": "+02:00", "MESZ": "+02:00"}
_FIRST_YEAR: Final = 79
"""The standard gives a year by its last two digits. It is of 1979: 79 to 99 are of that century, others of the next."""
_DATELINE: Final = re.compile(r"^[^\W\d_][^()]{1,70}\((?P<agency>[^\W\d_][\w/ .&-]{1,30})\)\s*(?:[-–—=:]|\s)")
_INITIALS: Final = re.compile(r"^[a-z]{1,4}(?:[/-][a-z]{1,4}){0,3}$")
_BYLINE: Final = re.compile(r"^(?:by|von|par|por)\s+[^\W\d_]", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BESIDE: Final = 12  # characters beside a date-time group: initials of who wrote it
_TITLE_LINES: Final = 3
_SLUG: Final = re.compile(r"^[^\s.!?]{2,40}(?:\s\([^)]*\))?$")


@dataclass(frozen=True, slots=True)
class Message:
    """One message in parts: header lines, text, and what follows it."""

    header: str
    text: str
    after: str


def looks_like_7901(head: bytes) -> float:
    """Tell how well bytes fit: control signs or ZCZC with a header are certain, a header line alone is likely."""
    lines = head.lstrip(b"\x16\x00 \t\r\n")[:600].decode("latin-1").splitlines()
    first = re.sub(r"^(?:\x01|\[SOH\]|<SOH>|\^A\s|ZCZC\b)\s*", "", lines[0].strip()) if lines else ""
    if not first.strip("\x01 \t") and len(lines) > 1:
        first = next((line for line in lines[1:4] if line.strip()), "")
    headed = bool(_HEADER.match(first.lstrip("\x01")))
    if _START.match(head):
        return 0.96 if headed else 0.7 if b"\x02" in head or b"STX" in head else 0.0
    if re.match(rb"^\s*ZCZC\b", head):
        return 0.95 if headed else 0.8
    return 0.65 if headed and _JOINED.match(first) else 0.0


def messages_of(raw: bytes) -> list[Message]:
    """Cut a payload into its messages, each decoded by itself."""
    signed = _PRINTED.sub(lambda found: _SIGNS[found[1]], raw)
    if _SOH in signed:
        pieces = [piece for piece in signed.split(_SOH) if piece.strip(b"\x00\x16\x04 \t\r\n")]
    else:
        pieces = [piece for piece in _ZCZC.split(signed) if piece.strip()]
    return [_message(piece) for piece in pieces]


def _message(piece: bytes) -> Message:
    head, sign, rest = piece.partition(b"\x02")
    if not sign:
        head, rest = b"", piece
    body, sign, after = rest.partition(b"\x03")
    after = after.split(b"\x04")[0] if sign else b""
    text = _text(body)
    if not head:
        first, _, text = text.lstrip("\n ").partition("\n")
        if _HEADER.match(first):
            return _printed(first, text, _text(after))
        return _printed("", f"{first}\n{text}", _text(after))
    return Message(_text(head), text, _text(after))


def _text(raw: bytes) -> str:
    """Decode without control characters, which a decoder takes for a sign that something is no text."""
    clean = raw.translate(None, bytes([*range(9), 11, 12, *range(14, 32), 127]))
    return decode(clean).text.replace("\r\n", "\n").replace("\r", "\n") if clean.strip() else ""


def _printed(header: str, text: str, after: str) -> Message:
    """Find slug line, end mark and date-time group of a message that was printed without its signs."""
    text = re.split(r"(?m)^\s*N{4}\s*$", text)[0]
    lines = text.rstrip().split("\n")
    slug = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if header and _SLUG.match(lines[slug].strip()) and len(lines) > slug + 2:
        header += "\n" + lines.pop(slug)
    found = _GROUP.search(lines[-1][:200]) if lines and not after else None
    if found is not None and len(lines[-1].strip()) <= len(found[0]) + _BESIDE:
        after = lines.pop()
    return Message(header, "\n".join(lines), after)


def put_wire_message(draft: Draft, message: Message) -> None:
    """Put what a message says."""
    _put_header(draft, message.header)
    _put_text(draft, message.text)
    _put_date(draft, message.after)
    draft.article_type = "news"


def _put_header(draft: Draft, header: str) -> None:
    lines = [line.strip() for line in header.split("\n") if line.strip()]
    if not lines:
        return
    found = _HEADER.match(lines[0])
    if found is not None:
        draft.put("section", found["category"], _ORIGIN, "category", 0.5)
        lines = lines[1:]
    keywords = [part for line in lines[:2] for part in line.split("/")] if len(lines) <= 2 else []  # noqa: PLR2004  # keyword line, and one more
    add_tags(draft, keywords, _ORIGIN, "keyword line", 0.7)


def _put_text(draft: Draft, text: str) -> None:
    lines = text.strip("\n").split("\n")
    title, rest = _split_title(lines)
    draft.put("headline", " ".join(title).rstrip(" ="), _ORIGIN, "title", 0.85)
    while rest and not rest[-1].strip():
        rest.pop()
    if len(rest) > 1 and _INITIALS.match(rest[-1].strip()):
        rest.pop()
    blocks = blocks_of_wrapped("\n".join(rest))
    for number, (block, _) in enumerate(blocks[:2]):
        if _BYLINE.match(block) and len(block.split()) < 12 and not block.endswith("."):  # noqa: PLR2004
            persons, _ = people_of(block.rstrip(" ="))
            draft.put("authors", tuple(persons), _ORIGIN, "byline", 0.8)
            if persons:
                del blocks[number]
                break
    for block, _ in blocks[:2]:
        if (found := _DATELINE.match(block)) is not None:
            agency = re.split(r"\s*/\s*", found["agency"])[0]
            put_provider(draft, agency, _ORIGIN, "dateline", 0.7, "agency")
            break
    draft.blocks = [(re.sub(r"\s*=$", "", block), kind) for block, kind in blocks]


def _split_title(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part the title from the text.

    It ends with a line that ends in `=`, with an empty line, or where the first paragraph begins
    (a line further in than it, or one with a dateline).
    """
    lines = lines[next((n for n, line in enumerate(lines) if line.strip()), len(lines)) :]
    for number, line in enumerate(lines[: _TITLE_LINES + 1]):
        if line.rstrip().endswith("="):
            return [part.strip() for part in lines[: number + 1]], lines[number + 1 :]
    title: list[str] = []
    for number, line in enumerate(lines[: _TITLE_LINES + 1]):
        begins = bool(title) and (_further_in(line, lines[0]) or bool(_DATELINE.match(line.strip())))
        if not line.strip() or begins:
            return (title, lines[number:]) if title and not title[-1].endswith(".") else ([], lines)
        title.append(line.strip())
    return [], lines


def _further_in(line: str, first: str) -> bool:
    return len(line) - len(line.lstrip()) > len(first) - len(first.lstrip())


def _put_date(draft: Draft, after: str) -> None:
    text = squeeze(_CONTROL.sub(" ", after))
    found = _GROUP.search(text)
    if found is None:
        if text:
            draft.issues.append(Issue("date_unparsed", "published_at", text[:60]))
        return
    if found["month"] is None:
        detail = f"{found[0].strip()} names no month and year"
        draft.issues.append(Issue("date_unparsed", "published_at", detail))
        return
    year = found["year"]
    if len(year) == 2:  # noqa: PLR2004  # digits
        year = f"{19 if int(year) >= _FIRST_YEAR else 20}{year}"
    zone = _ZONES.get((found["zone"] or "").upper(), "")
    stamp = read_date(f"{found['day']} {found['month']} {year} {found['hour']}:{found['minute']} {zone}".strip())
    if stamp is None:
        draft.issues.append(Issue("date_unparsed", "published_at", found[0].strip()[:60]))
    else:
        draft.put("published_at", stamp.value, _ORIGIN, "date-time group", 0.85)
