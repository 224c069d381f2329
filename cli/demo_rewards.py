"""The demo's rewards: a gift card that never runs out, and a service."""

from uuid import uuid4

from cli.demo_caller import Caller

CARD_PRICE_MINOR = 500_00
VISIT_PRICE_MINOR = 200_00
# A start tells the story, and the story buys one.
STOCK_MIN = 5
STOCK_MAX = 12

CARD = {
    "kind": "gift_card",
    "name_ru": "Карта магазина инструмента на 500 ₽",
    "name_en": "Tool shop gift card, 500 RUB",
    "price_minor": CARD_PRICE_MINOR,
    "low_stock": STOCK_MIN,
}
VISIT = {
    "kind": "entitlement",
    "name_ru": "Выезд диагноста",
    "name_en": "Diagnostics visit",
    "about_ru": "Бесплатно для вашего клиента, покажите код в магазине.",
    "about_en": "Free for your client; show the code in a shop.",
    "price_minor": VISIT_PRICE_MINOR,
    "valid_days": 90,
}


def make_rewards(owner: Caller, program: str) -> str:
    """Put the rewards on offer below a program's path; the card's id."""
    card, _ = (_offer(owner, program, reward) for reward in (CARD, VISIT))
    return card


def stock_up(owner: Caller, program_id: str, card_id: str) -> None:
    """Let the partner send codes where few are left."""
    rewards = owner.get(f"/v1/programs/{program_id}/rewards")["rewards"]
    left = next(reward["stock"] for reward in rewards if reward["id"] == card_id)
    if left < STOCK_MIN:
        sheet = "\n".join(["code", *(_code() for _ in range(STOCK_MAX - left))])
        owner.upload(f"/v1/rewards/{card_id}/cards", sheet)


def _offer(owner: Caller, program: str, reward: dict[str, object]) -> str:
    made = owner.post(f"{program}/rewards", reward, key=f"demo-{reward['kind']}")
    owner.patch(f"/v1/rewards/{made['id']}", {"state": "active"})
    return str(made["id"])


def _code() -> str:
    """A code as a partner's system makes them."""
    plain = uuid4().hex[:12].upper()
    return "-".join((plain[:4], plain[4:8], plain[8:]))
