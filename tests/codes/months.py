"""Months: what has happened so far, moved into the month before, with the books still whole."""

from datetime import datetime, timedelta

import asyncpg

from core.db import fetch_value
from core.settings import Settings

_MOVE = """
DO $$
DECLARE ago interval := '{days} days'; today timestamptz := now() - interval '1 hour';
BEGIN
    SET LOCAL session_replication_role = replica;
    UPDATE promo_order SET redeemed_at = redeemed_at - ago, occurred_at = occurred_at - ago WHERE redeemed_at > today;
    UPDATE promo_return SET applied_at = applied_at - ago, at = at - ago WHERE applied_at > today;
    UPDATE settlement_dispute SET opened_at = opened_at - ago WHERE opened_at > today;
    UPDATE settlement_dispute SET answered_at = answered_at - ago WHERE answered_at > today;
    UPDATE settlement_payment SET marked_at = marked_at - ago WHERE marked_at > today;
    UPDATE settlement_payment SET reversed_at = reversed_at - ago WHERE reversed_at > today;
    UPDATE transfer SET created_at = created_at - ago WHERE created_at > today;
    UPDATE transfer SET digest = transfer_digest(id, kind, reference, debit_account_id, credit_account_id, amount_minor,
        asset, cause, reverses_id, created_at);
    UPDATE transfer_batch b SET digest = (
        SELECT sha256(string_agg(t.digest, ''::bytea ORDER BY t.id)) FROM transfer t WHERE t.batch_id = b.id);
END $$
"""


async def a_month_passes(settings: Settings, *, months: int = 1) -> str:
    """Move what has happened just now into the middle of an earlier month, which is returned."""
    now: datetime = await fetch_value("SELECT now() AT TIME ZONE 'Europe/Moscow'")
    middle = now
    for _ in range(months):
        middle = (middle.replace(day=1) - timedelta(days=1)).replace(day=15)
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute(_MOVE.format(days=(now - middle).days))
    finally:
        await connection.close()
    return f"{middle:%Y-%m}"
