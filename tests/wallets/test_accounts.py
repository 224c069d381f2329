from uuid import UUID

from wallets import accounts
from wallets.accounts import Account, AccountKind


def test_an_account_is_known_by_what_it_is() -> None:
    ids = {
        Account(kind, owner_id, asset).id
        for kind in AccountKind
        for owner_id in (None, UUID(int=1), UUID(int=2))
        for asset in ("BON", "RUB")
    }

    assert len(ids) == 6 * len(AccountKind)
    assert str(accounts.campaign(UUID(int=1), "BON").id) == "0662feba-5a20-06c5-0a22-afff38347956"
