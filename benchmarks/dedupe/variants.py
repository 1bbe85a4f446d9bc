"""Rules that turn a text into a labelled variant; pure, driven by the generator's random source.

Each rule gives None where it does not apply (a text without numbers has no update, say).
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from benchmarks.dedupe.text import UNIT, Text, units
from benchmarks.dedupe.words import AGENCIES, CITIES, FOOTERS, MONTHS, PEOPLE, SYNONYMS, TEASER_ENDS

Rule = Callable[[random.Random, Text], Text | None]

_SENTENCE: Final = re.compile(r"(?<=[.!?؟])[\"'”’)]*\s+|(?<=[。！？])")
_UNSPACED: Final = frozenset(("zh", "ja", "th"))
_ADDED: Final = 0.2
"""Furniture around a copy is at most a fifth of its words."""
_SHORT_PARAGRAPH: Final = 0.12
"""A paragraph that may go, come or move has at most this share of the words."""
_COPY_EDITED: Final = 0.05
_FEW_WORDS: Final = 40
_FEW_CHARACTERS: Final = 80
"""Fewer are no beginning of an article but a sentence of it."""
_NUMBER: Final = re.compile(
    r"(?<![A-Za-z0-9_.,:/+-])\d+(?:[.,]\d+)?(?:,\d{3})*(?![A-Za-z0-9_:/+-]|[.,]\d|[年月日時分时点])"
)
_PLAIN: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]+([.,][0-9]+)?")
_WORD: Final = re.compile(r"[^\W\d_]+")


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph at sentence ends."""
    return [part.strip() for part in _SENTENCE.split(paragraph) if part.strip()]


def _with(text: Text, paragraphs: Sequence[str], headline: str | None = None) -> Text:
    kept = tuple(part for part in (part.strip() for part in paragraphs) if part)
    return Text(text.headline if headline is None else headline, kept, text.language)


# --- exact: typography alone


def _curly(_rng: random.Random, body: str) -> str:
    body = re.sub(r'(^|[\s(\[])"', "\\1\u201c", body).replace('"', "\u201d")
    return body.replace("'", "\u2019")


def _straight(_rng: random.Random, body: str) -> str:
    return body.translate(str.maketrans("\u201c\u201d\u2018\u2019\u201e", '""\'\'"'))


def _dashes(rng: random.Random, body: str) -> str:
    dash = rng.choice(" \u2013 | \u2014 |\u2014| - | -- ".split("|"))
    return re.sub(r"(?<=[^\W\d_]) (?:--?|[\u2013\u2014]) (?=[^\W\d_])", lambda _: dash, body)


def _spaces(rng: random.Random, body: str) -> str:
    space = rng.choice(("\u00a0", "\u2009", "  ", "\u202f", "\t"))
    return re.sub(" ", lambda _: space if rng.random() < 0.1 else " ", body)


def _wrapped(rng: random.Random, body: str) -> str:
    width = rng.choice((58, 65, 72))
    lines: list[str] = []
    length = 0
    for word in body.split(" "):
        if lines and length + len(word) < width:
            lines[-1] += " " + word
            length += len(word) + 1
        else:
            lines.append(word)
            length = len(word)
    return "\n".join(lines)


def _ligatures(_rng: random.Random, body: str) -> str:
    for letters, ligature in (("ffi", "\ufb03"), ("fi", "\ufb01"), ("fl", "\ufb02")):
        body = body.replace(letters, ligature)
    return body


def _invisible(rng: random.Random, body: str) -> str:
    mark = rng.choice(("\u200b", "\u00ad", "\u2060", "\ufeff"))
    return re.sub(r"(?<=[^\W\d_]{3})(?=[^\W\d_]{3})", lambda _: mark if rng.random() < 0.05 else "", body)


def _decomposed(_rng: random.Random, body: str) -> str:
    return unicodedata.normalize("NFD", body)


def _ellipsis(_rng: random.Random, body: str) -> str:
    return re.sub(r"(?<![\d.])\.\.\.(?![\d.])", "\u2026", body)


