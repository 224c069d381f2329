import socket

import pytest

from cli.listener import listen


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


@pytest.mark.parametrize(
    ("host", "caller"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")]
)
def test_whoever_an_address_is_for_reaches_it(host: str, caller: str) -> None:
    with listen(host, 0) as listener, socket.create_connection((caller, listener.getsockname()[1])) as call:
        assert call.getpeername()[1] == listener.getsockname()[1]
