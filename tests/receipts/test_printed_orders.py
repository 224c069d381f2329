"""The order that a till prints on a receipt, in whichever dialect it is handed on."""

from typing import Any

import pytest

from receipts.fiscal import russia_documents, russia_tlv
from tests.receipts.made import element, raw_document
from tests.receipts.purchases import document

NAMED = {"propertyName": "order", "propertyValue": "S-1/2026-11-22/17"}
SHORT = {"key": " Заказ ", "value": "S-1/2026-11-22/17"}


@pytest.mark.parametrize(
    "said",
    [{"properties": NAMED}, {"propertiesUser": NAMED}, {"userProperty": SHORT}, {"properties": [{"key": "x"}, SHORT]}],
)
def test_an_order_is_read_off_the_users_own_properties(said: dict[str, Any]) -> None:
    [receipt] = russia_documents.parse(document(**said))

    assert receipt.order == ("S-1", "2026-11-22/17")


@pytest.mark.parametrize(
    "said", [{"propertyName": "X5", "propertyValue": "5564/1"}, {"propertyName": "order", "propertyValue": "17"}, 3]
)
def test_what_else_a_till_prints_there_is_no_order(said: object) -> None:
    [receipt] = russia_documents.parse(document(properties=said))

    assert receipt.order is None


def test_a_raw_document_holds_it_under_its_tag() -> None:
    said = element(1085, b"order") + element(1086, b"S-1/17")

    receipt = russia_tlv.parse(raw_document(more=element(1084, said)))

    assert receipt.order == ("S-1", "17")
