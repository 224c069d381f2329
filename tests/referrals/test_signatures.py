import json
from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from referrals.signatures import KeyRefused, ProofInvalid, PublicKey, checked, read
from tests.phones import Phone

KIND = "dpop+jwt"
PHONE = Phone()


def part(content: Any) -> str:
    return (
        urlsafe_b64encode(content if isinstance(content, bytes) else json.dumps(content).encode()).decode().rstrip("=")
    )


def header(**changed: Any) -> dict[str, Any]:
    return {"typ": KIND, "alg": "ES256", "jwk": PHONE.jwk} | changed


def reason_for(compact: str) -> str:
    with pytest.raises(ProofInvalid) as refused:
        read(compact, kind=KIND)
    return str(refused.value.facts["reason"])


def test_what_a_phone_signs_is_read_with_its_thumbprint() -> None:
    signed = read(PHONE.sign(KIND, {"iat": 5, "jti": "a"}), kind=KIND)

    assert signed.thumbprint == PHONE.thumbprint
    assert signed.claims == {"iat": 5, "jti": "a"}


def test_a_key_as_a_browser_exports_it_is_taken() -> None:
    exported = PHONE.jwk | {"ext": True, "key_ops": ["verify"]}

    key = checked(msgspec.convert(exported, PublicKey))

    assert key.thumbprint == PHONE.thumbprint
    assert key.jwk == PHONE.jwk


def test_one_key_has_one_spelling_and_so_one_thumbprint() -> None:
    # 43 letters hold two bits more than 32 bytes; a key with one of them set would be the same key by another name.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    x = PHONE.jwk["x"]
    respelled = msgspec.structs.replace(PHONE.public_key, x=x[:-1] + letters[letters.index(x[-1]) + 1])

    with pytest.raises(KeyRefused):
        checked(respelled)


def test_a_point_beside_the_curve_is_refused() -> None:
    with pytest.raises(KeyRefused):
        checked(msgspec.structs.replace(PHONE.public_key, x="A" * 43))


@pytest.mark.parametrize(
    "jwk",
    [
        PHONE.key.as_dict(private=True),
        ECKey.generate_key("P-384").as_dict(private=False),
        PHONE.jwk | {"x": "short"},
        {"kty": "oct", "k": "c2VjcmV0"},
    ],
    ids=["private", "other curve", "short", "symmetric"],
)
def test_a_key_of_another_kind_is_not_even_a_request(jwk: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(jwk, PublicKey)


def test_a_changed_letter_breaks_the_signature() -> None:
    head, _, signature = PHONE.sign(KIND, {"iat": 5}).split(".")

    assert reason_for(f"{head}.{part({'iat': 6})}.{signature}") == "signature"


def test_a_signature_by_another_key_than_the_one_inside_is_refused() -> None:
    forged = Phone().sign(KIND, {"iat": 5}, jwk=PHONE.jwk)

    assert reason_for(forged) == "signature"


def test_a_secret_of_the_forgers_own_choice_signs_nothing() -> None:
    # The classic confusion: the public key is known to everybody, so it must never serve as an HMAC secret.
    forged = jws.serialize_compact(header(alg="HS256"), b"{}", OctKey.import_key(PHONE.jwk["x"]), algorithms=["HS256"])

    assert reason_for(forged) == "alg"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"typ": "JWT"}, "typ"),
        ({"typ": 5}, "typ"),
        ({"alg": "none"}, "alg"),
        ({"alg": "RS256"}, "alg"),
        ({"alg": ["ES256"]}, "alg"),
        ({"crit": ["b64"], "b64": False}, "alg"),
        ({"jwk": None}, "jwk"),
        ({"jwk": PHONE.key.as_dict(private=True)}, "jwk"),
    ],
)
def test_a_header_that_says_anything_else_is_refused(changed: dict[str, Any], reason: str) -> None:
    assert reason_for(f"{part(header(**changed))}.{part({})}.{part(b'signature')}") == reason


@pytest.mark.parametrize(
    "compact",
    [
        "",
        ".",
        "...",
        "a.b.c",
        f"{part([])}.e30.AA",
        f"{part('alg')}.e30.AA",
        f"{part(b'[' * 1200)}.e30.AA",
        f"{part(header())}.e30.AA",
        jws.serialize_compact(header(), b"no json", PHONE.key),
        jws.serialize_compact(header(), b"[]", PHONE.key),
        jws.serialize_compact(header(), b"[" * 1200, PHONE.key),
        jws.serialize_compact(header(), b'{"iat": NaN}', PHONE.key),
    ],
)
def test_rubbish_is_refused_like_a_wrong_signature(compact: str) -> None:
    assert reason_for(compact) == "signature"


@pytest.mark.parametrize("compact", ["é", "x" * 2049])
def test_what_no_header_carries_is_not_looked_at(compact: str) -> None:
    assert reason_for(compact) == "form"


@pytest.mark.parametrize("iat", [None, "5", 5.0, True, -1, 2**40, 10**400])
def test_a_moment_is_a_whole_second_that_the_calendar_knows(iat: object) -> None:
    signed = read(PHONE.sign(KIND, {"iat": iat}), kind=KIND)

    with pytest.raises(ProofInvalid) as refused:
        _ = signed.issued_at

    assert refused.value.facts["reason"] == "iat"
