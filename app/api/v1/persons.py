"""Identity maintenance by officers: who a number is, another number, merges and their ends by two officers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from app.access.unit import Unit
from app.archive.certificates.actions.request_linking import request_linking
from app.archive.certificates.actions.unlink_parting import unlink_parting
from app.archive.records.states import Purpose
from app.identity.persons.actions.add_identifier import AddIdentifier, FormerNumber, add_identifier
from app.identity.persons.actions.decide_merge import decide_merge
from app.identity.persons.actions.end_merge import end_merge
from app.identity.persons.actions.propose_merge import propose_merge
from app.identity.persons.actions.propose_merge_end import propose_merge_end
from app.identity.persons.actions.resolve_person import KnownNumber, KnownPerson, resolve_person
from app.identity.persons.queries import Collision, Merge, list_merges
from app.identity.persons.states import CollisionKind, EndKind, IdentifierKind, MergeState
from app.kernel.errors import InvalidInput
from app.kernel.identifiers import IdentityNumber, check_identity_number
from app.kernel.masking import mask_name_public, mask_number_own_institution
from app.kernel.names import reasons_against_name, same_name
from app.kernel.paging import check_page_limit
from app.reference.divisions import was_in_force
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.house import House
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import CaseNumber, Cursor, Input, Output, Why

router = APIRouter(tags=["实名"])

NumberText = Annotated[str, Field(min_length=1, max_length=40, examples=["11010519491231002X"])]
NameText = Annotated[str, Field(min_length=1, max_length=100, examples=["测试学员"])]


class ResolveIn(Input):
    """查询号码对应的人员：先写明事由与案件编号."""

    identity_number: NumberText
    name: NameText | None = Field(default=None, description="填写后答复姓名是否一致")
    purpose: Purpose = Field(examples=["identity_maintenance"])
    case_number: CaseNumber


class IdentifierOut(Output):
    """一个号码；person_id 不同于所查人员的，来自已合并的编号."""

    identifier_id: UUID
    person_id: UUID
    kind: IdentifierKind
    kind_label: str = Field(examples=["居民身份证"])
    masked_number: str = Field(examples=["110***********002X"])
    recorded_at: datetime
    ended_at: datetime | None
    end_kind: EndKind | None

    @classmethod
    def of(cls, number: KnownNumber) -> "IdentifierOut":
        """A number, masked."""
        return cls(
            identifier_id=number.identifier_id,
            person_id=number.person_id,
            kind=number.kind,
            kind_label=number.kind.label,
            masked_number=mask_number_own_institution(number.number),
            recorded_at=number.recorded_at,
            ended_at=number.ended_at,
            end_kind=number.end_kind,
        )


class LiveMergeOut(Output):
    """涉及该人员的、尚未办结或生效中的合并."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID
    state: MergeState


class PersonOut(Output):
    """人员；survivor_id 是合并后查询所用的编号，未合并时与 person_id 相同."""

    person_id: UUID
    survivor_id: UUID
    is_alias: bool
    masked_name: str | None = Field(examples=["测*"], description="尚未核验出姓名的为空")
    name_matches: bool | None = Field(
        description="所填姓名是否与已核验的姓名一致；未填写或尚无核验姓名的为空"
    )
    identifiers: list[IdentifierOut]
    merges: list[LiveMergeOut]

    @classmethod
    def of(cls, person: KnownPerson, name: str | None) -> "PersonOut":
        """A person as an officer may see them; ``name`` is what the officer asked about."""
        comparable = name is not None and person.name is not None
        return cls(
            person_id=person.person_id,
            survivor_id=person.survivor_id,
            is_alias=person.survivor_id != person.person_id,
            masked_name=None if person.name is None else mask_name_public(person.name),
            name_matches=same_name(name or "", person.name or "") if comparable else None,
            identifiers=[IdentifierOut.of(number) for number in person.numbers],
            merges=[LiveMergeOut.model_validate(alias, from_attributes=True) for alias in person.aliases],
        )


class FormerIn(Input):
    """同时停用的原号码：replaced 换号（旧号仍能查到本人），not_theirs 误登或重号（旧号不再指向本人）."""

    identifier_id: UUID
    end_kind: EndKind


