"""打印件与核验: extracts and notices as PDF for the person, and their verification for whoever holds the paper."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field, model_validator
from sqlalchemy import Row
from starlette.responses import Response

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import system_unit
from app.api.v1.share_shapes import Code, RecordNumber, ShownEntryOut
from app.db.roles import DatabaseRole
from app.exchange.extracts.actions.issue_extract import issue_extract, issue_notice_copy
from app.exchange.extracts.actions.revoke_document import revoke_document
from app.exchange.extracts.actions.verify_document import VerifiedDocument, try_document, verified_document
from app.exchange.extracts.queries import my_document, my_documents
from app.exchange.extracts.rules.contents import ENTRIES_MAX, file_name
from app.exchange.extracts.states import KIND_LABELS, STANDING_LABELS, DocumentKind, Standing
from app.exchange.extracts.template import print_document
from app.kernel.errors import NotFound
from app.subsidies.claims.states import NOTICE_LABELS
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Output

router = APIRouter(tags=["打印与核验"])

_PRINTED = (DocumentKind.RECORD_EXTRACT, DocumentKind.DECISION_NOTICE)
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "PDF，A4",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
DocumentId = Annotated[UUID, Path(description="打印件标识")]


class ExtractIn(Input):
    """打印什么：培训档案（可选几条），或者一份通知书."""

    record_numbers: list[RecordNumber] = Field(
        default=[], max_length=ENTRIES_MAX, description="只打印这几条；留空打印全部"
    )
    notice_number: (
        Annotated[str, Field(pattern=r"^N[0-9]{6}-[0-9]{4}-[0-9]{8}$", examples=["N110105-2026-00000001"])]
        | None
    ) = Field(default=None, description="打印这一份通知书")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if self.notice_number is not None and self.record_numbers:
            raise ValueError("打印通知书时不要再选档案，请分两次打印")
        return self


class ExtractIssuedOut(Output):
    """已生成；用 pdf 下载."""

    document_id: UUID
    kind: DocumentKind
    code: str = Field(description="印在每页下方的验证码", examples=["7K2M-9QX4-T0B6-ZC8V-1N5R"])
    link: str = Field(
        description="二维码的内容", examples=["https://registry.example.cn/verify#7K2M-9QX4-T0B6-ZC8V-1N5R"]
    )
    pdf: str = Field(description="下载地址")
    file_name: str = Field(examples=["record-extract-20260301.pdf"])
    issued_at: datetime


class IssuedDocumentOut(Output):
    """本人的一份打印件或电子凭证."""

    document_id: UUID
    kind: DocumentKind
    kind_label: str = Field(examples=["培训档案打印件"])
    issued_at: datetime
    revoked_at: datetime | None
    looks: int = Field(description="被查验的次数", examples=[1])

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """As it leaves."""
        return cls(**row._mapping, kind_label=KIND_LABELS[DocumentKind(row.kind)])


class IssuedDocumentsOut(Output):
    """最近的在前，最多200份."""

    items: list[IssuedDocumentOut]


class DocumentRevokedOut(Output):
    """已撤销."""

    document_id: UUID


class RecordProofOut(Output):
    """一条档案在日志中的证明；散列、盐和叶均为十六进制."""

    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    content: dict[str, str | int | None]
    salt: str
    leaf: str
    leaf_index: int = Field(examples=[1024])
    tree_size: int = Field(examples=[2048])
    root: str
    path: list[str]
    checkpoint: str


class RecordProofsOut(Output):
    """可离线核验的证明；与 PDF 附件 record-proof.json 相同."""

    v: int = Field(examples=[1])
    type: str = Field(examples=["record_proof"])
    entries: list[RecordProofOut]


class DocumentVerifyIn(Input):
    """打印件上的验证码."""

    code: Code = Field(examples=["7K2M-9QX4-T0B6-ZC8V-1N5R"])


class VerifiedDocumentOut(Output):
    """打印件的当前情况和它应有的内容，请逐项对照；这一次查验本人看得到."""

    standing: Standing
    standing_label: str = Field(examples=["有效，与登记一致"])
    kind: DocumentKind
    kind_label: str = Field(examples=["培训档案打印件"])
    issued_at: datetime
    name: str = Field(examples=["张*"])
    entries: list[ShownEntryOut]
    notice_number: str | None = Field(examples=["N110105-2026-00000001"])
    notice_label: str | None = Field(examples=["不予发放决定书"])
    claim_number: str | None = Field(examples=["S110105-2026-00000001"])
    later_notice_number: str | None = Field(description="其后就同一申领作出的决定")
    verified_at: datetime

    @classmethod
    def of(cls, found: VerifiedDocument, at: datetime) -> Self:
        """As it leaves."""
        return cls(
            standing=found.standing,
            standing_label=STANDING_LABELS[found.standing],
            kind=found.kind,
            kind_label=KIND_LABELS[found.kind],
            issued_at=found.issued_at,
            name=found.name,
            entries=[ShownEntryOut.of(entry) for entry in found.entries],
            notice_number=found.notice_number,
            notice_label=None if found.notice_kind is None else NOTICE_LABELS[found.notice_kind],
            claim_number=found.claim_number,
            later_notice_number=found.later_number,
            verified_at=at,
        )


@router.post(
    "/v1/me/extracts",
    summary="打印我的档案或通知书",
    status_code=201,
    response_model=ExtractIssuedOut,
    responses=answers(404, 409),
)
async def issue(body: ExtractIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """内容以打印之时为准，每页印有验证码；持打印件的人凭码可查当前情况，每次查验本人都看得到。"""
    site = parts.settings.issuer
    if body.notice_number is not None:
        issued = await issue_notice_copy(unit, parts.keys, notice_number=body.notice_number, site=site)
    else:
        issued = await issue_extract(unit, parts.keys, record_numbers=body.record_numbers, site=site)
    path = f"/v1/me/extracts/{issued.document_id}/pdf"
    answer = ExtractIssuedOut(
        document_id=issued.document_id,
        kind=issued.kind,
        code=issued.content["code"],
        link=issued.content["link"],
        pdf=path,
        file_name=file_name(issued.kind, issued.issued_at),
        issued_at=issued.issued_at,
    )
    return await once.answer(answer, 201, {"Location": path})


@router.get("/v1/me/extracts", summary="我的打印件", response_model=IssuedDocumentsOut, responses=answers())
async def my_extracts(unit: ReadUnit) -> IssuedDocumentsOut:
    """最近的在前。"""
    return IssuedDocumentsOut(items=[IssuedDocumentOut.of(row) for row in await my_documents(unit, _PRINTED)])


@router.get(
    "/v1/me/extracts/{document_id}/pdf",
    summary="下载打印件",
    response_class=Response,
    responses={**answers(404), **_PDF},
)
async def download(document_id: DocumentId, unit: ReadUnit, parts: Parts) -> Response:
    """同一份打印件每次下载的内容相同；文件名不含个人信息。"""
    issued = await my_document(unit, parts.keys, document_id)
    if issued.kind not in _PRINTED:
        raise NotFound
    page = await print_document(issued.kind, issued.content)
    name = file_name(issued.kind, issued.issued_at)
    return Response(
        page, media_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.get(
    "/v1/me/extracts/{document_id}/proofs",
    summary="下载打印件的日志证明",
    response_model=RecordProofsOut,
    responses=answers(404),
)
async def proofs(document_id: DocumentId, unit: ReadUnit, parts: Parts) -> Response:
    """逐条的封存证明，可用随附的核验程序离线核验；打印时尚未封存的条目不在其中。"""
    issued = await my_document(unit, parts.keys, document_id)
    if not issued.content.get("proof"):
        raise NotFound
    return Response(issued.content["proof"], media_type="application/json")


@router.post(
    "/v1/me/extracts/{document_id}:revoke",
    summary="撤销打印件",
    response_model=DocumentRevokedOut,
    responses=answers(404),
)
async def revoke(document_id: DocumentId, unit: WriteUnit) -> DocumentRevokedOut:
    """撤销后凭验证码查到的是“已撤销”；通知书由经办机构作出，不能撤销。"""
    await revoke_document(unit, document_id)
    return DocumentRevokedOut(document_id=document_id)


@router.post(
    "/v1/printed-documents:verify",
    summary="核验打印件",
    response_model=VerifiedDocumentOut,
    responses=answers(404, 429),
)
async def verify(
    body: DocumentVerifyIn, request: Request, caller: Admitted, parts: Parts
) -> VerifiedDocumentOut:
    """不必登录。查到的是登记的当前情况，请与打印件逐项对照；查无此件的答复 404。"""
    nobody = replace(SYSTEM_ACTOR, request_id=request.state.request_id)
    source = "" if request.client is None else request.client.host
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC, nobody) as unit:
        found = await try_document(unit, parts.keys, code=body.code, source=source)
        at = unit.now
    return VerifiedDocumentOut.of(verified_document(parts.keys, found), at)
