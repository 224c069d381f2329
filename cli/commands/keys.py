"""Make access keys for people, terminals and programs, and lines for the master key's file."""

import argparse
import sys
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from cli.connected import connected
from cli.options import add_data, number
from cli.refusals import CannotStart

if TYPE_CHECKING:
    from core.rewrapping import Wrapped


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    create = words.add_parser("create", help="make an access key and print it, this once")
    create.add_argument("--role", required=True, help="what the key may do: a role of docs/access.md")
    create.add_argument("--name", required=True, help="whose key it is, as lists show it")
    create.add_argument("--program", type=UUID, metavar="ID", help="the one program it is for (default: all)")
    create.add_argument("--shop", type=UUID, metavar="ID", help="the shop a terminal's key is for")
    create.add_argument(
        "--expires-days", type=number(1, 3650), metavar="N", help="days it is valid (default: for ever)"
    )
    add_data(create)
    create.set_defaults(run=run_create)

    master = words.add_parser("master", help="print a new line for the master key's file")
    master.add_argument(
        "--version", type=number(1, 255), default=1, metavar="N", help="its version (default: %(default)s)"
    )
    master.add_argument("--standby", action="store_true", help="let it wait until every process has it")
    master.set_defaults(run=run_master)

    rewrap = words.add_parser("rewrap", help="lock every secret under the master key's current version")
    add_data(rewrap)
    rewrap.set_defaults(run=run_rewrap)

    versions = words.add_parser("versions", help="say which versions of the master key are needed, and which are here")
    add_data(versions)
    versions.set_defaults(run=run_versions)

    customers = words.add_parser("customers", help="change the pepper under which customers are pseudonyms")
    _describe_customers(customers.add_subparsers(required=True, metavar="COMMAND", title="commands"))


def _describe_customers(words: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listed = words.add_parser("list", help="say which versions there are, and how many customers stand under each")
    add_data(listed)
    listed.set_defaults(run=run_customers_list)

    standby = words.add_parser("standby", help="make a new version, which nobody uses yet")
    add_data(standby)
    standby.set_defaults(run=run_customers_standby)

    begin = words.add_parser("begin", help="let new customers stand under the version that stands by")
    add_data(begin)
    begin.set_defaults(run=run_customers_begin)

    destroy = words.add_parser("destroy", help="destroy an old version, and forget whoever stands under it")
    destroy.add_argument("--version", type=number(1, 255), required=True, metavar="N", help="which one")
    destroy.add_argument("--forget", action="store_true", help="even if there are customers under it")
    add_data(destroy)
    destroy.set_defaults(run=run_customers_destroy)


def run_customers_list(options: argparse.Namespace) -> int | None:
    return connected(options.data, _list_peppers)


def run_customers_standby(options: argparse.Namespace) -> int | None:
    return connected(options.data, _stand_by)


def run_customers_begin(options: argparse.Namespace) -> int | None:
    return connected(options.data, _begin)


def run_customers_destroy(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_destroy, options.version, forget=options.forget))


def run_create(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_create, options))


def run_master(options: argparse.Namespace) -> None:
    from core.keys import generate

    print(generate(options.version, standby=options.standby))


def run_rewrap(options: argparse.Namespace) -> int | None:
    return connected(options.data, _rewrap)


def run_versions(options: argparse.Namespace) -> int | None:
    return connected(options.data, _versions)


async def _list_peppers() -> None:
    from core import customer_peppers
    from referrals.known_customers import counted

    customers = await counted()
    for one in await customer_peppers.listed():
        state = "destroyed, being erased" if one.state == "destroyed" and one.erased_at is None else one.state
        since = one.destroyed_at or one.begun_at or one.created_at
        print(f"version {one.version}  {state} since {since:%Y-%m-%d}  {customers.get(one.version, 0):,} customers")


async def _stand_by() -> None:
    from core import customer_peppers

    print(f"version {await customer_peppers.stand_by(by='naparnik keys customers standby')} stands by")


async def _begin() -> None:
    from core import customer_peppers

    await customer_peppers.begin(by="naparnik keys customers begin")
    await _list_peppers()


async def _destroy(version: int, *, forget: bool) -> None:
    from codes.forgotten_customers import forget_due
    from core import customer_peppers
    from referrals.known_customers import counted

    customers = (await counted()).get(version, 0)
    if customers and not forget:
        raise CannotStart(f"{customers:,} customers stand under version {version}: --forget makes strangers of them")
    await customer_peppers.destroy(version, by="naparnik keys customers destroy")
    print(f"{await forget_due():,} customers forgotten")


async def _rewrap() -> int:
    from core import audit
    from core.keys import WrongKey, current_version
    from core.rewrapping import rewrap

    done = 0
    try:
        async for place, secrets in rewrap(_places()):
            print(f"{place.table}: {secrets:,} locked anew")
            done += secrets
    except WrongKey as wrong:
        raise CannotStart(f"{wrong}; what came before it is locked anew, and the rest as it was") from None
    await audit.record("naparnik keys rewrap", "keys.rewrap", version=current_version(), secrets=done)
    return await _versions()


async def _versions() -> int:
    """Ends with status 1 if a version is needed that is not here."""
    from core import keys
    from core.rewrapping import versions

    needed = await versions(_places())
    here = keys.versions()
    for version in sorted(here | {one.version for one in needed}):
        held = ", ".join(f"{one.secrets:,} of {one.table}" for one in needed if one.version == version)
        state = "locks" if version == keys.current_version() else "opens" if version in here else "MISSING"
        print(f"version {version}  {state:8} {held or 'nothing'}")
    return 0 if all(one.version in here for one in needed) else 1


def _places() -> "tuple[Wrapped, ...]":
    from codes import keyring
    from core import peppers
    from receipts import feeds, pictures
    from referrals import subscriptions
    from rewards import cards, vouchers

    return (
        *peppers.WRAPPED,
        *keyring.WRAPPED,
        *feeds.WRAPPED,
        *pictures.WRAPPED,
        *cards.WRAPPED,
        *vouchers.WRAPPED,
        *subscriptions.WRAPPED,
    )


async def _create(options: argparse.Namespace) -> None:
    from core import access
    from core.db import fetch_value

    try:
        role = access.Role(options.role)
    except ValueError:
        raise CannotStart(f"there is no role {options.role}; there are: {', '.join(access.Role)}") from None
    program_id = await _program_of(options.program, options.shop)
    expires_at = None
    if options.expires_days:
        expires_at = await fetch_value("SELECT now() + make_interval(days => $1)", options.expires_days)
    key_id, token = await access.create(
        role=role,
        name=options.name,
        program_id=program_id,
        shop_id=options.shop,
        expires_at=expires_at,
        by="naparnik keys create",
    )
    # The token alone on standard output, so that it can be put where it belongs without being seen.
    print(token)
    print(f"key {key_id}; its token is shown this once", file=sys.stderr)


async def _program_of(program_id: UUID | None, shop_id: UUID | None) -> UUID | None:
    """The program that a key is confined to; a shop's key to the shop's."""
    from programs.installation import find_program
    from programs.shops import find_shop

    if shop_id is not None:
        shop = await find_shop(shop_id)
        if program_id not in (None, shop.program_id):
            raise CannotStart("the shop is another program's")
        return shop.program_id
    if program_id is not None:
        await find_program(program_id)
    return program_id
