import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core import photo_reader
from core.coalescer import QueueFull
from core.photos import NothingRead, Photos, PhotoTooLarge, PhotoUnreadable, UnsupportedPhoto
from core.sightings import SIGHTINGS_MAX, kind_of
from tests.photos import OTHER_KINDS, Formats, hostile, label, photo, saved, sheet, twenty_thousand_passes

CODE = "8WBJF619H3AR21VM"
NOBODY = UUID(int=0)
GPS_IFD, GPS_LATITUDE = 34_853, 2
ORIENTATION, TURNED_RIGHT = 274, 6
PATIENCE_SECONDS = 1.0


@pytest.fixture
async def photos() -> AsyncIterator[Photos]:
    photos = Photos(readers=1, places=3)
    yield photos
    await photos.close()


async def texts(photos: Photos, picture: bytes) -> list[str]:
    return [sighting.text for sighting in await photos.look(picture)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("symbology", [Formats.QRCode, Formats.DataMatrix], ids=["QR", "DataMatrix"])
async def test_a_code_is_read(photos: Photos, kind: str, symbology: object) -> None:
    assert await texts(photos, saved(label(CODE, symbology), kind)) == [CODE]


@pytest.mark.parametrize("turned", [0, 37, 90, 180, 270])
async def test_a_code_is_read_whichever_way_it_is_held(photos: Photos, turned: int) -> None:
    picture = label(CODE).rotate(turned, expand=True, fillcolor=255)

    assert await texts(photos, saved(picture)) == [CODE]


async def test_a_code_in_white_on_black_is_read(photos: Photos) -> None:
    assert await texts(photos, saved(label(CODE).point(lambda value: 255 - value), "PNG")) == [CODE]


async def test_a_code_on_nothing_is_read(photos: Photos) -> None:
    drawn = label(CODE)
    picture = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), mask=drawn.point(lambda value: 255 - value))

    assert await texts(photos, saved(picture, "PNG")) == [CODE]


async def test_all_codes_of_a_photo_are_read_each_once_from_top_to_bottom(photos: Photos) -> None:
    wanted = [f"CODE{number}" for number in range(12)]

    picture = sheet([label(text) for text in (*wanted, wanted[0])], columns=3)

    assert await texts(photos, saved(picture)) == wanted


async def test_the_bars_of_the_pack_do_not_hide_the_code_beside_them(photos: Photos) -> None:
    bars = label("4600000000008", Formats.EAN13)

    assert set(await texts(photos, saved(sheet([bars, label(CODE)])))) == {"4600000000008", CODE}


async def test_of_very_many_codes_the_topmost_are_answered(photos: Photos) -> None:
    wanted = [f"{number}" for number in range(100, 355)]

    picture = saved(sheet([label(text, scale=3) for text in wanted], columns=15))

    assert await texts(photos, picture) == wanted[:SIGHTINGS_MAX]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "https://elsewhere.example/?c=1", "A" * 500, "no\nlines", "a\0b", "РУС"]
)
async def test_a_text_is_handed_on_as_it_is(photos: Photos, text: str) -> None:
    assert await texts(photos, photo(text)) == [text]


async def test_a_text_that_is_too_long_for_a_code_is_left_out(photos: Photos) -> None:
    with pytest.raises(NothingRead):
        await photos.look(photo("A" * 4_000))


async def test_a_photo_without_a_code_says_so(photos: Photos) -> None:
    with pytest.raises(NothingRead):
        await photos.look(saved(Image.new("L", (600, 400), 128)))


async def test_a_copy_shows_the_same_and_says_nothing_else(photos: Photos) -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (55.0, 45.0, 7.0)
    exif[ORIENTATION] = TURNED_RIGHT
    picture = sheet([label(CODE), label("SIXTEEN SYMBOLS.")], columns=2).convert("RGB")
    picture = picture.resize((picture.width * 8, picture.height * 8))
    sent = saved(picture, exif=exif.tobytes(), comment=b"whose it is") + b"PK\x03\x04 another file"

    copied = Image.open(BytesIO(await photos.copy(sent)))

    assert (copied.format, copied.size) == ("JPEG", (800, 1_600))
    assert not copied.getexif()
    assert not {"exif", "comment", "icc_profile"} & copied.info.keys()
    assert await texts(photos, saved(copied)) == [CODE, "SIXTEEN SYMBOLS."]


async def test_what_cannot_be_opened_cannot_be_copied(photos: Photos) -> None:
    for picture in (b"\xff\xd8\xff" + bytes(100), saved(Image.new("L", (10_000, 10_000)), quality=1), b"GIF89a"):
        with pytest.raises((PhotoUnreadable, PhotoTooLarge, UnsupportedPhoto)):
            await photos.copy(picture)


@pytest.mark.parametrize("name", OTHER_KINDS)
async def test_what_is_no_photo_never_reaches_a_decoder(photos: Photos, name: str) -> None:
    with pytest.raises(UnsupportedPhoto):
        await photos.look(OTHER_KINDS[name])

    assert photos._idle == []


