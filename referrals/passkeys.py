"""Passkeys: keys that phones keep for one service and carry along; what they answer is checked here (WebAuthn)."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from msgspec import field
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    RegistrationCredential,
)

from core.refusals import Conflict, Unprocessable
from referrals.ceremonies import ALGORITHMS, MadeCredential, RelyingParty, UsedCredential
from referrals.signatures import fingerprint

ID_BYTES_MAX: Final = 1_023

Result = TypeVar("Result")


class PasskeyRefused(Unprocessable):
    """Facts: the `reason`, which is `challenge`, `origin`, `form` or `answer`, and what makes it plain."""

    slug = "passkey_refused"
    title = "What the passkey answered does not hold; the reason says why"


class PasskeyCopied(Conflict):
    slug = "passkey_copied"
    title = "This passkey's counter went back, so there are two of it; it restores nothing"


class Passkey(msgspec.Struct, frozen=True):
    """All that is kept of one: a hash of its id, its public key (COSE), and how often it says that it has signed."""

    thumbprint: str
    public_key: bytes
    sign_count: int


class _ClientData(msgspec.Struct, frozen=True):
    challenge: str
    origin: str
    # Whether another site had our page in a frame of its own.
    framed: bool = field(name="crossOrigin", default=False)


def challenge_of(client_data: str, *, party: RelyingParty) -> bytes:
    """The challenge that a phone says to have answered; PasskeyRefused if it was asked in another place than ours."""
    try:
        said = msgspec.json.decode(_decoded(client_data), type=_ClientData)
    except msgspec.MsgspecError:
        raise PasskeyRefused(reason="form") from None
    if said.origin != party.origin or said.framed:
        raise PasskeyRefused(reason="origin", expected=party.origin)
    return _decoded(said.challenge)


def made(credential: MadeCredential, *, challenge: bytes, party: RelyingParty) -> Passkey:
    """The passkey that was made in answer to a challenge; who built its authenticator is not asked and not kept."""
    response = AuthenticatorAttestationResponse(
        client_data_json=_decoded(credential.response.client_data),
        attestation_object=_decoded(credential.response.attestation_object),
    )

    def verify() -> Passkey:
        answer = verify_registration_response(
            # The id that counts is the one that the authenticator tells, not the one that stands beside it.
            credential=RegistrationCredential(id="", raw_id=b"", response=response),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(algorithm) for algorithm in ALGORITHMS],
        )
        # A key that is none would be found out when it is needed.
        decoded_public_key_to_cryptography(decode_credential_public_key(answer.credential_public_key))
        return Passkey(_thumbprint(answer.credential_id), answer.credential_public_key, answer.sign_count)

    return _judged(verify)


def signed(credential: UsedCredential, *, challenge: bytes, party: RelyingParty, public_key: bytes) -> int:
    """How often the passkey of this key says that it has signed, the last time in answer to this challenge."""
    raw_id, response = _decoded(credential.id), credential.response
    answer = AuthenticatorAssertionResponse(
        client_data_json=_decoded(response.client_data),
        authenticator_data=_decoded(response.authenticator_data),
        signature=_decoded(response.signature),
    )

    def verify() -> int:
        return verify_authentication_response(
            credential=AuthenticationCredential(id=_encoded(raw_id), raw_id=raw_id, response=answer),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=public_key,
            # What is counted is judged by `goes_back`, whose refusal warns the owner.
            credential_current_sign_count=0,
            require_user_verification=True,
        ).new_sign_count

    return _judged(verify)


def thumbprint_of(credential: UsedCredential) -> str:
    """By what a passkey is found that has just been used."""
    return _thumbprint(_decoded(credential.id))


def goes_back(count: int, *, before: int) -> bool:
    """Whether a counter betrays a copy; passkeys that are carried from phone to phone count nothing and say 0."""
    return (count > 0 or before > 0) and count <= before


def _thumbprint(credential_id: bytes) -> str:
    """A hash with a word of its own in it, so that no id can be made up to look like another recovery's key."""
    if not 1 <= len(credential_id) <= ID_BYTES_MAX:
        raise PasskeyRefused(reason="form")
    return _encoded(fingerprint("passkey", _encoded(credential_id)))


def _judged(verify: Callable[[], Result]) -> Result:
    try:
        return verify()
    except PasskeyRefused:
        raise
    except WebAuthnException as refused:
        raise PasskeyRefused(reason="answer", why=str(refused)[:200]) from None
    except Exception:  # noqa: BLE001 - what a parser of strangers' bytes stumbles over has no name in common.
        raise PasskeyRefused(reason="form") from None


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()


def _decoded(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text.encode())
    except ValueError:
        raise PasskeyRefused(reason="form") from None
