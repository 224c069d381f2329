"""Sales files: the day of a shop without an integration, as a table; each receipt of it is redeemed once."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from codes import offline_orders, workbooks
from codes.offline_covers import Till
from codes.offline_orders import Outcome, Place, Sale
from codes.orders import CODES_MAX, LINES_MAX, AskedLine, Order
from codes.shop_lists import minor
from core import audit, jobs
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound
from core.text import Key
from programs import sheets
from programs.installation import find_program
from programs.sheets import PROBLEMS_MAX, RowProblem
from programs.shops import find_shop

SALES_JOB: Final = "take_sales"
EXAMPLE: Final = (
    "at,receipt,code,sku,quantity,price,discount\n"
    "2026-11-22 14:05,17,МАСТЕР10,K-24,1,45000.00,2250.00\n"
    "2026-11-22 14:05,17,,BAG,2,5.00,0.00\n"
)
_TIMES: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S")
_QUANTITY_MAX: Final = 100_000
_PRICE_MINOR_MAX: Final = 10**12
_RECEIPT_LETTERS_MAX: Final = 50
_BATCH: Final = 100


class SalesRow(msgspec.Struct, frozen=True):
    """A line of a receipt: `price` is of one piece, `discount` of the whole line; one line at least has the code."""

    at: str
    receipt: Key
    sku: Key
    quantity: str
    price: str
    code: Key | None = None
    discount: str = "0"


class SoldReceipt(msgspec.Struct, frozen=True):
    """A receipt of the file, by the row that it begins in."""

    row: int
    order: Order
    at: datetime
    given_minor: int

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(msgspec.json.encode((self.order, self.at, self.given_minor))).digest()


class SalesPreview(msgspec.Struct, frozen=True):
    """What a file says: its receipts, how many of them came before, the rows that are wrong, the first hundred."""

    rows: int
    receipts: int
    known: int
    discount_minor: int
    problems: list[RowProblem]


class SalesFile(msgspec.Struct, frozen=True):
    """A file that was taken, and how far its receipts are."""

    id: UUID
    shop_id: UUID
    receipts: int
    known: int
    done: int
    state: str
    sent_at: datetime
    outcomes: list[Outcome]


class _Line(msgspec.Struct, frozen=True):
    """A row that was understood."""

    row: int
    receipt: str
    at: datetime
    code: str | None
    line: AskedLine
    discount_minor: int


async def preview(shop_id: UUID, content: bytes) -> SalesPreview:
    """What would be taken of a file, CSV or XLSX; changes nothing. SheetRefused where it is no table of sales."""
    rows, receipts, problems = await _read(shop_id, content)
    known, changed = await _before(shop_id, receipts)
    problems = sorted([*problems, *changed], key=attrgetter("row"))
    return SalesPreview(rows, len(receipts), known, sum(one.given_minor for one in receipts), problems[:PROBLEMS_MAX])


async def accept(shop_id: UUID, content: bytes, *, by: str) -> SalesFile:
    """Take a file whole, or SheetRefused with its rows; a job redeems its receipts. The same again changes nothing."""
    _, receipts, problems = await _read(shop_id, content)
    sheets.refuse(problems)
    async with transaction() as now:
        await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", str(shop_id))
        digest = hashlib.sha256(b"".join(sorted(one.digest for one in receipts))).digest()
        if known_id := await _of_digest(shop_id, digest):
            return await find(known_id)
        known, changed = await _before(shop_id, receipts)
        sheets.refuse(changed)
        file_id = uuid7()
        await _write(file_id, shop_id, receipts)
        job_id = await jobs.enqueue(SALES_JOB, {"file_id": file_id}, created_by=by)
        await execute(
            """INSERT INTO sales_file (id, shop_id, digest, receipts, known, job_id, sent_by, sent_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
            file_id,
            shop_id,
            digest,
            len(receipts),
            known,
            job_id,
            by,
            now,
        )
        await audit.record(by, "sales.accept", file_id=file_id, shop_id=shop_id, receipts=len(receipts))
        return await find(file_id)


