"""Words of attribution in the ten largest languages, German and Japanese: verbs that say, pronouns, speaking documents.

Written for this project from general knowledge of news prose; not derived from any collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Cues:
    """One language's words, in lower case.

    `verbs` introduce what is said, in the forms that news uses; `plain` are those whose clause is reported speech even
    without a `that`; `pronouns` stand for a speaker; `skipped` may stand between speaker and verb; `that` opens a
    clause; `according` (words in order) names a source without a verb.
    """

    verbs: frozenset[str]
    plain: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    that: frozenset[str] = frozenset()
    according: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class BareCues:
    """A language without capitals: the speaker stands between punctuation and `before` or after `after`.

    `before` are the verbs or particles that follow the speaker, `after` the verbs that precede it.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


ENGLISH: Final = Cues(
    verbs=_words(
        "said says say saying told tells telling asked asks asking added adds adding replied replies replying "
        "responded responds answered answers explained explains explaining wrote writes write writing tweeted tweets "
        "tweeting posted announced announces announcing declared declares declaring stated states stating insisted "
        "insists insisting argued argues argue arguing claimed claims claim claiming noted notes noting continued "
        "continues concluded concludes conclude acknowledged acknowledges admitted admits conceded concedes confirmed "
        "confirms denied denies suggested suggests suggesting warned warns warning recalled recalls remarked remarks "
        "observed observes quipped joked jokes joking shouted shouts yelled screamed cried exclaimed whispered "
        "muttered pleaded promised promises vowed vows vowing pledged pledges maintained maintains contended contends "
        "asserted asserts alleged alleges alleging reported reports reads read testified complained complains "
        "lamented laments boasted boasts bragged predicted predicts cautioned cautions urged urges urging emphasized "
        "emphasizes emphasised stressed stresses reiterated reiterates repeated described describes describing called "
        "calls calling dubbed labeled labelled characterized characterised criticized criticised criticizing blasted "
        "slammed denounced condemned praised hailed mocked accused accuses accusing commented comments opined mused "
        "wondered countered retorted chimed interjected quoted quotes expressed expresses believes believe thinks "
        "think thought feels hopes demanded instructed ordered advised informed revealed reveals disclosed indicated "
        "indicates signaled signalled proclaimed citing cited chanted chanting referred referring refers dismissed "
        "dismissing pointed recounted concurred agreed agrees decried touted railed estimated found finds proposed "
        "speculated taunted threatened chided scolded lashed pressed compared"
    ),
    plain=_words(
        "said says say added adds claimed claims insisted insists argued argues believes announced confirmed warned "
        "stated noted acknowledged admitted suggested stressed emphasized emphasised explained reported told denied "
        "expressed called urged wrote predicted promised vowed pledged alleged maintained contends"
    ),
    pronouns=_words("he she they it i we who which you"),
    skipped=_words(
        "has have had is was were are also later then again once already still now never even repeatedly reportedly "
        "recently earlier first often previously publicly once just simply bluntly flatly further instead been being "
        "would will did does not to has  only both all himself herself went on"
    ),
    that=_words("that"),
    according=(("according", "to"), ("in", "the", "words", "of")),
)

