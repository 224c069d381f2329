"""The demo's callers: a maker with his key and a phone with its own, over HTTP like everybody else."""

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from cli.refusals import CannotStart

# A worker looks at what is due every second; a machine that is busy with something else gets some more.
PATIENCE_SECONDS = 30.0


class StoryBroken(CannotStart):
    """Something did not happen as it is told."""


def expect(holds: bool, what: str) -> None:  # noqa: FBT001 - it reads as a sentence: expect this, namely that.
    """StoryBroken unless it is so."""
    if not holds:
        raise StoryBroken(f"the story does not go on: it is not so that {what}")


def wait_for(look: Callable[[], Any], holds: Callable[[Any], bool], what: str) -> Any:
    """What is seen as soon as it is as it should be."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not holds(seen := look()):
        expect(time.monotonic() < until, f"{what} within {PATIENCE_SECONDS:.0f} s; seen last: {seen}")
        time.sleep(0.05)
    return seen


class Caller:
    """Somebody with a token, whose calls have to succeed, or to be refused with the status that is named."""

    def __init__(self, http: httpx.Client, token: str) -> None:
        self._http = http
        self.token = token

    def is_known(self) -> bool:
        """Whether the installation knows the token; one whose data were thrown away does not."""
        path = "/v1/programs"
        return self._http.get(path, headers=self._headers("GET", path)).status_code != httpx.codes.UNAUTHORIZED

    def get(self, path: str) -> Any:
        return self._judged(self._http.get(path, headers=self._headers("GET", path))).json()

    def text(self, path: str) -> str:
        return self._judged(self._http.get(path, headers=self._headers("GET", path))).text

    def post(self, path: str, body: object = None, *, key: str = "", status: int | None = None) -> Any:
        """Send a body under an Idempotency-Key, a new one unless it is named; give what comes back."""
        headers = self._headers("POST", path) | {"Idempotency-Key": key or str(uuid4())}
        return self._judged(self._http.post(path, json=body or {}, headers=headers), status).json()

    def patch(self, path: str, body: object) -> Any:
        headers = self._headers("PATCH", path) | {"Idempotency-Key": str(uuid4())}
        return self._judged(self._http.patch(path, json=body, headers=headers)).json()

    def upload(self, path: str, sheet: str) -> Any:
        """Send a table as CSV."""
        headers = self._headers("POST", path) | {"Idempotency-Key": str(uuid4()), "Content-Type": "text/csv"}
        return self._judged(self._http.post(path, content=sheet.encode(), headers=headers)).json()

    def _headers(self, method: str, path: str) -> dict[str, str]:  # noqa: ARG002 - a phone's depend on both.
        return {"Authorization": f"Bearer {self.token}"}

    def _judged(self, answer: httpx.Response, status: int | None = None) -> httpx.Response:
        """The answer, if it has the status that is named, or is a success where none is."""
        if not answer.is_success if status is None else answer.status_code != status:
            called = f"{answer.request.method} {answer.request.url.path}"
            raise StoryBroken(f"{called} answered {answer.status_code}: {answer.text[:1000]}")
        return answer


class Phone(Caller):
    """A phone that has enrolled: it has a key that never leaves it, and it signs with it what moves money."""

    def __init__(self, http: httpx.Client, *, name: str) -> None:
        super().__init__(http, token="")
        self._key = ECKey.generate_key("P-256")
        public = {"public_key": self._key.as_dict(private=False), "device_name": name}
        headers = {"Idempotency-Key": str(uuid4())}
        enrolment = self._judged(http.post("/v1/agents", json=public, headers=headers), 201).json()
        self.token = enrolment["token"]
        self.alias, self.alias_en = str(enrolment["alias"]), str(enrolment["alias_en"])

    def parts(self, asset: str) -> tuple[int, int, int]:
        """What its wallet holds: pending, available, reserved."""
        for balance in self.get("/v1/wallet")["balances"]:
            if balance["asset"] == asset:
                return balance["pending_minor"], balance["available_minor"], balance["reserved_minor"]
        return 0, 0, 0

    def _headers(self, method: str, path: str) -> dict[str, str]:
        return super()._headers(method, path) | {"DPoP": self._proof(method, path)}

    def _proof(self, method: str, path: str) -> str:
        """A proof of possession for one request (DPoP, RFC 9449)."""
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._key.as_dict(private=False)}
        claims = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": str(self._http.base_url.join(path)),
            "iat": int(time.time()),
            "ath": urlsafe_b64encode(hashlib.sha256(self.token.encode()).digest()).decode().rstrip("="),
        }
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])
