import pytest

from core.settings import Settings, SettingsRefused, load

NEEDED = {
    "NAPARNIK_DATABASE_URL": "postgresql://naparnik_app@db/naparnik",
    "NAPARNIK_REDIS_URL": "redis://valkey",
    "NAPARNIK_MASTER_KEY_FILE": "/run/secrets/master.key",
    "NAPARNIK_ORIGIN": "https://bonus.example",
}


def test_what_is_needed_is_enough() -> None:
    settings = load(NEEDED | {"PATH": "/bin", "NAPARNIK_SOMETHING_ELSE": "1"})

    assert settings == Settings(
        database_url="postgresql://naparnik_app@db/naparnik",
        redis_url="redis://valkey",
        master_key_file="/run/secrets/master.key",
        origin="https://bonus.example",
    )
    assert settings.environment == "production"


def test_a_variable_is_read_as_its_setting_is_typed() -> None:
    settings = load(NEEDED | {"NAPARNIK_DATABASE_POOL_SIZE": "25", "NAPARNIK_DOCS": "true"})

    assert settings.database_pool_size == 25
    assert settings.docs is True


@pytest.mark.parametrize("name", ["NAPARNIK_DATABASE_URL", "NAPARNIK_REDIS_URL"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    given = {other: one for other, one in (NEEDED | {name: value}).items() if one is not None}

    with pytest.raises(SettingsRefused, match=name):
        load(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NAPARNIK_DATABASE_POOL_SIZE", "ten"),
        ("NAPARNIK_DATABASE_POOL_SIZE", "1.5"),
        ("NAPARNIK_DATABASE_POOL_SIZE", ""),
        ("NAPARNIK_ENVIRONMENT", "staging"),
        ("NAPARNIK_LOG_LEVEL", "loud"),
        ("NAPARNIK_DOCS", "perhaps"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        load(NEEDED | {name: value})


@pytest.mark.parametrize("sources", [[], ["", "_FILE"], ["_FILE", "_COMMAND"], ["", "_FILE", "_COMMAND"]])
def test_the_master_key_comes_from_exactly_one_place(sources: list[str]) -> None:
    given = {name: value for name, value in NEEDED.items() if "MASTER_KEY" not in name}

    with pytest.raises(SettingsRefused, match="MASTER_KEY"):
        load(given | {f"NAPARNIK_MASTER_KEY{source}": "x" for source in sources})


def test_in_production_the_public_address_is_encrypted() -> None:
    plain = NEEDED | {"NAPARNIK_ORIGIN": "http://bonus.example"}

    with pytest.raises(SettingsRefused, match="NAPARNIK_ORIGIN"):
        load(plain)

    assert load(plain | {"NAPARNIK_ENVIRONMENT": "development"}).origin == "http://bonus.example"


@pytest.mark.parametrize("origin", ["openapi.nalog.ru", "https://openapi.nalog.ru/open-api", "file:///etc/passwd"])
def test_a_source_of_receipts_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(SettingsRefused, match="NAPARNIK_FNS_ORIGIN"):
        load(NEEDED | {"NAPARNIK_ENVIRONMENT": "test", "NAPARNIK_FNS_ORIGIN": origin})


def test_in_production_a_source_of_receipts_is_encrypted() -> None:
    plain = NEEDED | {"NAPARNIK_ORIGIN": "https://bonus.example", "NAPARNIK_OOFD_ORIGIN": "http://consumer.oofd.kz"}

    with pytest.raises(SettingsRefused, match="NAPARNIK_OOFD_ORIGIN"):
        load(plain)


def test_codes_are_printed_with_their_own_address_where_there_is_one() -> None:
    plain = NEEDED | {"NAPARNIK_ENVIRONMENT": "test", "NAPARNIK_ORIGIN": "https://bonus.example/"}

    assert load(plain).printed_origin == "https://bonus.example"
    assert load(plain | {"NAPARNIK_CODE_ORIGIN": "https://n.example"}).printed_origin == "https://n.example"


@pytest.mark.parametrize("address", ["https://n.example/shop", "n.example", "https://под.рф", "https://a_b.example"])
def test_an_address_that_capitals_would_change_is_not_printed(address: str) -> None:
    with pytest.raises(SettingsRefused, match="NAPARNIK_CODE_ORIGIN"):
        load(NEEDED | {"NAPARNIK_ENVIRONMENT": "test", "NAPARNIK_CODE_ORIGIN": address})
