"""The demo: a maker of heating equipment with his program, and one story about it told in the terminal."""

import sys
from functools import partial
from pathlib import Path

import httpx
import qrcode

from cli.connected import connected
from cli.demo_caller import Caller, StoryBroken
from cli.demo_program import ASSET, BOILERS, BUDGET_MINOR, NAME, OTHERS, SHOPS, DemoProgram, Login, find, keep, make
from cli.demo_rewards import stock_up
from cli.demo_story import tell
from cli.demo_words import Teller, language_of


def run(origin: str, data: Path) -> None:
    """Make sure of the demo's program, tell its story, and say where everything is."""
    teller = Teller(language_of())
    print(f"\n{teller.line('title')}\n")
    try:
        with httpx.Client(base_url=origin, timeout=30.0, trust_env=False) as http:
            program = _program(http, data, teller)
            stock_up(Caller(http, program.owner_key), str(program.program_id), str(program.card_id))
            tell(http, program, teller)
    except httpx.HTTPError as lost:
        raise StoryBroken(f"{origin} does not answer: {lost}") from None
    print(f"\n{teller.line('end')}\n")
    _say_where(origin, data, program, teller)


def _program(http: httpx.Client, data: Path, teller: Teller) -> DemoProgram:
    """The program of an earlier start, or a new one."""
    known = find(data)
    if known is None or not Caller(http, known.owner_key).is_known():
        known = DemoProgram(_owner_key(data))
        # Kept before it is used: whatever is made under it can then be found again.
        keep(data, known)
    if known.is_made:
        teller.step("found", program=NAME)
        return known
    made = make(http, known.owner_key)
    keep(data, made)
    budget = teller.amount(BUDGET_MINOR, ASSET)
    teller.step("made", program=NAME, products=len(BOILERS + OTHERS), shops=len(SHOPS), budget=budget)
    return made


def _owner_key(data: Path) -> str:
    """The first key of an installation comes from its command line, here as everywhere."""
    tokens: list[str] = []
    connected(data, partial(_create_key, tokens))
    return tokens[0]


async def _create_key(tokens: list[str]) -> None:
    from core import access

    _, token = await access.create(role=access.Role.owner, name="demo", by="naparnik demo")
    tokens.append(token)


def _say_where(origin: str, data: Path, program: DemoProgram, teller: Teller) -> None:
    # Browsers keep passkeys for places with a name.
    app = f"{origin.replace('127.0.0.1', 'localhost')}/app/"
    rows = {
        "app": app,
        "till": f"{origin}/staff/till  {_login(program.cashier, teller)}",
        "staff": f"{origin}/staff  {_login(program.manager, teller)}",
        "api": f"{origin}/v1",
        "docs": f"{origin}/docs",
        "key": teller.line("key_place", file=data / "demo.json"),
    }
    for name, place in rows.items():
        print(f"  {teller.line(name):20}{place}")
    code = qrcode.QRCode(border=2)
    code.add_data(app)
    print()
    # Colours of its own on a terminal, so that it can be read on a light one too.
    code.print_ascii(out=sys.stdout, tty=sys.stdout.isatty(), invert=not sys.stdout.isatty())
    sys.stdout.flush()


def _login(person: Login | None, teller: Teller) -> str:
    return "" if person is None else teller.line("login", login=person.login, password=person.password)
