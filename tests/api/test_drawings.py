from io import BytesIO
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from PIL import Image

from codes.batches import with_key
from codes.drawings.templates import template
from codes.packaging_code import Role, encode
from codes.profanity import is_profane
from tests.api.worlds import a_paying_campaign, a_sealed_batch
from tests.codes.drawings.paper import read, read_labels, rendered, said
from tests.driver import Driver

URL = "HTTP://127.0.0.1:8000/C/"


@pytest.fixture
async def batch_id(driver: Driver) -> str:
    return await a_sealed_batch(driver, await a_paying_campaign(driver), count=70)


async def got(driver: Driver, path: str, **query: object) -> httpx.Response:
    return await driver.call("GET", f"{path}?{urlencode(query)}", token=driver.owner_key)


@pytest.fixture
async def coded(batch_id: str) -> tuple[int, str]:
    """The first index that has a code, and the code: one index in a hundred has none."""
    _, key = await with_key(UUID(batch_id))
    codes = ((index, encode(key, index=index, role=Role.INNER)) for index in range(70))
    return next((index, code) for index, code in codes if not is_profane(code))


async def an_open_order(driver: Driver, batch_id: str, **details: object) -> str:
    path = f"/v1/print-orders/{await driver.print_order(batch_id, **details)}"
    await driver.owner("POST", f"{path}/downloads")
    return path


async def test_one_code_is_a_picture_that_reads_as_it(driver: Driver, batch_id: str, coded: tuple[int, str]) -> None:
    index, code = coded

    answer = await got(driver, f"/v1/batches/{batch_id}/drawing", index=index, dark="003A70")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert read(Image.open(BytesIO(answer.content))) == [URL + code]


@pytest.mark.parametrize(("form", "media_type"), [("svg", "image/svg+xml"), ("pdf", "application/pdf")])
async def test_it_comes_as_svg_and_pdf_too(
    driver: Driver, batch_id: str, coded: tuple[int, str], form: str, media_type: str
) -> None:
    query = {"index": coded[0], "format": form, "symbol": "data_matrix", "carrier": "plain"}

    answer = await got(driver, f"/v1/batches/{batch_id}/drawing", **query)

    assert answer.headers["Content-Type"].partition(";")[0] == media_type


async def test_who_drew_a_code_stands_in_the_audit_without_the_code(
    driver: Driver, batch_id: str, coded: tuple[int, str]
) -> None:
    index, _ = coded
    await got(driver, f"/v1/batches/{batch_id}/drawing", index=index)

    latest = (await driver.owner("GET", "/v1/operations/audit?limit=1"))["actions"][0]

    assert latest["action"] == "code.draw"
    assert latest["facts"] == {"batch_id": batch_id, "index": index, "role": "I"}


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"dark": "FFFF00"}, (422, "weak_contrast")),
        ({"index": 4_000_000_000}, (422, "beyond_batch")),
        ({"carrier": "digital_link"}, (409, "gtin_missing")),
        ({"symbol": "bars"}, (400, "invalid_request")),
        ({"dark": "black"}, (400, "invalid_request")),
        ({"module_mm": 0.1}, (400, "invalid_request")),
    ],
)
async def test_what_cannot_be_drawn_is_refused(
    driver: Driver, batch_id: str, coded: tuple[int, str], query: dict[str, object], refusal: tuple[int, str]
) -> None:
    answer = await got(driver, f"/v1/batches/{batch_id}/drawing", **({"index": coded[0]} | query))

    assert (answer.status_code, answer.json()["slug"]) == refusal


async def test_a_sheet_has_every_code_of_its_order_and_the_makers_words(driver: Driver, batch_id: str) -> None:
    codes = await driver.codes(batch_id)
    path = await an_open_order(driver, batch_id)

    answer = await got(driver, f"{path}/sheet.pdf", template="a4-65", product="Котёл «Тепло»", maker="Завод")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert read_labels(answer.content, template("a4-65")) == [URL + code for code in codes]
    assert said(answer.content)[0].count("Котёл «Тепло»") == 65


async def test_a_label_scanned_from_the_sheet_is_money(driver: Driver, batch_id: str) -> None:
    answer = await got(driver, f"{await an_open_order(driver, batch_id)}/sheet.pdf", template="roll-58x40", stop=1)
    await driver.activate(batch_id)
    [[text]] = [read(page) for page in rendered(answer.content)]

    scan = await driver.scan(await driver.agent(), text)

    assert scan.status_code == 201


async def test_a_sheet_needs_a_download_session(driver: Driver, batch_id: str) -> None:
    path = f"/v1/print-orders/{await driver.print_order(batch_id)}"

    answer = await got(driver, f"{path}/sheet.pdf")

    assert (answer.status_code, answer.json()["slug"]) == (403, "no_download_session")


async def test_the_session_counts_what_left_in_sheets(driver: Driver, batch_id: str) -> None:
    path = await an_open_order(driver, batch_id)

    answer = await got(driver, f"{path}/sheet.pdf")

    [session] = (await driver.owner("GET", f"{path}/downloads"))["downloads"]
    assert (session["requests"], session["bytes_served"]) == (1, len(answer.content))


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ({"template": "a4-66"}, "unknown_template"),
        ({"template": "a4-189"}, "label_too_small"),
        ({"product": "漢字"}, "letters_unknown"),
        ({"role": "outer"}, "role_not_ordered"),
        ({"stop": 4_000_000_000}, "beyond_batch"),
    ],
)
async def test_a_sheet_that_cannot_be_drawn_is_refused_whole(
    driver: Driver, batch_id: str, query: dict[str, object], slug: str
) -> None:
    answer = await got(driver, f"{await an_open_order(driver, batch_id)}/sheet.pdf", **query)

    assert answer.json()["slug"] == slug


async def test_cartons_get_labels_and_loose_packs_none(driver: Driver, batch_id: str) -> None:
    path = f"/v1/batches/{batch_id}/cartons"
    before = await got(driver, f"{path}/labels.pdf")
    await driver.owner("POST", path, {"codes_per_carton": 30, "company_prefix": "4601234"})

    after = await got(driver, f"{path}/labels.pdf", maker="Завод", size="roll-100x150", language="en")

    known = (await driver.owner("GET", path))["cartons"]
    assert (before.status_code, before.json()["slug"]) == (409, "nothing_packed")
    assert [read(page)[-1] for page in rendered(after.content)] == [f"(00){one['sscc']}" for one in known]
