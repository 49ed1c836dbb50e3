"""What a class waits for, as its institution's work list says it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.training.openings.rules.next_step import ProgressFacts, Urgency, next_step
from app.training.openings.states import OpeningState

NOW = datetime(2026, 3, 10, 1, tzinfo=UTC)
READY: dict[str, Any] = {
    "state": OpeningState.DRAFT,
    "now": NOW,
    "written_parts": 3,
    "has_teachers": True,
    "has_sessions": True,
    "trainees": 30,
    "not_matched": 0,
    "pending_checks": 0,
    "open_results": 0,
    "first_session_at": NOW + timedelta(days=3),
    "last_session_ends_at": NOW + timedelta(days=9),
}
RUNNING = {"state": OpeningState.RUNNING}
OVER = {**RUNNING, "last_session_ends_at": NOW - timedelta(hours=1)}


@pytest.mark.parametrize(
    ("changes", "words", "urgency"),
    [
        ({}, "请核对并申报", Urgency.NOW),
        ({"trainees": 0, "written_parts": 2}, "还缺书面材料、学员名册", Urgency.SOON),
        ({"not_matched": 2}, "2名学员未通过实名核验", Urgency.NOW),
        ({"pending_checks": 4}, "4名学员正在实名核验", Urgency.WAITING),
        ({"state": OpeningState.RETURNED}, "补正后重新申报", Urgency.NOW),
        ({"state": OpeningState.FILED}, "等待经办机构审核", Urgency.WAITING),
        ({"state": OpeningState.ON_RECORD}, "准备好考勤设备", Urgency.SOON),
        ({"state": OpeningState.ON_RECORD, "first_session_at": NOW}, "还没有签到", Urgency.NOW),
        (RUNNING, "正在上课", Urgency.WAITING),
        ({**OVER, "open_results": 3}, "还有3名学员的考核成绩没有确认", Urgency.NOW),
        (OVER, "可以结班", Urgency.NOW),
    ],
)
def test_each_class_says_what_it_waits_for(changes: dict[str, Any], words: str, urgency: Urgency) -> None:
    step = next_step(ProgressFacts(**{**READY, **changes}))
    assert words in step.sentence
    assert step.urgency is urgency
