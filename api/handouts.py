"""Handouts over HTTP: what an agent gives away for his promo code, as a picture or a page to print."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api import rate_limits
from api.callers import agent_of, agents
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS
from api.ranged import attached
from codes import promo_handouts
from codes.drawings.colours import WeakContrast
from codes.drawings.labels import LabelTooSmall
from codes.drawings.letters import LettersUnknown
from codes.drawings.pictures import MEDIA_TYPES, Format
from codes.drawings.promo_frames import Frame
from codes.drawings.reading import DrawingUnreadable
from codes.promo_codes import PromoCodeArchived
from codes.promo_handouts import FormatNotDrawn, HandoutKind, OfferOver, PaperOnly, Use, WantedHandout
from core.limits import RateLimited
from core.refusals import NotFound
from programs.advertising import AdvertisingMarksMissing
from referrals.words import Language

Tint = Annotated[
    str | None,
    QueryParameter(
        pattern="^#?[0-9A-Fa-f]{6}$", description="Red, green and blue, as `#10324A`; the maker's own if left out."
    ),
]

_DRAWN: Final = {
    200: ResponseSpec(
        bytes, media_type=MEDIA_TYPES[Format.PNG], generate_examples=False, description="PNG, SVG or PDF, as asked."
    )
}


@get(
    "/v1/promo-codes/{promo_code_id:uuid}/handout",
    guards=[agents],
    security=AGENT,
    tags=["promo codes"],
    operation_id="draw_handout",
    response_headers=rate_limits.TOLD,
    responses=_DRAWN
    | refuses(
        *READS,
        NotFound,
        PromoCodeArchived,
        OfferOver,
        AdvertisingMarksMissing,
        FormatNotDrawn,
        PaperOnly,
        WeakContrast,
        LabelTooSmall,
        LettersUnknown,
        DrawingUnreadable,
        RateLimited,
    ),
)
async def draw_handout(
    request: Request[Any, Any, Any],
    promo_code_id: FromPath[UUID],
    *,
    kind: FromQuery[HandoutKind] = HandoutKind.QR,
    format: FromQuery[Format | None] = None,  # noqa: A002 - it is one.
    language: FromQuery[Language] = "ru",
    frame: FromQuery[Frame] = Frame.SQUARE,
    use: FromQuery[Use] = Use.PRINT,
    dark: Tint = None,
    light: Tint = None,
) -> Response[bytes]:
    """Something to hand out for one of the agent's codes: a QR, cards, a leaflet, a picture for messengers.

    A QR is PNG, SVG or PDF, in a `frame` with bars for tills beneath, or bare with `frame=none`; cards are a PDF, ten
    on A4; a leaflet is A5, as PDF, PNG or SVG; a story is a PNG of 1080 × 1920. What is for use online, as a story
    always is, carries the campaign's advertising marks and is refused while one is missing.
    """
    wanted = WantedHandout(kind, language, format, frame, use, _colour(dark), _colour(light))
    process, agent_id = process_of(request), agent_of(request).agent_id
    rate_limits.remember(request, await process.handouts_hourly.spend(str(agent_id)))
    drawn, drawn_as = await promo_handouts.handout(
        agent_id, promo_code_id, wanted, origin=process.settings.printed_origin
    )
    name = attached(f"promo-{kind.value}.{drawn_as.value}")
    answer = Response(drawn, media_type=MEDIA_TYPES[drawn_as], headers={"Cache-Control": "no-store"} | name)
    return rate_limits.tell(request, answer)


def _colour(said: str | None) -> str | None:
    return None if said is None else f"#{said.removeprefix('#')}"


ROUTES = [draw_handout]
