from collections.abc import Callable
from io import BytesIO

import msgspec
import pytest
from PIL import Image

from codes.drawings import promo_cards, scene_pens
from codes.drawings.colours import Ink
from codes.drawings.labels import LabelTooSmall
from codes.drawings.letters import LettersUnknown, width
from codes.drawings.pictures import Format
from codes.drawings.promo_frames import Frame, framed
from codes.drawings.promo_leaflets import leaflet
from codes.drawings.promo_parts import PromoPrint
from codes.drawings.promo_stories import story
from codes.drawings.reading import DrawingUnreadable
from codes.drawings.scenes import Box, Dots, Scene, Text
from codes.promo_handouts import FORMATS, FormatNotDrawn, HandoutKind, WantedHandout, draw
from codes.promo_offers import PromoOffer
from referrals.words import Language
from tests.codes.drawings.paper import rendered, said, sizes_mm
from tests.codes.drawings.promo import EN, LONGEST, LONGEST_MARKS, MARKS, RU, a_print, pictures, read

OFFERS: dict[Language, PromoOffer] = {"ru": RU, "en": EN}
CODES: dict[Language, str] = {"ru": "МАСТЕР2026", "en": "K7M2X9QA"}
EACH = [(kind, form) for kind, forms in FORMATS.items() for form in forms]
DIGITS = "2971779640897"


def meant(kind: HandoutKind, language: Language) -> list[str]:
    """What has to be read from a handout."""
    about = a_print(CODES[language])
    code_128 = [about.text] if kind is HandoutKind.LEAFLET and about.text.isascii() else []
    return sorted([about.address, DIGITS, *code_128] * (10 if kind is HandoutKind.CARD else 1))


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(("kind", "form"), EACH)
def test_every_handout_reads_as_its_code(kind: HandoutKind, form: Format, language: Language) -> None:
    about = a_print(CODES[language], OFFERS[language], language=language, marks=MARKS)

    [picture] = pictures(draw(about, WantedHandout(kind, language, form)), form)

    assert read(picture) == meant(kind, language)


@pytest.mark.parametrize("form", FORMATS[HandoutKind.QR])
@pytest.mark.parametrize("frame", Frame)
@pytest.mark.parametrize("text", ["K7M2X9QA", "ТЁПЛЫЙПОЛИКОТЁЛ12345"])
def test_every_frame_has_its_bars_in_the_makers_colours_and_a_bare_qr_has_none(
    text: str, frame: Frame, form: Format
) -> None:
    about = a_print(text, ink=Ink("#7A0F2B", "#FFF8F0"))

    [picture] = pictures(draw(about, WantedHandout(HandoutKind.QR, format=form, frame=frame)), form)

    assert read(picture) == ([about.address] if frame is Frame.NONE else [DIGITS, about.address])


@pytest.mark.parametrize("kind", HandoutKind)
def test_the_longest_offer_of_the_longest_code_fits_on_everything(kind: HandoutKind) -> None:
    about = a_print("ТЁПЛЫЙПОЛИКОТЁЛ12345", LONGEST, language="ru", marks=LONGEST_MARKS)
    form = FORMATS[kind][0]

    [picture] = pictures(draw(about, WantedHandout(kind, "ru", form)), form)

    assert about.address in read(picture)


@pytest.mark.parametrize("frame", [Frame.ROUND, Frame.SQUARE])
def test_the_code_stands_in_letters_between_its_frame_and_its_bars(frame: Frame) -> None:
    scene = framed(a_print("ЁЙЁЙЁЙ"), frame)

    [code] = [item for item in scene.items if isinstance(item, Text) and item.text == "ЁЙЁЙЁЙ"]

    edge = max(item.top + item.height for item in scene.items if isinstance(item, Box) and item.radius)
    bars = min(item.top for item in scene.items if isinstance(item, Dots) and item.top > edge)
    assert edge < code.base - 0.88 * code.size
    assert code.base + 0.25 * code.size < bars


@pytest.mark.parametrize("scene_of", [promo_cards.card, leaflet, story, lambda about: framed(about, Frame.ROUND)])
def test_no_word_leaves_the_paper(scene_of: Callable[[PromoPrint], Scene]) -> None:
    scene = scene_of(a_print("ТЁПЛЫЙПОЛИКОТЁЛ12345", LONGEST, language="ru", marks=LONGEST_MARKS))

    lines = [item for item in scene.items if isinstance(item, Text)]

    assert all(line.left >= 0 and line.base <= scene.height - 1 for line in lines)
    assert all(line.left + width(line.text, line.weight) * line.size <= scene.width for line in lines)