async def test_hostile_pictures_are_refused_at_once_with_little_memory(photos: Photos) -> None:
    await photos.look(photo(CODE))
    took: dict[str, float] = {}

    for name, picture in hostile():
        started = processor_seconds(photos)
        with pytest.raises((PhotoUnreadable, PhotoTooLarge, NothingRead)):
            await photos.look(picture)
        took[name] = processor_seconds(photos) - started

    assert {name: seconds for name, seconds in took.items() if seconds > PATIENCE_SECONDS} == {}
    assert peak_mb(photos) < 300
    assert await texts(photos, photo(CODE)) == [CODE]


async def test_a_picture_of_very_many_passes_is_refused_by_a_reader_that_outlives_it(photos: Photos) -> None:
    await photos.look(photo(CODE))
    [reader] = photos._idle

    with pytest.raises(PhotoUnreadable):
        await photos.look(twenty_thousand_passes())

    assert photos._idle == [reader]


async def test_a_film_behind_a_photo_is_none_of_its_passes(photos: Photos) -> None:
    film = b"\xff\xda\x00\x02" * 100

    assert await texts(photos, photo(CODE) + film) == [CODE]


def processor_seconds(photos: Photos) -> float:
    """What the idle reader has used of a processor, whatever else the machine does; nothing where it has just died."""
    if not photos._idle:
        return 0.0
    [reader] = photos._idle
    fields = Path(f"/proc/{reader.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(photos: Photos) -> float:
    """The most memory that the idle reader has ever had."""
    [reader] = photos._idle
    status = Path(f"/proc/{reader.process.pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


async def test_a_reader_that_dies_is_replaced(photos: Photos) -> None:
    await photos.look(photo(CODE))
    [reader] = photos._idle
    os.kill(reader.process.pid, signal.SIGKILL)

    with pytest.raises(PhotoUnreadable):
        await photos.look(photo(CODE))

    assert await texts(photos, photo(CODE)) == [CODE]


async def test_a_reader_that_does_not_answer_is_killed_and_replaced(
    photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    await photos.look(photo(CODE))
    [reader] = photos._idle
    os.kill(reader.process.pid, signal.SIGSTOP)
    monkeypatch.setattr("core.photos._SECONDS_MAX", 0.3)

    with pytest.raises(QueueFull):
        await photos.look(photo(CODE))

    assert reader.process.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert await texts(photos, photo(CODE)) == [CODE]


async def test_a_caller_who_leaves_takes_his_reader_with_him(photos: Photos) -> None:
    await photos.look(photo(CODE))
    [reader] = photos._idle
    os.kill(reader.process.pid, signal.SIGSTOP)
    looking = asyncio.create_task(photos.look(photo(CODE)))
    await asyncio.sleep(0.05)

    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking

    assert await texts(photos, photo(CODE)) == [CODE]


async def test_a_reader_can_open_no_file_and_start_no_process_and_knows_no_secret(photos: Photos) -> None:
    await photos.look(photo(CODE))
    [reader] = photos._idle
    of = Path(f"/proc/{reader.process.pid}")

    limits = {line[:26].strip(): line[26:].split()[0] for line in (of / "limits").read_text().splitlines()[1:]}

    assert limits["Max open files"] == "3"
    assert limits["Max file size"] == limits["Max processes"] == limits["Max core file size"] == "0"
    assert "NoNewPrivs:\t1" in (of / "status").read_text()
    assert b"NAPARNIK" not in (of / "environ").read_bytes()


async def test_places_are_few_and_nobody_has_all_of_them(photos: Photos) -> None:
    one, other = uuid4(), uuid4()

    with photos.place(one), photos.place(one):
        with pytest.raises(QueueFull), photos.place(one):
            pass
        with photos.place(other), pytest.raises(QueueFull), photos.place(NOBODY):
            pass

    with photos.place(one), photos.place(one), photos.place(other):
        pass


async def test_many_photos_at_once_all_get_their_own_answer(photos: Photos) -> None:
    wanted = [f"CODE{number}" for number in range(20)]

    seen = await asyncio.gather(*(texts(photos, photo(text)) for text in wanted))

    assert seen == [[text] for text in wanted]


@given(
    st.binary(max_size=64)
    | st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]).flatmap(
        lambda head: st.binary(max_size=600).map(lambda rest: head + rest)
    )
)
def test_any_bytes_are_looked_at_or_refused(content: bytes) -> None:
    kind = kind_of(content[:12])

    assert kind is None or photo_reader.done("look", content, kind).sightings == ()


@given(st.lists(st.tuples(st.integers(0, 2_999), st.integers(0, 255)), min_size=1, max_size=40))
def test_a_photo_with_some_bytes_changed_is_looked_at_or_refused(changes: Sequence[tuple[int, int]]) -> None:
    spoiled = bytearray(photo(CODE))
    for place, value in changes:
        spoiled[3 + place % (len(spoiled) - 3)] = value

    seen = photo_reader.done("look", bytes(spoiled), "JPEG")

    assert seen.refused is None or seen.sightings == ()
