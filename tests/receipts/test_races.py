import asyncio

from core.db import fetch_value
from receipts.intake import Taken
from tests.packs import settled, some_agents, wallet
from tests.receipts.purchases import BONUS_MINOR, an_offer, hand_in, slugs
from tests.receipts.test_intake import spellings


async def test_one_receipt_in_ten_spellings_of_fifty_agents_at_once_pays_one_of_them_once(proven: None) -> None:
    await an_offer()
    asked = [(agent_id, said) for agent_id in await some_agents(50) for said in spellings()]
    in_turn = [asked[place] for first in range(10) for place in range(first, len(asked), 10)]

    answers = await asyncio.gather(*(hand_in(agent_id, **said) for agent_id, said in in_turn))
    await settled()

    taken = [agent_id for (agent_id, _), answer in zip(in_turn, answers, strict=True) if isinstance(answer, Taken)]
    assert (len(set(taken)), len(taken)) == (1, len(spellings()))
    assert slugs(answers).count("new") == 1
    assert slugs(answers).count("receipt_duplicate") == len(asked) - len(spellings())
    assert await fetch_value("SELECT count(*) FROM receipt") == 1
    assert await fetch_value("SELECT count(*) FROM activity") == 1
    assert (await wallet(taken[0])).available_minor == BONUS_MINOR
