"""Papers of an answer (补正材料) on the pages of those who hand them in."""

from dataclasses import replace
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.files.store import MAX_DOCUMENT_BYTES
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.subsidies.claims.actions.upload_paper import upload_paper
from app.subsidies.claims.queries.papers import Paper, owner_of_papers
from app.subsidies.claims.rules.steps import Decided
from app.web.attachments import attachment
from app.web.pages.page import Page

FILES, UPLOAD = "files", "_upload"
"""The field of the files, and the button that hands them in without giving the answer yet."""


async def hand_in(page: Page, unit: Unit, claim: Decided) -> list[Reason]:
    """Store every file that was chosen; what stands against the others, each told by its place, comes back."""
    against: list[Reason] = []
    files = page.typed.files(FILES)
    for place, file in enumerate(files, start=1):
        data = await file.read(MAX_DOCUMENT_BYTES + 1)
        await file.seek(0)
        try:
            await upload_paper(
                unit, page.parts.documents, page.parts.keys, claim=claim, file_name=file.filename, data=data
            )
        except RegistryError as refusal:
            which = f"第{place}个文件：" if len(files) > 1 else ""
            against += [
                replace(reason, field=FILES, message=f"{which}{reason.message}") for reason in refusal.reasons
            ]
    if page.typed[UPLOAD] and not files:
        against.append(_none_chosen)
    return against


def refuse(against: list[Reason]) -> None:
    """Raises InvalidInput with what stands against the files; the others are stored by then."""
    if against:
        raise InvalidInput(against)


def complete(requests: list[str], answers: list[str]) -> None:
    """Every item is answered: what is missing is said before the officer has to. Raises InvalidInput."""
    missing = len(requests) - len(answers)
    if missing > 0:
        raise InvalidInput(
            [
                Reason(
                    code="supplement_incomplete",
                    field="answers",
                    message=f"要求补正{len(requests)}项，还有{missing}项没有答复",
                    remedy="请逐项写明；没有的材料，请在该项说明原因",
                )
            ]
        )


async def download(page: Page, claim_id: UUID, paper: Paper) -> Response:
    """A paper of the caller's own, to be saved."""
    data = await page.parts.documents.get(owner_of_papers(claim_id), paper.paper_id)
    return attachment(data, name=paper.file_name, media_type=paper.media_type)


_none_chosen = Reason(
    code="file_missing", field=FILES, message="没有选择文件", remedy="请选择要上传的文件，可以一次选几个"
)
