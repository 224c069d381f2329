"""What the demo says, in English and in Russian; the terminal's language decides."""

import os
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from referrals.words import Language, Reader, amount

ZONE = "Europe/Moscow"

ENGLISH = {
    "title": "A story from the life of a heating engineer, told over the public HTTP API",
    "made": "The maker's program “{program}” was made: {products} products, {shops} shops, campaigns for codes, "
    "clients and receipts with {budget} each, and rewards.",
    "found": "The maker's program “{program}” is there from last time.",
    "ordered": "The maker orders {count} codes for “{product}”. The batch is sealed in {seconds} s; no code of it is "
    "stored anywhere.",
    "printed": "The printer gets the codes as a file that is computed while it is read, and reports every one printed.",
    "activated": "The goods go on sale and the batch is activated. One of its codes: {code}",
    "enrolled": "An installer taps a button once and is {alias}. Nobody asked for his name.",
    "scanned": "He scans the code inside the package. The answer at once: expect {amount}, to spend from {when}.",
    "pending": "{seconds} s later a worker has credited it: {pending} in the wallet, waiting for the date.",
    "available": "{seconds} s later the date has come: {available} free to spend.",
    "journal": "The journal says why:",
    "entry": "{when}  {sentence}",
    "again": "He scans the same code again. No error: it is his already, the first answer stands, and nothing is paid.",
    "stranger": "Another installer, {alias}, tries that code. Refused: somebody has it already. His wallet is empty.",
    "unproven": "Somebody with a copy of his token tries to spend: refused, the phone's key has not signed it.",
    "spent": "His phone signs, and {amount} are set aside for “{purpose}”.",
    "captured": "The shop “{shop}” gives him the thing and takes them with its own key.",
    "promo": "He makes a promo code for his clients: {code}",
    "sold": "A client shows it at the till of “{shop}” and pays {paid} instead of {price} for a boiler.",
    "client": "With the receipt the installer has {bonus} more. His phone says:",
    "said": "{sentence}",
    "receipt": "He bought “{product}” in a shop that nobody knows, and hands in the receipt. Its goods are recognised: "
    "{bonus}. The same receipt pays nothing again.",
    "card": "With {price} he buys “{reward}”. The code is shown to his phone alone: {code}",
    "left": "Left in the wallet: {available}. It is all in the ledger: {entries} entries that sum to it.",
    "end": "That was all. Everything goes on running; Ctrl-C stops it.",
    "app": "phone app",
    "till": "the till's page",
    "staff": "the maker's pages",
    "login": "{login} / {password}",
    "api": "API",
    "docs": "documents",
    "key": "the maker's key",
    "key_place": "owner_key in {file}",
    "purpose": "A bit set for the screwdriver",
    "phone": "Demo phone",
}

RUSSIAN = {
    "title": "История из жизни монтажника, рассказанная через публичный HTTP API",
    "made": "Создана программа производителя «{program}»: товаров — {products}, магазинов — {shops}, акции для кодов, "
    "клиентов и чеков (в каждой {budget}), награды.",
    "found": "Программа производителя «{program}» осталась с прошлого раза.",
    "ordered": "Производитель заказывает коды для товара «{product}»: {count} шт. Партия готова за {seconds} с; "
    "ни один её код нигде не хранится.",
    "printed": "Типография получает коды файлом, который вычисляется на лету, и отчитывается за каждый.",
    "activated": "Товар поступает в продажу, партия введена в оборот. Один из её кодов: {code}",
    "enrolled": "Монтажник один раз нажимает кнопку, и теперь он {alias}. Имени никто не спросил.",
    "scanned": "Он снимает код из упаковки. Ответ сразу: ожидается {amount}, можно тратить с {when}.",
    "pending": "Через {seconds} с обработчик начислил: {pending} в кошельке, ждут срока.",
    "available": "Ещё через {seconds} с срок наступил: {available} можно тратить.",
    "journal": "Журнал объясняет почему:",
    "entry": "{when}  {sentence}",
    "again": "Он снимает тот же код ещё раз. Это не ошибка: код уже его, ответ прежний. Кошелёк не изменился.",
    "stranger": "Другой монтажник, {alias}, пробует этот код. Отказ: код уже получен другим. Его кошелёк пуст.",
    "unproven": "Кто-то с копией его токена пробует потратить бонусы: отказ, ключ телефона этого не подписал.",
    "spent": "Его телефон подписывает запрос, и {amount} отложены: «{purpose}».",
    "captured": "Магазин «{shop}» отдаёт вещь и списывает их своим ключом.",
    "promo": "Он делает промокод для своих клиентов: {code}",
    "sold": "Клиент показывает его на кассе магазина «{shop}» и платит за котёл {paid} вместо {price}.",
    "client": "Чек пробит, и у монтажника на {bonus} больше. Телефон говорит ему:",
    "said": "{sentence}",
    "receipt": "Товар «{product}» он купил в постороннем магазине и сдаёт чек. Товар узнан: {bonus}. За тот же чек "
    "второй раз не платят.",
    "card": "На {price} он берёт награду «{reward}». Код показан только его телефону: {code}",
    "left": "Осталось в кошельке: {available}. Всё записано в книге: записей — {entries}, вместе они дают остаток.",
    "end": "Вот и всё. Сервис работает дальше; остановить — Ctrl-C.",
    "app": "приложение",
    "till": "страница кассира",
    "staff": "для сотрудников",
    "login": "{login} / {password}",
    "api": "API",
    "docs": "документация",
    "key": "ключ производителя",
    "key_place": "owner_key в файле {file}",
    "purpose": "Набор бит для шуруповёрта",
    "phone": "Телефон из примера",
}

_WORDS: dict[Language, dict[str, str]] = {"en": ENGLISH, "ru": RUSSIAN}


class Teller:
    """Says lines in one language, the steps of the story numbered."""

    def __init__(self, language: Language) -> None:
        self.reader = Reader(language, ZONE)
        self._words = _WORDS[language]
        self._step = 0

    def step(self, name: str, **facts: object) -> None:
        """One step of the story."""
        self._step += 1
        print(f"{self._step:3}  {self.line(name, **facts)}", flush=True)

    def aside(self, name: str, **facts: object) -> None:
        """Something that belongs to the step before."""
        print(f"     {self.line(name, **facts)}", flush=True)

    def line(self, name: str, **facts: object) -> str:
        return self._words[name].format(**facts)

    def amount(self, amount_minor: int, asset: str) -> str:
        return amount(amount_minor, asset, self.reader)

    def moment(self, moment: datetime) -> str:
        """A time with its seconds, since a story takes few of them."""
        return format_datetime(moment, "d MMMM, HH:mm:ss", tzinfo=ZoneInfo(ZONE), locale=self.reader.language)

    def seconds(self, seconds: float) -> str:
        return f"{seconds:.1f}".replace(".", "," if self.reader.language == "ru" else ".")


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """The language of the terminal, by the variables that every program goes by."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return "ru" if named.startswith("ru") else "en"
