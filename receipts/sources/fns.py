"""The tax service of Russia, its Open API: a token for an hour, a message sent, and its answer fetched by a number."""

import asyncio
import base64
import time
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element

import msgspec

from receipts.fiscal import russia, russia_documents
from receipts.fiscal.frame import Operation, ReceiptMalformed
from receipts.sources import soap
from receipts.sources.frame import TICKET_MAX, Answer, Budget, Outcome, Question, Source, found
from receipts.sources.soap import element
from receipts.sources.wire import Unanswered, Wire

NAME: Final = "fns"
AUTH_PATH: Final = "/open-api/AuthService/0.1"
TICKETS_PATH: Final = "/open-api/ais3/KktService/0.1"
CONSUMER: Final = "urn://x-artefacts-gnivc-ru/inplat/servin/OpenApiMessageConsumerService/types/1.0"
ASYNC_CONSUMER: Final = "urn://x-artefacts-gnivc-ru/inplat/servin/OpenApiAsyncMessageConsumerService/types/1.0"
AUTH: Final = "urn://x-artefacts-gnivc-ru/ais3/kkt/AuthService/types/1.0"
TICKETS: Final = "urn://x-artefacts-gnivc-ru/ais3/kkt/KktTicketService/types/1.0"

# A token works for about an hour by the service's clock; half of it by ours is safely within.
TOKEN_SECONDS: Final = 1_800
# An answer waits for a minute under its number: what is not ready soon is asked for again in a moment.
LOOKS: Final = (0.3, 0.7, 1.5)
AGAIN_SECONDS: Final = 10

_OPERATIONS: Final = {Operation.SALE: "1", Operation.RETURN: "2"}
_FAULTS: Final = frozenset({500})
_NOT_FOUND: Final = frozenset({404, 455})
# The sign does not belong to the numbers: by the service's own check, or by its hardware.
_REFUTED: Final = frozenset({406, 452, 453, 454})


class _Session:
    """The token of this process, fetched when there is none that works."""

    def __init__(self, master_token: str) -> None:
        self._master_token = master_token
        self._token = ""
        self._until = float("-inf")
        self._fetching = asyncio.Lock()

    async def token(self, wire: Wire) -> str:
        async with self._fetching:
            if time.monotonic() >= self._until:
                self._token = await self._fetched(wire)
                self._until = time.monotonic() + TOKEN_SECONDS
            return self._token

    def forget(self) -> None:
        self._until = float("-inf")

    async def _fetched(self, wire: Wire) -> str:
        info = element(AUTH, "AuthAppInfo", element(AUTH, "MasterToken", text=self._master_token))
        message = element(CONSUMER, "Message", element(AUTH, "AuthRequest", info))
        body = await _call(wire, AUTH_PATH, element(CONSUMER, "GetMessageRequest", message), {})
        token = body.findtext(f".//{{{AUTH}}}Result/{{{AUTH}}}Token", "").strip()
        if not token.isascii() or not token.isprintable() or not 0 < len(token) <= TICKET_MAX:
            raise Unanswered(Outcome.DENIED, "no token was given")
        return token


class _Refused(Exception):
    """The service does not take the token, or does not know the number of the message any more."""


def source(origin: str, master_token: str, budget: Budget, *, looks: Sequence[float] = LOOKS) -> Source:
    """The service behind an address, asked with the master token that the maker was given."""
    session = _Session(master_token)

    async def ask(question: Question, wire: Wire) -> Answer:
        try:
            return await _asked(question, session, wire, looks)
        except _Refused:
            # Once more from the beginning: with a new token and a new message.
            session.forget()
        try:
            return await _asked(msgspec.structs.replace(question, ticket=None), session, wire, looks)
        except _Refused as refused:
            raise Unanswered(Outcome.DENIED, str(refused)) from None

    return Source(name=NAME, format=russia.CODE, origin=origin, budget=budget, answers=answers, ask=ask)


def answers(question: Question) -> bool:
    return question.operation in _OPERATIONS


