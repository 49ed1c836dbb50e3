"""Vouchers (职业培训券): looked up by the number a trainee shows, redeemed with the claim for that trainee."""

import re
from typing import Any

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.claim_batch_shapes import BatchIn
from app.api.v1.claims import answer_batch
from app.api.v1.vouchers import VoucherOut
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.portals.institution.batches import go_to_answers, keep_answers
from app.subsidies.claims.queries.institution import claims_with_voucher
from app.subsidies.claims.states import ClaimState
from app.subsidies.entitlements.states import BenefitKind, PayeeKind
from app.subsidies.vouchers.queries import numbered_voucher
from app.subsidies.vouchers.states import VoucherState
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_LABELS = {"voucher_number": "券号", "record_number": "档案编号", "record_numbers.*": "档案编号"}
_NUMBER = re.compile(r"V[0-9]{6}-[0-9]{4}-[0-9]{8}", re.ASCII)
_SHOWN = 100


@router.get("/institution/claims/vouchers")
async def list_vouchers_page(page: PageOf) -> Response:
    """Those that were redeemed here, and a look-up by number."""
    return await _vouchers_page(page)


@router.post("/institution/claims/vouchers")
async def look_up_page(page: PageOf) -> Response:
    """Face value, scope and state; nothing of the holder."""
    try:
        async with page.reading() as unit:
            voucher = await _voucher_of(unit, page)
    except RegistryError as refusal:
        return await _vouchers_page(page, refusal)
    return await _vouchers_page(page, voucher=voucher)


@router.post("/institution/claims/vouchers/redeem")
async def redeem_page(page: PageOf) -> Response:
    """Claim 职业培训补贴 for its holder, paid by the voucher."""
    voucher = None
    try:
        async with page.reading() as unit:
            voucher = await _voucher_of(unit, page)
        number = page.typed["record_number"].upper()
        content = Typed([]).read(
            BatchIn,
            kind=BenefitKind.TRAINING,
            payee_kind=PayeeKind.INSTITUTION,
            record_numbers=[number],
            voucher_id=voucher.voucher_id,
        )
        async with page.act() as act:
            answered = await answer_batch(act.unit, content)
            go_to_answers(act, answered)
    except RegistryError as refusal:
        return await _vouchers_page(page, refusal, voucher=voucher)
    await keep_answers(page, answered, back="/institution/claims/vouchers", back_word="返回职业培训券")
    return page.go(act)


async def _voucher_of(unit: Unit, page: Page) -> VoucherOut:
    """The voucher whose number was typed. Raises InvalidInput, NotFound with what to do."""
    number = page.typed["voucher_number"].upper().replace(" ", "")
    if _NUMBER.fullmatch(number) is None:
        raise InvalidInput([_form])
    try:
        row = await numbered_voucher(unit, number)
    except NotFound:
        raise InvalidInput([_unknown]) from None
    return VoucherOut.of(row, unit.today)


async def _vouchers_page(
    page: Page, refusal: RegistryError | None = None, *, voucher: VoucherOut | None = None
) -> Response:
    async with page.reading() as unit:
        rows = await claims_with_voucher(unit, most=_SHOWN)
    told: dict[str, Any] = {
        "voucher": voucher,
        "is_usable": voucher is not None and voucher.state is VoucherState.VALID,
        "redeemed": [{**row._mapping, "state": ClaimState(row.state)} for row in rows],
    }
    return page.show("institution/vouchers.html", refusal=refusal, labels=_LABELS, **told)


_form = Reason(
    code="voucher_number_form",
    field="voucher_number",
    message="券号的写法不对",
    remedy="请按学员出示的券号填写，如 V110000-2026-00000001",
)
_unknown = Reason(
    code="voucher_unknown",
    field="voucher_number",
    message="没有找到这张职业培训券",
    remedy="请与学员核对券号；券号在学员登录后的“职业培训券”中",
)
