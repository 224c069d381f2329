import asyncio
from collections.abc import Mapping

import httpx
import pyrage
import pytest
from pyrage import x25519

from api import printed_files
from codes import parts
from codes.readings import readings
from tests.api.worlds import a_paying_campaign, a_sealed_batch
from tests.driver import Driver

CODES = 3_000


@pytest.fixture
async def batch_id(driver: Driver) -> str:
    return await a_sealed_batch(driver, await a_paying_campaign(driver), count=CODES)


@pytest.fixture
async def path(driver: Driver, batch_id: str) -> str:
    """An order whose download session is the owner's."""
    return await an_exported_order(driver, batch_id)


async def an_exported_order(driver: Driver, batch_id: str, **details: object) -> str:
    path = f"/v1/print-orders/{await driver.print_order(batch_id, **details)}"
    await driver.owner("POST", f"{path}/downloads")
    return path


async def read(
    driver: Driver, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {driver.owner_key}"}
    return await driver.http.request(method, path, headers=bearer | dict(headers or {}))


@pytest.mark.parametrize(
    ("form", "media_type"), [("txt", "text/plain"), ("csv", "text/csv"), ("ndjson", "application/x-ndjson")]
)
async def test_a_file_is_read_whole_with_its_length_and_its_tag(
    driver: Driver, path: str, form: str, media_type: str
) -> None:
    answer = await read(driver, f"{path}/codes.{form}")

    codes = [word for word in answer.text.replace('"', " ").replace(",", " ").split() if len(word) == 16]
    headers = answer.headers
    assert answer.status_code == 200
    assert (headers["Content-Type"].partition(";")[0], headers["Accept-Ranges"]) == (media_type, "bytes")
    assert headers["Content-Length"] == str(len(answer.content))
    assert headers["ETag"].startswith('"')
    assert headers["Cache-Control"] == "no-store"
    assert len({code for code in codes if "-" not in code and readings(code)}) == CODES


async def test_a_head_tells_all_of_it_and_sends_and_records_nothing(driver: Driver, path: str) -> None:
    whole = await read(driver, f"{path}/codes.csv")

    head = await read(driver, f"{path}/codes.csv", method="HEAD")
    part = await read(driver, f"{path}/codes.csv", {"Range": "bytes=0-9"}, method="HEAD")

    assert (head.status_code, head.content) == (200, b"")
    assert [head.headers[name] for name in ("Content-Length", "ETag", "Accept-Ranges")] == [
        whole.headers["Content-Length"],
        whole.headers["ETag"],
        "bytes",
    ]
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes 0-9/{len(whole.content)}")
    assert len(await readings_told(driver)) == 1


@pytest.mark.parametrize(
    ("asked", "first", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=17-33", 17, 34),
        ("bytes=100-", 100, None),
        ("bytes=-20", -20, None),
        ("bytes=0-99999999999999", 0, None),
        ("bytes=-99999999999999", 0, None),
    ],
)
async def test_a_part_is_exactly_those_bytes(
    driver: Driver, path: str, asked: str, first: int, stop: int | None
) -> None:
    whole = (await read(driver, f"{path}/codes.txt")).content

    answer = await read(driver, f"{path}/codes.txt", {"Range": asked})

    begin, end, size = range(len(whole))[first:stop].start, range(len(whole))[first:stop].stop, len(whole)
    assert (answer.status_code, answer.content) == (206, whole[first:stop])
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
    assert answer.headers["Content-Length"] == str(end - begin)


@pytest.mark.parametrize("asked", ["bytes=9999999-", "bytes=-0", "bytes=5-4", "bytes=0-1,5-6", "bytes=x-", "bytes=-"])
async def test_a_part_that_is_not_there_is_refused_with_the_length(driver: Driver, path: str, asked: str) -> None:
    size = (await read(driver, f"{path}/codes.txt", method="HEAD")).headers["Content-Length"]

    answer = await read(driver, f"{path}/codes.txt", {"Range": asked})

    assert (answer.status_code, answer.json()["slug"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


async def test_a_unit_that_is_not_ours_and_another_files_tag_get_the_whole(driver: Driver, path: str) -> None:
    tag = (await read(driver, f"{path}/codes.txt", method="HEAD")).headers["ETag"]

    answers = [
        await read(driver, f"{path}/codes.txt", headers)
        for headers in (
            {"Range": "lines=0-9"},
            {"Range": "bytes=0-9", "If-Range": '"another"'},
            {"Range": "bytes=0-9", "If-Range": f"W/{tag}"},
            {"Range": "bytes=0-9", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"},
            {"Range": "bytes=0-9", "If-Range": tag},
        )
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 206]


async def test_parts_read_at_once_are_the_whole_and_share_one_session(driver: Driver, path: str) -> None:
    whole = (await read(driver, f"{path}/codes.csv")).content
    cuts = list(range(0, len(whole), 9_973))

    answers = await asyncio.gather(
        *(read(driver, f"{path}/codes.csv", {"Range": f"bytes={cut}-{cut + 9_972}"}) for cut in cuts)
    )

    [session] = (await driver.owner("GET", f"{path}/downloads"))["downloads"]
    assert b"".join(answer.content for answer in answers) == whole
    assert (session["requests"], session["bytes_served"]) == (len(cuts) + 1, 2 * len(whole))


async def test_who_reads_which_bytes_stands_in_the_audit(driver: Driver, path: str) -> None:
    await read(driver, f"{path}/codes.txt", {"Range": "bytes=17-33"})

    [(who, facts)] = await readings_told(driver)
    assert who.startswith("key:")
    assert (facts["format"], facts["start"], facts["stop"]) == ("txt", 17, 34)
    assert facts["print_order_id"] == path.rpartition("/")[2]


async def test_without_a_session_nothing_is_read(driver: Driver, batch_id: str) -> None:
    path = f"/v1/print-orders/{await driver.print_order(batch_id)}"

    answers = [await read(driver, f"{path}/codes.txt"), await read(driver, f"{path}/parts/1")]

    assert [(one.status_code, one.json()["slug"]) for one in answers] == [(403, "no_download_session")] * 2


# Encrypted.


@pytest.fixture
def printer() -> x25519.Identity:
    return x25519.Identity.generate()


async def test_each_part_is_a_file_that_the_printer_alone_opens(
    driver: Driver, batch_id: str, printer: x25519.Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "INDEXES", 1_000)
    path = await an_exported_order(driver, batch_id, recipient=str(printer.to_public()))

    listed = (await driver.owner("GET", f"{path}/parts?format=txt"))["parts"]
    sealed = [await read(driver, f"{path}/parts/{one['number']}?format=txt") for one in listed]

    opened = [pyrage.decrypt(answer.content, [printer]) for answer in sealed]
    codes = [code for code in b"".join(opened).decode().split() if "-" not in code]
    assert [one["number"] for one in listed] == [1, 2, 3, 4]
    assert [len(one) for one in opened] == [one["plain_bytes"] for one in listed]
    assert len(set(codes)) == CODES
    assert all(readings(code) for code in codes)
    assert [facts["part"] for _, facts in await readings_told(driver)] == [4, 3, 2, 1]


async def test_more_readers_than_are_served_at_once_are_served_one_after_another(
    driver: Driver, batch_id: str, printer: x25519.Identity
) -> None:
    path = await an_exported_order(driver, batch_id, recipient=str(printer.to_public()))

    sealed = await asyncio.gather(*(read(driver, f"{path}/parts/1") for _ in range(12)))

    assert len({pyrage.decrypt(answer.content, [printer]) for answer in sealed}) == 1
    assert not printed_files._encrypting.locked()


@pytest.mark.parametrize("number", [0, 2, -1])
async def test_a_part_that_the_order_does_not_have_is_not_found(
    driver: Driver, batch_id: str, printer: x25519.Identity, number: int
) -> None:
    path = await an_exported_order(driver, batch_id, recipient=str(printer.to_public()))

    answer = await read(driver, f"{path}/parts/{number}")

    assert (answer.status_code, answer.json()["slug"]) == (404, "no_such_part")


async def test_what_is_for_a_key_is_not_read_plain_and_what_is_for_none_not_encrypted(
    driver: Driver, batch_id: str, printer: x25519.Identity
) -> None:
    sealed = await an_exported_order(driver, batch_id, recipient=str(printer.to_public()), stop=10)
    other = await driver.owner("POST", f"/v1/batches/{batch_id}/print-orders", {"printer": "plain", "first": 10})
    plain = f"/v1/print-orders/{other['id']}"
    await driver.owner("POST", f"{plain}/downloads")

    answers = [await read(driver, f"{sealed}/codes.txt"), await read(driver, f"{plain}/parts/1")]

    assert [(one.status_code, one.json()["slug"]) for one in answers] == [
        (409, "encrypted_only"),
        (409, "not_encrypted"),
    ]


async def readings_told(driver: Driver) -> list[tuple[str, dict[str, object]]]:
    """Who has read what, the latest first."""
    actions = (await driver.owner("GET", "/v1/operations/audit?limit=100"))["actions"]
    return [(one["who"], one["facts"]) for one in actions if one["action"] == "download.read"]
