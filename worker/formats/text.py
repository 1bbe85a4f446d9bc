"""The plain-text record: header lines told from body lines by what they look like, not by where they stand.

The family: `[section] date` / source / one or two titles / tags / paragraphs, every header line
optional; also `Key: value` heads, YAML front matter, and several records in one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from worker.errors import PayloadError
from worker.extract.draft import Draft, finish
from worker.model import Article, HeadlineVariant, Issue, Payload, Publisher
from worker.ports import Format, Sniff
from worker.text.charset import decode
from worker.text.dates import Stamp, read_date
from worker.text.header_words import SECTIONS, WEEKDAYS, could_be_a_person, names_a_paper, person_with_role
from worker.text.whitespace import squeeze

_RULE: Final = re.compile(r"^\s*([-–—=*_#~])(?:\s?\1){2,}\s*$")
_KEY: Final = re.compile(r"^([A-Za-z][A-Za-z _-]{1,24}):\s+(\S.*)$")
_KEYS: Final = {
    **dict.fromkeys(("title", "headline", "header"), "headline"),
    **dict.fromkeys(("subtitle", "subheadline", "deck", "summary", "description"), "subtitle"),
    **dict.fromkeys(("date", "published", "publication date", "published at", "pubdate", "time"), "published_at"),
    **dict.fromkeys(("updated", "modified", "last modified"), "modified_at"),
    **dict.fromkeys(("author", "authors", "by", "byline"), "authors"),
    **dict.fromkeys(("source", "publisher", "agency", "site", "outlet"), "publisher"),
    **dict.fromkeys(("section", "category", "rubric"), "section"),
    **dict.fromkeys(("tags", "keywords", "topics", "tag"), "tags"),
    **dict.fromkeys(("url", "link", "permalink"), "url"),
    **dict.fromkeys(("lang", "language"), "language"),
}
_BYLINE: Final = re.compile(r"^(?i:by|von|par|por)\s+(?=[^\W\d_a-z])(.{3,80})$")
_AGENCY: Final = re.compile(
    r"\b(news agency|agency|agence|agentur|agencia|reuters|associated press|afp|dpa|tass|upi)\b", re.IGNORECASE
)
_TERMINAL: Final = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_FULL_STOP: Final = re.compile(r"[.…。][\"'”’»)\]]*$")
_HEADER_LINES: Final = 12  # a header of the family has at most six lines; twice that for odd ones
_TITLE_WORDS: Final = 30
_TITLE_CHARS: Final = 220
_SOURCE_WORDS: Final = 5
_SOURCE_CHARS: Final = 48
_TAG_WORDS: Final = 5
_TAG_CHARS: Final = 48
_SECTION_WORDS: Final = 4
_CODE_TYPES: Final = frozenset(
    "text/css text/javascript application/javascript application/ecmascript application/x-javascript".split()
)
_MOST_ZEROS: Final = (
    0.005  # share of NUL bytes in the head: one slips into prose, pictures and archives are full of them
)
_CODE_LINE: Final = re.compile(rb"[{};]\s*$")
_CODE_SIGN: Final = re.compile(rb"[{}();=]")
_CODE_SIGNS: Final = 0.04  # of all characters: prose has below 0.01, style sheets 0.06 and more, scripts 0.2


@dataclass(slots=True)
class _Record:
    """One record's header as it is found, and the lines of its body."""

    titles: list[tuple[int, str]] = field(default_factory=list)
    source: tuple[int, str] | None = None
    date: tuple[int, Stamp] | None = None
    section: tuple[int, str] | None = None
    tags: tuple[int, list[str]] | None = None
    tags_line: str = ""
    authors: tuple[int, list[str]] | None = None
    named: dict[str, tuple[int, str]] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)