_TYPOGRAPHY: Final = (
    _curly,
    _straight,
    _dashes,
    _spaces,
    _wrapped,
    _ligatures,
    _invisible,
    _decomposed,
    _ellipsis,
)


def typography(rng: random.Random, text: Text) -> Text:
    """Set a text anew: two to four of quotes, dashes, spaces, wrapping, ligatures, invisible characters, accents.

    Words stay: a change that would alter the normalised words (a dash that joins two, say) is undone.
    """
    wanted = rng.randint(2, 4)
    for change in rng.sample(_TYPOGRAPHY, len(_TYPOGRAPHY)):
        changed = _with(text, [change(rng, part) for part in text.paragraphs], change(rng, text.headline))
        if changed != text and changed.units == text.units and units(changed.headline) == units(text.headline):
            text = changed
            wanted -= 1
        if not wanted:
            break
    return text


# --- near: a copy that was worked on


def other_headline(rng: random.Random, text: Text) -> str:
    """Write a headline of another desk: from the lede's words, or the old one cut and turned."""
    words = text.headline.split()
    lede = text.paragraphs[0].split()[: rng.randint(7, 11)]
    if text.language in _UNSPACED:
        return text.paragraphs[0][: rng.randint(14, 24)]
    if len(words) < 4 or rng.random() < 0.5:
        return " ".join(lede).rstrip(".,;:")
    cut = rng.randint(1, len(words) - 2)
    return f"{' '.join(words[cut:])}: {' '.join(words[:cut])}"


def syndicated(rng: random.Random, text: Text) -> Text | None:
    """Copy to another paper: new headline, dateline, byline, lines below; together up to a fifth of the words."""
    room = int(text.size * _ADDED)
    names = {
        "person": rng.choice(PEOPLE),
        "other": rng.choice(PEOPLE),
        "agency": rng.choice(AGENCIES),
        "site": f"paper{rng.randrange(100):02}.example",
    }
    paragraphs = list(text.paragraphs)
    extras: list[tuple[str, str]] = []
    if text.language not in _UNSPACED:
        extras.append(("dateline", f"{rng.choice(CITIES).upper()} ({names['agency']}) \u2014 "))
        extras.append(("byline", rng.choice(("By {person}", "{person}, staff writer", "By {person} and {other}"))))
    lines = list(FOOTERS.get(text.language, FOOTERS["en"]))
    rng.shuffle(lines)
    extras += [("footer", line) for line in lines[: rng.randint(1, 4)]]
    for kind, line in extras:
        filled = line.format_map(names) if kind != "dateline" else line
        room -= len(units(filled))
        if room < 0 or rng.random() < 0.15:
            continue
        if kind == "dateline":
            paragraphs[0] = filled + paragraphs[0]
        elif kind == "byline":
            paragraphs.insert(0, filled)
        else:
            paragraphs.append(filled)
    return _with(text, paragraphs, other_headline(rng, text))


def _misspelt(rng: random.Random, word: str) -> str:
    at = rng.randrange(len(word))
    kind = rng.randrange(4)
    if kind == 0 and at + 1 < len(word) and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2 and word.isascii():
        letter = rng.choice("abcdefghijklmnopqrstuvwxyz".replace(word[at].lower(), ""))
        return word[:at] + letter + word[at + 1 :]
    return word[:at] + word[at + 1 :]


_CONFUSED: Final = tuple(
    pair.split(">")
    for pair in "rn>m m>rn cl>d d>cl h>b b>h e>c c>e li>h u>ii vv>w w>vv i>l l>i O>0 o>0 l>1 S>5".split()
)


def _misread(rng: random.Random, word: str) -> str:
    fitting = [(seen, read) for seen, read in _CONFUSED if seen in word]
    if not fitting or len(word) < 3:
        return _misspelt(rng, word)
    seen, read = rng.choice(fitting)
    return word.replace(seen, read, 1)


