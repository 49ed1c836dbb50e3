"""Once, and how often: the life-long key, yearly caps as places, no downgrade, not both subsidies.

Reading of 职业 and 工种 (mission §1.6, contradiction 2): 人社部发〔2017〕40号 三 says 职业(工种), 国办发〔2019〕24号
四(十二) says 职业. The later and higher text decides, and it is the stricter one: the key is always the line of the
occupation, across both certificate families, all provinces and all editions of the dictionary.
"""

from app.archive.certificates.states import CertificateState
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation
from app.reference.occupations import line_name
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.entitlements.rules.facts import CertificateFacts, PastBenefit
from app.subsidies.entitlements.rules.reasoning import (
    Case,
    all_of,
    any_of,
    fact,
    failed,
    judged,
    passed,
    unknown,
)
from app.subsidies.entitlements.rules.rulebook import Term
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason, UsedFact
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, PastState, period_in_words

ONCE = Citation("国办发〔2019〕24号", "四(十二)")
SHARED_KEY = frozenset({BenefitKind.SKILL_UPGRADE, BenefitKind.TRAINING})
NO_CAP = 99
"""A cap that stands for none, as in ``slot_rule``."""

STATE_WORDS = {
    PastState.CLAIMED: "在办",
    PastState.PAID: "已享受",
    PastState.EARLIER: "登记前已享受",
}
_IS_HELD = {
    CertificateState.MATCHED: True,
    CertificateState.EXPIRED: True,
    CertificateState.REVOKED: False,
    CertificateState.NOT_FOUND_FINAL: False,
}
"""Whether a certificate in such a state is held; in the other states the network has not said so yet."""
_DOWNGRADE_WORDS = {
    True: "{what}，不再享受低等级补贴",
    None: "可能享受或持有更高等级的补贴、证书，尚未查明",
    False: "没有享受或持有同范围更高等级的补贴、证书",
}
_RANK = {level: facts_of(level).rank for level in SkillLevel}
_NAME = {level: facts_of(level).name for level in SkillLevel}


def once_only(case: Case, key: OnceOnlyKey | None, cited: Citation | None = None) -> RuleReason:
    """I2, C7: one benefit per person, line, level and period for life; a claim under way counts as well.

    ``cited`` is the clause of a kind that has a key of its own; the shared key cites what held on the day.
    """
    term = case.terms.find("once_only_unit") if cited is None else None
    terms = (term,) if term else ()
    once = cited or (None if term else ONCE)
    if key is None:
        return unknown(
            "once_only",
            "职业未能对应到补贴主线，无法判断是否已经享受",
            *terms,
            citation=once,
            facts=(fact("职业主线", None),),
            remedy="由经办机构对应职业（大典拆分、合并的职业须人工认定）",
        )
    hits = [past for past in case.facts.history if _same_key(past, case, key)]
    hit = next((past for past in hits if past.kind is case.facts.kind), hits[0] if hits else None)
    used = key_in_words(key)
    if hit is not None and hit.kind is not case.facts.kind and _no_text_bars(case):
        return unknown(
            "once_only",
            f"同一职业同一等级{STATE_WORDS[hit.state]}过{KIND_LABELS[hit.kind]}（依据日期{day_in_words(hit.entry_on)}），"
            "当时的文件没有规定两项补贴不能都享受",
            citation=UNSOURCED,
            facts=(*used, fact("已有补贴", f"{KIND_LABELS[hit.kind]}（{STATE_WORDS[hit.state]}）")),
            remedy="登记系统为同一职业同一等级只留一个名额，须由经办机构核对后人工认定；本人无需补交材料",
        )
    if hit is not None:
        return failed(
            "once_only",
            f"同一事项{STATE_WORDS[hit.state]}过{KIND_LABELS[hit.kind]}（依据日期{day_in_words(hit.entry_on)}），只能享受一次",
            *terms,
            citation=once,
            facts=(*used, fact("已有补贴", f"{KIND_LABELS[hit.kind]}（{STATE_WORDS[hit.state]}）")),
            remedy="同一职业同一等级（同一期间）不能再次申领；取得更高等级或其他职业的证书后可另行申领",
        )
    unclear = next((past for past in case.facts.history if _may_be_same(past, case, key)), None)
    if unclear is not None or not case.facts.is_history_complete:
        return unknown(
            "once_only",
            "历史补贴的职业、等级未载明或尚有地区未答复，不能确认未曾享受",
            *terms,
            citation=once,
            facts=(*used, fact("历史补贴查全", case.facts.is_history_complete)),
            remedy="由经办机构核对历史补贴；必要时向原发放地核实",
        )
    return passed("once_only", "此前没有享受过同一事项的补贴", *terms, citation=once, facts=used)


