"""Claims of a class: what may be claimed for whom, filing for the chosen ones or on promise, with per-line answers."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.advances import AdvanceOut
from app.api.v1.claim_batch_shapes import BATCH_MAX, BatchIn
from app.api.v1.claims import answer_batch
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.kernel.money import parse_yuan
from app.portals.institution.batches import go_to_answers, keep_answers
from app.portals.institution.opening_view import class_in_sight
from app.portals.institution.rows import MORE
from app.subsidies.claims.queries.institution import ClaimableEntry, entries_of_class
from app.subsidies.claims.states import PAYEES_OF
from app.subsidies.commitments.queries import promised_class, read_credit
from app.subsidies.commitments.rules import PROJECT_TYPES, PromisedClass, reasons_against_promising, text_for
from app.subsidies.disbursements.queries.advances import advance_of_class
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, PayeeKind
from app.training.openings.states import OpeningState
from app.training.rosters.queries import names_of_class
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

LABELS = {
    "payee_kind": "收款人",
    "record_numbers": "申领哪些人",
    "division_code": "受理地",
    "commitment": "告知承诺",
    "commitment.fee_fen": "每人培训费用",
    "commitment.digest": "告知承诺",
}
_FEE = "commitment.fee_fen"
_FEE_MAX_FEN = 10_000_000
PAYEES = {
    PayeeKind.INSTITUTION: ("付给本机构", "须先登记对公账户，并由经办机构确认。"),
    PayeeKind.PERSON: ("付给学员本人", "学员登录后登记自己的收款账户。"),
}


@router.get("/institution/openings/{opening_id}/claims")
async def show_class_claims(page: PageOf, opening_id: UUID) -> Response:
    """By kind of subsidy: whose claim stands where, and for whom one may be filed."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        entries = await entries_of_class(unit, opening_id)
        names = await names_of_class(unit, page.parts.keys, opening_id)
        advance = await advance_of_class(unit, opening_id)
        today = unit.today
    kinds = sorted({entry.kind for entry in entries}, key=list(BenefitKind).index)
    return page.show(
        "institution/class_claims.html",
        summary=summary,
        kinds=[(kind, [entry for entry in entries if entry.kind is kind]) for kind in kinds],
        names=names,
        advance=None if advance is None else AdvanceOut.of(advance),
        is_closed=summary.opening.state == OpeningState.CLOSED,
        today=today,
    )


@router.get("/institution/openings/{opening_id}/claims/{kind}")
async def ask_class_claim(page: PageOf, opening_id: UUID, kind: BenefitKind) -> Response:
    """Who is paid, for whom, and whether on promise."""
    return await _form(page, opening_id, kind)


@router.post("/institution/openings/{opening_id}/claims/{kind}")
async def file_class_claim(page: PageOf, opening_id: UUID, kind: BenefitKind) -> Response:
    """File them; each line has an answer of its own."""
    if page.typed[MORE]:
        return await _form(page, opening_id, kind)
    try:
        content = _content(page, opening_id, kind)
        async with page.act() as act:
            await class_in_sight(act.unit, opening_id)
            answered = await answer_batch(act.unit, content)
            go_to_answers(act, answered)
    except RegistryError as refusal:
        return await _form(page, opening_id, kind, refusal)
    back = f"/institution/openings/{opening_id}/claims"
    await keep_answers(page, answered, back=back, back_word="返回本班申领")
    return page.go(act)


def _content(page: Page, opening_id: UUID, kind: BenefitKind) -> BatchIn:
    """On promise the whole class is claimed for; otherwise those who were chosen."""
    if not page.typed["_promise"]:
        if not page.typed.all("record_numbers"):
            raise InvalidInput([_nobody_chosen])
        typed = Typed([(n, v) for n, v in page.typed.content() if not n.startswith("commitment.")])
        return typed.read(BatchIn, lists=("record_numbers",), kind=kind)
    typed = Typed([(n, v) for n, v in page.typed.content() if n in {"division_code", "payee_kind"}])
    signed = {"version": page.typed["_version"], "digest": page.typed["_digest"], "fee_fen": _fee(page)}
    if not page.typed["_accepted"] or not signed["digest"]:
        raise InvalidInput([_not_accepted])
    return typed.read(BatchIn, kind=kind, opening_id=opening_id, commitment=signed)


def _fee(page: Page) -> int | None:
    """What is typed in 元, as fen. Raises InvalidInput."""
    if not page.typed[_FEE]:
        return None
    try:
        fen = parse_yuan(page.typed[_FEE])
    except ValueError:
        fen = 0
    if not 0 < fen <= _FEE_MAX_FEN:
        raise InvalidInput([_bad_fee])
    return fen


async def _form(
    page: Page, opening_id: UUID, kind: BenefitKind, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        free = [
            each for each in await entries_of_class(unit, opening_id) if each.kind is kind and each.is_free
        ]
        names = await names_of_class(unit, page.parts.keys, opening_id)
        promise: dict[str, Any] = {"commitment": None}
        if kind is BenefitKind.TRAINING and free:
            try:
                promise = await _promise(unit, page, opening_id)
            except InvalidInput as unread:
                refusal = refusal or unread
                promise = await _promise(unit, None, opening_id)
    return page.show(
        "institution/class_claim_form.html",
        refusal=refusal,
        labels=LABELS,
        summary=summary,
        kind=kind,
        kind_label=KIND_LABELS[kind],
        payees=[(payee.value, *PAYEES[payee]) for payee in PAYEES if payee in PAYEES_OF[kind]],
        people=[_choice(each, names) for each in free],
        lines_max=BATCH_MAX,
        # A text that has changed since is accepted anew.
        typed=page.typed if refusal is None else _without(page.typed, "_accepted"),
        **promise,
    )


def _without(typed: Typed, field: str) -> Typed:
    return Typed([(name, value) for name in typed if name != field for value in typed.all(name)])


def _choice(entry: ClaimableEntry, names: dict[UUID, str]) -> tuple[str, str, str]:
    again = "以前的申领没有办成，可以重新提交" if entry.state is not None else ""
    return entry.record_number, f"{names.get(entry.person_id, '')} {entry.record_number}", again


async def _promise(unit: Unit, page: Page | None, opening_id: UUID) -> dict[str, Any]:
    """The text to promise with, for classes it is foreseen for; with the reasons when it is not open to this one."""
    try:
        promised: PromisedClass = await promised_class(unit, opening_id)
    except NotFound:
        return {"commitment": None}
    if promised.training_type not in PROJECT_TYPES:
        return {"commitment": None}
    payer = (page.typed["division_code"] if page is not None else "") or promised.division_code
    credit = await read_credit(unit, unit.actor.institution())
    return {
        "commitment": text_for(promised, None if page is None else _fee(page)),
        "against_promise": reasons_against_promising(promised, credit, division=payer, today=unit.today),
    }


_nobody_chosen = Reason(
    code="nobody_chosen",
    field="record_numbers",
    message="没有选择申领的人",
    remedy="请至少选择一人",
)
_not_accepted = Reason(
    code="commitment_not_accepted",
    field="commitment",
    message="还没有确认承诺书",
    remedy="请填写每人培训费用，读取承诺书，阅读后勾选承诺；不作承诺的，请取消勾选“以告知承诺申领”",
)
_bad_fee = Reason(
    code="fee_form",
    field=_FEE,
    message="每人培训费用的写法不对",
    remedy="请填写100000元以内的金额，如 1200 或 1200.50",
)
