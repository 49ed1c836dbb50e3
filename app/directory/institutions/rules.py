"""Rules of the directory of institutions: facts in, every reason out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.directory.institutions.states import MAY_FOLLOW, STANDING_NAMES, Standing
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.kernel.periods import DatePeriod

LAWFUL_QUALIFICATION = Citation(document="人社部发〔2025〕10号", clause="三(二)")
"""培训机构应具备法定资质和良好信誉: the qualification and standing an institution must have."""

FARTHEST_AHEAD = timedelta(days=90)
"""How far ahead a change may be entered; an operating limit, no text states one."""

_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9][0-9]{9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StandingPeriod:
    """A standing over the days it was in force."""

    standing: Standing
    in_force: DatePeriod
    document_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionFacts:
    """An institution as the directory shows it; the telephone stands here only if it is an office's."""

    institution_id: UUID
    unified_social_credit_code: str
    name: str
    kind: str
    division_code: str
    address: str
    public_phone: str | None
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChange:
    """A proposed change of standing and what it meets.

    ``last`` is the newest period, which is open-ended; ``last_filing_on`` the last day on which a filing rested on
    the institution being active.
    """

    to: Standing
    effective_on: date
    today: date
    last: StandingPeriod
    last_filing_on: date | None


def reasons_against_standing_change(change: StandingChange) -> tuple[Reason, ...]:
    """Every reason; empty when the change may be made."""
    reasons = []
    if change.to not in MAY_FOLLOW[change.last.standing]:
        final = change.last.standing is Standing.WITHDRAWN
        reasons.append(
            Reason(
                code="standing_final" if final else "standing_unchanged",
                message=f"机构目前的状态是“{STANDING_NAMES[change.last.standing]}”，不能改为“{STANDING_NAMES[change.to]}”",
                remedy="退出目录后不能恢复，确需重新进入的请按新机构登记"
                if final
                else "请核对机构目前的状态",
                field="standing",
                value=change.last.standing,
                citation=UNSOURCED,
            )
        )
    if change.effective_on < change.today:
        reasons.append(
            Reason(
                code="effective_day_past",
                message=f"生效日期{day_in_words(change.effective_on)}早于今天",
                remedy="状态变更不能追溯，请填写今天或以后的日期",
                field="effective_on",
                value=str(change.effective_on),
                citation=UNSOURCED,
            )
        )
    elif change.effective_on > change.today + FARTHEST_AHEAD:
        reasons.append(_too_far(change))
    elif change.effective_on <= change.last.in_force.starts_on:
        reasons.append(_period_too_short(change))
    elif change.last_filing_on is not None and change.effective_on <= change.last_filing_on:
        reasons.append(STANDING_DAY_USED)
    return tuple(reasons)


def _too_far(change: StandingChange) -> Reason:
    return Reason(
        code="effective_day_far",
        message=f"生效日期{day_in_words(change.effective_on)}离今天超过{FARTHEST_AHEAD.days}天",
        remedy="请临近时再办理；已登记的未来状态会挡住更早的变更",
        field="effective_on",
        value=str(change.effective_on),
        citation=UNSOURCED,
    )


def _period_too_short(change: StandingChange) -> Reason:
    starts_on = change.last.in_force.starts_on
    return Reason(
        code="standing_change_pending",
        message=f"目前登记的状态自{day_in_words(starts_on)}起生效，新状态须晚于这一天",
        remedy="请填写更晚的生效日期；每个状态至少持续一天，历史不作删除",
        field="effective_on",
        value=str(change.effective_on),
        citation=UNSOURCED,
    )


STANDING_DAY_USED = Reason(
    code="standing_day_used",
    message="当天已有开班备案以该机构的目录状态为依据，这一天的状态不能收回",
    remedy="请把生效日期改为最近一次备案申报日的次日或以后",
    field="effective_on",
    citation=LAWFUL_QUALIFICATION,
)


