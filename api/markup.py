"""Markup: HTML made of elements, in which every text is escaped unless it is HTML already."""

from collections.abc import Iterable
from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})


class Html(str):
    """HTML that was made here; nothing from outside becomes one but through `element`."""

    __slots__ = ()


Child = str | int | Html | None | bool | Iterable["Child"]
Attribute = str | int | bool | None


def element(name: str, /, *children: Child, **attributes: Attribute) -> Html:
    """An element: `element("p", "Hello", class_="soft")`. None and False leave a child or an attribute out."""
    opened = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opened if name in _VOID else f"{opened}{joined(*children)}</{name}>")


def joined(*children: Child) -> Html:
    """Several children one behind the other."""
    return Html("".join(_text(child) for child in children))


def _text(child: Child) -> str:
    if isinstance(child, Html):
        return child
    if child is None or isinstance(child, bool):
        return ""
    if isinstance(child, str | int):
        return escape(str(child))
    return joined(*child)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
