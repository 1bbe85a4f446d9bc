"""Personal and other proper names in text with capitals: where they stand, and what the short forms are short for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Final, NamedTuple


def _class(of: str) -> str:
    """Write the letters of Latin, Greek and Cyrillic that are upper case as the inside of a character class."""
    codes = [code for code in (*range(0x41, 0x530), *range(0x1E00, 0x2000)) if getattr(chr(code), of)()]
    parts = []
    for _, run in groupby(enumerate(codes), lambda pair: pair[1] - pair[0]):
        members = [code for _, code in run]
        parts.append(f"{chr(members[0])}-{chr(members[-1])}" if len(members) > 1 else chr(members[0]))
    return "".join(parts)


UPPER: Final = _class("isupper")
TITLE_DOTS: Final = frozenset(
    "mr mrs ms dr sen sens rep reps gov gen lt col sgt maj capt rev prof st jr sr adm hon atty fr supt det no vs "
    "".split()
)
"""Words whose full stop ends no sentence."""
_LETTER: Final = r"[^\W\d_]"
# What follows the first capital: further initials, or the rest of a word with what a hyphen or apostrophe joins to it.
_REST: Final = (
    rf"(?:\.(?:[{UPPER}]\.){{0,3}}(?!\w)"
    rf"|[^\W_]{{0,40}}(?:[-'\u2019](?!s\b){_LETTER}{{1,40}}){{0,4}}"
    rf"(?:(?<=\b[{UPPER}]..)\.|(?<=\b[{UPPER}].)\.)?)"
)
_PART: Final = rf"[{UPPER}]{_REST}"
_LINK: Final = r"(?:(?:de|da|di|du|van|von|der|den|del|della|la|le|el|al|bin|ibn|ben|dos|das|zu|ter|y|al-|e) ){1,2}"
_FURTHER: Final = rf"(?:[ \u00a0](?:{_LINK})?{_PART}){{0,7}}"
NAME: Final = re.compile(rf"[{UPPER}](?<!\w.){_REST}{_FURTHER}")
"""A run of capitalised words, with initials and particles within; at most eight words.