def _spoilt(rng: random.Random, text: Text, share: float, spoil: Callable[[random.Random, str], str]) -> Text | None:
    """Spoil so many of the words, at least one; numbers stay as they are, or it would be an update."""
    spots = [
        (number, match.span())
        for number, part in enumerate(text.paragraphs)
        for match in UNIT.finditer(part)
        if _spoilable(match[0], text.language)
    ]
    count = min(len(spots), max(1, round(text.size * share)))
    if not spots:
        return None
    paragraphs = list(text.paragraphs)
    letters = "".join(paragraphs[0].split())
    for number, (start, end) in sorted(rng.sample(spots, count), reverse=True):
        part = paragraphs[number]
        word = part[start:end]
        # An unspaced script's typing error is another character; it has no letters to swap.
        new = rng.choice(letters) if len(word) == 1 else spoil(rng, word)
        paragraphs[number] = part[:start] + (new if not new.isdecimal() else word) + part[end:]
    return _with(text, paragraphs)


def _spoilable(word: str, language: str) -> bool:
    return word.isalpha() and (len(word) > 2 or (len(word) == 1 and language in _UNSPACED))


def typos(rng: random.Random, text: Text) -> Text | None:
    """One word in a hundred with a typing error."""
    return _spoilt(rng, text, 0.01, _misspelt)


def misread(rng: random.Random, text: Text) -> Text | None:
    """Four words in a hundred as a scanner would misread them."""
    return _spoilt(rng, text, 0.04, _misread)


def _short(text: Text) -> list[int]:
    return [
        number
        for number, part in enumerate(text.paragraphs)
        if number > 0 and len(units(part)) <= _SHORT_PARAGRAPH * text.size
    ]


def dropped(rng: random.Random, text: Text) -> Text | None:
    """One short paragraph less."""
    short = _short(text)
    if len(text.paragraphs) < 4 or not short:
        return None
    gone = rng.choice(short)
    return _with(text, [part for number, part in enumerate(text.paragraphs) if number != gone])


def moved(rng: random.Random, text: Text) -> Text | None:
    """One short paragraph in another place."""
    short = _short(text)
    if len(text.paragraphs) < 4 or not short:
        return None
    paragraphs = list(text.paragraphs)
    at = rng.choice(short)
    part = paragraphs.pop(at)
    paragraphs.insert(rng.choice([place for place in range(1, len(paragraphs) + 1) if place != at]), part)
    return _with(text, paragraphs)


def inserted(rng: random.Random, text: Text, donor: Text | None) -> Text | None:
    """One short paragraph of another text more."""
    if donor is None or len(text.paragraphs) < 2:
        return None
    fitting = [part for part in donor.paragraphs if 5 <= len(units(part)) <= _SHORT_PARAGRAPH * text.size]
    if not fitting:
        return None
    paragraphs = list(text.paragraphs)
    paragraphs.insert(rng.randint(1, len(paragraphs)), rng.choice(fitting))
    return _with(text, paragraphs)


def beginning(text: Text, count: int, least: int, most: int) -> Text | None:
    """Keep about `count` units from the start, at a sentence end if one leaves between `least` and `most` units."""
    kept: list[str] = []
    size = 0
    for part in text.paragraphs:
        length = len(units(part))
        if size + length <= count:
            kept.append(part)
            size += length
            continue
        kept.append(_cut(part, count - size, least - size, most - size))
        break
    result = _with(text, kept)
    return result if result.paragraphs and least <= result.size <= most else None


def _cut(part: str, count: int, least: int, most: int) -> str:
    best, taken, size = "", "", 0
    for sentence in sentences(part):
        taken = part[: part.find(sentence, len(taken)) + len(sentence)]
        size = len(units(taken))
        if least <= size <= most and (not best or abs(size - count) < abs(len(units(best)) - count)):
            best = taken
    if best or least <= 0:
        return best
    spots = [match.end() for match in UNIT.finditer(part)]
    return part[: spots[min(count, len(spots)) - 1]] + "\u2026" if count > 0 and spots else ""


