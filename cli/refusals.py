"""What the command line refuses to do, in words for the person at the terminal."""


class CannotStart(Exception):
    """Something on this machine keeps the command from its work; the message says what and what to do."""
