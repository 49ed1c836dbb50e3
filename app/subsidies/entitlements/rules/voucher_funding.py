"""职业培训券 (人社部发〔2025〕10号 三(四)): the holder's own, in time, for this line; it pays the institution.

A voucher is no subsidy of its own: it funds a 职业培训补贴 that goes to the institution, up to its face.
"""

from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.subsidies.entitlements.rules.reasoning import Case, all_of, fact, judged
from app.subsidies.entitlements.rules.verdict import RuleReason
from app.subsidies.entitlements.states import VOUCHER_LABELS, PayeeKind, VoucherKind, VoucherState

VOUCHER = Citation("人社部发〔2025〕10号", "三(四)")


def voucher_valid(case: Case) -> RuleReason | None:
    """Redeemed before it expired, not void, by the institution that is paid."""
    voucher = case.facts.voucher
    if voucher is None:
        return None
    used = (
        fact("券状态", VOUCHER_LABELS[voucher.state]),
        fact("使用日期", voucher.redeemed_on),
        fact("失效日期", voucher.expires_before),
    )
    in_time = (
        None
        if voucher.redeemed_on is None
        else voucher.issued_on <= voucher.redeemed_on < voucher.expires_before
    )
    met = all_of(voucher.state is VoucherState.REDEEMED, in_time)
    return judged(
        "voucher_valid",
        met,
        "职业培训券须在有效期内使用，且未作废",
        citation=VOUCHER,
        facts=used,
        remedy="未使用、作废或过期的券不能结算；确在有效期内使用的，请培训机构补登使用日期",
        missing="请培训机构登记用券日期",
    )


def voucher_for_this(case: Case) -> RuleReason | None:
    """The trainee's own, and for a 定向券 the line it names; the paid institution is the one that took it."""
    voucher, training = case.facts.voucher, case.facts.training
    if voucher is None or training is None:
        return None
    line: bool | None = True
    if voucher.benefit_line is not None:
        line = None if training.benefit_line is None else voucher.benefit_line == training.benefit_line
    taker = None
    if None not in (voucher.redeemed_by, case.facts.payee.institution_id):
        taker = voucher.redeemed_by == case.facts.payee.institution_id
    return judged(
        "voucher_for_this",
        all_of(voucher.is_holders_own, line, taker),
        "职业培训券须为参训人本人所有、用于所限职业，并由收款机构收券",
        citation=VOUCHER,
        facts=(
            fact("本人所有", voucher.is_holders_own),
            fact("限定职业", voucher.benefit_line or "不限"),
            fact("收券机构即收款机构", taker),
        ),
        remedy="他人的券、限定其他职业的券不能用于本次培训",
        missing="请培训机构补登收券信息",
    )


def institution_payee(case: Case) -> RuleReason | None:
    """I12, C17: an institution is paid for a voucher, a 项目制 or what an enterprise runs; else the person is.

    四(十二) names 企业开展培训 and 项目制培训 together as those that may be paid in advance, so both may be settled.
    """
    training, account = case.facts.training, case.facts.payee
    if training is None:
        return None
    to_institution = account.kind is PayeeKind.INSTITUTION
    may = case.facts.voucher is not None or training.is_project_based or training.is_employer_run
    return judged(
        "training_payee",
        may if to_institution else case.facts.voucher is None,
        "凭券结算、项目制培训和企业开展的培训可以发给培训机构（企业），其余发给本人",
        citation=VOUCHER if case.facts.voucher is not None else Citation("国办发〔2019〕24号", "四(十二)"),
        facts=(
            fact("收款人", "机构" if to_institution else "本人"),
            fact("用券", case.facts.voucher is not None),
            fact("项目制", training.is_project_based),
            fact("企业开展的培训", training.is_employer_run),
        ),
        remedy="没有用券、也不是项目制或企业开展的培训的，请以本人账户申领；用券的由培训机构结算，本人不再申领",
        missing="",
    )


def within_face(case: Case, fen: int) -> tuple[int, str]:
    """What a voucher leaves of an amount, and the words for it: a 面值券 pays no more than its face."""
    voucher = case.facts.voucher
    if voucher is None or voucher.kind is VoucherKind.PROOF or voucher.face_fen is None:
        return fen, ""
    return min(fen, voucher.face_fen), f"，以券面值{in_yuan(voucher.face_fen)}为限"
