"""培训信息导航: programs and institutions by place, occupation, level, kind and words; and each of them."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.v1.institutions import InstitutionDetailOut, InstitutionOut
from app.api.v1.programs import ProgramOut
from app.directory.institutions.queries import list_institutions, read_institution
from app.directory.institutions.states import Standing
from app.directory.programs.queries import list_programs, versions_of
from app.portals.public.naming import Names, occupations_asked, place_asked
from app.reference.occupations import Occupation
from app.reference.skill_levels import SkillLevel, levels_on
from app.reference.training_kinds import training_types
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_PAGE = 20
_NOWHERE = "0-00-00-00"
"""An occupation code that nothing has: what was asked for is not in the dictionary, so nothing is found."""
Asked = Annotated[str, Query(max_length=60)]
Code = Annotated[str, Query(max_length=40)]
After = Annotated[str | None, Query(max_length=1024)]


@dataclass(frozen=True, slots=True)
class Sought:
    """What both lists are searched by, and what can be chosen next: ``places``, ``candidates`` for an occupation."""

    within: str | None
    places: list[tuple[str, str]]
    occupation_code: str | None
    candidates: tuple[Occupation, ...]
    text: str | None


@router.get("/programs")
async def list_programs_page(
    page: PageOf,
    division: Code = "",
    occupation: Asked = "",
    level: Code = "",
    kind: Code = "",
    text: Asked = "",
    cursor: After = None,
) -> Response:
    """Programs in force today."""
    async with page.reading() as unit:
        sought = _sought(division, occupation, text, unit.today)
        levels = [(facts.level, facts.name) for facts in levels_on(unit.today)]
        kinds = [(kind.code, kind.name) for kind in training_types(unit.today)]
        found = await list_programs(
            unit.session,
            as_of=unit.today,
            within=sought.within,
            occupation_code=sought.occupation_code,
            skill_level=level if level in dict(levels) else None,
            training_type=kind if kind in dict(kinds) else None,
            text=sought.text,
            cursor=cursor,
            limit=_PAGE,
        )
    return page.show(
        "public/programs.html",
        programs=[ProgramOut.of(version) for version in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        names=Names(unit.today),
        sought=sought,
        levels=levels,
        kinds=kinds,
        asked={"division": division, "occupation": occupation, "level": level, "kind": kind, "text": text},
    )


@router.get("/programs/{program_id}")
async def show_program_page(page: PageOf, program_id: UUID) -> Response:
    """One program with the five things to publish (人社部发〔2025〕10号三(二)), and its versions."""
    async with page.reading() as unit:
        versions = [ProgramOut.of(version) for version in await versions_of(unit.session, program_id)]
    begun = [version for version in versions if version.starts_on is None or version.starts_on <= unit.today]
    shown = begun[-1] if begun else versions[0]
    return page.show(
        "public/program.html",
        program=shown,
        is_over=shown.ends_before is not None and shown.ends_before <= unit.today,
        is_to_come=not begun,
        versions=versions,
        names=Names(unit.today),
        levels={level.value: level for level in SkillLevel},
    )


@router.get("/institutions")
async def list_institutions_page(
    page: PageOf,
    division: Code = "",
    occupation: Asked = "",
    standing: Code = Standing.ACTIVE.value,
    text: Asked = "",
    cursor: After = None,
) -> Response:
    """Institutions of the directory as of today; those in good standing unless asked otherwise."""
    async with page.reading() as unit:
        sought = _sought(division, occupation, text, unit.today)
        found = await list_institutions(
            unit.session,
            as_of=unit.today,
            within=sought.within,
            occupation_code=sought.occupation_code,
            standing=Standing(standing) if standing in set(Standing) else None,
            text=sought.text,
            cursor=cursor,
            limit=_PAGE,
        )
    return page.show(
        "public/institutions.html",
        institutions=[InstitutionOut.of(facts) for facts in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        names=Names(unit.today),
        sought=sought,
        asked={"division": division, "occupation": occupation, "standing": standing, "text": text},
    )


@router.get("/institutions/{institution_id}")
async def show_institution_page(page: PageOf, institution_id: UUID) -> Response:
    """One institution with its papers, what it is designated for, and its standings."""
    async with page.reading() as unit:
        found = await read_institution(unit.session, institution_id, as_of=unit.today)
    return page.show(
        "public/institution.html",
        institution=InstitutionDetailOut.whole(found),
        names=Names(unit.today),
    )


def _sought(division: str, occupation: str, text: str, on: date) -> Sought:
    within, places = place_asked(division, on)
    candidates = occupations_asked(occupation.strip(), on)
    # What can stand in a name; a control character cannot.
    words = "".join(char for char in text if char.isprintable()).strip() or None
    return Sought(within, places, _one_of(occupation, candidates), candidates, words)


def _one_of(asked: str, candidates: tuple[Occupation, ...]) -> str | None:
    """The code to look for: nothing asked, one known, or none that could be found (several are offered as links)."""
    if not asked.strip():
        return None
    return candidates[0].code if len(candidates) == 1 else _NOWHERE
