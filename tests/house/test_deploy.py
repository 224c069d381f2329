import configparser
import json
import re
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.__main__ import parser
from core.settings import Settings, variable
from tests.house.tree import ROOT

INSTRUCTIONS = {"CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "RUN", "USER", "WORKDIR"}
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
# What no unit of ours goes without.
SANDBOX = {
    "CapabilityBoundingSet": "",
    "MemoryDenyWriteExecute": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "ProtectHome": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectSystem": "strict",
    "RestrictSUIDSGID": "yes",
}


def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(instruction, rest) for instruction, _, rest in (line.partition(" ") for line in lines)]


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return found


def command_lines() -> set[str]:
    """Every way in which the deployment starts the naparnik command."""
    image = [json.loads(rest) for instruction, rest in dockerfile() if instruction == "CMD"]
    compose = [service["command"] for service in services().values() if "build" in service]
    units = [shlex.split(unit(path)["Service"]["ExecStart"].replace("%i", "8001"))[1:] for path in UNITS]
    return {shlex.join(words) for words in image + compose + units}


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser


def test_the_dockerfile_uses_only_known_instructions() -> None:
    assert {instruction for instruction, _ in dockerfile()} <= INSTRUCTIONS


def test_the_last_stage_takes_only_what_was_built_and_runs_as_nobody_in_particular() -> None:
    instructions = dockerfile()
    stages = [at for at, (instruction, _) in enumerate(instructions) if instruction == "FROM"]
    last = instructions[stages[-1] :]

    assert len(stages) > 1
    assert all(" AS " in instructions[at][1] for at in stages[:-1])
    assert [rest for instruction, rest in last if instruction == "USER"] == ["10001:10001"]
    assert [rest for instruction, rest in last if instruction == "COPY" and "--from=" not in rest] == []


def test_the_image_says_when_it_is_unwell() -> None:
    checks = [rest for instruction, rest in dockerfile() if instruction == "HEALTHCHECK"]

    assert len(checks) == 1
    assert "/health/live" in checks[0]


def test_one_image_serves_api_worker_and_migrate() -> None:
    words = {name: service["command"][0] for name, service in services().items() if "build" in service}

    assert words == {"api": "api", "worker": "worker", "migrate": "migrate"}


def test_our_containers_write_nowhere_and_may_nothing() -> None:
    for name, service in services().items():
        if "build" in service:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name


def test_nothing_serves_before_the_schema_is_there() -> None:
    for name in ("api", "worker"):
        assert services()[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("line", sorted(command_lines()))
def test_the_command_understands_what_the_deployment_says(line: str) -> None:
    assert callable(parser().parse_args(shlex.split(line)).run)


def test_every_variable_in_the_deployment_is_a_setting() -> None:
    texts = [
        (ROOT / "Dockerfile").read_text(),
        (ROOT / "compose.yaml").read_text(),
        *(path.read_text() for path in UNITS),
    ]
    named = {word for text in texts for word in re.findall(r"NAPARNIK_[A-Z_]+", text)}

    assert named <= {variable(field) for field in Settings.__struct_fields__}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_the_command_as_its_own_user_in_a_sandbox(path: Path) -> None:
    service = unit(path)["Service"]
    program, word, *_ = shlex.split(service["ExecStart"])

    assert (Path(program).name, word) in {("naparnik", "api"), ("naparnik", "worker"), ("naparnik", "migrate")}
    assert service["User"] == "naparnik"
    assert {key: service.get(key) for key in SANDBOX} == SANDBOX


@pytest.mark.parametrize("script", [".ci/run", "requirements/install"])
def test_a_script_can_be_started(script: str) -> None:
    mode = (ROOT / script).stat().st_mode

    assert mode & stat.S_IXUSR
