"""Words that say nothing of a subject, by language: function words, verbs and nouns of reporting; data alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from worker.text.calendar import calendar_of

_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "en": (
            "a about above across after again against ago all almost along already also although always am "
            "among an and another any anyone anything are around as asked at away back be became because become "
            "been before began begin being below best better between both bring but by called came can cannot "
            "come could day days did do does doing done down during each early either else enough even ever "
            "every everyone everything far few first five for former found four from full further gave get gets "
            "getting give given go goes going gone good got great had has have having he her here hers herself "
            "him himself his how however hundred i if in include including indeed inside instead into is it its "
            "itself just keep kept knew know known last late later least less let like likely little long look "
            "looking lot made make makes making many may maybe me mean means might million billion mine month "
            "months more most mr mrs ms dr much must my myself near nearly need never new next no none nor not "
            "nothing now of off often old on once one ones only onto or other others our ours out outside over "
            "own part people per percent perhaps put quite rather re read really reported right said same saw "
            "say saying says second see seem seemed seen set several shall she should show showed since six so "
            "some someone something soon still such take taken taking tell ten than that the their theirs them "
            "themselves then there therefore these they thing things think third this those though thought "
            "thousand three through thus time times to today together told tomorrow too took toward towards try "
            "two under unless until up upon us use used using very via want wanted was way we week weeks well "
            "went were what when where whether which while who whole whom whose why will with within without "
            "work would year years yes yesterday yet you your yours yourself according added don't didn't "
            "doesn't isn't wasn't weren't aren't can't won't wouldn't couldn't shouldn't haven't hasn't hadn't "
            "it's that's there's he's she's they're we're you're i'm i've we've they've you've i'll we'll "
            "you'll he'd she'd let's what's who's seven eight nine"
        ),
        "de": (
            "ab aber alle allem allen aller alles als also am an andere anderen anderer anderes auch auf aus "
            "bei beim bereits besonders bin bis bisher bist da dabei dadurch dafür dagegen daher damit danach "
            "dann daran darauf darin darüber das dass davon davor dazu dein dem demnach den denen denn dennoch "
            "der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch dort drei du durch "
            "ebenfalls ein eine einem einen einer eines einige einmal er erst erste ersten es etwa etwas euro "
            "für ganz gar geben gegen gegenüber geht gewesen gibt ging gut habe haben hat hatte hatten hätte "
            "hätten her heute hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem "
            "ins insgesamt ist ja jahr jahre jahren jede jedem jeden jeder jedes jedoch jetzt kam kann kein "
            "keine keinem keinen keiner können könnte könnten laut lassen machen macht man mehr mein meine "
            "menschen mit mittlerweile muss müssen nach nachdem neben neue neuen nicht nichts noch nun nur ob "
            "oder ohne prozent rund sagt sagte schon sehr sei seien sein seine seinem seinen seiner seit selbst "
            "sich sie sind so sogar soll sollen sollte sollten sondern sowie später statt stehen steht tag tage "
            "tagen teil trotz über um und uns unser unsere unter viel viele vielen vier vom von vor war wäre "
            "waren warum was weg wegen weil weiter weitere weiteren welche welcher wenig wenn wer werde werden "
            "wie wieder will wir wird wo wollen worden würde würden wurde wurden zeit zu zudem zum zur zwar "
            "zwei zwischen"
        ),
        "fr": (
            "a afin ai ainsi alors année années ans après assez au aucun aucune aujourd'hui auquel aura aurait "
            "aussi autre autres aux avaient avait avant avec avoir ayant beaucoup bien car ce ceci cela celle "
            "celles celui cependant ces cet cette ceux chaque chez ci comme comment contre d'abord dans de "
            "depuis dernier dernière derrière des deux devant devrait dire dit doit doivent donc dont du durant "
            "elle elles en encore entre envers est et étaient était étant été être eu eux fait faire fois font "
            "grand grande hier hors ici il ils jamais je jour jours jusqu l'on la le les leur leurs lors "
            "lorsque lui là ma mais malgré me même mêmes mes millions moi moins mois mon ne ni non nos notre "
            "nous nouveau nouvelle on ont or ou où par parce parmi pas pendant peu peut peuvent plus plusieurs "
            "pour pourquoi pourrait près premier première puis qu'il qu quand que quel quelle quelques qui quoi "
            "sa sans se selon sera seront ses si sien soit son sont sous souvent sur ta tandis te tel telle "
            "temps toujours tous tout toute toutes très trois trop tu un une vers voici voir vos votre vous "
            "c'est n'est d'un d'une qu'elle s'est"
        ),
        "es": (
            "a ahora al algo alguna algunas alguno algunos además año años ante antes aquel aquella aquellos "
            "aquí así aún aunque ayer bajo bien cada casi como cómo con contra cosa cosas cual cuales cuando "
            "cuenta cuál cuándo de debe deben decir del desde después día días dice dicho dijo donde dos "
            "durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta está están estaba "
            "estado estas este esto estos fue fueron gran grandes ha había habían haber hace hacer hacia han "
            "hasta hay hecho hoy incluso la las le les lo los luego más mayor me mediante mejor menos mi "
            "mientras millones mis mismo misma momento mucho muchas muchos muy nada ni ningún ninguna no nos "
            "nosotros nuestra nuestro nueva nuevo nunca o otra otras otro otros para parte pero personas poco "
            "por porque primer primera primero puede pueden pues que qué quien quienes según ser será si sí "
            "sido siempre sin sino sobre solo sólo son su sus tal también tan tanto te tener tiene tienen toda "
            "todas todavía todo todos tras tres tu tuvo un una unas uno unos vez veces ya y yo"
        ),
        "pt": (
            "a acordo agora ainda além alguma algumas alguns ano anos antes ao aos apenas após aquela aquele "
            "aqui as assim até bem cada com como contra da das de depois desde dessa desse desta deste dia dias "
            "disse do dois dos durante e é ela elas ele eles em enquanto entre era eram essa essas esse esses "
            "esta está estão estava estar este estes eu faz fazer foi foram grande há havia hoje isso isto já "
            "la lhe mais mas mesmo mesma meu milhões minha muito muitos na nas nem nessa nesta neste no nos nós "
            "nossa nosso não nova novo num numa o onde ontem os ou outra outras outro outros para parte pela "
            "pelas pelo pelos pessoas pode podem por porque pouco primeira primeiro qual quando que quem quer "
            "se segundo seja sem sempre ser será seu seus sido só sob sobre sua suas também tem têm tempo ter "
            "teve tinha toda todas todo todos três tudo um uma umas uns vai vez vezes você"
        ),
        "it": (
            "per a abbiamo agli ai al alcune alcuni alla alle allo allora altra altre altri altro anche ancora anni "
            "anno appena avere aveva avevano avuto ben bene c'è che chi ci ciò coi col come con contro cosa "
            "così cui da dagli dai dal dalla dalle dallo degli dei del dell della delle dello dentro detto deve "
            "di dopo dove due dunque durante e è ed ecco era erano essere fa fare fatto fino fra già giorni "
            "giorno gli grande ha hanno ho i ieri il in infatti insieme io l la le lei lo loro lui ma mai me "
            "meno mentre mi milioni mio molte molti molto ne negli nei nel nella nelle nello nessun noi non "
            "nostra nostro nuova nuovo o oggi ogni oltre ora parte perché però persone più poco poi possono "
            "prima primo proprio può quale quali quando quanto quasi quella quelle quelli quello questa queste "
            "questi questo qui quindi sarà se sempre senza si sia siamo sono sopra sotto sta stata stati stato "
            "su sua sue sugli sui sul sulla sulle suo suoi tra tre troppo tutta tutte tutti tutto un una uno va "
            "verso vi volta volte"
        ),
        "nl": (
            "aan af al alle alleen alles als altijd andere anderen bent bij bijna daar daarbij daarom dan dat "
            "de deze die dit door drie dus een eens eerste eigen elk en er ergens euro gaan gaat geen geweest "
            "gewoon goed haar had hadden heb hebben heeft heel hem hen het hier hij hoe hun iedereen iets ik in "
            "is ja jaar jaren je jullie kan keer komen komt kon kunnen laat maar maken man me meer men mensen "
            "met mij mijn moet moeten mogelijk na naar nam niet niets nieuwe nog nu of om omdat ondanks onder "
            "ons onze ook op over procent sinds staan staat te tegen terwijl tijd tijdens toch toen tot tussen "
            "twee uit van vanaf vandaag veel verder vier volgens voor vooral waar waarom wanneer want waren was "
            "wat we weer wel welke werd werden wie wij wil willen worden wordt zal ze zegt zei zeer zelf zich "
            "zij zijn zo zoals zonder zou zouden"
        ),
        "sv": (
            "hon a alla allt andra att av bara bland blev bli blir både de del dem den denna deras dess dessa det "
            "detta dig din dock dom du där därför efter eftersom ej eller en enligt ett finns flera fram från "
            "får få för första går genom gör göra ha hade han hans har hela henne hennes honom hos hur här i "
            "ingen innan inom inte ja jag kan kommer kronor kunde lite man med medan mellan men mer mest mot "
            "mycket många måste ned ner ni nu ny nya någon något några när och också om oss på redan sa samma "
            "sedan sig sin sina sitt själv ska skulle som stor så säger tar till tre två under upp ut utan vad "
            "var vara varit vi vid vilja vilket vill vår vårt våra är år åt även över"
        ),
        "no": (
            "alle alt andre at av bare ble bli blir blitt både da de deg dem den denne der dere deres det dette "
            "disse du etter eller en enn er et ett for fordi fra få får før første går ha hadde han hans har "
            "hele henne hennes her hun hva hvem hver hvis hvor hvordan i ifølge igjen ikke ingen inn jeg kan "
            "kom kommer kroner kunne litt man mange med meg mellom men mens mer mest mot mye må når ned nei noe "
            "noen nye nå og også om opp oss over på samme seg selv si sier sin sine sitt skal skulle slik som "
            "store så sa ta til to tre under ut uten var ved vi vil ville vært vår være år"
        ),
        "da": (
            "af alle alt andre at bare blev blive bliver både da de dem den denne der deres det dette disse dog "
            "du efter eller en end er et for fordi fra få får før første går ham han hans har havde have hele "
            "hende hendes her hun hvad hvem hver hvis hvor hvordan i ifølge igen ikke ingen ind jeg kan kom "
            "kommer kroner kunne lidt man mange med meget mellem men mens mere mest mig mod må når ned nej "
            "noget nogle nye nu og også om op os over på samme se selv sig siger sin sine sit skal skulle som "
            "store så sagde til to tre ud uden under var ved vi vil ville være været vores år"
        ),
        "pl": (
            "a aby albo ale ani aż bardzo bez bo być będzie będą był była było były by chce co coś czy czyli "
            "dla do dwa dwóch dzień gdy gdzie go i ich ile im inne innych ja jak jako je jednak jego jej jest "
            "jeszcze jeśli już każdy kiedy kilka kto która które którego której który którym których którzy lat "
            "lata ma mają mi między może można mu my na nad nam nas nawet nich nie nim niż nowy o od ok on ona "
            "one oni oraz osób po pod podczas ponad poza przed przede przez przy roku również są się sobie "
            "swoje swój ta tak także tam te tego tej temu ten też to tu ty tych tylko tym u w wczoraj we według "
            "więc wszystko wszystkie wśród z za zawsze ze że został została zostały żeby"
        ),
        "cs": (
            "a aby ale ani ano asi až bez bude budou by byl byla byli bylo byly být co což či další dál dva dvě "
            "do ho i ich já jak jako je jeho jej její jejich jen ještě jenž jeden jedna jestli ji jí jich jim "
            "jinak již jsem jsme jsou k kam kde kdo když ke kolem která které který kteří lidí let má mají mezi "
            "mi mimo může mu my na nad nebo než ne nejsou není nich nové o od on ona oni ovšem po pod podle "
            "pokud pouze pro proti proto protože před při r roce roku rok řekl řekla s se si sice své svůj ta "
            "tak také takže tam tato ten tedy též to tom tomto toto třeba tu tuto ty tyto u už v ve však "
            "všechny vždy z za ze že"
        ),
        "ru": (
            "а без более больше будет будут бы был была были было быть в вам вас весь во вот все всего всех вы "
            "где год года году да даже два для до его ее её если есть еще ещё же за здесь и из или им их к как "
            "какой когда которая которого которое которой которые который которых кто куда ли либо лишь между "
            "меня мне много может можно мы на над надо нам нас начала не него нее нет ни них но новый ну о об "
            "один одна однако он она они оно от очень перед по под после потому почему при про раз с сам самый "
            "сейчас себя со снова стал стала стали так также такой там те тем теперь то того тоже той только "
            "том тот три тут ты у уже хотя чего человек чем через что чтобы эта эти это этого этой этом этот "
            "этих я является сообщил сообщила сообщает сказал заявил заявила отметил рассказал словам время лет "
            "дня день рублей тысяч млн млрд"
        ),
        "uk": (
            "а або але без більше був була були було бути в вам вас весь вже ви від він вона вони воно все всі "
            "всіх де для до його її їх із з за і й інші ім'я із-за як яка яке який яких які якщо коли кого "
            "котрий крім ли лише між мене мені може можна ми на над нам нас не нього неї немає ні ніж них нові "
            "о об один одна однак одного он оскільки от перед під після по понад при про проте раз разом рік "
            "року році роки сам своє свої своїх себе серед так також такий там те тим того тоді той тому три "
            "тут ту ти у уже хто це цей ця цього цьому цих чи через час щоб що ще я заявив заявила повідомив "
            "повідомила повідомляє сказав розповів зазначив словами день дня людей тисяч млн грн"
        ),
        "tr": (
            "acaba ama ancak artık aslında az bana bazı belki ben beri bile bin bir biraz birçok biri birlikte "
            "biz bu buna bunlar bunu bunun burada bütün çok çünkü da daha dan de değil den diye dolayı dün en "
            "etti edildi edilen eden ediyor fakat gibi göre gün hem hep her hiç için ile ilgili ilk ise iki "
            "ifade ın kadar karşı kendi ki kim mi mı mu mü milyon nasıl ne neden nerede o olan olarak oldu "
            "olduğu olduğunu olması on ona onlar onu onun orada oysa öyle pek sadece sahip saat sen siz son "
            "sonra şey şöyle şu tarafından tüm üç üzere üzerinde var ve veya ya yani yapılan yaptığı yeni yer "
            "yıl yılında yok yüzde zaman konuştu söyledi dedi belirtti"
        ),
        "id": (
            "ada adalah agar akan aku anda antara apa atas atau bagi bahwa baik banyak baru beberapa begitu "
            "belum berada bisa bukan dalam dan dapat dari daripada dengan di dia dilakukan dua hal hanya hari "
            "harus hingga ia ini itu jadi jika juga kami karena kata ke kepada kembali ketika kini kita lagi "
            "lain lalu lebih maka masih mereka merupakan mulai namun nya oleh orang pada para pernah pula pun "
            "saat saja salah sama sampai sangat satu saya sebagai sebanyak sebelum sebelumnya sebuah secara "
            "sedang sehingga sejak sejumlah sekitar selama seluruh semua seorang seperti serta setelah setiap "
            "sudah tahun tak tapi telah tentang terhadap terjadi tersebut tetapi tidak tiga untuk usai waktu "
            "yaitu yang ujar ujarnya katanya rp juta"
        ),
        "vi": (
            "anh bị bởi các cái cả cần càng chỉ cho chưa có còn của cũng do đã đang đây đầu để đến đi điều đó "
            "được em gì giữa hai hay hơn họ hoặc khi không là lại lên làm mà mình mỗi một này năm nên nếu người "
            "nhiều như nhưng những nơi ông phải qua ra rằng rất rồi sau sẽ so sự tại theo thì thế trên trong "
            "trước từ từng tôi và vào vẫn về vì việc với vừa ngày tháng cùng"
        ),
        "ar": (
            "في من على إلى الى عن مع أن ان إن أنه انه هذا هذه ذلك تلك التي الذي الذين ما لا لم لن كان كانت يكون "
            "هو هي هم كما كل بعد قبل بين حتى عند قد لقد أو او ثم أي اي غير بعض أكثر اكثر خلال منذ حول ضد وفي "
            "ومن وعلى وقد وأن وكان فيها فيه عليه عليها له لها بها به منها منه أنها وهو وهي كانوا أيضا ايضا قال "
            "قالت وقال وقالت أضاف وأضاف عام يوم اليوم"
        ),
        "hi": (
            "के का की को में से है हैं और ने पर यह वह कि भी था थी थे हो एक इस उस ही तो कर जो लिए अपने या नहीं "
            "साथ बाद तक जा रहा रही रहे गया गई गए हुए हुई हुआ किया करने करते इन उन उनके इसके उसके जब अब कहा "
            "बताया दिया कुछ कोई सभी दो आज अपनी अपना"
        ),
    }
)
_SAME: Final = {"ms": "id", "nb": "no", "nn": "no", "sk": "cs"}


@cache
def stopwords_of(language: str | None) -> frozenset[str]:
    """Give the words of a language (ISO 639-1) in lower case, months and weekdays too; empty where none are known."""
    code = _SAME.get(language or "", language or "")
    words = _WORDS.get(code)
    if words is None:
        return frozenset()
    calendar = calendar_of(code)
    named = (form for forms in (calendar.months, calendar.weekdays, calendar.relative) for form in forms)
    return frozenset(words.split()).union(word.replace("’", "'") for word in named)
