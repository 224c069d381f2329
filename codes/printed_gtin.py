"""The GTIN that is printed: a product may have several, and then somebody has to say which."""

from uuid import UUID

from codes.drawings.carriers import GtinMissing
from core.refusals import Unprocessable
from programs.gtin import padded
from programs.products import find_product


class UnknownGtin(Unprocessable):
    slug = "unknown_gtin"
    title = "The product has no such GTIN"


async def printed_gtin(product_id: UUID, wanted: str | None) -> str:
    """The wanted one in 14 digits, or the product's only one; GtinMissing, UnknownGtin."""
    gtins = (await find_product(product_id)).gtins
    if wanted is not None:
        chosen = padded(wanted)
        if chosen not in gtins:
            raise UnknownGtin(gtins=gtins)
        return chosen
    if not gtins:
        raise GtinMissing
    if len(gtins) > 1:
        raise UnknownGtin(detail="the product has several: say which one is printed", gtins=gtins)
    return gtins[0]
