import httpx
import pytest

from api import callers
from core.settings import Settings
from tests.api.phoning import Installer, refusal
from tests.phones import Phone
from tests.referrals.people import told


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def new_phone(installer: Installer) -> tuple[Installer, str]:
    """A phone that asks to be let in, and what its QR says."""
    phone = Installer(installer.http, installer.origin)
    asked = await phone.call("POST", "/v1/device-links", {"public_key": phone.phone.jwk, "device_name": "Pixel"})
    assert asked.status_code == 201, asked.text
    return phone, asked.json()["secret"]


async def linked(installer: Installer) -> Installer:
    phone, secret = await new_phone(installer)
    approved = await installer.prove("POST", "/v1/device-links/approve", {"secret": secret})
    assert approved.status_code == 201, approved.text
    return phone.holding(await phone.prove("POST", "/v1/devices/token"))


async def test_an_old_phone_lets_a_new_one_in(installer: Installer) -> None:
    phone = await linked(installer)

    listed = await phone.read("/v1/devices")

    assert phone.agent_id == installer.agent_id
    assert [device["name"] for device in listed["devices"]] == ["Pixel", "Redmi"]
    assert "device_linked" in await told(installer.agent_id)


async def test_a_new_phone_gets_no_token_before_it_is_approved(installer: Installer) -> None:
    phone, _ = await new_phone(installer)

    answer = await phone.prove("POST", "/v1/devices/token")

    assert refusal(answer) == (401, "unauthorized")


async def test_the_secret_alone_gives_nobody_a_token(installer: Installer) -> None:
    phone, secret = await new_phone(installer)
    await installer.prove("POST", "/v1/device-links/approve", {"secret": secret})
    thief = Installer(installer.http, installer.origin)

    stolen = await thief.prove("POST", "/v1/devices/token")
    again = await thief.call("POST", "/v1/device-links/approve", {"secret": secret})

    assert refusal(stolen) == (401, "unauthorized")
    assert again.status_code == 401
    assert (await phone.prove("POST", "/v1/devices/token")).status_code == 201


async def test_a_new_phone_sees_everything_and_moves_nothing(installer: Installer) -> None:
    phone = await linked(installer)
    _, secret = await new_phone(installer)

    spend = await phone.prove("POST", "/v1/spends", {"amount_minor": 1, "asset": "BON", "purpose": "Дрель"})
    link = await phone.prove("POST", "/v1/device-links/approve", {"secret": secret})
    close = await phone.prove("DELETE", "/v1/agents/me")

    assert await phone.read("/v1/wallet") == await installer.read("/v1/wallet")
    assert {refusal(answer) for answer in (spend, link, close)} == {(403, "device_waits")}
    assert spend.json()["facts"]["spends_from"].endswith("Z")


async def test_a_rotated_token_is_worth_nothing(installer: Installer) -> None:
    old = installer.token

    installer.holding(await installer.prove("POST", "/v1/devices/token"))
    callers.forget()
    with_new = await installer.call("GET", "/v1/wallet")
    installer.token = old
    with_old = await installer.call("GET", "/v1/wallet")

    assert with_new.status_code == 200
    assert refusal(with_old) == (401, "unauthorized")
    assert await told(installer.agent_id) == ["token_renewed"]


async def test_a_revoked_phone_is_told_that_it_is(installer: Installer) -> None:
    phone = await linked(installer)
    device_id = (await phone.read("/v1/agents/me"))["device_id"]

    revoked = await installer.prove("DELETE", f"/v1/devices/{device_id}")
    callers.forget()

    assert revoked.status_code == 200
    assert refusal(await phone.call("GET", "/v1/wallet")) == (401, "device_revoked")
    assert refusal(await phone.prove("POST", "/v1/devices/token")) == (401, "device_revoked")


async def test_a_stolen_token_moves_nothing(installer: Installer) -> None:
    thief = Installer(installer.http, installer.origin)
    thief.token = installer.token
    device_id = (await installer.read("/v1/agents/me"))["device_id"]

    answers = [
        await thief.prove("DELETE", f"/v1/devices/{device_id}"),
        await thief.prove("POST", "/v1/spends", {"amount_minor": 1, "asset": "BON", "purpose": "x"}),
        await thief.prove("POST", "/v1/recovery", {"kind": "qr", "public_key": Phone().jwk}),
        await thief.prove("DELETE", "/v1/agents/me"),
    ]

    assert {refusal(answer) for answer in answers} == {(401, "proof_invalid")}
    assert {answer.json()["facts"]["reason"] for answer in answers} == {"jwk"}


async def test_another_agents_phone_is_not_there(installer: Installer) -> None:
    other = await Installer(installer.http, installer.origin).enrol()
    device_id = (await other.read("/v1/agents/me"))["device_id"]

    answer = await installer.prove("DELETE", f"/v1/devices/{device_id}")

    assert refusal(answer) == (404, "not_found")


async def test_a_proof_counts_for_the_configured_origin_whatever_host_is_named(installer: Installer) -> None:
    proof = installer.phone.proof("DELETE", "http://evil.example/v1/agents/me", token=installer.token)
    headers = {"Authorization": f"Bearer {installer.token}", "Host": "evil.example", "DPoP": proof}

    answer = await installer.http.request("DELETE", "/v1/agents/me", headers=headers)

    assert refusal(answer) == (401, "proof_invalid")
    assert answer.json()["facts"]["reason"] == "htu"


async def test_two_proofs_at_once_are_none(installer: Installer) -> None:
    proofs = [("DPoP", installer.proof("DELETE", "/v1/agents/me")) for _ in range(2)]

    answer = await installer.http.request(
        "DELETE", "/v1/agents/me", headers=[("Authorization", f"Bearer {installer.token}"), *proofs]
    )

    assert answer.json()["facts"]["reason"] == "form"


async def test_a_repeated_request_with_its_old_proof_gets_its_answer_again(installer: Installer) -> None:
    _, secret = await new_phone(installer)
    path, body = "/v1/device-links/approve", {"secret": secret}
    proof = installer.proof("POST", path)

    first = await installer.call("POST", path, body, proof=proof, key="approve")
    second = await installer.call("POST", path, body, proof=proof, key="approve")
    other = await installer.call("POST", path, body, proof=proof, key="another")

    assert (first.status_code, second.content) == (201, first.content)
    assert refusal(other) == (401, "proof_replayed")
