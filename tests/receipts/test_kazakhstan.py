from datetime import datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.trust import Trust
from receipts.fiscal.frame import ReceiptMalformed
from receipts.fiscal.kazakhstan import detect, parse
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.registry import judge
from tests.receipts.conftest import Counted
from tests.receipts.made import KAZAKH
from tests.receipts.samples import needs_samples, rows

IDENTITY = "kz:010103560410:3718502959"


@pytest.mark.parametrize(
    "text",
    [
        KAZAKH,
        KAZAKH.replace("http:", "https:"),
        KAZAKH.replace("kz/?", "kz?"),
        KAZAKH.replace("4930.00", "4930.0"),
        KAZAKH.replace("&", "&amp;"),
        KAZAKH.replace("http://", ""),
        KAZAKH.replace("consumer.oofd.kz/", "consumer.kofd.kz/consumer"),
        KAZAKH.replace("consumer.oofd.kz/", "cabinet.wofd.kz/consumer"),
        KAZAKH.replace("consumer.oofd.kz/", "ofd1.kz/t/"),
        KAZAKH.replace("consumer.oofd.kz/", "4ek.kz"),
        KAZAKH.replace("HTTP", "http").upper(),
        KAZAKH.replace("T025119", "t025119"),
        KAZAKH.replace("&", "\\u0026"),
        KAZAKH.replace("&", " & "),
        f"{KAZAKH}&utm=1&utm=2",
        quote(KAZAKH, safe=""),
        "https://consumer.oofd.kz/r/77?r=1&i=3718502959&d=2026-07-05+02%3A51%3A19&s=4930&f=010103560410",
        "https://consumer.oofd.kz/r/77?r=1&i=3718502959&d=20260705T025119&s=4930.00&f=010103560410",
    ],
)
def test_every_operators_address_is_the_same_receipt(text: str) -> None:
    receipt = judge(text, KeyRing()).receipt

    assert (receipt.identity, receipt.total_minor, receipt.currency) == (IDENTITY, 493_000, "KZT")
    assert receipt.issued_at == datetime.fromisoformat("2026-07-05T02:51:19")


def test_a_host_for_trying_out_proves_nothing() -> None:
    found = judge(KAZAKH.replace("consumer.oofd.kz", "dev.kofd.kz"), KeyRing())

    assert found.receipt.is_test
    assert found.trust is Trust.PARSED


@pytest.mark.parametrize("host", ["oofd.kz.evil.example", "evil-oofd.kz.example", "example.com", "[::1", "a:b@c:d"])
def test_another_host_is_no_receipt(host: str) -> None:
    assert not detect(KAZAKH.replace("consumer.oofd.kz", host))


@pytest.mark.parametrize(
    "change",
    [
        ("f=010103560410", "f=01010356041"),
        ("i=3718502959", "i=0"),
        ("t=2026", "t=x"),
        ("s=4930.00", "s="),
        ("&f=", "&g="),
        ("&f=", "&s=1.00&f="),
        ("i=3718502959", "i=37185029591234"),
        ("t=20260705T025119", "t=2026075T025119"),
    ],
)
def test_a_wrong_field_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(ReceiptMalformed):
        parse(KAZAKH.replace(*change))


@given(st.text(max_size=100), st.integers(0, len(KAZAKH)))
def test_any_text_is_read_or_refused(rubbish: str, place: int) -> None:
    text = KAZAKH[:place] + rubbish + KAZAKH[place:]
    if detect(text):
        try:
            parse(text)
        except ReceiptMalformed:
            return


@needs_samples
def test_every_address_of_the_samples_is_read(counted: Counted) -> None:
    addresses = rows("kz/consumer_urls.jsonl")
    for row in addresses:
        found = judge(row["url"], KeyRing())
        assert found.receipt.is_test is row["sandbox"], row
    counted("kz", "addresses", len(addresses))
