"""Words that no pack may show, as an eye reads them out of codes: Latin ones, and Russian ones in look-alike letters.

It only decides what is printed. A code that was printed before a stem joined the lists is as good as any other.
"""

import hashlib
from collections.abc import Iterator
from functools import reduce
from itertools import chain, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from codes.alphabet import ALPHABET, SYMBOL_BITS, VALUES

# A word is known by its first three or four letters. Those of three are few, and taken in their plainest look alone:
# losing harmless codes costs little, but many lost ones would show in how often each symbol is printed.
_LATIN_STEMS: Final = """
    ANAL ANUS ARSE ASS BAST BITC BLYA BOOB CLIT COCK COON CRAP CUM CUNT DAMN DICK DILD DYKE EBA EBAL EBAN EBLA FAGG FCK
    FUCK FUK GAND GOVN HITL HUES HUEV HUEL HUIL HUIS HUIN HUY HUYN JIZZ KIKE KKKK KURV MUDA MUDI NAZI NEGR NIGG PAKI
    PEDO PENI PIDO PIDR PISS PIZD POOP PORN PUSS RAPE SCUM SEX SHIT SLUT SRAT SUCK SUKA TITS TRAH TURD TWAT VAGI WANK
    WHOR XUY XYE YEBA ZHOP
"""
_RUSSIAN_STEMS: Final = """
    БЛЯД БЛЯТ ВАГИ ГАНД ГОВН ГОНД ГНИД ДЕРЬ ДРОЧ ЕБА ЕБАЛ ЕБАН ЕБАТ ЕБИС ЕБЛА ЕБЛО ЕБНУ ЕБОМ ЕБУТ ЖИДО ЖОПА ЖОПЕ ЗАЛУ
    МАНД МИНЕ МРАЗ МУДА МУДИ НАХУ ПЕДИ ПЕНИ ПЕРД ПИДА ПИДО ПИДР ПИЗД ПОРН ПОХУ СИСЬ СРАЛ СРАТ ССАТ СУКА СУКИ ТРАХ ХАЧИ
    ХЕРН ХЕРО ХУЕВ ХУЕС ХУЕТ ХУЙ ХУЙЛ ХУЙН ХУИЛ ХУЯ ЧЛЕН ЧМОР ЧУРК
"""

# The symbols in which a letter is seen, the plainest first; a Latin letter not named here is seen in itself alone.
_LATIN_LOOKS: Final = "A=A4 B=B8 E=E3 G=G6 I=1 L=1 O=0 S=S5 T=T7 U=V Z=Z2"
_RUSSIAN_LOOKS: Final = """
    А=A Б=6B В=B8 Г=G Д=D Е=E Ж=J З=3Z И=N1 Й=NJ1Y К=K Л=J1 М=M Н=HN О=0 П=P Р=PR С=CS Т=T У=YV Х=XH Ч=4 Ь=6B Я=R
"""

_WINDOW_SYMBOLS: Final = 4
_WINDOW_COUNT: Final = 1 << SYMBOL_BITS * _WINDOW_SYMBOLS


def is_profane(text: str) -> bool:
    """Whether any four neighbouring symbols show a word."""
    values = [VALUES[symbol] for symbol in text]
    return any(_PROFANE[_packed(values[start : start + _WINDOW_SYMBOLS])] for start in range(len(values) - 3))


def shows_profanity(text: str) -> bool:
    """Whether a word of any letters shows one, also in the other alphabet's look-alikes.

    A stem of three letters counts only at the beginning: harmless words are full of them.
    """
    return any(
        all(letter in shown for letter, shown in zip(text[start:], stem, strict=False))
        for stem in _SHOWN_STEMS
        for start in range(len(text) - len(stem) + 1 if len(stem) >= _WINDOW_SYMBOLS else min(1, len(text) - 2))
    )


def profane(high: NDArray[np.int64], low: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The same for many texts of sixteen symbols at once, each packed into two numbers of eight symbols."""
    middle = high << 4 * SYMBOL_BITS | low >> 4 * SYMBOL_BITS
    found, windows = np.zeros(high.shape, dtype=np.bool_), np.empty_like(high)
    for symbols, starts in ((high, range(5)), (middle, range(1, 4)), (low, range(5))):
        for start in starts:
            np.right_shift(symbols, SYMBOL_BITS * start, out=windows)
            np.bitwise_and(windows, _WINDOW_COUNT - 1, out=windows)
            # Every window is inside the table, and numpy is quickest when it may wrap those that are not.
            found |= _PROFANE.take(windows, mode="wrap")
    return found


def _packed(values: list[int] | tuple[int, ...]) -> int:
    return reduce(lambda packed, value: packed << SYMBOL_BITS | value, values, 0)


def _spellings(stems: str, looks: str) -> Iterator[tuple[int, ...]]:
    """Every stem as the symbols that show it."""
    symbols = {symbol: symbol for symbol in ALPHABET} | {look[0]: look[2:] for look in looks.split()}
    for stem in stems.split():
        looks_max = 1 if len(stem) < _WINDOW_SYMBOLS else None
        for spelling in product(*(symbols[letter][:looks_max] for letter in stem)):
            yield tuple(VALUES[symbol] for symbol in spelling)


def _windows() -> Iterator[tuple[int, ...]]:
    """A stem of three symbols fills a window with any symbol before or behind it."""
    for spelling in chain(_spellings(_LATIN_STEMS, _LATIN_LOOKS), _spellings(_RUSSIAN_STEMS, _RUSSIAN_LOOKS)):
        if len(spelling) == _WINDOW_SYMBOLS:
            yield spelling
        else:
            for value in VALUES.values():
                yield (value, *spelling)
                yield (*spelling, value)


_PROFANE: Final = np.zeros(_WINDOW_COUNT, dtype=np.bool_)
_PROFANE[[_packed(window) for window in _windows()]] = True

# Another one as soon as the lists say otherwise of any code.
FINGERPRINT: Final = hashlib.sha256(_PROFANE.tobytes()).digest()


def _shown(stem: str, looks: str) -> tuple[frozenset[str], ...]:
    """For each letter of a stem what shows it: itself, its look-alikes, and what it is folded to in print."""
    symbols = {look[0]: look[2:] for look in looks.split()}
    return tuple(frozenset(letter + symbols.get(letter, letter)) for letter in stem)


_SHOWN_STEMS: Final = (
    *(_shown(stem, _LATIN_LOOKS) for stem in _LATIN_STEMS.split()),
    *(_shown(stem, _RUSSIAN_LOOKS) for stem in _RUSSIAN_STEMS.split()),
)
