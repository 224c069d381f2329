"""Aliases: what an agent is called by people, a quality, an animal and four digits, alike in Russian and English."""

import secrets

import msgspec

# Masculine, feminine, English. No word here taunts, whichever animal it meets.
_QUALITIES = """
азартный азартная eager · белый белая white · бесстрашный бесстрашная fearless · бирюзовый бирюзовая turquoise
бодрый бодрая lively · бронзовый бронзовая bronze · быстрый быстрая fast · верный верная loyal
весенний весенняя vernal · весёлый весёлая merry · вечерний вечерняя evening · вишнёвый вишнёвая cherry
внимательный внимательная mindful · вольный вольная free · восточный восточная eastern · горный горная mountain
дальний дальняя distant · добрый добрая kind · ежевичный ежевичная bramble · жёлтый жёлтая yellow
западный западная western · звёздный звёздная starry · зелёный зелёная green · зимний зимняя winter
золотой золотая golden · изумрудный изумрудная emerald · крепкий крепкая sturdy · лазурный лазурная azure
лесной лесная forest · летний летняя summer · лиловый лиловая lilac · ловкий ловкая nimble
лунный лунная moonlit · малиновый малиновая crimson · медный медная copper · мудрый мудрая wise
надёжный надёжная trusty · находчивый находчивая clever · оливковый оливковая olive · оранжевый оранжевая orange
осенний осенняя autumn · отважный отважная gallant · полосатый полосатая striped · полярный полярная polar
пушистый пушистая fluffy · пёстрый пёстрая dappled · радостный радостная joyful · речной речная river
рубиновый рубиновая ruby · светлый светлая bright · северный северная northern · серебряный серебряная silver
сильный сильная strong · синий синяя blue · смелый смелая bold · снежный снежная snowy
солнечный солнечная sunny · спокойный спокойная calm · степной степная steppe · тихий тихая quiet
усердный усердная diligent · утренний утренняя morning · храбрый храбрая brave · южный южная southern
"""
# Gender, Russian, English.
_ANIMALS = """
m аист stork · m альбатрос albatross · f антилопа antelope · m барсук badger · f белка squirrel · m бобр beaver
m бурундук chipmunk · m волк wolf · m ворон raven · f выдра otter · f газель gazelle · m гепард cheetah
m горностай ermine · m дельфин dolphin · m дрозд thrush · m енот raccoon · m ёж hedgehog · m жаворонок lark
m жираф giraffe · m журавль crane · m заяц hare · m зимородок kingfisher · m зубр bison · m зяблик chaffinch
f иволга oriole · m кит whale · f коала koala · f косатка orca · m кречет gyrfalcon · m кролик rabbit · f куница marten
f лама llama · f ласточка swallow · m лебедь swan · m лев lion · m лемминг lemming · m леопард leopard · f лиса fox
m лось moose · m мангуст mongoose · m медведь bear · m морж walrus · f нерпа seal · m олень deer · m орёл eagle
f панда panda · m пеликан pelican · m пингвин penguin · f пума cougar · f пустельга kestrel · f росомаха wolverine
f рысь lynx · m скворец starling · m снегирь bullfinch · m соболь sable · f сова owl · m сокол falcon
m соловей nightingale · f сорока magpie · m сурок marmot · m тигр tiger · m тукан toucan · f цапля heron · m ястреб hawk
"""


class Alias(msgspec.Struct, frozen=True):
    """One alias in both languages. Two agents may share it: it is for people's eyes, and the id says who is who."""

    ru: str
    en: str


# What is left of an account that was closed.
FORMER = Alias("Бывший участник", "Former member")


def _entries(table: str) -> list[list[str]]:
    return [entry.split() for line in table.strip().splitlines() for entry in line.split(" · ")]


QUALITIES = _entries(_QUALITIES)
ANIMALS = _entries(_ANIMALS)
# Four digits, without those that are somebody's slogan.
NUMBERS = [number for number in range(1000, 10_000) if number not in {1488, 8814}]


def new() -> Alias:
    """An alias by chance, one of some 37 million."""
    return called(secrets.choice(QUALITIES), secrets.choice(ANIMALS), number=secrets.choice(NUMBERS))


def called(quality: list[str], animal: list[str], *, number: int) -> Alias:
    """The alias of these words; in Russian the quality takes the animal's gender."""
    masculine, feminine, quality_en = quality
    gender, animal_ru, animal_en = animal
    quality_ru = feminine if gender == "f" else masculine
    return Alias(f"{quality_ru.capitalize()} {animal_ru} {number}", f"{quality_en.capitalize()} {animal_en} {number}")
