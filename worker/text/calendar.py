"""Calendars in words: months, weekdays and what stands around a date, in some twenty languages; data, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Calendar:
    """The words of one language, case-folded unless they are only meant with a capital.

    `months` and `weekdays` (1 Monday to 7 Sunday) map every form to its number; `relative` maps words such as
    "today" to days from it, None where the day is not told ("kal" is yesterday and tomorrow in Hindi). `since` are
    words before a year of which a figure or state is told, `at` those before a year in which something happened.
    `capitals`: months and weekdays are written with one.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    relative: Mapping[str, int | None]
    since: frozenset[str]
    at: frozenset[str]
    capitals: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    """A language as it is written down here: forms of a month or weekday joined by strokes, phrases by commas."""

    months: str
    weekdays: str
    today: str
    yesterday: str
    tomorrow: str
    since: str
    at: str
    some_day: str = ""
    capitals: bool = False


_LANGUAGES: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "en": _Words(
            "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep "
            "october|oct november|nov december|dec",
            "monday tuesday wednesday thursday friday saturday sunday",
            "today, tonight, this morning, this afternoon, this evening",
            "yesterday, last night",
            "tomorrow",
            "since until till by before after between from through",
            "in of during early mid late spring summer autumn fall winter",
            capitals=True,
        ),
        "de": _Words(
            "januar|jänner|jan februar|feber|feb märz|mär april|apr mai juni|jun juli|jul august|aug "
            "september|sept|sep oktober|okt november|nov dezember|dez",
            "montag|montags dienstag|dienstags mittwoch|mittwochs donnerstag|donnerstags freitag|freitags "
            "samstag|sonnabend|samstags sonntag|sonntags",
            "heute, heute früh, heute abend",
            "gestern",
            "morgen",
            "seit bis vor nach zwischen ab von",
            "im jahr jahre jahres in frühjahr sommer herbst winter anfang mitte ende",
            capitals=True,
        ),
        "fr": _Words(
            "janvier|janv février|févr mars avril|avr mai juin juillet|juil août septembre|sept octobre|oct "
            "novembre|nov décembre|déc",
            "lundi mardi mercredi jeudi vendredi samedi dimanche",
            "aujourd'hui, aujourd’hui, ce matin, ce soir",
            "hier",
            "demain",
            "depuis jusqu'en avant après entre dès",
            "en année an fin début mi été l'été",
        ),
        "es": _Words(
            "enero|ene febrero|feb marzo|mar abril|abr mayo junio|jun julio|jul agosto|ago "
            "septiembre|setiembre|sept|sep "
            "octubre|oct noviembre|nov diciembre|dic",
            "lunes martes miércoles jueves viernes sábado domingo",
            "hoy, esta mañana, esta tarde, esta noche",
            "ayer, anoche",
            "",  # "mañana" is the morning as well
            "desde hasta antes entre tras",
            "en de del año verano",
        ),
        "pt": _Words(
            "janeiro|jan fevereiro|fev março|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set "
            "outubro|out novembro|nov dezembro|dez",
            "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
            "hoje, esta manhã, esta noite",
            "ontem",
            "amanhã",
            "desde até antes entre após",
            "em de do ano",
        ),
        "it": _Words(
            "gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago settembre|set "
            "ottobre|ott novembre|nov dicembre|dic",
            "lunedì martedì mercoledì giovedì venerdì sabato domenica",
            "oggi, stamattina, stamane, stasera",
            "ieri",
            "domani",
            "dal dall fino prima dopo tra",
            "nel del anno estate",
        ),
        "nl": _Words(
            "januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug september|sep oktober|okt "
            "november|nov december|dec",
            "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
            "vandaag, vanochtend, vanmorgen, vanmiddag, vanavond",
            "gisteren, gisteravond",
            "morgen",
            "sinds tot voor na tussen vanaf",
            "in jaar begin eind zomer",
        ),
        "sv": _Words(
            "januari|jan februari|feb mars april|apr maj juni|jun juli|jul augusti|aug september|sept oktober|okt "
            "november|nov december|dec",
            "måndag|måndagen|måndagens tisdag|tisdagen|tisdagens onsdag|onsdagen|onsdagens "
            "torsdag|torsdagen|torsdagens "
            "fredag|fredagen|fredagens lördag|lördagen|lördagens söndag|söndagen|söndagens",
            "idag, i dag, i kväll",
            "igår, i går",
            "imorgon, i morgon",
            "sedan till före efter mellan från",
            "år under hösten våren sommaren",
        ),
        "no": _Words(
            "januar|jan februar|feb mars april|apr mai juni|jun juli|jul august|aug september|sept oktober|okt "
            "november|nov desember|des",
            "mandag tirsdag onsdag torsdag fredag lørdag søndag",
            "i dag, i kveld, i morges",
            "i går",
            "i morgen",
            "siden til før etter mellom fra",
            "i år fra høsten våren sommeren",
        ),
        "da": _Words(
            "januar|jan februar|feb marts april|apr maj juni|jun juli|jul august|aug september|sept oktober|okt "
            "november|nov december|dec",
            "mandag tirsdag onsdag torsdag fredag lørdag søndag",
            "i dag, i aften, i morges",
            "i går",
            "i morgen",
            "siden til før efter mellem fra",
            "i år",
        ),
        "pl": _Words(
            "stycznia|styczeń|styczniu lutego|luty|lutym marca|marzec|marcu kwietnia|kwiecień|kwietniu maja|maj|maju "
            "czerwca|czerwiec|czerwcu lipca|lipiec|lipcu sierpnia|sierpień|sierpniu września|wrzesień|wrześniu "
            "października|październik|październiku listopada|listopad|listopadzie grudnia|grudzień|grudniu",
            "poniedziałek|poniedziałku|poniedziałkowy wtorek|wtorku środa|środę|środy czwartek|czwartku piątek|piątku "
            "sobota|sobotę|soboty niedziela|niedzielę|niedzieli",
            "dziś, dzisiaj",
            "wczoraj",
            "jutro",
            "od do przed po między",
            "w roku rok latem",
        ),
        "cs": _Words(
            "ledna|leden|lednu února|únor|únoru března|březen|březnu dubna|duben|dubnu května|květen|květnu "
            "června|červen|červnu července|červenec|červenci srpna|srpen|srpnu září října|říjen|říjnu "
            "listopadu|listopad prosince|prosinec|prosinci",
            "pondělí úterý středa|středu|středy čtvrtek|čtvrtka pátek|pátku sobota|sobotu|soboty neděle|neděli",
            "dnes",
            "včera",
            "zítra",
            "od do před po mezi",
            "v roce roku rok",
        ),
        "ru": _Words(
            "января|январь|январе|янв февраля|февраль|феврале|фев марта|март|марте апреля|апрель|апреле|апр "
            "мая|май|мае "
            "июня|июнь|июне июля|июль|июле августа|август|августе|авг сентября|сентябрь|сентябре|сент "
            "октября|октябрь|октябре|окт ноября|ноябрь|ноябре|нояб декабря|декабрь|декабре|дек",
            "понедельник|понедельника вторник|вторника среда|среду|среды четверг|четверга пятница|пятницу|пятницы "
            "суббота|субботу|субботы воскресенье|воскресенья",
            "сегодня",
            "вчера, накануне",
            "завтра",
            "с со до после перед по",
            "в году год года",
        ),
        "uk": _Words(
            "січня|січень|січні лютого|лютий|лютому березня|березень|березні квітня|квітень|квітні "
            "травня|травень|травні "
            "червня|червень|червні липня|липень|липні серпня|серпень|серпні вересня|вересень|вересні "
            "жовтня|жовтень|жовтні листопада|листопад|листопаді грудня|грудень|грудні",
            "понеділок|понеділка вівторок|вівторка середа|середу|середи четвер|четверга "
            "п'ятниця|п’ятниця|п'ятницю|п’ятницю "
            "субота|суботу|суботи неділя|неділю|неділі",
            "сьогодні",
            "вчора, учора, напередодні",
            "завтра",
            "з із до після перед від",
            "в у році рік року",
        ),
        "tr": _Words(
            "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
            "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
            "bugün, bu sabah, bu akşam",
            "dün",
            "yarın",
            "beri önce sonra",
            "yılında yılı yılının",
        ),
        "id": _Words(
            "januari|jan februari|feb maret|mar april|apr mei juni|jun juli|jul agustus|ogos|agu september|sep "
            "oktober|okt november|nov desember|disember|des",
            "senin|isnin selasa rabu kamis|khamis jumat|jum'at|jumaat sabtu minggu|ahad",
            "hari ini",
            "kemarin, semalam",
            "besok, esok",
            "sejak hingga sampai sebelum setelah antara",
            "pada tahun di",
        ),
        "vi": _Words(
            "",
            "",
            "hôm nay, sáng nay, chiều nay, tối nay",
            "hôm qua",
            "ngày mai",
            "từ đến trước sau",
            "năm",
        ),
        "ar": _Words(
            "يناير|كانون_الثاني فبراير|شباط مارس|آذار أبريل|إبريل|ابريل|نيسان مايو|أيار يونيو|حزيران يوليو|تموز "
            "أغسطس|اغسطس|آب سبتمبر|أيلول أكتوبر|اكتوبر|تشرين_الأول نوفمبر|تشرين_الثاني ديسمبر|كانون_الأول",
            "الاثنين|الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
            "اليوم",
            "أمس",
            "غدا, غدًا",
            "منذ حتى قبل بعد",
            "عام في سنة",
        ),
        "hi": _Words(
            "जनवरी फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर",
            "सोमवार मंगलवार बुधवार गुरुवार|बृहस्पतिवार शुक्रवार शनिवार रविवार",
            "आज",
            "",
            "",
            "से तक",
            "साल वर्ष सन्",
            some_day="कल",
        ),
        "zh": _Words(
            "",
            "星期一|周一|週一 星期二|周二|週二 星期三|周三|週三 星期四|周四|週四 星期五|周五|週五 "
            "星期六|周六|週六 "
            "星期日|星期天|周日|週日",
            "今天, 今日, 今早, 今晚",
            "昨天, 昨日, 昨晚",
            "明天, 明日",
            "",
            "",
        ),
        "ja": _Words(
            "",
            "月曜日|月曜 火曜日|火曜 水曜日|水曜 木曜日|木曜 金曜日|金曜 土曜日|土曜 日曜日|日曜",
            "今日, 本日, 今朝, 今夜",
            "昨日, 昨夜",
            "明日, あす",
            "",
            "",
        ),
        "ko": _Words(
            "",
            "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
            "오늘",
            "어제",
            "내일",
            "",
            "",
        ),
    }
)
_SAME: Final = {"ms": "id", "nn": "no", "nb": "no", "sk": "cs"}
UNSPACED: Final = frozenset({"zh", "ja", "ko"})
"""Languages in which the words stand without spaces around them, or with endings that are not told apart."""


@cache
def calendar_of(language: str | None) -> Calendar:
    """Give the words of a language, by its ISO 639-1 code; English where it has none here."""
    code = _SAME.get(language or "", language or "")
    words = _LANGUAGES.get(code, _LANGUAGES["en"])
    relative: dict[str, int | None] = {}
    for phrases, days in ((words.today, 0), (words.yesterday, -1), (words.tomorrow, 1), (words.some_day, None)):
        relative.update((phrase, days) for phrase in filter(None, map(str.strip, phrases.split(","))))
    return Calendar(
        _numbered(words.months),
        _numbered(words.weekdays),
        MappingProxyType(relative),
        frozenset(words.since.split()),
        frozenset(words.at.split()),
        words.capitals,
    )


def _numbered(words: str) -> Mapping[str, int]:
    forms = (
        (form.replace("_", " "), number) for number, forms in enumerate(words.split(), 1) for form in forms.split("|")
    )
    return MappingProxyType(dict(forms))