_CASED: Final[Mapping[str, Cues]] = {
    "es": Cues(
        verbs=_words(
            "dijo dice dicen dijeron diciendo afirmó afirma afirmaron aseguró asegura aseguraron señaló señala "
            "señalaron explicó explica explicaron añadió añade agregó agrega declaró declara declararon indicó indica "
            "indicaron manifestó sostuvo sostiene apuntó apunta expresó expresa subrayó subraya destacó destaca "
            "recordó recuerda reconoció reconoce advirtió advierte anunció anuncia denunció denuncia preguntó "
            "pregunta respondió responde contestó escribió escribe comentó comenta insistió insiste confesó precisó "
            "precisa reveló admitió criticó pidió reiteró recalcó dicho afirmado asegurado señalado explicado añadido "
            "declarado indicado manifestado"
        ),
        plain=_words("dijo afirmó aseguró señaló explicó declaró indicó anunció añadió agregó sostuvo"),
        pronouns=_words("él ella ellos ellas quien"),
        skipped=_words("ha han había habían también luego después además fue se le les nos me no ya"),
        that=_words("que"),
        according=(("según",), ("de", "acuerdo", "con")),
    ),
    "pt": Cues(
        verbs=_words(
            "disse diz dizem disseram dizendo afirmou afirma afirmaram declarou declara explicou explica acrescentou "
            "acrescenta contou conta destacou destaca ressaltou ressalta informou informa garantiu garante apontou "
            "aponta escreveu escreve comentou comenta respondeu responde perguntou pergunta admitiu anunciou anuncia "
            "avaliou avalia completou concluiu lembrou lembra reconheceu reforçou relatou revelou criticou defendeu "
            "defende alertou alerta sublinhou referiu salientou dito afirmado declarado"
        ),
        plain=_words("disse afirmou declarou explicou informou anunciou garantiu"),
        pronouns=_words("ele ela eles elas quem"),
        skipped=_words("tem tinha havia também depois ainda foi se lhe não já"),
        that=_words("que"),
        according=(("segundo",), ("de", "acordo", "com"), ("conforme",)),
    ),
    "fr": Cues(
        verbs=_words(
            "dit disent disait déclaré déclare déclarait affirmé affirme affirment affirmait expliqué explique "
            "expliquait ajouté ajoute ajoutait indiqué indique indiquait précisé précise assuré assure assurait "
            "estimé estime estimait souligné souligne soulignait annoncé annonce écrit répondu répond demandé demande "
            "rappelé rappelle confié confie raconté raconte raconta reconnu regretté regrette dénoncé dénonce lancé "
            "lance martelé insisté insiste conclu conclut poursuit poursuivi commenté commente prévenu prévient "
            "reproché averti noté note résume résumé témoigne témoigné admet admis"
        ),
        plain=_words("dit déclaré affirmé expliqué indiqué annoncé précisé assuré estime estimé affirme"),
        pronouns=_words("il elle ils elles on qui"),
        skipped=_words("a ont avait avaient aussi ensuite également encore s' s est se lui leur ne pas t t-il"),
        that=_words("que qu"),
        according=(("selon",), ("d'après",), ("d’après",)),
    ),
    "de": Cues(
        verbs=_words(
            "sagte sagt sagten sagen gesagt erklärte erklärt erklärten betonte betont meinte meint fügte ergänzte "
            "teilte schrieb schreibt geschrieben berichtete berichtet erzählte erzählt antwortete fragte fragt warnte "
            "warnt kritisierte kritisiert forderte fordert kündigte bestätigte bestätigt behauptete behauptet "
            "versicherte räumte verwies unterstrich bekräftigte äußerte äußerten bezeichnete nannte rief lobte mahnte "
            "so zitierte zitiert findet fand hieß heißt"
        ),
        plain=_words("sagte sagt erklärte betonte meinte behauptete warnte bestätigte berichtete"),
        pronouns=_words("er sie es wer"),
        skipped=_words("hat hatte haben auch dann zudem weiter noch am der die das sich nicht"),
        that=_words("dass"),
        according=(("laut",), ("nach", "angaben", "von"), ("zufolge",)),
    ),
    "ru": Cues(
        verbs=_words(
            "сказал сказала сказали говорит говорят говорил говорила заявил заявила заявили заявляет сообщил сообщила "
            "сообщили сообщает сообщают отметил отметила отметили отмечает подчеркнул подчеркнула подчеркнули добавил "
            "добавила добавили рассказал рассказала рассказали объяснил объяснила пояснил пояснила пояснили написал "
            "написала написали пишет считает считают уверен уверена утверждает утверждал ответил ответила спросил "
            "спросила признал признала признался предупредил предупредила напомнил напомнила указал указала уточнил "
            "уточнила уточнили подтвердил подтвердила цитирует передает передаёт призвал призвала назвал назвала "
            "прокомментировал резюмировал заключил говорится"
        ),
        plain=_words(
            "сказал заявил заявила заявили сообщил сообщила сообщили отметил отметила добавил рассказал считает"
        ),
        pronouns=_words("он она они кто"),
        skipped=_words("также затем ранее позже уже еще ещё не"),
        that=_words("что"),
        according=(("по", "словам"), ("согласно",), ("по", "мнению"), ("по", "данным")),
    ),
}

BARE: Final[Mapping[str, BareCues]] = MappingProxyType(
    {
        "zh": BareCues(
            before=tuple(
                "表示 指出 认为 認為 称 稱 说 說 强调 強調 告诉 告訴 宣布 透露 介绍 介紹 回应 回應 写道 寫道 补充 補充 "
                "坦言 直言 解释 解釋 警告 呼吁 呼籲 质疑 質疑".split()
            )
        ),
        "ja": BareCues(before=tuple("は も が".split())),
        "ar": BareCues(
            after=tuple(
                "قال وقال قالت وقالت أضاف وأضاف أضافت وأضافت أكد وأكد أكدت وأكدت صرح وصرح صرحت أعلن وأعلن أعلنت أوضح "
                "وأوضح أوضحت ذكر وذكر ذكرت كتب وكتب كتبت أشار وأشار أشارت اعتبر واعتبر تابع وتابع".split()
            )
        ),
        "hi": BareCues(before=tuple("ने का के".split()), after=tuple("अनुसार मुताबिक".split())),
        "bn": BareCues(before=tuple("বলেন বলেছেন জানান জানিয়েছেন বললেন বলছেন মন্তব্য".split()), after=("বলেন",)),
        "ur": BareCues(before=tuple("نے کا کے".split())),
    }
)
"""Languages whose scripts have no capitals."""

DOCUMENTS: Final = _words(
    "statement report letter memo release filing lawsuit study paper document tweet complaint post ad email e-mail "
    "indictment ruling order petition declaration communique communiqué resolution text message article editorial "
    "website dispatch announcement notice bulletin memorandum affidavit transcript survey poll story clip video "
    "narrator"
)
"""English nouns for what is written or recorded and so can be said to say something."""


def cues_for(language: str | None) -> Cues:
    """Give the table of a language with capitals; English where there is none."""
    return _CASED.get(language or "en", ENGLISH)
