"""The institution itself (本机构) as the directory holds it, and the programs that it may teach."""

from starlette.responses import Response

from app.api.v1.institutions import InstitutionDetailOut
from app.api.v1.programs import ProgramOut
from app.directory.institutions.queries import read_institution
from app.directory.programs.queries import programs_of_occupations
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()
_PROGRAMS_MAX = 200


@router.get("/institution/profile")
async def show_profile(page: PageOf) -> Response:
    """Standing, designations, papers; and every program in force for what it is designated for."""
    async with page.reading() as unit:
        today = unit.today
        detail = await read_institution(unit.session, unit.actor.institution(), as_of=today)
        designated = [(row.occupation_edition, row.occupation_code) for row in detail.designations]
        programs = await programs_of_occupations(unit.session, designated, as_of=today, most=_PROGRAMS_MAX)
    table = occupations().get()
    shown = InstitutionDetailOut.whole(detail)
    named = {(each.edition, each.code): each.name for each in (table.find(*at) for at in designated) if each}
    return page.show(
        "institution/profile.html",
        institution=shown,
        programs=[ProgramOut.of(version) for version in programs],
        named=named,
        level=lambda code: facts_of(SkillLevel(code)).name,
    )
