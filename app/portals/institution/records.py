"""What a class led to: records of its trainees."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.record_shapes import OwnEntryOut
from app.archive.records.queries import entries_of_opening
from app.portals.institution.opening_view import class_in_sight
from app.training.completion.queries import lines_of_opening
from app.training.rosters.queries import names_of_class
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/institution/openings/{opening_id}/records")
async def list_records_page(page: PageOf, opening_id: UUID) -> Response:
    """The entries of the archive that the class led to."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        entries = await entries_of_opening(unit, opening_id)
        own = [entry for entry in entries if entry.institution_id == unit.actor.institution()]
        superseded = [entry.supersedes for entry in own if entry.supersedes is not None]
        lines = await lines_of_opening(unit, page.parts.keys, opening_id)
        names = await names_of_class(unit, page.parts.keys, opening_id)
    shown = [
        (names.get(entry.person_id, ""), OwnEntryOut.of_line(entry, list(superseded), lines[entry.person_id]))
        for entry in own
    ]
    return page.show("institution/records.html", summary=summary, records=shown)
