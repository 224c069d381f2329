"""Ceremonies: what the service and a phone say to each other about a passkey, in WebAuthn's own JSON."""

import secrets
from ipaddress import ip_address
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from joserfc.util import urlsafe_b64encode
from msgspec import Meta, field

from core.refusals import Conflict

NAME: Final = "Напарник"
USER_BYTES: Final = 32
# What phones, computers and security keys of today sign with: ES256, EdDSA, RS256, by their numbers in COSE.
ALGORITHMS: Final = (-7, -8, -257)

_BASE64 = "^[A-Za-z0-9_-]+(?![\\s\\S])"

Base64 = Annotated[str, Meta(pattern=_BASE64, max_length=12_000, description="Base64url without padding.")]
CredentialId = Annotated[str, Meta(pattern=_BASE64, max_length=1_364, description="Base64url without padding.")]


class PasskeysOff(Conflict):
    slug = "passkeys_off"
    title = "This installation's address is a number, and passkeys are made for names"


class RelyingParty(msgspec.Struct, frozen=True):
    """For whom passkeys are: the name that phones bind them to, and the one place from which they may be asked for."""

    id: str
    origin: str


class Party(msgspec.Struct, frozen=True):
    """The service, as a phone shows it."""

    id: str
    name: str


class User(msgspec.Struct, frozen=True, rename="camel"):
    """The account, as a phone shows it: its alias. The `id` is drawn for each passkey and kept by the phone alone."""

    id: str
    name: str
    display_name: str


class KeyKind(msgspec.Struct, frozen=True):
    """A kind of key that is taken."""

    alg: int
    type: str = "public-key"


class Selection(msgspec.Struct, frozen=True, rename="camel"):
    """A passkey is found without being named, and its phone makes sure of whose hand it is in."""

    resident_key: str = "required"
    require_resident_key: bool = True
    user_verification: str = "required"


class CreationOptions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`PublicKeyCredentialCreationOptionsJSON` of WebAuthn, which browsers and Android take as it is."""

    challenge: str
    rp: Party
    user: User
    pub_key_cred_params: list[KeyKind]
    authenticator_selection: Selection
    attestation: str = "none"
    timeout: int


class RequestOptions(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """`PublicKeyCredentialRequestOptionsJSON` of WebAuthn: any passkey of this service will do."""

    challenge: str
    rp_id: str
    user_verification: str = "required"
    timeout: int


class Attestation(msgspec.Struct, frozen=True):
    """What an authenticator says of a key that it has made."""

    client_data: Base64 = field(name="clientDataJSON")
    attestation_object: Base64 = field(name="attestationObject")


class MadeCredential(msgspec.Struct, frozen=True):
    """`RegistrationResponseJSON` of WebAuthn; what else platforms put into it is passed over."""

    type: Literal["public-key"]
    response: Attestation


class Assertion(msgspec.Struct, frozen=True):
    """What an authenticator has signed."""

    client_data: Base64 = field(name="clientDataJSON")
    authenticator_data: Base64 = field(name="authenticatorData")
    signature: Base64


class UsedCredential(msgspec.Struct, frozen=True):
    """`AuthenticationResponseJSON` of WebAuthn; what else platforms put into it is passed over."""

    id: CredentialId
    type: Literal["public-key"]
    response: Assertion


def relying_party(origin: str) -> RelyingParty:
    """For whom the passkeys of an installation are; PasskeysOff if its address is a number.

    A machine that serves itself alone is called localhost, the one name that browsers trust without TLS.
    """
    place = urlsplit(origin.rstrip("/").lower())
    host = place.hostname or ""
    try:
        address = ip_address(host)
    except ValueError:
        return RelyingParty(host, f"{place.scheme}://{place.netloc}")
    if not address.is_loopback:
        raise PasskeysOff
    return RelyingParty("localhost", f"{place.scheme}://localhost" + (f":{place.port}" if place.port else ""))


def to_make(challenge: bytes, *, party: RelyingParty, alias: str, seconds: int) -> CreationOptions:
    """What a phone is asked to make."""
    return CreationOptions(
        challenge=_encoded(challenge),
        rp=Party(party.id, NAME),
        user=User(_encoded(secrets.token_bytes(USER_BYTES)), alias, alias),
        pub_key_cred_params=[KeyKind(algorithm) for algorithm in ALGORITHMS],
        authenticator_selection=Selection(),
        timeout=seconds * 1_000,
    )


def to_use(challenge: bytes, *, party: RelyingParty, seconds: int) -> RequestOptions:
    """What a phone is asked to sign."""
    return RequestOptions(challenge=_encoded(challenge), rp_id=party.id, timeout=seconds * 1_000)


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode()
