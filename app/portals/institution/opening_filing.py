"""Check what was filled in, and file it (核对并申报): every defect at once, each with the way to its part."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.api.v1.opening_shapes import FilingIn
from app.kernel.errors import Reason, Refused, RegistryError
from app.portals.institution.opening_view import ALL_SECTIONS, Draft, Section, draft_of
from app.training.openings.actions.file_opening import file_opening
from app.training.openings.queries import contents
from app.training.openings.queries.scope import not_editable, opening_in_sight
from app.training.openings.states import OpeningState
from app.web.pages.complaints import Complaints
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_COMMITMENT = {"commitment": "承诺书", "commitment.version": "承诺书", "commitment.digest": "承诺书"}


@router.get("/institution/openings/{opening_id}/file")
async def check_filing(page: PageOf, opening_id: UUID) -> Response:
    """Everything that would be filed, with all that stands against it."""
    return await _check_page(page, opening_id)


@router.post("/institution/openings/{opening_id}/file")
async def file_page(page: PageOf, opening_id: UUID) -> Response:
    """File it: server time decides."""
    try:
        content = page.typed.read(FilingIn) if page.typed["_accepted"] else FilingIn()
        commitment = content.commitment.stated() if content.commitment else None
        async with page.act() as act:
            await file_opening(act.unit, opening_id=opening_id, commitment=commitment)
            act.go(
                f"/institution/openings/{opening_id}", said="已申报开班备案，经办机构审核后您会在这里看到结果"
            )
    except RegistryError as refusal:
        return await _check_page(page, opening_id, refusal)
    return page.go(act)


async def _check_page(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        draft = await draft_of(unit, opening_id)
        if draft is None:
            raise Refused([not_editable(OpeningState((await opening_in_sight(unit, opening_id)).state))])
        filled: dict[str, Any] = {
            "parts": await contents.parts_of(unit.session, opening_id),
            "teachers": await contents.teachers_of(unit.session, opening_id),
            "sessions": await contents.sessions_of(unit.session, opening_id),
        }
    reasons = refusal.reasons if refusal is not None and refusal.reasons else draft.reasons
    return page.show(
        "institution/opening_check.html",
        refusal=refusal,
        labels=_labels(reasons),
        draft=draft,
        summary=draft.summary,
        sections=[_shown(draft, section, reasons) for section in ALL_SECTIONS],
        commitment=draft.case.commitment,
        blocked=Complaints("还不能申报", draft.reasons, _labels(draft.reasons)) if draft.reasons else None,
        **filled,
    )


def _shown(draft: Draft, section: Section, reasons: tuple[Reason, ...]) -> dict[str, Any]:
    faults = [reason for reason in reasons if section.owns(reason)]
    return {
        "key": section.key,
        "title": section.title,
        "href": f"/institution/openings/{draft.summary.opening.opening_id}/{section.address}",
        "state": draft.state_of(section),
        "faults": faults,
        "anchors": list(dict.fromkeys(reason.field or "" for reason in faults)),
    }


def _labels(reasons: tuple[Reason, ...]) -> dict[str, str]:
    """Every field that is complained of by the name of its part."""
    named = {
        reason.field or "": section.title
        for reason in reasons
        for section in ALL_SECTIONS
        if section.owns(reason)
    }
    return {**named, **_COMMITMENT}
