"""The page behind a printed address: how to claim the code, and whether goods are genuine; it spends nothing."""

import base64
import hashlib
import time
from html import escape
from string import Template
from typing import Any, Final

from litestar import HttpMethod, MediaType, Request, Response, route
from litestar.params import FromPath

from api.addresses import guess_subject, network_of
from api.callers import anybody
from api.code_page_words import WORDS, Language, Shown, Words
from api.pace import next_tick
from api.process import process_of
from codes.alphabet import grouped
from codes.genuine import Vouched, vouch
from codes.readings import Malformed, meaning
from programs.snapshot import Product, current_snapshot

_STYLE: Final = """
:root{color-scheme:light dark;--paper:#f4f2ee;--card:#fff;--ink:#1d2125;--soft:#5b636b;--line:#dedad2;--mark:#33506b}
@media(prefers-color-scheme:dark){
:root{--paper:#15181b;--card:#1e2327;--ink:#eceae5;--soft:#a3abb3;--line:#333a40;--mark:#9dc0e0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}
main{max-width:34rem;margin:0 auto;padding:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.25rem;margin:0 0 1rem}
h1{font-size:1.35rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.05rem;margin:0 0 .5rem}
p,ol{margin:.5rem 0 0}
ol{padding-left:1.25rem}
li{margin:.25rem 0}
small,.soft{color:var(--soft)}
.symbols{display:block;margin:.25rem 0 1rem;padding:.75rem .25rem;border:2px dashed var(--line);border-radius:.75rem;
font:600 clamp(1rem,5.8vw,2rem)/1.2 ui-monospace,Menlo,Consolas,monospace;text-align:center;white-space:nowrap;
-webkit-user-select:all;user-select:all}
.genuine{--mark:#1c7a43}.recalled{--mark:#b3261e}
@media(prefers-color-scheme:dark){.genuine{--mark:#7fd6a2}.recalled{--mark:#ff9a91}}
.told{border-top:.4rem solid var(--mark)}
.told h1{color:var(--mark)}
"""
_PAGE: Final = Template(
    '<!doctype html><html lang="$language"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow">'
    '<meta name="color-scheme" content="light dark"><title>$heading</title><style>$style</style>'
    '<main><section class="told $shown"><h1>$heading</h1>$code<p>$text</section>$help</main></html>'
)
_CODE: Final = Template('<output class="symbols" translate="no">$code</output>')
_CLAIM: Final = Template("<section><h2>$heading</h2><ol>$steps</ol><p><small>$nothing_spent</small></section>")
_TOLD: Final = Template('<section><h2>$heading</h2><p class="soft">$text</section>')

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


@route(
    ["/c/{code:str}", "/C/{code:str}", "/01/{gtin:str}/21/{code:str}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    guards=[anybody],
    include_in_schema=False,
)
async def code_page(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[str]:
    """What a code is, for whoever opens its printed address; the claim is made in the app, never here."""
    began = time.perf_counter()
    language = language_of(request.headers.get("accept-language", ""))
    try:
        meant = meaning(code)
    except Malformed:
        return _answer(_page("unreadable", language), status=404)
    if not meant.readings:
        return _answer(_page("unreadable", language), status=404)
    vouched = await _vouched(request, meant.readings)
    if vouched is None:
        await next_tick(began)
    product = (await current_snapshot()).products.get(vouched.product_id) if vouched else None
    return _answer(_page(vouched.state if vouched else "code", language, code=meant.readings[0], product=product))


async def _vouched(request: Request[Any, Any, Any], readings: tuple[str, ...]) -> Vouched | None:
    """The guesses of those who look are counted apart from the guesses of those who claim on the same network."""
    process = process_of(request)
    looker = guess_subject(f"looks from {network_of(request, process.settings)}")
    return await vouch(readings, keyring=process.keyring, guesser=(looker, process.settings.guesses_per_address_hour))


def language_of(accepted: str) -> Language:
    """Russian or English, whichever a browser names with the greater weight; Russian where it names neither."""
    weights: dict[str, float] = {"ru": 0.0}
    for part in accepted[:200].lower().split(","):
        name, _, weight = part.strip().partition(";q=")
        language = name.partition("-")[0]
        weights[language] = max(weights.get(language, 0.0), _weight(weight))
    return "en" if weights.get("en", 0.0) > weights["ru"] else "ru"


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _page(shown: Shown, language: Language, *, code: str = "", product: Product | None = None) -> str:
    words = WORDS[language]
    told = words.told[shown]
    name = (product.name_en if language == "en" else product.name_ru) if product else ""
    return _PAGE.substitute(
        language=language,
        style=_STYLE,
        shown=shown,
        heading=escape(told.heading),
        code=_CODE.substitute(code=grouped(code)) if code else "",
        text=escape(told.text.format(product=name)),
        help=_help(shown, words),
    )


def _help(shown: Shown, words: Words) -> str:
    """What to do next: an outer code brings no bonus, and goods that are recalled bring nobody any."""
    if shown == "recalled":
        return ""
    if shown == "genuine":
        return _TOLD.substitute(heading=escape(words.claim_heading), text=escape(words.claim_elsewhere))
    claim = _CLAIM.substitute(
        heading=escape(words.claim_heading),
        steps="".join(f"<li>{escape(step)}" for step in words.claim_steps),
        nothing_spent=escape(words.nothing_spent),
    )
    return claim + _TOLD.substitute(heading=escape(words.genuine_heading), text=escape(words.genuine_text))


def _answer(page: str, *, status: int = 200) -> Response[str]:
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


ROUTES = [code_page]
