"""Rules of the directory of programs: facts in, every reason out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason

PUBLISHED_FIELDS = Citation(document="人社部发〔2025〕10号", clause="三(二)")
"""向社会公布技能岗位用工数量、技能要求、培训内容、培训时长、培训方式等."""


FARTHEST_AHEAD = timedelta(days=366)
"""How far ahead a version may begin or end; an operating limit, no text states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramContent:
    """What a version of a program says; hours are class hours (课时)."""

    name: str
    occupation_edition: int
    occupation_code: str
    skill_level: str
    training_type: str
    training_mode: str
    open_positions: int
    skill_requirements: str
    content: str
    theory_hours: int
    practice_hours: int
    safety_hours: int
    starts_on: date
    ends_before: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFacts:
    """A version to publish with what the code lists and the policy of the day say about it."""

    content: ProgramContent
    today: date
    occupation_known: bool
    type_known: bool
    mode_known: bool
    safety_required: bool
    safety_citation: Citation
    last_starts_on: date | None = None


def reasons_against_program(facts: ProgramFacts) -> tuple[Reason, ...]:
    """Every reason against publishing a version; empty when it may be published."""
    content = facts.content
    return (
        *_code_reasons(facts),
        *_hour_reasons(facts),
        *reasons_against_start(content.starts_on, today=facts.today, last_starts_on=facts.last_starts_on),
        *_period_reasons(content),
    )


def reasons_against_start(
    starts_on: date, *, today: date, last_starts_on: date | None, field: str = "starts_on"
) -> tuple[Reason, ...]:
    """A version neither begins nor ends in the past, and the one before it keeps at least its first day."""
    if last_starts_on is not None and starts_on <= last_starts_on:
        return (
            Reason(
                code="program_change_pending",
                message=f"目前登记的版本自{day_in_words(last_starts_on)}起施行，变更须晚于这一天",
                remedy="请填写更晚的日期；每个版本至少施行一天，历史不作删除",
                field=field,
                value=str(starts_on),
                citation=UNSOURCED,
            ),
        )
    if starts_on < today:
        return (
            Reason(
                code="effective_day_past",
                message=f"日期{day_in_words(starts_on)}早于今天",
                remedy="项目目录的变更不能追溯，请填写今天或以后的日期",
                field=field,
                value=str(starts_on),
                citation=UNSOURCED,
            ),
        )
    return (_too_far(starts_on, field),) if starts_on > today + FARTHEST_AHEAD else ()


def _too_far(starts_on: date, field: str) -> Reason:
    return Reason(
        code="effective_day_far",
        message=f"日期{day_in_words(starts_on)}离今天超过{FARTHEST_AHEAD.days}天",
        remedy="请临近时再办理；已登记的未来版本会挡住更早的变更",
        field=field,
        value=str(starts_on),
        citation=UNSOURCED,
    )


def _code_reasons(facts: ProgramFacts) -> list[Reason]:
    content = facts.content
    checks = (
        (
            facts.occupation_known,
            "occupation_unknown",
            "occupation_code",
            content.occupation_code,
            "职业编码",
        ),
        (facts.type_known, "training_type_unknown", "training_type", content.training_type, "培训类型"),
        (facts.mode_known, "training_mode_unknown", "training_mode", content.training_mode, "培训方式"),
    )
    return [
        Reason(
            code=code,
            message=f"{label}“{value}”不在代码表中，或在起始日尚未施行",
            remedy="请查询相应的代码表后重新填写",
            field=field,
            value=value,
        )
        for known, code, field, value, label in checks
        if not known
    ]


def _hour_reasons(facts: ProgramFacts) -> list[Reason]:
    content, reasons = facts.content, []
    if content.theory_hours + content.practice_hours == 0:
        reasons.append(
            Reason(
                code="program_hours_missing",
                message="理论和实操课时都是0",
                remedy="请填写理论课时或实操课时",
                field="theory_hours",
                value="0",
                citation=PUBLISHED_FIELDS,
            )
        )
    if facts.safety_required and content.safety_hours == 0:
        reasons.append(
            Reason(
                code="safety_hours_missing",
                message="没有安排安全知识、安全操作技能的课时",
                remedy="请把安全内容融入教学并填写安全课时",
                field="safety_hours",
                value="0",
                citation=facts.safety_citation,
            )
        )
    return reasons


def _period_reasons(content: ProgramContent) -> tuple[Reason, ...]:
    if content.ends_before is None or content.ends_before > content.starts_on:
        return ()
    return (
        Reason(
            code="period_empty",
            message=f"施行期自{day_in_words(content.starts_on)}起、至{day_in_words(content.ends_before)}前，其中没有一天",
            remedy="截止日期（不含当日）须晚于起始日期",
            field="ends_before",
            value=str(content.ends_before),
        ),
    )


PROGRAM_DAY_USED = Reason(
    code="program_day_used",
    message="当天已有开班备案以该项目版本为依据，或该版本在申报日不在施行期内",
    remedy="变更项目的，请把生效日期改为次日或以后；申报开班的，请改用现行版本",
    field="starts_on",
    citation=PUBLISHED_FIELDS,
)

REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "training_program_version_one_in_force": Reason(
        code="program_version_overlaps",
        message="同一项目在这一期间已有另一个版本施行",
        remedy="请刷新后核对项目的施行期",
        field="starts_on",
    ),
    "training_program_version_pkey": Reason(
        code="program_version_overlaps",
        message="同一项目刚刚发布了另一个版本",
        remedy="请刷新后在新版本上修改",
        field="version",
    ),
    "opening_filing_program_fkey": PROGRAM_DAY_USED,
}