class IdentifierIn(Input):
    """登记另一号码：换发、更正、居住证、新版永居证."""

    identity_number: NumberText
    name: NameText = Field(description="新号码证件上的姓名")
    reason: Why = Field(examples=["公安机关更正公民身份号码，已核验证明原件"])
    case_number: CaseNumber
    former: FormerIn | None = None


class AddedIdentifierOut(Output):
    """登记结果；is_new 为 false 表示该号码本来就属于此人，没有重复登记."""

    identifier_id: UUID
    person_id: UUID
    kind: IdentifierKind
    masked_number: str
    is_new: bool


class MergeIn(Input):
    """提出合并：person_id 并入 survivor_id."""

    person_id: UUID
    survivor_id: UUID
    reason: Why = Field(examples=["同一人先后使用两个号码，已核验公安机关证明"])
    case_number: CaseNumber


class CollisionOut(Output):
    """不可能同属一人的两项事实，须由档案审核人员另行核查."""

    kind: CollisionKind
    opening_id: UUID
    other_opening_id: UUID
    record_number: str | None
    other_record_number: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class MergeOut(Output):
    """一项合并；只有编号、日期和经办人，没有姓名号码."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID
    state: MergeState
    case_number: str
    proposed_by: UUID
    proposed_at: datetime
    merged_by: UUID | None
    merged_at: datetime | None
    refused_by: UUID | None
    refused_at: datetime | None
    end_case_number: str | None
    end_proposed_by: UUID | None
    end_proposed_at: datetime | None
    ended_by: UUID | None
    ended_at: datetime | None
    is_own_proposal: bool = Field(description="等待确认的那一步是否由查询人自己提出")

    @classmethod
    def of(cls, merge: Merge, reader: UUID) -> "MergeOut":
        """A merge as ``reader`` sees it."""
        waiting = {
            MergeState.PROPOSED: merge.proposed_by,
            MergeState.END_PROPOSED: merge.end_proposed_by,
        }
        shown = {name: getattr(merge, name) for name in cls.model_fields if name != "is_own_proposal"}
        return cls(**shown, is_own_proposal=waiting.get(merge.state) == reader)


class MergesOut(Output):
    """合并列表，最近提出的在前."""

    items: list[MergeOut]
    next_cursor: str | None


class MergeStepOut(Output):
    """合并办理结果；collisions 不为空的，须同时核查所列事实."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID = Field(description="所填编号已并入他处的，为其最终编号")
    state: MergeState
    collisions: list[CollisionOut]


