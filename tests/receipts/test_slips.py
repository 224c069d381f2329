from collections.abc import AsyncIterator

import pytest

from codes.recognition import ours
from core.photos import NothingRead, Photos
from core.sightings import Sighting
from receipts.fiscal.frame import ReceiptMalformed
from receipts.slips import CodeKind, NoReceiptOnPhoto, Slip, kind_of, look, slip_of
from tests.photos import Formats, label, saved, sheet
from tests.receipts.made import KAZAKH, RUSSIAN, austrian, austrian_key, german
from tests.receipts.slips import EVIL, MARKING, PACKAGING, PAYMENT, PROMO, slip


@pytest.fixture
async def photos() -> AsyncIterator[Photos]:
    photos = Photos(readers=1, places=1)
    yield photos
    await photos.close()


def seen(*texts: str) -> Slip:
    return slip_of([Sighting(text, 0.5, place / 10) for place, text in enumerate(texts)], ours)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (RUSSIAN, CodeKind.RECEIPT),
        (KAZAKH, CodeKind.RECEIPT),
        (austrian(austrian_key()), CodeKind.RECEIPT),
        (MARKING, CodeKind.MARKING),
        ("https://chek.markirovka.nalog.ru/kc/?kiz=0104600000000008215LKh%27o", CodeKind.MARKING),
        (PACKAGING, CodeKind.PACKAGING),
        (f"HTTPS://MAKER.EXAMPLE/C/{PACKAGING}", CodeKind.PACKAGING),
        (PROMO, CodeKind.PROMO),
        ("4600000000008", CodeKind.ARTICLE),
        (PAYMENT, CodeKind.OTHER),
        (EVIL, CodeKind.OTHER),
        ("https://[::1", CodeKind.OTHER),
    ],
)
def test_each_code_is_known_for_what_it_is(text: str, kind: CodeKind) -> None:
    assert kind_of(text, ours) is kind


def test_of_several_receipts_the_topmost_that_can_be_read_is_handed_in() -> None:
    found = seen(PAYMENT, RUSSIAN.replace("n=1", "n=7"), RUSSIAN, KAZAKH)

    assert found.text == RUSSIAN
    assert [(code.kind, code.format, code.taken) for code in found.codes] == [
        ("other", None, False),
        ("receipt", "ru", False),
        ("receipt", "ru", True),
        ("receipt", "kz", False),
    ]
    assert [code.problem for code in found.codes] == [None, "out_of_range", None, None]


def test_a_receipt_that_cannot_be_read_is_told_as_one() -> None:
    with pytest.raises(ReceiptMalformed) as refused:
        seen(PAYMENT, RUSSIAN.replace("n=1", "n=7"))

    assert refused.value.facts == {"field": "photo", "problem": "out_of_range"}


def test_where_there_is_no_receipt_the_kinds_of_the_codes_are_told_and_no_text() -> None:
    with pytest.raises(NoReceiptOnPhoto) as refused:
        seen(EVIL, PACKAGING)

    assert refused.value.facts == {"codes": ["other", "packaging"]}


async def test_everything_on_a_slip_is_told_apart(photos: Photos) -> None:
    found = await look(photos, slip(PROMO, MARKING, PACKAGING, PAYMENT, receipt=RUSSIAN), ours)

    assert found.text == RUSSIAN
    assert [code.kind for code in found.codes] == ["promo", "marking", "packaging", "other", "receipt"]


async def test_a_large_code_does_not_hide_the_small_one_of_the_receipt(photos: Photos) -> None:
    picture = sheet([label(PAYMENT, scale=60), label(RUSSIAN, scale=3)], columns=1)

    found = await look(photos, saved(picture, "PNG"), ours)

    assert found.text == RUSSIAN


async def test_the_longest_code_of_a_country_is_read(photos: Photos) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    text = german(ec.generate_private_key(ec.BrainpoolP384R1()), algorithm="ecdsa-plain-SHA384")

    assert (await look(photos, saved(label(text, Formats.QRCode)), ours)).text == text


async def test_a_code_of_four_kilobytes_is_left_out(photos: Photos) -> None:
    with pytest.raises(NothingRead):
        await look(photos, saved(label("A" * 4_000, scale=4), "PNG"), ours)
