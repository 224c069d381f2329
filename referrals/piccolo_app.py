"""Piccolo's view of referrals: its tables and migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="referrals",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(
        ["referrals.tables", "referrals.attribution_tables", "referrals.segment_tables"], exclude_imported=True
    ),
)
