"""Each client against a server that speaks its protocol over a socket, in all of its moods."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from programs.trust import Trust
from receipts.sources import fns, oofd, proverkacheka, soap
from receipts.sources.frame import Outcome, Source
from tests.receipts.purchases import DRIVE, code, document
from tests.receipts.sources.asked import PLENTY, a_question, asked
from tests.receipts.sources.stand_ins import (
    FAULTS,
    FnsStandIn,
    OofdStandIn,
    ProverkachekaStandIn,
    StandIn,
    a_ticket,
    served,
)

AT = datetime(2026, 9, 3, 17, 5)  # noqa: DTZ001 - a till's clock.
TILL, SIGN = "010103560410", "3718502959"
RUSSIAN = code(at=AT)
KAZAKH = f"http://consumer.oofd.kz/?i={SIGN}&f={TILL}&s=4930.00&t=20260903T170500"
GOODS = ("Котёл настенный", 1.0, 4930.0)


class Service:
    """A stand-in, our client of it, and how it comes to know a receipt."""

    def __init__(self, name: str, stand_in: StandIn, source: Source, text: str) -> None:
        self.name, self.stand_in, self.source, self.text = name, stand_in, source, text

    def knows(self, **differently: Any) -> None:
        """The receipt that is asked about, as it is or a little differently."""
        if isinstance(self.stand_in, OofdStandIn):
            at = differently.pop("at", AT)
            self.stand_in.know(TILL, SIGN, a_ticket(TILL, differently.pop("sign", SIGN), GOODS, at=at, **differently))
        elif isinstance(self.stand_in, (FnsStandIn, ProverkachekaStandIn)):
            said = json.loads(document(**({"at": AT} | differently)))
            self.stand_in.know(DRIVE, 9, 77, said["ticket"])


@pytest.fixture(params=["fns", "proverkacheka", "oofd"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    stand_in: Any = {"fns": FnsStandIn, "proverkacheka": ProverkachekaStandIn, "oofd": OofdStandIn}[request.param]()
    with served(stand_in):
        made = {
            "fns": lambda: fns.source(stand_in.origin, FnsStandIn.MASTER, PLENTY, looks=(0.0, 0.0, 0.0)),
            "proverkacheka": lambda: proverkacheka.source(stand_in.origin, ProverkachekaStandIn.TOKEN, PLENTY),
            "oofd": lambda: oofd.source(stand_in.origin, PLENTY),
        }[request.param]()
        yield Service(request.param, stand_in, made, KAZAKH if request.param == "oofd" else RUSSIAN)


async def test_the_goods_of_a_known_receipt_are_found(service: Service) -> None:
    service.knows()

    answer = await asked(service.source, a_question(service.text))

    assert (answer.outcome, answer.trust) == (Outcome.FOUND, Trust.ITEMS_CONFIRMED)
    assert answer.receipt is not None
    assert [line.name.partition(" KT")[0] for line in answer.receipt.lines] == ["Котёл настенный"]


async def test_what_is_not_there_yet_is_said_to_be_so(service: Service) -> None:
    answer = await asked(service.source, a_question(service.text))

    assert answer.outcome is Outcome.NOT_FOUND


@pytest.mark.parametrize("fault", [*FAULTS, "cut"])
async def test_no_fault_of_a_service_is_an_answer(service: Service, fault: str) -> None:
    service.knows()
    service.stand_in.fault = fault

    answer = await asked(service.source, a_question(service.text))

    expected = {"limited": Outcome.LIMITED, "denied": Outcome.DENIED}.get(fault, Outcome.UNAVAILABLE)
    assert (answer.outcome, answer.receipt) == (expected, None)


async def test_a_service_that_takes_the_call_and_says_nothing_is_hung_up_on(service: Service) -> None:
    service.stand_in.fault = "silent"

    answer = await asked(service.source, a_question(service.text), seconds_max=0.1)

    assert (answer.outcome, answer.detail) == (Outcome.UNAVAILABLE, "no answer in time")


@pytest.mark.parametrize(
    ("russian", "kazakh", "what"),
    [
        ({"fp": 78}, {"sign": "1"}, "identity"),
        ({"totalSum": 550_100}, {"total": 5000.0}, "total"),
        ({"at": AT.replace(minute=6)}, {"at": AT.replace(minute=6)}, "time"),
    ],
)
async def test_another_receipt_than_the_asked_one_is_caught(
    service: Service, russian: dict[str, Any], kazakh: dict[str, Any], what: str
) -> None:
    service.knows(**(kazakh if service.name == "oofd" else russian))

    answer = await asked(service.source, a_question(service.text))

    assert (answer.outcome, answer.detail, answer.receipt) == (Outcome.WRONG_RECEIPT, what, None)


async def test_the_tax_service_is_asked_as_its_schemas_say() -> None:
    with served(FnsStandIn()) as service:
        await asked(fns.source(service.origin, FnsStandIn.MASTER, PLENTY, looks=(0.0,)), a_question(RUSSIAN))

    auth, sent, _ = service.requests
    assert (auth.path, sent.path) == ("/open-api/AuthService/0.1", "/open-api/ais3/KktService/0.1")
    assert sent.headers["SOAPAction"] == '"urn:SendMessageRequest"'
    assert (sent.headers["FNS-OpenApi-Token"], len(sent.headers["FNS-OpenApi-UserToken"])) == ("token-1", 44)
    for said in ("Sum>550000<", "Date>2026-09-03T17:05:00<", "TypeOperation>1<", "FiscalSign>77<"):
        assert said in sent.body.decode()


async def test_an_answer_in_the_works_is_fetched_later_under_its_number() -> None:
    with served(FnsStandIn()) as service:
        service.know(DRIVE, 9, 77, json.loads(document(at=AT)))
        service.processing = 2
        source = fns.source(service.origin, FnsStandIn.MASTER, PLENTY, looks=(0.0, 0.0))

        first = await asked(source, a_question(RUSSIAN))
        second = await asked(source, a_question(RUSSIAN, ticket=first.ticket))

    assert (first.outcome, first.ticket) == (Outcome.PENDING, "message-1")
    assert (second.outcome, len(service.messages)) == (Outcome.FOUND, 1)


async def test_a_token_that_has_run_out_and_a_number_that_is_forgotten_are_fetched_anew() -> None:
    with served(FnsStandIn()) as service:
        service.know(DRIVE, 9, 77, json.loads(document(at=AT)))
        source = fns.source(service.origin, FnsStandIn.MASTER, PLENTY, looks=(0.0,))
        await asked(source, a_question(RUSSIAN))
        service.tokens = 7

        expired = await asked(source, a_question(RUSSIAN))
        forgotten = await asked(source, a_question(RUSSIAN, ticket="message-gone"))

    assert (expired.outcome, forgotten.outcome) == (Outcome.FOUND, Outcome.FOUND)
    assert service.tokens == 9


async def test_a_master_token_that_is_not_taken_is_no_receipt() -> None:
    with served(FnsStandIn()) as service:
        answer = await asked(fns.source(service.origin, "wrong", PLENTY), a_question(RUSSIAN))

    assert (answer.outcome, answer.detail) == (Outcome.UNAVAILABLE, "Access denied")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (400, "unavailable"),
        (404, "not_found"),
        (406, "refuted"),
        (453, "refuted"),
        (455, "not_found"),
        (503, "unavailable"),
    ],
)
async def test_each_code_of_the_tax_service_has_its_meaning(code: int, outcome: str) -> None:
    with served(FnsStandIn()) as service:
        service.code = code
        answer = await asked(fns.source(service.origin, FnsStandIn.MASTER, PLENTY, looks=(0.0,)), a_question(RUSSIAN))

    assert answer.outcome.value == outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(0, "refuted"), (2, "pending"), (3, "limited"), (4, "pending"), (5, "not_found"), (9, "unavailable")],
)
async def test_each_code_of_the_middleman_has_its_meaning(code: int, outcome: str) -> None:
    with served(ProverkachekaStandIn()) as service:
        service.code = code
        answer = await asked(
            proverkacheka.source(service.origin, ProverkachekaStandIn.TOKEN, PLENTY), a_question(RUSSIAN)
        )

    assert answer.outcome.value == outcome


@pytest.mark.parametrize(
    ("buyer", "who"),
    [
        ({}, "nobody"),
        ({"customerBin": "940140000385"}, "company"),
        ({"customerIinOrBin": "940140000385"}, "company"),
        ({"customerIinOrBin": "850312300145"}, "person"),
    ],
)
def test_a_company_of_kazakhstan_is_told_from_a_person_by_its_number(buyer: dict[str, str], who: str) -> None:
    ticket = a_ticket(TILL, SIGN, GOODS, at=AT)
    content = json.dumps(ticket | {"ticket": ticket["ticket"] | buyer}).encode()

    assert oofd.read(a_question(KAZAKH), content).has_buyer_tax_number is (who == "company")


def test_only_the_operator_that_has_a_receipt_is_asked_for_it() -> None:
    source = oofd.source("https://consumer.oofd.kz", PLENTY)
    other = KAZAKH.replace("consumer.oofd.kz", "cabinet.wofd.kz")

    assert [source.answers(a_question(text)) for text in (KAZAKH, other)] == [True, False]


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>',
        '<?xml version="1.0" encoding="UTF-16"?><x/>'.encode("utf-16"),
        b"<x/>",
        b"<x",
        b"\xff\xfe",
    ],
)
def test_what_is_no_envelope_is_not_read(content: bytes) -> None:
    with pytest.raises(soap.NotSoap):
        soap.body_of(content)
