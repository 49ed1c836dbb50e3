"""Words of assessments as they are stored."""

from enum import StrEnum


class Outcome(StrEnum):
    """合格、不合格、缺考、免考."""

    PASS = "pass"  # noqa: S105 - an outcome
    FAIL = "fail"
    ABSENT = "absent"
    EXEMPT = "exempt"


class AssessmentMethod(StrEnum):
    """理论、实操、综合, or 职业技能等级评价 in place of a completion assessment (人社部发〔2025〕10号 三(三))."""

    THEORY = "theory"
    PRACTICE = "practice"
    COMBINED = "combined"
    SKILL_EVALUATION = "skill_evaluation"


class ResultState(StrEnum):
    """How far one trainee's result is: 未录入、待确认、已确认."""

    MISSING = "missing"
    ENTERED = "entered"
    CONFIRMED = "confirmed"


ASSESSING_STATES = frozenset({"on_record", "running"})
"""States of an opening in which assessments are scheduled and results entered."""
SCORED = frozenset({Outcome.PASS, Outcome.FAIL})
SINGLE_SCORE = frozenset({AssessmentMethod.THEORY, AssessmentMethod.PRACTICE})
"""Methods whose one score alone decides; elsewhere a failed practical part fails a trainee whatever the sum."""
