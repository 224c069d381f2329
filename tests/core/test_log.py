import json
import subprocess
import sys

SCRIPT = """
import structlog
from core import log

log.configure("info")
structlog.get_logger().debug("not.told")
structlog.contextvars.bind_contextvars(trace_id="t1")
try:
    1 / 0
except ZeroDivisionError as broken:
    structlog.get_logger().error("it.broke", exc_info=broken)
print("for the reader")
"""


def test_an_event_is_a_line_of_json_beside_what_the_program_prints() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)

    [line] = done.stderr.splitlines()
    event = json.loads(line)
    assert done.stdout == "for the reader\n"
    assert (event["event"], event["level"], event["trace_id"]) == ("it.broke", "error", "t1")
    assert event["timestamp"].endswith("Z")
    assert "ZeroDivisionError" in event["exception"]
