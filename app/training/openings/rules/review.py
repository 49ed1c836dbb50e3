"""Rules of reviewing a filing: only what is filed can be returned or put on record."""

from datetime import date

from app.kernel.errors import Reason
from app.policy.values import PolicyUndefined, value_of
from app.reference.calendar import DueDay, due_after
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.states import CANCELABLE, STATE_NAMES, OpeningState


def review_due_on(filed_on: date, division: str) -> DueDay | None:
    """Last day for the answer to a filing, in working days of the place; None where no value holds."""
    try:
        days = value_of("filing_review_working_days", on=filed_on, division=division).number
    except PolicyUndefined:
        return None
    return due_after(filed_on, days)


def reasons_against_review(state: OpeningState) -> tuple[Reason, ...]:
    """Why an opening is not under review."""
    if state is OpeningState.FILED:
        return ()
    return (
        Reason(
            code="opening_not_filed",
            message=f"班次目前为“{STATE_NAMES[state]}”，不是待审的申报",
            remedy="请刷新工作列表；只有已申报的班次可以备案或退回",
            field="state",
            value=STATE_NAMES[state],
            citation=FIVE_PARTS,
        ),
    )


def reasons_against_cancellation(state: OpeningState) -> tuple[Reason, ...]:
    """Why an opening can no longer be canceled."""
    if state in CANCELABLE:
        return ()
    return (
        Reason(
            code="opening_not_cancelable",
            message=f"班次目前为“{STATE_NAMES[state]}”，不能取消",
            remedy="已经上课的班次请按规定考核后结班；学员退出请提出变更",
            field="state",
            value=STATE_NAMES[state],
            citation=FIVE_PARTS,
        ),
    )
