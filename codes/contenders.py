"""Contenders: the codes, the link and the customer's window by which a sale may be somebody's; who has it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from codes.orders import Asked
from codes.promo_codes import Found
from programs.attribution import EvidenceKind
from programs.campaign import Campaign, CampaignVersion, Placed
from programs.discounts import AnyDiscount
from programs.facts import Facts
from programs.reasons import Reason
from programs.rules import LimitScope, Rules
from programs.snapshot import Snapshot
from programs.standing import Standing
from programs.tells import EVERYTHING, Tells
from referrals.attributions import LOWER_PRIORITY, WEAKER_EVIDENCE, Attributed, Claim
from referrals.known_customers import Window


class Contender(msgspec.Struct, frozen=True):
    """A code that counts, or the window over the customer as if he had shown the code that opened it."""

    code: Found
    evidence: EvidenceKind
    version: CampaignVersion
    # When the order counts as having happened, as the version sees it.
    moment: datetime
    is_own_purchase: bool = False

    @property
    def is_repeat(self) -> bool:
        return self.evidence is EvidenceKind.CUSTOMER_KEY

    @property
    def discounts(self) -> tuple[AnyDiscount, ...]:
        """What it takes off: nothing where discount and bonus would come into the same hands."""
        rules = self.version.rules
        if self.is_own_purchase and rules.self_purchase == "bonus_only":
            return ()
        return rules.repeated.discounts if self.is_repeat else rules.discounts

    @property
    def tells(self) -> Tells:
        """What its agent reads of the order; the one object that is not stored where that is everything."""
        tells = self.version.rules.tells
        return EVERYTHING if tells == EVERYTHING else tells


class Contest(msgspec.Struct, frozen=True):
    """The contenders that count, the one who has the sale first; why others do not count; everybody's claims."""

    contenders: tuple[Contender, ...] = ()
    reasons: Mapping[str, str] = {}
    window_reason: str | None = None
    claims: tuple[Claim, ...] = ()

    @property
    def winner(self) -> Contender | None:
        return self.contenders[0] if self.contenders else None

    @property
    def attributed(self) -> Attributed | None:
        """Whose the sale is."""
        if (won := self.winner) is None:
            return None
        return Attributed(won.code.agent_id, won.version.campaign_id, won.evidence, self.claims)

    def outcome(self, code: Found) -> str | None:
        """What became of a code's claim to the sale."""
        return next((claim.outcome for claim in self.claims if claim.code == code.text), None)


def contest(
    asked: Asked, snapshot: Snapshot, standings: Mapping[UUID, Standing], exhausted: Mapping[UUID, Reason]
) -> Contest:
    """Whose the order is: by the program's order of evidence, then by the priority of the campaigns.

    The window counts where no code does, or where the program holds a customer's key to be the stronger evidence; then
    it takes the sale and leaves the discounts to the codes.
    """
    judge = _Judge(asked, snapshot, standings, exhausted)
    codes = judge.codes()
    window = asked.customer.window if asked.customer else None
    if window is None or not window.is_open(asked.occurred_at):
        return _contest(codes, judge, None)
    placed = judge.window(window)
    if isinstance(placed, Reason):
        claim = Claim(window.agent_id, EvidenceKind.CUSTOMER_KEY, window.campaign_id, "", placed.value)
        return _contest(codes, judge, claim)
    first = codes[0] if codes else None
    wins = first is None or (judge.rank(placed) < judge.rank(first) and first.code.agent_id != window.agent_id)
    outcome = "won" if wins else WEAKER_EVIDENCE
    shop_told = placed.tells.shop
    claim = Claim(window.agent_id, EvidenceKind.CUSTOMER_KEY, window.campaign_id, "", outcome, shop_told)
    return _contest([placed, *codes] if wins else codes, judge, claim)


def _contest(contenders: Sequence[Contender], judge: "_Judge", window: Claim | None) -> Contest:
    claims = [*judge.claims(contenders), *([window] if window else [])]
    reason = window.outcome if window and window.outcome != "won" else None
    return Contest(tuple(contenders), judge.reasons, reason, tuple(claims))


