"""Where money goes: own accounts, asked about at the bank, and institutions' accounts, confirmed by officers."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.api.v1.claim_shapes import AccountTail, BankName
from app.archive.records.queries import person_group
from app.subsidies.claims.actions.confirm_institution_account import confirm_institution_account
from app.subsidies.claims.actions.end_account import end_account
from app.subsidies.claims.actions.end_institution_account import end_institution_account
from app.subsidies.claims.actions.file_institution_account import file_institution_account
from app.subsidies.claims.actions.record_account import record_account
from app.subsidies.claims.queries.lists import institution_accounts, own_accounts
from app.subsidies.claims.states import ACCOUNT_LABELS, CHECK_LABELS, AccountCheck, AccountKind
from app.subsidies.claims.tables import PayeeAccount
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Output, ShortLine

router = APIRouter(tags=["收款账户"])

AccountId = Annotated[UUID, Path(description="账户标识（不是账号）")]


class AccountIn(Input):
    """登记本人账户；户名须为本人，由开户银行核对."""

    kind: AccountKind = Field(examples=["bank_card"])
    bank_name: BankName = Field(examples=["示例银行"])
    account_number: ShortLine = Field(
        description="账号或卡号，不出现在任何答复中", examples=["6222000000000000004"]
    )


class InstitutionAccountIn(Input):
    """登记对公账户."""

    bank_name: BankName = Field(examples=["示例银行"])
    account_number: ShortLine = Field(description="账号，不出现在任何答复中", examples=["110000000000000001"])


class AccountOut(Output):
    """一个账户；只显示末四位."""

    account_id: UUID
    kind: AccountKind
    kind_label: str
    bank_name: str
    number_tail: AccountTail
    recorded_at: datetime
    check_outcome: AccountCheck | None
    check_label: str = Field(examples=["户名与本人一致"])
    ended_at: datetime | None

    @classmethod
    def of(cls, row: PayeeAccount) -> Self:
        """A stored account."""
        outcome = None if row.check_outcome is None else AccountCheck(row.check_outcome)
        return cls(
            account_id=row.account_id,
            kind=AccountKind(row.kind),
            kind_label=ACCOUNT_LABELS[AccountKind(row.kind)],
            bank_name=row.bank_name,
            number_tail=row.number_tail,
            recorded_at=row.recorded_at,
            check_outcome=outcome,
            check_label="等待银行核对" if outcome is None else CHECK_LABELS[outcome],
            ended_at=row.ended_at,
        )


class AccountsOut(Output):
    """本人账户，最近登记的在前."""

    items: list[AccountOut]


class InstitutionAccountOut(Output):
    """一个对公账户."""

    account_id: UUID
    institution_id: UUID
    bank_name: str
    number_tail: AccountTail
    recorded_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """A stored account."""
        return cls.model_validate(row, from_attributes=True)


class InstitutionAccountsOut(Output):
    """对公账户."""

    items: list[InstitutionAccountOut]


class RecordedAccountOut(Output):
    """账户标识."""

    account_id: UUID


@router.get("/v1/me/accounts", summary="我的收款账户", response_model=AccountsOut, responses=answers())
async def my_accounts(unit: ReadUnit) -> AccountsOut:
    """补贴直接发至本人账户；户名与本人一致的才能收款。"""
    assert unit.actor.person_id is not None
    rows = await own_accounts(unit, await person_group(unit, unit.actor.person_id))
    return AccountsOut(items=[AccountOut.of(row) for row in rows])


@router.post(
    "/v1/me/accounts",
    summary="登记我的收款账户",
    status_code=201,
    response_model=RecordedAccountOut,
    responses=answers(409),
)
async def record_my_account(body: AccountIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """卡号先校验，再由开户银行核对户名；核对结果在列表中显示。"""
    assert unit.actor.person_id is not None
    account_id = await record_account(
        unit,
        parts.keys,
        person_id=unit.actor.person_id,
        kind=body.kind,
        bank_name=body.bank_name,
        number=body.account_number,
    )
    return await once.answer(RecordedAccountOut(account_id=account_id))


@router.post(
    "/v1/me/accounts/{account_id}:end",
    summary="停用我的收款账户",
    response_model=RecordedAccountOut,
    responses=answers(404),
)
async def end_my_account(account_id: AccountId, unit: WriteUnit) -> RecordedAccountOut:
    """停用后不再用于新的拨付；已发放的记录保留。"""
    assert unit.actor.person_id is not None
    await end_account(unit, person_id=unit.actor.person_id, account_id=account_id)
    return RecordedAccountOut(account_id=account_id)


@router.get(
    "/v1/institution-accounts",
    summary="对公账户",
    response_model=InstitutionAccountsOut,
    responses=answers(),
)
async def list_institution_accounts(unit: ReadUnit) -> InstitutionAccountsOut:
    """机构看到本机构的账户；经办人看到本辖区等待确认的账户。"""
    return InstitutionAccountsOut(
        items=[InstitutionAccountOut.of(row) for row in await institution_accounts(unit)]
    )


@router.post(
    "/v1/institution-accounts",
    summary="登记对公账户",
    status_code=201,
    response_model=RecordedAccountOut,
    responses=answers(409),
)
async def record_institution_account(
    body: InstitutionAccountIn, unit: WriteUnit, parts: Parts, once: OnceOnly
) -> Response:
    """经办机构对照开户许可确认之后才能收款。"""
    account_id = await file_institution_account(
        unit, parts.keys, bank_name=body.bank_name, number=body.account_number
    )
    return await once.answer(RecordedAccountOut(account_id=account_id))


@router.post(
    "/v1/institution-accounts/{account_id}:confirm",
    summary="确认对公账户",
    response_model=RecordedAccountOut,
    responses=answers(404, 409),
)
async def confirm_account(account_id: AccountId, unit: WriteUnit) -> RecordedAccountOut:
    """由机构所在辖区管理目录的经办人确认。"""
    await confirm_institution_account(unit, account_id=account_id)
    return RecordedAccountOut(account_id=account_id)


@router.post(
    "/v1/institution-accounts/{account_id}:end",
    summary="停用对公账户",
    response_model=RecordedAccountOut,
    responses=answers(404),
)
async def end_account_of_institution(account_id: AccountId, unit: WriteUnit) -> RecordedAccountOut:
    """停用后不再收款；更换账户请另行登记。"""
    await end_institution_account(unit, account_id=account_id)
    return RecordedAccountOut(account_id=account_id)
