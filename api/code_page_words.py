"""The words of the page behind a printed address, in Russian and English."""

from typing import Final, Literal

import msgspec

Language = Literal["ru", "en"]
Shown = Literal["code", "genuine", "recalled", "unreadable"]


class Told(msgspec.Struct, frozen=True):
    """A heading and what stands below it; `{product}` is the name of the goods."""

    heading: str
    text: str


class Words(msgspec.Struct, frozen=True):
    """One language's words."""

    told: dict[Shown, Told]
    claim_heading: str
    claim_steps: tuple[str, ...]
    nothing_spent: str
    claim_elsewhere: str
    genuine_heading: str
    genuine_text: str


_RU: Final = Words(
    told={
        "code": Told("Код с упаковки", "Нажмите на код, чтобы выделить его целиком."),
        "genuine": Told("Товар подлинный", "Производитель подтверждает: {product}."),
        "recalled": Told(
            "Товар отозван",
            "Производитель отозвал эту партию: {product}. Не устанавливайте его и обратитесь в магазин.",
        ),
        "unreadable": Told(
            "Код не читается", "В коде 16 знаков: цифры и латинские буквы. Сверьте адрес с надписью на упаковке."
        ),
    },
    claim_heading="Как получить бонусы",
    claim_steps=(
        "Откройте приложение.",
        "Отсканируйте этот же код в нём или введите 16 знаков.",
        "Код засчитывается тому, кто первым сделал это в приложении.",
    ),
    nothing_spent="Сама эта страница код не расходует: открывать её можно сколько угодно раз.",
    claim_elsewhere="Бонусы даёт другой код, скрытый под защитным слоем или внутри упаковки: сканируйте его.",
    genuine_heading="Как проверить подлинность",
    genuine_text=(
        "Откройте код с видимой стороны упаковки. Если вы сделали это и видите здесь только сам код, "
        "подтвердить подлинность товара мы не можем: спросите продавца. Скрытый код здесь не проверяется."
    ),
)
_EN: Final = Words(
    told={
        "code": Told("A code from a pack", "Tap the code to select all of it."),
        "genuine": Told("These goods are genuine", "The maker confirms: {product}."),
        "recalled": Told(
            "These goods are recalled",
            "The maker has recalled this batch: {product}. Do not install it, and ask the shop.",
        ),
        "unreadable": Told(
            "This code cannot be read",
            "A code has 16 characters, digits and Latin letters. Compare the address with what is printed on the pack.",
        ),
    },
    claim_heading="How to get your bonus",
    claim_steps=(
        "Open the app.",
        "Scan this code there, or type its 16 characters.",
        "The code belongs to whoever is the first to do so in the app.",
    ),
    nothing_spent="This page itself uses nothing up: open it as often as you like.",
    claim_elsewhere="Another code brings the bonus, hidden under a cover or inside the pack. Scan that one in the app.",
    genuine_heading="How to check that goods are genuine",
    genuine_text=(
        "Open the code on the outside of the pack. If you did and see nothing here but the code, we cannot confirm "
        "the goods: ask the seller. The hidden code is not checked here."
    ),
)
WORDS: Final[dict[Language, Words]] = {"ru": _RU, "en": _EN}
