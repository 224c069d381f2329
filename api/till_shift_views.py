"""How a shift looks at the till: opened, handed over, its day, and the sheet for when nothing works."""

from collections.abc import Sequence

from litestar import Response

from api.markup import Child, element
from api.staff_frame import button, field, form, table
from api.till_look import Look, figures, pin_field, state_of
from codes.shifts import Shift, Sums
from codes.till import Sale
from referrals import words as texts

_PAPER_ROWS = 14


def pin_page(look: Look, *, has_pin: bool, wrong: str = "", status: int = 200) -> Response[str]:
    """A cashier without a shift opens one."""
    words = look.words
    if not has_pin:
        link = element("a", words.set_pin, href="/staff/me", class_="button")
        section = element("section", element("p", words.no_pin), element("p", link))
        return look.page(words.open_title, section, status=status)
    return look.page(
        words.open_title,
        element("p", wrong, class_="bad", role="alert") if wrong else None,
        form(
            look.request,
            "/staff/till/open",
            element("p", words.open_text),
            pin_field(words.pin, "pin", autofocus=True),
            element("div", button(words.open), class_="actions"),
            class_="card",
        ),
        status=status,
    )


def shift_page(look: Look, shift: Shift, sums: Sums, *, wrong: str = "", status: int = 200) -> Response[str]:
    """The shift's sums, and the ways in which it ends."""
    words = look.words
    return look.page(
        words.shift,
        element(
            "section",
            element("p", f"{words.since}: {texts.moment(shift.opened_at, look.reader)}"),
            figures(
                (words.sales, str(sums.sales)),
                (words.to_pay, look.money(sums.final_minor)),
                (words.discount, look.money(sums.discount_minor)),
                (words.undone_count, str(sums.undone)),
            ),
        ),
        element("p", wrong, class_="bad", role="alert") if wrong else None,
        form(
            look.request,
            "/staff/till/handover",
            element("h2", words.hand_over),
            element("p", words.hand_over_hint),
            field(
                words.colleague,
                "login",
                autocomplete="off",
                autocapitalize="none",
                spellcheck="false",
                required=True,
                maxlength=40,
            ),
            pin_field(words.colleague_pin, "pin"),
            element("div", button(words.take), class_="actions"),
            class_="card",
        ),
        form(
            look.request,
            "/staff/till/close",
            element("h2", words.close),
            element("p", words.close_hint),
            button(words.close, class_="danger"),
            class_="card",
        ),
        status=status,
    )


def day_page(look: Look, day: str, sales: Sequence[Sale]) -> Response[str]:
    """What the shop's cashiers have entered today."""
    words = look.words
    heads = [words.time, words.number, words.code, words.to_pay, words.discount, words.cashier, words.state]
    rows: list[list[Child]] = [
        [
            texts.moment(sale.occurred_at, look.reader),
            element("a", sale.order.order_ref.partition("/")[2], href=f"/staff/till/sales/{sale.id}"),
            sale.codes,
            look.money(sale.order.final_minor),
            look.money(sale.order.discount_minor),
            sale.cashier,
            state_of(words, sale),
        ]
        for sale in sales
    ]
    return look.page(
        f"{words.day}: {day}",
        element("section", table(heads, rows, numbers=(3, 4)) if rows else element("p", words.empty)),
        element("p", element("a", words.csv, href=f"/staff/till/day.csv?day={day}", class_="button plain")),
        narrow=False,
    )


def paper_page(look: Look) -> Response[str]:
    """What to do when nothing works, on a sheet that was printed while everything did."""
    words = look.words
    blank: list[list[Child]] = [["\u00a0"] * len(words.form_heads) for _ in range(_PAPER_ROWS)]
    return look.page(
        words.down_title,
        element("section", element("ol", [element("li", line) for line in words.down])),
        element("section", element("h2", words.form_title), table(words.form_heads, blank), class_="sheet"),
        element("p", words.print, class_="soft noprint"),
        element("p", element("a", words.from_paper, href="/staff/till?paper=1", class_="button noprint")),
        narrow=False,
    )