class Text:
    """Plain-text records in any charset."""

    name = "text"
    version = "2"

    def score(self, sniff: Sniff) -> float:
        """Take what looks like prose and nothing else wants: the lowest positive score."""
        head = sniff.head
        if head.count(0) > _MOST_ZEROS * len(head) or sniff.media_type in _CODE_TYPES or _is_code(head):
            return 0.0
        if head.startswith((b"<?xml", b"<!DOCTYPE")):
            return 0.0  # XML that no other format wants: its tags are not prose
        score = 0.3
        if sniff.media_type in {"text/plain", "text/markdown"}:
            score += 0.15
        if sniff.suffix in {".txt", ".text", ".md"}:
            score += 0.1
        return score

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each record of the payload; see `worker.ports.Format`."""
        decoded = decode(payload.body, payload.media_type)
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
        for part, lines in enumerate(_split(text)):
            try:
                yield _article(payload, part, _read(lines), decoded.issues)
            except PayloadError as exc:
                yield exc


def _is_code(head: bytes) -> bool:
    """Tell a style sheet or a script: most lines end in a brace or semicolon, and such signs are everywhere."""
    lines = [line for line in head.split(b"\n") if line.strip()][:-1]  # the last one may be cut
    ends = sum(bool(_CODE_LINE.search(line)) for line in lines)
    return ends > len(lines) // 2 and len(_CODE_SIGN.findall(head)) > _CODE_SIGNS * len(head)


def _split(text: str) -> list[list[str]]:
    """Cut a file into records: at form feeds, at ruled lines between headed records, and at new header blocks."""
    records: list[list[str]] = []
    for piece in (page.split("\n") for page in text.split("\f") if page.strip()):
        ruled = _cut_at_rules(piece)
        front_matter = _first(piece).startswith("---")
        if len(ruled) > 1 and not front_matter and all(_headed(item) for item in ruled):
            records += ruled
        else:
            records += _cut_at_headers(piece)
    return [record for record in records if any(line.strip() for line in record)] or [[text]]


def _cut_at_rules(lines: list[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for line in lines:
        if _RULE.match(line):
            pieces.append([])
        else:
            pieces[-1].append(line)
    return [piece for piece in pieces if any(line.strip() for line in piece)]


def _first(lines: list[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


def _headed(lines: list[str]) -> bool:
    """Tell whether lines begin like a record: with a date line, or with named heads."""
    head = [line.strip() for line in lines if line.strip()][:3]
    return any(_date_line(line) for line in head[:2]) or sum(_key(line) is not None for line in head) >= 2  # noqa: PLR2004


def _cut_at_headers(lines: list[str]) -> list[list[str]]:
    """Cut where a whole header block stands in the text: blank, date line, source, title without a full stop."""
    cuts = [0]
    for at in range(2, len(lines) - 3):
        if lines[at - 1].strip() or not lines[at].strip() or not _date_line(lines[at].strip()):
            continue
        after = [line.strip() for line in lines[at + 1 : at + 3]]
        if all(after) and len(after[0]) <= _SOURCE_CHARS and not any(_TERMINAL.search(line) for line in after):
            cuts.append(at)
    return [lines[a:b] for a, b in zip(cuts, [*cuts[1:], len(lines)], strict=True)]


def _date_line(line: str) -> tuple[str | None, Stamp] | None:
    """Read `[section] date` as a whole line; a sentence that holds a date is none."""
    words = squeeze(line).replace(" | ", " ").split(" ")
    # A weekday may stand before a date, and a section that reads like one must not be taken for it.
    first = words[0].rstrip(",.").casefold()
    named = first.isalpha() and first not in WEEKDAYS and read_date(" ".join(words[1:])) is not None
    for skip in range(int(named), min(_SECTION_WORDS, len(words) - 1) + 1):
        if len(words) - skip > 7:  # noqa: PLR2004  # the longest date: weekday, day, month, year, time, half, zone
            continue
        if (stamp := read_date(" ".join(words[skip:]))) is not None:
            section = " ".join(words[:skip]).strip(" ,|-–—:") or None
            return section, stamp
    return None


def _key(line: str) -> tuple[str, str] | None:
    found = _KEY.match(line)
    if found is None:
        return None
    name = _KEYS.get(found[1].casefold().replace("_", " ").replace("-", " ").strip())
    return (name, found[2].strip()) if name else None


def _tags(line: str) -> list[str] | None:
    """Split a tag line: three or more short comma items and no full stop; a `Tags:` label makes one enough."""
    text = line
    labelled = _key(line)
    if labelled is not None and labelled[0] == "tags":
        return _items(labelled[1])
    items = _items(text)
    if len(items) < 3 or _TERMINAL.search(text):  # noqa: PLR2004  # the family's definition
        return None
    short = all(len(item.split()) <= _TAG_WORDS and len(item) <= _TAG_CHARS for item in items)
    return items if short else None


def _items(text: str) -> list[str]:
    text = text.strip("[] ")
    items = [squeeze(item).strip("\"'#") for item in re.split(r"[,;]", text) if squeeze(item)]
    if items and items[-1].endswith(".") and items[-1].count(".") == 1:  # not that of `U.S.`
        items[-1] = items[-1][:-1]
    return items


def _read(lines: list[str]) -> _Record:
    record = _Record()
    rest = _front_matter(lines, record)
    if rest is None:
        rest = _header(lines, record)
    record.body = _body_lines(rest)
    _trailing_tags(record)
    return record


def _front_matter(lines: list[str], record: _Record) -> list[str] | None:
    """Read `---` fenced flat YAML, or a run of at least two `Key: value` lines; None where there is neither."""
    at = next((n for n, line in enumerate(lines) if line.strip()), len(lines))
    fenced = at < len(lines) and lines[at].strip() == "---"
    start = at + 1 if fenced else at
    end = start
    last: str | None = None
    while end < len(lines):
        line = lines[end].strip()
        if fenced and line in {"---", "..."}:
            _from_named(record)
            return lines[end + 1 :]
        if (pair := _key(line)) is not None:
            last = pair[0]
            record.named.setdefault(last, (end + 1, pair[1].strip("\"'")))
        elif fenced and last and line.startswith("- "):
            number, value = record.named[last]
            record.named[last] = (number, f"{value}, {line[2:].strip()}" if value else line[2:].strip())
        elif fenced and (found := re.match(r"^([\w -]+):$", line)) and found[1].casefold() in _KEYS:
            last = _KEYS[found[1].casefold()]
            record.named[last] = (end + 1, "")
        elif line and last == "tags" and record.named["tags"][1].rstrip().endswith(","):
            record.named["tags"] = (record.named["tags"][0], f"{record.named['tags'][1]} {line}")
        elif not fenced:
            break
        end += 1
    if fenced or len(record.named) < 2:  # noqa: PLR2004  # one `Word: text` line is as likely prose
        record.named.clear()
        return None
    _from_named(record)
    return lines[end:]


def _from_named(record: _Record) -> None:
    named = record.named
    if "headline" in named:
        record.titles.append(named["headline"])
    if "publisher" in named:
        record.source = named["publisher"]
    if "section" in named:
        record.section = named["section"]
    if "tags" in named:
        record.tags = (named["tags"][0], _items(named["tags"][1]))
    if "authors" in named:
        number, value = named["authors"]
        people = re.split(r"\s*(?:,|;|\band\b|&)\s*", value.strip("[] "))
        record.authors = (number, [squeeze(name).strip("\"'") for name in people if name.strip()])
    if "published_at" in named and (stamp := read_date(named["published_at"][1])) is not None:
        record.date = (named["published_at"][0], stamp)


def _header(lines: list[str], record: _Record) -> list[str]:
    """Classify lines from the top until the first that reads like body; returns the body's lines."""
    plain: list[tuple[int, str]] = []
    seen = 0
    at = 0
    for at, raw in enumerate(lines):  # the position is needed after the loop
        line = squeeze(raw)
        if not line or (at and _goes_on(line, lines[at - 1], record)):
            continue
        if seen >= _HEADER_LINES or _is_body(line, plain, record, lines[at + 1 :]):
            break
        seen += 1
        _take(line, at + 1, record, plain)
    else:
        at = len(lines)
    return _name_plain(plain, record, lines, at)


