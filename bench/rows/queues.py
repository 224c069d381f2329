"""Accepting scans by the phone's queue, a hundred and five hundred a request: against set-based SQL alone."""

from bench import pgbench, requests, stock
from bench.figures import Figure, at_least
from bench.installation import Installation
from bench.load import closed
from bench.rounds import in_turn

_SIZES = (100, 500)
_CONNECTIONS = 4
_SCANS = 20_000
_AGENTS = 1_000
_CODES = _SCANS * 14


async def measure(installation: Installation) -> list[Figure]:
    """Several phones send at once."""
    database = await installation.database("queues")
    async with database.opened():
        program_id = await stock.program()
        product_id = await stock.product(program_id)
        await stock.campaign(program_id)
        codes, agents = await stock.codes(program_id, product_id, _CODES), await stock.agents(_AGENTS)
    script = {"product": str(product_id), "program": str(program_id)}
    figures = []
    async with database.api() as address:
        for size in _SIZES:

            async def ours(size: int = size) -> float:
                sent = requests.queues(codes.take(_SCANS), agents.tokens, size=size)
                return (await closed(address, sent, connections=_CONNECTIONS)).expect(200).rate * size

            async def database_alone(size: int = size) -> float:
                measured = await pgbench.run(
                    database, "scans", clients=_CONNECTIONS, transactions=_SCANS // size, size=str(size), **script
                )
                return measured.rate * size

            await ours()
            over_http, alone = await in_turn(ours, database_alone)
            figures.append(
                Figure(
                    what=f"accept scans in batches of {size} over HTTP",
                    unit="scans/s",
                    ours=over_http,
                    against="pgbench, set-based SQL alone",
                    theirs=alone,
                    target=at_least(20_000),
                )
            )
    return figures
