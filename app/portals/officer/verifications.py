"""信息核验: one person, in this registry and in the others; purpose and case first, the answer shown once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from app.access.unit import system_unit
from app.api.v1.verification_shapes import VerificationIn
from app.db.roles import DatabaseRole
from app.exchange.peers.actions.ask_all_peers import Said, ask_all_peers
from app.exchange.peers.states import Question
from app.exchange.verification.actions.verify_person import Request, Verification
from app.exchange.verification.rules import DISCLOSURES
from app.exchange.verification.states import OUTCOME_LABELS, Outcome
from app.kernel.clock import law_date, utc_now
from app.kernel.errors import RegistryError
from app.kernel.identifiers import check_identity_number
from app.portals.officer.looks import LABELS
from app.reference.divisions import was_in_force
from app.reference.skill_levels import all_levels
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {
    **LABELS,
    "identity_number": "身份证件号码",
    "name": "姓名",
    "record_number": "档案编号",
    "certificate_number": "证书编号",
}


class VerifyIn(VerificationIn):
    """The API's request; ``others`` asks every other registry too."""

    others: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What one other registry says: its name and the entries or certificates of its signed answer."""

    name: str
    is_found: bool
    items: list[Mapping[str, Any]]


@router.get("/office/verifications")
async def ask_verification_page(page: PageOf) -> Response:
    """Whom to verify, and why."""
    return _asked(page)


@router.post("/office/verifications")
async def verify_page(page: PageOf) -> Response:
    """The answer, shown once: what the purpose needs and no more. The access row is stored before it leaves."""
    try:
        asked = page.typed.read(VerifyIn)
        number = check_identity_number(
            asked.identity_number, on=law_date(utc_now()), area_known=was_in_force
        ).require()
        found = await _verify(page, asked, number.number)
        elsewhere = await _ask_others(page, asked, number.number) if asked.others else None
    except RegistryError as refusal:
        return _asked(page, refusal)
    return page.show(
        "officer/verified.html",
        asked=asked,
        number=number.number,
        found=found,
        is_good=found.outcome is Outcome.VALID,
        outcome=OUTCOME_LABELS[found.outcome],
        outcomes={each.value: label for each, label in OUTCOME_LABELS.items()},
        shown=DISCLOSURES[asked.purpose].fields,
        levels={facts.level.value: facts.name for facts in all_levels()},
        elsewhere=None if elsewhere is None else [_of(*each) for each in elsewhere.heard],
        silent=[] if elsewhere is None else elsewhere.silent,
    )


async def _verify(page: Page, asked: VerifyIn, number: str) -> Verification:
    signed_in = page.visitor.signed_in
    assert signed_in is not None
    return await page.parts.verifier.verify(
        signed_in.actor,
        signed_in.credential,
        Request(
            identity_number=number,
            name=asked.name,
            record_number=asked.record_number,
            certificate_number=asked.certificate_number,
            purpose=asked.purpose,
            case_number=asked.case_number,
            is_signed=asked.is_signed,
            request_id=page.request.state.request_id,
        ),
    )


async def _ask_others(page: Page, asked: VerifyIn, number: str) -> Said:
    """By certificate where one is named, by person otherwise; every registry at once."""
    document: dict[str, object] = {
        "case_number": asked.case_number,
        "purpose": asked.purpose.value,
        "name": asked.name,
    }
    about = Question.RECORDS if asked.certificate_number is None else Question.CERTIFICATE
    if asked.certificate_number is None:
        document["identity_number"] = number
    else:
        document["certificate_number"] = asked.certificate_number
    parts = page.parts
    async with page.writing() as officer, system_unit(parts.engines, DatabaseRole.WORKER) as reading:
        return await ask_all_peers(
            reading,
            parts.keys,
            parts.tokens,
            parts.peers,
            about,
            document,
            issuer=parts.settings.issuer,
            officer=officer,
        )


def _of(name: str, heard: Any) -> Elsewhere:
    claims = heard.claims
    items = claims.get("entries") or claims.get("certificates") or []
    return Elsewhere(name, bool(claims.get("is_found")), list(items))


def _asked(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/verify.html",
        refusal=refusal,
        labels=_LABELS,
        purposes=[(purpose.value, each.label) for purpose, each in DISCLOSURES.items()],
    )