def reasons_against_division(code: str, *, known: bool, in_scope: bool, field: str) -> tuple[Reason, ...]:
    """Why a division cannot be used: not in force on the day, or outside the agency's own area."""
    if not known:
        return (
            Reason(
                code="division_unknown",
                message=f"行政区划代码{code}在该日期没有施行",
                remedy="请在区划代码表中查询现行代码后重新填写",
                field=field,
                value=code,
                citation=Citation(document="GB/T 2260", clause=""),
            ),
        )
    if not in_scope:
        return (
            Reason(
                code="division_out_of_scope",
                message=f"行政区划{code}不在本机关的管辖范围内",
                remedy="请由管辖该地区的主管部门办理",
                field=field,
                value=code,
                citation=UNSOURCED,
            ),
        )
    return ()


def reasons_against_period(starts_on: date, ends_before: date | None, *, field: str) -> tuple[Reason, ...]:
    """A validity must contain at least one day."""
    if ends_before is None or ends_before > starts_on:
        return ()
    return (
        Reason(
            code="period_empty",
            message=f"有效期自{day_in_words(starts_on)}起、至{day_in_words(ends_before)}前，其中没有一天",
            remedy="截止日期（不含当日）须晚于起始日期",
            field=field,
            value=str(ends_before),
        ),
    )


def reasons_against_occupation(edition: int, code: str, *, known: bool) -> tuple[Reason, ...]:
    """An occupation must stand in the named edition of the dictionary."""
    if known:
        return ()
    return (
        Reason(
            code="occupation_unknown",
            message=f"国家职业分类大典{edition}年版中没有职业编码{code}",
            remedy="请在职业目录中查询编码和版本后重新填写",
            field="occupation_code",
            value=code,
        ),
    )


def reason_against_ending(ends_before: date, *, today: date, starts_on: date) -> tuple[Reason, ...]:
    """Ending a designation is neither retroactive nor total: it keeps at least its first day."""
    earliest = max(today, starts_on)
    if ends_before >= earliest and ends_before > starts_on:
        return ()
    return (
        Reason(
            code="effective_day_past",
            message=f"终止日期{day_in_words(ends_before)}过早",
            remedy=f"请填写不早于{day_in_words(earliest)}且晚于起始日{day_in_words(starts_on)}的日期；终止不能追溯",
            field="ends_before",
            value=str(ends_before),
            citation=UNSOURCED,
        ),
    )


def public_phone(phone: str) -> str | None:
    """The telephone as anybody may see it: an office's number, never somebody's mobile phone."""
    return None if _MOBILE.fullmatch(re.sub(r"[\s-]", "", phone)) else phone


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "training_institution_credit_code_key": Reason(
        code="institution_already_registered",
        message="该统一社会信用代码已经登记在目录中",
        remedy="请在机构目录中按代码查询；状态变更请在原有登记上办理",
        field="unified_social_credit_code",
    ),
    "training_institution_division_fkey": Reason(
        code="division_unknown",
        message="行政区划代码不在代码表中",
        remedy="请查询区划代码表后重新填写",
        field="division_code",
    ),
    "institution_designation_pkey": Reason(
        code="designation_overlaps",
        message="该机构在该地区对该职业已有定点，有效期重叠",
        remedy="请先终止原有定点，或把起始日期改到原有定点结束之后",
        field="starts_on",
    ),
    "institution_designation_occupation_fkey": Reason(
        code="occupation_unknown",
        message="所填版本的职业分类大典中没有该职业编码",
        remedy="请查询职业目录后重新填写",
        field="occupation_code",
    ),
    "institution_standing_pkey": Reason(
        code="standing_change_pending",
        message="同一时间已登记了另一项状态变更",
        remedy="请刷新后核对机构目前的状态",
        field="effective_on",
    ),
    "opening_filing_standing_fkey": STANDING_DAY_USED,
    "opening_filing_designation_fkey": Reason(
        code="designation_day_used",
        message="开班备案申报日当天的定点范围已被使用或不成立",
        remedy="终止定点的，请改为备案申报日之后的日期；申报开班的，请核对定点范围",
        field="ends_before",
        citation=LAWFUL_QUALIFICATION,
    ),
}
