"""精准推送: what a citizen can claim, who of an area could claim and has not, and how much was taken up."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import Row

from app.access.unit import Unit
from app.api.v1.claim_shapes import VerdictOut
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.kernel.paging import check_page_limit
from app.oversight.statistics.queries.figures import prefix_asked
from app.subsidies.claims.queries.doors import own_claimable
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.subsidies.outreach.actions.push_messages import push_messages
from app.subsidies.outreach.actions.weigh_entries import Platform, Weighed, weigh_entries
from app.subsidies.outreach.queries import candidate_counts, candidates_of_area, last_pass, take_up
from app.subsidies.outreach.rules import could_claim, share_bp
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.problems import answers
from app.web.wire import CaseNumber, Cursor, DivisionCodeText, Input, Output

router = APIRouter(tags=["精准推送"])

Area = Annotated[DivisionCodeText | None, Query(description="行政区划代码，含其下各级；不填为本辖区")]


class ClaimableOut(Output):
    """一条档案能不能申领补贴，以及为什么."""

    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    can_claim: bool = Field(description="已知事实没有不符合的，其余由本人申领时提供即可")
    division_code: str | None = Field(examples=["110105"], description="受理地；参保地未查明时为空")
    verdict: VerdictOut

    @classmethod
    def of(cls, weighed: Weighed, today: date) -> "ClaimableOut":
        """As the citizen reads it."""
        return cls(
            record_number=weighed.claimable.record_number or "",
            can_claim=could_claim(weighed.verdict),
            division_code=weighed.division,
            verdict=VerdictOut.of(weighed.verdict, today),
        )


class MyEligibilityOut(Output):
    """我能申领什么：可以申领的在前，期限近的在前."""

    as_of: date
    items: list[ClaimableOut]


class CandidateCountOut(Output):
    """一地一种补贴：符合条件尚未申领的件数与金额."""

    division_code: str = Field(examples=["110105"])
    kind: BenefitKind
    kind_label: str = Field(examples=["技能提升补贴"])
    benefits: int = Field(examples=[37])
    amount_fen: int = Field(examples=[5550000])
    first_last_claim_on: date | None = Field(description="其中最早的申领截止日")

    @classmethod
    def of(cls, row: Row[Any]) -> "CandidateCountOut":
        """As it leaves; counts only."""
        return cls(**row._mapping, kind_label=KIND_LABELS[BenefitKind(row.kind)])


class CandidateCountsOut(Output):
    """符合条件尚未申领的，按地区和种类；不含个人信息."""

    as_of: datetime | None = Field(description="最近一次全量筛查的开始时间；尚未筛查为空")
    entries: int | None = Field(description="该次筛查的档案条数")
    items: list[CandidateCountOut]


class CandidatesReadIn(Input):
    """为什么查看：事由与案件编号，向本人公开."""

    division_code: DivisionCodeText
    kind: BenefitKind
    purpose: Purpose
    case_number: CaseNumber
    limit: Annotated[int, Field(ge=1, le=200, examples=[50])] = 50
    cursor: Annotated[Cursor | None, Field(examples=[None])] = None


class ProactiveCandidateOut(Output):
    """一名符合条件尚未申领的劳动者."""

    person_id: UUID
    name: str | None = Field(examples=["测试学员"])
    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    kind: BenefitKind
    division_code: str = Field(examples=["110105"])
    amount_fen: int = Field(examples=[150000])
    last_claim_on: date | None
    days_left: int | None = Field(examples=[29])


class ProactiveCandidatesOut(Output):
    """名单的一页."""

    items: list[ProactiveCandidateOut]
    next_cursor: str | None


class PushIn(Input):
    """向一地符合某种补贴条件而未申领的人推送."""

    division_code: DivisionCodeText
    kind: BenefitKind


class PushOut(Output):
    """已交办的消息数；没有申领期限的补贴不推送，同一人同一日只发一次."""

    messages: int = Field(examples=[37])


class TakeUpOut(Output):
    """一地一种补贴的申领率."""

    division_code: str = Field(examples=["110105"])
    kind: BenefitKind
    kind_label: str = Field(examples=["技能提升补贴"])
    paid: int = Field(examples=[81], description="已发放件数")
    under_way: int = Field(examples=[12], description="已批准、尚未到账件数")
    unclaimed: int = Field(examples=[7], description="符合条件尚未申领件数")
    take_up_bp: int | None = Field(
        examples=[8100], description="已发放占符合条件的比例，万分之一；没有符合条件的为空"
    )

    @classmethod
    def of(cls, row: Row[Any]) -> "TakeUpOut":
        """As it leaves."""
        return cls(
            **row._mapping,
            kind_label=KIND_LABELS[BenefitKind(row.kind)],
            take_up_bp=share_bp(row.paid, row.paid + row.under_way + row.unclaimed),
        )


class TakeUpsOut(Output):
    """申领率，按地区和种类."""

    as_of: datetime | None = Field(description="未申领件数筛查的时间")
    items: list[TakeUpOut]


@router.get(
    "/v1/me/eligibility", summary="我能申领什么", response_model=MyEligibilityOut, responses=answers()
)
async def my_eligibility(look: LookFirst, parts: Parts) -> MyEligibilityOut:
    """按本人的每条档案试算：能不能、多少、还剩几天、为什么不能；与正式审核同一套规则。"""
    async with look() as unit:
        claimables = await own_claimable(unit, parts.keys)
        now, today = unit.now, unit.today
    platform = Platform(parts.unemployment_insurance, parts.settings.insurance_answer_hours, None)
    weighed = await weigh_entries(platform, claimables, now=now, today=today)
    weighed.sort(key=lambda each: (not could_claim(each.verdict), each.verdict.last_claim_day or date.max))
    return MyEligibilityOut(as_of=today, items=[ClaimableOut.of(each, today) for each in weighed])


@router.get(
    "/v1/proactive-candidates",
    summary="符合条件尚未申领的件数",
    response_model=CandidateCountsOut,
    responses=answers(404),
)
async def count_candidates(unit: ReadUnit, division: Area = None) -> CandidateCountsOut:
    """每日全量筛查一次；只有件数和金额。"""
    counts = await candidate_counts(unit, prefix_asked(unit, division))
    told = await last_pass(unit)
    return CandidateCountsOut(
        as_of=None if told is None else told.started_at,
        entries=None if told is None else told.entries,
        items=[CandidateCountOut.of(row) for row in counts],
    )


@router.post(
    "/v1/proactive-candidates:read",
    summary="符合条件尚未申领的名单",
    response_model=ProactiveCandidatesOut,
    responses=answers(404),
)
async def read_candidates(body: CandidatesReadIn, unit: WriteUnit, parts: Parts) -> ProactiveCandidatesOut:
    """须写明事由与案件编号；查看记录先于答复保存，并在本人的“谁查过我”中显示。"""
    return await read_listed(unit, parts.keys, body)


async def read_listed(unit: Unit, keys: KeyRing, body: CandidatesReadIn) -> ProactiveCandidatesOut:
    """One page of the list; the looks are stored by the statement that reads. Raises NotFound outside the area."""
    page = await candidates_of_area(
        unit,
        prefix_asked(unit, body.division_code),
        body.kind,
        purpose=body.purpose,
        case_number=body.case_number,
        limit=check_page_limit(body.limit),
        cursor=body.cursor,
    )
    await record_event(
        unit,
        "proactive:read",
        subject_kind="division",
        subject_id=body.division_code,
        details={"kind": body.kind.value, "persons": len(page.items)},
    )
    items = [
        ProactiveCandidateOut(
            person_id=row.person_id,
            name=None
            if row.name_sealed is None
            else keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
            record_number=row.record_number,
            kind=BenefitKind(row.kind),
            division_code=row.division_code,
            amount_fen=row.amount_fen,
            last_claim_on=row.last_claim_on,
            days_left=None if row.last_claim_on is None else max((row.last_claim_on - unit.today).days, 0),
        )
        for row in page.items
    ]
    return ProactiveCandidatesOut(items=items, next_cursor=page.next_cursor)


@router.post(
    "/v1/proactive-candidates:push",
    summary="向符合条件尚未申领的人推送",
    response_model=PushOut,
    responses=answers(404),
)
async def push(body: PushIn, unit: WriteUnit) -> PushOut:
    """经短信或电子社保卡提醒，文字不含个人信息；经办人不必查看名单。"""
    return PushOut(messages=await push_messages(unit, division_code=body.division_code, kind=body.kind))


@router.get("/v1/statistics/take-up", summary="申领率", response_model=TakeUpsOut, responses=answers(404))
async def take_up_rates(unit: ReadUnit, division: Area = None) -> TakeUpsOut:
    """已发放 ÷ 符合条件（已发放、已批准未到账、未申领），按地区和种类。"""
    rows = await take_up(unit, prefix_asked(unit, division))
    told = await last_pass(unit)
    return TakeUpsOut(
        as_of=None if told is None else told.started_at, items=[TakeUpOut.of(row) for row in rows]
    )