def _goes_on(line: str, before: str, record: _Record) -> bool:
    """Take the second line of tags: right below the first, which ends in a comma or has no less of a list below it."""
    if record.tags is None or not before.strip() or _key(line) is not None or _TERMINAL.search(line):
        return False
    items = _items(line)
    if squeeze(before).rstrip(",;") != record.tags_line or not items or len(line) > _TITLE_CHARS:
        return False
    if not before.rstrip().endswith((",", ";")) and _tags(line) is None:
        return False
    record.tags = (record.tags[0], record.tags[1] + items)
    record.tags_line = squeeze(line).rstrip(",;")
    return True


def _take(line: str, number: int, record: _Record, plain: list[tuple[int, str]]) -> None:
    if record.date is None and (dated := _date_line(line)) is not None:
        record.date = (number, dated[1])
        if dated[0]:
            record.section = (number, dated[0])
    elif record.tags is None and (tags := _tags(line)) is not None:
        record.tags = (number, tags)
        record.tags_line = line.rstrip(",;")
    elif record.section is None and not record.titles and line.casefold() in SECTIONS:
        record.section = (number, line)
    elif record.authors is None and (name := person_with_role(line)) is not None:
        record.authors = (number, [name])
    elif record.authors is None and (found := _BYLINE.match(line)) and not _AGENCY.search(line):
        record.authors = (number, [squeeze(n) for n in re.split(r"\s*(?:,|\band\b|&)\s*", found[1]) if n])
    elif (pair := _key(line)) is not None and pair[0] not in record.named and pair[0] != "headline":
        record.named[pair[0]] = (number, pair[1])
        _from_named(record)
    else:
        plain.append((number, line))


