from collections import Counter

import pytest
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.columns import Varchar
from piccolo.conf.apps import AppConfig
from piccolo.table import Table

from piccolo_conf import APP_REGISTRY
from tests.house.tree import ROOT, rooms

ROOMS_WITH_TABLES = [room for room in rooms() if (ROOT / room / "tables.py").exists()]


async def drift(app: AppConfig) -> list[str]:
    """What `piccolo migrations new --auto` would write for an app."""
    alterations = await AutoMigrationManager(auto_input="n").get_alter_statements(app_config=app)
    return [statement for alteration in alterations for statement in alteration.statements]


def test_every_room_with_tables_is_registered_lowest_floor_first() -> None:
    assert list(APP_REGISTRY.app_configs) == ROOMS_WITH_TABLES


@pytest.mark.parametrize("room", ROOMS_WITH_TABLES)
async def test_the_migrations_say_what_the_tables_say(room: str) -> None:
    assert await drift(APP_REGISTRY.app_configs[room]) == []


async def test_a_column_that_nobody_migrated_is_drift() -> None:
    class Forgotten(Table):
        name = Varchar(default=None, null=False)

    core = APP_REGISTRY.app_configs["core"]
    changed = AppConfig(
        app_name=core.app_name,
        migrations_folder_path=core.migrations_folder_path,
        table_classes=[*core.table_classes, Forgotten],
    )

    statements = await drift(changed)

    assert any("forgotten" in statement for statement in statements)


def test_no_two_migrations_share_a_file_name() -> None:
    # Piccolo imports them by bare file name, so a twin in another room would stand in for it unseen.
    names = Counter(path.name for path in ROOT.glob("*/piccolo_migrations/*.py") if path.name != "__init__.py")

    assert [name for name, times in names.items() if times > 1] == []
