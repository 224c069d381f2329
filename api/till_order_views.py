"""How an order looks on its way through the till: the code, the goods, the yes or no, the sale."""

from collections.abc import Mapping, Sequence

from litestar import Response

from api.markup import Child, Html, element
from api.staff_frame import button, field, form, table
from api.till_forms import SUM_SKU, Cart
from api.till_look import Look, Names, figures, hidden, state_of
from api.till_words import TillWords
from codes.promo_orders import OrderView
from codes.till import Sale

# What the form itself asks for is not carried along behind it.
_SHOWN = frozenset({"receipt", "phone", "sold_at"})


def code_page(look: Look, *, made_ref: str, paper: bool = False) -> Response[str]:
    """Ask which code the customer brings."""
    words = look.words
    return look.page(
        words.from_paper if paper else words.till,
        form(
            look.request,
            "/staff/till/order",
            hidden({"made_ref": made_ref}),
            _sold_at(words, "") if paper else None,
            field(
                words.code,
                "code",
                hint=words.code_hint,
                class_="large",
                autofocus=not paper,
                autocomplete="off",
                autocapitalize="characters",
                spellcheck="false",
                required=True,
                maxlength=500,
            ),
            element("div", button(words.next), class_="actions"),
            class_="card",
        ),
        element(
            "details",
            element("summary", words.help_title),
            element("ol", [element("li", line) for line in words.help]),
            class_="card",
        ),
    )


def cart_page(
    look: Look, cart: Cart, names: Names, *, typed: Mapping[str, str] | None = None, wrong: str = ""
) -> Response[str]:
    """Ask what he buys. The scanner's Enter goes from the goods to the price, an empty Enter checks."""
    words, said = look.words, typed or {}
    found = names.get(said.get("sku", ""))
    told = element("p", found[look.language == "en"], class_="good") if found else None
    to_price = bool(said.get("sku")) and not wrong
    return look.page(
        cart.code,
        element("p", wrong, class_="bad", role="alert") if wrong else None,
        form(
            look.request,
            "/staff/till/order",
            hidden({name: value for name, value in cart.hidden().items() if name not in _SHOWN}),
            # The first button is the one that Enter presses.
            element("button", type="submit", class_="skip", tabindex=-1, aria_hidden="true"),
            _lines(look, cart, names),
            told,
            element(
                "div",
                element("div", _text(words.goods, "sku", said, hint=words.goods_hint, autofocus=not to_price)),
                element(
                    "div",
                    _text(words.price, "price", said, hint=words.price_hint, autofocus=to_price, inputmode="decimal"),
                ),
                element("div", _text(words.quantity, "quantity", said, inputmode="numeric", placeholder="1")),
                class_="grid",
            ),
            element(
                "div",
                button(words.add, class_="plain"),
                button(words.check, name="do", value="check") if cart.lines else None,
                class_="actions",
            ),
            element(
                "details",
                element("summary", f"{words.receipt}, {words.phone.lower()}"),
                field(
                    words.receipt,
                    "receipt",
                    value=cart.receipt,
                    hint=words.receipt_hint,
                    maxlength=40,
                    autocomplete="off",
                ),
                field(
                    words.phone,
                    "phone",
                    value=cart.phone,
                    hint=words.phone_hint,
                    type="tel",
                    maxlength=40,
                    autocomplete="off",
                ),
                open=bool(cart.receipt or cart.phone),
            ),
            _sold_at(words, cart.sold_at) if cart.sold_at else None,
            class_="card",
        ),
        element("p", element("a", words.new_customer, href="/staff/till")),
    )


def yes_page(look: Look, cart: Cart, quoted: OrderView, names: Names) -> Response[str]:
    """Yes: what to say, what each thing costs, and the button that sells."""
    words = look.words
    say = words.yes_say if quoted.discount_minor else words.yes_no_discount
    sentence = say.format(discount=look.money(quoted.discount_minor), final=look.money(quoted.final_minor))
    return look.page(
        cart.code,
        element(
            "section",
            element("p", words.yes, class_="verdict good"),
            element("p", sentence, class_="say", role="status"),
            _sums(look, quoted),
            element("p", words.confirm_hint, class_="soft"),
            form(
                look.request,
                "/staff/till/sales",
                hidden(cart.hidden()),
                element("div", button(words.confirm, class_="large", autofocus=True), class_="actions"),
            ),
            _change(look, cart),
            class_="told yes",
        ),
        _prices(look, quoted, [line.sku for line in cart.lines], names),
    )


