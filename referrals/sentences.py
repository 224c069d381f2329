"""Sentences: what a person reads of each entry of his journal, and of each reason why there was no bonus."""

from collections.abc import Callable, Mapping
from datetime import datetime
from string import Formatter
from typing import Any

import msgspec

from programs.reasons import Reason
from referrals.journal import JournalKind, Told
from referrals.words import Reader, amount, day, marked, moment, translated

# The names in braces are the facts that an entry of this kind carries; {amount} is made of amount_minor and asset.
SENTENCES: dict[JournalKind, str] = {
    JournalKind.credited: marked("Bonus on its way: {amount}. Yours to spend from {available_at}."),
    JournalKind.denied: marked("No bonus this time: {reason}."),
    JournalKind.held: marked("The code is accepted and waits until its batch is on sale; the bonus follows by itself."),
    JournalKind.in_review: marked("We are looking into this one by hand. There is nothing you have to do."),
    JournalKind.available: marked("Free to spend now: {amount}."),
    JournalKind.expired: marked("Expired unspent: {amount}."),
    JournalKind.clawed_back: marked("Taken back: {amount}. Why: {stated}"),
    JournalKind.spend_reserved: marked("Set aside: {amount} for “{purpose}”."),
    JournalKind.spend_captured: marked("Spent: {amount} on “{purpose}”."),
    JournalKind.spend_released: marked("Free again: {amount} (set aside for “{purpose}”)."),
    JournalKind.spend_refunded: marked("Returned: {amount} (spent on “{purpose}”)."),
    JournalKind.device_linked: marked(
        "A new phone was linked: {device}. It may spend from {spends_from}. If this was not you, revoke it now."
    ),
    JournalKind.device_revoked: marked("A phone was revoked: {device}."),
    JournalKind.token_renewed: marked("The phone {device} signed in anew; its earlier sign-in is no longer valid."),
    JournalKind.recovery_saved: marked("A new way to restore the account was saved; an earlier one no longer works."),
    JournalKind.recovery_refused: marked(
        "Somebody tried to restore this account by a recovery that no longer works. Nothing was changed."
    ),
    JournalKind.restored: marked(
        "The account was restored on another phone: {device}. It may spend from {spends_from}. "
        "Earlier phones are revoked; save a new recovery."
    ),
    JournalKind.dispute_opened: marked("Your appeal has arrived. The answer comes by {answer_by}."),
    JournalKind.dispute_upheld: marked("Your appeal was upheld: {answer}"),
    JournalKind.dispute_rejected: marked("Your appeal was not upheld: {answer}"),
}

LESS_DEBT = marked("Free to spend now: {amount}. Kept against what was taken back before: {repaid}.")

REASONS: dict[str, str] = {
    Reason.EXPIRED: marked("the campaign was over"),
    Reason.NOT_STARTED: marked("the campaign had not begun"),
    Reason.NOT_ACTIVE: marked("the campaign is paused"),
    Reason.NOT_ELIGIBLE_PRODUCT: marked("this product takes no part in the campaign"),
    Reason.NOT_ELIGIBLE_SEGMENT: marked("the campaign is meant for other participants"),
    Reason.MIN_AMOUNT: marked("the campaign asks for a larger purchase"),
    Reason.SELF_PURCHASE: marked("this was a purchase of your own"),
    Reason.STACKING_CONFLICT: marked("another campaign has paid for it, and the two do not add up"),
    Reason.LIMIT_CODE: marked("this code has been used as often as the campaign allows"),
    Reason.LIMIT_CUSTOMER: marked("this customer has been counted as often as the campaign allows"),
    Reason.LIMIT_SHOP: marked("the shop has reached the campaign's limit"),
    Reason.LIMIT_AGENT: marked("you have reached the campaign's limit"),
    Reason.LIMIT_CAMPAIGN: marked("the campaign has reached its limit"),
    Reason.BUDGET_EXHAUSTED: marked(
        "the campaign's budget is used up; if it is topped up, this one is looked at again"
    ),
    "no_campaign": marked("no campaign pays for it at the moment"),
    "already_claimed": marked("somebody else had claimed this code earlier"),
    "recalled": marked("the maker has recalled this batch"),
}
OTHER_REASON = marked("for a reason of its own kind ({slug})")
UNNAMED = marked("without a name")


def sentence(told: Told, reader: Reader) -> str:
    """An entry of the journal in the reader's words."""
    template = translated(LESS_DEBT if told.facts.get("repaid_minor") else SENTENCES[told.kind], reader)
    return template.format_map({name: _said(name, told.facts, reader) for name in needed(template)})


def reason_in_words(slug: str, reader: Reader) -> str:
    """A reason in the reader's words, to stand inside a sentence."""
    known = REASONS.get(slug)
    return translated(known, reader) if known else translated(OTHER_REASON, reader).format(slug=slug)


def needed(template: str) -> list[str]:
    """The names in braces."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _said(name: str, facts: Mapping[str, Any], reader: Reader) -> str:
    fact = facts.get(_FACTS.get(name, name))
    if fact is None:
        # An entry from before its sentence had this fact stays readable.
        return "…"
    if name in {"amount", "repaid"}:
        return amount(fact, facts["asset"], reader)
    say = _SAID.get(name)
    return say(fact, reader) if say else str(fact)


def _time(stored: str) -> datetime:
    return msgspec.convert(stored, datetime)


# Names in sentences that are not the facts' own. What is stated are a person's words, which no translation knows.
_FACTS = {"amount": "amount_minor", "repaid": "repaid_minor", "stated": "reason"}
_SAID: dict[str, Callable[[Any, Reader], str]] = {
    "available_at": lambda stored, reader: day(_time(stored), reader),
    "answer_by": lambda stored, reader: day(_time(stored), reader),
    "spends_from": lambda stored, reader: moment(_time(stored), reader),
    "reason": reason_in_words,
    "device": lambda name, reader: name or translated(UNNAMED, reader),
}
