"""Accounts: their kinds, whose they are, and an id that follows from both, so that nobody has to look it up."""

from enum import StrEnum
from functools import cached_property, lru_cache
from uuid import UUID

import msgspec

from core.ids import derived


class AccountKind(StrEnum):
    """What an account is for; the first four belong to agents and carry their balance."""

    agent_pending = "agent_pending"
    agent_available = "agent_available"
    agent_reserved = "agent_reserved"
    agent_debt = "agent_debt"
    campaign = "campaign"
    campaign_held = "campaign_held"
    shop_payable = "shop_payable"
    house_issued = "house_issued"
    house_redeemed = "house_redeemed"
    house_expired = "house_expired"
    house_debts = "house_debts"
    house_recovered = "house_recovered"
    house_settled = "house_settled"
    house_corrected = "house_corrected"
    house_covered = "house_covered"


RUNNING = frozenset(
    {
        AccountKind.agent_pending,
        AccountKind.agent_available,
        AccountKind.agent_reserved,
        AccountKind.agent_debt,
    }
)


# The same few accounts are asked for again and again: each of them is made and named once.
_remembered = lru_cache(maxsize=50_000)


class Account(msgspec.Struct, frozen=True, dict=True):
    """An account by what it is; `id` is the same in every process and on every machine."""

    kind: AccountKind
    owner_id: UUID | None
    asset: str

    @cached_property
    def id(self) -> UUID:
        return id_of(self.kind.value, self.owner_id, self.asset)

    @property
    def running(self) -> bool:
        return self.kind in RUNNING


@_remembered
def pending(agent_id: UUID, asset: str) -> Account:
    """What an agent has earned and waits for."""
    return Account(AccountKind.agent_pending, agent_id, asset)


@_remembered
def available(agent_id: UUID, asset: str) -> Account:
    """What an agent may spend."""
    return Account(AccountKind.agent_available, agent_id, asset)


@_remembered
def reserved(agent_id: UUID, asset: str) -> Account:
    """What an agent has set aside for a spend."""
    return Account(AccountKind.agent_reserved, agent_id, asset)


@_remembered
def debt(agent_id: UUID, asset: str) -> Account:
    """What an agent owes after a clawback of money that was gone; a positive balance is a debt."""
    return Account(AccountKind.agent_debt, agent_id, asset)


@_remembered
def campaign(campaign_id: UUID, asset: str) -> Account:
    """A campaign's budget: funded by the house, spent on agents."""
    return Account(AccountKind.campaign, campaign_id, asset)


@_remembered
def held(campaign_id: UUID, asset: str) -> Account:
    """What a campaign has promised to orders that are not paid yet."""
    return Account(AccountKind.campaign_held, campaign_id, asset)


@_remembered
def shop(shop_id: UUID, asset: str) -> Account:
    """What the maker owes a shop for the discounts that it gave."""
    return Account(AccountKind.shop_payable, shop_id, asset)


@_remembered
def house(kind: AccountKind, asset: str) -> Account:
    """One of the house's own accounts."""
    return Account(kind, None, asset)


def id_of(kind: str, owner_id: UUID | None, asset: str) -> UUID:
    """The one id that an account can have."""
    return derived(b"account", kind, str(owner_id or ""), asset)
