"""Proofs over HTTP: what moves money or keys asks the phone to show that it holds its own, in the DPoP header."""

from typing import Any

from litestar import Request

from api import idempotent
from api.callers import agent_of, bearer
from api.idempotent import IdempotencyKeyMalformed, IdempotencyKeyMissing
from api.process import process_of
from core.coalescer import QueueFull
from core.refusals import DomainError, Unauthorized
from core.switches import ReadOnly
from referrals import devices, possession
from referrals.devices import DeviceRevoked, DeviceWaits
from referrals.possession import ProofReplayed, ProofRequired, Proven
from referrals.signatures import ProofInvalid, invalid

# What routes for agents can refuse with: those that read, those that write, those that want a proof for it.
READS: tuple[type[DomainError], ...] = (Unauthorized, DeviceRevoked)
WRITES = (*READS, ReadOnly, IdempotencyKeyMalformed, *idempotent.REFUSALS)
PROVEN = (*WRITES, ProofRequired, ProofInvalid, ProofReplayed, DeviceWaits)
MOVES = (*PROVEN, IdempotencyKeyMissing)
# And those that take from a wallet.
SPENDS = (*MOVES, QueueFull)


async def prove(request: Request[Any, Any, Any]) -> Proven:
    """The caller's own phone signed this request; joins the transaction of the request if there is one."""
    return await possession.prove(
        proof_of(request),
        method=request.method,
        url=url_of(request),
        token=bearer(request),
        thumbprint=agent_of(request).thumbprint,
    )


async def prove_settled(request: Request[Any, Any, Any]) -> None:
    """The same, and the phone has waited long enough to move money."""
    proven = await prove(request)
    devices.refuse_waiting(agent_of(request), now=proven.at)


def proof_of(request: Request[Any, Any, Any]) -> str | None:
    """The one DPoP header of the request."""
    proofs = request.headers.getall("dpop", [])
    if len(proofs) > 1:
        invalid("form")
    return proofs[0] if proofs else None


def url_of(request: Request[Any, Any, Any]) -> str:
    """What a phone signs as its target: the configured origin and the path, whatever the Host header says."""
    return process_of(request).settings.origin.rstrip("/") + request.scope["path"]
