"""Pure rules of identity maintenance: what stands against another number, a merge, its decision and its end."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.identity.persons.states import MergeState
from app.kernel.errors import Citation, Reason

REAL_NAME = Citation(document="人社部发〔2021〕102号", clause="(十九)")
"""依托…持卡人员基础信息库…实现培训对象实名认证."""

_NUMBER_IN_TEXT = re.compile(r"[0-9]{15,}|[A-Za-z]{3}[0-9]{12}")
_NUMBER_IN_CASE = re.compile(r"[0-9]{17}[0-9Xx]")
_SEPARATORS = re.compile(r"[\s\-_.·、,，]+")
_OUTCOMES = {
    "name_mismatch": ("姓名与该号码不符", "请对照证件核对号码与姓名"),
    "unknown": ("没有该号码", "请对照证件核对号码；证件无误的请先到社会保障卡服务网点登记"),
    "card_lost": ("该号码的社会保障卡已挂失", "请本人先办理社会保障卡补卡"),
    "card_canceled": ("该号码的社会保障卡已注销", "请本人先到社会保障卡服务网点核实"),
    "deceased": ("登记为已故", "请先到社会保障卡服务网点核实"),
}

REFUSED_BY_CONSTRAINT = {
    "person_alias_one_survivor": Reason(
        code="merge_already_proposed",
        message="该人员已有一项合并正在办理或已经合并",
        remedy="请先查看合并列表，等待其办结或先解除",
        field="person_id",
    ),
    "identifier_key_pkey": Reason(
        code="identifier_taken_meanwhile",
        message="该号码刚刚被另行登记",
        remedy="请重新查询该号码后再办理",
        field="identity_number",
    ),
    "identifier_key_not_retired": Reason(
        code="key_rotation_under_way",
        message="系统正在更换密钥，内容没有保存",
        remedy="请稍后重试",
    ),
}


ALREADY_ONE = Reason(
    code="persons_already_one",
    message="两个人员编号已经合并在一起",
    remedy="无需再次合并；等待中的合并申请请予驳回",
    field="survivor_id",
)
"""A merge of two who are read as one already would close a circle."""


@dataclass(frozen=True, slots=True)
class HeldNumber:
    """A number as a person holds it."""

    identifier_id: UUID
    person_id: UUID
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """A number that somebody wants to add to ``person_id``. ``owner_group`` are those read as one with its owner."""

    person_id: UUID
    name_matches_record: bool
    owner_id: UUID | None
    owner_group: frozenset[UUID]
    former_id: UUID | None
    held: tuple[HeldNumber, ...]
    is_former_the_number: bool


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """Two persons whom somebody says are one; ``*_root`` is whom each is read as now."""

    person_id: UUID
    survivor_id: UUID
    person_known: bool
    survivor_known: bool
    person_root: UUID
    survivor_root: UUID
    has_open_proposal: bool


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A merge and the officer who would take its next step; ``made_by`` proposed that step, if anybody."""

    state: MergeState
    made_by: UUID | None
    taken_by: UUID


def reasons_against_texts(*, case_number: str, reason: str = "") -> tuple[Reason, ...]:
    """Both are kept for ever and shown, so neither may hold an identity number; a reason not even a spaced one."""
    found = {
        "reason": _NUMBER_IN_TEXT.search(_SEPARATORS.sub("", reason)),
        "case_number": _NUMBER_IN_CASE.search(case_number),
    }
    return tuple(
        _reason(
            "text_holds_identity_number",
            "文字中含有身份号码或类似的长号码",
            "请删去号码，只写明原因、材料名称或案件编号",
            field=field,
        )
        for field, number in found.items()
        if number
    )


def merge_state(
    *,
    merged_at: datetime | None,
    refused_at: datetime | None,
    end_proposed_at: datetime | None,
    ended_at: datetime | None,
) -> MergeState:
    """The state that the dates of a merge amount to."""
    if refused_at is not None:
        return MergeState.REFUSED
    if merged_at is None:
        return MergeState.PROPOSED
    if ended_at is not None:
        return MergeState.ENDED
    return MergeState.MERGED if end_proposed_at is None else MergeState.END_PROPOSED


def reasons_against_number(facts: NumberFacts) -> tuple[Reason, ...]:
    """Every reason against recording the number, before the card-holder base is asked."""
    reasons = list(_against_former(facts))
    if not facts.name_matches_record:
        reasons.append(
            _reason(
                "name_differs_from_record",
                "姓名与该人员已核验的姓名不一致",
                "请核对是否同一人；确已改名的，请先以新号码登记，再办理合并",
                field="name",
            )
        )
    if facts.owner_id is not None and facts.person_id not in facts.owner_group:
        # Not whose it is: a refusal rolls back, and with it the access row of this look. Who needs the other person's
        # id resolves the number, and that look stays and is shown to them.
        reasons.append(
            _reason(
                "identifier_belongs_to_another",
                "该号码已登记在另一人员编号之下",
                "请核对号码；确为同一人的，请以该号码查询人员（查询会留痕并告知本人），再对两个人员编号提出合并",
                field="identity_number",
            )
        )
    return tuple(reasons)


