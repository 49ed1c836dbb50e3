"""What a filing asks of the roster: its size, and that the real-name check has spoken for every line."""

from app.kernel.errors import Reason
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.rules.facts import FilingLimits, RosterFacts

_SHOWN_LINES = 20


def reasons_against_roster(
    roster: RosterFacts, limits: FilingLimits, *, planned_size: int
) -> tuple[Reason, ...]:
    """Every reason. A line that could not be checked because the base is down does not stand in the way: the class
    may start, the line stays provisional, and no record is made before a match.
    """
    if roster.lines == 0:
        return ()
    return (*_size_reasons(roster, limits, planned_size), *_check_reasons(roster))


def _size_reasons(roster: RosterFacts, limits: FilingLimits, planned_size: int) -> list[Reason]:
    least, most = limits.class_size_min, limits.class_size_max
    checks = (
        (
            roster.lines >= least.number,
            Reason(
                code="class_too_small",
                message=f"名册有{roster.lines}人，少于每班下限{least.number}人",
                remedy="请补充学员，或与其他班次合并",
                field="roster",
                value=str(roster.lines),
                citation=least.citation,
            ),
        ),
        (
            roster.lines <= most.number,
            Reason(
                code="class_too_large",
                message=f"名册有{roster.lines}人，超过每班上限{most.number}人",
                remedy="请分成几个班次申报",
                field="roster",
                value=str(roster.lines),
                citation=most.citation,
            ),
        ),
        (
            roster.lines <= planned_size,
            Reason(
                code="roster_over_planned_size",
                message=f"名册有{roster.lines}人，超过计划人数{planned_size}人",
                remedy="请更正计划人数，或核对名册",
                field="planned_size",
                value=str(planned_size),
                citation=FIVE_PARTS,
            ),
        ),
    )
    return [reason for holds, reason in checks if not holds]


def _check_reasons(roster: RosterFacts) -> list[Reason]:
    reasons = []
    if roster.unverified:
        reasons.append(
            Reason(
                code="roster_unverified",
                message=f"名册中有{roster.unverified}人尚未完成实名核验",
                remedy="系统正在核验，请稍后再申报",
                field="roster",
                value=str(roster.unverified),
                citation=FIVE_PARTS,
            )
        )
    if roster.not_matched:
        places = "、".join(roster.not_matched_at[:_SHOWN_LINES])
        more = "等" if roster.not_matched > _SHOWN_LINES else ""
        which = f"（{places}{more}）" if places else ""
        reasons.append(
            Reason(
                code="roster_not_matched",
                message=f"名册中有{roster.not_matched}人实名核验不一致{which}",
                remedy="请对照身份证件更正姓名和号码，或从名册中撤下",
                field="roster",
                value=str(roster.not_matched),
                citation=FIVE_PARTS,
            )
        )
    return reasons
