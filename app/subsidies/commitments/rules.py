"""Who may promise, what the promise says, and until when it is checked. Pure.

Credit (信用). The text names 信用支付 without saying how credit is told. Reading: by the registry's own facts alone –
listed without a break for ``credit_good_months``, and in that time no promise found broken and no fraud recovered.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.kernel.money import in_yuan
from app.kernel.periods import add_months
from app.policy.values import PolicyUndefined, PolicyValue, value_of
from app.reference.divisions import area_name
from app.subsidies.entitlements.states import CreditTier

COMMITMENT = Citation("国办发〔2019〕24号", "五(十七)")
CURRENT_VERSION = "2026-1"
PROJECT_TYPES = frozenset({"project_based", "job_skill_project"})
"""训练种类 of 项目制培训; the trigger ``refuse_commitment`` (0023) holds the same."""

_TEXTS: Mapping[str, str] = {
    "2026-1": (
        "项目制培训补贴申领告知承诺书（2026-1）\n"
        "承诺单位：{institution_name}（统一社会信用代码{credit_code}）\n"
        "班次：{opening_name}（办件编号{opening_id}）\n"
        "依据国办发〔2019〕24号五（十七），本单位申领本班次职业培训补贴，就免予事先提交的证明材料承诺如下：\n"
        "一、名册所填学员的重点群体身份真实，认定证明已由本单位查验并留存。\n"
        "二、每人培训费用为{fee}，收费票据真实并已留存；未向免费培训人员收费。\n"
        "三、在规定期限内接受事后核查，按要求出示上述材料。\n"
        "四、核查不符的，停止发放、退回已发放的补贴，一定期限内不再适用告知承诺和信用支付，并承担相应法律责任。\n"
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What the registry knows of an institution: since when it is listed without a break (None: it is not), and the
    last days on which a promise of it was found broken and on which money was called back from it for fraud.
    """

    active_since: date | None
    broken_on: date | None
    recovered_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedClass:
    """The class whose subsidy is claimed. ``ends_on`` is the training's last day, which chooses the values."""

    opening_id: str
    opening_name: str
    institution_name: str
    credit_code: str
    training_type: str
    division_code: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class CommitmentText:
    """A text to sign; ``digest`` is the SHA-256 of its UTF-8 bytes."""

    version: str
    text: str

    @property
    def digest(self) -> bytes:
        """What whoever signs names, so that nothing else can have been signed."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCommitment:
    """What an institution says it signed; ``fee_fen`` is the fee of one person, None when it promises none."""

    version: str
    digest: bytes
    fee_fen: int | None


def credit_of(credit: Credit, on: date, division: str) -> CreditTier:
    """The tier on a day. Raises ``PolicyUndefined``."""
    since = add_months(on, -value_of("credit_good_months", on=on, division=division).number)
    if credit.active_since is None or credit.active_since > since:
        return CreditTier.ORDINARY
    marks = (credit.broken_on, credit.recovered_on)
    return CreditTier.ORDINARY if any(day is not None and day > since for day in marks) else CreditTier.GOOD


def text_for(promised: PromisedClass, fee_fen: int | None) -> CommitmentText:
    """The text in use, filled in for one class."""
    fee = "票据所载金额" if fee_fen is None else in_yuan(fee_fen)
    return CommitmentText(
        CURRENT_VERSION,
        _TEXTS[CURRENT_VERSION].format(
            institution_name=promised.institution_name,
            credit_code=promised.credit_code,
            opening_name=promised.opening_name,
            opening_id=promised.opening_id,
            fee=fee,
        ),
    )


def check_due_on(today: date, ends_on: date, division: str) -> date:
    """Last day of the check, counted from the day after signing (民法典 第二百零一条)."""
    return today + timedelta(
        days=value_of("claim_commitment_check_days", on=ends_on, division=division).number
    )


def reasons_against_promising(
    promised: PromisedClass, credit: Credit, *, division: str, today: date
) -> tuple[Reason, ...]:
    """Why no promise is taken for this class: all reasons. ``division`` is the payer's."""
    reasons = []
    allowed = _allowed(division, promised.ends_on)
    if allowed is None or not allowed.flag:
        reasons.append(
            Reason(
                code="commitment_not_practiced",
                message=f"受理地（{area_name(division)}）没有对{day_in_words(promised.ends_on)}结束的培训实行补贴申领告知承诺制",
                remedy="请去掉承诺，按一般程序申领，由经办人核实证明材料",
                field="commitment",
                citation=COMMITMENT if allowed is None else allowed.citation,
            )
        )
    if promised.training_type not in PROJECT_TYPES:
        reasons.append(
            Reason(
                code="commitment_for_projects_only",
                message="告知承诺制只适用于项目制培训",
                remedy="请去掉承诺，按一般程序申领",
                field="commitment",
                citation=COMMITMENT,
            )
        )
    if credit_of(credit, today, division) is not CreditTier.GOOD:
        reasons.append(_not_trusted(credit, today, division))
    return tuple(reasons)


def _allowed(division: str, on: date) -> PolicyValue | None:
    try:
        return value_of("claim_commitment_allowed", on=on, division=division)
    except PolicyUndefined:
        return None


def _not_trusted(credit: Credit, today: date, division: str) -> Reason:
    months = value_of("credit_good_months", on=today, division=division)
    why = [
        f"自{credit.active_since}起在目录内" if credit.active_since else "目前不在目录内",
        *([f"{day_in_words(credit.broken_on)}核查与承诺不符"] if credit.broken_on else []),
        *([f"{day_in_words(credit.recovered_on)}因骗取补贴被追回"] if credit.recovered_on else []),
    ]
    return Reason(
        code="credit_not_good",
        message=f"机构不属于信用良好（须在目录内满{months.number}个月，其间没有核查不符和骗取）：{'，'.join(why)}",
        remedy="请去掉承诺，按一般程序申领；对记录有异议的，请向主管部门提出",
        field="commitment",
        citation=months.citation,
    )


def reasons_against_text(expected: CommitmentText, signed: SignedCommitment) -> tuple[Reason, ...]:
    """Why what was signed is not the text in use."""
    if (signed.version, signed.digest) == (expected.version, expected.digest):
        return ()
    return (
        Reason(
            code="commitment_outdated",
            message="所签承诺书的版本或摘要与本班次现行文本（含所填培训费用）不一致",
            remedy="请以相同的培训费用重新读取承诺书，按新的摘要提交",
            field="commitment.digest",
            value=signed.version,
            citation=COMMITMENT,
        ),
    )


NOT_OF_CLASS = Reason(
    code="commitment_names_a_class",
    message="告知承诺按班次作出，由培训机构为职业培训补贴申领并收款",
    remedy="请填写 opening_id，补贴种类选 training，收款人选 institution",
    field="commitment",
    citation=COMMITMENT,
)
REASONS: Mapping[str, Reason] = {
    "already_checked": Reason(
        code="post_check_decided", message="这项事后核查已有结论", remedy="请刷新后查看；不能再次作出结论"
    ),
    "own_decision": Reason(
        code="post_check_by_others",
        message="审核、审批这件申领的人不能作事后核查",
        remedy="请由没有参与这件申领的经办人或检查人员办理",
        citation=Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(五)"),
    ),
}
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {"claim_commitment_with_filing": NOT_OF_CLASS}
