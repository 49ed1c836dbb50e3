"""Within which bounds a voucher is issued, and what is said when it is not."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.kernel.money import in_yuan
from app.policy.values import PolicyUndefined, value_of
from app.subsidies.vouchers.states import EXPIRED_REASON, IssueOutcome, VoucherState

VOUCHER = Citation("人社部发〔2025〕10号", "三(四)")


def voucher_number(division: str, year: int, serial: int) -> str:
    """``V110000-2026-00000001``; the serial counts through the whole registry."""
    return f"V{division}-{year:04}-{serial:08}"


def reasons_against_issuing(
    *, amount_fen: int, valid_until: date | None, today: date, division: str
) -> tuple[Reason, ...]:
    """Face value and validity against the policy of the division, all reasons at once."""
    try:
        face = value_of("voucher_face_fen_max", on=today, division=division)
        days = value_of("voucher_validity_days", on=today, division=division)
    except PolicyUndefined as undefined:
        return undefined.reasons
    reasons = []
    if amount_fen > face.number:
        reasons.append(
            Reason(
                code="voucher_face_too_high",
                field="amount_fen",
                value=str(amount_fen),
                message=f"面值{in_yuan(amount_fen)}超过上限{in_yuan(face.number)}",
                remedy=f"请填写不超过{in_yuan(face.number)}的面值",
                citation=face.citation,
            )
        )
    if valid_until is not None and not today <= valid_until <= today + timedelta(days=days.number):
        reasons.append(
            Reason(
                code="voucher_validity_out_of_range",
                field="valid_until",
                value=valid_until.isoformat(),
                message=f"有效期须在今天至{day_in_words(today + timedelta(days=days.number))}之间",
                remedy=f"不填即为{days.number}天",
                citation=days.citation,
            )
        )
    return tuple(reasons)


def last_day(today: date, division: str) -> date:
    """The last day of a voucher issued today without a day of its own. Raises ``PolicyUndefined``."""
    return today + timedelta(days=value_of("voucher_validity_days", on=today, division=division).number)


def state_of(
    *,
    redeemed_at: datetime | None,
    voided_at: datetime | None,
    void_reason: str | None,
    valid_until: date,
    is_in_use: bool,
    today: date,
) -> VoucherState:
    """What the holder may do with it."""
    if redeemed_at is not None:
        return VoucherState.REDEEMED
    if voided_at is not None:
        return VoucherState.EXPIRED if void_reason == EXPIRED_REASON else VoucherState.VOIDED
    if is_in_use:
        return VoucherState.IN_USE
    return VoucherState.EXPIRED if valid_until < today else VoucherState.VALID


ISSUE_REASONS: Mapping[IssueOutcome, Reason] = {
    IssueOutcome.PERSON_UNKNOWN: Reason(
        code="person_unknown",
        message="该号码尚未实名登记",
        remedy="请先由本人参加培训实名登记，或核对号码",
    ),
    IssueOutcome.NAME_DIFFERS: Reason(
        code="name_differs",
        message="姓名与经核验的姓名不一致",
        remedy="请核对姓名",
    ),
    IssueOutcome.VOUCHER_HELD: Reason(
        code="voucher_held",
        message="本人已有一张范围相同的有效职业培训券",
        remedy="使用、作废或过期后才能再次发放",
        citation=VOUCHER,
    ),
}
VOID_REASONS: Mapping[str, Reason] = {
    "voucher_ended": Reason(code="voucher_ended", message="该职业培训券已核销或已作废", remedy="无需再办理"),
    "voucher_in_use": Reason(
        code="voucher_in_use",
        message="该职业培训券已用于一件办理中的申领",
        remedy="请等该申领办结；不予发放或撤回后可以作废",
    ),
}
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "voucher_officer_permitted": Reason(
        code="division_not_yours",
        field="division_code",
        message="该行政区划不在您的辖区内",
        remedy="请填写本辖区内的行政区划代码",
    ),
    "voucher_line_fkey": Reason(
        code="benefit_line_unknown",
        field="benefit_line",
        message="没有这个职业（工种）序列",
        remedy="请从职业查询结果中取用，或不填（不限职业）",
    ),
}
