"""The snapshot: every program, campaign, product and shop as this process remembers them, renewed when they change."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.db import fetch, fetch_value
from programs import revision
from programs.attribution import DEFAULT_POLICY, AttributionPolicy, policies
from programs.campaign import Campaign, CampaignIndex, CampaignState, prepare
from programs.revision import Revision
from programs.rules import decode_rules
from programs.standing import DayCustomer, DayProduct, Standing

PROGRAM_COLUMNS = "id, name, time_zone, currency, asset, jurisdiction, company_receipts, discount_form, dark, light"


class Program(msgspec.Struct, frozen=True):
    """A program in a few words: its calendar, its receipts' currency, its bonuses' asset, its law."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    asset: str
    jurisdiction: str
    # What becomes of a receipt that names a company as the buyer: pay, review or refuse.
    company_receipts: str = "review"
    # How a receipt shows what a code gives: lower prices, or full ones of which a part is paid by counter-provision.
    discount_form: Literal["discount", "counter_provision"] = "discount"
    # The maker's colours on what agents hand out, where he has chosen any.
    dark: str | None = None
    light: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Product(msgspec.Struct, frozen=True, gc=False):
    id: UUID
    program_id: UUID
    sku: str
    name_ru: str
    name_en: str


class Shop(msgspec.Struct, frozen=True, gc=False):
    id: UUID
    program_id: UUID
    code: str
    name: str
    region: str | None


class Catalogue(msgspec.Struct, frozen=True):
    """What is sold, and where."""

    products: Mapping[UUID, Product]
    shops: Mapping[UUID, Shop]
    # By program and SKU, and by program and GTIN.
    skus: Mapping[tuple[UUID, str], UUID] = {}
    gtins: Mapping[tuple[UUID, str], UUID] = {}


class Snapshot(msgspec.Struct, frozen=True):
    """Everything that an activity is decided by; nothing in it changes, a change makes another snapshot."""

    revision: Revision
    programs: Mapping[UUID, Program]
    campaigns: Mapping[UUID, Campaign]
    index: CampaignIndex
    catalogue: Catalogue
    policies: Mapping[UUID, AttributionPolicy] = {}

    @property
    def products(self) -> Mapping[UUID, Product]:
        return self.catalogue.products

    @property
    def shops(self) -> Mapping[UUID, Shop]:
        return self.catalogue.shops

    def policy(self, program_id: UUID) -> AttributionPolicy:
        """Whose a sale is in a program."""
        return self.policies.get(program_id, DEFAULT_POLICY)

    def product_id(self, program_id: UUID, said: str) -> UUID | None:
        """The product that a till means by an SKU, or else by a GTIN, with or without its leading noughts."""
        catalogue = self.catalogue
        return catalogue.skus.get((program_id, said)) or catalogue.gtins.get((program_id, said.rjust(14, "0")))

    def standing(
        self, program_id: UUID, products: Iterable[DayProduct] = (), customers: Iterable[DayCustomer] = ()
    ) -> Standing:
        """A standing in a program's calendar and currency."""
        program = self.programs[program_id]
        return Standing(program.zone, program.currency, products, customers)


class _Held:
    """The snapshot in hand, and whether somebody is fetching a newer one."""

    snapshot: Snapshot | None = None
    loading = False


async def current_snapshot(*, age_seconds_max: float = 1.0) -> Snapshot:
    """The rules in force, or those that were so long ago at most; usually costs nothing, once a second one small read.

    While somebody fetches a newer one, the others go on with what they have, unless they asked for no age at all.
    """
    wanted = await revision.current(age_seconds_max=age_seconds_max)
    if _Held.snapshot is not None and _Held.loading and age_seconds_max:
        return _Held.snapshot
    return await snapshot_of(wanted)


async def snapshot_of(wanted: Revision) -> Snapshot:
    """The snapshot of a revision that was just read."""
    held = _Held.snapshot
    return held if held is not None and held.revision == wanted else await _load(wanted, held)


async def _load(wanted: Revision, held: Snapshot | None) -> Snapshot:
    _Held.loading = True
    try:
        if held is not None and held.revision.catalogue == wanted.catalogue:
            catalogue = held.catalogue
        else:
            catalogue = await _catalogue()
        _Held.snapshot = await _snapshot(wanted, catalogue)
    finally:
        _Held.loading = False
    return _Held.snapshot


async def _snapshot(wanted: Revision, catalogue: Catalogue) -> Snapshot:
    # The number was read first: what is newer than it is read again at the next look, what is older cannot be here.
    taken_at = await fetch_value("SELECT now()")
    rows = await fetch(f"SELECT {PROGRAM_COLUMNS} FROM program")  # noqa: S608 - ours.
    programs = {row["id"]: msgspec.convert(dict(row), Program) for row in rows}
    campaigns = await _campaigns(programs)
    index = CampaignIndex(campaigns.values(), taken_at=taken_at)
    return Snapshot(wanted, programs, campaigns, index, catalogue, await policies())


async def _campaigns(programs: Mapping[UUID, Program]) -> dict[UUID, Campaign]:
    """All that ever ran; one statement, so that no campaign is met without its versions."""
    rows = await fetch(
        """SELECT c.id, c.program_id, c.name, c.state, c.activated_at, c.ended_at, v.version, v.effective_from, v.rules
           FROM campaign c JOIN campaign_version v ON v.campaign_id = c.id
           WHERE c.state <> 'draft' ORDER BY c.id, v.version"""
    )
    return {
        campaign_id: campaign_of(list(group), programs) for campaign_id, group in groupby(rows, key=itemgetter("id"))
    }


def campaign_of(rows: list[Any], programs: Mapping[UUID, Program]) -> Campaign:
    """A campaign from its rows, one for each version, the earliest first."""
    first = rows[0]
    zone = programs[first["program_id"]].zone
    return Campaign(
        id=first["id"],
        program_id=first["program_id"],
        name=first["name"],
        state=CampaignState(first["state"]),
        activated_at=first["activated_at"],
        ended_at=first["ended_at"],
        versions=tuple(
            prepare(
                decode_rules(row["rules"]),
                campaign_id=row["id"],
                version=row["version"],
                effective_from=row["effective_from"],
                zone=zone,
            )
            for row in rows
        ),
    )


async def _catalogue() -> Catalogue:
    products = await fetch("SELECT id, program_id, sku, name_ru, name_en FROM product")
    shops = await fetch("SELECT id, program_id, code, name, region FROM shop")
    gtins = await fetch("SELECT program_id, gtin, product_id FROM product_gtin")
    return Catalogue(
        {row["id"]: Product(*row.values()) for row in products},
        {row["id"]: Shop(*row.values()) for row in shops},
        {(row["program_id"], row["sku"]): row["id"] for row in products},
        {(row["program_id"], row["gtin"]): row["product_id"] for row in gtins},
    )
