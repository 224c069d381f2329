"""The command's words explain themselves and find the installation that is meant."""

import os
from pathlib import Path

import pytest

from cli import environment
from cli.__main__ import WORDS, main
from core import keys


@pytest.mark.parametrize("words", [[], *([word] for word in WORDS), ["keys", "create"], ["code", "issue"]])
def test_every_word_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])

    assert ended.value.code == 0
    assert f"usage: naparnik {' '.join(words)}".strip() in capsys.readouterr().out


def test_a_folder_where_nothing_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["migrate", "--data", str(tmp_path)])

    assert status == 1
    assert (
        capsys.readouterr().err
        == f"naparnik: nothing runs on {tmp_path}: start it with `naparnik up --data {tmp_path}`\n"
    )


def test_a_new_master_key_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "master", "--version", "2"])

    assert keys.parse(capsys.readouterr().out).current == 2


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A shell that knows no installation, in a folder where one runs."""
    monkeypatch.setattr(os, "environ", {"NAPARNIK_MASTER_KEY": "another installation's"})
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".naparnik").mkdir()
    environment.write(tmp_path / ".naparnik", {"NAPARNIK_DATABASE_URL": "near", "NAPARNIK_MASTER_KEY_FILE": "key"})
    return tmp_path


def test_the_installation_in_the_current_folder_is_found(outside: Path) -> None:
    environment.enter(None)

    assert os.environ["NAPARNIK_DATABASE_URL"] == "near"
    assert os.environ["NAPARNIK_MASTER_KEY_FILE"] == "key"
    assert "NAPARNIK_MASTER_KEY" not in os.environ


def test_a_database_the_shell_names_comes_before_the_current_folder(outside: Path) -> None:
    os.environ["NAPARNIK_DATABASE_URL"] = "far"

    environment.enter(None)

    assert os.environ["NAPARNIK_DATABASE_URL"] == "far"
    assert "NAPARNIK_MASTER_KEY_FILE" not in os.environ


def test_a_folder_that_is_named_comes_before_the_shell(outside: Path) -> None:
    os.environ["NAPARNIK_DATABASE_URL"] = "far"

    environment.enter(outside / ".naparnik")

    assert os.environ["NAPARNIK_DATABASE_URL"] == "near"
    assert "NAPARNIK_MASTER_KEY" not in os.environ
