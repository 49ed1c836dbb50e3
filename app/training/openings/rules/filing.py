"""Rules of filing (开班备案): all reasons at once (一次性告知), each with its clause."""

from datetime import timedelta

from app.kernel.clock import day_in_words, instant_in_words, law_date
from app.kernel.errors import Reason
from app.training.openings.rules.clauses import FIVE_PARTS, QUALIFICATION
from app.training.openings.rules.facts import DirectoryFacts, FilingFacts
from app.training.openings.rules.roster import reasons_against_roster
from app.training.openings.rules.sessions import reasons_against_sessions
from app.training.openings.states import HOURS_NAMES, HoursKind


def reasons_against_filing(facts: FilingFacts) -> tuple[Reason, ...]:
    """Every reason against the filing; empty when it may be filed or put on record. The commitment is judged apart
    (``reasons_against_commitment``), because it is given with the filing itself.
    """
    return (
        *_part_reasons(facts),
        *_plan_reasons(facts),
        *reasons_against_sessions(facts),
        *_time_reasons(facts),
        *reasons_against_roster(facts.roster, facts.limits, planned_size=facts.planned_size),
        *reasons_of_directory(facts.directory),
    )


def reasons_of_directory(directory: DirectoryFacts) -> list[Reason]:
    """A filing uses only entries that are valid on its day (directory gate)."""
    checks = (
        (
            directory.standing_today == "active" and directory.standing_then == "active",
            "institution_not_active",
            "机构在目录中的状态不是“在目录”（已暂停或退出）",
            "请与主管部门联系；恢复后方可申报",
            "institution_id",
        ),
        (
            directory.qualified,
            "qualification_invalid",
            "申报日没有在有效期内的法定资质证照",
            "请先向主管部门登记有效的办学许可证等证照",
            "institution_id",
        ),
        (
            directory.designated_division is not None,
            "not_designated",
            "机构的定点范围在申报日不含本班次的职业和地区",
            "请选用定点范围内的项目和开班地区，或先申请扩大定点范围",
            "division_code",
        ),
        (
            directory.program_in_force,
            "program_not_in_force",
            f"项目“{directory.program_name}”的这一版本在申报日不在施行期内",
            "请在草稿中改用项目的现行版本",
            "program_version",
        ),
        (
            directory.program_covers_division,
            "program_not_for_division",
            f"项目“{directory.program_name}”不属于开班地区的项目目录",
            "请选用开班地区或其上级地区发布的项目",
            "program_id",
        ),
    )
    return [
        Reason(code=code, message=message, remedy=remedy, field=field, citation=QUALIFICATION)
        for holds, code, message, remedy, field in checks
        if not holds
    ]


def _part_reasons(facts: FilingFacts) -> list[Reason]:
    checks = (
        (facts.plan is not None, "teaching_plan", "教学计划"),
        (bool(facts.teachers), "teachers", "授课师资情况"),
        (facts.material_count > 0, "teaching_materials", "教材教学资源清单"),
        (facts.assessment is not None, "assessment_plan", "考核方案"),
        (facts.roster.lines > 0, "roster", "学员名册"),
    )
    return [
        Reason(
            code=f"{part}_missing",
            message=f"缺少{name}",
            remedy=f"请提交{name}；开班备案须五项材料齐全",
            field=part if part in {"teachers", "roster"} else f"parts.{part}",
            citation=FIVE_PARTS,
        )
        for present, part, name in checks
        if not present
    ]


def _plan_reasons(facts: FilingFacts) -> list[Reason]:
    reasons: list[Reason] = []
    if facts.plan is not None:
        program = facts.directory.program_hours
        for kind in HoursKind:
            planned, wanted = facts.plan.hours.get(kind, 0), program.get(kind, 0)
            if planned < wanted:
                reasons.append(_plan_short(kind, planned, wanted))
        if facts.limits.safety_required and facts.plan.hours.get(HoursKind.SAFETY, 0) == 0:
            reasons.append(
                Reason(
                    code="safety_hours_missing",
                    message="教学计划没有安全知识、安全操作技能的课时",
                    remedy="请在教学计划中安排安全内容",
                    field="parts.teaching_plan.modules",
                    value="0",
                    citation=FIVE_PARTS,
                )
            )
    last = max((session.ends_at for session in facts.sessions), default=None)
    if facts.assessment and last and facts.assessment.planned_on < law_date(last):
        reasons.append(
            Reason(
                code="assessment_before_end",
                message=f"考核方案的日期{day_in_words(facts.assessment.planned_on)}早于最后一次课{day_in_words(law_date(last))}",
                remedy="结业考核在培训结束后组织，请更正考核日期或课次",
                field="parts.assessment_plan.planned_on",
                value=str(facts.assessment.planned_on),
                citation=FIVE_PARTS,
            )
        )
    return reasons


def _plan_short(kind: HoursKind, planned: int, wanted: int) -> Reason:
    return Reason(
        code="plan_hours_short",
        message=f"教学计划的{HOURS_NAMES[kind]}课时为{planned}，少于项目公布的{wanted}",
        remedy=f"请在教学计划中补足{HOURS_NAMES[kind]}课时",
        field="parts.teaching_plan.modules",
        value=str(planned),
        citation=FIVE_PARTS,
    )


def _time_reasons(facts: FilingFacts) -> list[Reason]:
    """Server time decides: before the first session, with the lead the policy asks for at the moment of filing."""
    if not facts.sessions:
        return []
    first = min(session.starts_at for session in facts.sessions)
    shown = instant_in_words(first)
    if first <= facts.now:
        return [
            Reason(
                code="filing_late",
                message=f"首次课{shown}已经开始，不能再备案",
                remedy="开班备案须在开班前办理；请把课次改到以后的时间重新申报，已上的课不计入",
                field="sessions",
                value=shown,
                citation=FIVE_PARTS,
            )
        ]
    lead = facts.limits.lead_hours
    if first - facts.filed_at < timedelta(hours=lead.number):
        return [
            Reason(
                code="lead_time_short",
                message=f"距首次课{shown}不足{lead.number}小时",
                remedy=f"请把首次课安排在申报{lead.number}小时以后",
                field="sessions",
                value=shown,
                citation=lead.citation,
            )
        ]
    return []