def no_page(look: Look, cart: Cart, reason: str, *, status: int = 200) -> Response[str]:
    """No, and why, in words for the customer."""
    words = look.words
    return look.page(
        cart.code,
        element(
            "section",
            element("p", words.no, class_="verdict bad"),
            element("p", words.reasons.get(reason, words.other_reason), class_="say", role="alert"),
            element(
                "div",
                element("a", words.new_customer, href="/staff/till", class_="button", autofocus=True),
                class_="actions",
            ),
            _change(look, cart) if cart.lines else None,
            class_="told no",
        ),
        status=status,
    )


def sale_page(look: Look, sale: Sale, names: Names, *, may_undo: bool) -> Response[str]:
    """A sale that is made: its prices again, the next customer, and the way back."""
    words, order = look.words, sale.order
    gone = state_of(words, sale)
    return look.page(
        gone or words.done,
        element(
            "section",
            element("p", order.order_ref, class_="soft"),
            None if gone else element("p", words.done_hint, class_="say", role="status"),
            _sums(look, order),
            element(
                "div",
                element("a", words.new_customer, href="/staff/till", class_="button", autofocus=True),
                class_="actions",
            ),
            class_=f"told {'warn' if gone else 'yes'}",
        ),
        _prices(look, order, sale.goods, names),
        form(
            look.request,
            f"/staff/till/sales/{sale.id}/undo",
            element("p", words.undo_ask),
            button(words.undo, class_="danger"),
            class_="card",
        )
        if may_undo and not gone
        else None,
    )


def _text(label: str, name: str, said: Mapping[str, str], *, hint: str = "", **more: str | bool) -> Html:
    return field(label, name, hint=hint, value=said.get(name, ""), autocomplete="off", maxlength=64, **more)


def _sold_at(words: TillWords, value: str) -> Html:
    return field(
        words.sold_at,
        "sold_at",
        hint=words.sold_at_hint,
        value=value,
        required=True,
        maxlength=20,
        autocomplete="off",
        autofocus=not value,
    )


def _named(look: Look, sku: str, names: Names) -> Child:
    if sku == SUM_SKU:
        return look.words.just_sum
    found = names.get(sku)
    return [found[look.language == "en"], element("div", sku, class_="hint")] if found else sku


def _lines(look: Look, cart: Cart, names: Names) -> Html | None:
    if not cart.lines:
        return None
    words = look.words
    rows: list[list[Child]] = [
        [
            _named(look, line.sku, names),
            line.quantity,
            look.money(line.price_minor),
            button(words.remove, class_="plain small", name="do", value=f"remove.{place}"),
        ]
        for place, line in enumerate(cart.lines)
    ]
    return table([words.goods, words.quantity, words.price, ""], rows, numbers=(1, 2))


def _change(look: Look, cart: Cart) -> Html:
    change = button(look.words.change, class_="plain", name="do", value="change")
    return form(look.request, "/staff/till/order", hidden(cart.hidden()), element("div", change, class_="actions"))


def _sums(look: Look, order: OrderView) -> Html:
    words = look.words
    return figures(
        (words.full, look.money(order.final_minor + order.discount_minor)),
        (words.discount, look.money(order.discount_minor)),
        (words.to_pay, look.money(order.final_minor)),
    )


def _prices(look: Look, order: OrderView, goods: Sequence[str], names: Names) -> Html:
    words = look.words
    rows: list[list[Child]] = [
        [
            _named(look, sku, names),
            [element("div", f"{group.quantity} × {look.money(group.price_minor)}") for group in line.pieces],
            look.money(line.final_minor),
        ]
        for sku, line in zip(goods, order.lines, strict=True)
    ]
    return element("section", table([words.goods, words.each, words.to_pay], rows, numbers=(1, 2)))