def _is_body(line: str, plain: list[tuple[int, str]], record: _Record, following: list[str]) -> bool:
    """Tell a paragraph from a title: longer, or a sentence once there is a title, or the line after the tags."""
    if _date_line(line) and record.date is None:
        return False
    if _tags(line) is not None and record.tags is None:
        return False
    if len(line.split()) > _TITLE_WORDS + 5 or len(line) > _TITLE_CHARS:
        return True
    titles = [text for _, text in plain if len(text.split()) > 2]  # noqa: PLR2004  # shorter ones may be the source
    if record.tags is not None and (titles or record.titles):
        return True
    if _FULL_STOP.search(line) and not any(_is_cut(line, squeeze(other)) for other in following[:4]):
        return bool(titles or record.titles or record.date) or len(line.split()) > _TITLE_WORDS or not following
    return len(titles) >= 2  # noqa: PLR2004  # the family has one or two title lines


def _name_plain(plain: list[tuple[int, str]], record: _Record, lines: list[str], at: int) -> list[str]:
    """Tell source and titles among the unnamed header lines; what is too many goes back to the body."""
    if record.source is None and len(plain) > 1 and _is_source(plain[0][1], plain[1:]):
        record.source = plain.pop(0)
    if record.source is None and record.date is not None and len(plain) > 1 and _is_source(plain[-1][1], plain[:-1]):
        record.source = plain.pop()
    _take_person(plain, record, lines[at:])
    if record.titles:
        return [text for _, text in plain] + lines[at:]
    record.titles = plain[:2]
    return [text for _, text in plain[2:]] + lines[at:]


def _take_person(plain: list[tuple[int, str]], record: _Record, body: list[str]) -> None:
    """Take a bare name below the source as the author, if neither title nor body has a word of it."""
    if record.authors is not None or record.source is None or len(plain) < 2:  # noqa: PLR2004  # it and a title
        return
    number, name = plain[0]
    if number != record.source[0] + 1 or not names_a_paper(record.source[1]) or not could_be_a_person(name):
        return
    text = " ".join([*(title for _, title in plain[1:]), *body[:_HEADER_LINES]]).casefold()
    if not any(word in text for word in name.casefold().split()):
        record.authors = (number, [name])
        del plain[0]


def _is_source(line: str, others: list[tuple[int, str]]) -> bool:
    short = len(line.split()) <= _SOURCE_WORDS and len(line) <= _SOURCE_CHARS and not _TERMINAL.search(line)
    return short and any(len(text.split()) > len(line.split()) for _, text in others)


def _body_lines(lines: list[str]) -> list[str]:
    """Give paragraphs: one a line, or hard-wrapped lines joined where blank lines part the paragraphs."""
    blocks: list[list[str]] = [[]]
    for raw in lines:
        line = squeeze(raw)
        if line and not _RULE.match(line):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    paragraphs: list[str] = []
    for block in blocks:
        if _is_wrapped(block):
            paragraphs.append(" ".join(block))
        else:
            paragraphs += block
    return paragraphs


