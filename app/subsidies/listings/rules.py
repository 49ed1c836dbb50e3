"""Rules of employers' listings: which period one may be of, who may file it, and what stands against deciding it. Pure.

企业新型学徒制: per apprentice and year (国办发〔2019〕24号 四(十一)); 以工代训: per month, at most six (same clause);
一次性留工培训补助: per insured employee and year (人社部发〔2022〕23号, secondary). How one is filed no text says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Reason
from app.subsidies.listings.states import ListingKind

_PERIODS: Mapping[ListingKind, tuple[re.Pattern[str], str]] = {
    ListingKind.APPRENTICESHIP_YEAR: (
        re.compile(r"year-[1-4]", re.ASCII),
        "year-1 至 year-4（第几个培养年度）",
    ),
    ListingKind.WORK_MONTH: (re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII), "年-月，如 2026-05"),
    ListingKind.RETAINED_EMPLOYEE: (re.compile(r"20[0-9]{2}", re.ASCII), "四位年份，如 2022"),
}
_LONGEST_YEAR = timedelta(days=366)
"""A year of apprenticeship, first and last day included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingHead:
    """What a listing says of itself. Days are those of apprenticeship; the other kinds' follow from the period."""

    kind: ListingKind
    division_code: str
    period: str
    starts_on: date | None = None
    ends_on: date | None = None
    occupation: tuple[int, str] | None = None
    skill_level: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingFacts:
    """What the rules of filing ask of the directory and the code lists."""

    is_enterprise: bool
    is_active: bool
    is_division_known: bool
    is_occupation_known: bool
    today: date


def days_of(head: ListingHead) -> tuple[date, date] | None:
    """First and last day that the listing covers; None when its period or days cannot be read."""
    pattern, _ = _PERIODS[head.kind]
    if pattern.fullmatch(head.period) is None:
        return None
    match head.kind:
        case ListingKind.APPRENTICESHIP_YEAR:
            return None if head.starts_on is None or head.ends_on is None else (head.starts_on, head.ends_on)
        case ListingKind.WORK_MONTH:
            first = date.fromisoformat(f"{head.period}-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case ListingKind.RETAINED_EMPLOYEE:
            return date(int(head.period), 1, 1), date(int(head.period), 12, 31)


def reasons_against_filing(head: ListingHead, facts: FilingFacts) -> tuple[Reason, ...]:
    """Every reason why this employer cannot file this listing today."""
    reasons = []
    if not facts.is_enterprise:
        reasons.append(
            _reason(
                "employer_not_enterprise",
                "只有目录中登记为企业的单位可以报送用人单位名单",
                "培训机构请使用开班备案和名册",
            )
        )
    elif not facts.is_active:
        reasons.append(
            _reason("employer_not_active", "本单位目前已暂停或退出目录", "请联系所在地经办机构恢复后再报送")
        )
    if not facts.is_division_known:
        reasons.append(
            _reason(
                "division_unknown",
                "行政区划代码不在现行代码表中",
                "请填写受理地的六位区划代码",
                "division_code",
            )
        )
    reasons.extend(_about_period(head, facts.today))
    reasons.extend(_about_occupation(head, facts))
    return tuple(reasons)


def _about_period(head: ListingHead, today: date) -> list[Reason]:
    pattern, form = _PERIODS[head.kind]
    if pattern.fullmatch(head.period) is None:
        return [_reason("period_form", "所属期间的写法与名单种类不符", f"请写成：{form}", "period")]
    is_dated = head.kind is ListingKind.APPRENTICESHIP_YEAR
    if is_dated != (head.starts_on is not None) or is_dated != (head.ends_on is not None):
        said = "学徒名单须填写培养年度的起止日期" if is_dated else "这类名单的起止日期由所属期间确定"
        remedy = "请填写起始日和结束日" if is_dated else "请留空起止日期"
        return [_reason("listing_days", said, remedy, "starts_on")]
    days = days_of(head)
    assert days is not None
    starts_on, ends_on = days
    reasons = []
    if ends_on < starts_on:
        reasons.append(_reason("period_backward", "结束日早于起始日", "请更正日期", "ends_on"))
    elif is_dated and ends_on - starts_on >= _LONGEST_YEAR:
        said = "一个培养年度不能超过一年"
        reasons.append(_reason("year_too_long", said, "请按培养年度分别报送", "ends_on"))
    # Retained employees are listed within their year; what an employer trained, once it has been done.
    begun_only = head.kind is ListingKind.RETAINED_EMPLOYEE
    if starts_on > today or (not begun_only and ends_on >= today):
        reasons.append(
            _reason(
                "period_not_over",
                f"所属期间（至{day_in_words(ends_on)}）尚未结束",
                "请在期间结束后报送",
                "period",
            )
        )
    return reasons


def _about_occupation(head: ListingHead, facts: FilingFacts) -> list[Reason]:
    if head.kind is ListingKind.APPRENTICESHIP_YEAR and head.occupation is None:
        said = "学徒名单须填写培养的职业"
        return [_reason("occupation_missing", said, "请填写职业编码及其大典版本", "occupation_code")]
    if head.occupation is not None and not facts.is_occupation_known:
        said = "职业分类大典的这一版本中没有该职业编码"
        return [_reason("occupation_unknown", said, "请核对职业编码和大典版本", "occupation_code")]
    return []


def several_groups() -> Reason:
    """A line that names more than one key group."""
    said = "用人单位名单的每一行只能填写一个重点群体"
    return _reason("key_group_several", said, "请填写申领所依据的那一个重点群体", "key_group")


def listed_already() -> Reason:
    """A person whom the same employer has listed for the same period."""
    said = "该人员已在本单位同一期间的名单中"
    return _reason("listed_already", said, "无需重复报送；有误的请待名单退回后重新报送", "identity_number")


DECISION_REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(code=code, message=message, remedy=remedy, citation=UNSOURCED)
        for code, message, remedy in (
            ("listing_already_decided", "这份名单已有审核结果", "无需再次办理；退回的由用人单位重新报送"),
            (
                "listing_lines_unchecked",
                "名单中还有人员等待实名核验",
                "请待全部核验完毕后确认；系统会自动重试",
            ),
            (
                "listing_nobody_matched",
                "名单中没有通过实名核验的人员",
                "请退回名单，由用人单位核对后重新报送",
            ),
            ("listing_changed_meanwhile", "名单的核验结果刚刚有变化", "请重新查看后再确认"),
        )
    )
}


def _reason(code: str, message: str, remedy: str, field: str | None = None) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field, citation=UNSOURCED)
