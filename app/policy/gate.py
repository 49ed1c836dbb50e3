"""What a book may say and the pay gate cannot keep: told before it decides anything.

The once-only key of 技能提升补贴 and 职业培训补贴 is one for both, per person, occupation and level, for life
(国办发〔2019〕24号 四(十二)): two claims under it cannot both be filed, whatever a bundle says. A value that would let
somebody enjoy both is refused here, not silently overruled by the database.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from app.policy.book import PolicyBook, PolicyValue

_SCOPE: Final = "skill_upgrade_training_exclusion"
_DIRECTION: Final = "skill_upgrade_exclusion_direction"
_KEPT_SINCE: Final = date(2019, 5, 18)
"""国办发〔2019〕24号: before it no text kept the two apart, and the officer decides what shares a key."""
_NARROWER: Final = frozenset({"none", "certificate"})


def defects_at_the_gate(book: PolicyBook) -> tuple[str, ...]:
    """Every value that the database would not honor, with what to write instead; empty when it honors them all."""
    return tuple(_defects(book))


def _defects(book: PolicyBook) -> Iterator[str]:
    for value in book.values_of(_SCOPE) if _SCOPE in book.keys else ():
        if value.option in _NARROWER and _reaches(value):
            yield _told(
                value,
                "数据库按“同一职业同一等级”只留一个名额，比这更窄的范围不会生效",
                "occupation_level 或 person",
            )
    for value in book.values_of(_DIRECTION) if _DIRECTION in book.keys else ():
        if value.option != "both" and _reaches(value):
            yield _told(
                value, "两项补贴共用一个名额，先领任一项的都不能再领另一项，单向的规定不会生效", "both"
            )


def _reaches(value: PolicyValue) -> bool:
    return value.period.ends_before is None or value.period.ends_before > _KEPT_SINCE


def _told(value: PolicyValue, why: str, instead: str) -> str:
    named = value.key.options[value.option]
    return (
        f"{value.key.key}：{value.division}：自 {value.period.starts_on} 起为“{named}”：{why}"
        f"（国办发〔2019〕24号 四(十二)）；请改为 {instead}，或把取值止于 {_KEPT_SINCE}。"
    )
