"""两目录: institutions and programs on record in the area; standing, and what leaves the directory."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.institutions import (
    DesignationEndIn,
    DesignationIn,
    InstitutionDetailOut,
    InstitutionOut,
    QualificationIn,
    StandingIn,
)
from app.api.v1.programs import ProgramEndIn, ProgramOut
from app.directory.institutions import queries as institutions
from app.directory.institutions.actions.add_qualification import add_qualification
from app.directory.institutions.actions.change_standing import change_standing
from app.directory.institutions.actions.designate import designate, end_designation
from app.directory.institutions.states import QualificationKind, Standing
from app.directory.programs import queries as programs
from app.directory.programs.actions.withdraw_program import withdraw_program
from app.kernel.errors import RegistryError
from app.portals.officer.chosen import option, read_chosen
from app.reference.divisions import area_name
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import word

router = pages()

_PAGE = 50
_STANDINGS = {
    "suspend": (Standing.SUSPENDED, "已暂停，暂停期间不能申报开班"),
    "restore": (Standing.ACTIVE, "已恢复"),
    "withdraw": (Standing.WITHDRAWN, "已退出目录"),
}
_LABELS = {
    "reason": "理由",
    "effective_on": "生效日期",
    "document_number": "文号",
    "occupation_edition": "职业大典版本",
    "occupation_code": "职业编码",
    "division_code": "地区",
    "starts_on": "开始日期",
    "ends_before": "自该日起终止",
    "kind": "种类",
    "issued_by": "发证机关",
    "designation": "哪一项定点",
}
_Take = Callable[[Unit], Awaitable[str]]


@router.get("/office/directory")
async def list_directory_page(
    page: PageOf, text: Annotated[str, Query(max_length=60)] = "", cursor: str | None = None
) -> Response:
    """Institutions of the area, whatever their standing."""
    async with page.reading() as unit:
        found = await institutions.list_institutions(
            unit.session,
            as_of=unit.today,
            within=unit.actor.division_code,
            occupation_code=None,
            standing=None,
            text=text or None,
            cursor=cursor,
            limit=_PAGE,
        )
    return page.show(
        "officer/directory.html",
        rows=[InstitutionOut.of(facts) for facts in found.items],
        next_cursor=found.next_cursor,
        text=text,
        is_first=cursor is None,
    )


@router.get("/office/directory/programs")
async def list_programs_page(
    page: PageOf, text: Annotated[str, Query(max_length=60)] = "", cursor: str | None = None
) -> Response:
    """Programs in force today that were published in the area."""
    return await _programs(page, text, cursor)


async def _programs(
    page: Page, text: str, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        found = await programs.list_programs(
            unit.session,
            as_of=unit.today,
            within=unit.actor.division_code,
            occupation_code=None,
            skill_level=None,
            text=text or None,
            cursor=cursor,
            limit=_PAGE,
        )
    return page.show(
        "officer/programs.html",
        refusal=refusal,
        labels=_LABELS,
        rows=[ProgramOut.of(version) for version in found.items],
        next_cursor=found.next_cursor,
        text=text,
        is_first=cursor is None,
    )


@router.post("/office/directory/programs/{program_id}/withdraw")
async def withdraw_program_page(page: PageOf, program_id: UUID) -> Response:
    """From that day nobody files with it any more."""
    try:
        content = page.typed.read(ProgramEndIn)
        async with page.act() as act:
            await withdraw_program(
                act.unit, program_id=program_id, ends_before=content.ends_before, reason=content.reason
            )
            act.go("/office/directory/programs", said="项目已定于该日退出目录")
    except RegistryError as refusal:
        return await _programs(page, "", None, refusal)
    return page.go(act)


@router.get("/office/directory/{institution_id}")
async def show_institution_page(page: PageOf, institution_id: UUID) -> Response:
    """One institution: what it is qualified and designated for, and every standing it ever had."""
    return await _show(page, institution_id)


async def _show(page: Page, institution_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await institutions.read_institution(unit.session, institution_id, as_of=unit.today)
        today: date = unit.today
        is_own = institutions.is_in_scope(unit, found.institution.division_code)
        own = {
            row.division_code
            for row in found.designations
            if institutions.is_in_scope(unit, row.division_code)
        }
    shown = InstitutionDetailOut.whole(found)
    return page.show(
        "officer/institution.html",
        refusal=refusal,
        labels=_LABELS,
        institution=shown,
        today=today,
        is_own=is_own,
        kinds=[(kind.value, word("qualification", kind)) for kind in QualificationKind],
        endable=[
            (
                option(row.occupation_edition, row.occupation_code, row.division_code),
                f"{row.occupation_code}（{row.occupation_edition}版），{area_name(row.division_code)}",
            )
            for row in shown.designations
            if row.ends_before is None and row.division_code in own
        ],
    )


@router.post("/office/directory/{institution_id}/suspend")
async def suspend_page(page: PageOf, institution_id: UUID) -> Response:
    """暂停."""
    return await _stand(page, institution_id, "suspend")


@router.post("/office/directory/{institution_id}/restore")
async def restore_page(page: PageOf, institution_id: UUID) -> Response:
    """恢复."""
    return await _stand(page, institution_id, "restore")


@router.post("/office/directory/{institution_id}/withdraw")
async def withdraw_page(page: PageOf, institution_id: UUID) -> Response:
    """退出目录."""
    return await _stand(page, institution_id, "withdraw")


@router.post("/office/directory/{institution_id}/designations")
async def designate_page(page: PageOf, institution_id: UUID) -> Response:
    """定点: by the authority of the designated area."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(DesignationIn)
        await designate(unit, institution_id=institution_id, **content.model_dump())
        return "已定点"

    return await _act(page, institution_id, take)


@router.post("/office/directory/{institution_id}/designations/end")
async def end_designation_page(page: PageOf, institution_id: UUID) -> Response:
    """终止定点: not backwards, and no day that a filing rests on."""

    async def take(unit: Unit) -> str:
        names = ("occupation_edition", "occupation_code", "division_code")
        content = read_chosen(page, "designation", names, DesignationEndIn)
        await end_designation(unit, institution_id=institution_id, **content.model_dump())
        return "定点已定于该日终止"

    return await _act(page, institution_id, take)


@router.post("/office/directory/{institution_id}/qualifications")
async def add_qualification_page(page: PageOf, institution_id: UUID) -> Response:
    """A certificate of qualification; older ones stay in the history."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(QualificationIn)
        await add_qualification(unit, institution_id=institution_id, qualification=content.stated())
        return "已登记资质证照"

    return await _act(page, institution_id, take)


async def _stand(page: Page, institution_id: UUID, verb: str) -> Response:
    to, said = _STANDINGS[verb]

    async def take(unit: Unit) -> str:
        content = page.typed.read(StandingIn)
        await change_standing(
            unit,
            institution_id=institution_id,
            to=to,
            effective_on=content.effective_on,
            reason=content.reason,
            document_number=content.document_number,
        )
        return said

    return await _act(page, institution_id, take)


async def _act(page: Page, institution_id: UUID, take: _Take) -> Response:
    try:
        async with page.act() as act:
            act.go(f"/office/directory/{institution_id}", said=await take(act.unit))
    except RegistryError as refusal:
        return await _show(page, institution_id, refusal)
    return page.go(act)
