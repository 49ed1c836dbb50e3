"""试算: what the decision about an entry would be today, by the same rules and facts; nothing is claimed."""

from starlette.responses import Response

from app.api.v1.claim_shapes import EligibilityIn
from app.api.v1.eligibility import judge_now
from app.archive.records.states import Purpose
from app.kernel.errors import NotFound, Reason, Refused, RegistryError
from app.portals.officer.looks import LookIn
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, PayeeKind
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {
    "record_number": "档案编号",
    "kind": "补贴种类",
    "payee_kind": "由谁申领",
    "division_code": "参保地",
    "case_number": "案件编号",
}
_NOT_THERE = Reason(
    code="record_unknown",
    field="record_number",
    message="没有这条档案",
    remedy="请核对档案编号；可在“档案”按人查到编号",
)


@router.get("/office/claims/trial")
async def ask_trial_page(page: PageOf) -> Response:
    """Which entry, which benefit, and for which case its person is looked at."""
    return _asked(page)


@router.post("/office/claims/trial")
async def show_trial_page(page: PageOf) -> Response:
    """Every condition with its clause; the person sees the look."""
    try:
        body = page.typed.read(EligibilityIn)
        judged = await judge_now(body, page.writing, page.parts)
    except NotFound:
        return _asked(page, Refused([_NOT_THERE]))
    except RegistryError as refusal:
        return _asked(page, refusal)
    assert body.case_number is not None
    return page.show(
        "officer/trial.html",
        asked=LookIn(purpose=Purpose.SUBSIDY_REVIEW, case_number=body.case_number),
        record_number=body.record_number,
        verdict=judged.verdict,
        division=judged.division,
        today=judged.today,
    )


def _asked(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/trial_ask.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, KIND_LABELS[kind]) for kind in BenefitKind],
        payees=[(PayeeKind.PERSON.value, "本人"), (PayeeKind.INSTITUTION.value, "用人单位或培训机构")],
    )
