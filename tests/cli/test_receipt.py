import json
import subprocess
import sys
from pathlib import Path

from tests.photos import label, saved
from tests.receipts.made import KAZAKH, RUSSIAN, austrian, austrian_key

FIELDS = {
    "format", "identity", "currency", "total_minor", "issued_at", "operation", "trust", "evidence", "lines", "refusal",
}  # fmt: skip


def inspected(*words: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "cli", "receipt", "inspect", *words]
    return subprocess.run(argv, input=said, capture_output=True, text=True, check=False, timeout=60)


def test_support_pipes_codes_in_and_reads_a_line_for_each() -> None:
    done = inspected(said=f"{RUSSIAN}\n{KAZAKH}\n")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [row["format"] for row in rows] == ["ru", "kz"]
    assert all(row.keys() >= FIELDS for row in rows)
    assert rows[0]["issued_at"] == "2026-03-20T23:03:00"


def test_what_comes_by_a_pipe_that_ends_is_judged_as_the_file_that_it_was(tmp_path: Path) -> None:
    key = austrian_key()
    first = austrian(key)
    said = f"{first}\n{austrian(key, number=2, before=first)}\n"
    file = tmp_path / "receipts.txt"
    file.write_text(said)

    piped = inspected(said=said)

    assert [json.loads(line)["trust"] for line in piped.stdout.splitlines()] == ["signed_first_use"] * 2
    assert piped.stdout == inspected(str(file)).stdout


def test_whoever_pipes_a_line_and_waits_has_his_answer_before_he_says_the_next() -> None:
    argv = [sys.executable, "-m", "cli", "receipt", "inspect"]
    formats = []

    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for line in (RUSSIAN, KAZAKH, RUSSIAN):
            asked.stdin.write(f"{line}\n")
            asked.stdin.flush()
            formats.append(json.loads(asked.stdout.readline())["format"])
        asked.stdin.close()

    assert (formats, asked.returncode) == (["ru", "kz", "ru"], 0)


def test_a_line_whose_end_comes_late_is_one_line() -> None:
    argv = [sys.executable, "-m", "cli", "receipt", "inspect"]

    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        asked.stdin.write(f"{RUSSIAN}\n{KAZAKH[:20]}")
        asked.stdin.flush()
        first = json.loads(asked.stdout.readline())
        asked.stdin.write(KAZAKH[20:])
        asked.stdin.close()
        rest = [json.loads(line) for line in asked.stdout]

    assert [row["format"] for row in (first, *rest)] == ["ru", "kz"]


def test_a_photo_is_read_from_a_file_and_from_a_pipe(tmp_path: Path) -> None:
    file = tmp_path / "receipt.png"
    file.write_bytes(saved(label(RUSSIAN), "PNG"))

    with file.open() as photo:
        argv = [sys.executable, "-m", "cli", "receipt", "inspect"]
        piped = subprocess.run(argv, stdin=photo, capture_output=True, text=True, check=False, timeout=60)
    [row] = [json.loads(line) for line in inspected(str(file)).stdout.splitlines()]

    assert (row["format"], row["kind"], row["total_minor"]) == ("ru", "receipt", 580_300)
    assert json.loads(piped.stdout) == row


def test_a_refused_code_shows_in_the_status(tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_text("rubbish\n")

    done = inspected(str(file))

    assert done.returncode == 1
    assert json.loads(done.stdout)["refusal"] == "malformed"


def test_a_format_that_nobody_knows_is_said_to_be_none() -> None:
    done = inspected("--format", "xx", said=RUSSIAN)

    assert done.returncode == 1
    assert "no format xx" in done.stderr


def test_a_file_that_holds_no_keys_is_named(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"at": {"1": "rubbish"}}')

    done = inspected("--keys", str(file), said=RUSSIAN)

    assert done.returncode == 1
    assert str(file) in done.stderr


def test_a_file_without_any_code_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b" \n")

    done = inspected(str(empty))

    assert done.returncode == 1
    assert json.loads(done.stdout)["refusal"] == "malformed"
