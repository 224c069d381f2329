"""The desk: a person decides about receipts and answers appeals, once, with what he needs before his eyes."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.db import execute, fetch, fetch_value
from core.settings import Settings
from receipts import pictures
from receipts.views import ReceiptView
from referrals import disputes
from tests.api.staffing import Person, logged_in
from tests.packs import an_agent, settled
from tests.receipts.purchases import NAME, SELLER, Offer, a_line, an_offer, code, document, handed_in

UNKNOWN = "Нечто неузнаваемое 17"
JPEG = b"\xff\xd8\xff\xe0 a picture"


@pytest.fixture
async def offer(http: httpx.AsyncClient) -> Offer:
    return await an_offer()


@pytest.fixture
async def moderator(http: httpx.AsyncClient, offer: Offer) -> Person:
    return await logged_in(http, "moderator", program_id=offer.program_id)


async def brought(*lines: dict[str, Any], i: int = 9, agent_id: UUID | None = None) -> ReceiptView:
    """A receipt of somebody's, with these goods."""
    return await handed_in(agent_id or await an_agent(), document=document(*lines, i=i, fp=i))


async def waiting(*names: str, i: int = 9, amount: int = 550_000) -> UUID:
    """A receipt whose goods nobody knows."""
    taken = await brought(*(a_line(name, amount) for name in names or (UNKNOWN,)), i=i)
    assert taken.state == "in_review"
    return taken.receipt_id


async def state(receipt_id: UUID) -> str:
    found: str = await fetch_value("SELECT state FROM receipt WHERE id = $1", receipt_id)
    return found


async def test_the_queue_tells_who_waits_and_why(offer: Offer, moderator: Person) -> None:
    receipt_id = await waiting()

    page = (await moderator.see("/staff/desk")).text

    assert f'href="/staff/desk/{receipt_id}"' in page
    assert "5 500" in page.replace("\u00a0", " ")
    assert "Товаров производителя в чеке мы не узнали" in page


async def test_a_receipt_is_shown_with_its_fields_its_goods_and_its_tills_neighbours(
    offer: Offer, moderator: Person
) -> None:
    before = await brought(i=8)
    receipt_id = await waiting(i=9)

    page = (await moderator.see(f"/staff/desk/{receipt_id}")).text

    assert UNKNOWN in page
    assert SELLER in page
    assert str(before.receipt_id) in page
    assert "этот чек" in page


async def test_who_names_the_product_accepts_it_and_teaches_its_name(offer: Offer, moderator: Person) -> None:
    receipt_id = await waiting()
    sku = await fetch_value("SELECT sku FROM product WHERE id = $1", offer.product_id)

    answer = await moderator.send(f"/staff/desk/{receipt_id}", **{"decision": "accept", "sku-0": sku, "note": "ясно"})

    again = await brought(a_line(UNKNOWN), i=10)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff/desk")
    assert (await state(receipt_id), again.state) == ("matched", "matched")


async def test_who_decided_leads_on_to_the_next(offer: Offer, moderator: Person) -> None:
    first, second = await waiting(i=9), await waiting(i=10)

    answer = await moderator.send(f"/staff/desk/{first}", decision="reject", note="нет таких товаров")

    assert answer.headers["location"] == f"/staff/desk/{second}"
    assert await state(first) == "rejected"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"decision": "accept"}, "Ни одна строка не узнана"),
        ({"decision": "accept", "sku-0": "nothing"}, "Такого товара в каталоге нет"),
        ({"decision": "reject"}, "При отказе она обязательна"),
    ],
)
async def test_what_cannot_be_is_said_in_words_and_changes_nothing(
    offer: Offer, moderator: Person, said: dict[str, str], told: str
) -> None:
    receipt_id = await waiting()

    answer = await moderator.send(f"/staff/desk/{receipt_id}", **said)

    assert answer.status_code == 422
    assert told in answer.text
    assert await state(receipt_id) == "in_review"


