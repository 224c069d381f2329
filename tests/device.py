"""An agent's phone as a stranger would write it: a key of its own, a token, and what the two sign; nothing of ours."""

import base64
import hashlib
import time
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey


class Device:
    """A P-256 key that signs proofs (DPoP, RFC 9449) for the token that the server gave to its phone."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256")
        self.token = ""

    @property
    def public_key(self) -> dict[str, Any]:
        return dict(self._key.as_dict(private=False))

    def proof(self, method: str, url: str, **changed: object) -> str:
        """A proof for one request; whatever is named in `changed` replaces a claim."""
        claims: dict[str, Any] = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": url,
            "iat": int(time.time()),
            "ath": _base64url(hashlib.sha256(self.token.encode()).digest()),
        }
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public_key}
        return jwt.encode(header, claims | changed, self._key, algorithms=["ES256"])


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
