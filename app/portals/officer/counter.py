"""窗口: a claim that an officer files for somebody who stands at the counter."""

from starlette.responses import Response

from app.api.v1.claim_shapes import CounterClaimIn
from app.api.v1.claims import prepare_at_counter
from app.api.v1.my_claims import submit_prepared
from app.kernel.errors import Refused, RegistryError
from app.reference.divisions import area_name
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME
from app.subsidies.claims.states import SubmitOutcome
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {
    "record_number": "档案编号",
    "kind": "补贴种类",
    "division_code": "参保地",
    "case_number": "案件编号",
    "account_id": "收款账户",
}
_OF_PERSONS = (BenefitKind.SKILL_UPGRADE, BenefitKind.TRAINING, BenefitKind.LIVING_ALLOWANCE)
"""What a person claims; employers claim the others for themselves."""


@router.get("/office/claims/new")
async def ask_counter_claim_page(page: PageOf) -> Response:
    """The entry it rests on, the kind, and the case for which it is looked up."""
    return _form(page)


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/counter_claim.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, KIND_LABELS[kind]) for kind in _OF_PERSONS],
    )


@router.post("/office/claims")
async def file_counter_claim_page(page: PageOf) -> Response:
    """The look is stored whatever comes of the claim; the money goes to the person's own account."""
    try:
        body = page.typed.read(CounterClaimIn)
        prepared = await prepare_at_counter(body, page.writing, page.parts)
        if prepared is None:
            raise Refused([REASON_OF_OUTCOME[SubmitOutcome.ENTRY_UNKNOWN]])
        async with page.act() as act:
            submitted = await submit_prepared(act.unit, prepared, body)
            where = area_name(submitted.division_code)
            act.go(
                "/office/claims?state=submitted",
                said=f"已代为提交，受理编号{submitted.claim_number}，由{where}受理",
            )
    except RegistryError as refusal:
        return _form(page, refusal)
    return page.go(act)
