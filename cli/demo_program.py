"""The demo's program: a maker of heating equipment, his goods, shops, campaigns and staff; made once, over HTTP."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec

from cli.demo_caller import Caller
from cli.demo_rewards import make_rewards

NAME = "Тёплый дом"
ASSET = "BON"
CURRENCY = "RUB"
BOILER_BONUS_MINOR = 450_00
OTHER_BONUS_MINOR = 120_00
BUDGET_MINOR = 1_000_000_00
RECEIPT_BONUS_MINOR = 60_00
DISCOUNT_BASIS_POINTS = 500
CLIENT_BASIS_POINTS = 100
# Two weeks in earnest; nobody wants to watch those.
WAIT_SECONDS = 3

# Numbers with the prefix 952 are given out for examples and belong to nobody.
BOILERS = (
    ("TD-KOTEL-24", "Котёл настенный Тепло-24", "Wall boiler Teplo-24", "9521000001015"),
    ("TD-KOTEL-32", "Котёл напольный Тепло-32", "Floor boiler Teplo-32", "9521000001022"),
)
OTHERS = (
    ("TD-NASOS-25", "Насос циркуляционный 25-60", "Circulation pump 25-60", "9521000002012"),
    ("TD-BAK-12", "Бак расширительный 12 л", "Expansion vessel 12 l", "9521000002029"),
    ("TD-RAD-10", "Радиатор биметаллический, 10 секций", "Bimetal radiator, 10 sections", "9521000003019"),
    ("TD-TERMO-1", "Термостат комнатный", "Room thermostat", "9521000003026"),
    ("TD-KOLL-4", "Коллектор тёплого пола, 4 контура", "Floor heating manifold, 4 circuits", "9521000004016"),
    ("TD-KLAPAN-15", "Клапан термостатический 1/2″", "Thermostatic valve 1/2″", "9521000005013"),
)
SHOPS = (
    ("MSK-1", f"{NAME} на Варшавке", "Москва"),
    ("SPB-1", f"{NAME} на Лиговском", "Санкт-Петербург"),
    ("EKB-1", f"{NAME} на Малышева", "Екатеринбург"),
)
TERMS = {
    "name": "bonus",
    "text_ru": (
        "Внутри упаковки лежит код. Кто снял его первым, получает бонус: 450 за котёл, 120 за остальное.\n"
        "Бонус становится доступным после срока ожидания и тратится в магазинах программы. Имя и телефон не нужны."
    ),
    "text_en": (
        "There is a code inside the package. Whoever scans it first gets a bonus: 450 for a boiler, 120 otherwise.\n"
        "The bonus can be spent in the program's shops after its waiting time. Nobody asks for a name or a number."
    ),
}


class Login(msgspec.Struct, frozen=True):
    """What a person of the staff logs in by."""

    login: str
    password: str


class DemoProgram(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the demo remembers of its program; everything but the owner's key is empty until it is made."""

    owner_key: str
    shop_key: str = ""
    program_id: UUID | None = None
    boiler_id: UUID | None = None
    promo_campaign_id: UUID | None = None
    card_id: UUID | None = None
    cashier: Login | None = None
    manager: Login | None = None

    @property
    def is_made(self) -> bool:
        """Whether nothing of it is missing, as it is where an older version has made it."""
        return None not in msgspec.structs.astuple(self)


def find(data: Path) -> DemoProgram | None:
    """The program as an earlier start wrote it down."""
    try:
        return msgspec.json.decode((data / "demo.json").read_bytes(), type=DemoProgram)
    except FileNotFoundError:
        return None


def keep(data: Path, program: DemoProgram) -> None:
    """Write the program down where nobody else reads the keys in it."""
    # Written aside and renamed, so that a start which is killed here leaves no half of it.
    unfinished = data / "demo.json.unfinished"
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(program)) + b"\n")
    unfinished.rename(data / "demo.json")


