"""Which pages the staff have: their addresses, whom they are for, and what they are called."""

from typing import Final

import msgspec

from core.access import Holder, Role, Scope
from referrals.words import Language


class Entry(msgspec.Struct, frozen=True):
    """A page in the menu, for whoever has its scope; `roles` narrows that further."""

    path: str
    scope: Scope
    names: dict[Language, str]
    roles: frozenset[Role] = frozenset(Role)

    def serves(self, holder: Holder) -> bool:
        return self.scope in holder.scopes and holder.role in self.roles


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry("/staff/console", Scope.campaigns_read, {"ru": "Кампании", "en": "Campaigns"}),
    Entry("/staff/desk", Scope.receipts_review, {"ru": "Проверка", "en": "Desk"}),
    Entry("/staff/till", Scope.orders_write, {"ru": "Касса", "en": "Till"}, frozenset({Role.cashier})),
)


def entries_of(holder: Holder) -> list[Entry]:
    """The menu of somebody."""
    return [entry for entry in ENTRIES if entry.serves(holder)]
