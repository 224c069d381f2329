"""Everybody scans for one campaign: our pipeline up to the credit, against a transaction for each scan and credit."""

import time

from bench import pgbench, requests, stock
from bench.figures import Figure, ratio_at_least
from bench.installation import Installation
from bench.load import closed
from bench.rounds import in_turn
from bench.settled import settled
from core.db import execute
from programs.seats import budget_id
from wallets import accounts

CONNECTIONS = 64
_SCANS = 6_000
_AGENTS = 1_000
_CODES = 50_000
# What pgbench does best with: more connections only wait for the budget's row.
_PGBENCH_CLIENTS = 8
_PGBENCH_SCANS = 4_000


async def measure(installation: Installation) -> list[Figure]:
    """One API process, one worker, one budget."""
    database = await installation.database("hot")
    async with database.opened():
        program_id = await stock.program()
        product_id = await stock.product(program_id)
        campaign_id = await stock.campaign(program_id)
        codes, agents = await stock.codes(program_id, product_id, _CODES), await stock.agents(_AGENTS)
        await _open_accounts()
        script = {
            "product": str(product_id),
            "program": str(program_id),
            "budget": str(budget_id(campaign_id, "BON")),
            "account": str(accounts.campaign(campaign_id, "BON").id),
        }

        async def pipeline() -> float:
            sent = requests.scans(codes.take(_SCANS), agents.tokens)
            started = time.perf_counter()
            (await closed(address, sent, connections=CONNECTIONS)).expect(201)
            return _SCANS / (await settled() - started)

        async def one_by_one() -> float:
            measured = await pgbench.run(
                database, "scan_and_credit", clients=_PGBENCH_CLIENTS, transactions=_PGBENCH_SCANS, **script
            )
            return measured.rate

        async with database.api() as address:
            with database.process("cli", "worker"):
                await pipeline()
                ours, theirs = await in_turn(pipeline, one_by_one)
    return [
        Figure(
            what="scan and credit on one campaign's budget",
            unit="credits/s",
            ours=ours,
            against="pgbench, one scan and credit a transaction",
            theirs=theirs,
            target=ratio_at_least(3),
        )
    ]


async def _open_accounts() -> None:
    """Wallets under the numbers that pgbench can count."""
    await execute(
        """INSERT INTO account (id, kind, owner_id, asset)
           SELECT lpad(to_hex(n), 32, '0')::uuid, 'agent_pending', lpad(to_hex(n), 32, '0')::uuid, 'BON'
           FROM generate_series(1, $1::int) AS n""",
        _AGENTS,
    )
