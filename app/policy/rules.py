"""Rules of the lists of shortage occupations (紧缺急需职业目录): facts in, every reason out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.kernel.periods import DatePeriod
from app.reference.divisions import DivisionLevel, level_of

SHORTAGE_LIST = Citation("人社部发〔2017〕40号", "三")
"""各省（自治区、直辖市）可…研究制定本地区紧缺急需的职业（工种）目录."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOccupation:
    """An occupation as somebody writes it; ``benefit_line`` is None when the dictionary does not have it.

    A list may name 工种; what is listed and paid is the occupation (the key ``once_only_unit``).
    """

    edition: int
    code: str
    benefit_line: str | None


def reasons_against_province(division_code: str, *, is_known: bool, is_in_scope: bool) -> tuple[Reason, ...]:
    """The list is a province's; an agency answers for its own area only."""
    if not is_known:
        return (
            Reason(
                code="division_unknown",
                message=f"行政区划{division_code}今天无效",
                remedy="请查询区划代码表后重新填写",
                field="division_code",
                value=division_code,
            ),
        )
    if level_of(division_code) is not DivisionLevel.PROVINCE:
        return (
            Reason(
                code="shortage_list_is_provincial",
                message=f"紧缺急需职业目录由省级制定，{division_code}不是省级区划",
                remedy="请填写省、自治区、直辖市的代码，由省级机构登记",
                field="division_code",
                value=division_code,
                citation=SHORTAGE_LIST,
            ),
        )
    if not is_in_scope:
        return (
            Reason(
                code="division_out_of_scope",
                message=f"{division_code}不在贵机构负责的地区之内",
                remedy="请由该省的省级机构登记",
                field="division_code",
                value=division_code,
            ),
        )
    return ()


def reasons_against_listing(
    occupations: Sequence[ListedOccupation],
    *,
    starts_on: date,
    ends_before: date | None,
    listed: Mapping[str, Sequence[DatePeriod]],
) -> tuple[Reason, ...]:
    """Every reason against a list: an empty period, unknown or repeated occupations, those that are on a list then.

    ``listed`` holds, by benefit line, the periods the division has already.
    """
    if ends_before is not None and ends_before <= starts_on:
        return (
            Reason(
                code="period_empty",
                message=f"有效期自{day_in_words(starts_on)}起、至{day_in_words(ends_before)}前，其中没有一天",
                remedy="截止日期（不含当日）须晚于起始日期",
                field="ends_before",
                value=str(ends_before),
            ),
        )
    period = DatePeriod(starts_on, ends_before)
    reasons: list[Reason] = []
    seen: set[str] = set()
    for place, each in enumerate(occupations):
        reason = _reason_against(each, period, seen, listed, f"occupations.{place}.occupation_code")
        if reason is not None:
            reasons.append(reason)
        seen.add(each.benefit_line or "")
    return tuple(reasons)


def _reason_against(
    listed_one: ListedOccupation,
    period: DatePeriod,
    seen: set[str],
    listed: Mapping[str, Sequence[DatePeriod]],
    field: str,
) -> Reason | None:
    line = listed_one.benefit_line
    if line is None:
        return Reason(
            code="occupation_unknown",
            message=f"国家职业分类大典{listed_one.edition}年版中没有职业编码{listed_one.code}",
            remedy="请在职业目录中查询编码和版本后重新填写",
            field=field,
            value=listed_one.code,
        )
    if line in seen:
        return Reason(
            code="occupation_repeated",
            message=f"职业{listed_one.code}与前面的一项是同一职业",
            remedy="请删去重复的一项；两个大典版本中的同一职业只写一次",
            field=field,
            value=listed_one.code,
        )
    held = next((each for each in listed.get(line, ()) if each.overlaps(period)), None)
    if held is None:
        return None
    until = f"至{day_in_words(held.ends_before)}前" if held.ends_before else "起"
    return Reason(
        code="shortage_listed_already",
        message=f"职业{listed_one.code}已在本省目录中（自{day_in_words(held.starts_on)}{until}），有效期重叠",
        remedy="请删去该项，或把起始日期改到原有有效期之后",
        field=field,
        value=listed_one.code,
    )


def reasons_against_ending(ends_before: date, *, today: date, period: DatePeriod) -> tuple[Reason, ...]:
    """A listing is shortened, not for the past: claims were decided by it."""
    earliest = max(today, period.starts_on)
    if ends_before < earliest or ends_before <= period.starts_on:
        return (
            Reason(
                code="effective_day_past",
                message=f"终止日期{day_in_words(ends_before)}过早",
                remedy=f"请填写不早于{day_in_words(earliest)}且晚于起始日{day_in_words(period.starts_on)}的日期；移出目录不能追溯",
                field="ends_before",
                value=str(ends_before),
                citation=UNSOURCED,
            ),
        )
    if period.ends_before is not None and ends_before > period.ends_before:
        return (
            Reason(
                code="listing_ends_sooner",
                message=f"该职业的有效期已到{day_in_words(period.ends_before)}为止，终止日期{day_in_words(ends_before)}在其后",
                remedy="需要延长的，请凭新的文件从到期日起另行登记",
                field="ends_before",
                value=str(ends_before),
                citation=UNSOURCED,
            ),
        )
    return ()


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "shortage_occupation_pkey": Reason(
        code="shortage_listed_already",
        message="其中有职业刚刚被登记到本省目录中，有效期重叠",
        remedy="请重新查询目录后再登记其余职业",
        field="occupations",
    ),
}
