import numpy as np
import pytest
from numpy.typing import NDArray

from codes.drawings.presses import DataMatrixPress, Press, QrPress, press
from codes.drawings.symbols import Form, Kind, Modules, best_mask, data_matrix_modules, qr_form, qr_modules
from tests.codes.drawings.paper import random_codes

# The bare code; prefixes of even and of odd length; and each version that a carrier takes.
PREFIXES = [
    "",
    "HTTPS://N.RU/C/",
    "HTTPS://N2.RU/C/",
    "HTTPS://LONGER.EXAMPLE/C/",
    "HTTPS://N.RU/01/04600000000008/21/",
    "HTTPS://N2.RU/01/04600000000008/21/",
]
EDGES = ["0" * 16, "Z" * 16, "0Z" * 8, "Z0" * 8, "0123456789012345"]


def characters(codes: list[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(codes).encode(), dtype=np.uint8).reshape(-1, 16)


def unpacked(rasters: NDArray[np.uint8], made: Press) -> Modules:
    return np.unpackbits(rasters, axis=2)[:, :, : made.side].astype(np.bool_)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_qr_is_bit_for_bit_what_the_library_draws(prefix: str) -> None:
    codes = EDGES + random_codes(300)
    made = QrPress(prefix)
    form = qr_form(prefix + codes[0])
    form = Form(form.version, form.level, best_mask(prefix + "8WBJF619H3AR21VM", form))

    rasters = unpacked(made.rasters(characters(codes)), made)

    assert made.side == 17 + 4 * form.version
    assert [
        code for code, modules in zip(codes, rasters, strict=True) if (modules != qr_modules(prefix + code, form)).any()
    ] == []


@pytest.mark.parametrize("prefix", PREFIXES[:3])
def test_every_data_matrix_of_a_sheet_is_of_one_size(prefix: str) -> None:
    codes = EDGES + random_codes(300)
    made = DataMatrixPress(prefix)

    rasters = unpacked(made.rasters(characters(codes)), made)

    assert rasters.shape == (len(codes), made.side, made.side)
    assert (rasters[-1] == data_matrix_modules(prefix + codes[-1])).all()


def test_no_codes_are_no_rasters() -> None:
    assert press(Kind.QR, "").rasters(characters([])).shape == (0, 21, 3)
