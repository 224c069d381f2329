"""Identities: what a code of somebody else's making is known by, the same under all spellings of its text. Pure."""

from typing import Final, Literal, NamedTuple

import msgspec

from codes.packaging_code import Role, key_bounds
from codes.readings import BY_KEYS, BY_LOOKS, CYRILLIC_KEYS, LENGTH_MAX, Malformed, Meaning, code_in, letters, meaning
from programs import gs1
from referrals.item_keys import CODE, MARKING, key_of, named

LENGTH_MIN: Final = 6
PLAIN_MAX: Final = 100

Form = Literal["gs1", "plain"]
_ITEM_KINDS: Final[dict[Form, str]] = {"gs1": MARKING, "plain": CODE}


class Identity(NamedTuple):
    """A marking (GTIN and serial number in one), or a maker's own text with its look-alikes folded."""

    form: Form
    text: str

    @property
    def shape(self) -> tuple[Form, int]:
        """What can be said of a text before it is looked for: nothing of another shape was ever imported."""
        return self.form, len(self.text)

    @property
    def named(self) -> bytes:
        """What is hashed of it."""
        return named(_ITEM_KINDS[self.form], self.text)


class ImportedCode(msgspec.Struct, frozen=True):
    """A code that somebody else has made, once it is found: its place, its form, the hash of its identity."""

    batch: int
    index: int
    form: Form
    key_hash: bytes

    @property
    def role(self) -> Role:
        """It has no outer twin: what is imported is what pays."""
        return Role.INNER

    @property
    def code_key(self) -> bytes:
        """Its place stands for it, as for a code of ours: a hash, once imported, has the same one for ever."""
        return key_bounds(self.batch, self.index, self.index)[0]

    @property
    def item_keys(self) -> tuple[str, ...]:
        """A marking is known to others too: a receipt that holds it is a receipt for the same item."""
        return (key_of(MARKING, self.key_hash),) if self.form == "gs1" else ()


class Said(msgspec.Struct, frozen=True):
    """What a text can say: a code of ours, right or misspelled; one that was imported.

    A text that is spelled as we print has no identities of its own: it is looked for as it stands.
    """

    readings: tuple[str, ...]
    misspelled: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()

    @property
    def spelled(self) -> tuple[str, ...]:
        """The text as it came, in whichever of the ways."""
        return self.readings or self.misspelled or tuple(one.text for one in self.identities)


def said(text: str) -> Said:
    """What a scanned or typed text says, or Malformed when it can be no code of anybody's."""
    try:
        meant = meaning(text)
    except Malformed:
        meant = Meaning(())
    if meant.readings == (text,):
        return Said(meant.readings)
    found = identities(text)
    if not (found or meant.readings or meant.misspelled):
        raise Malformed
    return Said(meant.readings, misspelled=meant.misspelled, identities=found)


def identities(text: str) -> tuple[Identity, ...]:
    """The few identities that a text can mean, the likeliest first; nothing when it can be no imported code."""
    if len(text) > LENGTH_MAX:
        return ()
    marked = tuple(Identity("gs1", found.gtin + found.serial) for found in gs1.markings(text))
    return marked or tuple(Identity("plain", folded) for folded in plain_texts(text))


def plain_texts(text: str) -> tuple[str, ...]:
    """The one or two ways to fold a text of letters and digits: by what its letters look like, and by their keys."""
    plain = "".join(letters(code_in(text)))
    found = dict.fromkeys(plain.translate(table) for table in (_BY_LOOKS, _BY_KEYS))
    return tuple(folded for folded in found if LENGTH_MIN <= len(folded) <= PLAIN_MAX and set(folded) <= ALLOWED)


# Crockford leaves U out, others do not; a Cyrillic letter that looks like no Latin one stands for itself.
_LEFT: Final = "UАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_BOTH_CASES: Final = {ord(form): letter for letter in _LEFT for form in (letter, letter.lower())}
_U_KEYS: Final = {
    ord(form): "U" for letter, latin in CYRILLIC_KEYS.items() if latin == "U" for form in letter + letter.lower()
}
_BY_LOOKS: Final = _BOTH_CASES | BY_LOOKS
_BY_KEYS: Final = _BOTH_CASES | _U_KEYS | BY_KEYS
ALLOWED: Final = frozenset(_BY_LOOKS.values())
