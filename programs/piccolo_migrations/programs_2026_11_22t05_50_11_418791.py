from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-11-22T05:50:11:418791"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="programs", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="AdvertisingMark",
        tablename="advertising_mark",
        column_name="word",
        db_column_name="word",
        params={"length": 64, "default": None, "null": True},
        old_params={"length": 40, "default": "", "null": False},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.alter_column(
        table_class_name="AdvertisingMark",
        tablename="advertising_mark",
        column_name="advertiser",
        db_column_name="advertiser",
        params={"length": 120, "default": None, "null": True},
        old_params={"length": 200, "default": "", "null": False},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    manager.alter_column(
        table_class_name="AdvertisingMark",
        tablename="advertising_mark",
        column_name="token",
        db_column_name="token",
        params={"default": None, "null": True},
        old_params={"default": "", "null": False},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
