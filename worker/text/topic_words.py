"""Words that tell a subject, by language and IPTC Media Topic; written by hand, trained on nothing; data alone.

Codes and labels are those of the IPTC Media Topics NewsCodes (CC BY 4.0, https://iptc.org/standards/media-topics/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from worker.text.topic_words_en import ENGLISH


@dataclass(frozen=True, slots=True)
class MediaTopic:
    """A topic: code, label, and the code of the topic of the first level above it (None: it is one)."""

    code: str
    label: str
    parent: str | None = None


_TOPICS: Final = (
    ("arts", "01000000", "Arts, culture, entertainment and media", None),
    ("media", "20000045", "Mass media", "arts"),
    ("crime", "02000000", "Crime, law and justice", None),
    ("court", "20000106", "Judiciary", "crime"),
    ("disaster", "03000000", "Disaster, accident and emergency incident", None),
    ("economy", "04000000", "Economy, business and finance", None),
    ("markets", "20000385", "Market and exchange", "economy"),
    ("education", "05000000", "Education", None),
    ("environment", "06000000", "Environment", None),
    ("climate", "20000418", "Climate change", "environment"),
    ("health", "07000000", "Health", None),
    ("human", "08000000", "Human interest", None),
    ("labor", "09000000", "Labor", None),
    ("leisure", "10000000", "Lifestyle and leisure", None),
    ("politics", "11000000", "Politics", None),
    ("election", "20000574", "Election", "politics"),
    ("government", "20000593", "Government", "politics"),
    ("relations", "20000638", "International relations", "politics"),
    ("diplomacy", "20000639", "Diplomacy", "politics"),
    ("religion", "12000000", "Religion and belief", None),
    ("science", "13000000", "Science and technology", None),
    ("technology", "20000756", "Technology and engineering", "science"),
    ("society", "14000000", "Society", None),
    ("immigration", "20000771", "Immigration", "society"),
    ("sport", "15000000", "Sport", None),
    ("soccer", "20001065", "Soccer", "sport"),
    ("war", "16000000", "Conflict, war and peace", None),
    ("terror", "20000053", "Act of terror", "war"),
    ("weather", "17000000", "Weather", None),
)
_CODES: Final = {name: f"medtop:{code}" for name, code, _, _ in _TOPICS}
TOPICS: Final[Mapping[str, MediaTopic]] = MappingProxyType(
    {name: MediaTopic(_CODES[name], label, _CODES[parent] if parent else None) for name, _, label, parent in _TOPICS}
)
"""Topic by its name in the tables below."""

# Words of a section's or tag's name, in all languages at once; a name is looked up as a whole and word by word.
_SECTIONS: Final[Mapping[str, str]] = {
    "arts": (
        "culture kultur cultura cultuur kultura культура arts entertainment film movies music "
        "musik musique música theater theatre kino cinema books bücher livres libros literatur "
        "feuilleton television tv spettacoli espectáculos 文化 エンタメ 연예 문화 شقافة فن"
    ),
    "media": "media medien médias medios медиа",
    "crime": (
        "crime kriminalität justiz justice justicia krimi giustizia policial polizei криминал "
        "kriminal sucesos krim 사회사건"
    ),
    "disaster": "disasters katastrophen unfälle accidents происшествия 災害 地震・災害",
    "economy": (
        "business economy wirtschaft economía economia économie economie ekonomi ekonomia "
        "ekonomika finance finanzen finanza finanzas money geld unternehmen companies экономика "
        "економіка бизнес бізнес bisnis gospodarka biznes erhverv näringsliv økonomi 経済 金融 "
        "经济 경제 اقتصاد kinh_doanh energie immobilien"
    ),
    "markets": "markets börse bourse bolsa borsa mercados aktien stocks",
    "education": (
        "education bildung éducation educación educação istruzione utbildning uddannelse "
        "utdanning eğitim образование освіта 教育 교육 pendidikan schule campus"
    ),
    "environment": (
        "environment umwelt environnement ambiente miljö miljø medio_ambiente экология ocean 環境 환경 lingkungan"
    ),
    "climate": "climate klima climat clima",
    "health": (
        "health gesundheit santé salud saúde salute gezondheid hälsa helse sundhed sağlık "
        "здоровье здоров'я zdraví zdrowie 健康 건강 صحة kesehatan medicine medizin"
    ),
    "labor": "jobs karriere careers arbeit emploi empleo",
    "leisure": (
        "lifestyle life leben travel reise reisen voyage viajes viaggi food essen beauty mode "
        "fashion auto motor ratgeber wohnen freizeit style gastronomie garten livsstil eat "
        "drink rezepte"
    ),
    "human": "people celebrity celebrities promis stars kjendis gente vip royals leute",
    "politics": (
        "politics politik politique política politica politiek politika polityka политика "
        "політика innenpolitik inland parlament siyaset 政治 정치 정치일반 سياسة innenriks "
        "landespolitik government"
    ),
    "election": "election elections wahl wahlen élections elecciones elezioni eleições",
    "relations": "diplomacy außenpolitik esteri",
    "religion": "religion kirche iglesia chiesa glaube",
    "science": (
        "science wissen wissenschaft sciences ciencia ciência scienza wetenschap vetenskap "
        "videnskab bilim наука 科学 과학 space astronomy"
    ),
    "technology": (
        "tech technology technik digital technologie tecnología tecnologia netzwelt internet "
        "computer it teknoloji технологии технології mobiles 技術 it_과학"
    ),
    "society": (
        "society gesellschaft société sociedad sociedade società samhälle samfund samfunn "
        "общество суспільство familie 社会 사회"
    ),
    "immigration": "migration immigration",
    "sport": (
        "sport sports deportes esporte esportes desporto спорт spor spor&skor olympia スポーツ "
        "体育 스포츠 رياضة olahraga handball eishockey formula_1 basketball nba tennis"
    ),
    "soccer": (
        "football fußball fussball fútbol futbol futebol calcio voetbal fotboll fodbold fotball "
        "футбол soccer サッカー 축구"
    ),
    "war": "krieg war guerra guerre война війна konflikty_zbrojne konflikte difesa defense",
    "weather": "weather wetter météo tiempo meteo väder vejret vær hava_durumu погода 天気 날씨",
}

# Beginnings of words, case-folded; four letters at least.
_STEMS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "arts": (
            "album actor actress artist museum novel painting theatre theater concert film "
            "movie cinema musician singer orchestra exhibition author sculpt festival premiere "
            "director book literar band opera dance"
        ),
        "media": "journalist newspaper broadcaster newsroom editor television",
        "crime": (
            "crime criminal murder police polic arrest suspect theft robber fraud victim stabb "
            "shoot kidnap homicide detective prison jail assault rape drug traffick smuggl"
        ),
        "court": (
            "court judge trial lawsuit verdict sentenc prosecut attorney lawyer appeal "
            "plaintiff defendant jury convict indict ruling justice"
        ),
        "disaster": (
            "earthquake flood wildfire crash collision explosion rescue firefighter tsunami "
            "landslide eruption evacuat derail disaster casualt drown emergenc magnitude"
        ),
        "economy": (
            "econom business compan profit revenue inflation bank trade tariff invest export "
            "import industr budget tax debt price consumer retail manufactur loan merger sales "
            "earnings growth financ startup fiscal currenc"
        ),
        "markets": "stock share bond index dividend trader commodit yield nasdaq crude",
        "education": (
            "school student teacher universit college curriculum pupil classroom education campus tuition academ exam"
        ),
        "environment": (
            "environment pollut wildlife biodivers conserv forest species ecosystem plastic "
            "river ocean habitat emission recycl"
        ),
        "climate": "climate warming carbon greenhouse fossil renewable",
        "health": (
            "health hospital doctor patient disease virus vaccin cancer medic infect symptom "
            "surger nurse drug therap pandemic covid diabet obes clinic treatment diagnos "
            "mental"
        ),
        "human": ("celebrit birthday anniversar royal prince princess wedding influencer lottery rescued"),
        "labor": ("strike union worker wage employ layoff unemploy labor labour pension workplace hiring dismiss"),
        "leisure": (
            "recipe travel hotel holiday fashion restaurant cooking tourist tourism beauty "
            "garden wine cruise vacation airline flight cuisine chef lifestyle car vehicle"
        ),
        "politics": (
            "politic parliament senat congress lawmaker opposition democrat republican "
            "conservat liberal bill legislat coalition policy party"
        ),
        "election": "election vote voter ballot candidate campaign poll referend elector",
        "government": ("government minister ministry president governor mayor cabinet administration council"),
        "relations": ("foreign diploma summit sanction treaty bilateral allianc nato embass ambassador negotiat"),
        "diplomacy": "diploma ambassador embass envoy talks negotiat summit secretary",
        "religion": (
            "church pope bishop mosque islam christian catholic religio priest muslim jewish faith pray vatican"
        ),
        "science": (
            "scien research study astronom physic biolog planet spacecraft satellit laborator "
            "telescope genom nasa experiment rocket"
        ),
        "technology": (
            "technolog software internet digital comput smartphone robot algorithm artificial "
            "cyber google apple microsoft chatbot startup data online platform"
        ),
        "society": (
            "communit famil gender poverty homeless equality discriminat racis population "
            "abortion women children welfare minority"
        ),
        "immigration": "immigra migrant refugee asylum deport border visa",
        "sport": (
            "sport team player coach champion tournament league olympic athlete match medal "
            "season game score win race basketball tennis cricket rugby hockey baseball "
            "quarterback playoff stadium medallist golf"
        ),
        "soccer": "soccer football goalkeeper striker midfielder fifa uefa premier",
        "war": (
            "war soldier troop missile military army ceasefire invasion drone bomb weapon "
            "airstrike militar conflict hostage militia escalat occupi defense defence attack "
            "annex naval commander"
        ),
        "terror": "terror jihad suicide extremis hostage",
        "weather": (
            "weather storm rain snow forecast temperatur hurricane heatwave drought thunderstorm wind typhoon cyclone"
        ),
    },
    "de": {
        "arts": (
            "film museum konzert theater musik künstler schauspiel roman album ausstellung "
            "regisseur kultur oper sänger autor buch literatur kino festival bühne kunst serie"
        ),
        "media": "journalist zeitung rundfunk fernseh redaktion medien",
        "crime": (
            "polizei täter verdächt festgenommen mord straft betrug ermittl überfall opfer "
            "diebstahl kriminal verbrech gewalt razzia drogen haft missbrauch tatort"
        ),
        "court": (
            "gericht richter urteil prozess anklage staatsanwalt klage verurteil anwalt "
            "angeklagt bundesverfassung verfassungsbeschwerde justiz"
        ),
        "disaster": (
            "erdbeben hochwasser unfall explosion feuerwehr brand rettung flut katastroph "
            "absturz evakuier verletzt unglück stromausfall"
        ),
        "economy": (
            "wirtschaft unternehmen konzern umsatz gewinn inflation bank handel zoll zölle "
            "invest export industrie steuer schulden preis verbraucher haushalt finanz "
            "konjunktur milliard aufsichtsrat hersteller insolvenz"
        ),
        "markets": "aktie börse dax anleger zins kurs anleihe rendite",
        "education": ("schule schüler lehrer universität student bildung unterricht hochschul klassenzimmer abitur"),
        "environment": (
            "umwelt natur artenschutz wald müll tierart schadstoff naturschutz gewässer fisch plastik pflanze"
        ),
        "climate": "klima erderwärm emission treibhaus energiewende",
        "health": (
            "gesundheit krankenhaus arzt ärzt patient krank virus impf krebs medizin infekt "
            "symptom pflege therapie pandemie corona klinik allergi adipositas"
        ),
        "human": "promi prinz königin jubiläum geburtstag hochzeit royal",
        "labor": (
            "streik gewerkschaft arbeitnehmer lohn löhne tarif arbeitsplatz arbeitslos arbeitgeber entlass stellenabbau"
        ),
        "leisure": (
            "rezept reise urlaub hotel mode restaurant kochen tourist garten auto bahn ticket lego verkehr fahrgäst"
        ),
        "politics": (
            "politik partei bundestag landtag opposition koalition abgeordnet gesetz spd cdu "
            "fdp grüne parlament fraktion ampel"
        ),
        "election": "wahl wähler kandidat stimmen umfrage",
        "government": "regierung minister kanzler präsident bürgermeister kabinett ministerium",
        "relations": ("außenpolitik außenminister sanktion diplomat bündnis nato botschaft vereinten gipfel"),
        "diplomacy": "diplomat botschafter verhandl gipfel",
        "religion": ("kirche papst bischof moschee islam christ katholi evangelisch religi gottes muslim synode"),
        "science": "wissenschaft forsch studie astronom physik biolog planet satellit rakete labor",
        "technology": (
            "technolog software internet digital computer smartphone roboter algorithm "
            "künstliche cyber chatbot daten glasfaser mobilfunk"
        ),
        "society": (
            "gesellschaft familie frauen kinder armut gleichstellung diskriminier rassis "
            "bevölkerung geschlecht selbstbestimmung"
        ),
        "immigration": "migra flüchtling asyl abschieb geflüchtet zuwander",
        "sport": (
            "sport mannschaft spieler trainer meister turnier liga olympi athlet medaille "
            "saison spiel sieg rennen weltcup handball tennis skispring regatta weltmeister "
            "boxe"
        ),
        "soccer": "fußball bundesliga torwart stürmer fifa uefa elfmeter tore verein",
        "war": ("krieg soldat rakete militär armee waffen angriff drohne bombe front geisel offensive kämpf putsch"),
        "terror": "terror islamist anschlag attentat extremis",
        "weather": "wetter sturm regen schnee temperatur hitze gewitter unwetter",
    },
    "fr": {
        "arts": (
            "film musée concert théâtre musique artiste acteur actrice roman album exposition cinéma chanteu festival"
        ),
        "media": "journalist journaux télévision presse",
        "crime": ("police policier meurtre suspect arrêté crime enquête victime violence drogue gendarm prison agress"),
        "court": "tribunal procès juge condamn avocat procureur plainte justice",
        "disaster": "séisme inondation incendie accident explosion pompiers catastrophe secours",
        "economy": (
            "économi entreprise bénéfice inflation banque commerce industri budget impôt dette "
            "ventes chiffre marché constructeur croissance"
        ),
        "markets": "bourse action obligation",
        "education": "école élève enseign université étudiant lycée éducation",
        "environment": "environnement pollution biodivers espèce forêt pêche océan nature",
        "climate": "climat réchauff carbone",
        "health": "santé hôpita médecin patient maladie virus vaccin cancer soign",
        "human": "célébrité anniversaire prince mariage",
        "labor": "grève syndicat salari emploi chômage retraite travailleur",
        "leisure": "recette voyage vacances hôtel mode restaurant cuisine touris survêtement",
        "politics": "politi parlement député sénat opposition parti assemblée",
        "election": "élection électe vote candidat scrutin",
        "government": "gouvernement ministre président maire",
        "relations": "diploma sanction traité otan étranger sommet ambassad",
        "diplomacy": "diploma ambassad négociation sommet",
        "religion": "église pape évêque mosquée islam chréti catholi religi",
        "science": "scienti recherch étude astronom planète satellite",
        "technology": "technolog logiciel internet numérique intelligence smartphone robot",
        "society": "société famille femmes enfants pauvreté discrimin",
        "immigration": "migrant immigra réfugié asile",
        "sport": "sport équipe joueu entraîneur champion tournoi ligue olympi match médaille saison",
        "soccer": "football gardien attaquant but",
        "war": "guerre soldat missile armée militaire frappe drone bombard arme",
        "terror": "terroris attentat jihad djihad",
        "weather": "météo tempête pluie neige température canicule orage",
    },
    "es": {
        "arts": (
            "película museo concierto teatro música artista actor actriz novela disco exposición cine cantante festival"
        ),
        "media": "periodist periódico televisión prensa",
        "crime": (
            "policía asesin detenid crimen delito víctima violencia abus tortur robo droga cárcel agente denuncia"
        ),
        "court": "tribunal juicio juez conden fiscal abogad sentencia juzgado",
        "disaster": "terremoto inundaci incendio accidente explosi bomberos catástrof rescate",
        "economy": (
            "económic economía empresa benefici inflaci banco comercio industri presupuest "
            "impuest deuda ventas mercado arancel invers"
        ),
        "markets": "bolsa accion bono",
        "education": "escuela alumno profesor universidad estudiant educaci colegio",
        "environment": "medioambient contaminaci biodiversidad especie bosque naturaleza",
        "climate": "climátic calentamiento carbono",
        "health": "salud hospital médic paciente enfermedad virus vacuna cáncer sanitari",
        "human": "aniversario príncipe boda famos",
        "labor": "huelga sindicat trabajador salari empleo desempleo despid pensi",
        "leisure": "receta viaje vacaciones hotel moda restaurante cocina turis",
        "politics": "polític parlamento diputad senado oposici partido congreso",
        "election": "eleccion elector voto candidat",
        "government": "gobierno ministr president alcald",
        "relations": "diplom sancion tratado otan exterior embargo embajad cumbre",
        "diplomacy": "diplom embajad negociaci cumbre",
        "religion": "iglesia papa obispo mezquita islam cristian católic religi",
        "science": "cientí investigador estudio astronom planeta satélite",
        "technology": "tecnolog software internet digital inteligencia robot",
        "society": "sociedad familia mujeres niños pobreza discrimin",
        "immigration": "migrant inmigra refugiad asilo",
        "sport": (
            "deport equipo jugador entrenador campe torneo liga olímpic partido medalla "
            "temporada carrera piloto fórmula"
        ),
        "soccer": "fútbol portero delantero gol",
        "war": "guerra soldado misil ejército militar bombarde arma dron ataque",
        "terror": "terroris atentado yihad",
        "weather": "meteorol tormenta lluvia nieve temperatura calor",
    },
    "it": {
        "arts": ("film museo concerto teatro musica artista attore attrice romanzo mostra cinema cantante festival"),
        "crime": "polizia carabinier omicid arrest reato vittim violenza droga carcere indagin",
        "court": "tribunale processo giudice condann procur avvocat sentenza",
        "disaster": "terremoto alluvion incendio incidente esplosi vigili soccors",
        "economy": ("econom impres aziend inflazion banca commercio industri bilancio debito vendite mercato dazi"),
        "education": "scuola student insegnant universit istruzion",
        "environment": "ambient inquinament biodivers foresta specie",
        "climate": "clima climatic",
        "health": "salute ospedal medic pazient malatti virus vaccin cancro sanit",
        "labor": "sciopero sindacat lavorator salari occupazion disoccup pension",
        "leisure": "ricetta viaggi vacanz hotel moda ristorant cucina turis",
        "politics": "politic parlament deputat senato opposizion partito premier",
        "election": "elezion elettor voto candidat",
        "government": "govern ministr president sindac",
        "relations": "diplom sanzion trattat nato ester ambasciat vertice",
        "diplomacy": "diplom ambasciat negoziat vertice",
        "religion": "chiesa papa vescov moschea islam cristian cattolic religi",
        "science": "scienz scienti ricerc studio astronom",
        "technology": "tecnolog software internet digital intelligenza",
        "society": "societ famigli donne bambin povert",
        "immigration": "migrant immigra rifugiat asilo",
        "sport": ("sport squadra giocator allenator campion torneo olimpi partita medaglia stagion gara"),
        "soccer": "calcio portier attaccant serie",
        "war": "guerra soldat missil esercit militar bombard armi dron attacc",
        "terror": "terroris attentat",
        "weather": "meteo tempesta pioggia neve temperatur",
    },
    "pt": {
        "arts": ("filme museu concerto teatro música artista ator atriz romance exposição cinema cantor festival"),
        "crime": "polícia homicíd detid preso crime vítima violência droga prisão assalt",
        "court": "tribunal julgament juiz condena procurador advogad sentença supremo",
        "disaster": "terremoto sismo inundaç incêndio acidente explos bombeiros",
        "economy": (
            "económic econômic economia empresa inflação banco comércio indústri orçamento "
            "imposto dívida vendas mercado"
        ),
        "education": "escola aluno professor universidade estudant educação",
        "environment": "ambient poluição biodivers floresta espécie desmatament",
        "health": "saúde hospita médic paciente doença vírus vacina câncer cancro",
        "labor": "greve sindicat trabalhador salári emprego desempreg reforma",
        "leisure": "receita viagem férias hotel moda restaurante cozinha turis",
        "politics": "polític parlament deputad senado oposição partido congresso",
        "election": "eleiç eleitor voto candidat",
        "government": "govern ministr president prefeit",
        "relations": "diplom sanç tratado nato otan exterior embaixad cimeira cúpula",
        "religion": "igreja papa bispo mesquita islâ cristã católic religi",
        "science": "ciênci cientist pesquisa investigador estudo astronom",
        "technology": "tecnolog software internet digital inteligência",
        "society": "sociedade família mulheres crianças pobreza",
        "immigration": "migrant imigra refugiad asilo",
        "sport": "desport esport equipa jogador treinador campe torneio liga olímpic jogo medalha",
        "soccer": "futebol goleiro atacante golo",
        "war": "guerra soldado míssil exército militar bombarde arma drone ataque",
        "weather": "meteorol tempestade chuva neve temperatura",
    },
    "nl": {
        "arts": ("film museum concert theater muziek kunstenaar acteur roman tentoonstelling zanger festival"),
        "crime": ("politie moord verdacht aangehouden misdaad slachtoffer geweld drugs gevangenis inbraak"),
        "court": "rechtbank rechter proces veroordeel advocaat justitie openbaar",
        "disaster": "aardbeving overstroming brand ongeval explosie brandweer ramp",
        "economy": ("econom bedrijf winst inflatie bank handel industrie begroting belasting schuld markt"),
        "education": "school leerling leraar universiteit student onderwijs",
        "environment": "milieu vervuiling natuur stikstof diersoort",
        "climate": "klimaat opwarming",
        "health": "gezondheid ziekenhuis arts patiënt ziekte virus vaccin kanker zorg",
        "labor": "staking vakbond werknemer loon werkloos pensioen",
        "leisure": "recept reis vakantie hotel mode restaurant koken",
        "politics": "politiek partij kamer oppositie coalitie kabinet",
        "election": "verkiezing kiezer stem kandidaat",
        "government": "regering minister premier burgemeester",
        "relations": "diplomat sanctie verdrag navo buitenland",
        "religion": "kerk paus bisschop moskee islam christ",
        "science": "wetenschap onderzoek studie",
        "technology": "technolog software internet digita computer",
        "society": "samenleving gezin vrouwen kinderen armoede",
        "immigration": "migra vluchteling asiel",
        "sport": ("sport ploeg speler trainer kampioen toernooi competitie olympisch wedstrijd medaille seizoen"),
        "soccer": "voetbal doelman spits",
        "war": "oorlog soldaat raket leger militair wapen aanval drone",
        "weather": "storm regen sneeuw temperatuur onweer weer",
    },
    "ru": {
        "arts": ("фильм музе концерт театр музык художник актёр актер актрис роман выставк кино певец певиц фестивал"),
        "crime": ("полици убий задержа подозрева преступ кража мошенн жертв насили наркоти уголовн следстви"),
        "court": "суд судь приговор прокур адвокат обвин иск",
        "disaster": "землетряс наводнен пожар авари взрыв спасател катастроф погиб",
        "economy": ("эконом компани прибыл инфляц банк торгов промышлен бюджет налог долг рынок цены санкц инвест"),
        "markets": "бирж акци облигац курс",
        "education": "школ учител университет студент образован",
        "environment": "эколог загрязнен природ",
        "health": "здоров больниц врач пациент болезн вирус вакцин медицин",
        "labor": "забастов профсоюз зарплат безработ пенси",
        "leisure": "рецепт путешеств отпуск отел мода ресторан турис",
        "politics": "политик парламент депутат дума оппозиц парти сенат",
        "election": "выбор избирател голосован кандидат",
        "government": "правительств министр президент губернатор мэр премьер кремл",
        "relations": "диплом переговор договор нато посол саммит визит внешн",
        "diplomacy": "диплом переговор посол саммит",
        "religion": "церк патриарх папа мечет ислам христиан религи",
        "science": "учён учен наук исследован космос спутник ракет",
        "technology": "технолог интернет цифров компьютер искусственн смартфон",
        "society": "обществ семь женщин дет бедност",
        "immigration": "мигрант бежен",
        "sport": "спорт команд игрок тренер чемпион турнир лига олимпи матч медал сезон",
        "soccer": "футбол вратар",
        "war": "войн солдат ракет арми военн обстрел оруж атак беспилотник дрон фронт всу",
        "terror": "террор теракт",
        "weather": "погод шторм дожд снег температур мороз",
    },
    "uk": {
        "arts": "фільм музе концерт театр музик художник актор роман вистав кіно співа фестивал",
        "crime": "поліц вбив затрима підозр злочин крадіж шахра жертв насил наркот",
        "court": "суд вирок прокур адвокат обвинувач",
        "disaster": "землетрус повін пожеж авар вибух рятувальник катастроф",
        "economy": "економ компан прибут інфляц банк торгів промислов бюджет подат борг ринок",
        "education": "школ вчител університет студент освіт",
        "health": "здоров лікар пацієнт хвороб вірус вакцин медиц",
        "labor": "страйк профспілк зарплат безробіт пенсі",
        "politics": "політик парламент депутат рада опозиц парті",
        "election": "вибор виборц голосув кандидат",
        "government": "уряд міністр президент губернатор мер премєр",
        "relations": "диплом переговор договір нато посол саміт санкц",
        "diplomacy": "диплом переговор посол саміт",
        "religion": "церк патріарх папа мечет іслам",
        "science": "учен науков досліджен космос супутник",
        "technology": "технолог інтернет цифров компютер штучн",
        "immigration": "мігрант біжен",
        "sport": "спорт команд гравец тренер чемпіон турнір ліга олімпі матч медал сезон",
        "soccer": "футбол воротар",
        "war": "війн солдат ракет армі військ обстріл збро атак дрон окуп фронт",
        "weather": "погод шторм дощ сніг температур",
    },
    "pl": {
        "arts": "film muzeum koncert teatr muzyk artyst aktor powieść wystaw kino piosenk festiwal",
        "crime": "policj morder zatrzym podejrzan przestęp kradzież oszust ofiar przemoc narkot",
        "court": "sąd sędzi wyrok prokurat adwokat oskarż",
        "disaster": "trzęsien powód pożar wypad wybuch strażak katastrof",
        "economy": "gospodar firm zysk inflacj bank handel przemysł budżet podat dług rynek cen",
        "education": "szkoł ucze nauczyciel uniwersytet student",
        "health": "zdrow szpital lekarz pacjent chorob wirus szczepi",
        "labor": "strajk związk pracownik płac bezroboc emerytur",
        "politics": "polityk parlament poseł sejm opozycj parti senat koalicj",
        "election": "wybor głosowan kandydat",
        "government": "rząd minist prezydent burmistrz premier",
        "relations": "dyplom sankcj traktat nato zagranicz ambasad szczyt",
        "religion": "kości papież biskup meczet islam",
        "science": "nauk badan naukow kosmos",
        "technology": "technolog internet cyfrow komputer sztuczn",
        "immigration": "migra imigra uchodź azyl granic",
        "sport": "sport drużyn zawodnik trener mistrz turniej liga olimpi mecz medal sezon",
        "soccer": "piłk bramkarz napastnik",
        "war": "wojn żołnier rakiet armia wojsk broń atak dron front",
        "weather": "pogod burz deszcz śnieg temperatur",
    },
    "tr": {
        "arts": "film müze konser tiyatro müzik sanat oyuncu roman sergi sinema",
        "crime": "polis cinayet gözalt şüphel suç hırsız dolandır uyuştur tutuklan yasa operasyon",
        "court": "mahkeme hakim dava savcı avukat ceza hakimliğ",
        "disaster": "deprem sel yangın kaza patlama itfaiye afet",
        "economy": ("ekonomi şirket enflasyon banka ticaret sanayi bütçe vergi borç piyasa fiyat bedel yatırım"),
        "education": "okul öğrenci öğretmen üniversite eğitim",
        "environment": "çevre orman doğa",
        "health": "sağlık hastane doktor hasta hastalık virüs aşı",
        "labor": "grev sendika işçi maaş işsiz emekli",
        "leisure": "araç otomobil elektrikli şarj tatil otel",
        "politics": "siyas meclis milletvekili muhalefet parti",
        "election": "seçim seçmen aday",
        "government": "hükümet bakan cumhurbaşkan başkan belediye",
        "relations": "diplom yaptırım anlaşma nato büyükelçi zirve",
        "religion": "kurban diyanet cami islam dini",
        "science": "bilim araştırma uzay",
        "technology": "teknoloj yazılım internet dijital bilgisayar",
        "immigration": "göçmen mülteci",
        "sport": "spor takım oyuncu şampiyon turnuva olimpi madalya sezon",
        "soccer": "futbol kaleci galatasaray fenerbahçe süper",
        "war": "savaş asker füze ordu silah saldırı",
        "weather": "hava yağmur sıcaklık fırtına",
    },
    "sv": {
        "arts": ("film museum konsert teater musik konstnär skådespel roman utställning sångare festival"),
        "crime": "polis mord misstänk gripen brott offer våld narkotika fängelse stöld försvunn gäng",
        "court": "domstol åklagare rättegång dömd advokat åtal tingsrätt",
        "disaster": "jordbävning översvämning brand olycka explosion räddningstjänst",
        "economy": ("ekonomi företag vinst inflation bank handel industri budget skatt skuld marknad priser"),
        "education": "skola elev lärare universitet student utbildning",
        "health": "hälsa sjukhus läkare patient sjukdom virus vaccin cancer vård",
        "labor": "strejk fackförbund arbetare löner arbetslös pension",
        "politics": "politik riksdag parti opposition",
        "election": "valet väljare röster kandidat",
        "government": "regering minister president",
        "relations": "diplomat sanktion nato utrikes",
        "science": "forskare forskning studie vetenskap",
        "technology": "teknik internet digital dator",
        "sport": "sport laget spelare tränare mästare turnering olympisk match medalj säsong",
        "soccer": "fotboll målvakt",
        "war": "krig soldat robot armé militär vapen attack drönare",
        "weather": "väder storm regn snö temperatur",
    },
    "no": {
        "arts": ("film museum konsert teater musikk kunstner skuespill roman utstilling sanger festival"),
        "crime": "politi drap siktet mistenkt pågrepet kriminal offer vold narkotika fengsel tyveri",
        "court": "domstol rettssak dømt advokat tiltal aktor livstid tingrett",
        "disaster": "jordskjelv flom brann ulykke eksplosjon redning",
        "economy": ("økonomi selskap overskudd inflasjon bank handel industri budsjett skatt gjeld marked priser"),
        "education": "skole elev lærer universitet student utdanning",
        "health": "helse sykehus lege pasient sykdom virus vaksine kreft",
        "labor": "streik fagforening arbeider lønn arbeidsledig pensjon",
        "politics": "politik politisk storting parti opposisjon folketing",
        "election": "valget velger stemmer kandidat",
        "government": "regjering regering minister president",
        "relations": "diplomat sanksjon nato utenriks udenrigs",
        "science": "forsker forskning studie vitenskap",
        "technology": "teknologi internett digital data",
        "sport": "sport laget spiller trener mester turnering olympisk kamp medalje sesong hopp",
        "soccer": "fotball fodbold keeper",
        "war": "krig soldat missil hær militær våpen angrep drone",
        "weather": "været storm regn snø temperatur",
    },
    "id": {
        "arts": "film museum konser teater musik seniman aktor novel pameran penyanyi",
        "crime": ("polisi pembunuh tersangka kejahatan korban kekerasan narkoba penjara pencuri korupsi"),
        "court": "pengadilan hakim sidang jaksa pengacara vonis hukum",
        "disaster": "gempa banjir kebakaran kecelakaan ledakan longsor bencana",
        "economy": ("ekonomi perusahaan inflasi bank perdagangan industri anggaran pajak utang pasar harga investasi"),
        "education": "sekolah siswa guru universitas mahasiswa pendidikan wisuda sarjana",
        "health": "kesehatan rumah_sakit dokter pasien penyakit virus vaksin",
        "politics": "politik parlemen partai oposisi dewan",
        "election": "pemilu pemilih suara calon",
        "government": "pemerintah menteri presiden gubernur bupati",
        "religion": "gereja masjid islam agama haji",
        "sport": "olahraga pemain pelatih juara turnamen liga olimpiade pertandingan medali",
        "soccer": "sepak bola",
        "war": "perang tentara rudal militer senjata serangan",
        "weather": "cuaca hujan badai suhu",
    },
}
# Signs that tell a subject in languages without spaces or with endings that are not parted.
_SIGNS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "arts": "电影 音乐 艺术 演员 文学 展览 博物馆",
        "crime": "警方 犯罪 嫌疑 诈骗 逮捕",
        "court": "法院 法官 判决 检察",
        "disaster": "地震 洪水 火灾 事故 爆炸",
        "economy": "经济 企业 银行 贸易 投资 产业 市场 关税 金融",
        "education": "学校 学生 教育 大学 教师",
        "environment": "环境 污染 生态",
        "health": "医院 医生 患者 疾病 疫苗 健康",
        "labor": "工人 就业 工资",
        "politics": "政治 议会 政党 人大 党",
        "election": "选举 投票 候选",
        "government": "政府 总统 主席 总理 部长",
        "relations": "外交 论坛 制裁 北约 条约 峰会",
        "science": "科学 航天 研究 卫星 科研",
        "technology": "技术 互联网 人工智能 软件",
        "sport": "比赛 冠军 球员 奥运 体育",
        "soccer": "足球",
        "war": "战争 军队 导弹 军事 袭击 武器",
        "weather": "天气 台风 暴雨 气温",
    },
    "ja": {
        "arts": "映画 音楽 俳優 芸術 小説 タレント",
        "crime": "警察 逮捕 容疑 犯罪 事件 不正",
        "court": "裁判 判決 検察 弁護士",
        "disaster": "地震 津波 震度 洪水 火災 事故",
        "economy": "経済 企業 銀行 貿易 投資 金融 社長 株主",
        "markets": "株価 円安 日経平均",
        "education": "学校 生徒 教育 大学",
        "environment": "環境 汚染",
        "health": "病院 医師 患者 病気 ワクチン 健康",
        "labor": "労働 賃金 ストライキ",
        "politics": "政治 国会 政党 与党 野党 首相 議員",
        "election": "選挙 投票 候補",
        "government": "政府 大統領 大臣 戒厳 首相",
        "relations": "外交 外務省 外務 制裁 交渉 条約",
        "science": "科学 研究 宇宙",
        "technology": "技術 人工知能 ネット",
        "sport": "試合 優勝 選手 五輪 スポーツ 競技",
        "soccer": "サッカー",
        "war": "戦争 軍 ミサイル 停戦 攻撃 人質 戦闘",
        "weather": "天気 台風 大雨 気温",
    },
    "ko": {
        "arts": "영화 음악 배우 예술",
        "crime": "경찰 체포 범죄 용의자",
        "court": "법원 판결 검찰 재판",
        "disaster": "지진 화재 사고 홍수",
        "economy": "경제 기업 은행 무역 투자 시장 금융",
        "education": "학교 학생 교육 대학교",
        "health": "병원 의사 환자 질병 백신",
        "politics": "정치 국회 정당 민주당 국민의힘 의원 당원 여당 야당",
        "election": "선거 투표 후보 경선",
        "government": "정부 대통령 장관 총리",
        "relations": "외교 제재 정상회담",
        "science": "과학 연구 우주",
        "technology": "기술 인공지능 인터넷",
        "sport": "경기 우승 선수 올림픽",
        "soccer": "축구",
        "war": "전쟁 군대 미사일 공격 휴전",
        "weather": "날씨 태풍 폭우 기온",
    },
    "ar": {
        "arts": "فيلم موسيقى فنان ممثل مسرح",
        "crime": "الشرطة جريمة اعتقال قتل",
        "court": "محكمة قاض المحكمة",
        "disaster": "زلزال فيضان حريق حادث",
        "economy": "اقتصاد شركة بنك تجارة استثمار",
        "education": "مدرسة طالب تعليم جامعة",
        "health": "مستشفى طبيب مرض لقاح صحة",
        "politics": "سياس برلمان حزب نائب",
        "election": "انتخاب تصويت مرشح",
        "government": "حكومة رئيس وزير",
        "relations": "دبلوماسي عقوبات سفير قمة",
        "sport": "مباراة بطولة لاعب رياض",
        "soccer": "كرة القدم",
        "war": "حرب جيش صاروخ عسكري هجوم",
        "weather": "طقس أمطار حرارة",
    },
}
_SAME: Final = {"da": "no", "nb": "no", "nn": "no", "ms": "id", "ca": "es", "gl": "pt"}


def sections() -> Mapping[str, str]:
    """Give name or word of a section -> topic; underscores in the table stand for spaces."""
    return {form.replace("_", " "): topic for topic, forms in _SECTIONS.items() for form in forms.split()}


def stems(language: str) -> Mapping[str, tuple[str, ...]]:
    """Give beginning of a word -> topics it speaks for, of a language (ISO 639-1); empty where none are known."""
    known = _SAME.get(language, language)
    tables = (_STEMS.get(known, {}), ENGLISH if known == "en" else {})
    return _by_word({topic: " ".join(table.get(topic, "") for table in tables) for topic in _CODES})


def signs(language: str) -> Mapping[str, tuple[str, ...]]:
    """Give part of a text -> topics it speaks for, for languages without spaces; empty for others."""
    return _by_word(_SIGNS.get(language, {}))


def _by_word(table: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for topic, words in table.items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), topic)
    return found
