"""Defaults for Piccolo's primary keys: ids are made by us, the column's own default is the database's."""

from uuid import UUID

from piccolo.columns.defaults.uuid import UUID4

from core.ids import uuid7


class UUID7(UUID4):
    """A UUIDv7 made in Python; rows written by hand fall back to gen_random_uuid()."""

    @property
    def postgres(self) -> str:
        return "gen_random_uuid()"

    def python(self) -> UUID:
        return uuid7()
