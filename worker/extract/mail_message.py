"""A mail to a draft: heads of RFC 822 and 2047, the fuller one of its texts; attachments are left out.

The library's parser is slow on some absurd input (nested parts, long heads), so these are bounded first.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.message import EmailMessage
from typing import Any, Final

from worker.errors import PayloadError
from worker.extract.byline import people_of, sender_of
from worker.extract.draft import Draft
from worker.extract.fragment import Block
from worker.extract.mail_text import blocks_of_html, blocks_of_plain, trim_release
from worker.extract.newswire.fields import add_tags, put_embargo, put_provider
from worker.extract.shapes.values import put_date
from worker.model import Issue, Publisher
from worker.text.charset import Decoded, decode
from worker.text.urls import absolute, registered_domain
from worker.text.whitespace import squeeze

_ORIGIN: Final = "mail"
_MOST_PARTS: Final = 1000  # 10 MB of empty parts would take gigabytes as objects
_MOST_NESTED: Final = 50
_LONGEST_HEAD: Final = 2000  # characters: the library's parser of addresses takes seconds for 100,000
_CONTENT_HEAD: Final = re.compile(rb"(?im)^(content-[a-z-]{2,30}):((?:[^\n]*\n[ \t])*[^\n]*)")
_REPLY: Final = re.compile(r"^(?:(?:re|fw|fwd|aw|wg|tr|rv|sv|vs|antw)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_RELEASE: Final = re.compile(
    r"^(?:press release|news release|media release|pressemitteilung|communiqué de presse|comunicado de prensa)"
    r"\s*[:|–—-]\s*",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"^\[[^\]]{1,40}\]\s*")
_STUB_WORDS: Final = 20  # `Your program cannot show this mail`
_BROKEN: Final = (
    ValueError,
    IndexError,
    KeyError,
    AttributeError,
    TypeError,
    LookupError,
    AssertionError,
    RecursionError,
)


def read_message(raw: bytes) -> EmailMessage:
    """Parse a mail.

    Raises PayloadError `too_large` for more parts than a mail has, `markup_invalid` for what breaks the parser.
    """
    lines = raw.count(b"\n--")
    boundaries = raw.lower().count(b"boundary=")
    if boundaries > _MOST_NESTED or (boundaries and lines > _MOST_PARTS):
        raise PayloadError("too_large", f"the mail has {lines} parts in {boundaries} levels")
    bounded = _CONTENT_HEAD.sub(_cut, raw)
    try:
        return email.message_from_bytes(bounded, policy=policy.default)
    except (*_BROKEN, email.errors.MessageError) as exc:
        raise PayloadError("markup_invalid", f"the mail cannot be parsed: {type(exc).__name__}") from exc


def _cut(found: re.Match[bytes]) -> bytes:
    return found[0] if len(found[2]) <= _LONGEST_HEAD else found[1] + b":" + found[2][:_LONGEST_HEAD].split(b"\n")[0]


def inner_messages(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the mails of a digest, or the one itself."""
    if message.get_content_type() == "multipart/digest":
        for part in message.iter_parts():
            inner = part.get_payload()
            if isinstance(inner, list):
                yield from (item for item in inner if isinstance(item, EmailMessage))
    else:
        yield message


def put_message(draft: Draft, message: EmailMessage, arrived: datetime) -> None:
    """Put what a mail says."""
    blocks = _texts(message, draft)
    draft.blocks, embargo = trim_release(blocks)
    if embargo is not None:
        put_embargo(draft, embargo, arrived)
    subject = _REPLY.sub("", _head(message, "Subject"))
    if _head(message, "List-Id"):
        subject = _REPLY.sub("", _LIST.sub("", subject))
    draft.put("headline", _RELEASE.sub("", subject), _ORIGIN, "Subject", 0.9)
    put_date(draft, "published_at", _head(message, "Date"), _ORIGIN, "Date", 0.85)
    _put_sender(draft, message)
    _put_byline(draft)
    add_tags(draft, _head(message, "Keywords").split(","), _ORIGIN, "Keywords", 0.8)
    draft.put("language_declared", _head(message, "Content-Language").split(",")[0], _ORIGIN, "Content-Language", 0.7)
    place = _head(message, "Archived-At").strip("<> ")
    draft.put("url", place if absolute(place) else None, _ORIGIN, "Archived-At", 0.8)


