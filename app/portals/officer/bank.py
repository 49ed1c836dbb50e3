"""银行对接: daily files and what differs in them; what the bank said twice differently, and two who confirm it."""

from datetime import date
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.bank_statements import StatementDifferenceOut, statement_in
from app.api.v1.payment_confirmations import (
    PaymentConfirmationDecisionIn,
    PaymentConfirmationIn,
    PaymentConfirmationOut,
)
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.reference.divisions import area_name
from app.subsidies.disbursements.actions.decide_payment_confirmation import decide_payment_confirmation
from app.subsidies.disbursements.actions.import_statement import import_statement
from app.subsidies.disbursements.actions.propose_payment_confirmation import propose_payment_confirmation
from app.subsidies.disbursements.queries.confirmations import (
    list_confirmations,
    list_contradictions,
    read_confirmation,
)
from app.subsidies.disbursements.queries.statements import (
    list_statement_differences,
    list_statements,
    read_statement_head,
    statement_by_digest,
)
from app.subsidies.disbursements.states import CONFIRMATION_LABELS
from app.web.pages.filters import day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.wire import Day, Input

router = pages()

_PAGE = 50
_SOUGHT = 200
_LABELS = {
    "file": "对账文件",
    "day": "对账日期",
    "document_number": "银行书面证明的文号",
    "statement_line": "对账文件中的行",
    "statement_id": "对账文件",
    "reason": "理由",
    "decision": "决定",
}
_NO_FILE = Reason(code="missing", field="file", message="没有选择文件", remedy="请选择银行提供的对账文件")


class _StatementIn(Input):
    """The day of a file that is handed in."""

    day: Day = Field()


@router.get("/office/money/statements")
async def list_statements_page(page: PageOf, cursor: str | None = None) -> Response:
    """The bank's daily files, newest first."""
    return await _statements(page, cursor)


async def _statements(
    page: Page, cursor: str | None = None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        found = await list_statements(unit, cursor=cursor, limit=_PAGE)
        today: date = unit.today
    return page.show(
        "officer/statements.html",
        refusal=refusal,
        labels=_LABELS,
        found=found,
        is_first=cursor is None,
        today=today,
    )


@router.post("/office/money/statements")
async def import_statement_page(page: PageOf) -> Response:
    """Compared line by line; the same file again leads to the same comparison."""
    try:
        file = page.typed.file("file")
        reasons = [] if file is not None else [_NO_FILE]
        try:
            content = page.typed.read(_StatementIn)
        except InvalidInput as defects:
            raise InvalidInput([*reasons, *defects.reasons]) from None
        if file is None:
            raise InvalidInput(reasons)
        sha256, lines = await statement_in(file)
        async with page.act() as act:
            await import_statement(act.unit, day=content.day, sha256=sha256, lines=lines, is_fetched=False)
            stored = await statement_by_digest(act.unit, sha256, day=content.day)
            act.go(
                f"/office/money/statements/{stored.statement_id}",
                said=f"已导入{day(content.day)}的对账文件，共{len(lines)}行",
            )
    except RegistryError as refusal:
        return await _statements(page, None, refusal)
    return page.go(act)


@router.get("/office/money/statements/{statement_id}")
async def show_statement_page(page: PageOf, statement_id: UUID, cursor: str | None = None) -> Response:
    """What differs, in the area or of nobody we know."""
    async with page.reading() as unit:
        head = await read_statement_head(unit, statement_id)
        found = await list_statement_differences(unit, statement_id, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/statement.html",
        head=head,
        rows=[StatementDifferenceOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/money/contradictions")
async def list_contradictions_page(page: PageOf, cursor: str | None = None) -> Response:
    """What the bank said twice differently, and proposals that it did pay."""
    async with page.reading() as unit:
        found = await list_contradictions(unit, cursor=cursor, limit=_PAGE)
        proposed = await list_confirmations(unit, cursor=None, limit=_PAGE)
    return page.show(
        "officer/contradictions.html",
        found=found,
        proposed=[PaymentConfirmationOut.of(row) for row in proposed.items],
        is_first=cursor is None,
    )


@router.get("/office/money/contradictions/{instruction_id}")
async def ask_confirmation_page(page: PageOf, instruction_id: UUID) -> Response:
    """What both answers were, and on what evidence one says that the money arrived."""
    return await _proposal(page, instruction_id)


async def _proposal(page: Page, instruction_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        told = await _contradiction(unit, instruction_id)
        where = area_name(told.division_code)
        files = await list_statements(unit, cursor=None, limit=_SOUGHT)
    return page.show(
        "officer/confirmation_form.html",
        refusal=refusal,
        labels=_LABELS,
        told=told,
        where=where,
        files=[
            (file.statement_id, f"{day(file.statement_on)}的对账文件")
            for file in files.items
            if file.fetched_at is not None
        ],
    )


async def _contradiction(unit: Unit, instruction_id: UUID) -> Row[tuple[object, ...]]:
    """The newest contradiction about an instruction. Raises NotFound."""
    cursor: str | None = None
    while True:
        found = await list_contradictions(unit, cursor=cursor, limit=_SOUGHT)
        told = next((row for row in found.items if row.instruction_id == instruction_id), None)
        if told is not None:
            return told
        if found.next_cursor is None:
            raise NotFound
        cursor = found.next_cursor


@router.post("/office/money/contradictions/{instruction_id}")
async def propose_confirmation_page(page: PageOf, instruction_id: UUID) -> Response:
    """Nothing moves until a second person confirms."""
    try:
        content = page.typed.read(PaymentConfirmationIn, instruction_id=instruction_id)
        async with page.act() as act:
            confirmation_id = await propose_payment_confirmation(
                act.unit,
                instruction_id=instruction_id,
                document_number=content.document_number,
                statement_id=content.statement_id,
                statement_line=content.statement_line,
                reason=content.reason,
            )
            act.go(f"/office/money/confirmations/{confirmation_id}", said="已提出，等待另一人决定")
    except RegistryError as refusal:
        return await _proposal(page, instruction_id, refusal)
    return page.go(act)


@router.get("/office/money/confirmations/{confirmation_id}")
async def show_confirmation_page(page: PageOf, confirmation_id: UUID) -> Response:
    """The evidence, the reason, and the second person's decision."""
    return await _confirmation(page, confirmation_id)


async def _confirmation(page: Page, confirmation_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        row = await read_confirmation(unit, confirmation_id)
        where = area_name(row.division_code)
        is_mine = row.proposed_by == unit.actor.principal_id
    return page.show(
        "officer/confirmation.html",
        refusal=refusal,
        labels=_LABELS,
        asked=PaymentConfirmationOut.of(row),
        where=where,
        is_mine=is_mine,
        decisions=[(each.value, name) for each, name in CONFIRMATION_LABELS.items()],
    )


@router.post("/office/money/confirmations/{confirmation_id}/decide")
async def decide_confirmation_page(page: PageOf, confirmation_id: UUID) -> Response:
    """Confirmed: paid, and in the ledger. Refused: still what the bank sent back."""
    try:
        content = page.typed.read(PaymentConfirmationDecisionIn)
        async with page.act() as act:
            await decide_payment_confirmation(
                act.unit, confirmation_id=confirmation_id, decision=content.decision, reason=content.reason
            )
            said = CONFIRMATION_LABELS[content.decision]
            act.go(f"/office/money/confirmations/{confirmation_id}", said=f"已决定：{said}")
    except RegistryError as refusal:
        return await _confirmation(page, confirmation_id, refusal)
    return page.go(act)
