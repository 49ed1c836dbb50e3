"""职业培训券 (vouchers): issued in batches, listed, voided; redeemed by the institution's claim that names it."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.api.v1.budget_shapes import Fen
from app.kernel.errors import InvalidInput
from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from app.subsidies.vouchers.actions.issue_vouchers import Holder, IssuedLine, issue_vouchers
from app.subsidies.vouchers.actions.void_voucher import void_voucher
from app.subsidies.vouchers.queries import list_vouchers, numbered_voucher, own_vouchers, read_voucher
from app.subsidies.vouchers.rules import state_of
from app.subsidies.vouchers.states import STATE_LABELS, IssueOutcome, VoucherState
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import CaseNumber, Cursor, Day, DivisionCodeText, Input, Output, ShortLine, Why

router = APIRouter(tags=["职业培训券"])


class VoucherHolderIn(Input):
    """持券人."""

    identity_number: Annotated[str, Field(min_length=1, max_length=40, examples=["11010519491001001X"])]
    name: Annotated[ShortLine, Field(examples=["测试学员"])]


class VouchersIn(Input):
    """一批职业培训券：面值、范围、有效期相同；不写职业即不限，不写期限即按政策规定的天数."""

    division_code: DivisionCodeText
    benefit_line: Annotated[
        str | None, Field(pattern=r"^[0-9A-Za-z:.-]{1,60}$", examples=["2015:6-18-02-04"])
    ] = None
    amount_fen: Fen
    valid_until: Day | None = None
    document_number: CaseNumber
    holders: Annotated[list[VoucherHolderIn], Field(min_length=1, max_length=500)]


class IssuedVoucherOut(Output):
    """一名持券人的结果；未发放的写明原因."""

    line: int
    outcome: IssueOutcome
    voucher_id: UUID | None
    voucher_number: str | None
    reason: ReasonOut | None

    @classmethod
    def of(cls, line: IssuedLine) -> Self:
        """One line."""
        shown = None if line.reason is None else ReasonOut.model_validate(reason_out(line.reason))
        return cls(
            line=line.line,
            outcome=line.outcome,
            voucher_id=line.voucher_id,
            voucher_number=line.voucher_number,
            reason=shown,
        )


class IssuedVouchersOut(Output):
    """逐名结果."""

    issued: int
    lines: list[IssuedVoucherOut]


class VoidVoucherIn(Input):
    """作废的理由."""

    reason: Annotated[Why, Field(examples=["本人书面放弃"])]


class VoucherOut(Output):
    """一张职业培训券；不限职业的 benefit_line 为空."""

    voucher_id: UUID
    voucher_number: str
    division_code: str
    benefit_line: str | None
    amount_fen: int
    valid_until: date
    state: VoucherState
    state_name: str
    issued_at: datetime
    redeemed_at: datetime | None
    voided_at: datetime | None
    void_reason: str | None

    @classmethod
    def of(cls, row: Row[Any], today: date) -> Self:
        """As it stands today."""
        state = state_of(
            redeemed_at=row.redeemed_at,
            voided_at=row.voided_at,
            void_reason=row.void_reason,
            valid_until=row.valid_until,
            is_in_use=row.is_in_use,
            today=today,
        )
        fields = {name: value for name, value in row._mapping.items() if name in cls.model_fields}
        return cls.model_validate({**fields, "state": state, "state_name": STATE_LABELS[state]})


class VoucherPage(Output):
    """一页职业培训券."""

    items: list[VoucherOut]
    next_cursor: str | None


class OwnVouchersOut(Output):
    """本人的职业培训券，最近发放的在前."""

    items: list[VoucherOut]


@router.post(
    "/v1/vouchers",
    summary="发放职业培训券",
    status_code=201,
    response_model=IssuedVouchersOut,
    responses=answers(404, 409),
)
async def create_vouchers(body: VouchersIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """发给已实名登记的劳动者，逐名答复；每次查询都会在本人的“谁查过我”中显示。"""
    checked = [
        check_identity_number(
            each.identity_number,
            on=unit.today,
            area_known=was_in_force,
            field=f"holders.{place}.identity_number",
        )
        for place, each in enumerate(body.holders)
    ]
    reasons = [reason for each in checked for reason in each.reasons]
    if reasons:
        raise InvalidInput(reasons)
    lines = await issue_vouchers(
        unit,
        parts.keys,
        division_code=body.division_code,
        benefit_line=body.benefit_line,
        amount_fen=body.amount_fen,
        valid_until=body.valid_until,
        document_number=body.document_number,
        holders=[
            Holder(number.require(), each.name) for number, each in zip(checked, body.holders, strict=True)
        ],
    )
    issued = sum(line.outcome is IssueOutcome.ISSUED for line in lines)
    return await once.answer(
        IssuedVouchersOut(issued=issued, lines=[IssuedVoucherOut.of(line) for line in lines])
    )


@router.get("/v1/vouchers", summary="职业培训券列表", responses=answers())
async def list_vouchers_of_area(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> VoucherPage:
    """本辖区发放的，最近的在前；不含持券人信息。"""
    page = await list_vouchers(unit, cursor=cursor, limit=limit)
    return VoucherPage(
        items=[VoucherOut.of(row, unit.today) for row in page.items], next_cursor=page.next_cursor
    )


@router.post("/v1/vouchers/{voucher_id}:void", summary="作废职业培训券", responses=answers(404, 409))
async def void(voucher_id: UUID, body: VoidVoucherIn, unit: WriteUnit) -> VoucherOut:
    """已用于办理中申领的不能作废。"""
    await void_voucher(unit, voucher_id=voucher_id, reason=body.reason)
    return VoucherOut.of(await read_voucher(unit, voucher_id), unit.today)


@router.get("/v1/voucher-numbers/{voucher_number}", summary="按券号查看职业培训券", responses=answers(404))
async def read_numbered_voucher(
    voucher_number: Annotated[
        str, Path(pattern=r"^V[0-9]{6}-[0-9]{4}-[0-9]{8}$", examples=["V110000-2026-00000001"])
    ],
    unit: ReadUnit,
) -> VoucherOut:
    """培训机构按劳动者出示的券号查询面值、范围和状态，申领时填写其 voucher_id；不含持券人信息。"""
    return VoucherOut.of(await numbered_voucher(unit, voucher_number), unit.today)


@router.get("/v1/me/vouchers", summary="本人的职业培训券", responses=answers())
async def list_own_vouchers(unit: ReadUnit) -> OwnVouchersOut:
    """参加培训时把券号告诉培训机构，由机构在申领培训补贴时使用。"""
    return OwnVouchersOut(items=[VoucherOut.of(row, unit.today) for row in await own_vouchers(unit)])
