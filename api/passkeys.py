"""Recovery by a passkey over HTTP: one pair of calls to save one, another pair to come back by it."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from api import rate_limits
from api.agents import Enrolled, spend_enrolment
from api.callers import agent_of, agents, anybody
from api.examples import like
from api.idempotent import REFUSALS, IdempotencyKey, IdempotencyKeyMalformed, once
from api.openapi import AGENT_PROOF
from api.problems import refuses
from api.process import process_of
from api.proven import PROVEN, prove
from core.epoch import current_epoch
from core.limits import RateLimited
from core.refusals import DomainError
from core.switches import ReadOnly
from core.text import Line
from referrals import passkey_recovery
from referrals.ceremonies import MadeCredential, PasskeysOff, RelyingParty, UsedCredential, relying_party
from referrals.devices import DeviceKnown
from referrals.passkey_recovery import PasskeyToMake, PasskeyToUse
from referrals.passkeys import PasskeyCopied, PasskeyRefused
from referrals.recovery import RecoveryKnown, RecoveryState, RecoveryUnknown, RecoveryUsed
from referrals.signatures import KeyRefused, PublicKey

_STRANGERS: tuple[type[DomainError], ...] = (
    KeyRefused,
    PasskeysOff,
    RateLimited,
    ReadOnly,
    IdempotencyKeyMalformed,
    *REFUSALS,
)
_CLIENT_DATA = "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQVEiLCJvcmlnaW4iOiJodHRwczovL2EuZXhhbXBsZSJ9"


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the phone has answered to the options, as its platform writes it."""

    credential: MadeCredential


class NewPhoneOfAnAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key of the phone to which an account is to come back."""

    public_key: PublicKey


class PasskeyRestoration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a passkey has answered to the options, and the key of the phone that asked for them."""

    credential: UsedCredential
    public_key: PublicKey
    device_name: Line = ""


@post(
    "/v1/recovery/passkey/options",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["recovery"],
    operation_id="ask_to_save_passkey",
    status_code=201,
    responses={201: ResponseSpec(PasskeyToMake, generate_examples=False, description="What to make it by.")}
    | refuses(*PROVEN, PasskeysOff),
)
async def ask_to_save_passkey(
    request: Request[Any, Any, Any], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """What the phone makes a passkey by, with `navigator.credentials.create` or its like; its answer is saved next."""

    async def ask() -> PasskeyToMake:
        await prove(request)
        return await passkey_recovery.ask_to_save(caller=agent_of(request), party=_party(request))

    return await once(request, ask)


@post(
    "/v1/recovery/passkey",
    guards=[agents],
    security=AGENT_PROOF,
    tags=["recovery"],
    operation_id="save_passkey",
    status_code=201,
    responses={201: ResponseSpec(RecoveryState, generate_examples=False, description="What restores the account now.")}
    | refuses(*PROVEN, PasskeysOff, PasskeyRefused, RecoveryKnown),
)
async def save_passkey(
    request: Request[Any, Any, Any],
    data: Annotated[
        NewPasskey,
        like(
            credential={
                "id": "_Ee0VZ3yyJj0bOdLGFjuYg",
                "type": "public-key",
                "response": {
                    "clientDataJSON": _CLIENT_DATA,
                    "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YQ",
                },
            }
        ),
    ],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """Save a passkey in the place of what restored the account before. Its public key is kept, never who built it."""

    async def save() -> RecoveryState:
        await prove(request)
        return await passkey_recovery.save(data.credential, caller=agent_of(request), party=_party(request))

    return await once(request, save)


@post(
    "/v1/recovery/passkey/restore/options",
    guards=[anybody],
    tags=["recovery"],
    operation_id="ask_to_restore_by_passkey",
    status_code=201,
    response_headers=rate_limits.TOLD,
    responses={201: ResponseSpec(PasskeyToUse, generate_examples=False, description="What to sign.")}
    | refuses(*_STRANGERS),
)
async def ask_to_restore_by_passkey(
    request: Request[Any, Any, Any], data: JSONBody[NewPhoneOfAnAccount], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """What a new phone has a passkey sign; nobody says whose account it is, the passkey itself does."""

    async def ask() -> PasskeyToUse:
        await spend_enrolment(request)
        return await passkey_recovery.ask_to_restore(data.public_key, party=_party(request))

    return rate_limits.tell(request, await once(request, ask))


@post(
    "/v1/recovery/passkey/restore",
    guards=[anybody],
    tags=["recovery"],
    operation_id="restore_by_passkey",
    status_code=201,
    response_headers=rate_limits.TOLD,
    responses={201: ResponseSpec(Enrolled, generate_examples=False, description="The account; keep the token.")}
    | refuses(*_STRANGERS, DeviceKnown, PasskeyRefused, PasskeyCopied, RecoveryUnknown, RecoveryUsed),
)
async def restore_by_passkey(
    request: Request[Any, Any, Any], data: JSONBody[PasskeyRestoration], idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Take the account over to a new phone: earlier ones are revoked, the passkey is used up, the new phone waits."""
    settings = process_of(request).settings

    async def take_over() -> Enrolled:
        await spend_enrolment(request)
        back = await passkey_recovery.restore(
            data.credential,
            data.public_key,
            device_name=data.device_name,
            party=_party(request),
            wait_seconds=settings.device_wait_seconds,
        )
        return Enrolled(back.agent_id, back.alias, back.alias_en, back.device_id, back.token, await current_epoch())

    return rate_limits.tell(request, await once(request, take_over, secret=True))


def _party(request: Request[Any, Any, Any]) -> RelyingParty:
    return relying_party(process_of(request).settings.origin)


ROUTES = [ask_to_save_passkey, save_passkey, ask_to_restore_by_passkey, restore_by_passkey]
