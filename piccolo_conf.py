"""Where Piccolo finds the database and the rooms that own tables, lowest floor first."""

from piccolo.conf.apps import AppRegistry

from core.db import engine as DB  # noqa: N812 - the name that Piccolo looks for.

APP_REGISTRY = AppRegistry(
    apps=[
        "core.piccolo_app",
        "wallets.piccolo_app",
        "programs.piccolo_app",
        "referrals.piccolo_app",
        "codes.piccolo_app",
        "receipts.piccolo_app",
        "rewards.piccolo_app",
    ]
)

__all__ = ["APP_REGISTRY", "DB"]
