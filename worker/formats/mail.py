"""Mails (RFC 822 heads, MIME, several in an mbox or a digest) and wire messages after IPTC 7901."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from worker.errors import PayloadError
from worker.extract.draft import Draft, finish
from worker.extract.iptc7901 import looks_like_7901, messages_of, put_wire_message
from worker.extract.mail_message import inner_messages, put_message, read_message
from worker.model import Article, Payload
from worker.ports import Format, Sniff

_ENVELOPE: Final = re.compile(
    rb"(?m)^From \S{1,200} .{0,40}\d{1,2}:\d{2}(?::\d{2})?.{0,40}\d{4}.{0,20}\r?\n(?=[!-9;-~]{1,60}:)"
)
_HEAD: Final = re.compile(rb"^([!-9;-~]{1,60}):[ \t]?(.*)$")
_TRANSPORT: Final = frozenset("message-id mime-version received return-path delivered-to dkim-signature list-id "
                              "content-transfer-encoding in-reply-to x-mailer sender reply-to".split())  # fmt: skip
_MAIN: Final = frozenset("from subject date to".split())
_TYPES: Final = frozenset({"message/rfc822", "application/mbox", "message/global"})
_SUFFIXES: Final = frozenset({".eml", ".mbox", ".mbx"})
_MOST_MESSAGES: Final = 2000


class Mail:
    """A mail, a mailbox, or messages of a wire."""

    name = "mail"
    version = "1"

    def score(self, sniff: Sniff) -> float:
        """Go by the heads: those of a mail, or a wire message's header; the record of plain text has others."""
        wire = looks_like_7901(sniff.head)
        names, values = _heads(sniff.head)
        main, transport = len(names & _MAIN), len(names & _TRANSPORT)
        if "from" in names and ("subject" in names or transport) and (transport or b"@" in values.get("from", b"")):
            mail = 0.92
        elif (main >= 3 and "subject" in names) or (transport >= 2 and main):  # noqa: PLR2004  # Subject with two of From, To, Date
            mail = 0.85
        elif "subject" in names and (main > 1 or transport):
            mail = 0.6
        else:
            mail = 0.0
        declared = sniff.media_type in _TYPES or sniff.suffix in _SUFFIXES
        if declared and (main or transport):
            mail = 0.95
        return max(mail, wire)

    def parse(self, payload: Payload) -> Iterator[Article | PayloadError]:
        """Yield each message; see `worker.ports.Format`.

        Raises PayloadError `too_large` for a mail of more parts than are read, `markup_invalid` for what
        cannot be taken apart.
        """
        readers = _wire(payload) if looks_like_7901(payload.body[:4096]) else _mails(payload)
        for part, read in enumerate(readers):
            if part == _MOST_MESSAGES:
                yield PayloadError(
                    "too_large", f"the payload holds more than {_MOST_MESSAGES} messages; the rest is unread"
                )
                return
            draft = Draft("mail", part)
            try:
                read(draft)
                article = finish(draft, payload)
            except PayloadError as exc:
                yield exc
            else:
                yield article


def _heads(head: bytes) -> tuple[frozenset[str], dict[str, bytes]]:
    """Give the names of the heads at the top, up to the first line that is none."""
    found: dict[str, bytes] = {}
    lines = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for number, line in enumerate(lines):
        if number == 0 and line.startswith((b"From ", b">From ")):
            continue
        if line[:1] in {b" ", b"\t"} and found and line.strip():
            continue  # a folded head goes on
        if (pair := _HEAD.match(line)) is None:
            break
        found.setdefault(pair[1].decode("ascii").lower(), pair[2])
    return frozenset(found), found


def _wire(payload: Payload) -> Iterator[Callable[[Draft], None]]:
    for message in messages_of(payload.body):
        yield lambda draft, message=message: put_wire_message(draft, message)  # type: ignore[misc]


def _mails(payload: Payload) -> Iterator[Callable[[Draft], None]]:
    """Yield a reader for each mail; one that cannot be taken apart is a reader that raises."""
    raw = payload.body.removeprefix(b"\xef\xbb\xbf").lstrip()
    cuts = [found.start() for found in _ENVELOPE.finditer(raw)]
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)] if cuts else [raw]
    for piece in pieces:
        if not piece.strip():
            continue
        own = piece.split(b"\n", 1)[1] if piece.startswith(b"From ") else piece
        try:
            messages = list(inner_messages(read_message(own)))
        except PayloadError as exc:
            yield lambda _, error=exc: _fail(error)  # type: ignore[misc]
            continue
        for message in messages:
            yield lambda draft, message=message: put_message(draft, message, payload.received_at)  # type: ignore[misc]


def _fail(error: PayloadError) -> None:
    raise error


component: type[Format] = Mail