def trimmed(rng: random.Random, text: Text) -> Text | None:
    """Cut at the end to about four fifths."""
    size = text.size
    return beginning(text, round(size * rng.uniform(0.79, 0.86)), round(size * 0.77), round(size * 0.9))


def copy_edited(rng: random.Random, text: Text) -> Text | None:
    """Put synonyms for up to one word in twenty; English alone."""
    if text.language != "en":
        return None
    spots = [
        (number, match.span())
        for number, part in enumerate(text.paragraphs)
        for match in _WORD.finditer(part)
        if match[0] in SYNONYMS
    ]
    count = min(len(spots), max(1, round(text.size * rng.uniform(0.02, _COPY_EDITED))))
    if len(spots) < 2:
        return None
    paragraphs = list(text.paragraphs)
    for number, (start, end) in sorted(rng.sample(spots, count), reverse=True):
        part = paragraphs[number]
        paragraphs[number] = part[:start] + SYNONYMS[part[start:end]] + part[end:]
    return _with(text, paragraphs)


# --- update: other numbers


def numbers(text: str) -> list[str]:
    """List the numbers that an update may change: no years, no days of a month, no times, no parts of names."""
    return [match[0] for match in _numbers(text)]


def _numbers(text: str) -> list[re.Match[str]]:
    return [match for match in _NUMBER.finditer(text) if _is_quantity(text, match)]


def _is_quantity(text: str, match: re.Match[str]) -> bool:
    number = match[0]
    if not _PLAIN.fullmatch(number) or len(number) > 12 or (number.startswith("0") and number.isdecimal()):
        return False
    if number.isdecimal() and 1000 <= int(number) <= 2100:
        return False
    if number.isdecimal() and int(number) <= 31:
        before = _WORD.findall(text[max(0, match.start() - 28) : match.start()])
        after = text[match.end() : match.end() + 14]
        if after.startswith(". ") and after[2:3].isalpha():
            return False  # an ordinal in German and its neighbours
        around = before[-3:] + _WORD.findall(after)[:1]  # "March 13 and 16"
        return not any(word.casefold() in MONTHS for word in around)
    return True


def _other(rng: random.Random, number: str) -> str:
    """Give another quantity, written alike and not far off."""
    if re.fullmatch(r"\d{1,3}(,\d{3})+", number):
        value = int(number.replace(",", ""))
        return f"{_shifted(rng, value):,}"
    whole, mark, fraction = number.replace(",", ".").partition(".")
    if not mark:
        return str(_shifted(rng, int(whole)))
    places = len(fraction)
    value = _shifted(rng, int(whole + fraction))
    padded = str(value).rjust(places + 1, "0")
    return f"{padded[:-places]}{'.' if '.' in number else ','}{padded[-places:]}"


def _shifted(rng: random.Random, value: int) -> int:
    if value <= 20:
        return value + rng.randint(1, 6)
    new = round(value * (1 + rng.choice((-1, 1)) * rng.uniform(0.03, 0.3)))
    new += new == value
    return new + 1100 if 1000 <= new <= 2100 else new  # what looks like a year is not read as a quantity


