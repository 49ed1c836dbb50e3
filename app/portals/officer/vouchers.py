"""职业培训券: issued in batches and answered one by one, listed without their holders, voided."""

import re
from dataclasses import replace
from datetime import date
from uuid import UUID

from starlette.responses import Response

from app.api.v1.vouchers import IssuedVoucherOut, VoidVoucherIn, VoucherHolderIn, VoucherOut, VouchersIn
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.kernel.identifiers import check_identity_number
from app.kernel.masking import mask_number_own_institution
from app.portals.officer.amounts import read_with_amount
from app.reference.divisions import area_name, was_in_force
from app.reference.occupations import occupations
from app.subsidies.vouchers.actions.issue_vouchers import Holder, issue_vouchers
from app.subsidies.vouchers.actions.void_voucher import void_voucher
from app.subsidies.vouchers.queries import list_vouchers, read_voucher
from app.subsidies.vouchers.states import IssueOutcome
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 50
_MOST = 500
_GAP = re.compile(r"[\s,，、;；]+")
_NAME_MOST = 60
_NOBODY = Reason(
    code="missing", field="written", message="没有填写持券人", remedy="请每行填写一人的证件号码和姓名"
)
_TOO_MANY = Reason(code="too_long", field="written", message=f"一次至多发放{_MOST}人", remedy="请分批发放")
_UNREADABLE = Reason(
    code="holder_unreadable",
    field="written",
    message="不是证件号码和姓名",
    remedy="请每行填写一人：证件号码、空格、姓名，例如从 Excel 复制两列",
)
_LABELS = {
    "division_code": "地区",
    "benefit_line": "限用的职业",
    "amount_fen": "面值",
    "valid_until": "有效期至",
    "document_number": "文号",
    "written": "持券人",
    "holders": "持券人",
    "reason": "理由",
}


@router.get("/office/money/vouchers")
async def list_vouchers_page(page: PageOf, cursor: str | None = None) -> Response:
    """Vouchers issued in the area, newest first; nothing of the holders."""
    async with page.reading() as unit:
        found = await list_vouchers(unit, cursor=cursor, limit=_PAGE)
        rows = [VoucherOut.of(row, unit.today) for row in found.items]
        today = unit.today
    return page.show(
        "officer/vouchers.html",
        rows=rows,
        lines=occupations().get().line_names if rows else {},
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/money/vouchers/new")
async def ask_vouchers_page(page: PageOf) -> Response:
    """One face, one scope, one last day for a whole list of people."""
    return _form(page)


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    prepared = {"division_code": page.me.division_code}
    return page.show(
        "officer/voucher_form.html",
        refusal=refusal,
        typed=None if page.typed else Typed.from_values(prepared),
        labels=_LABELS,
        lines=sorted(occupations().get().line_names.items(), key=lambda line: line[1]),
        most=_MOST,
    )


class _Batch(VouchersIn):
    """The batch and the list as it was written, a holder a line."""

    written: str


@router.post("/office/money/vouchers")
async def issue_vouchers_page(page: PageOf) -> Response:
    """Answered one by one; every look is told to the person."""
    try:
        async with page.act() as act:
            holders = _holders(page.typed["written"], act.unit.today)
            shapes = [VoucherHolderIn(identity_number=each.number.number, name=each.name) for each in holders]
            content = read_with_amount(page, _Batch, holders=shapes)
            answered = await issue_vouchers(
                act.unit,
                page.parts.keys,
                division_code=content.division_code,
                benefit_line=content.benefit_line,
                amount_fen=content.amount_fen,
                valid_until=content.valid_until,
                document_number=content.document_number,
                holders=holders,
            )
            issued = sum(line.outcome is IssueOutcome.ISSUED for line in answered)
            act.go("/office/money/vouchers", said=f"已发放{issued}张职业培训券")
    except RegistryError as refusal:
        return _form(page, refusal)
    lines = [
        (IssuedVoucherOut.of(line), mask_number_own_institution(each.number.number))
        for line, each in zip(answered, holders, strict=True)
    ]
    return page.show("officer/voucher_answers.html", issued=issued, lines=lines)


def _holders(written: str, today: date) -> list[Holder]:
    """Who is named, a line each: 证件号码 and 姓名 in either order. Raises InvalidInput with every line's defect."""
    rows = [(line, row.strip()) for line, row in enumerate(written.splitlines(), 1) if row.strip()]
    reasons: list[Reason] = []
    if not rows:
        reasons.append(_NOBODY)
    if len(rows) > _MOST:
        reasons.append(replace(_TOO_MANY, value=f"{len(rows)}人"))
    found = []
    for line, row in rows[:_MOST]:
        parts = _GAP.split(row, maxsplit=1)
        number, name = sorted(parts, key=lambda part: not part[:1].isdigit()) if len(parts) == 2 else ("", "")
        if not number[:1].isdigit() or not 1 <= len(name) <= _NAME_MOST:
            reasons.append(replace(_UNREADABLE, line=line))
            continue
        checked = check_identity_number(number, on=today, area_known=was_in_force, field="written")
        if checked.reasons:
            reasons += [replace(reason, line=line) for reason in checked.reasons]
        else:
            found.append(Holder(checked.require(), name))
    if reasons:
        raise InvalidInput(reasons)
    return found


@router.post("/office/money/vouchers/{voucher_id}/void")
async def void_voucher_page(page: PageOf, voucher_id: UUID) -> Response:
    """One that a claim under way names cannot be voided."""
    try:
        content = page.typed.read(VoidVoucherIn)
        async with page.act() as act:
            await void_voucher(act.unit, voucher_id=voucher_id, reason=content.reason)
            act.go(f"/office/money/vouchers/{voucher_id}", said="已作废")
    except RegistryError as refusal:
        return await _show(page, voucher_id, refusal)
    return page.go(act)


@router.get("/office/money/vouchers/{voucher_id}")
async def show_voucher_page(page: PageOf, voucher_id: UUID) -> Response:
    """Face, scope, last day and what became of it."""
    return await _show(page, voucher_id)


async def _show(page: Page, voucher_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        voucher = VoucherOut.of(await read_voucher(unit, voucher_id), unit.today)
        today = unit.today
    return page.show(
        "officer/voucher.html",
        refusal=refusal,
        labels=_LABELS,
        voucher=voucher,
        lines=occupations().get().line_names,
        where=area_name(voucher.division_code),
        today=today,
    )