def key_in_words(key: OnceOnlyKey) -> tuple[UsedFact, ...]:
    """What is paid once, for people: the values of the key's columns that are no words are told in words."""
    if key.key_group == "living_allowance":
        period = "本班次"
    elif key.period.startswith("year-"):
        period = period_in_words(key.period)
    else:
        period = {"life": "终身一次", "": "不分期间"}.get(key.period, key.period)
    line = "不分职业" if key.benefit_line == "none" else line_name(key.benefit_line)
    return (fact("职业主线", line), fact("等级", _NAME[key.level]), fact("期间", period))


def _no_text_bars(case: Case) -> bool:
    """Before 2019-05-18 no text kept the two subsidies apart; the key they share is ours and refuses nobody."""
    scope = case.terms.find("skill_upgrade_training_exclusion")
    return scope is not None and scope.option == "none"


def line_settled(case: Case, is_settled: bool | None) -> RuleReason | None:
    """Part 6: occupations that split or merge between two editions open a case; a person decides, not the code."""
    if is_settled:
        return None
    return unknown(
        "line_settled",
        "该职业在职业分类大典各版之间有拆分或合并，能否视为同一职业待人工认定",
        citation=ONCE,
        facts=(fact("主线已确定", is_settled),),
        remedy="由经办机构认定；本人无需补交材料",
    )


def yearly_cap(case: Case, slot_group: str) -> RuleReason | None:
    """I3, C8: places of a year. Places beyond the cap are for shortage occupations only.

    Reading: an ordinary benefit counts against the cap whichever came first, so the order of claims plays no part.
    """
    cap = case.terms.find(f"{slot_group}_yearly_cap")
    year_of = case.terms.find(f"{slot_group}_cap_year")
    if cap is None or year_of is None or cap.number >= NO_CAP:
        return None
    extra = case.terms.find(f"{slot_group}_shortage_extra")
    more = extra.number if extra else 0
    facts = case.facts
    year = case.day.year if year_of.option == "entry" else facts.applied_on.year
    counted = [past for past in facts.history if past.kind == slot_group and _year(past, year_of) == year]
    undated = any(past.kind == slot_group and _year(past, year_of) is None for past in facts.history)
    ordinary = sum(past.is_shortage is False for past in counted)
    return _judge_cap(
        case, (cap, year_of, *((extra,) if extra else ())), year, len(counted), ordinary, more, undated
    )


def _judge_cap(
    case: Case, terms: tuple[Term, ...], year: int, total: int, ordinary: int, more: int, undated: bool
) -> RuleReason:
    cap, facts = terms[0].number, case.facts
    used = (
        fact("年度", year),
        fact("该年度已申领或享受次数", total),
        fact("紧缺急需职业", facts.is_shortage),
    )
    is_full = total >= cap + more
    ordinary_full = is_full or ordinary >= cap
    words = f"{year}年度已申领或享受{total}次，上限{cap}次" + (f"，紧缺急需职业另加{more}次" if more else "")
    if is_full or (ordinary_full and facts.is_shortage is False):
        return failed(
            "yearly_cap",
            words,
            *terms,
            facts=used,
            remedy=f"{year}年度的次数已用完；"
            + ("紧缺急需职业（工种）的证书仍可申领" if not is_full else "只能以其他年度的证书或培训申领"),
        )
    if undated or not facts.is_history_complete or (ordinary_full and facts.is_shortage is None):
        return unknown(
            "yearly_cap",
            f"{words}；历史补贴日期、查询范围或是否紧缺急需职业未查明",
            *terms,
            facts=used,
            remedy="由经办机构核对历史补贴和紧缺急需职业目录",
        )
    return passed("yearly_cap", words, *terms, facts=used)


def _year(past: PastBenefit, year_of: Term) -> int | None:
    if year_of.option == "entry":
        return past.entry_on.year
    return past.applied_on.year if past.applied_on else None


def no_downgrade(case: Case) -> RuleReason | None:
    """§1.6 contradiction 7: to have enjoyed a higher level (2021–2024) or merely to hold one (2025) bars a lower."""
    rule = case.terms.find("skill_upgrade_no_downgrade")
    scope = case.terms.find("skill_upgrade_no_downgrade_scope")
    certificate = case.facts.certificate
    if rule is None or scope is None or certificate is None or rule.option == "none":
        return None
    same_only = scope.option == "occupation"
    enjoyed = [
        all_of(
            _is_higher(past.level, certificate.level),
            _is_line(past.benefit_line, certificate, same_only=same_only),
        )
        for past in case.facts.history
        if past.kind == BenefitKind.SKILL_UPGRADE
    ]
    held = [
        all_of(
            _is_higher(other.level, certificate.level),
            _is_line(other.benefit_line, certificate, same_only=same_only),
            _IS_HELD.get(other.state),
        )
        for other in case.facts.holdings
        if rule.option == "held"
        and other.certificate_id != certificate.certificate_id
        and other.issued_on <= case.facts.applied_on
    ]
    used = (
        fact("本证书等级", _NAME[certificate.level]),
        fact("更高等级已享受", any_of(*enjoyed)),
        fact("更高等级已持有", any_of(*held)),
    )
    barred = any_of(*enjoyed, *held)
    what = "已持有更高等级的证书" if any_of(*enjoyed) is not True else "已享受更高等级的技能提升补贴"
    return judged(
        "no_downgrade",
        None if barred is None else not barred,
        _DOWNGRADE_WORDS[barred].format(what=what),
        rule,
        scope,
        facts=used,
        remedy="低等级证书不能再申领；更高等级证书未申领过的，可在其期限内申领",
        missing="由经办机构核对另一证书或补贴的职业、等级和查验结果",
    )


