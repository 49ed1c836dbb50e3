"""Report a certificate that is missing from the own record; the network is asked about it."""

from starlette.responses import Response

from app.api.v1.certificate_shapes import CertificateIn
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.rules.submitting import reasons_against_submitting
from app.archive.certificates.states import KIND_LABELS, CertificateKind, CertificateSource
from app.kernel.errors import InvalidInput, RegistryError
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_LABELS = {
    "certificate_number": "证书编号",
    "kind": "证书种类",
    "skill_level": "等级",
    "trade_name": "工种",
    "body_name": "核发机构",
    "issued_on": "核发日期",
    "valid_until": "有效期至",
}
_OURS = frozenset({CertificateKind.TRAINING_COMPLETION})
"""What the registry issues itself is there already."""


@router.get("/my/certificates/new")
async def ask_certificate(page: PageOf) -> Response:
    """What stands on it."""
    return _form(page)


@router.post("/my/certificates")
async def report_certificate_page(page: PageOf) -> Response:
    """Take it in; what the network says comes later and is told."""
    try:
        claim = page.typed.read(CertificateIn).claim()
        async with page.act() as act:
            reasons = reasons_against_submitting(claim, today=act.unit.today, known=occupations().get())
            if reasons:
                raise InvalidInput(reasons)
            assert page.me.person_id is not None
            (submitted,) = await submit_certificates(
                act.unit, page.parts.keys, CertificateSource.CITIZEN, [Submission(page.me.person_id, claim)]
            )
            said = (
                "证书已登记，正在向评价工作网查验"
                if submitted.is_new
                else "这本证书原来就登记过，核实情况见下面"
            )
            act.go("/my/record", said=said)
    except RegistryError as refusal:
        return _form(page, refusal)
    return page.go(act)


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "citizen/certificate_form.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, word) for kind, word in KIND_LABELS.items() if kind not in _OURS],
        levels=[(level.value, facts_of(level).name) for level in SkillLevel],
    )
