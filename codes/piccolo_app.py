"""Piccolo's view of codes: its tables and migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="codes",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(
        ["codes.tables", "codes.promo_tables", "codes.settlement_tables", "codes.offline_tables", "codes.till_tables"],
        exclude_imported=True,
    ),
)
