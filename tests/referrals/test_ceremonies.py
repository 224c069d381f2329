import pytest

from referrals.ceremonies import PasskeysOff, RelyingParty, relying_party


@pytest.mark.parametrize(
    ("origin", "party"),
    [
        ("https://bonus.example/", RelyingParty("bonus.example", "https://bonus.example")),
        ("https://Bonus.Example:8443", RelyingParty("bonus.example", "https://bonus.example:8443")),
        ("http://127.0.0.1:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://[::1]", RelyingParty("localhost", "http://localhost")),
    ],
)
def test_passkeys_are_for_the_name_of_the_public_address(origin: str, party: RelyingParty) -> None:
    assert relying_party(origin) == party


def test_an_address_that_is_a_number_has_no_passkeys() -> None:
    with pytest.raises(PasskeysOff):
        relying_party("https://192.0.2.1")
