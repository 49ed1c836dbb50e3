"""银行对账 (reconciliation): the bank's daily file, fetched by the worker or handed in, and what differs in it."""

import hashlib
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from sqlalchemy import Row
from starlette.datastructures import UploadFile as Upload
from starlette.responses import Response

from app.gateways.bank_facts import StatementLine
from app.gateways.bank_statements import STATEMENT_BYTES_MAX, StatementMalformed, read_statement
from app.kernel.errors import InvalidInput, Reason, TooLarge
from app.subsidies.disbursements.actions.import_statement import import_statement
from app.subsidies.disbursements.queries.statements import (
    list_statement_differences,
    list_statements,
    statement_by_digest,
)
from app.subsidies.disbursements.states import DIFFERENCE_LABELS, Difference
from app.subsidies.disbursements.tables import BankStatement
from app.web.dependencies import Admitted, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Day, Output

router = APIRouter(tags=["银行对接"])

Limit = Annotated[int, Query(ge=1, le=200)]


class BankStatementOut(Output):
    """一份已导入的对账文件；fetched_at 为系统从银行取回的时间，仅手工导入的为空."""

    statement_id: UUID
    statement_on: date
    imported_at: datetime
    fetched_at: datetime | None

    @classmethod
    def of(cls, row: BankStatement) -> Self:
        """One file."""
        return cls.model_validate(row, from_attributes=True)


class BankStatementPage(Output):
    """一页对账文件."""

    items: list[BankStatementOut]
    next_cursor: str | None


class StatementDifferenceOut(Output):
    """一处差异；is_settled_since 表示此后已查明一致."""

    line: int
    difference: Difference
    difference_name: str
    instruction_text: str
    instruction_id: UUID | None
    claim_number: str | None
    advance_id: UUID | None
    amount_fen: int
    outcome: str
    own_amount_fen: int | None
    own_state: str | None
    is_settled_since: bool

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One line."""
        name = DIFFERENCE_LABELS[Difference(row.difference)]
        return cls.model_validate({**row._mapping, "difference_name": name})


class StatementDifferencePage(Output):
    """一页差异；文件中缺少的排在最后."""

    items: list[StatementDifferenceOut]
    next_cursor: str | None


async def handed_in(
    caller: Admitted,
    file: Annotated[UploadFile, File(description="银行对账文件：UTF-8 的 CSV，32 MiB、20万行以内")],
) -> tuple[bytes, tuple[StatementLine, ...]]:
    """The file, read before the transaction begins: a slow one keeps no row locked."""
    return await statement_in(file)


async def statement_in(file: Upload) -> tuple[bytes, tuple[StatementLine, ...]]:
    """SHA-256 and lines of the file. Raises TooLarge, or InvalidInput with every malformed line."""
    data = await file.read(STATEMENT_BYTES_MAX + 1)
    await file.seek(0)
    if len(data) > STATEMENT_BYTES_MAX:
        too_large = Reason(
            code="file_too_large", message="文件超过32 MiB", remedy="请核对是否为单日的对账文件", field="file"
        )
        raise TooLarge([too_large])
    try:
        lines = await anyio.to_thread.run_sync(read_statement, data)
    except StatementMalformed as malformed:
        raise InvalidInput(
            [
                Reason(
                    code="statement_malformed",
                    field="file",
                    line=line + 1 if line else None,
                    message=wording,
                    remedy="请使用银行原样提供的对账文件",
                )
                for line, wording in malformed.defects
            ]
        ) from None
    return hashlib.sha256(data).digest(), lines


@router.post(
    "/v1/bank-statements",
    summary="导入银行对账文件",
    status_code=201,
    response_model=BankStatementOut,
    responses=answers(409, 413),
)
async def create_bank_statement(
    delivered: Annotated[tuple[bytes, tuple[StatementLine, ...]], Depends(handed_in)],
    day: Annotated[Day, Form(description="对账日期", examples=["2026-03-02"])],
    unit: WriteUnit,
    once: OnceOnly,
) -> Response:
    """逐行比对并列出差异，不据此改动账目；同一文件再次上传得到同一次导入。拨付程序每日自动取回，通常不必手工导入；

    手工导入的文件不能解除“银行前后矛盾”的暂停，直到系统从银行取回同一份文件。"""
    sha256, lines = delivered
    await import_statement(unit, day=day, sha256=sha256, lines=lines, is_fetched=False)
    shown = BankStatementOut.of(await statement_by_digest(unit, sha256, day=day))
    location = f"/v1/bank-statements/{shown.statement_id}/differences"
    return await once.answer(shown, 201, {"Location": location})


@router.get("/v1/bank-statements", summary="对账文件列表", responses=answers())
async def list_bank_statements(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> BankStatementPage:
    """最近导入的在前。"""
    page = await list_statements(unit, cursor=cursor, limit=limit)
    return BankStatementPage(
        items=[BankStatementOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.get("/v1/bank-statements/{statement_id}/differences", summary="对账差异", responses=answers(404))
async def list_bank_statement_differences(
    statement_id: UUID, unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> StatementDifferencePage:
    """本辖区的以及无法归属的差异，包括本系统已办结而文件中没有的。"""
    page = await list_statement_differences(unit, statement_id, cursor=cursor, limit=limit)
    return StatementDifferencePage(
        items=[StatementDifferenceOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )
