"""登记机构、发布项目: what enters the directories, and a program's next version."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.institutions import InstitutionIn
from app.api.v1.programs import ProgramIn, ProgramVersionIn
from app.directory.institutions.actions.register_institution import register_institution
from app.directory.institutions.states import InstitutionKind, QualificationKind
from app.directory.programs import queries as programs
from app.directory.programs.actions.publish_program import publish_program
from app.directory.programs.actions.revise_program import revise_program
from app.kernel.errors import RegistryError
from app.reference.skill_levels import levels_on
from app.reference.training_kinds import training_modes, training_types
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.words import word

router = pages()

_INSTITUTION_LABELS = {
    "unified_social_credit_code": "统一社会信用代码",
    "name": "机构名称",
    "kind": "种类",
    "division_code": "地区",
    "address": "地址",
    "contact_phone": "联系电话",
    "document_number": "登记文号",
    "qualification.kind": "证照种类",
    "qualification.document_number": "证照编号",
    "qualification.issued_by": "发证机关",
    "qualification.starts_on": "有效期自",
    "qualification.ends_before": "有效期截止日的次日",
    "qualification": "资质证照",
}
_PROGRAM_LABELS = {
    "division_code": "发布地区",
    "name": "项目名称",
    "occupation_edition": "职业分类大典版本",
    "occupation_code": "职业编码",
    "skill_level": "技能等级",
    "training_type": "培训类型",
    "training_mode": "培训方式",
    "open_positions": "技能岗位用工数量",
    "skill_requirements": "技能要求",
    "content": "培训内容",
    "theory_hours": "理论课时",
    "practice_hours": "实操课时",
    "safety_hours": "安全课时",
    "starts_on": "施行日期",
    "ends_before": "自该日起终止",
}


@router.get("/office/directory/new")
async def ask_institution_page(page: PageOf) -> Response:
    """The institution and the paper that proves its qualification."""
    return _institution_form(page)


@router.post("/office/directory/new")
async def register_institution_page(page: PageOf) -> Response:
    """In the directory from today on."""
    try:
        content = page.typed.read(InstitutionIn)
        async with page.act() as act:
            institution_id = await register_institution(
                act.unit,
                unified_social_credit_code=content.unified_social_credit_code,
                name=content.name,
                kind=content.kind,
                division_code=content.division_code,
                address=content.address,
                contact_phone=content.contact_phone,
                qualification=content.qualification.stated(),
                document_number=content.document_number,
            )
            act.go(f"/office/directory/{institution_id}", said="已登记，自今日起在目录")
    except RegistryError as refusal:
        return _institution_form(page, refusal)
    return page.go(act)


def _institution_form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/institution_form.html",
        refusal=refusal,
        labels=_INSTITUTION_LABELS,
        kinds=[(kind.value, word("institution_kind", kind)) for kind in InstitutionKind],
        papers=[(kind.value, word("qualification", kind)) for kind in QualificationKind],
    )


@router.get("/office/directory/programs/new")
async def ask_program_page(page: PageOf) -> Response:
    """The five things to publish (人社部发〔2025〕10号三(二)) and the class hours."""
    return await _program_form(page)


@router.post("/office/directory/programs/new")
async def publish_program_page(page: PageOf) -> Response:
    """A new program of the area."""
    try:
        content = page.typed.read(ProgramIn)
        async with page.act() as act:
            await publish_program(act.unit, division_code=content.division_code, content=content.stated())
            act.go("/office/directory/programs", said="已发布；施行之日起可以据以申报开班")
    except RegistryError as refusal:
        return await _program_form(page, refusal=refusal)
    return page.go(act)


@router.get("/office/directory/programs/{program_id}/revise")
async def ask_revision_page(page: PageOf, program_id: UUID) -> Response:
    """As the last version stands."""
    return await _program_form(page, program_id)


@router.post("/office/directory/programs/{program_id}/revise")
async def revise_program_page(page: PageOf, program_id: UUID) -> Response:
    """The version before ends where this one begins; filed classes keep theirs."""
    try:
        content = page.typed.read(ProgramVersionIn)
        async with page.act() as act:
            version = await revise_program(act.unit, program_id=program_id, content=content.stated())
            act.go("/office/directory/programs", said=f"已发布第{version}版；已备案的班次仍按原来的版本")
    except RegistryError as refusal:
        return await _program_form(page, program_id, refusal)
    return page.go(act)


async def _program_form(
    page: Page, program_id: UUID | None = None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        stored = {} if program_id is None else await _last_version(unit, program_id)
        today = unit.today
    prepared: Mapping[str, Any] = stored or {
        "division_code": page.me.division_code,
        "occupation_edition": 2022,
        "starts_on": today.isoformat(),
    }
    return page.show(
        "officer/program_form.html",
        refusal=refusal,
        labels=_PROGRAM_LABELS,
        typed=page.typed or Typed.from_values(prepared),
        revised=stored.get("name"),
        version=stored.get("version"),
        levels=[(facts.level.value, facts.name) for facts in levels_on(today)],
        types=[(kind.code, kind.name) for kind in training_types(today)],
        modes=[(mode.code, mode.name) for mode in training_modes(today)],
    )


async def _last_version(unit: Unit, program_id: UUID) -> dict[str, Any]:
    row = (await programs.versions_of(unit.session, program_id))[-1].row
    kept = {name: getattr(row, name) for name in ProgramVersionIn.model_fields if hasattr(row, name)}
    return {**kept, "version": row.version}