def not_both(case: Case) -> RuleReason | None:
    """C9, §1.6 contradiction 6: 未领取过职业培训补贴, read per certificate, occupation and level, or person.

    Money paid to the institution or employer, and a voucher, count as received: the person had the training for it.
    """
    scope = case.terms.find("skill_upgrade_training_exclusion")
    direction = case.terms.find("skill_upgrade_exclusion_direction")
    kind = case.facts.kind
    if scope is None or direction is None or scope.option == "none":
        return None
    if kind is BenefitKind.TRAINING and direction.option != "both":
        return None
    other = BenefitKind.TRAINING if kind is BenefitKind.SKILL_UPGRADE else BenefitKind.SKILL_UPGRADE
    past = [each for each in case.facts.history if each.kind is other]
    hits = [_in_scope(each, case, scope.option) for each in past]
    terms = (scope, direction)
    used = (fact(f"已有{KIND_LABELS[other]}", len(past)), fact("其中同一范围", hits.count(True)))
    if True in hits:
        return failed(
            "not_both",
            f"已申领或领取过{KIND_LABELS[other]}（按“{scope.names[scope.option]}”认定），不得再领{KIND_LABELS[kind]}",
            *terms,
            facts=used,
            remedy="同一事项两项补贴只能享受其一；如前一项已退回或撤销，请由经办机构核销后再申领",
        )
    if None in hits or not case.facts.is_history_complete:
        return unknown(
            "not_both",
            f"不能确认是否领取过{KIND_LABELS[other]}",
            *terms,
            facts=used,
            remedy="由经办机构核对历史补贴所依据的证书、职业和等级",
        )
    return passed("not_both", f"没有领取过{KIND_LABELS[other]}", *terms, facts=used)


def _in_scope(past: PastBenefit, case: Case, scope: str) -> bool | None:
    if scope == "person":
        return True
    facts = case.facts
    if scope == "certificate":
        own = facts.certificate.certificate_id if facts.certificate else None
        if own is None or past.certificate_id is None:
            # An earlier benefit that names no certificate cannot be the same one unless it is for the same thing.
            return None if _same_line_level(past, case) is not False else False
        return own == past.certificate_id
    return _same_line_level(past, case)


def _same_line_level(past: PastBenefit, case: Case) -> bool | None:
    facts = case.facts
    part = facts.certificate if facts.kind is BenefitKind.SKILL_UPGRADE else facts.training
    line, level = (part.benefit_line, part.level) if part else (None, None)
    if _differ(past.benefit_line, line) or _differ(past.level, level):
        return False
    return None if None in (past.benefit_line, past.level, line, level) else True


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _same_key(past: PastBenefit, case: Case, key: OnceOnlyKey) -> bool:
    if not _same_group(past, case):
        return False
    if case.facts.kind in SHARED_KEY:
        return past.benefit_line == key.benefit_line and past.level == key.level
    if case.facts.kind is BenefitKind.LIVING_ALLOWANCE:
        return past.opening_id == key.period
    if case.facts.kind is BenefitKind.APPRENTICESHIP:
        return past.benefit_line == key.benefit_line and past.period == key.period
    return past.period == key.period


def _may_be_same(past: PastBenefit, case: Case, key: OnceOnlyKey) -> bool:
    """Whether an earlier benefit leaves out what would tell it apart from this one."""
    if not _same_group(past, case):
        return False
    if case.facts.kind in SHARED_KEY:
        return not _differ(past.benefit_line, key.benefit_line) and not _differ(past.level, key.level)
    if case.facts.kind is BenefitKind.LIVING_ALLOWANCE:
        return past.opening_id is None
    return past.period == ""


def _same_group(past: PastBenefit, case: Case) -> bool:
    if case.facts.kind in SHARED_KEY:
        return past.kind in SHARED_KEY
    return past.kind is case.facts.kind


def _is_higher(level: SkillLevel | None, than: SkillLevel) -> bool | None:
    return None if level is None else _RANK[level] > _RANK[than]


def _is_line(line: str | None, certificate: CertificateFacts, *, same_only: bool) -> bool | None:
    if not same_only:
        return True
    if line is None or certificate.benefit_line is None:
        return None
    return line == certificate.benefit_line
