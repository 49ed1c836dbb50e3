"""技能提升补贴 (人社部发〔2017〕40号 and the later rules of mission §1.6), by the day the certificate was issued.

Readings. The version is chosen by the certificate's day, because 2019 rules left certificates of 2018 to the old
standard (扬州). No training is needed: 2017's text asks for none, and 2025's 培训后取得 speaks of whom it encourages;
``skill_upgrade_training_required`` is the parameter. 技师 and 高级技师 have the training subsidy, not this one.
"""

from datetime import date

from app.kernel.money import in_yuan, share_of
from app.subsidies.entitlements.rules import certificate, gate, insurance, repetition, windows
from app.subsidies.entitlements.rules.certificate import LEVEL_NAMES
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import Amount, KindRules
from app.subsidies.entitlements.rules.reasoning import Case, all_of, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason

_WHOLE_BP = 10_000


def day_of(facts: ClaimFacts) -> date | None:
    """Trap 1: the day of issue, never today."""
    return facts.certificate.issued_on if facts.certificate else None


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """Line of the occupation and level, for life."""
    certificate_facts = facts.certificate
    if certificate_facts is None or certificate_facts.benefit_line is None:
        return None
    return OnceOnlyKey(
        key_group="training_or_upgrade",
        benefit_line=certificate_facts.benefit_line,
        level=certificate_facts.level,
        period="life",
    )


def certificate_kind(case: Case) -> RuleReason | None:
    """C13."""
    return certificate.certificate_kind(case, "skill_upgrade_certificate_kinds")


def line_settled(case: Case) -> RuleReason | None:
    """Part 6."""
    given = case.facts.certificate
    return repetition.line_settled(case, given.is_line_settled if given else None)


def once_only(case: Case) -> RuleReason:
    """C7."""
    return repetition.once_only(case, key_of(case.facts))


def yearly_cap(case: Case) -> RuleReason | None:
    """C8 for this subsidy: 3 a year from 2021, 1 and 2 more for shortage occupations from 2025."""
    return repetition.yearly_cap(case, "skill_upgrade")


def training_before(case: Case) -> RuleReason | None:
    """004 四(七) 培训后取得 against 001: only where a division asks for training before the certificate."""
    term = case.terms.find("skill_upgrade_training_required")
    if term is None or not term.flag:
        return None
    training, issued_on = case.facts.training, case.day
    met = None
    if training is not None:
        met = all_of(training.is_completed, training.ends_on <= issued_on)
    return judged(
        "training_before",
        met,
        "须参加培训后取得证书",
        term,
        facts=(fact("培训结束日期", training.ends_on if training else None), fact("证书核发日期", issued_on)),
        remedy="本地区只对培训后取得的证书给予补贴",
        missing="请在本系统关联取证前的培训记录",
    )


def amount_of(case: Case) -> Amount:
    """C5: by level, tilted towards shortage occupations; the ceiling of 一般不超过 is soft (checked in the bundles)."""
    amounts = case.terms.find("skill_upgrade_amounts")
    tilt = case.terms.find("skill_upgrade_shortage_bp")
    given = case.facts.certificate
    if amounts is None or tilt is None or given is None:
        return Amount(None, ())
    base, is_shortage = amounts.numbers.get(given.level.value), case.facts.is_shortage
    used = (fact("等级", LEVEL_NAMES[given.level]), fact("紧缺急需职业", is_shortage))
    if base is None:
        message, remedy = f"{LEVEL_NAMES[given.level]}没有补贴标准", "请以有补贴标准的等级申领"
        return Amount(None, (failed("amount", message, amounts, facts=used, remedy=remedy),))
    if tilt.number == _WHOLE_BP or is_shortage is False:
        message = f"{LEVEL_NAMES[given.level]}标准{in_yuan(base)}"
        return Amount(base, (passed("amount", message, amounts, tilt, facts=used),))
    fen = share_of(base, tilt.number)
    message = (
        f"{LEVEL_NAMES[given.level]}标准{in_yuan(base)}，紧缺急需职业按{tilt.version.value}计发{in_yuan(fen)}"
    )
    if is_shortage is None:
        remedy = "由经办机构核对紧缺急需职业（工种）目录"
        return Amount(None, (unknown("amount", message, amounts, tilt, facts=used, remedy=remedy),))
    return Amount(fen, (passed("amount", message, amounts, tilt, facts=used),))


RULES = KindRules(
    in_force="skill_upgrade_insured_months",
    day_of=day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.no_pension,
        certificate_kind,
        certificate.certificate_level,
        certificate.certificate_found,
        insurance.insured_months,
        insurance.insured_status,
        insurance.enterprise_employee,
        insurance.insurance_payer,
        windows.claim_window,
        line_settled,
        once_only,
        yearly_cap,
        repetition.no_downgrade,
        repetition.not_both,
        training_before,
        gate.payee,
    ),
    amount_of=amount_of,
)
