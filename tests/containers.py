"""Containers for tests, made of real bytes: WARC records as crawlers write them, zip archives."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping

HTML = "Content-Type: text/html; charset=utf-8\r\n"
RESPONSE = "application/http; msgtype=response"


_NAMES = [
    f"{first}{last}" for first in ("Ash", "Birch", "Elm", "Fern", "Holm") for last in ("ford", "ley", "ton", "wick")
]


def page(title: str, topic: str) -> bytes:
    """Make an article's page of some 60 words; `topic` makes its text its own."""
    names = random.Random(topic).sample(_NAMES, 12)  # repeatable, not secret
    sentences = (
        f"The {topic} of {names[0]} was opened on Monday by {names[1]} and {names[2]}, and {names[3]} paid for it.",
        f"People in {names[4]} said that {names[5]} had missed the {topic}, above all {names[6]} in the winter.",
        f"A second {topic} will follow in {names[7]} next year if {names[8]} finds the money in time.",
        f"The mayor thanked {names[9]}, {names[10]} and {names[11]}, who had worked on the {topic} since the spring.",
    )
    body = "".join(f"<p>{text}</p>" for text in sentences)
    return f"<!doctype html><title>{title}</title><body><article><h1>{title}</h1>{body}</article>".encode()


def http(body: bytes, head: str = HTML, status: str = "200 OK") -> bytes:
    """Make an HTTP response."""
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def record(block: bytes, url: str, kind: str = "response", media_type: str = RESPONSE, more: str = "") -> bytes:
    """Make a WARC record."""
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:5d1c0b52-0000-4000-8000-000000000001>\r\n"
        f"WARC-Date: 2026-03-04T05:06:07Z\r\nWARC-Target-URI: {url}\r\nContent-Type: {media_type}\r\n"
        f"{more}Content-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()
