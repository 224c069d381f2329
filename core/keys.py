"""The master key and what is derived from it: versioned, kept outside the database, never printed."""

import base64
import hashlib
import hmac
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.settings import Settings, SettingsRefused

KEY_BYTES = 32
NONCE_BYTES = 12
_STANDBY = ":standby"
_VERSION = re.compile("[0-9]{1,3}")

Hash = Callable[[bytes], bytes]


class MasterKey(msgspec.Struct, frozen=True):
    """Every version of the master key: all of them unwrap, and the highest that is not on standby wraps.

    A new version stands by until every process has it, so that none meets what it cannot open.
    """

    versions: dict[int, bytes]
    standby: frozenset[int] = frozenset()

    @property
    def current(self) -> int:
        return max(self.versions.keys() - self.standby)


class WrongKey(Exception):
    """A wrapped secret does not open: its master key version is missing or is another installation's."""


_master: MasterKey | None = None
_pepper: bytes | None = None


def load(settings: Settings) -> MasterKey:
    """Read the master key from its one source: lines of `version:base64`, 32 bytes each, `:standby` behind new ones."""
    if settings.master_key:
        return parse(settings.master_key.replace(",", "\n"))
    if settings.master_key_file:
        return parse(_read(Path(settings.master_key_file)))
    return parse(_ask(settings.master_key_command))


def parse(text: str) -> MasterKey:
    """A master key from its text form; SettingsRefused without a word of what it holds."""
    versions: dict[int, bytes] = {}
    standby: set[int] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        number, _, encoded = line.removesuffix(_STANDBY).partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except ValueError:
            raise SettingsRefused("the master key is not of the form version:base64") from None
        if not _VERSION.fullmatch(number) or not 0 < int(number) < 256 or len(secret) != KEY_BYTES:
            raise SettingsRefused("the master key is not of the form version:base64 of 32 bytes")
        steps = {(later - sooner) % 256 for sooner, later in pairwise(secret)}
        if min(len(set(secret)), len(steps)) < 8:
            raise SettingsRefused("the master key is not random; make one with: naparnik keys master")
        if int(number) in versions:
            raise SettingsRefused(f"the master key has version {int(number)} twice")
        versions[int(number)] = secret
        if line.endswith(_STANDBY):
            standby.add(int(number))
    if not versions:
        raise SettingsRefused("the master key is empty")
    if not versions.keys() - standby:
        raise SettingsRefused("every version of the master key is on standby")
    return MasterKey(versions, frozenset(standby))


def generate(version: int = 1, *, standby: bool = False) -> str:
    """A new line for the master key's file."""
    return f"{version}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}{_STANDBY if standby else ''}"


def use(master: MasterKey) -> None:
    """Make this the process's master key."""
    global _master  # noqa: PLW0603 - one key a process, set once at its start.
    _master = master
    _derived.cache_clear()


def current_version() -> int:
    """The version that wraps."""
    return _loaded().current


def versions() -> frozenset[int]:
    """The versions that are here."""
    return frozenset(_loaded().versions)


def use_pepper(pepper: bytes) -> None:
    """Make this the process's pepper."""
    global _pepper  # noqa: PLW0603 - one pepper an installation, set once at its start.
    _pepper = pepper
    pepper_of.cache_clear()


def derive(purpose: str, *, version: int = 1, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose (HKDF, RFC 5869), always from the named version, so that rotation changes nothing old."""
    return _derived(purpose, version, length)


@lru_cache(maxsize=256)
def _derived(purpose: str, version: int, length: int) -> bytes:
    return _expanded(_secret(version), purpose, length)


def _expanded(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret)


def pseudonym(subject: str, purpose: str) -> bytes:
    """What stands in the database for something that must not stand there: an HMAC under a key of its purpose."""
    return hmac.digest(pepper_of(purpose), subject.encode(), hashlib.sha256)


def hasher(purpose: str) -> Hash:
    """The same for many subjects: its preparation is half the work, and is done once."""
    prepared = hmac.new(pepper_of(purpose), digestmod=hashlib.sha256)

    def digest(subject: bytes) -> bytes:
        mac = prepared.copy()
        mac.update(subject)
        return mac.digest()

    return digest


@lru_cache(maxsize=256)
def pepper_of(purpose: str) -> bytes:
    """A key of one purpose that hangs on the pepper alone."""
    if _pepper is None:
        raise RuntimeError("the pepper is not loaded")
    return _expanded(_pepper, purpose, KEY_BYTES)


def wrap(secret: bytes, *, purpose: str) -> bytes:
    """Encrypt a secret under the current master key: version byte, nonce, AES-256-GCM with the purpose bound in."""
    version = _loaded().current
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(derive(f"wrap:{purpose}", version=version)).encrypt(nonce, secret, purpose.encode())
    return bytes([version]) + nonce + sealed


def unwrap(wrapped: bytes, *, purpose: str) -> bytes:
    """The secret again; WrongKey when it was wrapped by another installation or for another purpose."""
    version, nonce, sealed = int.from_bytes(wrapped[:1]), wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
    try:
        return AESGCM(derive(f"wrap:{purpose}", version=version)).decrypt(nonce, sealed, purpose.encode())
    except (InvalidTag, ValueError):
        raise WrongKey(f"a secret of {purpose} does not open under master key version {version}") from None


def _loaded() -> MasterKey:
    if _master is None:
        raise RuntimeError("the master key is not loaded")
    return _master


def _secret(version: int) -> bytes:
    try:
        return _loaded().versions[version]
    except KeyError:
        raise WrongKey(f"master key version {version} is not here") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise SettingsRefused(f"NAPARNIK_MASTER_KEY_FILE: {path} cannot be read") from None


def _ask(command: str) -> str:
    """The operator's own command, from the operator's own setting; nothing it says is shown."""
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False, timeout=30)
    except (OSError, ValueError, subprocess.SubprocessError) as broken:
        raise SettingsRefused(f"NAPARNIK_MASTER_KEY_COMMAND: {type(broken).__name__}") from None
    if done.returncode != 0:
        raise SettingsRefused(f"NAPARNIK_MASTER_KEY_COMMAND ended with {done.returncode}")
    return done.stdout