class _Judge:
    """Looks at each code of one order, and remembers why one does not count."""

    def __init__(
        self, asked: Asked, snapshot: Snapshot, standings: Mapping[UUID, Standing], exhausted: Mapping[UUID, Reason]
    ) -> None:
        self._asked = asked
        self._snapshot = snapshot
        self._standings = standings
        self._exhausted = exhausted
        self._policy = snapshot.policy(asked.program_id)
        self.reasons: dict[str, str] = {}

    def rank(self, contender: Contender) -> int:
        return self._policy.rank(contender.evidence)

    def codes(self) -> list[Contender]:
        """The codes that count, the strongest first; of each exclusive group and each campaign one."""
        held: dict[UUID, tuple[tuple[int, tuple[int, UUID]], Contender]] = {}
        for text, evidence in self._shown():
            code = self._asked.live(text)
            if code is None:
                self.reasons[text] = Reason.NOT_ACTIVE.value
                continue
            campaign = self._snapshot.campaigns[code.campaign_id]
            placed = self._placed(campaign, code, evidence)
            if campaign.id in held:
                self.reasons[text] = Reason.STACKING_CONFLICT.value
            elif isinstance(placed, Reason):
                self.reasons[text] = placed.value
            else:
                held[campaign.id] = (self._policy.rank(evidence), campaign.place), placed
        return self._grouped([one for _, one in sorted(held.values(), key=lambda pair: pair[0])])

    def window(self, window: Window) -> Contender | Reason:
        """The window over the customer, as far as its campaign still stands by it."""
        campaign = self._snapshot.campaigns[window.campaign_id]
        code = Found(
            window.promo_code_id, window.agent_id, window.campaign_id, self._asked.program_id, "", state="active"
        )
        placed = self._placed(campaign, code, EvidenceKind.CUSTOMER_KEY)
        if isinstance(placed, Contender) and placed.version.rules.attribution is None:
            return Reason.NOT_ACTIVE
        return placed

    def claims(self, contenders: Sequence[Contender]) -> Iterator[Claim]:
        """What everybody who showed a code has of the sale."""
        winner = contenders[0] if contenders else None
        counted = {one.code.id: one for one in contenders}
        told: set[UUID] = set()
        for text, evidence in self._shown():
            code = self._asked.codes.get(text)
            if code is None or code.program_id != self._asked.program_id or code.id in told:
                continue
            told.add(code.id)
            outcome = self.reasons.get(text)
            if outcome is None and winner is not None and code.id in counted:
                outcome = self._outcome(code, evidence, winner)
            if outcome is not None:
                shop_told = counted[code.id].tells.shop if code.id in counted else True
                yield Claim(code.agent_id, evidence, code.campaign_id, code.text, outcome, shop_told)

    def _outcome(self, code: Found, evidence: EvidenceKind, winner: Contender) -> str:
        if code.agent_id == winner.code.agent_id:
            return "won"
        return WEAKER_EVIDENCE if self._policy.rank(evidence) > self.rank(winner) else LOWER_PRIORITY

    def _shown(self) -> list[tuple[str, EvidenceKind]]:
        """Every text once, the strongest kind of evidence first."""
        typed = dict.fromkeys(self._asked.order.codes, EvidenceKind.PROMO_CODE)
        shown = {text: typed.get(text, EvidenceKind.LINK) for text in self._asked.order.shown}
        return sorted(shown.items(), key=lambda pair: self._policy.rank(pair[1]))

    def _placed(self, campaign: Campaign, code: Found, evidence: EvidenceKind) -> Contender | Reason:
        """The version whose conditions all hold, or the first objection."""
        facts = unpriced(self._asked, code, is_repeat=evidence is EvidenceKind.CUSTOMER_KEY)
        placed = campaign.version_for(facts)
        if isinstance(placed, Reason):
            return placed
        if campaign.id in self._exhausted:
            return self._exhausted[campaign.id]
        contender = Contender(code, evidence, placed.version, placed.moment, facts.is_self_purchase)
        return self._objection(placed, facts, self._standings[code.agent_id]) or contender

    def _objection(self, placed: Placed, facts: Facts, standing: Standing) -> Reason | None:
        rules = placed.version.rules
        facts = msgspec.structs.replace(facts, occurred_at=placed.moment)
        for condition in placed.version.conditions:
            if not condition.holds(facts, standing).holds:
                return condition.why_not(facts, standing)
        # Whoever cannot be told from others could use a limit of his own again and again.
        if facts.customer_key is None and _counts_customers(rules):
            return Reason.LIMIT_CUSTOMER
        return Reason.SELF_PURCHASE if facts.is_self_purchase and rules.self_purchase == "deny" else None

    def _grouped(self, contenders: Sequence[Contender]) -> list[Contender]:
        found: list[Contender] = []
        groups: set[str] = set()
        for one in contenders:
            group = one.version.rules.exclusivity_group
            if group is not None and group in groups:
                texts = [text for text, code in self._asked.codes.items() if code == one.code]
                self.reasons |= dict.fromkeys(texts, Reason.STACKING_CONFLICT.value)
                continue
            groups |= {group} if group else set()
            found.append(one)
        return found


def _counts_customers(rules: Rules) -> bool:
    return any(limit.scope is LimitScope.CUSTOMER for limit in rules.limits)


def unpriced(asked: Asked, code: Found, *, is_repeat: bool) -> Facts:
    """The order before any discount: what a campaign's conditions look at."""
    return asked.facts(code, [line.amount_minor for line in asked.order.lines], is_repeat=is_repeat)
