"""补正材料: papers that come with an answer, handed in one by one before it; sealed at rest, never shown inline."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, File, Path, UploadFile
from pydantic import Field
from starlette.responses import Response

from app.access.unit import Unit
from app.files.store import MAX_DOCUMENT_BYTES
from app.subsidies.claims.actions.read_paper import read_paper
from app.subsidies.claims.actions.remove_paper import remove_paper
from app.subsidies.claims.actions.upload_paper import upload_paper
from app.subsidies.claims.queries.doors import own_claim
from app.subsidies.claims.queries.lists import claim_of_institution
from app.subsidies.claims.queries.papers import (
    Paper,
    own_papers,
    owner_of_papers,
    papers_of_institution,
    pick,
)
from app.subsidies.claims.rules.steps import Decided
from app.web.attachments import attachment
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.house import House
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["补贴申领"])

ClaimId = Annotated[UUID, Path(description="申领标识")]
PaperId = Annotated[UUID, Path(description="补正材料标识")]
PaperFile = Annotated[
    UploadFile, File(description="PDF、PNG、JPEG、Word 或 Excel，10 MiB 以内；按内容判断，最多20份")
]
_DOWNLOAD = {
    **answers(404),
    200: {
        "description": "材料内容",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}


class PaperOut(Output):
    """一份补正材料."""

    paper_id: UUID
    file_name: str = Field(examples=["劳动合同.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size_bytes: int
    uploaded_at: datetime

    @classmethod
    def of(cls, paper: Paper) -> Self:
        """As whoever handed it in sees it."""
        return cls(
            paper_id=paper.paper_id,
            file_name=paper.file_name,
            media_type=paper.media_type,
            size_bytes=paper.size_bytes,
            uploaded_at=paper.uploaded_at,
        )


class PapersOut(Output):
    """本方提交的补正材料，先上传的在前."""

    claim_id: UUID
    items: list[PaperOut]


class _Side:
    """A claim and its papers as far as they are the caller's own: a citizen's, or an institution's."""

    def __init__(self, claim: Decided, papers: Iterable[Paper]) -> None:
        self.claim, self.papers = claim, list(papers)


async def _side(unit: Unit, parts: House, claim_id: UUID) -> _Side:
    """Raises NotFound."""
    if unit.actor.is_institution:
        claim = (await claim_of_institution(unit, claim_id)).decided()
        return _Side(claim, await papers_of_institution(unit, parts.keys, claim.person_id, claim_id))
    found = await own_claim(unit, claim_id)
    return _Side(found.decided(unit.today), own_papers(parts.keys, found))


@router.get(
    "/v1/me/claims/{claim_id}/papers",
    summary="我的补正材料",
    response_model=PapersOut,
    responses=answers(404),
)
@router.get(
    "/v1/claims/{claim_id}/papers", summary="机构的补正材料", response_model=PapersOut, responses=answers(404)
)
async def list_papers(claim_id: ClaimId, unit: ReadUnit, parts: Parts) -> PapersOut:
    """只列本方提交的：本人看不到机构提交的，机构看不到本人提交的；经办人都可以查看。"""
    side = await _side(unit, parts, claim_id)
    return PapersOut(claim_id=claim_id, items=[PaperOut.of(paper) for paper in side.papers])


@router.post(
    "/v1/me/claims/{claim_id}/papers",
    summary="上传我的补正材料",
    status_code=201,
    response_model=PaperOut,
    responses=answers(400, 404, 409, 413),
)
@router.post(
    "/v1/claims/{claim_id}/papers",
    summary="机构上传补正材料",
    status_code=201,
    response_model=PaperOut,
    responses=answers(400, 404, 409, 413),
)
async def upload(
    unit: WriteUnit, parts: Parts, once: OnceOnly, claim_id: ClaimId, file: PaperFile
) -> Response:
    """要求补正之后、提交补正之前上传，随补正一并提交；加密保存，文件名也加密，不得含有证件号码。"""
    # One byte more than the limit is enough to be refused, however long the file goes on.
    data = await file.read(MAX_DOCUMENT_BYTES + 1)
    side = await _side(unit, parts, claim_id)
    paper_id = await upload_paper(
        unit, parts.documents, parts.keys, claim=side.claim, file_name=file.filename, data=data
    )
    paper = pick((await _side(unit, parts, claim_id)).papers, paper_id)
    return await once.answer(PaperOut.of(paper), 201)


@router.get(
    "/v1/me/claims/{claim_id}/papers/{paper_id}",
    summary="下载我的补正材料",
    response_class=Response,
    responses=_DOWNLOAD,
)
@router.get(
    "/v1/claims/{claim_id}/papers/{paper_id}",
    summary="机构下载补正材料",
    response_class=Response,
    responses=_DOWNLOAD,
)
async def download(claim_id: ClaimId, paper_id: PaperId, unit: ReadUnit, parts: Parts) -> Response:
    """只作为附件下载，浏览器不在页面内打开。"""
    paper = pick((await _side(unit, parts, claim_id)).papers, paper_id)
    data = await parts.documents.get(owner_of_papers(claim_id), paper_id)
    return attachment(data, name=paper.file_name, media_type=paper.media_type)


@router.delete(
    "/v1/me/claims/{claim_id}/papers/{paper_id}",
    summary="删除我的补正材料",
    status_code=204,
    response_class=Response,
    responses=answers(404, 409),
)
@router.delete(
    "/v1/claims/{claim_id}/papers/{paper_id}",
    summary="机构删除补正材料",
    status_code=204,
    response_class=Response,
    responses=answers(404, 409),
)
async def remove(
    unit: WriteUnit, parts: Parts, after: BackgroundTasks, claim_id: ClaimId, paper_id: PaperId
) -> Response:
    """提交补正之后不能删除。"""
    side = await _side(unit, parts, claim_id)
    owner = await remove_paper(unit, claim=side.claim, paper_id=pick(side.papers, paper_id).paper_id)
    # Background tasks run after the answer, which leaves after the commit; a failed commit runs none.
    after.add_task(parts.documents.delete, owner, paper_id)
    return Response(status_code=204)


@router.post(
    "/v1/claims/{claim_id}/papers/{paper_id}:read",
    summary="经办人查看补正材料",
    response_class=Response,
    responses=_DOWNLOAD,
)
async def read(claim_id: ClaimId, paper_id: PaperId, look: LookFirst, parts: Parts) -> Response:
    """查阅留痕，本人可以看到；本人和机构提交的都在内。"""
    async with look() as unit:
        paper = await read_paper(unit, parts.keys, claim_id=claim_id, paper_id=paper_id)
    data = await parts.documents.get(owner_of_papers(claim_id), paper_id)
    return attachment(data, name=paper.file_name, media_type=paper.media_type)
