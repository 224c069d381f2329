from typing import Any

import httpx
import pytest

from api import callers
from core.settings import Settings
from tests.api.phoning import Installer, refusal
from tests.authenticators import Authenticator
from tests.referrals.people import give, told

OPTIONS, SAVE = "/v1/recovery/passkey/options", "/v1/recovery/passkey"
RESTORE = "/v1/recovery/passkey/restore"


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def saved(installer: Installer) -> Authenticator:
    """A passkey that the installer's phone has made."""
    passkey = Authenticator()
    asked = await installer.prove("POST", OPTIONS)
    assert asked.status_code == 201, asked.text
    made = passkey.making(asked.json()["options"]["challenge"])
    answer = await installer.prove("POST", SAVE, {"credential": made})
    assert answer.status_code == 201, answer.text
    return passkey


async def body_of(passkey: Authenticator, phone: Installer, **changed: Any) -> dict[str, Any]:
    """What a new phone sends after a passkey has signed for it."""
    asked = await phone.call("POST", f"{RESTORE}/options", {"public_key": phone.phone.jwk})
    assert asked.status_code == 201, asked.text
    used = passkey.using(**({"challenge": asked.json()["options"]["challenge"]} | changed))
    return {"credential": used, "public_key": phone.phone.jwk, "device_name": "Pixel"}


async def restore(passkey: Authenticator, phone: Installer, **changed: Any) -> httpx.Response:
    return await phone.call("POST", RESTORE, await body_of(passkey, phone, **changed))


async def test_a_passkey_brings_the_wallet_to_a_new_phone_and_the_old_one_is_told(installer: Installer) -> None:
    await give(installer.agent_id, 500)
    passkey, phone = await saved(installer), Installer(installer.http, installer.origin)

    phone.holding(await restore(passkey, phone))
    callers.forget()

    assert (phone.agent_id, phone.alias) == (installer.agent_id, installer.alias)
    assert (await phone.read("/v1/wallet"))["balances"][0]["available_minor"] == 500
    assert refusal(await installer.call("GET", "/v1/wallet")) == (401, "device_revoked")


async def test_the_restored_phone_spends_nothing_yet(installer: Installer) -> None:
    await give(installer.agent_id, 500)
    passkey, phone = await saved(installer), Installer(installer.http, installer.origin)
    phone.holding(await restore(passkey, phone))

    spend = await phone.prove("POST", "/v1/spends", {"amount_minor": 100, "asset": "BON", "purpose": "Bits"})

    assert refusal(spend) == (403, "device_waits")


async def test_what_a_phone_is_asked_for_is_as_platforms_take_it(installer: Installer) -> None:
    options = (await installer.prove("POST", OPTIONS)).json()["options"]

    assert options["rp"] == {"id": "localhost", "name": "Напарник"}
    assert options["user"]["displayName"] == installer.alias
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["attestation"], options["timeout"]) == ("none", 300_000)
    assert {"alg": -7, "type": "public-key"} in options["pubKeyCredParams"]


async def test_a_passkey_is_saved_by_a_proof_alone(installer: Installer) -> None:
    asked = await installer.prove("POST", OPTIONS)
    made = Authenticator().making(asked.json()["options"]["challenge"])

    for path, body in ((OPTIONS, None), (SAVE, {"credential": made})):
        assert refusal(await installer.call("POST", path, body)) == (401, "proof_required")


async def test_the_passkey_is_listed_and_can_be_removed(installer: Installer) -> None:
    passkey = await saved(installer)
    listed = await installer.read("/v1/recovery")
    unproven = await installer.call("DELETE", "/v1/recovery")
    removed = await installer.prove("DELETE", "/v1/recovery")
    again = await installer.prove("DELETE", "/v1/recovery")

    assert listed["kind"] == "passkey"
    assert refusal(unproven) == (401, "proof_required")
    assert (removed.status_code, removed.json()["kind"]) == (200, None)
    assert refusal(again) == (404, "not_found")
    assert refusal(await restore(passkey, Installer(installer.http, installer.origin))) == (409, "recovery_used")


async def test_a_passkey_used_twice_is_refused_and_the_journal_tells_of_it(installer: Installer) -> None:
    passkey = await saved(installer)
    await restore(passkey, Installer(installer.http, installer.origin))

    again = await restore(passkey, Installer(installer.http, installer.origin))

    assert refusal(again) == (409, "recovery_used")
    assert (await told(installer.agent_id))[-1] == "recovery_refused"


async def test_a_repeated_restoration_gets_the_same_token(installer: Installer) -> None:
    passkey, phone = await saved(installer), Installer(installer.http, installer.origin)
    body = await body_of(passkey, phone)

    first = await phone.call("POST", RESTORE, body, key="restore")
    second = await phone.call("POST", RESTORE, body, key="restore")

    assert first.status_code == 201
    assert second.content == first.content


@pytest.mark.parametrize("key", ["kept", None])
async def test_an_answer_that_does_not_hold_is_good_for_nothing_else(installer: Installer, key: str | None) -> None:
    passkey, phone = await saved(installer), Installer(installer.http, installer.origin)
    body = await body_of(passkey, phone, verified=False)
    headers = {"Idempotency-Key": key} if key else {}

    refused = await installer.http.post(RESTORE, json=body, headers=headers)
    again = await phone.call("POST", RESTORE, body)

    assert refusal(refused) == (422, "passkey_refused")
    assert (refused.json()["facts"]["reason"], again.json()["facts"]["reason"]) == ("answer", "challenge")


async def test_a_copy_of_a_passkey_is_refused_and_the_owner_is_warned(installer: Installer) -> None:
    passkey = Authenticator(carried=False)
    asked = (await installer.prove("POST", OPTIONS)).json()["options"]
    await installer.prove("POST", SAVE, {"credential": passkey.making(asked["challenge"])})

    answer = await restore(passkey, Installer(installer.http, installer.origin), count=1)

    assert refusal(answer) == (409, "passkey_copied")
    assert (await told(installer.agent_id))[-1] == "recovery_refused"
