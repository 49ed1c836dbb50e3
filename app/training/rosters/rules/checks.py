"""Rules of the real-name check job: what a line becomes by its answer, when it is asked again, and the budget.

人社部发〔2021〕102号 (十九): 依托持卡人员基础信息库实现培训对象实名认证. A line without an answer stays provisional
and is asked again until there is one; it is never waved through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.kernel.errors import UNSOURCED, Reason
from app.training.rosters.states import LineState

LEASE = timedelta(minutes=2)
"""How long a worker keeps a line to itself; after that another may ask again (the first may have died)."""

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Budget:
    """Mismatches of one institution today, and how many it may cause a day."""

    spent: int
    limit: int

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more is answered today: a roster is no oracle for names and numbers."""
        return self.spent >= self.limit


def state_after(outcome: str) -> LineState:
    """The line's state by the outcome of its check; every answer but a match is simply *not matched*."""
    if outcome == "matched":
        return LineState.MATCHED
    return LineState.UNAVAILABLE if outcome == "unavailable" else LineState.NOT_MATCHED


def wait_after(attempts: int) -> timedelta:
    """How long until an unanswered line is asked again: 30 s, doubling, at most 30 min."""
    doublings = min(max(attempts, 1) - 1, 10)
    return min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)


def within_budget(answered: Sequence[tuple[UUID, str]], budgets: Mapping[UUID, Budget]) -> list[bool]:
    """Which of ``(institution, outcome)`` may be told today, in order.

    Once an institution's mismatches reach its budget nothing of it is told any more, matches neither: a gap among
    told matches would tell as much as the word.
    """
    spent = {institution: budget.spent for institution, budget in budgets.items()}
    told: list[bool] = []
    for institution, outcome in answered:
        may_tell = spent[institution] < budgets[institution].limit
        told.append(may_tell)
        if may_tell and state_after(outcome) is LineState.NOT_MATCHED:
            spent[institution] += 1
    return told


def budget_used(budget: Budget) -> Reason:
    """Why an institution may not add to its rosters until tomorrow."""
    return Reason(
        code="mismatch_budget_used",
        message=f"今日未通过实名核验的学员已达{budget.spent}人（每日上限{budget.limit}人），今日不再受理名册导入",
        remedy="请先对照证件核对未通过核验的学员；明日零时（北京时间）后可以继续导入",
        value=str(budget.spent),
        citation=UNSOURCED,
    )


def next_law_day(today: date) -> date:
    """The day on which a used-up budget is whole again."""
    return today + timedelta(days=1)