async def _asked(question: Question, session: _Session, wire: Wire, looks: Sequence[float]) -> Answer:
    headers = {
        "FNS-OpenApi-Token": await session.token(wire),
        # Whose question it is, in a word that only we could lead back to an agent.
        "FNS-OpenApi-UserToken": base64.b64encode(question.asker.encode()).decode()[:160],
    }
    ticket = question.ticket or await _send(question, headers, wire)
    for pause in looks:
        await asyncio.sleep(pause)
        body = await _message(ticket, headers, wire)
        status = body.findtext(f".//{{{ASYNC_CONSUMER}}}ProcessingStatus", "").strip()
        if status == "COMPLETED":
            return read(question, body)
        if status != "PROCESSING":
            raise Unanswered(Outcome.UNAVAILABLE, f"status {status[:40]}")
    return Answer(outcome=Outcome.PENDING, detail="processing", ticket=ticket, retry_after_seconds=AGAIN_SECONDS)


async def _send(question: Question, headers: dict[str, str], wire: Wire) -> str:
    said = {
        "Sum": str(question.total_minor),
        "Date": f"{question.issued_at:%Y-%m-%dT%H:%M:%S}",
        "Fn": question.numbers["fn"],
        "TypeOperation": _OPERATIONS[question.operation],
        "FiscalDocumentId": question.numbers["i"],
        "FiscalSign": question.numbers["fp"],
    }
    info = element(TICKETS, "GetTicketInfo", *(element(TICKETS, name, text=text) for name, text in said.items()))
    message = element(ASYNC_CONSUMER, "Message", element(TICKETS, "GetTicketRequest", info))
    body = await _call(wire, TICKETS_PATH, element(ASYNC_CONSUMER, "SendMessageRequest", message), headers)
    ticket = body.findtext(f".//{{{ASYNC_CONSUMER}}}MessageId", "").strip()
    if not 0 < len(ticket) <= TICKET_MAX:
        raise Unanswered(Outcome.UNAVAILABLE, "no number of the message was given")
    return ticket


async def _message(ticket: str, headers: dict[str, str], wire: Wire) -> Element:
    asked = element(ASYNC_CONSUMER, "GetMessageRequest", element(ASYNC_CONSUMER, "MessageId", text=ticket))
    return await _call(wire, TICKETS_PATH, asked, headers)


async def _call(wire: Wire, path: str, message: Element, headers: dict[str, str]) -> Element:
    """One call; a fault that is about the token or the message's number is _Refused."""
    action = message.tag.partition("}")[2]
    said = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"urn:{action}"'} | headers
    status, content = await wire.send("POST", path, headers=said, content=soap.envelope(message), also=_FAULTS)
    try:
        body = soap.body_of(content)
    except soap.NotSoap:
        what = "the reply cannot be read" if status == 200 else f"HTTP {status}"
        raise Unanswered(Outcome.UNAVAILABLE, what) from None
    fault = soap.fault_of(body)
    if fault is None and status == 200:
        return body
    if headers and fault is not None and any(word in fault.lower() for word in ("token", "auth", "messageid", "токен")):
        raise _Refused(fault)
    raise Unanswered(Outcome.UNAVAILABLE, fault or f"HTTP {status}")


def read(question: Question, body: Element) -> Answer:
    """What the tax service says of the receipt. Raises Unanswered where it says nothing."""
    code = body.findtext(f".//{{{TICKETS}}}GetTicketResponse/{{{TICKETS}}}Result/{{{TICKETS}}}Code", "").strip()
    if not code.isascii() or not code.isdigit() or len(code) > 4:
        raise Unanswered(Outcome.UNAVAILABLE, "the answer has no code")
    if int(code) != 200:
        return Answer(outcome=_outcome(int(code)), detail=f"code {code}")
    ticket = body.findtext(f".//{{{TICKETS}}}GetTicketResponse/{{{TICKETS}}}Result/{{{TICKETS}}}Ticket", "")
    try:
        [receipt] = russia_documents.parse(ticket)
    except (ReceiptMalformed, ValueError):
        raise Unanswered(Outcome.UNAVAILABLE, "the answer holds no receipt") from None
    return found(question, receipt)


def _outcome(code: int) -> Outcome:
    if code in _NOT_FOUND:
        return Outcome.NOT_FOUND
    return Outcome.REFUTED if code in _REFUTED else Outcome.UNAVAILABLE
