"""Stand-ins of the services that know receipts: real HTTP servers that can be slow, wrong or down on demand.

They live in a thread of whoever starts them, and serve any process that is told their address.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element, fromstring

from receipts.sources import fns, soap
from receipts.sources.soap import element

Document = dict[str, Any]


class Reply(NamedTuple):
    """What is sent back."""

    status: int
    content: bytes
    headers: dict[str, str]


class Request(NamedTuple):
    """What was asked."""

    path: str
    headers: dict[str, str]
    body: bytes


def reply(content: Any, status: int = 200, **headers: str) -> Reply:
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Reply(status, plain, {name.replace("_", "-"): value for name, value in headers.items()})


# Whatever a service may do to us, by its name.
FAULTS: dict[str, Reply] = {
    "down": reply(b"", 503),
    "broken": reply(b"<html>oops</html>", 500),
    "limited": reply(b"", 429, Retry_After="120"),
    "denied": reply(b"", 401),
    "elsewhere": reply(b"", 302, Location="http://127.0.0.1:1/"),
    "garbage": reply(b'{"code": 1, "data": {"json": {"items": [{]}}'),
    "nothing": reply(b""),
    "huge": reply(b"[" + b" " * (1 << 20) + b"]"),
    "packed": reply(b"\x1f\x8b\x08", Content_Encoding="gzip"),
}


class StandIn:
    """A service that knows receipts by their identity; `fault` is what it does instead of answering."""

    def __init__(self) -> None:
        self.receipts: dict[str, Document] = {}
        self.fault: str | None = None
        self.requests: list[Request] = []
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def begin(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def end(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def serve(self, request: Request) -> Reply | None:
        self.requests.append(request)
        if self.fault == "silent":
            # It takes the call and says nothing, for as long as it lives.
            self._ended.wait()
            return None
        if self.fault == "cut":
            return None
        return FAULTS[self.fault] if self.fault else self.answer(request)


def _handler(service: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = service.serve(Request(self.path, dict(self.headers.items()), body))
            self.close_connection = True
            if sent is None:
                return
            self.send_response(sent.status)
            plain = {"Content-Length": str(len(sent.content)), "Connection": "close"}
            for name, value in (plain | sent.headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent.content)

        do_GET = do_POST = _serve  # noqa: N815 - the names are the library's.

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name.
            pass

    return Handler


S = TypeVar("S", bound=StandIn)


@contextmanager
def served(service: S) -> Iterator[S]:
    """A stand-in for the length of a block."""
    service.begin()
    try:
        yield service
    finally:
        service.end()


class FnsStandIn(StandIn):
    """The tax service of Russia: a token, a message, and its answer, which may be in the works for some looks."""

    MASTER: ClassVar[str] = "master"

    def __init__(self) -> None:
        super().__init__()
        self.processing = 0
        self.code = 404
        self.tokens = 0
        self.messages: dict[str, str] = {}

    def know(self, drive: str, document: int, sign: int, said: Document) -> None:
        self.receipts[f"{drive}:{document}:{sign}"] = said

    def answer(self, request: Request) -> Reply:
        body = soap.body_of(request.body)
        if request.path == fns.AUTH_PATH:
            return self._token(body)
        if request.headers.get("FNS-OpenApi-Token") != f"token-{self.tokens}":
            return _fault("Invalid token")
        asked = body.find(f".//{{{fns.TICKETS}}}GetTicketInfo")
        if asked is not None:
            return self._sent(asked)
        return self._looked(body.findtext(f".//{{{fns.ASYNC_CONSUMER}}}MessageId", ""))

    def _token(self, body: Element) -> Reply:
        if body.findtext(f".//{{{fns.AUTH}}}MasterToken") != self.MASTER:
            return _fault("Access denied")
        self.tokens += 1
        token = element(fns.AUTH, "Token", text=f"token-{self.tokens}")
        until = element(fns.AUTH, "ExpireTime", text="2030-01-01T00:00:00.000+03:00")
        said = element(fns.AUTH, "AuthResponse", element(fns.AUTH, "Result", token, until))
        return _soap(element(fns.CONSUMER, "GetMessageResponse", element(fns.CONSUMER, "Message", said)))

    def _sent(self, asked: Element) -> Reply:
        said = {one.tag.partition("}")[2]: one.text or "" for one in asked}
        number = f"message-{len(self.messages) + 1}"
        self.messages[number] = f"{said['Fn']}:{said['FiscalDocumentId']}:{said['FiscalSign']}"
        return _soap(
            element(fns.ASYNC_CONSUMER, "SendMessageResponse", element(fns.ASYNC_CONSUMER, "MessageId", text=number))
        )

    def _looked(self, number: str) -> Reply:
        if number not in self.messages:
            return _fault("MessageId is unknown")
        if self.processing:
            self.processing -= 1
            status = element(fns.ASYNC_CONSUMER, "ProcessingStatus", text="PROCESSING")
            return _soap(element(fns.ASYNC_CONSUMER, "GetMessageResponse", status))
        known = self.receipts.get(self.messages[number])
        code = element(fns.TICKETS, "Code", text="200" if known else str(self.code))
        parts = [code, element(fns.TICKETS, "Ticket", text=json.dumps(known))] if known else [code]
        said = element(fns.TICKETS, "GetTicketResponse", element(fns.TICKETS, "Result", *parts))
        status = element(fns.ASYNC_CONSUMER, "ProcessingStatus", text="COMPLETED")
        message = element(fns.ASYNC_CONSUMER, "Message", said)
        return _soap(element(fns.ASYNC_CONSUMER, "GetMessageResponse", status, message))


def _soap(message: Element) -> Reply:
    return Reply(200, soap.envelope(message), {"Content-Type": "text/xml"})


def _fault(words: str) -> Reply:
    fault = element(soap.ENVELOPE, "Fault")
    fault.append(fromstring(f"<faultstring>{words}</faultstring>"))  # noqa: S314 - our own words.
    return Reply(500, soap.envelope(fault), {"Content-Type": "text/xml"})


class ProverkachekaStandIn(StandIn):
    """The middleman: a form with a token in, a code and perhaps a document out."""

    TOKEN: ClassVar[str] = "secret"

    def __init__(self) -> None:
        super().__init__()
        self.code = 5

    def know(self, drive: str, document: int, sign: int, said: Document) -> None:
        self.receipts[f"{drive}:{document}:{sign}"] = said

    def answer(self, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.path != "/api/v1/check/get" or form.get("token") != self.TOKEN:
            return FAULTS["denied"]
        known = self.receipts.get(f"{form['fn']}:{form['fd']}:{form['fp']}")
        if known is None:
            return reply({"code": self.code, "first": 0, "data": "Ожидание"})
        return reply({"code": 1, "first": 1, "data": {"json": known, "html": "<b>чек</b>"}})


class OofdStandIn(StandIn):
    """The operator of Kazakhstan: a receipt by the four numbers of its code."""

    def know(self, till: str, sign: str, said: Document) -> None:
        self.receipts[f"{till}:{sign}"] = said

    def answer(self, request: Request) -> Reply:
        address = urlsplit(request.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path != "/api/tickets/get-by-url" or asked.keys() != {"i", "f", "s", "t"}:
            return reply(b"", 400)
        known = self.receipts.get(f"{asked['f']}:{asked['i']}")
        return reply(known) if known else reply(b"", 404)


def a_ticket(
    till: str, sign: str, *goods: tuple[str, float, float], at: datetime, total: float | None = None
) -> Document:
    """A receipt as the operator of Kazakhstan tells it: names with quantities and sums in tenge."""
    items = [{"commodity": {"name": name, "quantity": quantity, "sum": amount}} for name, quantity, amount in goods]
    return {
        "ticket": {
            "fiscalId": sign,
            "transactionDate": at.isoformat(),
            "totalSum": sum(one[2] for one in goods) if total is None else total,
            "items": items,
        },
        "kkmFnsId": till,
    }
