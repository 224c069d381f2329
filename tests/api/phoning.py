"""A phone that calls the API: it carries its token, and signs what has to be signed."""

from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.phones import Phone


class Installer:
    """An agent with a phone in his hand."""

    def __init__(self, http: httpx.AsyncClient, origin: str, phone: Phone | None = None) -> None:
        self.http = http
        self.origin = origin
        self.phone = phone or Phone()
        self.token = ""
        self.agent_id = UUID(int=0)
        self.alias = ""

    async def enrol(self) -> "Installer":
        answer = await self.call("POST", "/v1/agents", {"public_key": self.phone.jwk, "device_name": "Redmi"})
        return self.holding(answer)

    def holding(self, answer: httpx.Response) -> "Installer":
        """With the token that was answered."""
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        self.agent_id = UUID(answer.json()["agent_id"])
        self.alias = answer.json().get("alias", self.alias)
        return self

    def proof(self, method: str, path: str, **changed: Any) -> str:
        """A proof for one request of this phone."""
        return self.phone.proof(method, self.origin + path, token=self.token or None, **changed)

    async def call(
        self, method: str, path: str, body: object = None, *, proof: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """A call without a proof unless one is given; each has an Idempotency-Key of its own unless it is named."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"DPoP": proof} if proof is not None else {}
        return await self.http.request(method, path, json=body, headers=headers)

    async def prove(self, method: str, path: str, body: object = None, *, key: str | None = None) -> httpx.Response:
        """A call that the phone signs."""
        return await self.call(method, path, body, proof=self.proof(method, path.partition("?")[0]), key=key)

    async def read(self, path: str) -> Any:
        """What an address holds."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """How a call was refused."""
    return answer.status_code, answer.json()["slug"]
