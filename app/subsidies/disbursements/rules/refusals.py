"""What is said when paying out is refused: by a line of an order, a door, or a constraint of the database."""

from collections.abc import Mapping

from app.kernel.errors import Citation, Reason
from app.subsidies.disbursements.states import OrderOutcome

OWN_ACCOUNT = Citation("人社部发〔2017〕40号", "二(三)")
SEPARATION = Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(五)")
PREPAYMENT = Citation("国办发〔2019〕24号", "四(十二)")
SEPARATE_ACCOUNTS = Citation("国办发〔2019〕24号", "四(十三)")
BUDGET_YEAR = Citation("中华人民共和国预算法", "第十八条")
"""预算年度自公历一月一日起，至十二月三十一日止."""

_OTHER_YEAR = Reason(
    code="budget_of_other_year",
    message="该预算不是今年的预算，今年开出的拨付只能列支今年的预算",
    remedy="请选用今年的预算；上年结转的资金先作为今年的指标下达",
    field="budget_id",
    citation=BUDGET_YEAR,
)
_OTHER_MONEY = Reason(
    code="funding_source_not_admitted",
    message="该补贴不能用这项预算的资金来源支付",
    remedy="请选用规定的资金来源的预算另行开单",
    field="budget_id",
    citation=SEPARATE_ACCOUNTS,
)
BUDGET_UNKNOWN = Reason(
    code="budget_unknown",
    message="没有找到这项预算，或不在您的辖区内",
    remedy="请从预算列表中选择",
    field="budget_id",
)
_PAYER_DECIDED = Reason(
    code="decided_by_payer",
    message="您审核或审批过该申领，不能再办理拨付",
    remedy="请由第三名有拨付权限的经办人办理",
    citation=SEPARATION,
)
ORDER_REASONS: Mapping[OrderOutcome, Reason] = {
    OrderOutcome.CLAIM_UNKNOWN: Reason(
        code="claim_unknown",
        message="没有找到这件申领，或不在您的辖区内",
        remedy="请核对申领编号，从待拨付列表中选择",
    ),
    OrderOutcome.NOT_PAYABLE: Reason(
        code="not_payable",
        message="该申领不在待拨付状态",
        remedy="公示期满且无异议后才能列入拨付单；已列入的不能重复列入",
    ),
    OrderOutcome.ON_HOLD: Reason(
        code="on_hold",
        message="该申领已暂停办理",
        remedy="请先由审批人核查并解除暂停",
    ),
    OrderOutcome.DECIDED_BY_PAYER: _PAYER_DECIDED,
    OrderOutcome.BUDGET_OF_OTHER_DIVISION: Reason(
        code="budget_of_other_division",
        message="该预算不覆盖申领的支付地",
        remedy="请选用支付地或其上级的预算",
        field="budget_id",
    ),
    OrderOutcome.BUDGET_OF_OTHER_YEAR: _OTHER_YEAR,
    OrderOutcome.FUNDING_SOURCE_NOT_ADMITTED: _OTHER_MONEY,
    OrderOutcome.ACCOUNT_NOT_CHECKED: Reason(
        code="account_not_checked",
        message="收款账户未经银行核对为本人（本单位）账户，或已停用",
        remedy="请申领人更正收款账户；对公账户须由经办机构确认",
        citation=OWN_ACCOUNT,
    ),
}
NOTHING_PAYABLE = Reason(
    code="nothing_payable",
    message="所选范围内没有待拨付的申领",
    remedy="公示期满且无异议的申领才会待拨付，请核对行政区划和补贴种类",
)
BANK_CONTRADICTS = Reason(
    code="bank_contradicts",
    message="银行退回这笔款项后又称已经入账，再次拨付或取消可能造成重复发放",
    remedy="请与银行核实；银行来报更正为退回后即可办理，确已入账的由两人办理确认已入账",
)
RETRY_REASONS: Mapping[str, Reason] = {
    "not_failed": Reason(
        code="not_failed",
        message="该申领没有被银行退回，也不在等待拨付",
        remedy="银行未答复时系统会自动查询，不能另发指令；已发放的无需办理",
    ),
    "account_not_checked": ORDER_REASONS[OrderOutcome.ACCOUNT_NOT_CHECKED],
    "bank_contradicts": BANK_CONTRADICTS,
}
CANCEL_NOT_FAILED = Reason(
    code="not_failed",
    message="付款指令已发往银行且没有最终退回，不能取消",
    remedy="等银行给出最终结果；已发放的请办理追回",
)
CANCEL_REASONS: Mapping[str, Reason] = {
    "not_failed": CANCEL_NOT_FAILED,
    "bank_contradicts": BANK_CONTRADICTS,
}
ADVANCE_REASONS: Mapping[str, Reason] = {
    "not_in_order": Reason(
        code="advance_not_in_order",
        message="该预拨不在可以办理这一步的状态",
        remedy="预拨依次由三人提出、审批、拨付；请刷新后查看现在的状态",
    ),
    "money_under_way": Reason(
        code="advance_money_under_way",
        message="预拨款已到账或仍在银行处理，不能取消",
        remedy="等银行给出最终结果；已到账的余款请登记退回",
    ),
    "bank_contradicts": BANK_CONTRADICTS,
}
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "budget_once": Reason(
        code="budget_exists",
        message="该行政区划、年度和资金来源的预算已经建立",
        remedy="追加指标请在已有预算下登记新的一笔",
    ),
    "budget_source_fkey": Reason(
        code="funding_source_unknown",
        message="资金来源代码不在代码表中",
        remedy="请从资金来源代码表中选择",
        field="funding_source",
    ),
    "budget_division_fkey": Reason(
        code="division_unknown",
        message="行政区划代码不在代码表中",
        remedy="请查询区划代码表后重新填写",
        field="division_code",
    ),
    "budget_officer_permitted": BUDGET_UNKNOWN,
    "payment_order_budget_year": _OTHER_YEAR,
    "advance_budget_year": _OTHER_YEAR,
    "payment_order_line_funding_source": _OTHER_MONEY,
    "advance_funding_source": _OTHER_MONEY,
    "payment_order_line_third_person": _PAYER_DECIDED,
    "payment_retry_third_person": _PAYER_DECIDED,
    "claim_not_held": ORDER_REASONS[OrderOutcome.ON_HOLD],
    "advance_one_an_opening": Reason(
        code="advance_exists",
        message="该班次已经有一笔预拨",
        remedy="一个班次只能预拨一次；原预拨取消后才能重新提出",
        field="opening_id",
        citation=PREPAYMENT,
    ),
    "advance_three_persons": Reason(
        code="advance_three_persons",
        message="预拨的提出、审批、拨付须由三名不同的人办理",
        remedy="请由另一名有权限的经办人办理",
        citation=SEPARATION,
    ),
    "advance_opening_on_record": Reason(
        code="opening_not_on_record",
        message="该班次没有备案登记",
        remedy="备案通过后才能预拨",
        field="opening_id",
    ),
    "advance_offset_within": Reason(
        code="return_exceeds_advance",
        message="退回金额超过预拨余款",
        remedy="余款为预拨金额减去已冲抵和已退回的部分",
        field="amount_fen",
    ),
    "advance_return_after_settlement": Reason(
        code="advance_not_settled",
        message="该预拨尚未到账，没有可以退回的款项",
        remedy="到账后再登记退回",
    ),
}
