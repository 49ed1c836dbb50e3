"""What I take home: the record and notices as PDF, and electronic credentials."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.credentials import CredentialIn
from app.api.v1.extracts import ExtractIn, IssuedDocumentOut
from app.exchange.extracts.actions.issue_credential import issue_credential
from app.exchange.extracts.actions.issue_extract import issue_extract, issue_notice_copy
from app.exchange.extracts.actions.revoke_document import revoke_document
from app.exchange.extracts.queries import my_document, my_documents, shown_to_me
from app.exchange.extracts.rules.contents import file_name
from app.exchange.extracts.states import DocumentKind
from app.exchange.extracts.template import print_document
from app.exchange.shares.queries import entries_shown
from app.kernel.errors import NotFound, RegistryError
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_PRINTED = frozenset({DocumentKind.RECORD_EXTRACT, DocumentKind.DECISION_NOTICE})
_LABELS = {"record_numbers": "打印哪几条"}


@router.get("/my/documents")
async def list_documents_page(page: PageOf) -> Response:
    """What was printed before, and a new print."""
    return await _list(page)


@router.post("/my/documents")
async def print_page(page: PageOf) -> Response:
    """Issue the print and send it at once; each page of it carries the code that leads back here."""
    site = page.parts.settings.issuer
    try:
        body = page.typed.read(ExtractIn, lists=("record_numbers",))
        async with page.act() as act:
            if body.notice_number is not None:
                issued = await issue_notice_copy(
                    act.unit, page.parts.keys, notice_number=body.notice_number, site=site
                )
            else:
                issued = await issue_extract(
                    act.unit, page.parts.keys, record_numbers=body.record_numbers, site=site
                )
            act.go(f"/my/documents/{issued.document_id}/pdf")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)


@router.get("/my/documents/{document_id}/pdf")
async def download_pdf(page: PageOf, document_id: UUID) -> Response:
    """The same print each time; the file's name holds nothing of the person."""
    async with page.reading() as unit:
        issued = await my_document(unit, page.parts.keys, document_id)
    if issued.kind not in _PRINTED:
        raise NotFound
    content = await print_document(issued.kind, issued.content)
    name = file_name(issued.kind, issued.issued_at)
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


@router.post("/my/documents/{document_id}/revoke")
async def revoke_document_page(page: PageOf, document_id: UUID) -> Response:
    """Whoever verifies it from now on is told that it no longer holds."""
    try:
        async with page.act() as act:
            await revoke_document(act.unit, document_id)
            act.go("/my/documents", said="已作废，再有人查验会看到“已撤销”")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)


@router.post("/my/credentials")
async def download_credential(page: PageOf) -> Response:
    """A credential made for this download (Open Badges 3.0, VC-JWT); it is stored nowhere."""
    body = page.typed.read(CredentialIn)
    async with page.writing() as unit:
        issued = await issue_credential(
            unit, page.parts.keys, page.parts.tokens, record_number=body.record_number
        )
    return Response(
        issued.content["jwt"],
        media_type="application/vc+jwt",
        headers={
            "Content-Disposition": f'attachment; filename="credential-{body.record_number}.jwt"',
            "Cache-Control": "no-store",
        },
    )


async def _list(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        rows = await my_documents(unit, list(DocumentKind))
        entries = entries_shown(page.parts.keys, await shown_to_me(unit, None))
    return page.show(
        "citizen/documents.html",
        refusal=refusal,
        labels=_LABELS,
        documents=[IssuedDocumentOut.of(row) for row in rows],
        entries=entries,
        printed=_PRINTED,
    )
