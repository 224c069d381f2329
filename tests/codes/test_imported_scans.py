"""Scans of imported codes: whichever way they are spelled, they are claimed, held, recalled and paid like our own."""

import asyncio

import pytest

from codes.activation import change_range
from codes.claims import ScanRequest
from codes.identities import said as what_is_said
from codes.imports import Imported
from codes.keyring import Keyring
from codes.readings import Malformed
from codes.scans import Judged, claim
from core.db import execute, fetch_value
from core.ids import uuid7
from referrals import item_keys
from tests.codes.files import GS, GTIN, a_marked_product, imported, marking, on_sale, some_codes, some_serials
from tests.packs import BONUS_MINOR, Sale, a_sale, a_wrong_code, an_agent, said, settled, some_agents, told, wallet
from tests.programs.stored import BY

CODES = some_codes(50)
SERIALS = some_serials(40)
LOOKS = str.maketrans("ABEKMHPCTYX", "АВЕКМНРСТУХ")


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


@pytest.fixture
async def file(sale: Sale) -> Imported:
    """A maker's own codes, not on sale yet."""
    return await imported(sale.program_id, CODES, product_id=sale.product_id)


@pytest.fixture
async def markings(sale: Sale) -> Imported:
    """Markings of a national system, on sale."""
    await a_marked_product(sale.program_id)
    done = await imported(sale.program_id, [marking(serial) for serial in SERIALS])
    await on_sale(done)
    return done


def asks(agent_id: object, text: str, *, key: bytes | None = None, most: int = 20) -> ScanRequest:
    read = what_is_said(text)
    return ScanRequest(
        readings=read.readings,
        agent_id=agent_id,  # type: ignore[arg-type]
        client_key=key or uuid7().bytes,
        scanned_at=None,
        subjects=((getattr(agent_id, "bytes", b""), most),),
        misspelled=read.misspelled,
        identities=read.identities,
    )


async def scanned(*requests: ScanRequest) -> list[Judged]:
    return await claim(requests, keyring=Keyring())


@pytest.mark.parametrize(
    "spelled",
    [str, str.lower, lambda code: f" {code[:4]}-{code[4:8]} {code[8:]}\r\n", lambda code: code.translate(LOOKS)],
    ids=["as it is", "small", "grouped", "Cyrillic"],
)
async def test_a_makers_own_code_pays_once_under_all_its_spellings(sale: Sale, file: Imported, spelled: object) -> None:
    one, other = await some_agents(2)
    await on_sale(file)
    text = spelled(CODES[7])  # type: ignore[operator]

    judged = await scanned(asks(one, text))
    again = await scanned(asks(one, CODES[7]), asks(other, CODES[7]), asks(other, f"https://maker.example/c/{text}"))

    assert list(map(said, judged)) == ["new accepted"]
    assert list(map(said, again)) == ["already_yours accepted", "already_claimed", "already_claimed"]
    await settled()
    assert (await wallet(one)).available_minor == BONUS_MINOR


@pytest.mark.parametrize(
    "text",
    [
        marking(SERIALS[3]),
        f"]d2{marking(SERIALS[3])}",
        f"01{GTIN}21{SERIALS[3]}",
        marking(SERIALS[3]).replace(GS, ""),
        marking(SERIALS[3]).replace(GS, "{GS}"),
        f"(01){GTIN}(21){SERIALS[3]}(91)EE06(92)tail",
        f"01{GTIN}21{SERIALS[3]}93wxYZ",
    ],
)
async def test_a_marking_is_known_with_and_without_its_tail_and_its_separators(markings: Imported, text: str) -> None:
    agent_id = await an_agent()

    assert list(map(said, await scanned(asks(agent_id, text)))) == ["new accepted"]


async def test_a_later_receipt_with_the_same_marking_meets_its_purchase(sale: Sale, markings: Imported) -> None:
    await scanned(asks(await an_agent(), marking(SERIALS[3])))

    key = item_keys.of_marking(GTIN, SERIALS[3])

    assert await fetch_value("SELECT count(*) FROM purchase_key WHERE item_key = $1", key) == 1
    assert SERIALS[3] not in key


async def test_a_serial_number_in_another_case_is_another_item(markings: Imported) -> None:
    swapped = SERIALS[3].swapcase()

    [judged] = await scanned(asks(await an_agent(), f"01{GTIN}21{swapped}"))

    assert said(judged) == "not_accepted"


