"""确认已入账: what speaks against calling paid what the bank first rejected."""

from collections.abc import Mapping

from app.kernel.errors import Reason
from app.subsidies.disbursements.rules.refusals import SEPARATION

EVIDENCE_MISSING = Reason(
    code="confirmation_evidence_missing",
    field="document_number",
    message="没有写明银行已入账的凭据",
    remedy="请填写银行书面证明的文号，或指明对账文件及行号",
)
LINE_INCOMPLETE = Reason(
    code="statement_line_incomplete",
    field="statement_line",
    message="对账文件和行号只填写了一项",
    remedy="请同时填写 statement_id 和 statement_line，或都不填写",
)
REASONS: Mapping[str, Reason] = {
    "not_contradicted": Reason(
        code="not_contradicted",
        message="银行对该笔指令没有前后矛盾的答复，或已经更正",
        remedy="以银行的最终结果为准；被退回的请重新拨付或取消",
    ),
    "payment_canceled": Reason(
        code="payment_canceled",
        message="该笔拨付已经取消，资金已退回预算，不能再确认入账",
        remedy="请与银行核实，将已入账的款项追回后另行处理",
    ),
    "paid_already": Reason(
        code="paid_already",
        message="该笔补贴已经记为入账",
        remedy="银行另有一笔入账的，属于重复付款，请与银行核实退回",
    ),
    "instruction_under_way": Reason(
        code="instruction_under_way",
        message="该笔补贴重新拨付的指令银行正在处理，现在确认可能造成重复发放",
        remedy="请等银行对重新拨付的指令给出最终结果后再办理",
    ),
    "confirmation_open": Reason(
        code="confirmation_open",
        message="该笔指令已有一项确认建议等待决定",
        remedy="请先由另一人决定该项建议",
    ),
    "already_decided": Reason(
        code="already_decided", message="该项确认建议已经决定", remedy="请刷新后查看结果"
    ),
    "own_proposal": Reason(
        code="own_proposal",
        message="提出确认的人不能自己决定",
        remedy="请由另一名有审批权限、未审核审批过该申领的经办人决定",
        citation=SEPARATION,
    ),
}
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "payment_confirmation_neither_decided": Reason(
        code="confirmed_by_decider",
        message="您审核或审批过该笔补贴（预拨），不能确认其已入账",
        remedy="请由未参与审核、审批的经办人办理",
        citation=SEPARATION,
    ),
    "payment_confirmation_second_person": REASONS["own_proposal"],
    "payment_confirmation_one_open": REASONS["confirmation_open"],
    "payment_confirmation_line_fkey": Reason(
        code="statement_line_unknown",
        field="statement_line",
        message="所指对账文件的该行不是这笔指令，或没有写明已入账",
        remedy="请从对账文件中找到该笔指令结果为已入账的一行",
    ),
    "payment_confirmation_statement_fetched": Reason(
        code="statement_not_fetched",
        field="statement_id",
        message="所指对账文件是手工导入的，系统还没有从银行取回同一份文件",
        remedy="请等系统从银行取回后再办理，或改用银行书面证明",
    ),
}


def reasons_against_evidence(
    *, document_number: str | None, has_statement: bool, has_line: bool
) -> tuple[Reason, ...]:
    """What is missing in the evidence: a document of the bank's, or a line of its file, or both."""
    reasons = []
    if has_statement is not has_line:
        reasons.append(LINE_INCOMPLETE)
    if document_number is None and not has_statement and not has_line:
        reasons.append(EVIDENCE_MISSING)
    return tuple(reasons)
