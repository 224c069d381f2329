"""Let people log in to the pages of the staff."""

import argparse
import sys
from functools import partial
from uuid import UUID

from cli.connected import connected
from cli.options import add_data
from cli.refusals import CannotStart


def describe(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")

    hire = words.add_parser("hire", help="let a person log in, and print the password, this once")
    hire.add_argument("--login", required=True, help="what he logs in as: small letters, digits, . _ -")
    hire.add_argument("--name", required=True, help="what he is called, as pages and lists show it")
    hire.add_argument("--role", required=True, help="what he may do: a role of docs/access.md that people have")
    hire.add_argument("--program", type=UUID, metavar="ID", help="the one program that he is for (default: all)")
    hire.add_argument("--shop", type=UUID, metavar="ID", help="the shop of a cashier")
    add_data(hire)
    hire.set_defaults(run=run_hire)


def run_hire(options: argparse.Namespace) -> int | None:
    return connected(options.data, partial(_hire, options))


async def _hire(options: argparse.Namespace) -> None:
    import msgspec

    from programs import staff
    from programs.installation import find_program
    from programs.shops import find_shop

    said = {"login": options.login, "name": options.name, "role": options.role, "shop_id": options.shop}
    try:
        new = msgspec.convert(said, staff.NewStaff)
    except msgspec.ValidationError as refused:
        raise CannotStart(str(refused)) from None
    program_id = (await find_program(options.program)).id if options.program else None
    if new.shop_id is not None:
        shop = await find_shop(new.shop_id)
        if program_id not in (None, shop.program_id):
            raise CannotStart("the shop is another program's")
        program_id = shop.program_id
    hired = await staff.hire(new, program_id=program_id, by="naparnik staff hire")
    # The password alone on standard output, so that it can be put where it belongs without being seen.
    print(hired.password)
    print(f"{hired.staff.login} logs in under /staff; the password is shown this once", file=sys.stderr)
