"""A phone, as the service sees one: a key that never leaves it, and what it signs with that key."""

import time
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from core.ids import uuid7
from referrals.possession import token_hash
from referrals.signatures import PublicKey


class Phone:
    """A key pair and its two statements: a DPoP proof, and a recovery when the key is a recovery's."""

    def __init__(self, key: ECKey | None = None) -> None:
        self.key = key or ECKey.generate_key("P-256")

    @property
    def jwk(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    @property
    def public_key(self) -> PublicKey:
        return msgspec.convert(self.jwk, PublicKey)

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def proof(self, method: str, url: str, *, token: str | None = None, **changed: Any) -> str:
        """A proof for one request; whatever is named in `changed` replaces a claim."""
        claims = {"htm": method, "htu": url, "iat": int(time.time()), "jti": str(uuid7())}
        bound = {} if token is None else {"ath": token_hash(token)}
        return self.sign("dpop+jwt", claims | bound | changed)

    def recovery_of(self, thumbprint: str, *, audience: str, **changed: Any) -> str:
        """A statement by a recovery key that another phone's key may take over."""
        claims = {"device": thumbprint, "aud": audience, "iat": int(time.time())}
        return self.sign("recovery+jwt", claims | changed)

    def sign(self, kind: str, claims: dict[str, Any], **header: Any) -> str:
        named = {"typ": kind, "alg": "ES256", "jwk": self.jwk} | header
        return jwt.encode(named, claims, self.key, algorithms=["ES256"])
