"""Claiming, one question a page: which account, where if nobody knows, check your answers, done."""

from uuid import UUID

from starlette.responses import RedirectResponse, Response

from app.api.v1.claim_shapes import MyClaimIn
from app.api.v1.my_claims import prepare_own, submit_prepared
from app.api.v1.payee_accounts import AccountOut
from app.archive.records.queries import person_group
from app.kernel.errors import InvalidInput, Reason, Refused, RegistryError
from app.portals.citizen.benefits import considered_one
from app.reference.divisions import NATION, DivisionLevel, divisions
from app.subsidies.claims.queries.lists import own_accounts
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME
from app.subsidies.claims.states import SubmitOutcome
from app.web.pages.filters import with_query
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_LABELS = {"account_id": "收款账户", "division_code": "参保地", "province": "省份"}
_NO_ACCOUNT = Reason(
    code="account_not_chosen",
    field="account_id",
    message="没有选择收款账户",
    remedy="请选择一个本人账户；没有的，请先登记",
)
_NO_PLACE = Reason(
    code="place_not_chosen",
    field="division_code",
    message="没有选择参保地",
    remedy="请选择您缴纳失业保险的地方",
)


@router.get("/my/benefits/{record_number}/account")
async def ask_account(page: PageOf, record_number: str) -> Response:
    """Question 1: where the money goes."""
    return await _account_question(page, record_number)


@router.get("/my/benefits/{record_number}/place")
async def ask_place(page: PageOf, record_number: str, account_id: str = "", province: str = "") -> Response:
    """Question 2, only where the insurance platform does not say: who would pay."""
    return await _place_question(page, record_number, account_id, province)


@router.get("/my/benefits/{record_number}/check")
async def check_answers(
    page: PageOf, record_number: str, account_id: str = "", division_code: str = "", province: str = ""
) -> Response:
    """All answers before they are sent; whatever is missing is asked first."""
    if not account_id:
        return await _account_question(page, record_number, InvalidInput([_NO_ACCOUNT]))
    if province and not division_code:
        return await _place_question(page, record_number, account_id, province, InvalidInput([_NO_PLACE]))
    return await _answers(page, record_number, account_id, division_code)


@router.post("/my/benefits/{record_number}/submit")
async def submit_page(page: PageOf, record_number: str) -> Response:
    """File the claim by the API's own action: its day is the day of sending."""
    try:
        body = page.typed.read(MyClaimIn, record_number=record_number)
        prepared = await prepare_own(body, page.writing, page.parts)
        if prepared is None:
            raise Refused([REASON_OF_OUTCOME[SubmitOutcome.ENTRY_UNKNOWN]])
        async with page.act() as act:
            submitted = await submit_prepared(act.unit, prepared, body)
            act.go(f"/my/claims/{submitted.claim_id}/submitted")
    except RegistryError as refusal:
        account_id, division_code = page.typed["account_id"], page.typed["division_code"]
        return await _answers(page, record_number, account_id, division_code, refusal)
    return page.go(act)


async def own_open_accounts(page: Page) -> list[AccountOut]:
    """The caller's accounts that are in use, newest first."""
    async with page.reading() as unit:
        assert page.me.person_id is not None
        rows = await own_accounts(unit, await person_group(unit, page.me.person_id))
    return [AccountOut.of(row) for row in rows if row.ended_at is None]


async def _account_question(page: Page, record_number: str, refusal: RegistryError | None = None) -> Response:
    considered = await considered_one(page, record_number)
    accounts = await own_open_accounts(page)
    return page.show(
        "citizen/claim_account.html",
        refusal=refusal,
        labels=_LABELS,
        each=considered,
        accounts=accounts,
        best=considered.prepared.account_id,
    )


async def _place_question(
    page: Page, record_number: str, account_id: str, province: str, refusal: RegistryError | None = None
) -> Response:
    considered = await considered_one(page, record_number)
    today = considered.on
    table = divisions().get()
    provinces = [(row.code, row.name) for row in table.children(NATION, today)]
    chosen = province if any(code == province for code, _ in provinces) else ""
    places = [
        (row.code, table.path_name_of(row.code, today) or row.name)
        for row in (table.in_force(today, within=chosen) if chosen else [])
        if row.level is DivisionLevel.COUNTY or not table.children(row.code, today)
    ]
    return page.show(
        "citizen/claim_place.html",
        refusal=refusal,
        labels=_LABELS,
        each=considered,
        account_id=account_id,
        province=chosen,
        provinces=provinces,
        places=places,
    )


async def _answers(
    page: Page, record_number: str, account_id: str, division_code: str, refusal: RegistryError | None = None
) -> Response:
    considered = await considered_one(page, record_number, declared=division_code or None)
    accounts = {str(each.account_id): each for each in await own_open_accounts(page)}
    if account_id not in accounts:
        return await _account_question(page, record_number, InvalidInput([_NO_ACCOUNT]))
    division = considered.prepared.route.division
    if division is None and refusal is None:
        place = with_query(f"/my/benefits/{record_number}/place", account_id=str(UUID(account_id)))
        return RedirectResponse(place, 303)
    return page.show(
        "citizen/claim_check.html",
        refusal=refusal,
        labels=_LABELS,
        each=considered,
        account=accounts[account_id],
        division_code=division_code,
        place=None if division is None else divisions().get().path_name_of(division, considered.on),
        today=considered.on,
    )
