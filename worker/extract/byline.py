"""Who wrote it: persons told from organisations in a byline, a credit or a sender's name."""

from __future__ import annotations

import re
from typing import Final

from worker.extract.article_node import clean_persons
from worker.extract.bylines import JOB_WORDS, LEAD, is_organisation
from worker.text.whitespace import squeeze

_AFTER: Final = re.compile(r"\s*(?:\(([^()]*)\)|\s[-–—|/]\s.*)\s*$")
_JOB: Final = re.compile(rf"\b(?:{JOB_WORDS})\b", re.IGNORECASE)
_AND: Final = re.compile(r"\s*(?:,|;|\band\b|\bund\b|\bet\b|\by\b|&)\s*", re.IGNORECASE)
_LAST_FIRST: Final = re.compile(r"^([^\W\d_][\w'’-]+(?:\s[^\W\d_][\w'’-]+)?),\s+([^\W\d_][\w'’.-]+(?:\s[\w.]{1,3})?)$")
_LONGEST: Final = 200
_MOST_WORDS: Final = 5


def people_of(line: str) -> tuple[list[str], list[str]]:
    """Read a byline (`By Ada Ruiz and Ole Berg, Harbour News`): persons, and organisations that stand beside them."""
    text = squeeze(line)[:_LONGEST]
    text = LEAD.sub("", text)
    organisations: list[str] = []
    if (after := _AFTER.search(text)) is not None:
        organisations += [after[1].strip()] if after[1] and is_organisation(after[1]) else []
        text = text[: after.start()]
    persons: list[str] = []
    for part in _AND.split(text):
        name = part.strip(" .,:;|*-–—")
        if not name:
            continue
        if _JOB.search(name):
            continue
        if is_organisation(name):
            organisations.append(name)
        elif len(name.split()) <= _MOST_WORDS:
            persons += clean_persons([name])
    return list(dict.fromkeys(persons)), list(dict.fromkeys(organisations))


def sender_of(name: str) -> tuple[str | None, str | None]:
    """Read a sender's name as (person, organisation); `Ruiz, Ada` is turned round."""
    text = squeeze(name).strip("\"' ")[:_LONGEST]
    if not text or "@" in text:
        return None, None
    if (turned := _LAST_FIRST.match(text)) is not None and not is_organisation(text):
        text = f"{turned[2]} {turned[1]}"
    text = re.split(r"\s+via\s+|\s*[|(]", text, maxsplit=1)[0].strip() or text
    if is_organisation(text) or len(text.split()) < 2 or len(text.split()) > _MOST_WORDS:  # noqa: PLR2004  # a first and a last name
        return None, text
    persons = clean_persons([text])
    return (persons[0], None) if persons else (None, text)