@pytest.mark.parametrize("scene_of", [promo_cards.card, leaflet, story])
def test_an_accent_of_the_code_touches_no_other_word(scene_of: Callable[[PromoPrint], Scene]) -> None:
    about = a_print("ЁЙЁЙЁЙ", RU, language="ru")

    said = [item for item in scene_of(about).items if isinstance(item, Text)]

    label, code = (next(one for one in said if one.text == text) for text in (about.words.code, about.text))
    # Letters hang a quarter of their size below the line, an accent stands up to nine tenths above it.
    assert label.base + 0.25 * label.size <= code.base - 0.88 * code.size


def test_a_card_without_room_for_the_sentence_sends_to_the_page() -> None:
    scene = promo_cards.card(a_print(offer=LONGEST))

    assert "The QR code opens the terms." in " ".join(item.text for item in scene.items if isinstance(item, Text))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_leaflet_says_everything_in_words(language: Language) -> None:
    about = a_print(CODES[language], OFFERS[language], language=language)

    [words] = said(draw(about, WantedHandout(HandoutKind.LEAFLET, language)))

    told = " ".join(words.split())
    offer = about.offer
    for part in (about.text, offer.maker, offer.headline, offer.sentence, offer.validity, offer.shops):
        assert " ".join(part.split()) in told


def test_a_story_has_the_size_that_messengers_ask_for() -> None:
    picture = Image.open(BytesIO(draw(a_print(), WantedHandout(HandoutKind.STORY))))

    assert picture.size == (1080, 1920)


def test_ten_cards_lie_between_crop_marks_that_no_card_touches() -> None:
    sheet = draw(a_print(), WantedHandout(HandoutKind.CARD))

    [page] = rendered(sheet, dots_an_inch=254)
    dark_at = [place for place in range(2100) if page.getpixel((place, 60)) != (255, 255, 255)]

    assert sizes_mm(sheet) == [(210.0, 297.0)]
    assert [round(place, -1) for place in dark_at] == [200, 1050, 1900]


def test_a_leaflet_is_a5() -> None:
    assert sizes_mm(draw(a_print(), WantedHandout(HandoutKind.LEAFLET))) == [(148.0, 210.0)]


@pytest.mark.parametrize("scene_of", [lambda about: framed(about, Frame.ROUND), leaflet, story])
def test_marks_of_advertising_stand_whole_on_what_has_them(scene_of: Callable[[PromoPrint], Scene]) -> None:
    plain, marked = (
        " ".join(item.text for item in scene_of(a_print(marks=marks)).items if isinstance(item, Text))
        for marks in ("", LONGEST_MARKS)
    )

    assert "erid" not in plain
    assert " ".join(LONGEST_MARKS.split()) in marked


def test_a_kind_is_drawn_in_its_formats_only() -> None:
    with pytest.raises(FormatNotDrawn) as refused:
        draw(a_print(), WantedHandout(HandoutKind.STORY, format=Format.PDF))

    assert refused.value.facts["formats"] == ["png"]


@pytest.mark.parametrize("form", FORMATS[HandoutKind.LEAFLET])
def test_letters_that_cannot_be_drawn_are_refused_in_every_format(form: Format) -> None:
    offer = PromoOffer("漢字", "−5%", "5% off.", "", "", "")

    with pytest.raises(LettersUnknown):
        draw(a_print(offer=offer), WantedHandout(HandoutKind.LEAFLET, format=form))


def test_a_symbol_too_small_for_its_place_is_refused() -> None:
    about = msgspec.structs.replace(a_print(), address="HTTPS://BONUS.EXAMPLE/P/" + "A" * 400)

    with pytest.raises(LabelTooSmall):
        promo_cards.card(about)


@pytest.mark.parametrize("scene", [leaflet(a_print()), story(a_print()), framed(a_print(), Frame.ROUND)])
def test_nothing_unreadable_leaves(scene: Scene) -> None:
    spoilt = Scene(
        scene.width,
        scene.height,
        (*scene.items, Box(0, scene.height / 2, scene.width, scene.height / 4, "#888888")),
        scene.symbols,
    )

    for pen in (scene_pens.png, scene_pens.svg, scene_pens.pdf):
        with pytest.raises(DrawingUnreadable):
            pen(spoilt)


def test_an_address_is_in_capitals_and_stays_in_the_letters_that_a_qr_packs_closely() -> None:
    assert a_print("K7M2X9QA").address == "HTTPS://BONUS.EXAMPLE/P/K7M2X9QA"
    assert a_print("ЗИМА").address == "HTTPS://BONUS.EXAMPLE/P/%D0%97%D0%98%D0%9C%D0%90"