def _is_wrapped(block: list[str]) -> bool:
    inner = block[:-1]
    if len(block) < 2 or not all(45 <= len(line) <= 100 for line in inner):  # noqa: PLR2004  # common text widths
        return False
    return sum(bool(_TERMINAL.search(line)) for line in inner) <= len(inner) // 2


def _trailing_tags(record: _Record) -> None:
    """Take the last line as tags where it is a tag line and the header had none."""
    if record.tags is None and len(record.body) > 1 and (tags := _tags(record.body[-1])) is not None:
        record.tags = (-1, tags)
        record.body.pop()


def _headline(record: _Record, draft: Draft) -> None:
    """Choose the headline: of a title and its longer sibling the longer one, marked as repaired."""
    if not record.titles:
        return
    number, text = record.titles[0]
    if len(record.titles) > 1:
        other_number, other = record.titles[1]
        if len(other) < len(text):
            (number, text), (other_number, other) = (other_number, other), (number, text)
        if _is_cut(text, other):
            draft.variants.append(HeadlineVariant(text, "truncated"))
            draft.issues.append(
                Issue("title_repaired", "headline", f"line {number} is cut; line {other_number} is whole")
            )
            number, text = other_number, other
        else:
            (number, text), (_, subtitle) = record.titles
            draft.put("subtitle", subtitle, f"text:line {record.titles[1][0]}", "second title line", 0.6)
    draft.put("headline", text, f"text:line {number}", "title line", 0.95)


def _is_cut(short: str, whole: str) -> bool:
    stem = short.rstrip(" .…").casefold()
    return len(stem) >= 15 and whole.casefold().startswith(stem) and stem != whole.casefold().rstrip(" .…")  # noqa: PLR2004


def _article(payload: Payload, part: int, record: _Record, issues: tuple[Issue, ...]) -> Article:
    draft = Draft(format="text", part=part, issues=list(issues))
    if not record.body and len(record.titles) > 1:
        record.body = [text for _, text in record.titles[1:]]
        record.titles = record.titles[:1]
    _headline(record, draft)
    draft.blocks = [(text, "text") for text in record.body]
    if record.date is not None:
        number, stamp = record.date
        draft.put("published_at", stamp.value, f"text:line {number}", "date line", 0.6 if stamp.ambiguous else 0.8)
        if stamp.ambiguous:
            draft.issues.append(Issue("date_ambiguous", "published_at", f"read day first: {stamp.value}"))
    elif "published_at" in record.named:
        draft.issues.append(Issue("date_unparsed", "published_at", record.named["published_at"][1][:100]))
    if record.section is not None:
        draft.put("section", record.section[1], f"text:line {record.section[0]}", "section", 0.8)
    if record.authors is not None:
        draft.put("authors", tuple(record.authors[1]), f"text:line {record.authors[0]}", "byline", 0.8)
    if record.tags is not None:
        where = "text:last line" if record.tags[0] < 0 else f"text:line {record.tags[0]}"
        draft.put("tags", tuple(record.tags[1]), where, "tag line", 0.9)
    for name in ("subtitle", "url", "language", "modified_at"):
        if name in record.named:
            number, value = record.named[name]
            stamped = read_date(value) if name == "modified_at" else None
            field_name = "language_declared" if name == "language" else name
            draft.put(field_name, stamped.value if stamped else value, f"text:line {number}", "named head", 0.9)
    _publisher(record, draft)
    return finish(draft, payload)


def _publisher(record: _Record, draft: Draft) -> None:
    if record.source is None:
        return
    number, name = record.source
    agency = bool(_AGENCY.search(name)) or any(
        re.search(rf"\b{re.escape(name)}\s+agency\b", text, re.IGNORECASE) for text in record.body[:20]
    )
    method = "source line, which the body names as an agency" if agency else "source line"
    publisher = Publisher(name, None, "agency" if agency else "publisher")
    draft.put("publisher", publisher, f"text:line {number}", method, 0.8 if agency else 0.7)


component: type[Format] = Text
