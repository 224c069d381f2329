from datetime import timedelta

from programs.facts import CrewMember, decode_facts, encode_facts
from tests.programs.made import AGENT, NOON, SHOP, bought, line


def test_facts_come_back_as_they_were_stored() -> None:
    facts = bought(
        line(quantity=3),
        line(None, amount_minor=None),
        shop_id=SHOP,
        customer_key="k1",
        crew=(CrewMember(AGENT, 6_000),),
        segments=frozenset({"master", "gold"}),
        accepted_at=NOON + timedelta(hours=5),
    )

    again = decode_facts(encode_facts(facts))

    assert again == facts


def test_facts_written_by_a_newer_version_are_still_read() -> None:
    facts = bought()
    stored = encode_facts(facts).replace(b"{", b'{"invented_next_year":[1,2],', 1)

    assert decode_facts(stored) == facts
