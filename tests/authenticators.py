"""An authenticator, as the service sees one: it makes a passkey for a place, and signs what it is asked there."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from referrals.ceremonies import CreationOptions, MadeCredential, RequestOptions, UsedCredential

# The bits of the authenticator's own data: it was touched, it knows the hand, a key is attached.
TOUCHED, VERIFIED, ATTACHED = 0x01, 0x04, 0x40


class Authenticator:
    """One passkey (ES256) and how often it has signed; what is named in a call replaces what would be true.

    `carried` ones are in a store that several phones share, and count nothing.
    """

    def __init__(
        self, *, rp_id: str = "localhost", origin: str = "http://localhost:8000", carried: bool = True
    ) -> None:
        self.rp_id = rp_id
        self.origin = origin
        self.count = 0 if carried else 1
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)

    def make(self, options: CreationOptions, **changed: Any) -> MadeCredential:
        """What the platform tells of a passkey that was made."""
        return msgspec.convert(self.making(**({"challenge": options.challenge} | changed)), MadeCredential)

    def use(self, options: RequestOptions, **changed: Any) -> UsedCredential:
        """What the platform tells of a passkey that was used."""
        return msgspec.convert(self.using(**({"challenge": options.challenge} | changed)), UsedCredential)

    def making(self, challenge: str, **changed: Any) -> dict[str, Any]:
        """The same as JSON, with the members that nobody asked for."""
        attached = (
            bytes(16)
            + len(self.credential_id).to_bytes(2)
            + self.credential_id
            + changed.get("key", self._public_key())
        )
        about = self._about(ATTACHED, **changed) + attached
        response = {
            "clientDataJSON": _base64(self._client_data("webauthn.create", challenge, **changed)),
            "attestationObject": _base64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": about})),
            "transports": ["internal", "hybrid"],
        }
        return self._credential(response)

    def using(self, challenge: str, **changed: Any) -> dict[str, Any]:
        """The same as JSON, with the members that nobody asked for."""
        self.count += bool(self.count)
        said, about = self._client_data("webauthn.get", challenge, **changed), self._about(0, **changed)
        signature = self.key.sign(about + hashlib.sha256(said).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": _base64(said),
            "authenticatorData": _base64(about),
            "signature": _base64(signature),
            "userHandle": _base64(b"somebody"),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = _base64(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}

    def _client_data(self, kind: str, challenge: str, **changed: Any) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said | {name: changed[name] for name in said.keys() & changed.keys()}).encode()

    def _about(self, flags: int, **changed: Any) -> bytes:
        place = hashlib.sha256(changed.get("rp_id", self.rp_id).encode()).digest()
        flags |= TOUCHED | (VERIFIED if changed.get("verified", True) else 0)
        count: int = changed.get("count", self.count)
        return place + bytes([flags]) + count.to_bytes(4)

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        # EC2, ES256, on P-256, by the numbers of COSE.
        return bytes(cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}))


def nonce_of(challenge: str) -> bytes:
    """The bytes of a challenge."""
    return urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))


def _base64(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
