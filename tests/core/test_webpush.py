"""Messages for browsers, held against the example of RFC 8291 (section 5) and read from the receiver's side."""

from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from core import webpush
from core.webpush import decoded, encoded
from tests.push_service import AUTH, Browser, PushService

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(text)), ec.SECP256R1())


def test_the_example_of_the_standard_comes_out_byte_for_byte() -> None:
    body = webpush.encrypted(
        b"When I grow up, I want to be a watermelon",
        receiver=decoded("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        auth=decoded("BTBZMqHH6r4Tts7J_aSIgg"),
        sender=private("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        salt=decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_only_the_browser_that_it_is_for_opens_it() -> None:
    browser, other = Browser(), Browser()
    receiver = decoded(browser.subscription("")["keys"]["p256dh"])

    body = webpush.encrypted(b'{"kind":"credited"}', receiver=receiver, auth=AUTH)

    assert browser.opened(body) == b'{"kind":"credited"}'
    with pytest.raises(InvalidTag):
        other.opened(body)


def test_no_two_messages_are_alike() -> None:
    receiver = decoded(Browser().subscription("")["keys"]["p256dh"])

    bodies = {webpush.encrypted(b"same", receiver=receiver, auth=AUTH) for _ in range(20)}

    assert len(bodies) == 20


@pytest.mark.parametrize("receiver", [b"", bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_what_is_no_point_of_the_curve_is_refused(receiver: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        webpush.encrypted(b"", receiver=receiver, auth=AUTH)


@pytest.mark.usefixtures("_schema")
async def test_the_sender_proves_who_he_is() -> None:
    header = webpush.proof("https://push.example", contact="mailto:a@maker.example", now=NOW)

    claims = PushService().claims({"authorization": header})

    assert header.endswith(f"k={webpush.public_key()}")
    assert claims == {
        "aud": "https://push.example",
        "sub": "mailto:a@maker.example",
        "exp": int(NOW.timestamp()) + 43_200,
    }
