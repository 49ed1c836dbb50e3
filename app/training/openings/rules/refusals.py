"""What the database says first in a race, in words: constraint name → reason."""

from collections.abc import Mapping

from app.kernel.errors import Reason
from app.training.openings.rules.changes import SESSION_HELD
from app.training.openings.rules.clauses import FIVE_PARTS

FILING_LATE = Reason(
    code="filing_late",
    message="首次课已经开始，不能再备案",
    remedy="开班备案须在开班前办理；请把课次改到以后的时间重新申报",
    field="sessions",
    citation=FIVE_PARTS,
)
PROGRAM_UNKNOWN = Reason(
    code="program_unknown",
    message="项目目录中没有这个项目或版本",
    remedy="请在项目目录中查询后重新填写",
    field="program_id",
)
DIVISION_UNKNOWN = Reason(
    code="division_unknown",
    message="行政区划代码不在代码表中或已停用",
    remedy="请查询区划代码表后重新填写",
    field="division_code",
)
CHANGED_MEANWHILE = Reason(
    code="change_meanwhile",
    message="他人刚刚对本班次办理了同一事项",
    remedy="请刷新后再办理",
)

REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "opening_filing_before_first_session": FILING_LATE,
    "course_opening_program_fkey": PROGRAM_UNKNOWN,
    "course_opening_division_fkey": DIVISION_UNKNOWN,
    "opening_filing_pkey": CHANGED_MEANWHILE,
    "opening_return_pkey": CHANGED_MEANWHILE,
    "opening_record_pkey": CHANGED_MEANWHILE,
    "opening_change_pkey": CHANGED_MEANWHILE,
    "session_held_session_fkey": SESSION_HELD,
    "opening_record_second_person": Reason(
        code="same_person",
        message="申报人不能自己办理备案",
        remedy="请由另一名经办人办理",
    ),
    "opening_change_second_person": Reason(
        code="same_person",
        message="提出变更的人不能自己审定",
        remedy="请由另一名经办人办理",
    ),
    "course_session_no_overlap": Reason(
        code="sessions_overlap",
        message="同一班次的课次时间重叠",
        remedy="请调整课次时间",
        field="sessions",
    ),
    "opening_teacher_once": Reason(
        code="teacher_listed_twice",
        message="同一教师讲授同一科目只登记一次",
        remedy="请删除重复的教师",
        field="teachers",
    ),
}
