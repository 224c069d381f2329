"""The tables of docs/roles.md and docs/api.md, made from the routes; `python -m tests.api.tables` writes them."""

from collections.abc import Iterator
from typing import get_args

import msgspec
from litestar.handlers import HTTPRouteHandler

from api.app import create_app
from api.callers import Named, Scoped, agents
from api.openapi import AGENT_PROOF
from api.staff_callers import Staffed
from core.access import SCOPES, Role, Scope
from core.settings import Settings
from programs.staff import StaffRole
from tests.house.tree import ROOT

PEOPLE: tuple[StaffRole, ...] = get_args(StaffRole)
ROLES_MD, API_MD = ROOT / "docs/roles.md", ROOT / "docs/api.md"


class Route(msgspec.Struct, frozen=True, order=True):
    """One operation: its address, whom it serves, and what it says of itself."""

    path: str
    method: str
    agent: bool
    proof: bool
    scope: Scope | None
    page: bool
    page_scope: Scope | None
    told: str
    published: bool

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        return not self.agent and self.scope is None and not self.page

    @property
    def who(self) -> str:
        if self.agent:
            return "agent, signed by the device" if self.proof else "agent"
        return f"`{self.scope.value}`" if self.scope else "anybody"

    def serves(self, role: Role) -> bool:
        return self.scope in SCOPES[role]

    def shows(self, role: Role) -> bool:
        """Whether this is a page for people of the role, who are logged in."""
        return self.page and role.value in PEOPLE and (self.page_scope is None or self.page_scope in SCOPES[role])

    def cell(self, role: Role) -> str:
        return "page" if self.shows(role) else "yes" if self.serves(role) else ""


def routes() -> list[Route]:
    """Every operation of ours by its address."""
    return sorted(_route(path, method, handler) for path, method, handler in handlers())


def handlers() -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Every handler of ours under each address and method that it serves."""
    app = create_app(Settings(environment="test"))
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and not handler.fn.__module__.startswith("litestar"):
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    yield route.path_format, method, handler


def roles_table() -> str:
    """Who may call what; an empty cell is a refusal."""
    heads = ["operation", "anybody", "agent", *(role.value for role in Role)]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for route in routes():
        cells = ["yes" if who else "" for who in (route.public, route.agent)] + [route.cell(role) for role in Role]
        lines.append(f"| `{route.operation}` |" + "".join(f" {cell} |" if cell else " |" for cell in cells))
    return "\n".join(lines) + "\n"


def operations_table() -> str:
    """Every published operation, whom it serves and what it does."""
    lines = ["| operation | who | what it does |", "|---|---|---|"]
    lines += [f"| `{route.operation}` | {route.who} | {route.told} |" for route in routes() if route.published]
    return "\n".join(lines) + "\n"


def with_table(document: str, table: str) -> str:
    """A document whose last part, its table, is another."""
    return document[: document.index("| operation |")] + table


def _route(path: str, method: str, handler: HTTPRouteHandler) -> Route:
    guards = handler.resolve_guards()
    return Route(
        path=path,
        method=method,
        agent=agents in guards,
        proof=handler.resolve_security() == AGENT_PROOF,
        scope=next(_scopes(guards, Scoped), None),
        page=any(isinstance(guard, Staffed) for guard in guards),
        page_scope=next(_scopes(guards, Staffed), None),
        told=(handler.fn.__doc__ or "").partition("\n")[0],
        published=handler.resolve_include_in_schema(),
    )


def _scopes(guards: object, kind: type[Named]) -> Iterator[Scope]:
    return (guard.scope for guard in guards if isinstance(guard, kind) and guard.scope)  # type: ignore[attr-defined]


if __name__ == "__main__":
    for document, table in ((ROLES_MD, roles_table()), (API_MD, operations_table())):
        document.write_text(with_table(document.read_text(), table))