async def test_of_those_who_decide_at_once_one_does_and_whoever_clicks_twice_is_led_on(
    offer: Offer, moderator: Person, http: httpx.AsyncClient
) -> None:
    receipt_id = await waiting()
    other = await logged_in(http, "moderator", program_id=offer.program_id, login="pavel")

    answers = await asyncio.gather(
        *(
            person.send(f"/staff/desk/{receipt_id}", decision="reject", note="нет таких товаров")
            for person in (moderator, other)
            for _ in range(5)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [303] * 5 + [409] * 5
    late = next(answer.text for answer in answers if answer.status_code == 409)
    assert "Пока вы смотрели, этот чек уже решён" in late
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'receipt.reject'") == 1


async def test_an_acceptance_that_is_sent_ten_times_pays_once(offer: Offer, moderator: Person) -> None:
    receipt_id = await waiting(NAME + " особый", "Ещё нечто")
    sku = await fetch_value("SELECT sku FROM product WHERE id = $1", offer.product_id)

    await asyncio.gather(
        *(moderator.send(f"/staff/desk/{receipt_id}", **{"decision": "accept", "sku-0": sku}) for _ in range(10))
    )

    assert await fetch_value("SELECT count(*) FROM activity") == 1


async def test_who_refuses_may_write_on_two_lines_and_loses_no_word_of_what_he_typed(
    offer: Offer, moderator: Person
) -> None:
    receipt_id = await waiting()

    wrong = await moderator.send(
        f"/staff/desk/{receipt_id}", **{"decision": "accept", "sku-0": "K-999", "note": "видно\r\nна фото"}
    )
    await moderator.send(f"/staff/desk/{receipt_id}", decision="reject", note="не то\r\nсовсем")

    assert 'value="K-999"' in wrong.text
    assert "видно на фото" in wrong.text
    assert await fetch_value("SELECT note FROM receipt WHERE id = $1", receipt_id) == "не то совсем"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"goods-0": "K-1", "sum-0": "55"}, "Такого товара в каталоге нет"),
        ({"goods-0": "sku", "sum-0": "5500,01"}, "дороже, чем весь чек"),
        ({"goods-0": "sku", "sum-0": "много"}, "Сумма - рубли с копейками"),
        ({"goods-0": "sku", "sum-0": "10", "pieces-0": "0"}, "Количество - целое число"),
        ({"goods-0": "sku", "sum-0": "5 500,00", "pieces-0": "2"}, None),
    ],
)
async def test_goods_that_nobody_could_tell_are_typed_off_the_paper(
    offer: Offer, moderator: Person, said: dict[str, str], told: str | None
) -> None:
    taken = await handed_in(await an_agent(), code(), program_id=offer.program_id)
    await execute("UPDATE receipt SET state = 'in_review', reason = 'issuer_silent' WHERE id = $1", taken.receipt_id)
    sku = await fetch_value("SELECT sku FROM product WHERE id = $1", offer.product_id)
    typed = {name: sku if text == "sku" else text for name, text in said.items()}

    answer = await moderator.send(f"/staff/desk/{taken.receipt_id}", decision="accept", **typed)

    assert (answer.status_code, await state(taken.receipt_id)) == ((422, "in_review") if told else (303, "matched"))
    assert (told or "") in answer.text
    lines = await fetch("SELECT product_id, quantity, amount_minor, matched_by FROM receipt_line")
    assert [tuple(line) for line in lines] == ([] if told else [(offer.product_id, 2, 550_000, "person")])


async def test_a_return_is_accepted_with_the_sale_that_it_is_about(offer: Offer, moderator: Person) -> None:
    agent_id = await an_agent()
    sold = await brought(agent_id=agent_id)
    await settled()
    back = await handed_in(agent_id, document=document(i=10, n=2))

    page = (await moderator.see(f"/staff/desk/{back.receipt_id}")).text
    without = await moderator.send(f"/staff/desk/{back.receipt_id}", decision="accept")
    await moderator.send(f"/staff/desk/{back.receipt_id}", decision="accept", sale=str(sold.receipt_id))

    assert f'value="{sold.receipt_id}"' in page
    assert (without.status_code, "выберите чек, по которому товары купили" in without.text) == (422, True)
    assert (await state(back.receipt_id), await state(sold.receipt_id)) == ("returned", "reversed")


