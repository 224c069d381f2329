"""Offline slips: each number of a terminal is taken once, and answered alike however often it is sent."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from codes import offline_orders, slips
from codes.customers import buyer_of
from codes.offline_covers import Till
from codes.offline_orders import Outcome, Place, Sale
from codes.slips import SignedSlip, SlipForged
from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs import terminals
from programs.terminals import Terminal


class SlipNumberUsed(Conflict):
    slug = "slip_number_used"
    title = "The terminal has signed another slip with this number or for this order"


async def take(text: str, *, shop_id: UUID | None) -> Outcome:
    """Take a slip of a shop, or of any shop where none is named, and redeem what it says.

    Raises SlipUnreadable, SlipForged, SlipAhead, SlipTooLate, SlipNumberUsed, CustomerUnreadable.
    """
    signed = slips.read(text)
    signer = await _signer(signed, shop_id)
    slip, digest = signed.slip, hashlib.sha256(signed.signed).digest()
    before = await _known(signer.id, slip.seq, slip.order_ref)
    if before is not None and before["digest"] == digest and before["outcome"] is not None:
        return offline_orders.decode(before["outcome"])
    customer = buyer_of(slip.customer)
    if before is None:
        window = await offline_orders.window_of(slip.order)
        async with transaction() as now:
            slips.refuse_untimely(slip, window=window, now=now)
            await _claim(signer, signed, digest, now=now)
        before = await _known(signer.id, slip.seq, slip.order_ref)
    # Whoever came first with the number or the order has it; the loser of a race finds here who that was.
    if before is None or before["digest"] != digest or before["sequence"] != slip.seq:
        raise SlipNumberUsed
    sale = Sale(slip.order, Till(signer.id, signer.shop_id), customer, slip.at, slip.discount_minor)
    return await offline_orders.take(sale, Place("offline_slip", before["id"]))


async def _signer(signed: SignedSlip, shop_id: UUID | None) -> Terminal:
    """The terminal that signed a slip; one that is revoked signs nothing, whenever it says that it did."""
    try:
        terminal = await terminals.find(signed.terminal_id)
    except NotFound:
        raise SlipForged from None
    is_ours = shop_id in (None, terminal.shop_id) and terminal.revoked_at is None
    if not is_ours or not terminal.signed(signed.signed, signed.signature):
        raise SlipForged
    return terminal


async def _known(terminal_id: UUID, sequence: int, order_ref: str) -> Any:
    return await fetch_row(
        """SELECT * FROM offline_slip WHERE terminal_id = $1 AND (sequence = $2 OR order_ref = $3)
           ORDER BY sequence <> $2 LIMIT 1""",
        terminal_id,
        sequence,
        order_ref,
    )


async def _claim(terminal: Terminal, signed: SignedSlip, digest: bytes, *, now: datetime) -> None:
    await execute(
        """INSERT INTO offline_slip (id, terminal_id, shop_id, sequence, order_ref, digest, at, received_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING""",
        uuid7(),
        terminal.id,
        terminal.shop_id,
        signed.slip.seq,
        signed.slip.order_ref,
        digest,
        signed.slip.at,
        now,
    )
