"""生活费补贴 (国办发〔2019〕24号 四(十一), 二(五)): for the days attended, transport included, to the person.

The groups are intersections: 两后生 counts only together with 农村学员 or 城市低保家庭学员. It is paid for being in
training, so neither certificate nor result is asked for; judged by the last day of the period attended.
"""

from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules import gate, repetition, training_conditions, windows
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.groups import held_groups
from app.subsidies.entitlements.rules.kinds import Amount, KindRules
from app.subsidies.entitlements.rules.reasoning import Case, any_of, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.repetition import NO_CAP
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason
from app.subsidies.entitlements.states import BenefitKind

ALLOWANCE = Citation("国办发〔2019〕24号", "四(十一)")


def day_of(facts: ClaimFacts) -> date | None:
    """The last day of the period attended."""
    return facts.attendance.ends_on if facts.attendance else None


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """Once for an opening."""
    if facts.training is None:
        return None
    return OnceOnlyKey(
        key_group="living_allowance",
        benefit_line="none",
        level=SkillLevel.NONE,
        period=facts.training.opening_id,
    )


def allowance_group(case: Case) -> RuleReason | None:
    """C11, trap 11: one of the sets must hold whole, on the first day of the training."""
    term, wider = (
        case.terms.find("living_allowance_groups"),
        case.terms.find("living_allowance_counts_within"),
    )
    training = case.facts.training
    if term is None or wider is None or training is None:
        return None
    held = held_groups(case.facts.person, training.starts_on, counts_wider=wider.flag)
    return judged(
        "allowance_group",
        any_of(*(held.has_all(groups) for groups in term.any_of)),
        f"培训首日（{day_in_words(training.starts_on)}）的身份：{held.words()}；须为：{term.version.value}",
        term,
        wider,
        facts=(fact("培训首日身份", held.words()),),
        remedy="两后生须同时是农村学员或城市低保家庭学员；身份认定日期有误的，请向认定部门申请更正",
        missing="等待认定部门核实身份；无法共享查得的，可以提交证明材料",
    )


def online_days(case: Case) -> RuleReason | None:
    """C11: online days count since the 2020 interview."""
    term, training = case.terms.find("living_allowance_online"), case.facts.training
    if term is None or training is None or not training.is_online:
        return None
    return judged(
        "online_days",
        term.flag,
        "线上培训期间的生活费补贴",
        term,
        facts=(fact("线上培训", training.is_online),),
        remedy="该时期线上培训不给生活费补贴",
        missing="",
    )


def yearly_max(case: Case) -> RuleReason | None:
    """Trap 11: once a natural year where the division says so (深圳)."""
    term = case.terms.find("living_allowance_yearly_max")
    if term is None or term.number >= NO_CAP:
        return None
    used = sum(
        past.kind is BenefitKind.LIVING_ALLOWANCE and past.entry_on.year == case.day.year
        for past in case.facts.history
    )
    message = f"{case.day.year}年度已享受{used}次，上限{term.number}次"
    facts = (fact("该年度已享受次数", used),)
    if used >= term.number:
        remedy = "本年度次数已用完，下一年度的培训可以再申领"
        return failed("yearly_cap", message, term, facts=facts, remedy=remedy)
    if not case.facts.is_history_complete:
        remedy = "由经办机构核对历史补贴"
        return unknown("yearly_cap", message, term, facts=facts, remedy=remedy)
    return passed("yearly_cap", message, term, facts=facts)


def once_only(case: Case) -> RuleReason:
    """Once for an opening."""
    return repetition.once_only(case, key_of(case.facts), ALLOWANCE)


def amount_of(case: Case) -> Amount:
    """Days attended times the day's standard; days not confirmed leave it open, none is a no."""
    term, attendance = case.terms.find("living_allowance_day_fen"), case.facts.attendance
    if term is None or attendance is None:
        return Amount(None, ())
    used = (
        fact("出勤天数", attendance.days),
        fact("期间", f"{day_in_words(attendance.starts_on)}至{day_in_words(attendance.ends_on)}"),
    )
    if attendance.days is None:
        remedy = "等待培训机构确认考勤"
        return Amount(None, (unknown("amount", "出勤天数未查明", term, facts=used, remedy=remedy),))
    span = (attendance.ends_on - attendance.starts_on).days + 1
    if not 1 <= attendance.days <= span:
        remedy = "出勤天数须在期间的日数之内；考勤有误的请向培训机构提出更正"
        message = f"出勤{attendance.days}天，期间共{span}日"
        return Amount(None, (failed("amount", message, term, facts=used, remedy=remedy),))
    fen = attendance.days * term.number
    message = f"出勤{attendance.days}天，每日{in_yuan(term.number)}，计{in_yuan(fen)}"
    return Amount(fen, (passed("amount", message, term, facts=used),))


RULES = KindRules(
    in_force="living_allowance_groups",
    day_of=day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.opening_on_record,
        gate.in_directory,
        allowance_group,
        gate.no_pension,
        training_conditions.old_enough,
        training_conditions.payer_place,
        training_conditions.online_evidence,
        online_days,
        windows.claim_window,
        once_only,
        yearly_max,
        gate.payee,
    ),
    amount_of=amount_of,
)