async def test_own_and_imported_codes_of_one_queue_each_get_their_answer(sale: Sale, file: Imported) -> None:
    await on_sale(file)
    agent_id = await an_agent()
    texts = [sale.batch.code(0), CODES[0], a_wrong_code(sale.batch), CODES[1], some_codes(1, seed=9)[0]]

    judged = await scanned(*(asks(agent_id, text) for text in texts))

    assert list(map(said, judged)) == ["new accepted", "new accepted", "not_accepted", "new accepted", "not_accepted"]


async def test_many_who_scan_an_imported_code_at_once_are_paid_once(sale: Sale, file: Imported) -> None:
    await on_sale(file)
    agents = await some_agents(30)

    judged = [said(one) for [one] in await asyncio.gather(*(scanned(asks(agent, CODES[0])) for agent in agents))]

    assert sorted(set(judged)) == ["already_claimed", "new accepted"]
    assert judged.count("new accepted") == 1


# Ranges.


async def test_a_scan_before_activation_is_held_and_paid_when_its_index_is_on_sale(sale: Sale, file: Imported) -> None:
    early, late, elsewhere = await some_agents(3)
    requests = (asks(early, CODES[5]), asks(late, CODES[5]), asks(elsewhere, CODES[6]))
    held = [(await scanned(request))[0] for request in requests]

    await change_range(file.batches[0].batch_id, first=0, stop=6, state="active", reason="", by=BY)

    assert list(map(said, held)) == ["new held"] * 3
    await settled()
    assert [(await wallet(one)).available_minor for one in (early, late, elsewhere)] == [BONUS_MINOR, 0, 0]
    assert await told(late) == [("held", None), ("denied", "already_claimed")]
    assert said((await scanned(asks(early, CODES[5])))[0]) == "already_yours accepted"


async def test_a_held_marking_keeps_the_item_key_of_its_marking(sale: Sale) -> None:
    await a_marked_product(sale.program_id)
    done = await imported(sale.program_id, [marking(serial) for serial in SERIALS])
    await scanned(asks(await an_agent(), marking(SERIALS[0])))

    await on_sale(done)

    key = item_keys.of_marking(GTIN, SERIALS[0])
    assert await fetch_value("SELECT count(*) FROM purchase_key WHERE item_key = $1", key) == 1


async def test_a_recalled_range_refuses_while_its_neighbour_pays(sale: Sale, file: Imported) -> None:
    await on_sale(file)
    agent_id = await an_agent()
    await change_range(file.batches[0].batch_id, first=10, stop=20, state="recalled", reason="", by=BY)

    judged = await scanned(*(asks(agent_id, CODES[index]) for index in (9, 10, 19, 20)))

    assert list(map(said, judged)) == ["new accepted", "not_accepted", "not_accepted", "new accepted"]


async def test_no_code_of_a_voided_batch_is_known(sale: Sale, file: Imported) -> None:
    await on_sale(file)
    await execute("UPDATE code_batch SET state = 'voided' WHERE kind = 'imported'")
    await execute("UPDATE code_revision SET revision = revision + 1")

    [judged] = await scanned(asks(await an_agent(), CODES[0]))

    assert said(judged) == "malformed"


# What is no code.


async def test_a_text_that_looks_like_an_imported_code_and_is_none_counts_as_a_guess(file: Imported) -> None:
    agent_id, wrong = await an_agent(), some_codes(4, seed=9)

    judged = [said((await scanned(asks(agent_id, text, most=2)))[0]) for text in wrong]

    assert judged == ["not_accepted", "not_accepted", "rate_limited", "rate_limited"]


async def test_a_text_that_can_be_no_code_of_anybody_is_malformed_and_no_guess(file: Imported) -> None:
    agent_id = await an_agent()

    judged = [said((await scanned(asks(agent_id, CODES[0][:-1], most=1)))[0]) for _ in range(3)]

    assert judged == ["malformed"] * 3
    assert await fetch_value("SELECT count(*) FROM guess") == 0


@pytest.mark.parametrize("text", ["", "   ", "8WBJ", "A" * 101, "!!!!!!!!", "https://maker.example/", "\x1d\x1d"])
def test_what_cannot_be_read_at_all_is_malformed_before_anybody_looks(text: str) -> None:
    with pytest.raises(Malformed):
        what_is_said(text)


async def test_a_refused_text_that_comes_again_gets_its_answer_again(file: Imported) -> None:
    agent_id, wrong, other = await an_agent(), *some_codes(2, seed=9)

    judged = [(await scanned(asks(agent_id, text, key=b"once")))[0] for text in (wrong, wrong, other)]

    assert list(map(said, judged)) == ["not_accepted", "not_accepted", "idempotency_mismatch"]