def reasons_against_outcome(outcome: str) -> tuple[Reason, ...]:
    """Why the answer of the card-holder base does not prove the number; empty when it matched."""
    if outcome == "matched":
        return ()
    what, remedy = _OUTCOMES[outcome]
    return (
        Reason(
            code=f"identity_{outcome}",
            message=f"持卡人员基础信息库{'中' if outcome == 'unknown' else '答复：'}{what}，未予登记",
            remedy=remedy,
            field="name" if outcome == "name_mismatch" else "identity_number",
            citation=REAL_NAME,
        ),
    )


def reasons_against_proposing(facts: MergeFacts) -> tuple[Reason, ...]:
    """Every reason why this merge cannot be proposed."""
    reasons = [
        _reason("person_unknown", "没有这个人员编号", "请先用身份号码查询人员编号", field=field)
        for field, known in (("person_id", facts.person_known), ("survivor_id", facts.survivor_known))
        if not known
    ]
    if facts.person_id == facts.survivor_id:
        reasons.append(
            _reason("merge_with_oneself", "两个人员编号相同", "请填写两个不同的编号", field="survivor_id")
        )
    elif facts.person_known and facts.survivor_known and facts.person_root == facts.survivor_root:
        reasons.append(ALREADY_ONE)
    elif facts.person_root != facts.person_id:
        reasons.append(
            _reason(
                "person_already_merged",
                "该人员编号已并入另一编号，一个编号只能并入一次",
                f"请对其并入的编号 {facts.person_root} 提出合并，或先解除原合并",
                field="person_id",
            )
        )
    if facts.has_open_proposal:
        reasons.append(REFUSED_BY_CONSTRAINT["person_alias_one_survivor"])
    return tuple(reasons)


def reasons_against_deciding(facts: StepFacts) -> tuple[Reason, ...]:
    """Every reason why this officer cannot decide this merge now."""
    reasons = []
    if facts.state is not MergeState.PROPOSED:
        reasons.append(_reason("merge_already_decided", "这项合并已有结论", "无需再次办理"))
    return (*reasons, *_against_same_person(facts))


def reasons_against_proposing_end(state: MergeState) -> tuple[Reason, ...]:
    """Why the end of a merge cannot be proposed now."""
    if state is MergeState.END_PROPOSED:
        return (_reason("merge_end_already_proposed", "已有人提出解除这项合并", "请由另一名经办人确认解除"),)
    if state is not MergeState.MERGED:
        return (_reason("merge_not_in_force", "这项合并没有生效或已经解除", "只有生效的合并可以解除"),)
    return ()


def reasons_against_ending(facts: StepFacts) -> tuple[Reason, ...]:
    """Every reason why this officer cannot confirm the end of a merge now."""
    reasons = []
    if facts.state is not MergeState.END_PROPOSED:
        reasons.append(_reason("merge_end_not_proposed", "没有等待确认的解除申请", "请先提出解除并写明原因"))
    return (*reasons, *_against_same_person(facts))


def _against_former(facts: NumberFacts) -> tuple[Reason, ...]:
    if facts.former_id is None:
        return ()
    held = next(
        (
            each
            for each in facts.held
            if (each.identifier_id, each.person_id) == (facts.former_id, facts.person_id)
        ),
        None,
    )
    if held is None:
        return (
            _reason(
                "former_number_unknown",
                "该人员没有这个原号码",
                "请先查询该人员的号码",
                field="former.identifier_id",
            ),
        )
    if held.ended_at is not None:
        return (
            _reason(
                "former_number_already_ended", "原号码早已停用", "无需再次停用", field="former.identifier_id"
            ),
        )
    if facts.is_former_the_number:
        return (
            _reason(
                "former_number_is_the_number",
                "要停用的原号码就是所填的号码（15位旧号码与换算后的18位号码是同一号码）",
                "请填写另一个号码，或不停用原号码",
                field="former.identifier_id",
            ),
        )
    return ()


def _against_same_person(facts: StepFacts) -> tuple[Reason, ...]:
    if facts.made_by != facts.taken_by:
        return ()
    return (
        _reason("second_person_required", "提出的人不能自己确认", "请由另一名有身份维护权限的经办人办理"),
    )


def _reason(code: str, message: str, remedy: str, field: str | None = None) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field)