async def test_a_large_return_needs_two_people(offer: Offer, moderator: Person, http: httpx.AsyncClient) -> None:
    agent_id, goods = await an_agent(), a_line(sum=20_000_000)
    sold = await brought(goods, agent_id=agent_id)
    await settled()
    back = await handed_in(agent_id, document=document(goods, i=10, n=2))
    other = await logged_in(http, "moderator", program_id=offer.program_id, login="pavel")
    path, said = f"/staff/desk/{back.receipt_id}", {"decision": "accept", "sale": str(sold.receipt_id)}

    proposed = await moderator.send(path, **said)
    alone = await moderator.send(path, **said)
    after_one = await state(back.receipt_id)
    page = (await other.see(path)).text
    await other.send(path, **said)

    assert (proposed.status_code, alone.status_code, after_one) == (303, 409, "in_review")
    assert "Olga moderator" in page
    assert (await state(back.receipt_id), await state(sold.receipt_id)) == ("returned", "reversed")


async def test_a_large_receipt_needs_two_people(offer: Offer, moderator: Person, http: httpx.AsyncClient) -> None:
    receipt_id = await waiting(amount=20_000_000)
    other = await logged_in(http, "moderator", program_id=offer.program_id, login="pavel")
    sku = await fetch_value("SELECT sku FROM product WHERE id = $1", offer.product_id)
    said = {"decision": "accept", "sku-0": sku, "note": "видно на фото"}

    proposed = await moderator.send(f"/staff/desk/{receipt_id}", **said)
    after_one = await state(receipt_id)
    alone = await moderator.send(f"/staff/desk/{receipt_id}", **said)
    page = (await other.see(f"/staff/desk/{receipt_id}")).text
    await other.send(f"/staff/desk/{receipt_id}", decision="accept")

    assert (proposed.status_code, after_one, alone.status_code) == (303, "in_review", 409)
    assert "Olga moderator" in page
    assert f'value="{sku}"' in page
    assert await state(receipt_id) == "matched"


async def test_the_photo_is_for_whoever_decides_and_it_is_written_down(offer: Offer, moderator: Person) -> None:
    receipt_id = await waiting()
    await pictures.keep(receipt_id, JPEG)

    page = (await moderator.see(f"/staff/desk/{receipt_id}")).text
    photo = await moderator.see(f"/staff/desk/{receipt_id}/photo")

    assert f'src="/staff/desk/{receipt_id}/photo"' in page
    assert (photo.content, photo.headers["cache-control"]) == (JPEG, "no-store")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'receipt.picture'") == 1


async def test_nobody_of_another_program_sees_it(offer: Offer, http: httpx.AsyncClient) -> None:
    receipt_id = await waiting()
    stranger = await logged_in(http, "moderator", program_id=(await an_offer()).program_id, login="stranger")

    answers = [await stranger.see(f"/staff/desk/{receipt_id}"), await stranger.see(f"/staff/desk/{receipt_id}/photo")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert str(receipt_id) not in (await stranger.see("/staff/desk")).text


@pytest.mark.parametrize("role", ["marketer", "finance", "auditor"])
async def test_who_does_not_decide_does_not_look(offer: Offer, http: httpx.AsyncClient, role: str) -> None:
    person = await logged_in(http, role, program_id=offer.program_id)  # type: ignore[arg-type]

    assert (await person.see("/staff/desk")).status_code == 403


async def test_an_appeal_is_answered_in_words_and_the_rules_are_asked_again(
    offer: Offer, moderator: Person, settings: Settings
) -> None:
    agent_id = await an_agent()
    taken = await brought(agent_id=agent_id)
    await execute("DELETE FROM activity_queue")
    await disputes.appeal(
        agent_id,
        activity_id=taken.receipt_id,
        about=f"receipt:{taken.receipt_id}",
        words="Где <b>бонус</b>?",
        answer_days=3,
    )

    page = (await moderator.see("/staff/desk/appeals")).text
    dispute_id = await fetch_value("SELECT id FROM dispute")
    answer = await moderator.send(f"/staff/desk/appeals/{dispute_id}", verdict="rejected", words="Начислим сами")

    assert "Где &lt;b&gt;бонус&lt;/b&gt;?" in page
    assert answer.status_code == 303
    assert await fetch_value("SELECT (state, answer)::text FROM dispute") == '(rejected,"Начислим сами")'
    assert "Открытых обращений нет" in (await moderator.see("/staff/desk/appeals")).text


async def test_a_name_that_is_nearly_known_is_suggested(offer: Offer, moderator: Person) -> None:
    receipt_id = await waiting("Котел настенный большой экстра другой", i=11)
    sku = await fetch_value("SELECT sku FROM product WHERE id = $1", offer.product_id)

    assert f'<option value="{sku}">' in (await moderator.see(f"/staff/desk/{receipt_id}")).text
