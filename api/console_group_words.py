"""The words of the console's page about groups, in Russian and English."""

from typing import Final

import msgspec

from referrals.words import Language


class GroupWords(msgspec.Struct, frozen=True):
    """One language's words of it."""

    groups: str
    hint: str
    group: str
    members: str
    campaigns: str
    nobody: str
    none_yet: str
    words: str
    until: str
    used: str
    used_of: str
    is_open: str
    is_closed: str
    stop: str
    make: str
    make_hint: str
    last_day: str
    uses_max: str
    made: str
    made_hint: str


GROUP_WORDS: Final[dict[Language, GroupWords]] = {
    "ru": GroupWords(
        groups="Группы",
        hint="Кампания для группы платит только её участникам. Название в кампании и здесь пишется одинаково.",
        group="Группа",
        members="Участников",
        campaigns="Кампаний для неё",
        nobody="никого: такая кампания никому не платит",
        none_yet="Групп ещё нет.",
        words="Слова для вступления",
        until="До",
        used="Вступили",
        used_of="{used} из {most}",
        is_open="действует",
        is_closed="не действует",
        stop="Остановить",
        make="Сделать слово",
        make_hint="Слово говорят или печатают, например на обучении. Кто введёт его в приложении, вступит в группу.",
        last_day="Последний день",
        uses_max="Сколько человек могут вступить",
        made="Слово группы «{group}»",
        made_hint="Запишите слово сейчас: больше оно нигде не показывается.",
    ),
    "en": GroupWords(
        groups="Groups",
        hint="A campaign for a group pays its members alone. Its name is spelled in the campaign as it is here.",
        group="Group",
        members="Members",
        campaigns="Campaigns for it",
        nobody="nobody: such a campaign pays nobody",
        none_yet="There are no groups yet.",
        words="Words to join by",
        until="Until",
        used="Joined",
        used_of="{used} of {most}",
        is_open="open",
        is_closed="closed",
        stop="Stop",
        make="Make a word",
        make_hint="A word is said or printed, say at a training. Whoever types it into the app joins the group.",
        last_day="Last day",
        uses_max="How many people may join",
        made="The word of the group “{group}”",
        made_hint="Write the word down now: it is shown nowhere else.",
    ),
}