def _head(message: EmailMessage, name: str) -> str:
    """Give a head's text, decoded, on one line; empty where there is none."""
    for key, raw in message.raw_items():
        if key.casefold() == name.casefold():
            return squeeze(str(_parsed(key, raw)))
    return ""


def _parsed(name: str, raw: Any) -> Any:
    """Let the library read one head of bounded length; where it fails, give the text as it is."""
    text = str(raw)[:_LONGEST_HEAD]
    # Bytes beyond ASCII that no encoded word announced came in as lone surrogates.
    if not text.isascii():
        whole = text.encode("utf-8", "surrogateescape")
        text = whole.decode("utf-8") if _is_utf8(whole) else whole.decode("cp1252", "replace")
    try:
        return policy.default.header_fetch_parse(name, text)
    except (*_BROKEN, email.errors.MessageError):
        return text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _put_sender(draft: Draft, message: EmailMessage) -> None:
    """Put who sent it: a person as author, an organisation as publisher; an address alone is neither."""
    put_provider(draft, _head(message, "Organization"), _ORIGIN, "Organization", 0.8)
    sender = next((_parsed(key, raw) for key, raw in message.raw_items() if key.casefold() == "from"), None)
    addresses: Any = getattr(sender, "addresses", ())
    for address in addresses:
        person, organisation = sender_of(str(address.display_name or ""))
        draft.put("authors", (person,) if person else (), _ORIGIN, "From", 0.75)
        if organisation:
            put_provider(draft, organisation, _ORIGIN, "From", 0.7)
            known = draft.values.get("publisher")
            domain = registered_domain(f"https://{address.domain}/") if address.domain else None
            if isinstance(known, Publisher) and known.name == organisation and domain and "." in domain:
                draft.values["publisher"] = Publisher(known.name, domain, known.kind)
        return


def _put_byline(draft: Draft) -> None:
    """Take a first line such as `By Ada Ruiz` out of the text: it names the author, and surer than the sender."""
    for number, (text, _) in enumerate(draft.blocks[:3]):
        if re.match(r"^(?i:by|von|par|por)\s+[^\W\d_a-z]", text) and len(text.split()) < 12:  # noqa: PLR2004
            persons, _ = people_of(text)
            if persons and not text.endswith("."):
                draft.values.pop("authors", None)
                draft.put("authors", tuple(persons), _ORIGIN, "byline", 0.85)
                del draft.blocks[number]
                return


def _texts(part: EmailMessage, draft: Draft) -> list[Block]:
    """Give the text of a part: of alternatives the fuller one, of other parts one after the other."""
    kind = part.get_content_type()
    if kind in {"text/plain", "text/html"}:
        return _blocks(part, kind, draft)
    if not part.is_multipart() or kind.startswith("message/"):
        return []
    inner = [item for item in part.iter_parts() if isinstance(item, EmailMessage) and not _is_attached(item)]
    if kind == "multipart/alternative":
        return _fuller([(item.get_content_type(), _texts(item, draft)) for item in inner])
    if kind == "multipart/related":
        inner = inner[:1]
    return [block for item in inner for block in _texts(item, draft)]


def _is_attached(part: EmailMessage) -> bool:
    try:
        return part.is_attachment()
    except (*_BROKEN, email.errors.MessageError):
        return True


def _fuller(found: list[tuple[str, list[Block]]]) -> list[Block]:
    """Prefer what came with markup, unless the plain text has more, or the markup next to nothing."""
    best: tuple[int, list[Block]] = (0, [])
    for kind, blocks in found:
        words = sum(len([word for word in text.split() if "://" not in word]) for text, _ in blocks)
        if words > best[0] or (kind != "text/plain" and words >= max(_STUB_WORDS, 0.9 * best[0])):
            best = (words, blocks)
    return best[1]


def _blocks(part: EmailMessage, kind: str, draft: Draft) -> list[Block]:
    try:
        raw = part.get_payload(decode=True)
    except (*_BROKEN, email.errors.MessageError):
        return []
    if not isinstance(raw, bytes) or not raw.strip():
        return []
    charset = part.get_content_charset()
    decoded: Decoded = decode(raw, f"{kind}; charset={charset}" if charset else kind)
    draft.issues += [issue for issue in decoded.issues if issue not in draft.issues]
    if part.defects:
        draft.issues.append(Issue("markup_broken", None, type(part.defects[0]).__name__))
    return blocks_of_html(decoded.text) if kind == "text/html" else blocks_of_plain(decoded.text)
