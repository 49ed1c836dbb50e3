"""电子凭证: an entry as an Open Badges 3.0 credential, and the status list that says which were taken back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.api.v1.extracts import DocumentRevokedOut, IssuedDocumentOut, IssuedDocumentsOut
from app.api.v1.share_shapes import RecordNumber
from app.exchange.extracts.actions.issue_credential import issue_credential
from app.exchange.extracts.actions.revoke_document import revoke_document
from app.exchange.extracts.queries import my_documents, revoked_slots
from app.exchange.extracts.rules.credentials import LIST_TTL_MS, status_list_claims
from app.exchange.extracts.states import DocumentKind
from app.kernel.clock import utc_now
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Output

router = APIRouter(tags=["电子凭证"])

_STATUS_TYPE = "vc+jwt"
CredentialId = Annotated[UUID, Path(description="凭证标识")]


class CredentialIn(Input):
    """为哪条档案开具."""

    record_number: RecordNumber


class CredentialOut(Output):
    """Open Badges 3.0 凭证（VC-JWT）；只显示这一次，重发同一请求时 jwt 为空."""

    credential_id: UUID
    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    jwt: str | None = Field(examples=["eyJhbGciOiJFUzI1NiJ9.eyJ0eXBlIjpbXX0.c2ln"])


@router.post(
    "/v1/me/credentials",
    summary="开具电子凭证",
    status_code=201,
    response_model=CredentialOut,
    responses=answers(404, 409),
)
async def issue(body: CredentialIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """姓名以加盐散列写入，不含证件号码；任何支持 Open Badges 3.0 的程序都能凭公开密钥验证。"""
    issued = await issue_credential(unit, parts.keys, parts.tokens, record_number=body.record_number)
    answer = CredentialOut(credential_id=issued.document_id, **issued.content)
    return await once.answer(answer, shown_once=frozenset({"jwt"}))


@router.get(
    "/v1/me/credentials", summary="我的电子凭证", response_model=IssuedDocumentsOut, responses=answers()
)
async def my_credentials(unit: ReadUnit) -> IssuedDocumentsOut:
    """最近的在前。"""
    rows = await my_documents(unit, [DocumentKind.CREDENTIAL])
    return IssuedDocumentsOut(items=[IssuedDocumentOut.of(row) for row in rows])


@router.post(
    "/v1/me/credentials/{credential_id}:revoke",
    summary="收回电子凭证",
    response_model=DocumentRevokedOut,
    responses=answers(404),
)
async def revoke(credential_id: CredentialId, unit: WriteUnit) -> DocumentRevokedOut:
    """收回后在状态列表中标明；档案被更正或撤销的，凭证自动失效。"""
    await revoke_document(unit, credential_id)
    return DocumentRevokedOut(document_id=credential_id)


@router.get(
    "/v1/credential-status/{list_no}",
    summary="电子凭证的状态列表",
    response_class=Response,
    responses={
        **answers(404),
        200: {
            "description": "签名的状态列表（W3C Bitstring Status List 1.0，vc+jwt）",
            "content": {"application/vc+jwt": {"schema": {"type": "string"}}},
        },
    },
)
async def status_list(
    list_no: Annotated[int, Path(ge=1, le=2_147_483_647, examples=[1], description="列表序号")],
    unit: ReadUnit,
    parts: Parts,
) -> Response:
    """每个凭证占一位，位置随机；只有失效与否，不含任何个人信息。"""
    revoked = await revoked_slots(unit, list_no)
    at = utc_now()
    claims = status_list_claims(parts.tokens.issuer, list_no, revoked, at)
    signed = parts.tokens.sign_statement(claims, typ=_STATUS_TYPE, now=at, expires=None)
    return Response(
        signed,
        media_type=f"application/{_STATUS_TYPE}",
        headers={"Cache-Control": f"public, max-age={LIST_TTL_MS // 1000}"},
    )
