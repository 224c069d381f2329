"""Drawings over HTTP: one code as a picture, a print order's codes as label sheets, and labels for cartons."""

from functools import partial
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api.batches import reachable as reachable_batch
from api.callers import Scoped, holder
from api.confines import READS
from api.openapi import KEY
from api.print_orders import reachable as reachable_order
from api.problems import refuses
from api.process import process_of
from api.ranged import Paced, attached
from codes import downloads
from codes.batches import BatchNotSealed, BatchWithoutKey
from codes.downloads import EncryptedOnly, NoDownloadSession
from codes.drawings import handouts, packing
from codes.drawings.carriers import Carrier, GtinMissing
from codes.drawings.carton_labels import Language, Size
from codes.drawings.colours import Ink, WeakContrast
from codes.drawings.handouts import IndexWithoutCode, RoleNotOrdered, Said, TooManyPages, Wanted
from codes.drawings.labels import LabelTooSmall, Words
from codes.drawings.letters import LettersUnknown
from codes.drawings.packing import LABELS_MAX, NothingPacked, Packed
from codes.drawings.pictures import MEDIA_TYPES, Format, Look
from codes.drawings.reading import DrawingUnreadable
from codes.drawings.symbols import Kind
from codes.drawings.templates import UnknownTemplate
from codes.packaging_code import INDEX_COUNT, Role
from codes.printed_gtin import UnknownGtin
from codes.transitions import BeyondBatch
from core.access import Scope

PDF: Final = "application/pdf"

Index = Annotated[int, QueryParameter(ge=0, le=INDEX_COUNT)]
IndexOrNone = Annotated[int | None, QueryParameter(ge=0, le=INDEX_COUNT)]
Tint = Annotated[str, QueryParameter(pattern="^#?[0-9A-Fa-f]{6}$", description="Red, green and blue, as `#003A70`.")]
Caption = Annotated[str, QueryParameter(max_length=60)]
Gtin = Annotated[str | None, QueryParameter(max_length=14, description="For a product with several.")]
RoleName = Literal["inner", "outer"]
Matrix = Literal["qr", "data_matrix"]

_PICTURED = {
    200: ResponseSpec(
        bytes, media_type=MEDIA_TYPES[Format.PNG], generate_examples=False, description="PNG, SVG or PDF, as asked."
    )
}
_SHEETS = {200: ResponseSpec(bytes, media_type=PDF, generate_examples=False, description="A PDF, page by page.")}


@get(
    "/v1/batches/{batch_id:uuid}/drawing",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="draw_code",
    responses=_PICTURED
    | refuses(
        *READS,
        BeyondBatch,
        BatchNotSealed,
        BatchWithoutKey,
        IndexWithoutCode,
        GtinMissing,
        UnknownGtin,
        WeakContrast,
        DrawingUnreadable,
    ),
)
async def draw_code(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    *,
    index: Index = 0,
    role: FromQuery[RoleName] = "inner",
    format: FromQuery[Format] = Format.PNG,  # noqa: A002 - it is one.
    symbol: FromQuery[Matrix] = "qr",
    carrier: FromQuery[Carrier] = Carrier.URL,
    gtin: Gtin = None,
    dark: Tint = "#000000",
    light: Tint = "#FFFFFF",
    module_mm: Annotated[float, QueryParameter(ge=0.4, le=10)] = 0.5,
    module_pixels: Annotated[int, QueryParameter(ge=2, le=40)] = 10,
    text: FromQuery[bool] = True,
) -> Response[bytes]:
    """One code as a picture, for support and for leaflets; it stands in the audit who got it.

    The quiet zone is four modules. A picture that does not read back as its code, for want of contrast, is refused.
    """
    await reachable_batch(request, batch_id)
    drawn = await handouts.picture(
        batch_id,
        index=index,
        said=_said(role, symbol, carrier, gtin),
        look=Look(module_mm=module_mm, module_pixels=module_pixels, ink=_ink(dark, light), text=text),
        format=format,
        origin=process_of(request).settings.printed_origin,
        by=holder(request).who,
    )
    return Response(drawn, media_type=MEDIA_TYPES[format])


