"""Sentences: what a person reads of each entry of his journal, and of each reason why there was no bonus."""

from collections.abc import Callable, Mapping
from datetime import datetime
from string import Formatter
from typing import Any

import msgspec

from programs.reasons import Reason
from referrals.journal import JournalKind, Told
from referrals.risks import RiskKind
from referrals.words import Reader, amount, between, day, marked, moment, translated

# The names in braces are the facts that an entry of this kind carries; {amount} is made of amount_minor and asset.
SENTENCES: dict[JournalKind, str] = {
    JournalKind.credited: marked("Bonus on its way: {amount}. Yours to spend from {available_at}."),
    JournalKind.denied: marked("No bonus this time: {reason}."),
    JournalKind.held: marked("The code is accepted and waits until its batch is on sale; the bonus follows by itself."),
    JournalKind.in_review: marked("We are looking into this one by hand. There is nothing you have to do."),
    JournalKind.available: marked("Free to spend now: {amount}."),
    JournalKind.expired: marked("Expired unspent: {amount}."),
    JournalKind.expiring: marked("Spend it in time: {amount} will run out, the first of it on {expires_at}."),
    JournalKind.clawed_back: marked("Taken back: {amount}. Why: {stated}"),
    JournalKind.client_came: marked("Your client came to {shop}: a purchase of {amount} with your code {code}."),
    JournalKind.client_returned: marked("Your client brought goods back: {amount} went with them."),
    JournalKind.client_elsewhere: marked(
        "A purchase in {shop} was counted for another participant, not for you: {reason}."
    ),
    JournalKind.bonus_held: marked(
        "Kept back for now: {amount}. Why: {held_for}. Nothing is lost: a person looks into it, and if you think that "
        "it is a mistake, you may appeal."
    ),
    JournalKind.bonus_freed: marked("Looked into, all in order: {amount} is no longer kept back."),
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
    JournalKind.recovery_removed: marked(
        "What restored the account was removed: if the phone is lost, so is the account."
    ),
    JournalKind.recovery_refused: marked(
        "Somebody tried to restore this account by a recovery that was used, replaced or copied. Nothing was changed."
    ),
    JournalKind.restored: marked(
        "The account was restored on another phone: {device}. It may spend from {spends_from}. "
        "Earlier phones are revoked; save a new recovery."
    ),
    JournalKind.dispute_opened: marked("Your appeal has arrived. The answer comes by {answer_by}."),
    JournalKind.dispute_upheld: marked("Your appeal was upheld: {answer}"),
    JournalKind.dispute_rejected: marked("Your appeal was not upheld: {answer}"),
}

# What is said instead where an entry carries this fact and it is not nothing.
VARIANTS: dict[tuple[JournalKind, str], str] = {
    (JournalKind.client_came, "came_back"): marked(
        "Your client came back to {shop}: a purchase of {amount}, without a code."
    ),
    (JournalKind.credited, "given_minor"): marked(
        "On its way, less your part of the customer's discount ({given}): {amount}. Yours to spend from {available_at}."
    ),
    (JournalKind.available, "repaid_minor"): marked(
        "Free to spend now: {amount}. Kept against what was taken back before: {repaid}."
    ),
    (JournalKind.expired, "repaid_minor"): marked(
        "Expired unspent: {amount}. Kept against what was taken back before: {repaid}."
    ),
    (JournalKind.clawed_back, "expired_minor"): marked(
        "Taken back: {amount}, of which {expired} had expired before and cost you nothing. Why: {stated}"
    ),
    (JournalKind.clawed_back, "because"): marked("Taken back: {amount}, because {because}."),
    (JournalKind.spend_released, "overdue"): marked(
        "Free again: {amount}. What was set aside for “{purpose}” was not collected in time."
    ),
}

# What is said instead where its campaign tells an agent less of a sale; the first of them whose facts are all there.
SHORTER: dict[str, tuple[str, ...]] = {
    SENTENCES[JournalKind.client_came]: (
        marked("Your client came to {shop} with your code {code}."),
        marked("Your client came: a purchase of {amount} with your code {code}."),
        marked("Your client came with your code {code}."),
    ),
    VARIANTS[JournalKind.client_came, "came_back"]: (
        marked("Your client came back to {shop}, without a code."),
        marked("Your client came back: a purchase of {amount}, without a code."),
        marked("Your client came back, without a code."),
    ),
    SENTENCES[JournalKind.client_elsewhere]: (
        marked("A purchase was counted for another participant, not for you: {reason}."),
    ),
}

