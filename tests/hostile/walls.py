"""Pages that are served as if they were articles and are none: indexes, errors, walls, stubs and shells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.hostile.case import HEAD, PROSE, Case, page, read, refused

_NAV = (
    '<header><a href="/">The Northport Gazette</a><nav><ul>'
    + "".join(f'<li><a href="/{name.lower()}">{name}</a></li>' for name in ("Home", "Harbour", "Sport", "Culture"))
    + "</ul></nav></header>"
)
_FOOT = (
    '<footer><ul><li><a href="/imprint">Imprint</a></li><li><a href="/privacy">Privacy</a></li></ul>'
    "<p>© 2026 The Northport Gazette. All rights reserved.</p></footer>"
)
_STORIES = (
    (
        "Lock gates to be replaced before winter",
        "The canal board has ordered two pairs of oak gates for the town lock.",
    ),
    ("Night trains return to the coast line", "Sleepers will run again from May, the railway said on Monday."),
    ("Library roof repaired in record time", "Readers may come back a month earlier than the council had promised."),
    ("Solar ferry passes its first trial", "The boat crossed the bay nine times without charging."),
    ("Allotment rents frozen for two years", "Gardeners had protested against a rise of a third."),
    ("River study finds fewer eels", "Biologists counted half as many as ten years ago."),
    ("Market hall gets a new clock", "The old one had stood still since the flood."),
    ("School choir wins in the capital", "Forty singers from the harbour quarter took the second prize."),
    ("Lighthouse to open to visitors", "From June the tower can be climbed at weekends."),
    ("Bakers strike over flour prices", "Seven of the town's nine bakeries stayed shut."),
    ("Tram line six closed for repairs", "Buses stand in until the end of the month."),
    ("Council delays vote on bridge", "Engineers want another winter of measurements."),
)


def _shell(title: str, body: str, head: str = "", lang: str = "en") -> str:
    return page(f"{_NAV}<main>{body}</main>{_FOOT}", f"<title>{title}</title>{head}", f' lang="{lang}"')


def _front() -> str:
    cards = "".join(
        f'<article class="card"><h3><a href="/news/{n}">{title}</a></h3><p class="teaser">{text}</p>'
        f'<time datetime="2026-03-{n + 1:02}">{n + 1} March 2026</time></article>'
        for n, (title, text) in enumerate(_STORIES * 2)
    )
    return _shell("Harbour | The Northport Gazette", f"<h1>Harbour</h1><section class='river'>{cards}</section>")


def _tag_page() -> str:
    rows = "".join(
        f'<li><a href="/a/{n}"><span class="date">2026-02-{n % 27 + 1:02}</span> {title}</a></li>'
        for n, (title, _) in enumerate(_STORIES * 4)
    )
    return _shell(
        "All articles tagged “ferries” - The Northport Gazette",
        f"<h1>Tag: ferries</h1><p>48 articles</p><ul class='archive'>{rows}</ul><a rel='next' href='?page=2'>Older</a>",
    )


def _search() -> str:
    hits = "".join(
        f'<div class="result"><a href="/a/{n}">{title}</a><div class="snippet">… {text} …</div>'
        f'<div class="meta">Gazette · 12 March 2026</div></div>'
        for n, (title, text) in enumerate(_STORIES * 2)
    )
    return _shell(
        "Search results for harbour",
        f"<form role='search'><input name='q' value='harbour'></form><p>1,204 results for “harbour”</p>{hits}",
    )


def _live_front() -> str:
    """A front page that says it is a WebSite and carries og:type website."""
    cards = "".join(
        f'<div class="teaser"><a href="/n/{n}"><h2>{title}</h2></a><p>{text}</p></div>'
        for n, (title, text) in enumerate(_STORIES)
    )
    head = (
        '<meta property="og:type" content="website">'
        '<script type="application/ld+json">{"@type":"WebSite","name":"The Northport Gazette"}</script>'
    )
    return _shell("The Northport Gazette: news from the coast", cards, head)


def _error(title: str, text: str, lang: str = "en") -> str:
    return _shell(title, f"<h1>{title}</h1><p>{text}</p><p><a href='/'>←</a></p>", lang=lang)


def _bare(title: str, server: str) -> str:
    return f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center><hr>{server}</body></html>"


def _boxes() -> str:
    """Cards that are links as a whole."""
    cards = "".join(
        f'<a class="tile" href="/n/{n}"><img src="/{n}.jpg" alt=""><h3>{title}</h3><p>{text}</p></a>'
        for n, (title, text) in enumerate(_STORIES)
    )
    return _shell("Sport – The Northport Gazette", f"<h1>Sport</h1><div class='tiles'>{cards}</div>")


def _months() -> str:
    """An archive by months, of titles alone."""
    months = "".join(
        f"<h2>{month} 2026</h2><ul>"
        + "".join(f'<li><a href="/{month}/{n}">{title}</a></li>' for n, (title, _) in enumerate(_STORIES))
        + "</ul>"
        for month in ("March", "February", "January")
    )
    return _shell("Archive 2026 | The Northport Gazette", f"<h1>Archive 2026</h1>{months}")


def _author_page() -> str:
    """A life in two sentences, then what its owner wrote."""
    rows = "".join(
        f'<div class="post"><h2><a href="/n/{n}">{title}</a></h2><p>{text} <a href="/n/{n}">Read more</a></p></div>'
        for n, (title, text) in enumerate(_STORIES)
    )
    return _shell(
        "Ada Ruiz, Author at The Northport Gazette",
        f"<h1>Ada Ruiz</h1><p>Ada Ruiz has covered the harbour since 2011.</p>{rows}",
        '<script type="application/ld+json">{"@type":"ProfilePage","name":"Ada Ruiz"}</script>',
    )


def _category_de() -> str:
    """Long teasers, in a table as old systems have them, that call themselves articles nowhere."""
    long = (
        "Der Hafenrat hat am Dienstag nach langer Debatte beschlossen, das nördliche Becken zu vertiefen. Die Fischer "
        "hatten sich jahrelang dagegen gewehrt, weil sie um die Heringe in der Bucht fürchten."
    )
    rows = "".join(
        f'<tr><td><a href="/a{n}.html"><b>Hafenrat beschließt die Vertiefung des Beckens, Teil {n}</b></a></td></tr>'
        f'<tr><td>{long} <a href="/a{n}.html">mehr</a></td></tr>'
        for n in range(10)
    )
    return _shell("Hafen - Nordhafener Bote", f"<h2>Hafen</h2><table>{rows}</table>", lang="de")


def _front_with_lead() -> str:
    """A front page whose first story has a text of some length."""
    rest = "".join(
        f'<div class="teaser"><h3><a href="/n/{n}">{title}</a></h3><p>{text}</p></div>'
        for n, (title, text) in enumerate(_STORIES)
    )
    return _shell(
        "The Northport Gazette",
        f'<div class="lead"><h2><a href="/n/lead">Dock strike ends after nine days</a></h2><p>{PROSE}</p></div>{rest}',
        '<meta property="og:type" content="website">',
    )


def _index_ja() -> str:
    rows = "".join(
        f'<li><a href="/{n}">港の新しい水門が冬までに完成する見通し</a><span>2026年3月{n + 1}日</span></li>'
        for n in range(20)
    )
    return _shell("記事一覧｜ノースポート新聞", f"<h1>記事一覧</h1><ul class='list'>{rows}</ul>", lang="ja")


_ERRORS: dict[str, Callable[[], str]] = {
    "404 bare": partial(_bare, "404 Not Found", "<center>nginx</center>"),
    "403 bare": partial(_bare, "403 Forbidden", "<center>openresty</center>"),
    "502 bare": partial(_bare, "502 Bad Gateway", "<center>nginx/1.24.0</center>"),
    "503 en": partial(
        _error,
        "Service temporarily unavailable",
        "Our servers are busy at the moment. We are working on it; please try again in a few minutes. Reference "
        "number 18.5c2d1702.1773241200.1a2b3c4d. We apologise for the inconvenience and thank you for your patience.",
    ),
    "500 de": partial(
        _error,
        "Interner Serverfehler",
        "Leider ist ein Fehler aufgetreten. Bitte versuchen Sie es später noch einmal. Unsere Technik ist informiert.",
        "de",
    ),
    "404 fr": partial(
        _error,
        "Page introuvable",
        "La page que vous cherchez n’existe pas ou a été déplacée. Vérifiez l’adresse ou revenez à la page d’accueil, "
        "où vous trouverez toute l’actualité du port et de la région.",
        "fr",
    ),
    "404 ru": partial(
        _error,
        "Страница не найдена",
        "К сожалению, запрашиваемая вами страница не существует или была удалена. Проверьте адрес или вернитесь на "
        "главную страницу, чтобы прочитать последние новости порта и города.",
        "ru",
    ),
    "404 ja": partial(
        _error,
        "ページが見つかりません",
        "お探しのページは移動または削除された可能性があります。URLをご確認いただくか、トップページから記事をお探しください。",
        "ja",
    ),
    "404 ar": partial(
        _error,
        "الصفحة غير موجودة",
        "عذرا، الصفحة التي تبحث عنها غير موجودة أو تم نقلها. يرجى التحقق من العنوان أو العودة إلى الصفحة الرئيسية.",
        "ar",
    ),
    "soft 404": partial(
        _error,
        "The Northport Gazette",
        "Sorry, we can’t find the page you are looking for. It may have been moved, renamed or taken off line. "
        "Try our search, or go back to the home page for the latest news from the harbour and the coast.",
    ),
}
_ROBOTS: dict[str, Callable[[], str]] = {
    "robot check": partial(
        _error,
        "Just a moment...",
        "Checking your browser before you proceed to gazette.example. This process is automatic. Your browser will "
        "redirect to your requested content shortly. Please allow up to 5 seconds. Ray ID: 7a1b2c3d4e.",
    ),
    "blocked": partial(
        _error,
        "Pardon our interruption",
        "As you were browsing, something about your browser made us think you were a bot. There are a few reasons this "
        "might happen: you are a power user moving through this site with superhuman speed; you have disabled "
        "JavaScript or cookies in your browser. To regain access, make sure that cookies and JavaScript are on before "
        "you load the page again.",
    ),
}


def _consent_full() -> str:
    return page(
        "<div class='cmp'><h1>Your privacy is important to us</h1><p>We and our 842 partners store and access "
        "information on your device, such as cookies, and process personal data such as IP addresses to show personal "
        "advertisements and content, to measure them, and to learn about our readers.</p><p>With your consent we and "
        "our partners may use precise location data and identify devices by scanning them. You may agree to this or "
        "refuse, and change your mind at any time. Some processing needs no consent, but you have a right to "
        "object.</p><button>More options</button><button>Accept all</button></div>",
        "<title>Northport Gazette</title>",
    )


def _consent_de() -> str:
    return page(
        "<main><h2>Weiterlesen mit Werbung</h2><p>Besuchen Sie unsere Seite wie gewohnt mit Werbung und Tracking. "
        "Details finden Sie in der Datenschutzerklärung und im Privacy Center. Ihre Zustimmung ist jederzeit "
        "widerrufbar.</p><button>Einwilligen und weiter</button><h2>… oder das Abo ohne Tracking</h2><p>Nutzen Sie "
        "unser Angebot ganz ohne Werbetracking und praktisch ohne Werbung für 2,99 Euro im Monat. Sie haben es schon? "
        "Hier anmelden.</p><p>Um unsere Seiten mit Werbung zu nutzen, benötigen wir und unsere Partner Ihre "
        "Einwilligung zur Verarbeitung personenbezogener Daten.</p></main>",
        "<title>Zustimmung erforderlich - Hafenbote</title>",
        ' lang="de"',
    )


def _consent_redirect() -> str:
    return page(
        "<form action='/consent' method='post'><p>Before you continue to the Gazette</p><p>We use cookies and data to "
        "deliver our services, to guard against spam and fraud, and to measure how readers use the site.</p>"
        "<ul><li>If you choose “Accept all”, we also use cookies to show personal content.</li><li>If you choose "
        "“Reject all”, we do not.</li></ul><button>Reject all</button><button>Accept all</button></form>",
        "<title>Before you continue</title>",
    )


def _login() -> str:
    return _shell(
        "Log in | The Northport Gazette",
        "<h1>Log in to your account</h1><form><label>E-mail</label><input><label>Password</label><input type=password>"
        "<button>Log in</button></form><p>No account yet? Register now and read five articles a month free of "
        "charge.</p><p>Forgotten your password?</p>",
    )


def _register() -> str:
    return _shell(
        "Dock strike ends after nine days in Northport",
        "<h1>Dock strike ends after nine days in Northport</h1><div class='paywall'><h2>Subscribe to read on</h2>"
        "<p>This article is for subscribers. Get unlimited access to all articles for 1 euro in the first month. "
        "Cancel at any time.</p><ul><li>All articles on the web and in the app</li><li>The digital edition from eight "
        "in the evening</li></ul><button>Subscribe now</button><p>Already a subscriber? Log in</p></div>",
    )


def _script_shell() -> str:
    return page(
        '<noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div>'
        '<script>window.__STATE__={"loading":true};</script><script src="/static/main.js"></script>',
        "<title>Gazette</title>",
    )


def _script_notice() -> str:
    return page(
        '<div id="app"><p>Please enable JavaScript to view this page. This site needs JavaScript to work. Here is '
        "how to turn it on in your browser: open the settings, look for privacy and security, and allow all sites to "
        "run scripts. Then load the page again.</p></div>",
        "<title>Gazette</title>",
    )


def _empty(body: str = "") -> str:
    return page(body, "<title>Dock strike ends after nine days</title>")


_NONE = "article_missing"
CASES: dict[str, Case] = {
    "index: section front": refused(_front, "index_page"),
    "index: tag page": refused(_tag_page, "index_page"),
    "index: search results": refused(_search, "index_page"),
    "index: site front": refused(_live_front, "index_page"),
    "index: linked boxes": refused(_boxes, "index_page"),
    "index: archive by months": refused(_months, "index_page"),
    "index: author's page": refused(_author_page, "index_page"),
    "index: category of long teasers": refused(_category_de, "index_page"),
    "index: front with a lead": refused(_front_with_lead, "index_page"),
    "index: Japanese": refused(_index_ja, "index_page"),
    **{f"error: {name}": refused(make, "error_page") for name, make in _ERRORS.items()},
    **{f"robots: {name}": refused(make, "robot_check") for name, make in _ROBOTS.items()},
    "consent: partners": refused(_consent_full, "consent_wall"),
    "consent: pay or agree": refused(_consent_de, "consent_wall"),
    "consent: before you continue": refused(_consent_redirect, "consent_wall"),
    "wall: log in": refused(_login, "paywall"),
    "wall: subscribe": refused(_register, "paywall"),
    "shell: noscript": refused(_script_shell, "script_shell"),
    "shell: notice": refused(_script_notice, "script_shell"),
    "body: none": refused(_empty, _NONE),
    "body: blanks": refused(lambda: _empty("<p>&nbsp;</p>" * 500), _NONE),
    "body: one picture": refused(lambda: _empty('<img src="/a.jpg" alt="Ships at anchor">'), _NONE),
    "paywall: teaser and notice": read(
        lambda: page(
            f"{_NAV}<article><h1>Dock strike ends after nine days in Northport</h1><p>{PROSE}</p>"
            "<div class='paywall'><p>Subscribe to read on. Get unlimited access for 1 euro.</p></div></article>"
            + _FOOT,
            HEAD,
        ),
        says="forty-one ships",
        never=("unlimited access", "All rights reserved"),
    ),
}
