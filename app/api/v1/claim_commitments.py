"""告知承诺 and 事后核查: the text an institution signs, and the checks that officers owe."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Row

from app.kernel.paging import check_page_limit
from app.subsidies.claims.states import STATE_LABELS, ClaimState
from app.subsidies.commitments.actions.decide_post_check import decide_post_check
from app.subsidies.commitments.queries import list_post_checks, promised_class, read_credit
from app.subsidies.commitments.rules import credit_of, reasons_against_promising, text_for
from app.subsidies.commitments.states import CHECK_LABELS, CheckOutcome
from app.subsidies.entitlements.states import CREDIT_LABELS, CreditTier
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import DivisionCodeText, Input, Output, Why

router = APIRouter(tags=["告知承诺"])


class ClaimCommitmentOut(Output):
    """供签署的承诺书；能否以承诺申领，及不能的全部原因."""

    version: str = Field(examples=["2026-1"])
    text: str
    digest: str = Field(description="承诺书全文（UTF-8）的 SHA-256，签署时原样填写", examples=["0" * 64])
    credit: CreditTier
    credit_label: str = Field(examples=["信用良好"])
    may_promise: bool
    reasons: list[ReasonOut]


class PostCheckRowOut(Output):
    """待办的一项事后核查；不含个人信息."""

    claim_id: UUID
    claim_number: str = Field(examples=["S640104-2026-00000001"])
    state: ClaimState
    state_label: str = Field(examples=["已发放"])
    division_code: str = Field(examples=["640104"])
    institution_name: str = Field(examples=["示例职业培训学校"])
    version: str = Field(examples=["2026-1"])
    committed_at: datetime
    check_due_on: date
    is_overdue: bool

    @classmethod
    def of(cls, row: Row[Any], today: date) -> Self:
        """As it leaves."""
        state = ClaimState(row.state)
        return cls(**row._mapping, state_label=STATE_LABELS[state], is_overdue=row.check_due_on < today)


class PostChecksOut(Output):
    """事后核查，最先到期的在前."""

    items: list[PostCheckRowOut]
    next_cursor: str | None


class PostCheckIn(Input):
    """核查结论."""

    outcome: CheckOutcome
    findings: Why = Field(examples=["抽查3名学员的身份证明，均与承诺一致"])


class PostCheckedOut(Output):
    """已记录；核查不符的，未发放的已暂停，已发放的将立案."""

    claim_id: UUID
    outcome: CheckOutcome
    outcome_label: str = Field(examples=["核查相符"])


@router.get(
    "/v1/openings/{opening_id}/claim-commitment",
    summary="读取项目制培训补贴申领的承诺书",
    response_model=ClaimCommitmentOut,
    responses=answers(404),
)
async def read_commitment(
    opening_id: Annotated[UUID, Path(description="开班备案标识")],
    unit: ReadUnit,
    fee_fen: Annotated[
        int | None, Query(ge=1, le=10_000_000, description="承诺的每人培训费用（分）", examples=[120000])
    ] = None,
    division_code: Annotated[DivisionCodeText | None, Query(description="不由培训地受理的，填受理地")] = None,
) -> ClaimCommitmentOut:
    """国办发〔2019〕24号五(十七)：有条件的地区、项目制培训、信用良好的机构，以承诺代替部分证明材料，事后核查。"""
    promised = await promised_class(unit, opening_id)
    credit = await read_credit(unit, unit.actor.institution())
    payer = division_code or promised.division_code
    reasons = reasons_against_promising(promised, credit, division=payer, today=unit.today)
    text, tier = text_for(promised, fee_fen), credit_of(credit, unit.today, payer)
    return ClaimCommitmentOut(
        version=text.version,
        text=text.text,
        digest=text.digest.hex(),
        credit=tier,
        credit_label=CREDIT_LABELS[tier],
        may_promise=not reasons,
        reasons=[ReasonOut.model_validate(reason_out(reason)) for reason in reasons],
    )


@router.get("/v1/post-checks", summary="待办的事后核查", response_model=PostChecksOut, responses=answers())
async def list_checks(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[str | None, Query(max_length=1024, description="上一页返回的 next_cursor")] = None,
) -> PostChecksOut:
    """本辖区以承诺申领、尚未核查的申领。"""
    page = await list_post_checks(unit, cursor=cursor, limit=check_page_limit(limit))
    return PostChecksOut(
        items=[PostCheckRowOut.of(row, unit.today) for row in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/post-checks/{claim_id}:decide",
    summary="作出事后核查结论",
    response_model=PostCheckedOut,
    responses=answers(404, 409),
)
async def decide_check(
    claim_id: Annotated[UUID, Path(description="申领标识")], body: PostCheckIn, unit: WriteUnit, parts: Parts
) -> PostCheckedOut:
    """审核、审批过这件申领的人不能核查；查看向本人公开。"""
    await decide_post_check(unit, parts.keys, claim_id=claim_id, outcome=body.outcome, findings=body.findings)
    return PostCheckedOut(claim_id=claim_id, outcome=body.outcome, outcome_label=CHECK_LABELS[body.outcome])
