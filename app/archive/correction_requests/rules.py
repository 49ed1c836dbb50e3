"""Pure rules of correction requests: what may be asked for, and by when an officer answers."""

from collections.abc import Mapping
from datetime import date

from app.archive.records.states import EntryState
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.policy.values import value_of
from app.reference.calendar import due_after

RIGHT = Citation("中华人民共和国个人信息保护法", "第四十六条")


def answer_due_on(filed_on: date, division: str) -> date:
    """The last day for the officer's answer. Raises ``PolicyUndefined``.

    Nobody is turned away because next year's holidays are not published yet: the day told never turns out later.
    """
    days = value_of("correction_request_answer_working_days", on=filed_on, division=division).number
    return due_after(filed_on, days).on


def reasons_against_requesting(state: EntryState) -> tuple[Reason, ...]:
    """Whether this entry can still be corrected."""
    if state is EntryState.IN_FORCE:
        return ()
    return (
        Reason(
            code="record_not_in_force",
            field="record_number",
            message="这条档案已被更正或撤销",
            remedy="请对当前有效的那一条提出申请",
            citation=UNSOURCED,
        ),
    )


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "correction_request_one_open": Reason(
        code="correction_request_open",
        field="record_number",
        message="这条档案已有一项更正申请正在核实",
        remedy="请等待答复；有新的情况请直接联系经办机构",
        citation=UNSOURCED,
    )
}
ALREADY_ANSWERED = Reason(
    code="correction_request_answered",
    message="这项更正申请已经答复过",
    remedy="请重新读取；本人可以再次提出申请",
)
CORRECTION_OF_ANOTHER = Reason(
    code="correction_not_of_request",
    field="correction_id",
    message="这项更正不是针对申请所指的那条档案，或者在申请之前就已提出",
    remedy="请先对这条档案提出更正，再凭它的编号答复",
)
