"""Words that header lines of news are made of: weekdays, sections, roles of writers, kinds of papers."""

from __future__ import annotations

import re
from typing import Final

WEEKDAYS: Final = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim "
    "lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab "
    "segunda terça quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo za zo "
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс "
    "понеділок вівторок середа четвер п'ятниця субота неділя нд "
    "poniedziałek wtorek środa czwartek piątek sobota niedziela "
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar".split()
)
"""Names and abbreviations of weekdays, folded, without a full stop: the languages of `text.dates`."""

SECTIONS: Final = frozenset(
    "politics world business economy economics finance markets money sport sports culture arts science technology tech "
    "health society opinion comment editorial local national international news region environment climate education "
    "travel lifestyle entertainment media law crime weather education breaking "
    "politik welt wirtschaft finanzen kultur wissenschaft technik gesundheit gesellschaft meinung lokales ausland "
    "inland panorama "
    "politique monde économie société sciences santé culture sport régions "
    "política mundo economía sociedad deportes cultura ciencia salud opinión internacional nacional economia sociedade "
    "esportes ciência saúde opinião politica esteri cronaca sport scienza salute "
    "politiek wereld economie samenleving cultuur wetenschap "
    "политика мир экономика общество спорт культура наука происшествия бизнес здоровье технологии "
    "політика світ економіка суспільство культура події здоров'я технології "
    "polityka świat gospodarka społeczeństwo kultura nauka zdrowie "
    "siyaset dünya ekonomi toplum spor kültür bilim sağlık gündem".split()
)
"""What papers call their sections, folded; a line that is one of these and nothing else is a section."""

_ROLE: Final = (
    r"(?:(?:staff|chief|senior|special|foreign|political)\s+){0,2}"
    r"(?:writer|correspondent|reporter|columnist|editor|journalist)"
    r"|(?:собственный\s+|специальный\s+)?корреспондент|спецкор|обозреватель|журналист(?:ка)?"
    r"|(?:власний\s+|спеціальний\s+)?кореспондент(?:ка)?|оглядач(?:ка)?"
    r"|(?:redakteur|korrespondent|reporter|journalist)(?:in)?|journaliste|correspondante?|periodista|corresponsal"
    r"|giornalista|inviat[oa]|jornalista|correspondente|verslaggever|dziennikarz|muhabir"
)
_NAME_WORD: Final = r"[^\W\d_a-zа-яё][\w'’.-]*"
_WITH_ROLE: Final = re.compile(rf"^({_NAME_WORD}(?: {_NAME_WORD}){{1,3}}),\s+(?i:{_ROLE})$")
_NAME: Final = re.compile(rf"^{_NAME_WORD}(?: {_NAME_WORD}){{1,2}}$")
_PAPER: Final = re.compile(
    r"\b(news|times|post|gazette|herald|tribune|journal|daily|weekly|press|agency|agence|agentur|agencia|media|today|"
    r"independent|observer|telegraph|guardian|chronicle|review|register|star|sun|globe|mail|express|mirror|standard|"
    r"bulletin|courier|dispatch|examiner|sentinel|argus|echo|monitor|magazine|radio|tv|online|report|network|wire|"
    r"zeitung|bote|anzeiger|nachrichten|kurier|blatt|tageblatt|journal|diario|correo|gaceta|noticias|jornal|folha|"
    r"giornale|corriere|gazzetta|новости|вестник|газета|известия|вісті|новини)\b",
    re.IGNORECASE,
)


def person_with_role(line: str) -> str | None:
    """Give the name in a line such as `Ada Ruiz, staff writer`; None for any other line."""
    found = _WITH_ROLE.match(line)
    return found[1] if found else None


def names_a_paper(line: str) -> bool:
    """Tell whether a line has a word that papers and agencies are called by."""
    return bool(_PAPER.search(line))


def could_be_a_person(line: str) -> bool:
    """Tell whether a line is two or three capitalised words, none of which names a paper."""
    return bool(_NAME.match(line)) and not line.isupper() and not names_a_paper(line)
