"""Filling: a database that has credited a million scans, in a minute instead of an afternoon."""

from importlib.resources import files
from uuid import UUID

from bench.installation import Database
from bench.stock import BONUS_MINOR, Agents, Codes
from codes.keyring import Keyring
from codes.readings import readings
from core.db import transaction
from programs.standing import WHOLE
from wallets import accounts, chain


async def fill(
    database: Database, *, scans: int, agents: Agents, codes: Codes, unspent: list[str], **values: UUID
) -> None:
    """Leave what so many credited scans leave; the codes still to be measured with stay unspent."""
    await _write(
        database,
        agents,
        await _indexes(unspent),
        values | {"account": accounts.campaign(values["campaign"], "BON").id, "whole": WHOLE},
        {"scans": scans, "size": codes.size, "batch": codes.number, "agents": len(agents.ids), "bonus": BONUS_MINOR},
    )
    while await chain.seal():
        pass


async def _indexes(texts: list[str]) -> list[int]:
    """Where in their batch some codes stand."""
    async with transaction():
        known = await Keyring().current()
        items = await known.identify([readings(text) for text in texts])
    return [item.code.index for item in items if item is not None]


async def _write(
    database: Database, agents: Agents, unspent: list[int], ids: dict[str, UUID], numbers: dict[str, int]
) -> None:
    text = (files("bench") / "scripts" / "fill.sql").read_text()
    for name, value in (ids | numbers).items():
        text = text.replace(f"<{name}>", str(value))
    async with database.owned() as owner:
        await owner.execute("CREATE TEMP TABLE unspent (index bigint PRIMARY KEY)")
        await owner.copy_records_to_table("unspent", records=[(index,) for index in unspent])
        await owner.execute("CREATE TEMP TABLE agent_filled (n bigint PRIMARY KEY, id uuid, account_id uuid)")
        await owner.copy_records_to_table("agent_filled", records=_numbered(agents))
        async with owner.transaction():
            await owner.execute(text)
        # What autovacuum would have done over the months.
        await owner.execute("VACUUM (ANALYZE)")
        await owner.execute("CHECKPOINT")


def _numbered(agents: Agents) -> list[tuple[int, UUID, UUID]]:
    return [
        (number, agent_id, accounts.pending(agent_id, "BON").id) for number, agent_id in enumerate(agents.ids, start=1)
    ]
