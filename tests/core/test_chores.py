import pytest

from core import chores
from core.db import execute

pytestmark = pytest.mark.usefixtures("database")


async def test_the_chores_are_told_by_name_with_what_broke() -> None:
    await execute(
        "INSERT INTO chore (name, done_at, error) VALUES ('verify', NULL, 'ValueError()'), ('seal', now(), NULL)"
    )

    seal, verify = await chores.listed()

    assert (seal.name, seal.error) == ("seal", None)
    assert seal.done_at is not None
    assert (verify.name, verify.done_at, verify.error) == ("verify", None, "ValueError()")
