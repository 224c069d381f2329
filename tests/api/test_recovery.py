import httpx
import pytest

from api import callers
from core.settings import Settings
from tests.api.phoning import Installer, refusal
from tests.phones import Phone
from tests.recovery_keys import key_of_qr, new_qr
from tests.referrals.people import give, told


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def saved(installer: Installer) -> Phone:
    """A recovery QR, printed."""
    key = Phone(key_of_qr(new_qr()))
    answer = await installer.prove("POST", "/v1/recovery", {"kind": "qr", "public_key": key.jwk})
    assert answer.status_code == 201, answer.text
    return key


async def restore(key: Phone, installer: Installer, *, idempotency_key: str | None = None) -> httpx.Response:
    statement = key.recovery_of(installer.phone.thumbprint, audience=installer.origin)
    body = {"statement": statement, "public_key": installer.phone.jwk, "device_name": "Pixel"}
    return await installer.call("POST", "/v1/recovery/restore", body, key=idempotency_key)


async def test_a_printed_qr_brings_the_wallet_to_a_new_phone(installer: Installer) -> None:
    await give(installer.agent_id, 500)
    key = await saved(installer)
    phone = Installer(installer.http, installer.origin)

    phone.holding(await restore(key, phone))

    assert (phone.agent_id, phone.alias) == (installer.agent_id, installer.alias)
    assert (await phone.read("/v1/wallet"))["balances"][0]["available_minor"] == 500


async def test_the_lost_phone_is_told_that_it_is_out(installer: Installer) -> None:
    key = await saved(installer)
    await restore(key, Installer(installer.http, installer.origin))
    callers.forget()

    answer = await installer.call("GET", "/v1/wallet")

    assert refusal(answer) == (401, "device_revoked")


async def test_a_qr_used_twice_is_refused_and_the_journal_tells_of_it(installer: Installer) -> None:
    key = await saved(installer)
    await restore(key, Installer(installer.http, installer.origin))

    again = await restore(key, Installer(installer.http, installer.origin))

    assert refusal(again) == (409, "recovery_used")
    # The refusal was kept for its repetition, and what it told was kept with it.
    assert (await told(installer.agent_id))[-1] == "recovery_refused"


async def test_a_key_of_nobodys_restores_nothing(installer: Installer) -> None:
    answer = await restore(Phone(), Installer(installer.http, installer.origin))

    assert refusal(answer) == (404, "recovery_unknown")


async def test_a_recovery_is_saved_by_a_proof_alone(installer: Installer) -> None:
    answer = await installer.call("POST", "/v1/recovery", {"kind": "words", "public_key": Phone().jwk})

    assert refusal(answer) == (401, "proof_required")


async def test_recovery_is_asked_for_when_there_is_money(installer: Installer) -> None:
    before = await installer.read("/v1/wallet")
    await give(installer.agent_id, 500)
    due = await installer.read("/v1/recovery")
    wallet = await installer.read("/v1/wallet")
    await saved(installer)

    assert not before["recovery_due"]
    assert due == {"kind": None, "created_at": None, "due": True}
    assert wallet["recovery_due"]
    assert (await installer.read("/v1/recovery"))["kind"] == "qr"


async def test_a_repeated_restoration_gets_the_same_token(installer: Installer) -> None:
    key, phone = await saved(installer), Installer(installer.http, installer.origin)
    statement = key.recovery_of(phone.phone.thumbprint, audience=phone.origin)
    body = {"statement": statement, "public_key": phone.phone.jwk}

    first = await phone.call("POST", "/v1/recovery/restore", body, key="restore")
    second = await phone.call("POST", "/v1/recovery/restore", body, key="restore")

    assert first.status_code == 201
    assert second.content == first.content
