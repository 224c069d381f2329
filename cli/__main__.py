"""The `naparnik` command: finds the word that was said and does it."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from cli.refusals import CannotStart
from core.settings import SettingsRefused

WORDS = ("up", "api", "worker", "migrate", "verify", "restored", "keys", "staff", "code", "receipt", "demo", "app")


def main(argv: Sequence[str] | None = None) -> int:
    """Do one command; give the exit status."""
    options = parser().parse_args(argv)
    try:
        status: int | None = options.run(options)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again when it closes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (CannotStart, SettingsRefused, OSError) as refused:
        print(f"naparnik: {refused}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status or 0


def parser() -> argparse.ArgumentParser:
    """Every word with its options. A word's module is light; it imports its room when it is run."""
    naparnik = argparse.ArgumentParser(prog="naparnik", description="Evidence in, money out, once.")
    words = naparnik.add_subparsers(required=True, metavar="COMMAND", title="commands")
    for word in WORDS:
        module = import_module(f"cli.commands.{word}")
        summary = module.__doc__.partition("\n")[0] if module.__doc__ else ""
        own = words.add_parser(word, help=summary, description=summary)
        module.describe(own)
    return naparnik


if __name__ == "__main__":
    sys.exit(main())
