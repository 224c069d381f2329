"""Purchases: a program that pays for receipts, tills that print them, and agents who hand them in."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.refusals import DomainError
from programs.effects import Fixed
from programs.facts import ActivityKind
from receipts import intake, submissions, views
from receipts.door import Policy
from receipts.intake import Taken
from receipts.views import ReceiptView
from tests.packs import ASSET, PLENTY_MINOR
from tests.programs.stored import a_campaign, a_product, a_program

GTIN = "04600000000008"
ARTICLE = "KT-24F"
NAME = "Котёл настенный"
SELLER = "7707083893"
BONUS_MINOR = 100
DRIVE = "7384440300007971"
TRIALS = Policy(takes_trials=True)


class Offer(msgspec.Struct, frozen=True):
    """A program with a product that a campaign pays for by its receipts."""

    program_id: UUID
    product_id: UUID
    campaign_id: UUID


async def an_offer(*, program_id: UUID | None = None, budget_minor: int = PLENTY_MINOR, **rules: Any) -> Offer:
    program_id = program_id or await a_program(asset=ASSET)
    product_id = await a_product(program_id, gtins={GTIN}, articles={ARTICLE}, aliases={NAME})
    plain: dict[str, Any] = {
        "trigger": ActivityKind.RECEIPT_MATCHED,
        "asset": ASSET,
        "effects": (Fixed(amount_minor=BONUS_MINOR),),
        "wait_seconds": 0,
    }
    campaign_id = await a_campaign(program_id, budget_minor=budget_minor, **(plain | rules))
    return Offer(program_id, product_id, campaign_id)


def yesterday(**earlier: float) -> datetime:
    return (datetime.now(UTC) - timedelta(days=1, **earlier)).replace(tzinfo=None, microsecond=0)


# One moment, so that the code and the document of one receipt never come from different seconds.
AT = yesterday()


def a_drive() -> str:
    """The fiscal drive of a till that no other test has."""
    return f"7384{uuid4().int % 10**12:012}"


def code(
    *, at: datetime | None = None, total: str = "5500.00", drive: str = DRIVE, i: int = 9, fp: int = 77, n: int = 1
) -> str:
    """The text of a receipt's code."""
    return f"t={at or AT:%Y%m%dT%H%M%S}&s={total}&fn={drive}&i={i}&fp={fp}&n={n}"


def a_line(name: str = f"{NAME} {ARTICLE}", amount: int = 550_000, **more: Any) -> dict[str, Any]:
    return {"name": name, "sum": amount, "price": amount, "quantity": 1, "paymentType": 4, "productType": 1} | more


def a_marked_line(serial: str = "5LKh'o", **more: Any) -> dict[str, Any]:
    marked = {"gs1m": {"gtin": GTIN, "sernum": serial, "rawProductCode": f"01{GTIN}21{serial}"}}
    return a_line("Товар", productCodeNew=marked, productType=33, **more)


def document(
    *lines: dict[str, Any],
    at: datetime | None = None,
    drive: str = DRIVE,
    i: int = 9,
    fp: int = 77,
    n: int = 1,
    **more: Any,
) -> str:
    """The file of the same receipt, with its goods."""
    items = list(lines) or [a_line()]
    said = {
        "dateTime": (at or AT).isoformat(),
        "fiscalDriveNumber": drive,
        "fiscalDocumentNumber": i,
        "fiscalSign": fp,
        "operationType": n,
        "totalSum": sum(item["sum"] for item in items),
        "userInn": SELLER,
        "operator": "Иванова Мария",
        "buyerPhoneOrAddress": "+79990000000",
        "items": items,
    }
    return json.dumps({"ticket": {"document": {"receipt": said | more}}})


async def hand_in(
    agent_id: UUID,
    text: str | None = None,
    *,
    document: str | None = None,
    fields: dict[str, str] | None = None,
    key: bytes | None = None,
    policy: Policy = TRIALS,
    program_id: UUID | None = None,
) -> Taken | DomainError:
    """One submission by itself."""
    asked = submissions.read(
        text=text,
        document=document,
        fields=fields,
        agent_id=agent_id,
        client_key=key or uuid4().bytes,
        program_id=program_id,
    )
    return await intake.claim(asked, policy=policy)


async def handed_in(agent_id: UUID, text: str | None = None, **details: Any) -> ReceiptView:
    """The same, and it has to be taken; the receipt as it stands then."""
    taken = await hand_in(agent_id, text, **details)
    assert isinstance(taken, Taken), taken
    return await views.find(agent_id, taken.receipt_id)


def slugs(answers: Sequence[Taken | DomainError]) -> list[str]:
    """What each was told: its outcome, or the refusal's slug."""
    return sorted(one.outcome if isinstance(one, Taken) else one.slug for one in answers)
