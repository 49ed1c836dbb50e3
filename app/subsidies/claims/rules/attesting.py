"""Facts that no system tells and an officer has seen in papers: each with evidence, only where nothing is known.

人力资源社会保障部办公厅2018年4月22日通知 二(四): what other departments share is not asked for again. So what a
platform has said is never replaced by an officer's word; whoever holds it to be wrong has it corrected there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from app.kernel.errors import Reason
from app.reference.divisions import divisions
from app.subsidies.entitlements.rules.facts import ClaimFacts, EmployerFacts, EmploymentFacts, GroupFacts
from app.subsidies.entitlements.states import EmploymentProof, Industry


class AttestedFact(StrEnum):
    """What may be attested."""

    KEY_GROUP = "key_group"
    HOUSEHOLD = "household"
    RESIDENCE = "residence"
    JOB_PLACE = "job_place"
    EMPLOYMENT = "employment"
    ENTERPRISE_EMPLOYEE = "enterprise_employee"
    LINE_SETTLED = "line_settled"
    CONTRACT = "contract"
    WORKED = "worked"
    MONTHS_SERVED = "months_served"
    EMPLOYER_INSURED = "employer_insured"
    EMPLOYER_SMALL_OR_MEDIUM = "employer_small_or_medium"
    EMPLOYER_SUSPENDED = "employer_suspended"
    EMPLOYER_HARD_HIT = "employer_hard_hit"
    EMPLOYER_INDUSTRY = "employer_industry"
    FEE_FEN = "fee_fen"
    CONSUMABLES_GRADE = "consumables_grade"


ATTESTED_LABELS: Mapping[AttestedFact, str] = {
    AttestedFact.KEY_GROUP: "重点群体身份",
    AttestedFact.HOUSEHOLD: "户籍地",
    AttestedFact.RESIDENCE: "常住地",
    AttestedFact.JOB_PLACE: "求职就业地",
    AttestedFact.EMPLOYMENT: "就业证明",
    AttestedFact.ENTERPRISE_EMPLOYEE: "是否企业职工",
    AttestedFact.LINE_SETTLED: "职业主线已核定",
    AttestedFact.CONTRACT: "劳动合同",
    AttestedFact.WORKED: "在岗情况",
    AttestedFact.MONTHS_SERVED: "在训月数",
    AttestedFact.EMPLOYER_INSURED: "单位参保情况",
    AttestedFact.EMPLOYER_SMALL_OR_MEDIUM: "是否中小微企业",
    AttestedFact.EMPLOYER_SUSPENDED: "是否停工停业",
    AttestedFact.EMPLOYER_HARD_HIT: "是否受严重影响",
    AttestedFact.EMPLOYER_INDUSTRY: "行业",
    AttestedFact.FEE_FEN: "收费（分）",
    AttestedFact.CONSUMABLES_GRADE: "耗材档次",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One fact seen in papers. ``subject`` names which group or proof; ``dated_on`` since when it holds."""

    fact: AttestedFact
    value: bool | int | str
    evidence: str
    subject: str | None = None
    dated_on: date | None = None


def with_attested(facts: ClaimFacts, attested: Sequence[Attested]) -> tuple[ClaimFacts, tuple[Reason, ...]]:
    """The facts with what was attested, and every reason why something of it cannot stand."""
    reasons: list[Reason] = []
    for index, each in enumerate(attested):
        changed, reason = _APPLY[each.fact](facts, each)
        if reason is not None:
            reasons.append(replace(reason, field=f"attested.{index}.{reason.field or 'value'}"))
        elif changed is not None:
            facts = changed
    return facts, tuple(reasons)


_Result = tuple[ClaimFacts | None, Reason | None]
_Apply = Callable[[ClaimFacts, Attested], _Result]


def _wrong(message: str, remedy: str, field: str | None = None) -> _Result:
    return None, Reason(code="attested_fact_invalid", field=field, message=message, remedy=remedy)


def _known(name: str) -> _Result:
    return None, Reason(
        code="attested_fact_known",
        field="fact",
        message=f"{name}已由联网信息查明，不能由经办人另行认定",
        remedy="联网信息有误的，请由信息来源单位更正后重新查询",
    )


def _group(facts: ClaimFacts, told: Attested) -> _Result:
    if not isinstance(told.value, bool) or told.subject is None:
        return _wrong("重点群体身份须写明代码，并以是或否认定", "请在 subject 中填写重点群体代码", "subject")
    held = [group for group in facts.person.groups if group.code == told.subject]
    if not held and told.dated_on is None:
        return _wrong("名册没有登记这一身份，须写明身份起始日期", "请按认定证明填写 dated_on", "dated_on")
    group = replace(
        held[0] if held else GroupFacts(code=told.subject, starts_on=told.dated_on or facts.applied_on),
        is_evidenced=told.value,
    )
    if told.dated_on is not None:
        group = replace(group, starts_on=told.dated_on)
    others = tuple(each for each in facts.person.groups if each.code != told.subject)
    return replace(facts, person=replace(facts.person, groups=(*others, group))), None


