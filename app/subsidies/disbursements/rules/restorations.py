"""Why payments that were closed after a restoration are not opened again yet."""

from collections.abc import Mapping

from app.kernel.errors import Citation, Reason

SEPARATION = Citation("GB/T 22239-2019", "8.1.5")

REASONS: Mapping[str, Reason] = {
    "area_too_small": Reason(
        code="area_too_small",
        message="付款通道对全部辖区一并开放，须由管辖全部预算的经办机构办理",
        remedy="请由省级（最上一级）经办机构有相应权限的人员办理",
        citation=SEPARATION,
    ),
    "already_proposed": Reason(
        code="reopening_proposed",
        message="已有人提出恢复付款，尚待另一人确认，或者已经确认",
        remedy="请刷新后查看；核对结果有误的，请勿确认",
    ),
    "not_proposed": Reason(
        code="reopening_not_proposed",
        message="还没有人提出核对结果",
        remedy="请先由有付款权限的人员核对银行流水并提出",
    ),
    "already_confirmed": Reason(code="reopening_confirmed", message="已经确认恢复付款", remedy="请刷新列表"),
    "own_proposal": Reason(
        code="second_person_required",
        message="恢复付款须由另一人确认，提出人不能自己确认",
        remedy="请由另一名有审批权限的人员登录后确认",
        citation=SEPARATION,
    ),
}
