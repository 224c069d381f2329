"""Symbols: a text as dark and light modules, QR, DataMatrix or bars, before anybody thinks of ink."""

from enum import StrEnum
from typing import Any, Final

import numpy as np
import zxingcpp
from msgspec import Struct
from numpy.typing import NDArray
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import QRData
from zxingcpp import BarcodeFormat

Modules = NDArray[np.bool_]

# QR packs two of these into eleven bits; any other character takes eight to itself.
QR_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_QR_ALPHABET_MODE: Final = 2

# Light modules on each side: what QR asks for, four times what DataMatrix does, and what bars do.
QUIET_MODULES: Final = 4
_QUIET_BARS: Final = {"bars": 10, "ean_13": 11, "code_128": 10}

# The weakest correction that is printed, and the stronger ones that are taken when they cost no room.
_LEVELS: Final = (ERROR_CORRECT_H, ERROR_CORRECT_Q, ERROR_CORRECT_M)


class Kind(StrEnum):
    QR = "qr"
    DATA_MATRIX = "data_matrix"
    # GS1-128: a row of bars, for cartons and pallets.
    BARS = "bars"
    # What the tills of shops read: thirteen digits, or any text without Cyrillic letters.
    EAN_13 = "ean_13"
    CODE_128 = "code_128"


class Symbol(Struct, frozen=True, eq=False):
    """What a reader is to read, and the modules that say it: rows of columns, dark where true."""

    kind: Kind
    text: str
    modules: Modules

    @property
    def quiet(self) -> int:
        """The light modules that have to stay on each side."""
        return _QUIET_BARS.get(self.kind.value, QUIET_MODULES)

    @property
    def is_bars(self) -> bool:
        """Whether it is a row of bars, which may be drawn as high as one likes."""
        return self.kind.value in _QUIET_BARS


class Form(Struct, frozen=True):
    """How a QR is built; the same form gives texts of one length symbols of one size."""

    version: int
    level: int
    # Which pattern is laid over the symbol; None leaves it to the library to find the best one.
    mask: int | None = None


def symbol(kind: Kind, text: str) -> Symbol:
    """The smallest symbol of a kind that says a text; bars take GS1 element strings, `(00)…`."""
    if kind is Kind.QR:
        return Symbol(kind, text, qr_modules(text, qr_form(text)))
    if kind is Kind.DATA_MATRIX:
        return Symbol(kind, text, data_matrix_modules(text))
    return Symbol(kind, text, _modules(_bars(kind, text))[:1])


def qr_form(text: str) -> Form:
    """The smallest version at level M, and the strongest level that still fits into it."""
    version = _smallest_version(text, ERROR_CORRECT_M)
    level = next(level for level in _LEVELS if _smallest_version(text, level) == version)
    return Form(version, level)


def best_mask(text: str, form: Form) -> int:
    """The mask under which a text reads best."""
    qr = _qr(text, form)
    qr.make(fit=False)
    return qr.best_mask_pattern()


def qr_modules(text: str, form: Form) -> Modules:
    qr = _qr(text, form)
    qr.make(fit=False)
    return np.array(qr.modules, dtype=np.bool_)


def data_matrix_modules(text: str, *, version: int | None = None) -> Modules:
    """A square DataMatrix, of one of the standard's sizes if told which."""
    asked = {} if version is None else {"version": version}
    return _modules(zxingcpp.create_barcode(text, BarcodeFormat.DataMatrix, force_square=True, **asked))


def _bars(kind: Kind, text: str) -> zxingcpp.Barcode:
    if kind is Kind.EAN_13:
        return zxingcpp.create_barcode(text, BarcodeFormat.EAN13)
    return zxingcpp.create_barcode(text, BarcodeFormat.Code128, gs1=kind is Kind.BARS)


def _smallest_version(text: str, level: int) -> int:
    return int(_qr(text, Form(1, level)).best_fit())


def _qr(text: str, form: Form) -> QRCode[Any]:
    qr: QRCode[Any] = QRCode(version=form.version, error_correction=form.level, mask_pattern=form.mask)
    # Digits alone could be packed closer, but then two codes of one batch would differ in size.
    qr.add_data(QRData(text, mode=_QR_ALPHABET_MODE) if set(text) <= set(QR_ALPHABET) else QRData(text), optimize=0)
    return qr


def _modules(barcode: zxingcpp.Barcode) -> Modules:
    drawn = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    modules: Modules = np.asarray(drawn) == 0
    return modules
