"""Certificates at the counter: looked up by number or person, and registered for somebody who brings the original."""

from starlette.responses import Response

from app.api.v1.certificate_shapes import CertificateLookupIn, PersonCertificateIn, SubmittedOut
from app.api.v1.certificates import look_up_for, submit_for
from app.archive.certificates.states import KIND_LABELS
from app.archive.records.states import Purpose
from app.kernel.errors import NotFound, Reason, Refused, RegistryError
from app.portals.officer.looks import LABELS, LookIn, purposes
from app.reference.skill_levels import all_levels
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_OF_CERTIFICATES = {
    "certificate_number": "证书编号",
    "kind": "证书种类",
    "occupation_edition": "职业分类大典版本",
    "occupation_code": "职业编码",
    "trade_name": "工种",
    "skill_level": "等级",
    "body_code": "评价机构代码",
    "body_name": "评价机构名称",
    "issued_on": "核发日期",
    "valid_until": "有效期至",
    "review_due_on": "复审日期",
}
_LABELS = {
    **LABELS,
    "identity_number": "身份证件号码",
    "name": "姓名",
    "certificate_number": "证书编号",
    **{f"certificate.{name}": label for name, label in _OF_CERTIFICATES.items()},
}
_NOBODY = Reason(
    code="person_unknown",
    field="identity_number",
    message="没有查到此人，或姓名不符",
    remedy="请对照证件核对号码和姓名；证书只能登记到已核验过姓名的人名下",
)


@router.get("/office/certificates/find")
async def ask_certificates_page(page: PageOf) -> Response:
    """By number or by person, and why."""
    return _asked(page)


@router.post("/office/certificates/find")
async def find_certificates_page(page: PageOf) -> Response:
    """What is found, shown once; none, and of somebody of another name, are the same answer."""
    try:
        body = page.typed.read(CertificateLookupIn)
        found = await look_up_for(page.me, body, page.writing, page.parts)
    except RegistryError as refusal:
        return _asked(page, refusal)
    return page.show(
        "officer/certificates_found.html",
        asked=LookIn(purpose=body.purpose, case_number=body.case_number),
        name=body.name,
        found=found.items,
        levels=_levels(),
    )


@router.get("/office/certificates/new")
async def ask_new_certificate_page(page: PageOf) -> Response:
    """Whose certificate, and what stands on it."""
    return _form(page)


@router.post("/office/certificates/new")
async def register_certificate_page(page: PageOf) -> Response:
    """代为登记: asked of the network as if the person had reported it."""
    try:
        body = page.typed.read(PersonCertificateIn)
        async with page.act() as act:
            done = await submit_for(body, act.unit, page.parts, page.writing)
            act.go(f"/office/certificates/{done.certificate_id}", said=_said(done))
    except NotFound:
        return _form(page, Refused([_NOBODY]))
    except RegistryError as refusal:
        return _form(page, refusal)
    return page.go(act)


def _said(done: SubmittedOut) -> str:
    said = "已登记，由系统向评价工作网核实" if done.is_new else "这本证书早已登记，没有重复登记"
    doubts = "；".join(each.message for each in done.number_warnings)
    return f"{said}。编号存疑：{doubts}" if doubts else said


def _levels() -> dict[str, str]:
    return {facts.level.value: facts.name for facts in all_levels()}


def _asked(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/certificates_find.html",
        refusal=refusal,
        labels=_LABELS,
        purposes=purposes(
            Purpose.SUBSIDY_REVIEW, Purpose.COMPLAINT, Purpose.INSPECTION, Purpose.RECORD_CORRECTION
        ),
    )


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/certificate_form.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, label) for kind, label in KIND_LABELS.items()],
        levels=list(_levels().items()),
        purposes=purposes(Purpose.SUBSIDY_REVIEW, Purpose.RECORD_CORRECTION, Purpose.COMPLAINT),
    )
