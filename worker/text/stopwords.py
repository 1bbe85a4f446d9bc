"""Function words of some languages: what a key phrase neither begins nor ends with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final[Mapping[str, str]] = {
    "en": "a about above according after again against all almost along already also although always am among an and "
    "another any anyone anything are around as at away back be became because become been before began being "
    "below between both but by came can cannot come could day days did do does doing don done down during each "
    "either else even ever every few first for from further gave get gets getting give given go goes going gone "
    "got had has have having he her here hers herself him himself his how however i if in including instead "
    "into is it its itself just keep kept knew know known last later least less let like likely long look made "
    "make makes making many may maybe me might more most mr mrs ms much must my myself near need never new next "
    "no nor not nothing now of off often old on once one only or other others our out over own part per perhaps "
    "put quite rather really recent recently said same saw say saying says see seem seemed seen several shall "
    "she should since so some someone something soon still such take taken takes taking tell than that the "
    "their them themselves then there these they thing things think this those though three through thus till "
    "time to today together told tomorrow too took toward towards two under until up upon us use used using "
    "very via want wanted wants was way we week well went were what when where whether which while who whole "
    "whom whose why will with within without would year years yesterday yet you your",
    "es": "a al algo alguna alguno algunos ante antes aquel así aun aunque cada como con contra cual cuando cuya cuyo "
    "de del desde después dice dijo donde dos durante e el ella ellas ellos en entonces entre era eran es esa "
    "ese eso esta está están este esto estos fue fueron ha había han hasta hay hace la las le les lo los más me "
    "mi mientras mismo muy nada ni no nos o otra otro otros para pero poco por porque puede pues que quien se "
    "según ser será si sí sido sin sobre son su sus también tan tanto te tiene tienen todo todos tras un una "
    "uno unos y ya yo año años día días",
    "fr": "a à alors ainsi après au aucun aussi autre autres aux avant avec avoir ce cela celle celui ces cet cette "
    "ceux chaque chez ci comme comment d dans de depuis des deux dit donc dont du elle elles en encore entre "
    "est et été être eu fait il ils j je l la là le les leur leurs lors lui mais même mes moi moins mon n ne ni "
    "nos notre nous on ont ou où par parce pas pendant peu peut plus pour pourquoi qu quand que quel quelle qui "
    "s sa sans se sera ses si son sont sous sur t ta tandis tous tout toute toutes très tu un une vers vos "
    "votre vous y an ans jour jours",
    "de": "ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bin bis "
    "da dabei damit dann das dass dem den denn der des deshalb dessen die dies diese diesem diesen dieser "
    "dieses doch dort du durch ein eine einem einen einer eines er es etwa etwas für gegen gibt habe haben hat "
    "hatte hatten hier hinter ich ihm ihn ihr ihre ihrem ihren ihrer im immer in ins ist ja jede jeder jedoch "
    "jetzt kann kein keine können man mehr mit muss müssen nach nicht nichts noch nun nur ob oder ohne sagt "
    "sagte schon sehr sei sein seine seinem seinen seiner seit selbst sich sie sind so sogar soll sollen "
    "sondern sowie über um und uns unter viel viele vom von vor wäre war waren was weil weiter welche wenn wer "
    "werde werden wie wieder will wir wird wo worden wurde wurden zu zum zur zwar zwei zwischen jahr jahre "
    "jahren tag uhr",
    "pt": "a ainda ao aos as até com como contra da das de dela dele depois desde disse do dois dos e é ela elas ele "
    "eles em entre era essa esse esta está estão este eu foi foram há isso isto já lhe mais mas me mesmo muito "
    "na não nas nem no nos nós o onde os ou outra outro outros para pela pelas pelo pelos por porque quando que "
    "quem se segundo sem ser será seu seus só sobre sua suas também tem têm ter teve todo todos um uma umas uns "
    "você ano anos dia dias",
    "it": "a ad agli ai al alla alle anche ancora avere aveva c che chi ci come con contro cui da dagli dai dal dalla "
    "dalle de degli dei del della delle dello di dopo dove due e è ed era essere fa fra gli ha hanno i il in io "
    "l la le lei lo loro lui ma molto ne negli nei nel nella nelle noi non o ogni per perché più poi può prima "
    "quale quando quanto quella quello questa questi questo se senza si sia sono stata stato su sua sue sugli "
    "sui sul sulla sulle suo tra tutti tutto un una uno vi anno anni giorno",
    "nl": "aan al alle alleen als andere ben bij daar dan dat de deze die dit doch doen door dus een eens en er ge "
    "geen geweest haar had heb hebben heeft hem het hier hij hoe hun ik in is ja je kan komt kon kunnen maar me "
    "meer men met mij mijn moet na naar niet nog nu of om omdat ondanks onder ons ook op over reeds te tegen "
    "toch toen tot u uit uw van veel voor want waren was wat we wel werd wezen wie wij wil worden wordt zal ze "
    "zei zelf zich zij zijn zo zonder zou jaar dag",
    "ru": "а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже два для до его "
    "ее её если есть ещё еще же за здесь и из или им их к как какой когда который которая которые кто ли либо "
    "между меня мне может можно мы на над надо нас не него нее ней нет ни них но ну о об один однако он она они "
    "оно от очень перед по под после потом потому при про раз с сам свой своей своего себя сейчас со сообщил "
    "сказал так также такой там те тем то того тоже только том тот тут ты у уже хотя чего чем через что чтобы "
    "эта эти это этого этой этом этот я год года лет день",
    "uk": "а або адже але без би був була були було бути в вам вас ви від він вона вони воно все всі вже для до його "
    "її їх є ж за з зі і із й інші к каже коли ми між може на над нас не ні ніж них о об один однак після під "
    "по при про раз с свій свої сказав собі також там та так такий те ти тих то того тоді той тому тут у хто "
    "хоча це цей ці цього цьому через чи що щоб як який яка які якщо я рік року років день",
    "pl": "a aby ale albo bardzo bez był była było były być by chce ci co czy dla do gdy gdzie go i ich ile im iż ja "
    "jak jako je jego jej jest jeszcze jeśli już każdy kiedy kto która które który ma mają może można na nad "
    "nam nas nie niego niej nich nim no o od oraz po pod poza przed przez przy są się sobie swoje ta tak także "
    "tam te tego tej ten to tu tylko tym u w we wiele więc wszystko z za ze że żeby rok roku lat dni",
    "tr": "acaba ama ancak artık az bana bazı belki ben bile bir biri birkaç biz bu bunu bunun çok çünkü da daha de "
    "değil dedi diye en fakat gibi göre hem hep her hiç için ile ilgili ise kadar kez ki kim mı mi mu mü nasıl "
    "ne neden o olan olarak oldu olduğu olduğunu olmak olup on ona onlar onun sonra şey siz şu tüm ve veya ya "
    "yani yer yıl yıllık gün",
}

STOPWORDS: Final[Mapping[str, frozenset[str]]] = {code: frozenset(words.split()) for code, words in _WORDS.items()}
"""By ISO 639-1 code; casefolded."""
