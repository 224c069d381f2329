"""Build the phone app from its source, where that has changed, into the folder from which the API serves it."""

import argparse


def describe(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> None:
    from cli.phone_app import build

    build()