REASONS: dict[str, str] = {
    Reason.EXPIRED: marked("the campaign was over"),
    Reason.NOT_STARTED: marked("the campaign had not begun"),
    Reason.STOPPED: marked("the maker has broken the campaign off"),
    Reason.NOT_ACTIVE: marked("the campaign was not running at that time"),
    Reason.NOT_ELIGIBLE_PRODUCT: marked("this product takes no part in the campaign"),
    Reason.NOT_ELIGIBLE_SEGMENT: marked("the campaign is meant for other participants"),
    Reason.RECEIPT_UNVERIFIED: marked("the receipt is not proven as far as the campaign asks"),
    Reason.MIN_AMOUNT: marked("the campaign asks for a larger purchase"),
    Reason.SELF_PURCHASE: marked("this was a purchase of your own"),
    Reason.GIVEN_AS_DISCOUNT: marked("all of the bonus went into your part of the customer's discount"),
    Reason.STACKING_CONFLICT: marked("another campaign has paid for it, and the two do not add up"),
    Reason.GOODS_RETURNED: marked("the goods were brought back to their shop"),
    Reason.PURCHASE_PAID: marked("the bonus for this purchase is already paid, by another proof of the same purchase"),
    Reason.LIMIT_CODE: marked("this code has been used as often as the campaign allows"),
    Reason.LIMIT_CUSTOMER: marked("this customer has been counted as often as the campaign allows"),
    Reason.LIMIT_SHOP: marked("the shop has reached the campaign's limit"),
    Reason.LIMIT_AGENT: marked("you have reached the campaign's limit"),
    Reason.LIMIT_CAMPAIGN: marked("the campaign has reached its limit"),
    Reason.BUDGET_EXHAUSTED: marked(
        "the campaign's budget is used up; if it is topped up, this one is looked at again"
    ),
    "weaker_evidence": marked("another proof of the purchase counts for more"),
    "lower_priority": marked("another code in the same purchase comes first"),
    "no_campaign": marked("no campaign pays for it at the moment"),
    "receipt_duplicate": marked("somebody else has proven this receipt better"),
    "receipt_refused": marked("the receipt was looked at by hand and not accepted"),
    "contradicts": marked("the receipt contradicts what its till has printed"),
    "issuer_denies": marked("the tax service knows no such receipt"),
    "company_buyer": marked("the receipt names a company as the buyer"),
    "already_claimed": marked("somebody else had claimed this code earlier"),
    "recalled": marked("the maker has recalled this batch"),
    "goods_expired": marked("the time in which the maker pays for this batch is over"),
    "risk_review": marked("the scan was looked at by hand and not accepted"),
}
# Why money is kept back, in words that are fair to the honest and teach nobody else where the limits are.
HELD_FOR: dict[str, str] = {
    RiskKind.duplicate_codes: marked("some codes of this packing have turned up more than once"),
    RiskKind.scattered_carton: marked("the codes of this carton are being compared with the maker's papers"),
    RiskKind.leaked_codes: marked("the maker is checking this part of the batch"),
    RiskKind.agent_pace: marked("there were unusually many codes, and somebody looks at them first"),
}
HELD_FOR_OTHER = marked("it is being checked by hand")
OTHER_REASON = marked("for a reason of its own kind ({slug})")
UNNAMED = marked("without a name")
# What was bought, after the sentence of an entry that knows it.
BOUGHT = marked("Bought: {goods}.")
BOUGHT_AND_MORE = marked("Bought: {goods}, and {number} more.")
_GOODS_SAID_MAX = 3


def sentence(told: Told, reader: Reader) -> str:
    """An entry of the journal in the reader's words."""
    template = translated(_template(told), reader)
    said = template.format_map({name: _said(name, told.facts, reader) for name in needed(template)})
    return f"{said} {_bought(told.facts, reader)}" if told.facts.get("goods") else said


def _template(told: Told) -> str:
    variants = (VARIANTS.get((told.kind, name)) for name, fact in told.facts.items() if fact)
    whole = next(filter(None, variants), SENTENCES[told.kind])
    possible = (whole, *SHORTER.get(whole, ()))
    return next((one for one in possible if all(_fact(name, told.facts) is not None for name in needed(one))), whole)


def _bought(facts: Mapping[str, Any], reader: Reader) -> str:
    """The first goods by name, and how many others there are."""
    goods = facts["goods"]
    said = ", ".join(f"{one[reader.language]} × {one['quantity']}" for one in goods[:_GOODS_SAID_MAX])
    more = len(goods[_GOODS_SAID_MAX:]) + facts.get("goods_more", 0)
    return translated(BOUGHT_AND_MORE if more else BOUGHT, reader).format(goods=said, number=more)


def reason_in_words(slug: str, reader: Reader) -> str:
    """A reason in the reader's words, to stand inside a sentence."""
    known = REASONS.get(slug)
    return translated(known, reader) if known else translated(OTHER_REASON, reader).format(slug=slug)


def hold_in_words(kind: str, reader: Reader) -> str:
    """Why something is kept back, in the reader's words, to stand inside a sentence."""
    return translated(HELD_FOR.get(kind, HELD_FOR_OTHER), reader)


def needed(template: str) -> list[str]:
    """The names in braces."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]


def _said(name: str, facts: Mapping[str, Any], reader: Reader) -> str:
    fact = _fact(name, facts)
    if fact is None:
        # An entry from before its sentence had this fact stays readable.
        return "…"
    if isinstance(fact, list):
        from_minor, below_minor = fact
        return between(from_minor, below_minor, facts["asset"], reader)
    if name in {"amount", "repaid", "expired", "given"}:
        return amount(fact, facts["asset"], reader)
    say = _SAID.get(name)
    return say(fact, reader) if say else str(fact)


def _fact(name: str, facts: Mapping[str, Any]) -> Any:
    """The fact behind a name; of an amount that is not told exactly, its band."""
    fact = facts.get(_FACTS.get(name, name))
    return facts.get("amount_band") if name == "amount" and fact is None else fact


def _time(stored: str) -> datetime:
    return msgspec.convert(stored, datetime)


# Names in sentences that are not the facts' own. What is stated are a person's words, which no translation knows.
_FACTS = {
    "amount": "amount_minor",
    "repaid": "repaid_minor",
    "expired": "expired_minor",
    "given": "given_minor",
    "stated": "reason",
    "held_for": "reason",
}
_SAID: dict[str, Callable[[Any, Reader], str]] = {
    "available_at": lambda stored, reader: day(_time(stored), reader),
    "answer_by": lambda stored, reader: day(_time(stored), reader),
    "expires_at": lambda stored, reader: day(_time(stored), reader),
    "spends_from": lambda stored, reader: moment(_time(stored), reader),
    "reason": reason_in_words,
    "because": reason_in_words,
    "held_for": hold_in_words,
    "device": lambda name, reader: name or translated(UNNAMED, reader),
}
