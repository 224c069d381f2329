import pytest

from codes.alphabet import check_symbol
from codes.drawings.carriers import Carrier, GtinMissing, prefix
from codes.readings import readings

BODY = "8WBJF619H3AR21V"
CODE = BODY + check_symbol(BODY)
ORIGIN = "https://n.example"
GTIN = "04600000000008"


@pytest.mark.parametrize(
    ("carrier", "before"),
    [
        (Carrier.PLAIN, ""),
        (Carrier.URL, "HTTPS://N.EXAMPLE/C/"),
        (Carrier.DIGITAL_LINK, "HTTPS://N.EXAMPLE/01/04600000000008/21/"),
    ],
)
def test_what_stands_before_a_code(carrier: Carrier, before: str) -> None:
    assert prefix(carrier, origin=ORIGIN, gtin=GTIN) == before


@pytest.mark.parametrize("carrier", Carrier)
def test_a_scan_reads_the_code_out_of_whatever_carries_it(carrier: Carrier) -> None:
    assert readings(prefix(carrier, origin=ORIGIN, gtin=GTIN) + CODE) == (CODE,)


def test_a_till_needs_a_gtin() -> None:
    with pytest.raises(GtinMissing):
        prefix(Carrier.DIGITAL_LINK, origin=ORIGIN, gtin=None)
