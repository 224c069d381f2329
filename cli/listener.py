"""The listening socket, which one parent may share among several API processes."""

import socket

from cli.refusals import CannotStart

BACKLOG = 2048


class PortTaken(CannotStart):
    """The address cannot be listened on."""


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address; port 0 picks a free one. `::` is every address, those of IPv4 as well."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=both)
    except OSError as failed:
        raise PortTaken(f"cannot listen on {host}:{port}: {failed.strerror}") from None


def inherited(fd: int) -> socket.socket:
    """The socket a parent passed down."""
    return socket.socket(fileno=fd)
