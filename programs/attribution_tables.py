"""The table of attribution policies: whose a sale is in a program, where it says other than everybody does."""

from piccolo.columns import JSON, UUID
from piccolo.table import Table

from core.db import engine


class AttributionPolicy(Table, db=engine):
    """A program's own policy."""

    program_id = UUID(primary_key=True, default=None, null=False)
    policy = JSON(default=None, null=False)
