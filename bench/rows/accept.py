"""Accepting scans one a request: against an empty endpoint, and against PostgreSQL doing a transaction for each."""

from bench import pgbench, requests, stock
from bench.figures import Figure, Target, at_most, ratio_at_least
from bench.installation import Installation
from bench.load import Address, Measured, closed
from bench.rounds import in_turn

CONNECTIONS = 64
_SCANS = 8_000
_AGENTS = 1_000
_CODES = 200_000


async def measure(installation: Installation) -> list[Figure]:
    """No worker runs: crediting has rows of its own."""
    database = await installation.database("accept")
    async with database.opened():
        program_id = await stock.program()
        product_id = await stock.product(program_id)
        await stock.campaign(program_id)
        codes, agents = await stock.codes(program_id, product_id, _CODES), await stock.agents(_AGENTS)

    async def scan(address: Address) -> Measured:
        sent = requests.scans(codes.take(_SCANS), agents.tokens)
        return (await closed(address, sent, connections=CONNECTIONS)).expect(201)

    async def database_alone() -> Measured:
        script = {"product": str(product_id), "program": str(program_id)}
        return await pgbench.run(database, "scan", clients=CONNECTIONS, transactions=_SCANS, **script)

    async with (
        database.api() as ours,
        database.api("bench.empty", "dressed") as dressed,
        database.api("bench.empty", "bare") as bare,
    ):
        await scan(ours)
        measured = await in_turn(lambda: scan(ours), lambda: scan(dressed), lambda: scan(bare), database_alone)
    return _figures(*measured)


def _figures(
    ours: list[Measured], dressed: list[Measured], bare: list[Measured], database: list[Measured]
) -> list[Figure]:
    def rate(against: str, theirs: list[Measured], target: Target | None = None) -> Figure:
        return Figure(
            what="accept a scan, one per request",
            unit="scans/s",
            ours=[one.rate for one in ours],
            against=against,
            theirs=[one.rate for one in theirs],
            target=target,
        )

    return [
        rate("an empty endpoint in our middleware", dressed, ratio_at_least(0.5)),
        rate("an empty endpoint of bare Litestar", bare),
        rate("pgbench, the same statements", database),
        Figure(
            what=f"its p99 at {CONNECTIONS} connections",
            unit="ms",
            ours=[one.percentile_ms(99) for one in ours],
            against="p99 of pgbench, the same statements",
            theirs=[one.percentile_ms(99) for one in database],
            target=at_most(25),
        ),
    ]
