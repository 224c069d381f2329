import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import anyio
import pytest

from core.db import execute, fetch_value, transaction
from referrals import possession
from referrals.possession import ProofReplayed, ProofRequired, Proven, prove
from referrals.signatures import FRESH_SECONDS, ProofInvalid
from tests.phones import Phone
from tests.referrals.people import ORIGIN, a_token, count

pytestmark = pytest.mark.usefixtures("database")

URL = f"{ORIGIN}/v1/spends"
TOKEN = a_token()
PHONE = Phone()


def take(proof: str | None, **changed: Any) -> Any:
    request = {"method": "POST", "url": URL, "token": TOKEN, "thumbprint": PHONE.thumbprint}
    return prove(proof, **(request | changed))


async def reason_for(proof: str, **changed: Any) -> str:
    with pytest.raises(ProofInvalid) as refused:
        await take(proof, **changed)
    return str(refused.value.facts["reason"])


async def test_a_phone_proves_that_it_holds_its_key() -> None:
    proven: Proven = await take(PHONE.proof("POST", URL, token=TOKEN))

    assert proven.thumbprint == PHONE.thumbprint
    assert abs((datetime.now(UTC) - proven.at).total_seconds()) < 60


async def test_without_a_proof_it_is_asked_for() -> None:
    with pytest.raises(ProofRequired):
        await take(None)


async def test_a_stolen_token_proves_nothing_from_another_phone() -> None:
    assert await reason_for(Phone().proof("POST", URL, token=TOKEN)) == "jwk"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("htm", "GET"),
        ("htm", "post"),
        ("htu", f"{ORIGIN}/v1/spends/"),
        ("htu", "https://elsewhere.example/v1/spends"),
        ("htu", "http://["),
        ("htu", None),
        ("ath", possession.token_hash(a_token())),
        ("ath", None),
        ("jti", ""),
        ("jti", 5),
        ("jti", "x" * 5000),
        ("iat", None),
    ],
    ids=range(12),
)
async def test_a_proof_holds_for_one_request_alone(claim: str, value: object) -> None:
    proof = PHONE.proof("POST", URL, token=TOKEN, **{claim: value})

    assert await reason_for(proof) in {claim, "form"}
    assert await count("used_proof") == 0


async def test_a_query_is_no_part_of_the_proof() -> None:
    proven = await take(PHONE.proof("POST", f"{URL}?asset=BON#top", token=TOKEN))

    assert proven.thumbprint == PHONE.thumbprint


async def test_a_proof_without_a_token_serves_whoever_has_none_yet() -> None:
    proven = await take(PHONE.proof("POST", URL), token=None, thumbprint=None)

    assert proven.thumbprint == PHONE.thumbprint


@pytest.mark.parametrize("off_seconds", [-FRESH_SECONDS - 5, FRESH_SECONDS + 5, 2**39])
async def test_a_phone_whose_clock_is_wrong_learns_the_time(off_seconds: int) -> None:
    proof = PHONE.proof("POST", URL, token=TOKEN, iat=int(time.time()) + off_seconds)

    with pytest.raises(ProofInvalid) as refused:
        await take(proof)

    assert refused.value.facts["reason"] == "iat"
    assert abs((datetime.now(UTC) - refused.value.facts["server_time"]).total_seconds()) < 60
    assert await count("used_proof") == 0


@pytest.mark.parametrize("off_seconds", [-FRESH_SECONDS + 10, FRESH_SECONDS - 10])
async def test_a_clock_that_is_some_minutes_off_is_taken(off_seconds: int) -> None:
    assert await take(PHONE.proof("POST", URL, token=TOKEN, iat=int(time.time()) + off_seconds))


async def test_a_proof_is_taken_once() -> None:
    proof = PHONE.proof("POST", URL, token=TOKEN)
    await take(proof)

    with pytest.raises(ProofReplayed):
        await take(proof)


async def test_a_proof_is_taken_once_however_many_present_it_at_once() -> None:
    proof, replayed = PHONE.proof("POST", URL, token=TOKEN), 0

    async def present() -> None:
        nonlocal replayed
        try:
            async with transaction():
                await take(proof)
        except ProofReplayed:
            replayed += 1

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(present)

    assert replayed == 29


async def test_two_phones_may_choose_the_same_number() -> None:
    other = Phone()
    await take(PHONE.proof("POST", URL, token=TOKEN, jti="1"))

    await take(other.proof("POST", URL, token=TOKEN, jti="1"), thumbprint=other.thumbprint)

    assert await count("used_proof") == 2


async def test_what_came_to_nothing_did_not_use_its_proof_up() -> None:
    proof = PHONE.proof("POST", URL, token=TOKEN)
    with suppress(ZeroDivisionError):
        async with transaction():
            await take(proof)
            _ = 1 / 0

    assert await take(proof)


async def test_a_proof_is_remembered_as_long_as_it_is_fresh() -> None:
    await take(PHONE.proof("POST", URL, token=TOKEN, iat=int(time.time()) + FRESH_SECONDS - 10))

    kept_seconds = await fetch_value("SELECT extract(epoch FROM expires_at - now())::int FROM used_proof")
    assert kept_seconds > 2 * FRESH_SECONDS - 60

    await possession.forget_old()
    while_fresh = await count("used_proof")
    await execute("UPDATE used_proof SET expires_at = now() - interval '1 second'")
    await possession.forget_old()

    assert (while_fresh, await count("used_proof")) == (1, 0)
