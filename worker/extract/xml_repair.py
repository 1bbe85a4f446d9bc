"""Damaged XML made well-formed where that is safe: references, characters and bare signs that XML does not have."""

from __future__ import annotations

import html.entities
import re
from typing import Final

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND: Final = re.compile(
    r"&(?:(?P<known>amp|lt|gt|quot|apos);|(?P<name>[a-zA-Z][a-zA-Z0-9]{1,31});|#(?P<ref>x?[0-9a-fA-F]{1,7});)?"
)
_CODES: Final = range(0x20, 0x110000)


def mend_characters(text: str) -> str:
    """Take out characters that XML has not, write entities of HTML as numbers, escape bare ampersands.

    CDATA sections keep their ampersands.
    """
    text = _FORBIDDEN.sub("", text)
    parts: list[str] = []
    at = 0
    while (cdata := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", cdata)) >= 0:
        parts += [_AMPERSAND.sub(_reference, text[at:cdata]), text[cdata : end + 3]]
        at = end + 3
    parts.append(_AMPERSAND.sub(_reference, text[at:]))
    return "".join(parts)


def _reference(found: re.Match[str]) -> str:
    if found["known"]:
        return found[0]
    if name := found["name"]:
        known = html.entities.html5.get(f"{name};")
        return "".join(f"&#{ord(char)};" for char in known) if known else "&amp;" + found[0][1:]
    if number := found["ref"]:
        try:
            code = int(number[1:], 16) if number[0] == "x" else int(number)
        except ValueError:
            return "&amp;" + found[0][1:]
        valid = code in {9, 10, 13} or (code in _CODES and not _FORBIDDEN.match(chr(code)))
        return found[0] if valid else ""
    return "&amp;"
