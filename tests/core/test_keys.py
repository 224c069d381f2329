import base64
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import keys
from core.keys import MasterKey, WrongKey
from core.settings import Settings, SettingsRefused


@pytest.fixture
def master(settings: Settings) -> Iterator[MasterKey]:
    """A master key of the test's own, in the place of the run's."""
    own, pepper = keys.parse(keys.generate()), keys._pepper
    keys.use(own)
    keys.use_pepper(os.urandom(32))
    yield own
    keys.use(keys.load(settings))
    if pepper is not None:
        keys.use_pepper(pepper)


def line(version: str = "1", secret: bytes | None = None) -> str:
    return f"{version}:{base64.b64encode(os.urandom(32) if secret is None else secret).decode()}"


def with_key(**source: str) -> Settings:
    return msgspec.structs.replace(Settings(), **source)


def test_a_generated_key_is_read_again() -> None:
    first, second = keys.generate(), keys.generate(2)

    master = keys.parse(f"\n {first} \n\n{second}\n")

    assert set(master.versions) == {1, 2}
    assert master.current == 2
    assert all(len(secret) == 32 for secret in master.versions.values())
    assert keys.generate() != first


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "no key at all",
        base64.b64encode(bytes(range(32))).decode(),
        line("0"),
        line("256"),
        line("-1"),
        line("one"),
        line("1.0"),
        line(secret=os.urandom(31)),
        line(secret=os.urandom(33)),
        "1:",
        "1:not base64!",
        "1:ключ",
        line() + "\n2",
        line("7") + "\n" + line("7"),
    ],
    ids=range(16),
)
def test_a_key_in_another_form_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        keys.parse(text)

    assert "master key" in str(refused.value)
    assert not any(part in str(refused.value) for part in text.split(":")[1:] if part)


@given(st.text("0123456789:=+/Aa\n standby", max_size=80) | st.text(max_size=80))
@example("9" * 5_000 + ":AAAA")
def test_any_text_is_a_key_or_is_refused(text: str) -> None:
    with suppress(SettingsRefused):
        assert keys.parse(text).versions


@pytest.mark.parametrize(
    "secret",
    [bytes(32), b"x" * 32, b"password" * 4, b"0123456" * 4 + b"0123", bytes(range(32)), bytes(range(250, 90, -5))],
)
def test_a_key_that_nobody_rolled_dice_for_is_refused(secret: bytes) -> None:
    with pytest.raises(SettingsRefused, match="not random"):
        keys.parse(line(secret=secret))


def test_a_key_comes_from_the_environment_a_file_or_a_command(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    file.write_text(f"{keys.generate()}\n{keys.generate(2)}\n")
    command = shlex.join([sys.executable, "-c", f"print(open({str(file)!r}).read())"])

    from_file = keys.load(with_key(master_key_file=str(file)))

    assert keys.load(with_key(master_key=",".join(file.read_text().split()))) == from_file
    assert keys.load(with_key(master_key_command=command)) == from_file


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("master_key_file", "/nowhere/master.key"),
        ("master_key_file", "/"),
        ("master_key_command", "/nowhere/fetch-key"),
        ("master_key_command", "unbalanced 'quote"),
        ("master_key_command", shlex.join([sys.executable, "-c", "import sys; sys.exit('secret')"])),
    ],
)
def test_a_source_that_gives_no_key_is_refused_by_its_name(source: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=f"NAPARNIK_{source.upper()}") as refused:
        keys.load(with_key(**{source: value}))

    assert "secret" not in str(refused.value)


def test_a_wrapped_secret_opens_for_its_purpose(master: MasterKey) -> None:
    first, second = keys.wrap(b"secret", purpose="cards"), keys.wrap(b"secret", purpose="cards")

    assert first != second
    assert b"secret" not in first
    assert keys.unwrap(first, purpose="cards") == keys.unwrap(second, purpose="cards") == b"secret"


