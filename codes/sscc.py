"""SSCC: the eighteen digits of a carton or a pallet, the last of which checks those before it."""

import re
from typing import Annotated, Final

from biip.checksums import gs1_standard_check_digit
from msgspec import Meta

from core.refusals import Unprocessable

_DIGITS: Final = 17
_CANONICAL: Final = re.compile(r"[0-9]{18}")
# As a scanner or a person says it: with its identifier (00), a symbology mark, spaces.
_WRITTEN: Final = re.compile(r"(?:\]C1)?(?:\(00\)|00(?=[0-9]{18}$))?([0-9]{18})")

CompanyPrefixText = Annotated[str, Meta(pattern="^[0-9]{4,10}(?![\\s\\S])")]


class SsccWrong(Unprocessable):
    slug = "sscc_wrong"
    title = "This is no SSCC: eighteen digits, the last of which checks the others"


def numbered(company_prefix: str, serial: int) -> str:
    """The SSCC of a maker's so-manieth unit: the serial's leading digit stands before the prefix, as GS1 has it."""
    width = _DIGITS - len(company_prefix)
    digits = f"{serial:0{width}d}"
    body = digits[0] + company_prefix + digits[1:]
    return f"{body}{gs1_standard_check_digit(body)}"


def capacity(company_prefix: str) -> int:
    """How many numbers a prefix has room for."""
    return int(10 ** (_DIGITS - len(company_prefix)))


def read(text: str) -> str:
    """The eighteen digits of an SSCC however it is written; SsccWrong."""
    found = _WRITTEN.fullmatch("".join(text.split()))
    if found is None or not checks(found[1]):
        raise SsccWrong
    return found[1]


def checks(digits: str) -> bool:
    """Whether eighteen digits are an SSCC."""
    return bool(_CANONICAL.fullmatch(digits)) and gs1_standard_check_digit(digits[:-1]) == int(digits[-1])
