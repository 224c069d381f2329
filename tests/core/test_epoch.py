from uuid import UUID

import pytest

from core import audit, epoch
from core.epoch import begin_epoch, current_epoch

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "_remembered", None)


async def test_the_epoch_stays_until_a_backup_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    before, still = await current_epoch(), await current_epoch()

    begun = await begin_epoch(by="naparnik restored")

    monkeypatch.setattr(epoch, "_remembered", None)
    assert before == still != begun
    assert await current_epoch() == begun
    assert [(entry.action, UUID(entry.facts["epoch"])) for entry in await audit.page()] == [("epoch.begin", begun)]


async def test_a_process_learns_of_a_new_epoch_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "_SECONDS", 0.0)
    before = await current_epoch()

    begun = await begin_epoch(by="naparnik restored")

    assert await current_epoch() == begun != before
