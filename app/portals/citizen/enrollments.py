"""Classes that put me on their roster; deny the one I did not join."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.enrollment_denials import DenialIn
from app.api.v1.me import EnrollmentOut
from app.archive.records.queries import person_group
from app.kernel.errors import NotFound, RegistryError
from app.subsidies.denials.actions.deny_enrollment import deny_enrollment
from app.subsidies.denials.queries import OwnDenial, own_denials
from app.training.completion.queries import enrollments_of_persons
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_LABELS = {"reason": "补充说明"}


@router.get("/my/enrollments")
async def list_enrollments_page(page: PageOf) -> Response:
    """All classes, newest first, with what was denied."""
    enrollments, denials = await own_enrollments(page)
    return page.show("citizen/enrollments.html", enrollments=enrollments, denials=denials)


@router.get("/my/enrollments/{opening_id}/deny")
async def ask_denial(page: PageOf, opening_id: UUID) -> Response:
    """What happens when it is denied, and one button."""
    return await _denial(page, opening_id)


@router.post("/my/enrollments/{opening_id}/deny")
async def deny_page(page: PageOf, opening_id: UUID) -> Response:
    """Deny; the institution is not told who did."""
    try:
        body = page.typed.read(DenialIn)
        async with page.act() as act:
            await deny_enrollment(act.unit, page.parts.keys, opening_id=opening_id, reason=body.reason)
            act.go("/my/enrollments", said="已收到，经办机构会核查；不会告诉培训机构和同班学员是您反映的")
    except RegistryError as refusal:
        return await _denial(page, opening_id, refusal)
    return page.go(act)


async def own_enrollments(page: Page) -> tuple[list[EnrollmentOut], dict[UUID, OwnDenial]]:
    """The caller's classes, and what they denied by class."""
    async with page.reading() as unit:
        assert page.me.person_id is not None
        persons = await person_group(unit, page.me.person_id)
        rows = await enrollments_of_persons(unit, persons)
        denials = await own_denials(unit, persons)
    return [EnrollmentOut.model_validate(row, from_attributes=True) for row in rows], denials


async def _denial(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    enrollments, _ = await own_enrollments(page)
    enrollment = next((each for each in enrollments if each.opening_id == opening_id), None)
    if enrollment is None:
        raise NotFound
    return page.show("citizen/denial.html", refusal=refusal, labels=_LABELS, enrollment=enrollment)
