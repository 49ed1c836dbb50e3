"""Until when the next step is due, in working days of the policy book.

A period is counted from the day after (民法典 第二百零一条).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.policy.values import PolicyUndefined, value_of
from app.reference.calendar import due_after, working_day_from
from app.subsidies.claims.states import AppealChannel, ClaimState

KEY_OF_STATE: Mapping[ClaimState, str] = {
    ClaimState.SUBMITTED: "claim_acceptance_working_days",
    ClaimState.ACCEPTED: "claim_review_working_days",
    ClaimState.REVIEWED: "claim_approval_working_days",
    ClaimState.PAYABLE: "claim_payment_working_days",
}
NEXT_STEP: Mapping[ClaimState, str] = {
    ClaimState.SUBMITTED: "等待经办机构受理",
    ClaimState.SUPPLEMENT_REQUESTED: "请按补正告知书补齐材料",
    ClaimState.ACCEPTED: "等待经办机构审核",
    ClaimState.NOT_ACCEPTED: "可按决定书载明的方式申诉，或补齐条件后重新申领",
    ClaimState.REVIEWED: "等待第二名经办人审批",
    ClaimState.APPROVED: "等待公示",
    ClaimState.REFUSED: "可按决定书载明的方式申诉",
    ClaimState.NOTICED: "公示中，期满无异议即可拨付",
    ClaimState.PAYABLE: "等待拨付",
    ClaimState.ORDERED: "已列入拨付单，等待发往银行",
    ClaimState.INSTRUCTED: "银行处理中",
    ClaimState.PAID: "已发放，无需办理",
    ClaimState.FAILED: "请核对收款账户，等待重新拨付",
    ClaimState.WITHDRAWN: "已撤回；需要时可重新申领",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for the next step, and where the period comes from.

    ``is_provisional``: it runs into a year whose holidays are not published; the true day is not later.
    """

    due_on: date
    citation: Citation
    is_provisional: bool


def deadline_of(state: ClaimState, since: date, division: str) -> Deadline | None:
    """When the agency's next step is due; None when none runs."""
    key = KEY_OF_STATE.get(state)
    if key is None:
        return None
    try:
        period = value_of(key, on=since, division=division)
    except PolicyUndefined:
        return None
    due = due_after(since, period.number)
    return Deadline(due.on, period.citation, due.is_provisional)


def supplement_due_on(today: date, division: str) -> date:
    """Last day for the claimant's answer, as it is told: at least the period. Raises ``PolicyUndefined``."""
    days = value_of("claim_supplement_working_days", on=today, division=division).number
    return due_after(today, days).on


def remedy_ends_on(channel: AppealChannel, told_on: date, division: str) -> Deadline:
    """Last day of 复议 (days) or 诉讼 (months) after a decision was told; 复核 runs as long as 复议.

    A last day that is no working day moves to the next one (民法典 第二百零三条), and where the year's holidays are not
    published to the first that can be none.
    """
    if channel is AppealChannel.LITIGATION:
        period = value_of("litigation_months", on=told_on, division=division)
        last = months_later(told_on, period.number)
    else:
        period = value_of("reconsideration_days", on=told_on, division=division)
        last = date.fromordinal(told_on.toordinal() + period.number)
    moved = working_day_from(last)
    return Deadline(moved.on, period.citation, moved.is_provisional)


def clause_of(channel: AppealChannel, on: date, division: str) -> Citation:
    """The text an appeal of that kind rests on, in the version that holds. Raises ``PolicyUndefined``."""
    key = "litigation_months" if channel is AppealChannel.LITIGATION else "reconsideration_days"
    return value_of(key, on=on, division=division).citation


def reasons_against_appealing(
    channel: AppealChannel, told_on: date, today: date, division: str
) -> tuple[Reason, ...]:
    """Whether the way is still open. Courts and the reviewing body decide on extensions, so only they may set one."""
    last = remedy_ends_on(channel, told_on, division)
    if today <= last.due_on:
        return ()
    return (
        Reason(
            code="appeal_too_late",
            field="channel",
            value=told_on.isoformat(),
            message=f"决定于{day_in_words(told_on)}告知，申请期限已于{day_in_words(last.due_on)}届满",
            remedy="因不可抗力等正当理由耽误的，请向复议机关或法院申请顺延；法院裁判由经办机构登记",
            citation=last.citation,
        ),
    )


def months_later(day: date, months: int) -> date:
    """The corresponding day, or the last of a shorter month (民法典 第二百零二条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)
