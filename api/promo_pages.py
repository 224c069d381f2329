"""The page of a promo code: what it offers, where, and the code itself, to be told, typed or scanned at a till."""

import base64
import hashlib
from asyncio import to_thread
from functools import lru_cache
from html import escape
from string import Template
from typing import Any, Final

from litestar import HttpMethod, MediaType, Request, Response, route
from litestar.params import FromPath

from api import code_pages
from api.callers import anybody
from api.code_pages import language_of
from api.process import process_of
from api.promo_page_words import PAGE_WORDS
from codes.drawings import scene_pens
from codes.drawings.colours import BLACK_ON_WHITE
from codes.drawings.promo_parts import placed_ean, placed_qr
from codes.drawings.scenes import Box, Scene
from codes.drawings.symbols import Kind, symbol
from codes.promo_landings import Landing, landing
from codes.promo_text import VANITY_LENGTH_MAX
from codes.promo_words import WORDS
from referrals.words import Language

_STYLE: Final = """
:root{color-scheme:light dark;--paper:#f4f2ee;--card:#fff;--ink:#1d2125;--soft:#5b636b;--line:#dedad2;--mark:#10324a;
--on:#fff}
@media(prefers-color-scheme:dark){
:root{--paper:#15181b;--card:#1e2327;--ink:#eceae5;--soft:#a3abb3;--line:#333a40;--mark:#1d4a6b;--on:#fff}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:30rem;margin:0 auto;padding:1rem}
section{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.25rem;margin:0 0 1rem}
h1,h2,p,ol,figure{margin:0}
h1{font-size:1.35rem;line-height:1.25;margin:0 0 .5rem}
p+p,figure+p{margin-top:.5rem}
h2{font-size:1.05rem;margin:0 0 .5rem}
ol{padding-left:1.25rem}
li{margin:.25rem 0}
.offer{background:var(--mark);border-color:var(--mark);color:var(--on)}
.offer h1{font-size:clamp(2rem,14vw,4rem);line-height:1.1;margin:.25rem 0 .5rem}
.offer p{font-size:1.1rem}
.code{text-align:center}
.soft,small{color:var(--soft)}
.symbols{display:block;padding:.25rem 0 1rem;line-height:1.15;font-weight:700;
-webkit-user-select:all;user-select:all}
.short{font-size:min(11vw,3.2rem)}.middling{font-size:min(8.2vw,2.6rem)}.long{font-size:min(4.9vw,1.7rem)}
.till{background:#fff;color:#000;border-radius:.75rem;padding:.75rem}
.till svg{display:block;width:100%;height:auto;margin:0 auto;max-width:20rem}
.till .qr{max-width:11rem}
footer{padding:0 .25rem}
"""
_PAGE: Final = Template(
    '<!doctype html><html lang="$language"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex,nofollow">'
    '<meta name="color-scheme" content="light dark"><title>$title</title><style>$style</style>'
    "<main>$body</main></html>"
)
_BODY: Final = Template(
    '$advertised<section class="code"><p class="soft">$code_word</p>'
    '<output class="symbols $length" translate="no">$code</output>'
    '<figure class="till" role="img" aria-label="$bars_told">$bars</figure><p class="soft">$at_the_till</p></section>'
    "<section><h2>$how</h2><ol>$steps</ol></section>"
    "$terms<footer><small>$marks</small></footer>"
)
_ADVERTISED: Final = Template('<section class="offer"><p>$maker</p><h1>$headline</h1><p>$sentence</p></section>')
_NO_OFFER: Final = Template("<section><h1>$heading</h1><p>$text</p></section>")
# The longest texts that fit beside each other on the narrowest phone, by how large they are written.
_LENGTHS: Final = ((9, "short"), (12, "middling"), (VANITY_LENGTH_MAX, "long"))

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = code_pages.HEADERS | {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


@route(
    ["/p/{code:str}", "/P/{code:str}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    guards=[anybody],
    include_in_schema=False,
)
async def promo_page(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[str]:
    """What a promo code offers; one that is unknown, paused or over gets the same page as any other such."""
    language = language_of(request.headers.get("accept-language", ""))
    found = await landing(code, language=language)
    if found is None:
        return _answer(_no_offer_page(language), status=404)
    # A browser that only looks ahead has shown the page to nobody yet.
    if request.method == HttpMethod.GET and "prefetch" not in request.headers.get("sec-purpose", ""):
        process_of(request).openings.count(found.code_id)
    return _answer(_offer_page(found, language, bars=await to_thread(_till_symbols, found.digits)))


def _offer_page(found: Landing, language: Language, *, bars: str) -> str:
    words, page_words, offer = WORDS[language], PAGE_WORDS[language], found.offer
    terms = [line for line in (offer.validity, offer.shops, offer.more_terms) if line]
    advertised = ""
    if found.marks is None:
        # A card that was handed out leads here: its terms stay to be read, and nothing is praised.
        terms = [offer.maker, offer.sentence, *terms]
    else:
        said = {"maker": offer.maker, "headline": offer.headline, "sentence": offer.sentence}
        advertised = _ADVERTISED.substitute({name: escape(text) for name, text in said.items()})
    body = _BODY.substitute(
        advertised=advertised,
        code_word=escape(words.code),
        length=_length(found.text),
        code=escape(found.text),
        bars_told=escape(page_words.bars.format(digits=found.digits)),
        bars=bars,
        at_the_till=escape(page_words.at_the_till),
        how=escape(words.how),
        # The first step is to open this page.
        steps="".join(f"<li>{escape(step)}" for step in words.steps[1:]),
        terms=f"<section>{''.join(f'<p>{escape(line)}</p>' for line in terms)}</section>" if terms else "",
        marks=escape(found.marks or ""),
    )
    return _page(language, title=f"{found.text}: {offer.maker}", body=body)


def _length(text: str) -> str:
    return next(name for letters_max, name in _LENGTHS if len(text) <= letters_max)


def _no_offer_page(language: Language) -> str:
    words = PAGE_WORDS[language]
    body = _NO_OFFER.substitute(heading=escape(words.no_offer), text=escape(words.no_offer_text))
    return _page(language, title=words.no_offer, body=body)


def _page(language: Language, *, title: str, body: str) -> str:
    return _PAGE.substitute(language=language, title=escape(title), style=_STYLE, body=body)


@lru_cache(maxsize=1_024)
def _till_symbols(digits: str) -> str:
    """The digits in bars and as a QR; digits, since a scanner types them alike on every keyboard layout."""
    dark, light = BLACK_ON_WHITE.dark, BLACK_ON_WHITE.light
    bars = placed_ean(symbol(Kind.EAN_13, digits), left=0, top=0, width_max=59, height=16, colour=dark)
    matrix = placed_qr(symbol(Kind.QR, digits), left=0, top=0, room=29, colour=dark)
    drawn = (
        Scene(one.width, one.height, (Box(0, 0, one.width, one.height, light), *one.items), (one.symbol,))
        for one in (bars, matrix)
    )
    first, second = (scene_pens.svg(scene).decode() for scene in drawn)
    return first + second.replace("<svg ", '<svg class="qr" ', 1)


def _answer(page: str, *, status: int = 200) -> Response[str]:
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=HEADERS)


ROUTES = [promo_page]