It begins with the class of capitals and looks back behind it: so the engine skips to the next capital at once.
"""

TITLES: Final = frozenset(
    "mr mrs ms miss dr sen sens rep reps gov gen lt col sgt maj capt rev prof adm cmdr hon sir dame lord lady king "
    "queen prince princess pope president vice prime minister chancellor secretary senator representative congressman "
    "congresswoman governor mayor general colonel major captain lieutenant sergeant admiral judge justice chief "
    "director chairman chairwoman chair ceo cfo coo leader speaker spokesman spokeswoman spokesperson ambassador "
    "commissioner attorney deputy assistant foreign defense defence interior state house senate majority minority "
    "whip republican democratic democrat gop former ex-president nominee candidate professor doctor officer detective "
    "sheriff coach manager executive editor reporter host anchor author analyst strategist adviser advisor aide "
    "counsel lawyer councilman councilwoman councillor delegate treasurer commander marshal archbishop bishop "
    "cardinal father sister rabbi imam sheikh ayatollah emir sultan crown national security general's communications "
    "campaign press the us u.s uk nato un eu acting interim retired retd brig supt det messrs premier first herr frau "
    "monsieur madame señor señora don doña dom bundeskanzler président ministre presidente ministro canciller "
    "президент министр премьер премьер-министр глава господин госпожа".split()
)
"""Words, folded, that stand before a personal name and are no part of it."""

NO_NAME: Final = frozenset(
    "the a an this that these those he she it they we i you his her its their our my your but and or nor so yet if "
    "when while as at by for from in of on to with about after before during since until under over into through "
    "because although though despite what who whom whose which where why how there here then now also still even just "
    "only not no yes well oh ok okay please thanks monday tuesday wednesday thursday friday saturday sunday january "
    "february march april may june july august september october november december today yesterday tomorrow "
    "according meanwhile however moreover asked after earlier later last next one two three four five six many most "
    "some several such all both each every other another more less few photo image video read click watch "
    "der die das ein eine und aber el la los las un una y pero le les l un une et mais o a os as um uma e mas "
    "в на и но а по не он она они это".split()
)
"""Words, folded, that open sentences in capitals and are no name by themselves."""

GROUP: Final = frozenset(
    "university college school department ministry committee commission council court agency association bank company "
    "corp corporation inc ltd llc group party union news times post journal herald tribune press street avenue road "
    "house office institute foundation center centre church hospital airport county state states city republic kingdom "
    "islands island river lake mountain sea ocean bay beach park square north south east west northern southern "
    "eastern western new united america american americans african congress parliament senate force forces army navy "
    "police fund league club team act bill law treaty agreement day war world international national federal central "
    "republicans democrats service services board bureau administration organization organisation network tv radio "
    "show conference summit festival cup award prize games museum tower bridge hall white street "
    "black lives matter facebook twitter google organization co alliance coalition caucus campaign".split()
)
"""Words, folded, that do not stand in a personal name."""

_WOMEN: Final = frozenset(
    "mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley "
    "kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia "
    "kathleen amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel "
    "carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina "
    "joan evelyn judith megan andrea cheryl hannah jacqueline martha gloria teresa ann anne sara madison frances "
    "kathryn janice jean alice abigail julia judy sophia grace denise amber doris marilyn danielle beverly isabella "
    "theresa diana natalie brittany charlotte marie kayla alexis lori hillary hilary chelsea ivanka melania kellyanne "
    "nikki claire gwen jill kamala angela theresa marine ursula christine valerie loretta huma donna elena sonia ruth "
    "ginsburg jane kate kathy katie tina wendy yulia olga natalia svetlana tatiana irina ekaterina fatima aisha leila "
    "mei priya indira sofia carmen rosa lucia ana isabel paula claudia monica heidi ingrid greta birgit petra sabine "
    "".split()
)
_MEN: Final = frozenset(
    "james robert john michael david william richard joseph thomas charles christopher daniel matthew anthony mark "
    "donald steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary "
    "nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander frank patrick raymond "
    "jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle ethan walter noah jeremy "
    "christian keith roger terry gerald harold sean austin carl arthur lawrence dylan jesse bryan joe billy bruce "
    "albert willie gabriel logan alan juan wayne roy ralph randy eugene vincent bobby russell louis philip mike tim "
    "jim bill bob tom barack bernie ted marco jeb mitt newt rudy chris mitch harry chuck vladimir sergei dmitry "
    "dmytro jens antony emmanuel francois olaf boris david xi narendra recep volodymyr viktor mikhail ivan igor oleg "
    "andrei ahmed mohammed muhammad ali omar hassan ibrahim karl hans fritz wolfgang klaus jean-claude pierre jacques "
    "luis carlos pedro jorge miguel antonio francisco manuel benjamin ban john rex steve greg dan ken".split()
)


_FEWEST, _MOST = 2, 5  # words of a full personal name
_INITIALS: Final = 3  # capitals in a row that may be initials


FIRST_NAMES: Final = _WOMEN | _MEN
"""Given names, folded, that are common in English-language news."""


class Mention(NamedTuple):
    """A capitalised run in the text: text[start:end], `words` of it, titles stripped from its front in `core`.

    `personal` tells whether the core can be a full personal name.
    """

    start: int
    end: int
    words: tuple[str, ...]
    core: tuple[str, ...]
    personal: bool = False

    @property
    def name(self) -> str:
        """The name without titles."""
        return " ".join(self.core)


@lru_cache(maxsize=32_768)
def folded(word: str) -> str:
    """Fold a word for the tables: lower case, no dot at its end."""
    return word.casefold().rstrip(".")


@lru_cache(maxsize=8_192)
def strip_titles(words: tuple[str, ...]) -> tuple[str, ...]:
    """Cut off words up to the last title, where something is left."""
    cut = 0
    for at, word in enumerate(words[:-1]):
        if folded(word) in TITLES:
            cut = at + 1
    if cut == 0 and len(words) > 1 and folded(words[0]) in NO_NAME:
        cut = 1
    return tuple(words[cut:])


_SEVERAL: Final = frozenset(" \u00a0.")  # a run without any of them is one word


def runs(text: str) -> list[tuple[int, str]]:
    """Give every capitalised run of a text, in order: where it begins, and the run."""
    return [(match.start(), match[0]) for match in NAME.finditer(text)]


def mentions(text: str, found: Sequence[tuple[int, str]] | None = None) -> list[Mention]:
    """Give every capitalised run of a text that can be a name, in order; `found` are its runs, where they are known."""
    made: list[Mention] = []
    for begin, run in runs(text) if found is None else found:
        if _SEVERAL.isdisjoint(run):
            if folded(run) not in NO_NAME:
                word = (run,)
                made.append(Mention(begin, begin + len(run), word, word))
            continue
        start = begin
        if "." in run:
            for stop in _STOP.finditer(run):
                if folded(stop[1]) not in TITLE_DOTS:
                    _add(made, text, start, begin + stop.end(1))
                    start = begin + stop.end()
        _add(made, text, start, begin + len(run))
    return made


_STOP: Final = re.compile(r"([^\W\d_]{2,})\. ?")


def _add(found: list[Mention], text: str, start: int, end: int) -> None:
    words = tuple(text[start:end].split())
    while words and folded(words[0]) in NO_NAME:
        start += len(words[0])
        while start < end and text[start].isspace():
            start += 1
        words = words[1:]
    if words:
        core = strip_titles(words) if len(words) > 1 else words
        found.append(Mention(start, end, words, core, len(core) > 1 and personal(core)))


@lru_cache(maxsize=8_192)
def personal(core: tuple[str, ...]) -> bool:
    """Tell whether words can be a full personal name: two to five, none of an institution or in capitals throughout."""
    return (
        _FEWEST <= len(core) <= _MOST
        and not any(folded(word) in GROUP or folded(word) in NO_NAME for word in core)
        and not any(len(word) > _INITIALS and word.isupper() for word in core)
    )


@lru_cache(maxsize=8_192)
def gender(words: tuple[str, ...]) -> str | None:
    """Tell `f` or `m` by title or first name, None where neither says."""
    for word in map(folded, words):
        if word in {
            "mrs",
            "ms",
            "miss",
            "lady",
            "dame",
            "queen",
            "princess",
            "congresswoman",
            "spokeswoman",
            "chairwoman",
        }:
            return "f"
        if word in {"mr", "sir", "lord", "king", "prince", "congressman", "spokesman", "chairman", "pope"}:
            return "m"
    for word in map(folded, words):
        if word in _WOMEN:
            return "f"
        if word in _MEN:
            return "m"
    return None


@dataclass(slots=True)
class People:
    """Who is named in a text; made by `people`."""

    by_surname: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    genders: dict[str, str] = field(default_factory=dict)

    def full(self, name: str) -> str:
        """Give the full form of a name where the text has it: a surname alone, or a first name that one person has."""
        return self.by_surname.get(name, name)


def people(found: Sequence[Mention]) -> People:
    """Collect the full names of a text's mentions, the roles that stand before them, and what is known of gender."""
    known = People()
    tally: Counter[str] = Counter()
    for mention in found:
        if mention.personal:
            tally[mention.name] += 1
            title = mention.words[: len(mention.words) - len(mention.core)]
            if title and folded(title[-1]) in TITLES:
                known.roles.setdefault(folded(title[-1]), mention.name)
            if sex := gender(mention.words):
                known.genders.setdefault(mention.name, sex)
    for name, _ in sorted(tally.items(), key=lambda item: -item[1]):
        words = name.split()
        last = words[-2] if folded(words[-1]) in {"jr", "sr"} and len(words) > _FEWEST else words[-1]
        known.by_surname.setdefault(last, name)
    for mention in found:
        if len(mention.core) == 1 and (full := known.by_surname.get(mention.core[0])):
            title = mention.words[:-1]
            if title and folded(title[-1]) in TITLES:
                known.roles.setdefault(folded(title[-1]), full)
            if (sex := gender(title)) and title:
                known.genders.setdefault(full, sex)
    return known


class Names:
    """The names of one text, each found when it is first asked for: what several enrichers read by."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def runs(self) -> list[tuple[int, str]]:
        """Capitalised runs, as `runs` gives them."""
        return runs(self.text)

    @cached_property
    def mentions(self) -> list[Mention]:
        """Runs that can be names, as `mentions` gives them."""
        return mentions(self.text, self.runs)

    @cached_property
    def starts(self) -> list[int]:
        """Where the mentions begin."""
        return [mention.start for mention in self.mentions]

    @cached_property
    def people(self) -> People:
        """Who is named."""
        return people(self.mentions)


@lru_cache(maxsize=1)
def names_of(text: str) -> Names:
    """Give the names of a text; those of the last one are remembered, as several enrichers ask one after the other."""
    return Names(text)