async def carry_out(
    file_id: UUID, *, progress: Callable[[int], Awaitable[None]], finish: Callable[[Any], Awaitable[None]]
) -> None:
    """Redeem the receipts of a file that wait, one by one; whoever goes on after a cut finds the others done."""
    found = await fetch_row("SELECT shop_id, sent_at, receipts - known AS new FROM sales_file WHERE id = $1", file_id)
    if found is None:
        raise NotFound
    till = Till(found["shop_id"], found["shop_id"])
    done = 0
    while waiting := await fetch(
        """SELECT id, at, sale FROM sales_receipt WHERE file_id = $1 AND outcome IS NULL ORDER BY row LIMIT $2""",
        file_id,
        _BATCH,
    ):
        for row in waiting:
            order, given_minor = _sales.decode(row["sale"])
            sale = Sale(order, till, None, row["at"], given_minor)
            await offline_orders.take_in_time(sale, Place("sales_receipt", row["id"]), sent_at=found["sent_at"])
        done += len(waiting)
        await progress(min(99, 100 * done // max(1, found["new"])))
    await finish({"file_id": file_id, "receipts": done})


async def find(file_id: UUID, *, after: int = 0, limit: int = 100) -> SalesFile:
    """A file with the outcomes of its receipts, a page of them in the order of its rows. NotFound."""
    row = await fetch_row(
        """SELECT f.*, (SELECT count(*) FROM sales_receipt r WHERE r.file_id = f.id AND outcome IS NOT NULL) AS done,
                  coalesce((SELECT state FROM job WHERE job.id = f.job_id), 'queued') AS state
           FROM sales_file f WHERE f.id = $1""",
        file_id,
    )
    if row is None:
        raise NotFound
    taken = await fetch(
        """SELECT outcome FROM sales_receipt WHERE file_id = $1 AND outcome IS NOT NULL
           ORDER BY row OFFSET $2 LIMIT $3""",
        file_id,
        after,
        limit,
    )
    return SalesFile(
        row["id"],
        row["shop_id"],
        row["receipts"],
        row["known"],
        row["done"],
        row["state"],
        row["sent_at"],
        [offline_orders.decode(one["outcome"]) for one in taken],
    )


async def _read(shop_id: UUID, content: bytes) -> tuple[int, list[SoldReceipt], list[RowProblem]]:
    zone = (await find_program((await find_shop(shop_id)).program_id)).zone
    rows = sheets.rows(await workbooks.as_csv(content), into=SalesRow)
    receipts, problems = receipts_of(rows, zone, now=await fetch_value("SELECT now()"))
    return len(rows), receipts, problems


def receipts_of(
    rows: Sequence[tuple[int, SalesRow]], zone: ZoneInfo, *, now: datetime
) -> tuple[list[SoldReceipt], list[RowProblem]]:
    """The rows as receipts, and what is wrong with some of them. Pure."""
    problems: list[RowProblem] = []
    lines: list[_Line] = []
    for number, row in rows:
        read = _line(number, row, zone)
        if isinstance(read, RowProblem):
            problems.append(read)
        elif read.at > now:
            problems.append(RowProblem(number, "the time has not come yet"))
        else:
            lines.append(read)
    receipts = []
    by_receipt = sorted(lines, key=lambda one: (one.at.astimezone(zone).date(), one.receipt, one.row))
    for (day, number_of_day), group in groupby(
        by_receipt, key=lambda one: (one.at.astimezone(zone).date(), one.receipt)
    ):
        some = list(group)
        if wrong := _wrong(some):
            problems.append(RowProblem(some[0].row, wrong))
        else:
            receipts.append(_receipt(f"{day}/{number_of_day}", some))
    return sorted(receipts, key=attrgetter("row")), sorted(problems, key=attrgetter("row"))


def _line(number: int, row: SalesRow, zone: ZoneInfo) -> _Line | RowProblem:
    at, price_minor, discount_minor = _at(row.at, zone), minor(row.price), minor(row.discount)
    quantity = int(row.quantity) if row.quantity.isascii() and row.quantity.isdecimal() and len(row.quantity) < 8 else 0
    problem = None
    if at is None:
        problem = "the time is none such as 2026-11-22 14:05"
    elif not 1 <= quantity <= _QUANTITY_MAX:
        problem = "the quantity is no whole number from 1 on"
    elif price_minor is None or not 0 <= price_minor * quantity <= _PRICE_MINOR_MAX:
        problem = "the price is no amount such as 45000.00"
    elif discount_minor is None or not 0 <= discount_minor <= price_minor * quantity:
        problem = "the discount is no amount between nothing and the price"
    elif len(row.receipt) > _RECEIPT_LETTERS_MAX:
        problem = f"the receipt's number is longer than {_RECEIPT_LETTERS_MAX} letters"
    if problem is not None or at is None or price_minor is None or discount_minor is None:
        return RowProblem(number, problem or "the row cannot be read")
    line = AskedLine(str(number), row.sku, quantity, price_minor * quantity)
    return _Line(number, row.receipt, at, row.code, line, discount_minor)


def _wrong(some: Sequence[_Line]) -> str | None:
    codes = _codes(some)
    if len({one.at for one in some}) > 1:
        return "the rows of this receipt have different times"
    if not codes:
        return "no row of this receipt has a code"
    if len(codes) > CODES_MAX or len(some) > LINES_MAX:
        return "the receipt has too many rows or codes"
    return None


def _codes(some: Iterable[_Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.code for one in some if one.code))


def _receipt(order_ref: str, some: Sequence[_Line]) -> SoldReceipt:
    # Lines are numbered within their receipt, so that a longer file says the same of it.
    lines = tuple(msgspec.structs.replace(one.line, ref=str(place)) for place, one in enumerate(some, start=1))
    order = Order(order_ref, _codes(some), lines)
    return SoldReceipt(some[0].row, order, some[0].at, sum(one.discount_minor for one in some))


def _at(text: str, zone: ZoneInfo) -> datetime | None:
    """A time by the program's clock, or by the offset that stands with it."""
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    try:
        told = datetime.fromisoformat(text)
        return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


async def _before(shop_id: UUID, receipts: Sequence[SoldReceipt]) -> tuple[int, list[RowProblem]]:
    """How many of the receipts came before, and which of them with other contents."""
    rows = await fetch(
        "SELECT order_ref, digest FROM sales_receipt WHERE shop_id = $1 AND order_ref = ANY($2)",
        shop_id,
        [one.order.order_ref for one in receipts],
    )
    digests = {row["order_ref"]: row["digest"] for row in rows}
    changed = [
        RowProblem(one.row, "this receipt came before with other contents")
        for one in receipts
        if digests.get(one.order.order_ref, one.digest) != one.digest
    ]
    return len(rows), changed


async def _of_digest(shop_id: UUID, digest: bytes) -> UUID | None:
    row = await fetch_row("SELECT id FROM sales_file WHERE shop_id = $1 AND digest = $2", shop_id, digest)
    return None if row is None else row["id"]


async def _write(file_id: UUID, shop_id: UUID, receipts: Sequence[SoldReceipt]) -> None:
    """The receipts that are new; the others stay as they came first."""
    await execute(
        """INSERT INTO sales_receipt (id, file_id, shop_id, order_ref, row, at, sale, digest)
           SELECT id, $1, $2, order_ref, place, at, sale::json, digest
           FROM unnest($3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::text[], $8::bytea[])
               AS t (id, order_ref, place, at, sale, digest)
           ON CONFLICT (shop_id, order_ref) DO NOTHING""",
        file_id,
        shop_id,
        [uuid7() for _ in receipts],
        [one.order.order_ref for one in receipts],
        [one.row for one in receipts],
        [one.at for one in receipts],
        [msgspec.json.encode((one.order, one.given_minor)).decode() for one in receipts],
        [one.digest for one in receipts],
    )


_sales = msgspec.json.Decoder(tuple[Order, int])
