"""The OpenAPI document against the running API: schemathesis asks what the document allows and what it does not."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.driver import Driver
from tests.installation import Installation

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
EXAMPLES_MAX = 6
SECONDS_MAX = 240


@pytest.mark.timeout(SECONDS_MAX + 30)
@pytest.mark.parametrize("caller", ["owner", "agent"])
async def test_no_request_gets_an_answer_that_the_document_does_not_know(
    installation: Installation, driver: Driver, caller: str, tmp_path: Path
) -> None:
    token = installation.owner_key if caller == "owner" else (await driver.agent()).device.token

    done = await asyncio.to_thread(
        subprocess.run,
        [
            *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{installation.origin}/docs/openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "examples,fuzzing"),
            *("--max-examples", str(EXAMPLES_MAX), "--workers", "2", "--no-color"),
            # The stream of events never ends, and a thrown switch stops everybody else's tests.
            *("--exclude-path", "/v1/events", "--exclude-path-regex", "switches"),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
        # It keeps what it learned beside where it was started.
        cwd=tmp_path,
    )

    # What is wrong stands before the summary, which is long.
    found = done.stdout.partition("= FAILURES =")[2][:4_000]
    assert done.returncode == 0, found or done.stdout[-4_000:]
