"""Keys of tills that sign, vouched for over HTTP: whose receipts are believed from then on."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from receipts import signers
from receipts.fiscal.registry import judge
from receipts.tills import Signer
from tests.driver import Driver
from tests.receipts.made import SERIAL, austrian, austrian_key, b64


def encoded(key: ec.EllipticCurvePrivateKey) -> str:
    return b64(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


async def test_a_pinned_key_proves_its_receipts_and_refuses_anothers(driver: Driver) -> None:
    key = austrian_key()

    pinned = await driver.owner(
        "PUT", "/v1/fiscal-keys", {"format": "at", "signer": SERIAL.upper(), "key": encoded(key)}
    )
    ring = await signers.ring_of(Signer("at", SERIAL))
    listed = await driver.owner("GET", "/v1/fiscal-keys")

    assert (pinned["signer"], pinned["source"], len(pinned["keys"])) == (SERIAL, "pinned", 1)
    assert listed["keys"] == [pinned]
    assert judge(austrian(key), ring).trust.value == "signed"
    assert judge(austrian(austrian_key()), ring).refusal is not None


async def test_what_is_no_key_is_not_pinned(driver: Driver) -> None:
    body = {"format": "de", "signer": "TSE-1", "key": "AAAA"}

    answer = await driver.call("PUT", "/v1/fiscal-keys", body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "fiscal_key_unreadable")
    assert (await driver.owner("GET", "/v1/fiscal-keys"))["keys"] == []
