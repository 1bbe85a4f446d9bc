"""Word lists and furniture of the generator: synonyms, months, names, what papers put around a copied text."""

from __future__ import annotations

from typing import Final

_PAIRS: Final = """
said/stated big/large large/sizeable begin/start began/started help/assist helped/assisted buy/purchase
bought/purchased show/demonstrate showed/demonstrated use/employ get/obtain got/obtained many/numerous
about/roughly almost/nearly nearly/almost also/additionally but/yet however/nonetheless because/since
quickly/rapidly rapid/swift important/significant significant/considerable increase/rise increased/rose
decrease/decline decreased/declined fell/dropped drop/fall company/firm firm/company companies/firms
government/administration officials/authorities people/individuals children/youngsters home/house city/town
country/nation countries/nations year/twelvemonth job/position jobs/positions money/funds problem/issue
problems/issues make/produce made/produced give/provide gave/provided need/require needed/required
want/wish wanted/wished try/attempt tried/attempted end/finish ended/finished keep/retain kept/retained
told/informed ask/request asked/requested think/believe thought/believed plan/scheme plans/schemes
agreement/accord deal/agreement talks/discussions meeting/gathering leader/head leaders/heads attack/assault
killed/slain hurt/injured police/officers report/account reports/accounts law/statute rule/regulation
rules/regulations cost/price costs/prices sell/market sold/marketed product/good goods/wares total/sum
expected/anticipated expect/anticipate likely/probable whole/entire main/principal new/fresh old/former
small/modest good/fine great/grand hard/difficult difficult/tough easy/simple often/frequently
sometimes/occasionally usually/normally recently/lately now/currently currently/presently while/whereas
after/following before/prior throughout/across during/throughout around/near between/among under/beneath
part/portion area/region areas/regions group/body groups/bodies way/manner ways/manners result/outcome
results/outcomes change/shift changes/shifts growth/expansion strong/robust weak/feeble high/elevated
low/reduced chief/head bank/lender banks/lenders shares/stock rate/level rates/levels trade/commerce
""".split()
SYNONYMS: Final = dict(pair.split("/") for pair in _PAIRS)
"""English word -> what a copy editor might put for it."""

MONTHS: Final = frozenset(
    """
    january february march april may june july august september october november december jan feb mar apr jun jul
    aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin
    juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre
    octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre de
    """.split()
)

CITIES: Final = "Lisbon Oslo Vienna Dublin Nairobi Toronto Manila Santiago Prague Auckland Bergen Ghent".split()
PEOPLE: Final = (
    "Ada Moreno|Jonas Whitlock|Priya Raman|Tomas Halvorsen|Grace Okafor|Leo Brandt|Mina Castell|Owen Fairley|"
    "Sofia Lindqvist|Karim Haddad|Ruth Ellery|Pavel Novotny"
).split("|")
AGENCIES: Final = ("Northwire", "Meridian Press", "Coastal News Service", "Atlas Agency", "Halyard")

FOOTERS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "Reporting by {person}; editing by {other}.",
        "Read more: our live coverage continues on the front page.",
        "Copyright {agency}. All rights reserved.",
        "Sign up to our morning newsletter for the stories that matter.",
        "This article was first published by {agency} and is used with permission.",
        "Follow us for the latest, and share this story with your friends.",
        "Have a tip? Write to the newsroom at desk@{site}.",
        "Advertisement",
    ),
    "de": (
        "Mit Material der Agentur {agency}.",
        "Alle Rechte vorbehalten, {agency}.",
        "Melden Sie sich für unseren Newsletter an.",
        "Mehr zum Thema lesen Sie auf unserer Startseite.",
    ),
    "zh": ("（编辑：{person}）", "本文由{agency}授权转载，版权所有。", "更多新闻请关注本站首页。"),
    "ja": (
        "（取材・{person}）",
        "この記事は{agency}から配信されました。",
        "最新ニュースはトップページをご覧ください。",
    ),
    "ko": ("저작권자 {agency}, 무단 전재 및 재배포 금지", "더 많은 뉴스는 첫 화면에서 보실 수 있습니다."),
    "th": ("ที่มา {agency}", "ติดตามข่าวสารล่าสุดได้ที่หน้าแรกของเรา"),
    "ar": ("المصدر: {agency}", "تابعوا آخر الأخبار على صفحتنا الرئيسية."),
    "he": ("המקור: {agency}", "לעדכונים נוספים היכנסו לעמוד הראשי שלנו."),
}
"""Language -> lines below a copy; English where a language has none."""

TEASER_ENDS: Final = ("Read the full story.", "Continue reading with a subscription.", "More follows.", "")