class MergeDecision(StrEnum):
    """Accept or refuse."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class MergeDecisionIn(Input):
    """复核结论."""

    decision: MergeDecision
    reason: Why = Field(examples=["两个号码均有公安机关更正证明，属同一人"])


class MergeEndIn(Input):
    """提出解除合并."""

    reason: Why = Field(examples=["经核查为两人，原合并有误"])
    case_number: CaseNumber


@router.post(
    "/v1/persons:resolve", summary="查询号码对应的人员", response_model=PersonOut, responses=answers(404, 409)
)
async def resolve(body: ResolveIn, unit: WriteUnit, parts: Parts) -> PersonOut:
    """须写明事由与案件编号；查询记录先于答复保存，并在本人的“谁查过我”中显示。没有登记过的号码答复 404。"""
    person = await resolve_person(
        unit,
        parts.keys,
        number=checked_number(body.identity_number, unit),
        purpose=body.purpose,
        case_number=body.case_number,
    )
    return PersonOut.of(person, body.name)


@router.post(
    "/v1/persons/{person_id}/identifiers",
    summary="登记另一号码",
    status_code=201,
    response_model=AddedIdentifierOut,
    responses=answers(404, 409),
)
async def add(person_id: UUID, body: IdentifierIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """号码须经持卡人员基础信息库核验与姓名相符方予登记；已属他人的号码不予登记，也不会自动合并。"""
    return await once.answer(await add_number(unit, parts, person_id, body))


async def add_number(unit: Unit, parts: House, person_id: UUID, body: IdentifierIn) -> AddedIdentifierOut:
    """As ``add_identifier``, from what was written. Raises InvalidInput with every defect of it."""
    defects = reasons_against_name(body.name)
    if defects:
        raise InvalidInput(defects)
    number = checked_number(body.identity_number, unit)
    former = body.former
    added = await add_identifier(
        unit,
        parts.keys,
        parts.cardholder_base,
        AddIdentifier(
            person_id=person_id,
            number=number,
            name=body.name,
            reason=body.reason,
            case_number=body.case_number,
            former=None if former is None else FormerNumber(former.identifier_id, former.end_kind),
        ),
    )
    return AddedIdentifierOut(
        identifier_id=added.identifier_id,
        person_id=added.person_id,
        kind=added.kind,
        masked_number=mask_number_own_institution(number.number),
        is_new=added.is_new,
    )


@router.get("/v1/person-merges", summary="人员合并列表", response_model=MergesOut, responses=answers())
async def list_person_merges(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")] = None,
) -> MergesOut:
    """等待复核的、生效的、已驳回和已解除的合并。"""
    page = await list_merges(unit, limit=check_page_limit(limit), cursor=cursor)
    reader = unit.actor.principal_id
    return MergesOut(items=[MergeOut.of(merge, reader) for merge in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/person-merges",
    summary="提出合并两个人员编号",
    status_code=201,
    response_model=MergeStepOut,
    responses=answers(409),
)
async def propose(body: MergeIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """须由另一名经办人复核后生效。合并不改动任何档案，只是今后一并查询。"""
    proposed = await propose_merge(
        unit,
        person_id=body.person_id,
        survivor_id=body.survivor_id,
        reason=body.reason,
        case_number=body.case_number,
    )
    return await once.answer(
        MergeStepOut(
            alias_id=proposed.alias_id,
            person_id=proposed.person_id,
            survivor_id=proposed.survivor_id,
            state=MergeState.PROPOSED,
            collisions=_collisions(proposed.collisions),
        )
    )


@router.post(
    "/v1/person-merges/{alias_id}:decide",
    summary="复核合并",
    response_model=MergeStepOut,
    responses=answers(404, 409),
)
async def decide(alias_id: UUID, body: MergeDecisionIn, unit: WriteUnit) -> MergeStepOut:
    """提出人不能自己复核。同意后两个编号的档案一并查询；驳回后可以重新提出。"""
    decided = await decide_merge(
        unit, alias_id=alias_id, is_accepted=body.decision is MergeDecision.ACCEPTED, reason=body.reason
    )
    if decided.state is MergeState.MERGED:
        await request_linking(unit, {decided.merge.person_id, decided.merge.survivor_id})
    return _step(decided.merge, decided.state, decided.collisions)


@router.post(
    "/v1/person-merges/{alias_id}:propose-end",
    summary="提出解除合并",
    response_model=MergeStepOut,
    responses=answers(404, 409),
)
async def propose_end(alias_id: UUID, body: MergeEndIn, unit: WriteUnit) -> MergeStepOut:
    """须由另一名经办人确认后生效；此前仍一并查询。"""
    merge = await propose_merge_end(unit, alias_id=alias_id, reason=body.reason, case_number=body.case_number)
    return _step(merge, MergeState.END_PROPOSED)


@router.post(
    "/v1/person-merges/{alias_id}:confirm-end",
    summary="确认解除合并",
    response_model=MergeStepOut,
    responses=answers(404, 409),
)
async def confirm_end(alias_id: UUID, unit: WriteUnit) -> MergeStepOut:
    """提出人不能自己确认。确认后两个编号各自查询，各自的档案不变；跨两个编号的证书关联随之解除。"""
    await unlink_parting(unit, alias_id=alias_id)
    merge = await end_merge(unit, alias_id=alias_id)
    await request_linking(unit, {merge.person_id, merge.survivor_id})
    return _step(merge, MergeState.ENDED)


def checked_number(number: str, unit: Unit) -> IdentityNumber:
    """In its normal form. Raises InvalidInput with every reason against it."""
    checked = check_identity_number(number, on=unit.today, area_known=was_in_force, field="identity_number")
    if checked.reasons:
        raise InvalidInput(checked.reasons)
    return checked.require()


def _step(merge: Merge, state: MergeState, collisions: tuple[Collision, ...] = ()) -> MergeStepOut:
    return MergeStepOut(
        alias_id=merge.alias_id,
        person_id=merge.person_id,
        survivor_id=merge.survivor_id,
        state=state,
        collisions=_collisions(collisions),
    )


def _collisions(collisions: tuple[Collision, ...]) -> list[CollisionOut]:
    return [CollisionOut.model_validate(each, from_attributes=True) for each in collisions]
