"""What a recovery says: its state, its due day, its notice, and what stands against a step."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.kernel.money import in_yuan
from app.policy.values import value_of
from app.subsidies.claims.rules.notices import citation_json
from app.subsidies.recoveries.states import CAUSE_LABELS, RecoveryCause, RecoveryState

RECOVERY = Citation("人社部发〔2025〕10号", "五(十一)")
FRAUD_OR_MISTAKE = Citation("国办发〔2019〕24号", "四(十四)")


def recovery_number(division: str, year: int, serial: int) -> str:
    """``Z110105-2026-00000001``; the serial counts through the whole registry."""
    return f"Z{division}-{year:04}-{serial:08}"


def due_on(today: date, division: str) -> date:
    """Last day for paying back by itself, counted from the day after the order. Raises ``PolicyUndefined``."""
    return today + timedelta(days=value_of("recovery_due_days", on=today, division=division).number)


def state_of(*, amount_fen: int, repaid_fen: int, written_off_fen: int) -> RecoveryState:
    """Derived: nothing left and something written off is written off; nothing left is repaid."""
    if repaid_fen + written_off_fen == amount_fen:
        return RecoveryState.WRITTEN_OFF if written_off_fen else RecoveryState.REPAID
    return RecoveryState.PARTLY_REPAID if repaid_fen + written_off_fen else RecoveryState.ORDERED


def notice_reasons(cause: RecoveryCause, why: str, amount_fen: int, due: date) -> list[dict[str, Any]]:
    """What the 追回决定书 says, in the form of every notice."""
    citation = FRAUD_OR_MISTAKE if cause in {RecoveryCause.FRAUD, RecoveryCause.MISTAKE} else RECOVERY
    return [
        {
            "code": cause.value,
            "result": None,
            "message": f"{CAUSE_LABELS[cause]}：{why}。决定追回补贴{in_yuan(amount_fen)}",
            "citation": citation_json(citation),
            "remedy": f"请在{day_in_words(due)}前（含当日）退回；逾期不退的，依法追缴",
            "until": due.isoformat(),
        }
    ]


def not_yet(day: date) -> Reason:
    """Something is recorded that is to happen only later."""
    return Reason(
        code="day_not_come",
        field="happened_on",
        value=day.isoformat(),
        message="日期晚于今天，事情尚未发生",
        remedy="请填写缴款书（回单、移送书）上的日期",
    )


def more_than_owed(field: str = "amount_fen") -> Reason:
    """A repayment or write-off over what is still owed."""
    return Reason(
        code="more_than_owed",
        field=field,
        message="金额超过尚未退回的部分",
        remedy="请填写不超过应追回金额减去已退回、已核销的金额",
    )


REASONS: Mapping[str, Reason] = {
    "nothing_paid": Reason(
        code="nothing_paid",
        message="该申领没有已发出的补贴",
        remedy="尚未拨付的请取消或暂停，不需要追回",
    ),
    "more_than_paid": Reason(
        code="more_than_paid",
        field="amount_fen",
        message="追回金额超过已发放而尚未立案追回的部分；同一笔补贴各次立案合计不得超过发放金额",
        remedy="请填写不超过余额的数额；不填即追回全部余额",
        citation=RECOVERY,
    ),
    "recovery_exists": Reason(
        code="recovery_exists",
        message="该笔补贴已经全额立案追回",
        remedy="请在已有的追回案中登记退回或核销",
    ),
    "not_settled": Reason(
        code="not_settled",
        message="银行尚未给出该笔补贴已入账的最终结果，是否已经发放还不能确定",
        remedy="等银行给出最终结果；被退回的请取消拨付，银行前后说法不一的，查实后由两人确认已入账",
        citation=RECOVERY,
    ),
    "write_off_open": Reason(
        code="write_off_open",
        message="该追回案已有一项核销建议等待决定",
        remedy="请先由另一人决定该项建议",
    ),
    "already_decided": Reason(
        code="already_decided", message="该核销建议已经决定", remedy="请刷新后查看结果"
    ),
    "own_proposal": Reason(
        code="own_proposal",
        message="提出核销的人不能决定核销",
        remedy="请由另一名有审批权限的经办人决定",
    ),
    "paid_elsewhere": Reason(
        code="paid_elsewhere",
        message="该档案的补贴由其他地区发放，不在您的辖区内",
        remedy="请先由发放补贴的经办机构立案追回（原因选“所依据的培训档案已撤销”），再撤销档案",
        citation=RECOVERY,
    ),
}
RECOVERY_MISSING = Reason(
    code="record_paid_needs_recovery",
    field="recovery",
    message="该档案已据以发放补贴，撤销须同时立案追回",
    remedy="请在 recovery 中写明追回的理由；两者一并生效",
    citation=RECOVERY,
)
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "record_entry_paid_needs_recovery": RECOVERY_MISSING,
    "recovery_within_paid": REASONS["more_than_paid"],
    "recovery_after_settlement": REASONS["not_settled"],
    "recovery_within_benefit": REASONS["more_than_paid"],
    "recovery_balance": more_than_owed(),
    "recovery_write_off_one_open": REASONS["write_off_open"],
    "recovery_write_off_second_person": REASONS["own_proposal"],
}
