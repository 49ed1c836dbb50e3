"""审计导出: claims whole, with proofs that anybody can check offline. Read-only, told to the person, purpose-bound."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Path
from pydantic import Field, model_validator
from starlette.responses import StreamingResponse

from app.access.unit import snapshot_unit
from app.archive.records.states import Purpose
from app.db.roles import DatabaseRole
from app.kernel.clock import utc_now
from app.kernel.errors import NotFound
from app.oversight.exports.actions.open_audit import Audited, list_audited, open_audit
from app.oversight.exports.queries import export_of
from app.oversight.exports.rules import STATEMENT_TYPE, signed_claims
from app.web.dependencies import Look, LookFirst, Parts
from app.web.house import House
from app.web.problems import answers
from app.web.wire import AnyDay, CaseNumber, Input, Output

router = APIRouter(tags=["审计"])

_PAGE = 50
_NDJSON = "application/x-ndjson"
Section = list[dict[str, Any]]


class ExportIn(Input):
    """审计事由和案件；查询会向本人公开."""

    case_number: CaseNumber
    purpose: Literal[Purpose.INSPECTION, Purpose.COMPLAINT] = Field(
        default=Purpose.INSPECTION, examples=["inspection"], description="监督检查或投诉核查"
    )


class PeriodExportIn(ExportIn):
    """按申领日期导出，最长一年."""

    starts_on: AnyDay = Field(examples=["2026-01-01"], description="首日（北京时间）")
    ends_before: AnyDay = Field(examples=["2026-02-01"], description="末日的次日")

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        days = (self.ends_before - self.starts_on).days
        if not 1 <= days <= 366:
            raise ValueError("末日须晚于首日，且不超过一年")
        return self


class ClaimExportOut(Output):
    """一件申领的全部记录与日志证明，可用 registry-verify export 脱机核验（格式见 claim-export.schema.json）."""

    format: Literal["training-record-registry/claim-export/v1"]
    made_at: str = Field(description="导出时间", examples=["2026-11-22T04:30:00+00:00"])
    case_number: str = Field(examples=["京人社核〔2026〕第0001号"])
    claim: dict[str, Any] = Field(description="申领")
    entries: Section = Field(description="所依据的档案条目及其更正")
    identity_checks: Section = Field(description="实名核验结果；不含证件号码")
    certificates: Section = Field(description="证书；不含证书编号")
    certificate_changes: Section = Field(description="证书状态变更")
    keys: Section = Field(description="占用的一次性享受事项")
    slots: Section = Field(description="占用的年度次数")
    accounts: Section = Field(description="收款账户；只有尾号")
    moves: Section = Field(description="办理进度")
    supplements: Section = Field(description="补正")
    commitments: Section = Field(description="告知承诺")
    acceptances: Section = Field(description="受理")
    reviews: Section = Field(description="审核：全部事实、规则版本、条款和理由")
    approvals: Section = Field(description="审批")
    holds: Section = Field(description="暂缓")
    withdrawals: Section = Field(description="撤回")
    appeals: Section = Field(description="复核、复议、诉讼")
    notices: Section = Field(description="决定文书")
    public_notices: Section = Field(description="公示")
    clearances: Section = Field(description="公示期满")
    order_lines: Section = Field(description="拨付指令单")
    retries: Section = Field(description="重新拨付")
    benefits: Section = Field(description="拨付的补贴")
    instructions: Section = Field(description="银行指令")
    answers: Section = Field(description="银行答复")
    statement_lines: Section = Field(description="对账单")
    recoveries: Section = Field(description="追回")
    recovery_steps: Section = Field(description="退回、核销、移送")
    ledger: Section = Field(description="资金台账")
    editions: Section = Field(description="所依据的政策版本")
    proofs: Section = Field(description="日志证明（log-proof.schema.json）")
    statement: str = Field(
        description="登记机关对整份导出的签名（JWS，ES256，typ 为 registry-export+jws），"
        "公钥见 /.well-known/jwks.json；sha256 是去掉 statement 后的规范 JSON（RFC 8785）的摘要"
    )


@router.post(
    "/v1/claims/{claim_id}:export",
    summary="审计导出一件申领",
    response_model=ClaimExportOut,
    responses=answers(404, 422),
)
async def export_claim(
    claim_id: Annotated[UUID, Path(description="申领标识")], body: ExportIn, look: LookFirst, parts: Parts
) -> ClaimExportOut:
    """只读；本人可以看到这次查询。不含姓名、证件号码和账号。"""
    return ClaimExportOut(**await export_one(look, parts, claim_id, body))


@router.post(
    "/v1/claims:export",
    summary="审计导出一段时间的申领",
    response_class=StreamingResponse,
    responses={
        **answers(422),
        200: {
            "description": "每行一件申领，格式见 claim-export.schema.json；依申领标识排列",
            "content": {_NDJSON: {"schema": {"type": "string"}}},
        },
    },
)
async def export_claims(body: PeriodExportIn, look: LookFirst, parts: Parts) -> StreamingResponse:
    """边查边发，占用内存不随件数增加；每一件所涉的本人都可以看到这次查询。"""
    return await export_period(look, parts, body)


async def export_one(look: Look, parts: House, claim_id: UUID, body: ExportIn) -> dict[str, Any]:
    """One claim whole; the look is stored first. Raises NotFound, also for a claim out of the auditor's area."""
    opened = await _opened(look, [claim_id], body)
    if not opened:
        raise NotFound
    [document] = await _documents(parts, opened, body.case_number)
    return document


async def export_period(look: Look, parts: House, body: PeriodExportIn) -> StreamingResponse:
    """A claim a line while it is read, as a download."""
    name = f"claims-{body.starts_on}-{body.ends_before}.ndjson"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    first = await _page(look, body, None)
    return StreamingResponse(_lines(look, parts, body, first), media_type=_NDJSON, headers=headers)


async def _page(look: Look, body: PeriodExportIn, after: UUID | None) -> list[UUID]:
    async with look() as unit:
        return await list_audited(
            unit, starts_on=body.starts_on, ends_before=body.ends_before, after=after, page=_PAGE
        )


async def _lines(
    look: Look, parts: House, body: PeriodExportIn, claims: Sequence[UUID]
) -> AsyncIterator[bytes]:
    while claims:
        opened = await _opened(look, claims, body)
        for document in await _documents(parts, opened, body.case_number):
            yield orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
        claims = await _page(look, body, claims[-1]) if len(claims) == _PAGE else []


async def _opened(look: Look, claims: Sequence[UUID], body: ExportIn) -> list[Audited]:
    """Committed before anything is read: whoever breaks off here has been seen looking."""
    async with look() as unit:
        return await open_audit(unit, claims, purpose=Purpose(body.purpose), case_number=body.case_number)


async def _documents(parts: House, opened: Sequence[Audited], case_number: str) -> list[dict[str, Any]]:
    async with snapshot_unit(parts.engines, DatabaseRole.AUDITOR) as unit:
        documents = [
            await export_of(unit, each.person_id, each.claim_id, case_number=case_number) for each in opened
        ]
    return [{**each, "statement": _statement(parts, each)} for each in documents]


def _statement(parts: House, document: dict[str, Any]) -> str:
    """Holds for good: what was handed over is evidence as long as the key's public half is published."""
    claims = signed_claims(document)
    return parts.tokens.sign_statement(claims, typ=STATEMENT_TYPE, now=utc_now(), expires=None)
