import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from PIL import Image

from api.process import Process
from codes.packaging_code import Role
from core.db import fetch, fetch_value
from core.settings import Settings
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer, refusal
from tests.packs import Sale, a_sale, a_wrong_code, settled, wallet
from tests.photos import OTHER_KINDS, Formats, hostile, label, photo, saved, sheet

GPS_IFD, GPS_LATITUDE = 34_853, 2


@pytest.fixture
async def sale(http: httpx.AsyncClient) -> Sale:
    return await a_sale()


@pytest.fixture
async def installer(http: httpx.AsyncClient) -> Installer:
    return await Installer(http, ORIGIN).enrol()


async def send(
    installer: Installer, picture: bytes | AsyncIterator[bytes], *, key: str | None = None, **headers: str
) -> httpx.Response:
    """A photo as a phone sends it."""
    told = {"Authorization": f"Bearer {installer.token}", "Idempotency-Key": key or str(uuid4())}
    told |= {"Content-Type": "image/jpeg"} | headers
    return await installer.http.post("/v1/scans/photo", content=picture, headers=told)


def said(answer: httpx.Response) -> list[tuple[int, str]]:
    """Each code's answer: its status, and the scan's state or the refusal's slug."""
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, Any]] = [one["answer"] for one in answer.json()["codes"]]
    return [(one["status"], one["scan"]["state"] if one["scan"] else one["slug"]) for one in answers]


def address(code: str) -> str:
    return f"HTTPS://MAKER.EXAMPLE/C/{code}"


@pytest.mark.parametrize("symbology", [Formats.QRCode, Formats.DataMatrix], ids=["QR", "DataMatrix"])
async def test_a_photo_of_a_label_ends_as_money(installer: Installer, sale: Sale, symbology: object) -> None:
    code = sale.batch.code(0)

    answer = await send(installer, saved(label(address(code), symbology)))

    await settled()
    [found] = answer.json()["codes"]
    assert said(answer) == [(201, "accepted")]
    assert found["answer"]["scan"]["read_as"].replace(" ", "") == code
    assert (await wallet(installer.agent_id)).available_minor == 100


async def test_several_codes_on_one_photo_each_get_their_own_answer(installer: Installer, sale: Sale) -> None:
    other = await Installer(installer.http, ORIGIN).enrol()
    await send(other, photo(sale.batch.code(1)))
    texts = [
        address(sale.batch.code(0)),
        sale.batch.code(1),
        "https://elsewhere.example/menu",
        sale.batch.code(2, Role.OUTER),
        sale.batch.code(3).lower(),
        a_wrong_code(sale.batch),
    ]

    answer = await send(installer, saved(sheet([label(text) for text in texts], columns=1)))

    places = [(one["x"], one["y"]) for one in answer.json()["codes"]]
    assert said(answer) == [
        (201, "accepted"),
        (409, "already_claimed"),
        (400, "malformed"),
        (422, "not_accepted"),
        (201, "accepted"),
        (422, "not_accepted"),
    ]
    assert places == sorted(places, key=lambda place: place[1])
    assert all(0 <= part <= 1 for place in places for part in place)


async def test_the_same_photo_again_changes_nothing(installer: Installer, sale: Sale) -> None:
    picture, key = photo(sale.batch.code(0), a_wrong_code(sale.batch)), str(uuid4())

    first, second = [(await send(installer, picture, key=key)).json() for _ in range(2)]

    assert first == second
    assert await fetch_value("SELECT count(*) FROM scan") == 1
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_one_photo_thirty_times_at_once_claims_its_code_once(installer: Installer, sale: Sale) -> None:
    picture = photo(sale.batch.code(0))

    answers = await asyncio.gather(*(send(installer, picture) for _ in range(30)))

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert await fetch_value("SELECT count(*) FROM scan") == 1


async def test_a_photo_may_come_as_a_file_of_a_form_whatever_it_is_called(installer: Installer, sale: Sale) -> None:
    names = ["../../etc/passwd", "x" * 3_000, "\u202egpj.exe", "a\0b.jpg", "", "label.jpg"]

    for place, name in enumerate(names):
        content = (
            b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
            b'--edge\r\nContent-Disposition: form-data; name="photo"; filename="' + name.encode() + b'"\r\n'
            b"Content-Type: text/html\r\n\r\n" + photo(sale.batch.code(place)) + b"\r\n--edge--\r\n"
        )
        answer = await send(installer, content, **{"Content-Type": 'multipart/form-data; boundary="edge"'})

        assert said(answer) == [(201, "accepted")], name


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("multipart/form-data", b"--edge--"),
        ("multipart/form-data; boundary=edge", b"--edge\r\nContent-Disposition: form-data"),
        ("multipart/form-data; boundary=edge", b"--edge\r\nContent-Disposition: form-data; name=photo\r\n\r\nhalf"),
        ("multipart/form-data; boundary=edge", b"\r\n--edge\r\n" * 1000),
        ("multipart/form-data; boundary=edge", b"--edge\r\n" + b"A: b\r\n" * 100),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(installer: Installer, kind: str, content: bytes) -> None:
    answer = await send(installer, content, **{"Content-Type": kind})

    assert answer.status_code in {400, 415}, answer.text


@pytest.mark.parametrize("name", OTHER_KINDS)
async def test_what_is_no_photo_is_refused_whatever_it_is_called(installer: Installer, name: str) -> None:
    assert refusal(await send(installer, OTHER_KINDS[name])) == (415, "unsupported_photo")


async def test_hostile_pictures_are_refused_and_the_next_photo_is_read(installer: Installer, sale: Sale) -> None:
    answers = {name: await send(installer, picture) for name, picture in hostile()}

    assert {name: answer.text for name, answer in answers.items() if answer.status_code not in {413, 422}} == {}
    assert said(await send(installer, photo(sale.batch.code(0)))) == [(201, "accepted")]


async def test_a_photo_without_a_code_says_so(installer: Installer) -> None:
    answer = await send(installer, saved(Image.new("L", (640, 480), 128)))

    assert refusal(answer) == (422, "nothing_read")


async def test_a_photo_above_the_limit_is_refused_announced_or_not(installer: Installer, settings: Settings) -> None:
    most = settings.photo_limit_bytes

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(most // 1_000_000 + 1):
            yield bytes(1_000_000)

    announced = await send(installer, b"\xff\xd8\xff" + bytes(most))
    streamed = await send(installer, chunks())

    assert refusal(announced) == refusal(streamed) == (413, "payload_too_large")


async def test_guesses_on_a_photo_are_guesses(installer: Installer, sale: Sale) -> None:
    wrong = [sale.batch.code(sale.batch.size + 1_000 + place) for place in range(20)]
    await send(installer, saved(sheet([label(text) for text in wrong])))

    answer = await send(installer, photo(sale.batch.code(0)))

    assert said(answer) == [(429, "rate_limited")]


async def test_nothing_of_a_photo_is_kept(installer: Installer, sale: Sale) -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS_IFD)[GPS_LATITUDE] = (55.0, 45.0, 7.0)
    picture = saved(label(sale.batch.code(0)).convert("RGB"), exif=exif.tobytes())
    assert b"Exif" in picture

    answer = await send(installer, picture)

    assert said(answer) == [(201, "accepted")]
    assert set(answer.json()["codes"][0]) == {"x", "y", "answer"}
    readable = "SELECT relname FROM pg_class WHERE relkind = 'r' AND has_table_privilege(oid, 'SELECT')"
    tables = [row["relname"] for row in await fetch(f"{readable} AND relnamespace = 'public'::regnamespace")]
    largest = [await fetch_value(f"SELECT coalesce(max(length(t::text)), 0) FROM {name} t") for name in tables]
    assert max(largest) < len(picture)


async def test_a_photo_needs_an_idempotency_key_and_a_token(installer: Installer) -> None:
    picture = photo("8WBJF619H3AR21VM")

    without_key = await installer.http.post(
        "/v1/scans/photo", content=picture, headers={"Authorization": f"Bearer {installer.token}"}
    )
    without_token = await installer.http.post("/v1/scans/photo", content=picture)

    assert refusal(without_key) == (400, "idempotency_key_missing")
    assert refusal(without_token) == (401, "unauthorized")


async def test_fifty_large_photos_at_once_disturb_nobody(app: Litestar, installer: Installer, sale: Sale) -> None:
    process: Process = app.state.process
    large = photo(sale.batch.code(0)).ljust(9_900_000, b"\0")
    crowd = [await Installer(installer.http, ORIGIN).enrol() for _ in range(10)]
    arriving = [asyncio.create_task(send(crowd[place % 10], large)) for place in range(50)]

    scans = [await installer.call("POST", "/v1/scans", {"code": code}) for code in sale.batch.codes(10, first=1)]

    answers = await asyncio.gather(*arriving)
    assert {answer.status_code for answer in scans} == {201}
    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(answer.json()["slug"] == "overloaded" for answer in answers if answer.status_code == 429)
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == 429)
    assert len(process.photos._idle) <= process.settings.photo_readers


async def test_photos_are_counted_by_the_hour_and_the_answer_tells_how_many_are_left(
    installer: Installer, sale: Sale, settings: Settings
) -> None:
    answer = await send(installer, photo(sale.batch.code(0)))

    most = settings.photos_per_agent_hour
    assert answer.headers["ratelimit-policy"] == f'"photo";q={most};w=3600'
    assert answer.headers["ratelimit"].startswith(f'"photo";r={most - 1};')


async def test_a_slow_photo_gives_its_place_back(
    installer: Installer, sale: Sale, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.uploads._ARRIVAL_SECONDS_MAX", 0.1)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\xff\xd8\xff"
        await asyncio.sleep(1)
        yield b""

    slow = [await send(installer, chunks()) for _ in range(3)]

    assert [refusal(answer) for answer in slow] == [(400, "invalid_request")] * 3
    assert said(await send(installer, photo(sale.batch.code(0)))) == [(201, "accepted")]