def make(http: httpx.Client, owner_key: str) -> DemoProgram:
    """Make the program. A start that was killed in the middle of it is continued: each step has a key of its own."""
    owner = Caller(http, owner_key)
    program = _id(owner, "/v1/programs", {"name": NAME, "time_zone": "Europe/Moscow", "asset": ASSET})
    below = f"/v1/programs/{program}"
    boilers = [_id(owner, f"{below}/products", _product(*each)) for each in BOILERS]
    others = [_id(owner, f"{below}/products", _product(*each)) for each in OTHERS]
    shops = [
        _id(owner, f"{below}/shops", {"code": code, "name": name, "region": region}) for code, name, region in SHOPS
    ]
    terms = _id(owner, f"{below}/terms", TERMS)
    _start_campaign(owner, below, "only", "Код в упаковке", _rules(boilers, others, terms=terms), ASSET)
    promo = _start_campaign(owner, below, "promo", "Приведи клиента", _PROMO_RULES, ASSET, CURRENCY)
    _start_campaign(owner, below, "receipt", "Чек из любого магазина", _receipt_rules(boilers + others), ASSET)
    till = {"role": "terminal", "name": SHOPS[0][1], "program_id": program, "shop_id": shops[0]}
    return DemoProgram(
        owner_key=owner_key,
        shop_key=owner.post("/v1/keys", till, key="demo-shop-key")["token"],
        program_id=UUID(program),
        boiler_id=UUID(boilers[0]),
        promo_campaign_id=UUID(promo),
        card_id=UUID(make_rewards(owner, below)),
        cashier=_hire(owner, "kassa", program, {"name": "Ольга, касса 1", "role": "cashier", "shop_id": shops[0]}),
        manager=_hire(owner, "maker", program, {"name": "Павел", "role": "owner", "program_id": program}),
    )


def _hire(owner: Caller, post: str, program: str, person: dict[str, str]) -> Login:
    # A login is one in the whole installation, and programs may have been made in it before this one.
    login = f"{post}-{program[-4:]}"
    hired = owner.post("/v1/staff", {"login": login, "changes_password": False} | person, key=f"demo-{post}")
    return Login(login, hired["password"])


def _start_campaign(owner: Caller, below: str, key: str, name: str, rules: dict[str, Any], *assets: str) -> str:
    campaign = str(owner.post(f"{below}/campaigns", {"name": name, "rules": rules}, key=f"demo-{key}")["id"])
    path = f"/v1/campaigns/{campaign}"
    for asset in assets:
        owner.post(f"{path}/budget", {"amount_minor": BUDGET_MINOR, "asset": asset}, key=f"demo-budget-{asset}")
    owner.post(f"{path}/activate", key="demo-activate")
    return campaign


def _rules(boilers: list[str], others: list[str], *, terms: str) -> dict[str, Any]:
    return {
        "trigger": "code_scanned",
        "asset": ASSET,
        "effects": [
            {"pay": "fixed", "amount_minor": BOILER_BONUS_MINOR, "products": boilers},
            {"pay": "fixed", "amount_minor": OTHER_BONUS_MINOR, "products": others},
        ],
        "wait_seconds": WAIT_SECONDS,
        "expires_after_days": 365,
        "terms_id": terms,
    }


_PROMO_RULES = {
    "trigger": "promo_redeemed",
    "asset": ASSET,
    "discounts": [{"off": "percent", "basis_points": DISCOUNT_BASIS_POINTS}],
    "effects": [{"pay": "percent", "basis_points": CLIENT_BASIS_POINTS}],
    # A bonus is worth a rouble here.
    "rates": {CURRENCY: {"asset_minor": 1, "currency_minor": 1}},
    "wait_seconds": 0,
    "expires_after_days": 365,
}


def _receipt_rules(products: list[str]) -> dict[str, Any]:
    return {
        "trigger": "receipt_matched",
        "asset": ASSET,
        "effects": [{"pay": "fixed", "amount_minor": RECEIPT_BONUS_MINOR, "products": products}],
        "wait_seconds": 0,
        "expires_after_days": 365,
    }


def _product(sku: str, name_ru: str, name_en: str, gtin: str) -> dict[str, Any]:
    return {"sku": sku, "name_ru": name_ru, "name_en": name_en, "gtins": [gtin]}


def _id(owner: Caller, path: str, body: dict[str, Any]) -> str:
    """Make one thing and give its id; the thing's own name is the key by which it is made once."""
    name = body.get("sku") or body.get("code") or "only"
    return str(owner.post(path, body, key=f"demo-{name}")["id"])