def _place(name: str) -> _Apply:
    def apply(facts: ClaimFacts, told: Attested) -> _Result:
        code = str(told.value)
        if divisions().get().find(code, facts.applied_on) is None:
            return _wrong(f"行政区划代码{code[:6]}不存在", "请填写六位行政区划代码")
        return replace(facts, places=replace(facts.places, **{name: code})), None

    return apply


def _employment(facts: ClaimFacts, told: Attested) -> _Result:
    if told.subject not in set(EmploymentProof) or told.dated_on is None:
        return _wrong(
            "就业证明须写明种类和日期",
            "请在 subject 中填写证明种类，在 dated_on 中填写签订或发放日期",
            "subject",
        )
    proof = EmploymentFacts(
        proof=EmploymentProof(told.subject),
        dated_on=told.dated_on,
        is_verified=told.value if isinstance(told.value, bool) else True,
        months_lasted=told.value
        if isinstance(told.value, int) and not isinstance(told.value, bool)
        else None,
    )
    return replace(facts, employment=(*facts.employment, proof)), None


def _enterprise(facts: ClaimFacts, told: Attested) -> _Result:
    if facts.insurance.is_enterprise_employee is not None:
        return _known("参保单位性质")
    if not isinstance(told.value, bool):
        return _wrong("须以是或否认定", "请填写 true 或 false")
    return replace(facts, insurance=replace(facts.insurance, is_enterprise_employee=told.value)), None


def _line_settled(facts: ClaimFacts, told: Attested) -> _Result:
    if told.value is not True:
        return _wrong("只能认定职业主线已经核定", "请在核定职业后填写 true")
    training, certificate = facts.training, facts.certificate
    return (
        replace(
            facts,
            training=None if training is None else replace(training, is_line_settled=True),
            certificate=None if certificate is None else replace(certificate, is_line_settled=True),
        ),
        None,
    )


def _listed(name: str, kind: type, title: str) -> _Apply:
    def apply(facts: ClaimFacts, told: Attested) -> _Result:
        if facts.listing is None:
            return _wrong("这件申领没有用人单位名单", "请删去这一项", "fact")
        if type(told.value) is not kind:
            return _wrong(f"{title}的填写方式不对", "请填写 true 或 false" if kind is bool else "请填写整数")
        value: Any = told.value
        return replace(facts, listing=replace(facts.listing, **{name: value})), None

    return apply


def _employer(name: str, title: str) -> _Apply:
    def apply(facts: ClaimFacts, told: Attested) -> _Result:
        if facts.listing is None:
            return _wrong("这件申领没有用人单位名单", "请删去这一项", "fact")
        employer = facts.listing.employer
        if getattr(employer, name) is not None:
            return _known(title)
        value: Any = told.value
        if name == "industry":
            if value not in set(Industry):
                return _wrong("行业代码不存在", f"请填写{'、'.join(Industry)}之一")
            value = Industry(value)
        elif not isinstance(value, bool):
            return _wrong(f"{title}须以是或否认定", "请填写 true 或 false")
        changed: EmployerFacts = replace(employer, **{name: value})
        return replace(facts, listing=replace(facts.listing, employer=changed)), None

    return apply


def _cost(name: str) -> _Apply:
    def apply(facts: ClaimFacts, told: Attested) -> _Result:
        if type(told.value) is not int or told.value < 0:
            return _wrong("须填写不小于零的整数（金额以分计）", "请核对收费票据")
        return replace(facts, cost=replace(facts.cost, **{name: told.value})), None

    return apply


_APPLY: Mapping[AttestedFact, _Apply] = {
    AttestedFact.KEY_GROUP: _group,
    AttestedFact.HOUSEHOLD: _place("household"),
    AttestedFact.RESIDENCE: _place("residence"),
    AttestedFact.JOB_PLACE: _place("job"),
    AttestedFact.EMPLOYMENT: _employment,
    AttestedFact.ENTERPRISE_EMPLOYEE: _enterprise,
    AttestedFact.LINE_SETTLED: _line_settled,
    AttestedFact.CONTRACT: _listed("has_contract", bool, "劳动合同"),
    AttestedFact.WORKED: _listed("has_worked", bool, "在岗情况"),
    AttestedFact.MONTHS_SERVED: _listed("months_served", int, "在训月数"),
    AttestedFact.EMPLOYER_INSURED: _employer("is_insured", "单位参保情况"),
    AttestedFact.EMPLOYER_SMALL_OR_MEDIUM: _employer("is_small_or_medium", "是否中小微企业"),
    AttestedFact.EMPLOYER_SUSPENDED: _employer("is_suspended", "是否停工停业"),
    AttestedFact.EMPLOYER_HARD_HIT: _employer("is_hard_hit", "是否受严重影响"),
    AttestedFact.EMPLOYER_INDUSTRY: _employer("industry", "行业"),
    AttestedFact.FEE_FEN: _cost("fee_fen"),
    AttestedFact.CONSUMABLES_GRADE: _cost("consumables_grade"),
}
