"""Handouts over HTTP: what an agent gives away for his promo code, as a picture or a page to print."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api.callers import agent_of, agents
from api.openapi import AGENT
from api.problems import refuses
from api.process import process_of
from api.proven import READS
from api.ranged import attached
from codes import promo_handouts
from codes.drawings.colours import Ink, WeakContrast
from codes.drawings.labels import LabelTooSmall
from codes.drawings.letters import LettersUnknown
from codes.drawings.pictures import MEDIA_TYPES, Format
from codes.drawings.promo_frames import Frame
from codes.drawings.promo_parts import PROMO_INK
from codes.drawings.reading import DrawingUnreadable
from codes.promo_codes import PromoCodeArchived
from codes.promo_handouts import FormatNotDrawn, HandoutKind, OfferOver, PaperOnly, Use, WantedHandout
from core.refusals import NotFound
from programs.advertising import AdvertisingMarksMissing
from referrals.words import Language

Tint = Annotated[str, QueryParameter(pattern="^#?[0-9A-Fa-f]{6}$", description="Red, green and blue, as `#10324A`.")]

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
    ),
)
async def draw_handout(
    request: Request[Any, Any, Any],
    promo_code_id: FromPath[UUID],
    *,
    kind: FromQuery[HandoutKind] = HandoutKind.QR,
    format: FromQuery[Format | None] = None,  # noqa: A002 - it is one.
    language: FromQuery[Language] = "ru",
    frame: FromQuery[Frame] = Frame.NONE,
    use: FromQuery[Use] = Use.PRINT,
    dark: Tint = PROMO_INK.dark,
    light: Tint = PROMO_INK.light,
) -> Response[bytes]:
    """Something to hand out for one of the agent's codes: a QR, cards, a leaflet, a picture for messengers.

    A QR is PNG, SVG or PDF, plain or in a `frame`; cards are a PDF, ten on A4; a leaflet is A5, as PDF, PNG or SVG;
    a story is a PNG of 1080 × 1920. What is for use online, as a story always is, carries the campaign's advertising
    marks and is refused while one is missing.
    """
    ink = Ink(f"#{dark.removeprefix('#')}", f"#{light.removeprefix('#')}")
    wanted = WantedHandout(kind, language, format, frame, use, ink)
    origin = process_of(request).settings.printed_origin
    drawn, drawn_as = await promo_handouts.handout(agent_of(request).agent_id, promo_code_id, wanted, origin=origin)
    name = attached(f"promo-{kind.value}.{drawn_as.value}")
    return Response(drawn, media_type=MEDIA_TYPES[drawn_as], headers={"Cache-Control": "no-store"} | name)


ROUTES = [draw_handout]
