"""What the form of a campaign looks like: grouped as a person thinks of an offer, each field with its own problem."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response

from api.campaign_form import LIMITED, CampaignForm
from api.console_form_words import FORM_WORDS, FormWords
from api.console_place import Place, tabs
from api.console_words import WORDS
from api.markup import Attribute, Child, Html, element, joined
from api.staff_frame import AnyRequest, button, form, language_for, page
from programs.rules import Rules, encode_rules
from programs.snapshot import Snapshot

_KNOWN_MAX: Final = 30


class Filled(msgspec.Struct, frozen=True):
    """A form on its way: what was typed, what is wrong with it, the rules that it began from; none for a new one."""

    form: CampaignForm | None
    rules_text: str
    intent: UUID
    problems: Mapping[str, str] = {}


def form_page(
    request: AnyRequest, place: Place, snapshot: Snapshot, filled: Filled, *, action: str, is_new: bool
) -> Response[str]:
    """The page of the form, new or for a change."""
    language = language_for(request)
    words = FORM_WORDS[language]
    fields = _Fields(words, filled)
    return page(
        request,
        words.new if is_new else words.change,
        tabs(place, WORDS[language], ""),
        None if is_new else element("p", words.change_hint, class_="soft"),
        element("p", words.look, class_="told no card", role="alert") if filled.problems else None,
        form(
            request,
            action,
            element("input", type="hidden", name="intent", value=str(filled.intent)),
            [*_sections(fields, words, place, snapshot, is_new=is_new), _save(words)]
            if filled.form is not None
            else element("p", words.only_rules, class_="told warn card"),
            _advanced(fields, words, is_open=filled.form is None or "rules" in filled.problems),
            class_="campaign",
        ),
        status=422 if filled.problems else 200,
    )


def pretty(rules: Rules) -> str:
    """Rules as JSON that a person can read."""
    return msgspec.json.format(encode_rules(rules).encode(), indent=2).decode()


def _sections(fields: "_Fields", words: FormWords, place: Place, snapshot: Snapshot, *, is_new: bool) -> list[Html]:
    known = _known(words, [shop for shop in snapshot.shops.values() if shop.program_id == place.program.id])
    skus = sorted(one.sku for one in snapshot.products.values() if one.program_id == place.program.id)
    return [
        _card(
            words.offer,
            fields.text("name", maxlength=120, required=True, autofocus=is_new) if is_new else None,
            fields.choice("trigger", words.triggers),
            fields.text("products", list_hint=_listed(words, skus)),
            _grid(fields.text("regions", list_hint=known[0]), fields.text("shops", list_hint=known[1])),
            fields.text("segments"),
        ),
        element(
            "div",
            _card(
                words.bonus,
                fields.choice("bonus_kind", words.bonus_kinds),
                _grid(fields.text("bonus", inputmode="decimal"), fields.text("bonus_cap", inputmode="decimal")),
            ),
            _card(
                words.discount,
                fields.choice("discount_kind", words.discount_kinds),
                _grid(fields.text("discount", inputmode="decimal"), fields.text("discount_cap", inputmode="decimal")),
                _grid(fields.text("shop_share", inputmode="decimal"), fields.text("agent_share", inputmode="decimal")),
            ),
            class_="beside",
        ),
        _card(
            words.time,
            _grid(fields.text("starts_on", type="date"), fields.text("ends_on", type="date")),
            _grid(fields.text("budget_bonus", inputmode="decimal"), fields.text("budget_discount", inputmode="decimal"))
            if is_new
            else None,
        ),
        _folded(
            words.limits,
            [
                _grid(
                    fields.text(f"{scope}_count", inputmode="numeric"),
                    fields.choice(f"{scope}_period", words.periods),
                )
                for scope in LIMITED
            ],
            _grid(fields.text("min_amount", inputmode="decimal"), fields.check("new_customers")),
        ),
        _folded(
            words.told,
            element("p", words.told_hint, class_="hint"),
            _grid(fields.choice("tells_amount", words.tells_amounts), fields.choice("tells_goods", words.tells_goods)),
            _grid(fields.choice("tells_shop", words.tells_shops)),
        ),
        _folded(
            words.more,
            _grid(fields.text("wait_days", inputmode="numeric"), fields.text("expires_days", inputmode="numeric")),
            _grid(
                fields.text("window_days", inputmode="numeric"), fields.choice("self_purchase", words.self_purchases)
            ),
        ),
    ]


def _save(words: FormWords) -> Html:
    return element("div", button(words.save, name="way", value="form"), class_="actions last")


def _advanced(fields: "_Fields", words: FormWords, *, is_open: bool) -> Html:
    return element(
        "details",
        element("summary", words.advanced),
        element("p", words.advanced_hint, class_="hint"),
        fields.rules(),
        element("div", button(words.save_rules, class_="plain", name="way", value="rules"), class_="actions"),
        class_="card",
        open=is_open,
    )


class _Fields:
    """The fields of one form, each with its label, its hint and what is wrong with it."""

    def __init__(self, words: FormWords, filled: Filled) -> None:
        self._words, self._filled = words, filled

    def text(self, name: str, *, list_hint: str = "", **attributes: Attribute) -> Html:
        return self._field(
            name,
            element(
                "input", **self._common(name), value=getattr(self._filled.form, name), autocomplete="off", **attributes
            ),
            list_hint,
        )

    def choice(self, name: str, options: Mapping[str, str]) -> Html:
        chosen = getattr(self._filled.form, name)
        shown = [element("option", text, value=value, selected=value == chosen) for value, text in options.items()]
        return self._field(name, element("select", shown, **self._common(name)))

    def check(self, name: str) -> Html:
        checked = bool(getattr(self._filled.form, name))
        box = element("input", type="checkbox", name=name, id=name, value="yes", checked=checked)
        return element("p", box, element("label", self._words.labels[name], for_=name), class_="check")

    def rules(self) -> Html:
        area = element("textarea", self._filled.rules_text, rows=18, spellcheck="false", **self._common("rules"))
        return self._field("rules", area)

    def _field(self, name: str, control: Html, list_hint: str = "") -> Html:
        wrong, hint = self._filled.problems.get(name), self._words.hints.get(name)
        return element(
            "div",
            element("label", self._words.labels[name], for_=name),
            control,
            element("p", self._problem(wrong), class_="bad", id=f"{name}-wrong") if wrong else None,
            element("p", hint, element("br") if list_hint else None, list_hint, class_="hint", id=f"{name}-hint")
            if hint
            else None,
        )

    def _common(self, name: str) -> dict[str, Attribute]:
        wrong, hint = name in self._filled.problems, name in self._words.hints
        told = " ".join(one for one, is_there in ((f"{name}-wrong", wrong), (f"{name}-hint", hint)) if is_there)
        return {"name": name, "id": name, "aria_invalid": "true" if wrong else None, "aria_describedby": told or None}

    def _problem(self, said: str) -> str:
        slug, _, rest = said.partition(": ")
        if slug == "unknown":
            return self._words.unknown.format(names=rest)
        return self._words.problems.get(slug, self._words.rule_problems.get(said, said)).format(told=rest)


def _card(title: str, *content: Child) -> Html:
    return element("fieldset", element("legend", title), content, class_="card")


def _folded(title: str, *content: Child) -> Html:
    return element("details", element("summary", title), content, class_="card")


def _grid(*content: Child) -> Html:
    return element("div", joined(*content), class_="grid")


def _known(words: FormWords, shops: Sequence[object]) -> tuple[str, str]:
    """The regions and the shops' codes that can be named."""
    regions = sorted({str(region) for shop in shops if (region := getattr(shop, "region", None))})
    return _listed(words, regions), _listed(words, sorted(str(getattr(shop, "code", "")) for shop in shops))


def _listed(words: FormWords, names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"{words.known}: {', '.join(names[:_KNOWN_MAX])}{' …' if len(names) > _KNOWN_MAX else ''}"
