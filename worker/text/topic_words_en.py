"""English words that tell a subject, beside those of `topic_words`; written by hand, trained on nothing; data alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "arts": (
            "hollywood broadway sequel screenplay screenwrit sitcom comedy comedies comedian showrunner "
            "episode oscar emmy emmys grammy rapper guitar songwriter lyric singing songs album vocal "
            "novelist poet poem bestsell memoir curator gallery painter ballet choreograph choir symphony "
            "jazz playwright musical artwork artistic arts animat cartoon superhero netflix filmmak moviegoer "
            "blockbuster documentar biopic starring costar audience entertain cultur heritage drama dramas "
            "script casting theatrical photograph bollywood sundance cannes showbiz remake soundtrack fiction "
            "storytell pianist violin conductor pop rock fans trailer"
        ),
        "media": "reporters publisher blogger columnist headline anchor broadcast magazine press podcast",
        "crime": (
            "gang gunman gunmen burglar carjack felony felon misdemean bail custody sheriff deputies slain "
            "slaying stabbing killing killer kill scam embezzl brib corrupt launder abduct molest inmate "
            "parole probation manslaughter arson vandal forensic robbery robbed thief thieves shooting "
            "gunshot handgun firearm rapist rapes raping abuser fugitive detain detention investigat swindl "
            "ponzi cartel handcuff jailed prisoner imprison wanted alleged allegedly perjury fraudster mafia "
            "mobster"
        ),
        "court": (
            "pleaded plead guilty innocent acquit courtroom litigat magistrate subpoena testimony testif "
            "supreme sentencing jurors charges charged prosecution settlement sued suing lawsuits appellate"
        ),
        "disaster": (
            "tornado aftershock rubble debris survivor wreck capsiz blaze mudslide avalanche volcano seismic "
            "radiation meltdown nuclear sinking trapped missing searchers quake epicent"
        ),
        "economy": (
            "market billion acquisition acquire takeover shareholder executive ceo chairman analyst firm "
            "corporat bankrupt retailer brand supplier wholesale automaker automotive mortgage lender credit "
            "treasury investor stake venture entrepreneur franchise payroll factory factories gdp recession "
            "deficit stimulus ipo quarterly customer cost costs costly spending savings payment wealth insur "
            "oil energy gasoline petrol supply demand dollar euro yen economist buyout shopping shopper store "
            "stores construction housing realt property banking banker hedge equity accountant audit "
            "subsidiary pricing cents barrel refiner tonne mining crop"
        ),
        "markets": "nyse stocks shares investors dow futures bonds bullish bearish rally securities underwriter",
        "education": (
            "undergraduate graduate graduation kindergarten preschool principal superintendent literacy "
            "scholarship faculty professor math diploma lesson textbook learning teaching schooling homework "
            "grader"
        ),
        "environment": (
            "ecolog conservation endangered pesticide coral wetland sustainab organic toxic contaminat "
            "landfill rainforest deforest epa litter waste sewage animal zoo bear whale bird fish"
        ),
        "health": (
            "fda dose dosage pill pills diet dieting dietary nutrition calorie asthma heart cardiac stroke "
            "diabetic alzheimer dementia brain pregnan breast tumor tumour chemotherap transplant dental "
            "dentist physician epidemic outbreak flu influenza hiv aids medicare medicaid wellness fitness "
            "weight sleep smoking smoker tobacco addict autis adhd psychiatr psycholog depression anxiety "
            "allerg arthritis blood bone cholesterol kidney liver lung skin vitamin injur wound care caregiv "
            "nursing healthy healthday illness sick ill fatal mortality pharmac prescri medication immun "
            "antibiotic bacteria salmonell fertil birth cell stem diseases"
        ),
        "human": (
            "bride groom newlywed wed engaged divorce dating girlfriend boyfriend paparazzi gossip heir "
            "duchess duke twins centenarian hero heartwarm pet pets puppy dog cat"
        ),
        "labor": ("jobless unemployed jobs workforce wages overtime picket payrolls employers employees hires recruit"),
        "leisure": (
            "designer dress dresses gown couture runway catwalk outfit skirt trouser pants jeans denim shirt "
            "shoe shoes heels handbag jewel jewelry jewellery makeup cosmetic hairstyle haircut stylist style "
            "stylish wardrobe vogue textile garment apparel bridal swimsuit bikini lingerie sneaker "
            "sunglasses accessor boutique fashionable clothes clothing clothier trendy supermodel menswear "
            "womenswear knitwear tailor fabric lace silk leather prada gucci dior chanel armani versace dolce "
            "gabbana galliano gaultier mcqueen hermes louboutin collection perfume fragrance hobby hobbies "
            "game gaming videogame bakery baking dessert dinner beer cocktail coffee resort traveler "
            "traveller sightsee camping hiking festive decor interior furniture"
        ),
        "politics": (
            "senator republicans democrats gop congressman congresswoman rep tory tories labour mps caucus "
            "lobby partisan bipartisan filibuster tea trump obama clinton politician capitol statehouse pac "
            "populist"
        ),
        "election": (
            "voters voting ballots primary primaries electoral midterm runoff incumbent pollster polls turnout"
        ),
        "relations": "multilateral geopolit ally allies annexation sanctions nations",
        "diplomacy": "diplomat diplomatic diplomacy ambassador embassy negotiator commission meeting met secretary",
        "religion": "catholics christians evangelical cathedral temple hindu buddh sikh rabbi sermon worship clergy",
        "science": (
            "archaeolog fossil dinosaur evolution dna gene genetic chemist chemistr particle quantum asteroid "
            "comet galaxy orbit shuttle astronaut mars lunar neuroscien mathemat scholars findings discover"
        ),
        "technology": (
            "iphone ipad android app apps tablet laptop facebook twitter youtube broadband wireless browser "
            "website web server encrypt malware hacker hacking privacy silicon gadget electronic device chip "
            "semiconductor battery engineer engineering video"
        ),
        "society": "homosexual gay lesbian transgender feminis teen teenager youth elderly marriage parent ethnic",
        "sport": (
            "coaches coached playoffs athletics inning touchdown homer pitcher batter goalie nba nfl mlb nhl "
            "ncaa lakers marathon sprint swimmer gymnast skier skating cyclist boxing boxer wrestl ufc golfer "
            "wimbledon formula nascar motorsport referee umpire halftime overtime roster draft teammate "
            "scored beat championship defeat rivals squad wicket innings batsman sprinter relay"
        ),
        "war": (
            "fighter fighters fighting rebel rebels insurgen taliban gaddafi qaddafi bombing bombard shelling "
            "artillery tank tanks warplane airbase frontline veteran marines pentagon warship submarine "
            "casualties"
        ),
        "terror": "terrorist terrorism bomber bombers qaeda isis",
        "weather": "rainfall sunny cloud cloudy humid degrees fahrenheit celsius blizzard showers sleet meteorolog",
    }
)
"""Topic's name -> beginnings of words, case-folded, as in `topic_words`."""

WEAK: Final = frozenset(
    "season game team race win score match player series coach car vehicle study research data online "
    "platform secretary bill book band share index stock party school student company compan drug nurse care "
    "family famil children women community communit author director film style pop rock video fish bird bear "
    "animal weight cell birth skin heart sick ill met meeting nations price cost costs oil energy kill "
    "killing police polic attack missing collection beat strike border river ocean plastic wind magnitude "
    "emergenc rescued fans audience trailer press publisher television editor conflict defense defence occupi "
    "flight administration council local program store stores policy foreign summit talks population growth "
    "digital design tea rep brand learning meal".split()
)
"""Beginnings that stand in texts of many subjects: half as heavy."""