@get(
    "/v1/print-orders/{print_order_id:uuid}/sheet.pdf",
    guards=[Scoped(Scope.codes_export)],
    security=KEY,
    tags=["printing"],
    operation_id="draw_sheet",
    media_type=PDF,
    responses=_SHEETS
    | refuses(
        *READS,
        NoDownloadSession,
        EncryptedOnly,
        BeyondBatch,
        RoleNotOrdered,
        TooManyPages,
        UnknownTemplate,
        LabelTooSmall,
        LettersUnknown,
        GtinMissing,
        WeakContrast,
        DrawingUnreadable,
    ),
)
async def draw_sheet(
    request: Request[Any, Any, Any],
    print_order_id: FromPath[UUID],
    *,
    template: Annotated[str, QueryParameter(max_length=40, description="`a4-65`, `roll-58x40`, …")] = "a4-65",
    first: IndexOrNone = None,
    stop: IndexOrNone = None,
    role: FromQuery[RoleName] = "inner",
    symbol: FromQuery[Matrix] = "qr",
    carrier: FromQuery[Carrier] = Carrier.URL,
    product: Caption = "",
    maker: Caption = "",
    dark: Tint = "#000000",
    light: Tint = "#FFFFFF",
    used: Annotated[int, QueryParameter(ge=0, le=500, description="Labels missing on the first page.")] = 0,
) -> Response[bytes]:
    """A print order's codes on sheets of labels, all or some; it needs an open download session of the same key.

    Labels stand in the order of their indexes; one whose code would read as a swear word has no label.
    """
    await reachable_order(request, print_order_id)
    who = holder(request).who
    order, session_id = await downloads.may_read(print_order_id, by=who, encrypted=False)
    wanted = Wanted(
        template=template,
        said=_said(role, symbol, carrier),
        words=Words(product, maker),
        ink=_ink(dark, light),
        used=used,
    )
    pages = await handouts.sheet_of_order(order, session_id, wanted, first=first, stop=stop, by=who)
    return Paced(pages, served=partial(_count, session_id), media_type=PDF, headers=attached(f"{print_order_id}.pdf"))


@get(
    "/v1/batches/{batch_id:uuid}/cartons/labels.pdf",
    guards=[Scoped(Scope.codes_read)],
    security=KEY,
    tags=["printing"],
    operation_id="draw_carton_labels",
    media_type=PDF,
    responses=_SHEETS | refuses(*READS, BatchWithoutKey, NothingPacked, LettersUnknown, DrawingUnreadable),
)
async def draw_carton_labels(
    request: Request[Any, Any, Any],
    batch_id: FromPath[UUID],
    *,
    kind: FromQuery[Literal["carton", "pallet"]] = "carton",
    sscc: Annotated[str | None, QueryParameter(pattern="^[0-9]{18}$", description="That one alone.")] = None,
    after: Annotated[int, QueryParameter(ge=-1, le=INDEX_COUNT)] = -1,
    limit: Annotated[int, QueryParameter(ge=1, le=LABELS_MAX)] = 100,
    maker: Caption = "",
    size: FromQuery[Size] = "a6",
    language: FromQuery[Language] = "ru",
    twins: FromQuery[bool] = True,
) -> Response[bytes]:
    """Labels for a batch's cartons or pallets: in bars the number (SSCC) and, with one GTIN, the contents.

    They hold no code. With `twins`, a pack needs both its codes to count, as when the cartons were made.
    """
    batch = await reachable_batch(request, batch_id)
    packed = Packed(kind, sscc, after, limit, twins)
    pages = await packing.labels(batch, packed, maker=maker, size=size, language=language)
    return Paced(pages, served=_nobody_counts, media_type=PDF, headers=attached(f"{batch_id}-{kind}.pdf"))


def _said(role: RoleName, symbol: Matrix, carrier: Carrier, gtin: str | None = None) -> Said:
    return Said(carrier, Role[role.upper()], Kind(symbol), gtin)


def _ink(dark: str, light: str) -> Ink:
    return Ink(f"#{dark.removeprefix('#')}", f"#{light.removeprefix('#')}")


async def _count(session_id: UUID, bytes_served: int) -> None:
    await downloads.count(session_id, bytes_served=bytes_served)


async def _nobody_counts(_bytes_served: int) -> None: ...


ROUTES = [draw_code, draw_sheet, draw_carton_labels]
