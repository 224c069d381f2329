import asyncpg

from core.proofs import run
from core.settings import Settings
from programs.budgets import top_up
from programs.proofs import PROOFS
from programs.terms import NewTerms, accept_terms, publish_terms
from tests.programs.made import AGENT
from tests.programs.stored import BY, a_campaign, a_program


async def broken_proofs() -> list[str]:
    return [verdict.name for verdict in await run(PROOFS) if not verdict.holds]


async def test_a_text_edited_behind_our_back_fails_its_proof(database: None, settings: Settings) -> None:
    program_id = await a_program()
    terms = await publish_terms(program_id, NewTerms("rules", "Правила", "Rules"), by=BY)
    await accept_terms(terms.id, agent_id=AGENT, sha256=terms.sha256)
    await a_campaign(program_id, budget_minor=5)
    assert await broken_proofs() == []

    await as_owner(settings, "UPDATE terms SET text_en = 'Rules: pay me'")
    assert await broken_proofs() == ["each published text is the one that its hash names"]

    await as_owner(settings, "UPDATE terms SET text_en = 'Rules'; UPDATE terms_acceptance SET version = 2")
    assert await broken_proofs() == ["each agreement is to a published text"]


async def test_a_budget_overspent_behind_our_back_fails_its_proof(database: None, settings: Settings) -> None:
    await a_campaign(await a_program(), budget_minor=5)

    await as_owner(settings, "ALTER TABLE budget DROP CONSTRAINT budget_holds; UPDATE budget SET spent_minor = 6")
    broken = await broken_proofs()

    await as_owner(
        settings,
        """UPDATE budget SET spent_minor = 0;
           ALTER TABLE budget ADD CONSTRAINT budget_holds CHECK (spent_minor BETWEEN 0 AND cap_minor)""",
    )
    assert "no campaign has spent more than its budget" in broken


async def test_a_budget_raised_behind_our_back_fails_its_proof(database: None, settings: Settings) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=5)
    await top_up(campaign_id, asset="RUB", amount_minor=10, by=BY)
    assert await broken_proofs() == []

    await as_owner(settings, "UPDATE budget SET cap_minor = cap_minor + 1")

    assert await broken_proofs() == ["each budget is what the ledger holds for its campaign"]


async def as_owner(settings: Settings, statement: str) -> None:
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