def recounted(rng: random.Random, text: Text, least: int, most: int) -> Text | None:
    """Change `least` to `most` of the numbers, each wherever it stands, the headline included.

    Of several numbers at least half stay: where nearly all are others, it is the next issue of a series.
    """
    found = sorted(set(numbers(text.body)))
    if len(found) < (least if least == 1 else 2 * least):
        return None
    chosen = rng.sample(found, min(max(1, len(found) // 2), rng.randint(least, most)))
    new = {number: _other(rng, number) for number in chosen}

    def renewed(part: str) -> str:
        for match in reversed(_numbers(part)):
            part = part[: match.start()] + new.get(match[0], match[0]) + part[match.end() :]
        return part

    result = _with(text, [renewed(part) for part in text.paragraphs], renewed(text.headline))
    return result if sorted(numbers(result.body)) != sorted(numbers(text.body)) else None


def announced(rng: random.Random, text: Text) -> Text:
    """Set an update's mark before the headline."""
    mark = rng.choice(("UPDATE 1-", "UPDATE 2-", "UPDATE 3-", "CORRECTED-", "Update: "))
    return _with(text, text.paragraphs, mark + text.headline)


def extended(rng: random.Random, text: Text, donor: Text | None, share: float) -> Text | None:
    """Add whole paragraphs of another text, of about `share` of the words, at one to three places."""
    if donor is None or len(text.paragraphs) < 2:
        return None
    room, added = text.size * share, []
    for part in donor.paragraphs:
        length = len(units(part))
        if length <= room:
            added.append(part)
            room -= length
    if not added:
        return None
    paragraphs = list(text.paragraphs)
    for part in added:
        paragraphs.insert(rng.randint(1, len(paragraphs)), part)
    return _with(text, paragraphs)


# --- contained: the beginning alone, or twice as much


def first_part(rng: random.Random, text: Text) -> Text | None:
    """Keep the first 15 to 50 %, a few lines at least."""
    size = text.size
    few = _FEW_CHARACTERS if text.language in _UNSPACED else _FEW_WORDS
    if size < 2.5 * few:
        return None
    count = max(few, round(size * rng.uniform(0.18, 0.46)))
    return beginning(text, count, max(few, round(size * 0.15)), round(size * 0.5))


def teaser(rng: random.Random, text: Text) -> Text | None:
    """Keep 60 to 110 words, at most half, with the line that asks to read on."""
    if text.size < 220:
        return None
    short = beginning(text, rng.randint(65, 105), 60, 110)
    end = rng.choice(TEASER_ENDS)
    if short is None or text.language != "en" or not end:
        return short
    return _with(short, [*short.paragraphs, end])


def doubled(rng: random.Random, text: Text, donor: Callable[[], Text | None]) -> Text | None:
    """Expand to nearly twice the words or more, by whole paragraphs of other texts, at up to three places."""
    wanted = text.size * rng.uniform(1.85, 2.6)
    added: list[str] = []
    size = text.size
    while size < wanted and (given := donor()) is not None:
        for part in given.paragraphs:
            length = len(units(part))
            if size < wanted and size + length <= text.size * 3.2:
                added.append(part)
                size += length
    if size < text.size * 1.8:
        return None
    paragraphs = list(text.paragraphs)
    first = max(1, len(paragraphs) // 2)
    places = sorted(rng.randint(first, len(paragraphs)) for _ in range(min(3, len(added))))
    cuts = [0, *sorted(rng.sample(range(1, len(added)), len(places) - 1)), len(added)]
    for number in range(len(places) - 1, -1, -1):
        paragraphs[places[number] : places[number]] = added[cuts[number] : cuts[number + 1]]
    return _with(text, paragraphs)


# --- different: what only looks alike


def quoting(rng: random.Random, host: Text, quoted: Text, count: int) -> Text | None:
    """Tell another story with one or two sentences of `quoted` in quotation marks, a fifth of either at most."""
    fitting = [
        sentence
        for part in quoted.paragraphs
        for sentence in sentences(part)
        if 8 <= len(units(sentence)) <= 40 and '"' not in sentence
    ]
    if len(fitting) < count:
        return None
    chosen = rng.sample(fitting, count)
    if sum(len(units(sentence)) for sentence in chosen) > 0.2 * min(host.size, quoted.size):
        return None
    paragraphs = list(host.paragraphs)
    for sentence in chosen:
        said = f'"{sentence.rstrip(".")}," said {rng.choice(PEOPLE)}.'
        paragraphs.insert(rng.randint(1, len(paragraphs)), said)
    return _with(host, paragraphs)


def boxed(rng: random.Random, text: Text, block: str) -> Text:
    """Set a site's boilerplate before, within or after a text."""
    paragraphs = list(text.paragraphs)
    paragraphs.insert(rng.choice((0, len(paragraphs), len(paragraphs), rng.randint(0, len(paragraphs)))), block)
    return _with(text, paragraphs)