def test_a_wrapped_secret_stays_shut_for_another_purpose(master: MasterKey) -> None:
    wrapped = keys.wrap(b"secret", purpose="cards")

    with pytest.raises(WrongKey):
        keys.unwrap(wrapped, purpose="codes")


def test_a_wrapped_secret_stays_shut_in_another_installation(master: MasterKey) -> None:
    wrapped = keys.wrap(b"secret", purpose="cards")
    keys.use(keys.parse(keys.generate()))

    with pytest.raises(WrongKey):
        keys.unwrap(wrapped, purpose="cards")


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_a_wrapped_secret_that_was_changed_stays_shut(master: MasterKey, place: int) -> None:
    wrapped = bytearray(keys.wrap(b"secret", purpose="cards"))
    wrapped[place] ^= 1

    with pytest.raises(WrongKey):
        keys.unwrap(bytes(wrapped), purpose="cards")


@pytest.mark.parametrize("length", [0, 1, 5, 13, 20])
def test_what_is_left_of_a_wrapped_secret_stays_shut(master: MasterKey, length: int) -> None:
    with pytest.raises(WrongKey):
        keys.unwrap(keys.wrap(b"secret", purpose="cards")[:length], purpose="cards")


def test_after_a_rotation_old_secrets_open_and_new_ones_need_the_new_key(master: MasterKey) -> None:
    old, derived, pseudonym = keys.wrap(b"old", purpose="p"), keys.derive("codes"), keys.pseudonym("anna", "guess")

    keys.use(MasterKey(master.versions | keys.parse(keys.generate(2)).versions))

    new = keys.wrap(b"new", purpose="p")
    assert keys.unwrap(old, purpose="p") == b"old"
    assert keys.unwrap(new, purpose="p") == b"new"
    assert keys.derive("codes") == derived
    assert keys.pseudonym("anna", "guess") == pseudonym
    keys.use(master)
    with pytest.raises(WrongKey, match="version 2"):
        keys.unwrap(new, purpose="p")


def test_a_derived_key_is_its_purposes_its_versions_and_its_lengths_own(master: MasterKey) -> None:
    keys.use(MasterKey(master.versions | keys.parse(keys.generate(2)).versions))

    derived = {keys.derive("codes"), keys.derive("cards"), keys.derive("codes", version=2)}

    assert len(derived) == 3
    assert len(keys.derive("codes", length=16)) == 16


def test_a_pseudonym_tells_nothing_and_means_one_thing(master: MasterKey) -> None:
    pseudonym = keys.pseudonym("192.0.2.0/24", "guess")

    assert pseudonym == keys.pseudonym("192.0.2.0/24", "guess")
    assert pseudonym != keys.pseudonym("192.0.2.0/24", "enrol")
    assert pseudonym != keys.pseudonym("192.0.3.0/24", "guess")
    assert b"192" not in pseudonym


def test_a_version_on_standby_opens_and_does_not_lock(master: MasterKey) -> None:
    both = keys.parse(f"{keys.generate(1)}\n{keys.generate(2, standby=True)}")
    keys.use(both)
    wrapped = keys.wrap(b"secret", purpose="p")

    keys.use(MasterKey(both.versions))

    assert (both.current, wrapped[0], keys.wrap(b"secret", purpose="p")[0]) == (1, 1, 2)
    assert keys.unwrap(wrapped, purpose="p") == b"secret"


def test_a_key_of_which_everything_stands_by_is_refused() -> None:
    with pytest.raises(SettingsRefused, match="standby"):
        keys.parse(keys.generate(2, standby=True))


def test_pseudonyms_outlive_the_master_key(master: MasterKey) -> None:
    before = keys.pseudonym("anna", "guess")

    keys.use(keys.parse(keys.generate(7)))

    assert keys.pseudonym("anna", "guess") == before
    assert keys.hasher("guess")(b"anna") == before
