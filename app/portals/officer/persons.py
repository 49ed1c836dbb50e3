"""人员: who a number is, another number of theirs, and two numbers that are one person; after purpose and case."""

from enum import StrEnum
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.persons import IdentifierIn, NumberText, PersonOut, ResolveIn, add_number, checked_number
from app.archive.records.states import Purpose
from app.identity.persons.actions.propose_merge import propose_merge
from app.identity.persons.actions.resolve_person import (
    KnownPerson,
    find_person_by_id,
    find_person_by_number,
    resolve_person,
)
from app.identity.persons.queries import read_merge_facts
from app.identity.persons.states import END_LABELS, EndKind
from app.kernel.errors import InvalidInput, NotFound, Reason, Refused, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of, purposes
from app.portals.officer.merge_sides import shown_sides
from app.subsidies.claims.rules.facts import day_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.wire import Input, Why

router = pages()

_LABELS = {
    **LABELS,
    "identity_number": "身份证件号码",
    "name": "姓名",
    "reason": "理由",
    "former.identifier_id": "停用的原号码",
    "former.end_kind": "为何停用",
    "person_id": "并入的编号",
    "survivor_id": "保留的编号",
    "keep": "保留哪一个",
}
_NOBODY = Reason(
    code="person_unknown",
    field="identity_number",
    message="没有登记过这个号码",
    remedy="请核对号码；从未参加过登记的培训、也没有证书的人，这里没有编号",
)
_FORMER = [(kind.value, END_LABELS[kind]) for kind in EndKind]


class OtherNumberIn(Input):
    """The number of whom somebody is thought to be one with."""

    identity_number: NumberText


class Keep(StrEnum):
    """Which of two ids goes on."""

    THIS = "this"
    OTHER = "other"


class JoinIn(Input):
    """Two persons are one; why, and by which id they are read from then on."""

    keep: Keep
    reason: Why


@router.get("/office/persons")
async def ask_person_page(page: PageOf) -> Response:
    """Whose number, and why."""
    return _asked(page)


@router.post("/office/persons")
async def find_person_page(page: PageOf) -> Response:
    """The person of a number, shown once; the access row is stored before it leaves."""
    try:
        body = page.typed.read(ResolveIn)
        async with page.writing() as unit:
            person = await resolve_person(
                unit,
                page.parts.keys,
                number=checked_number(body.identity_number, unit),
                purpose=body.purpose,
                case_number=body.case_number,
            )
    except NotFound:
        return _asked(page, Refused([_NOBODY]))
    except RegistryError as refusal:
        return _asked(page, refusal)
    asked = LookIn(purpose=body.purpose, case_number=body.case_number)
    return _person(page, person, asked, name=body.name)


@router.post("/office/persons/{person_id}/identifiers")
async def add_number_page(page: PageOf, person_id: UUID) -> Response:
    """登记另一号码: matched with the name by the card-holder base, or nothing is stored."""
    asked = look_of(page)
    if asked is None:
        return _asked(page)
    try:
        body = page.typed.read(IdentifierIn, case_number=asked.case_number)
        async with page.act() as act:
            added = await add_number(act.unit, page.parts, person_id, body)
            said = "号码已登记" if added.is_new else "这个号码本来就属于此人，没有重复登记"
            if body.former is not None:
                said += "，原号码已停用"
            act.go("/office/persons", said=said)
    except NotFound:
        raise
    except RegistryError as refusal:
        return await _again(page, person_id, asked, refusal)
    return page.go(act)


@router.post("/office/persons/{person_id}/merge")
async def compare_page(page: PageOf, person_id: UUID) -> Response:
    """Both persons beside each other, and what would be joined, before anything is proposed."""
    asked = look_of(page)
    if asked is None:
        return _asked(page)
    try:
        body = page.typed.read(OtherNumberIn)
        async with page.writing() as unit:
            other = await _other(page, unit, person_id, body.identity_number, asked)
    except RegistryError as refusal:
        return await _again(page, person_id, asked, refusal)
    return await _compared(page, person_id, other, asked)


async def _other(page: Page, unit: Unit, person_id: UUID, number: str, asked: LookIn) -> UUID:
    found = await find_person_by_number(
        unit,
        page.parts.keys,
        number=checked_number(number, unit),
        purpose=Purpose.IDENTITY_MAINTENANCE,
        case_number=asked.case_number,
    )
    if found is None:
        raise Refused([_NOBODY])
    if person_id in found.group:
        raise InvalidInput(
            [
                Reason(
                    code="persons_already_one",
                    field="identity_number",
                    message="这个号码已经是本页这个人的（含已合并的编号）",
                    remedy="无需合并；请填写另一人的号码",
                )
            ]
        )
    return found.person_id


@router.post("/office/persons/{person_id}/merge/{other_id}")
async def propose_merge_page(page: PageOf, person_id: UUID, other_id: UUID) -> Response:
    """提出合并; a second officer decides."""
    asked = look_of(page)
    if asked is None:
        return _asked(page)
    try:
        body = page.typed.read(JoinIn)
        merged, kept = (other_id, person_id) if body.keep is Keep.THIS else (person_id, other_id)
        async with page.act() as act:
            proposed = await propose_merge(
                act.unit,
                person_id=merged,
                survivor_id=kept,
                reason=body.reason,
                case_number=asked.case_number,
            )
            act.go(f"/office/persons/merges/{proposed.alias_id}", said="已提出合并，等待第二人复核")
    except RegistryError as refusal:
        return await _compared(page, person_id, other_id, asked, refusal)
    return page.go(act)


async def _compared(
    page: Page, person_id: UUID, other_id: UUID, asked: LookIn, refusal: RegistryError | None = None
) -> Response:
    """The look is one of identity maintenance, whatever the person was looked up for."""
    async with page.writing() as unit:
        both = await shown_sides(
            page, unit, person_id=person_id, survivor_id=other_id, case_number=asked.case_number
        )
        _, impossible = await read_merge_facts(
            unit, person_id=person_id, survivor_id=other_id, case_number=asked.case_number
        )
    return page.show(
        "officer/merge_proposal.html",
        refusal=refusal,
        labels=_LABELS,
        asked=LookIn(purpose=Purpose.IDENTITY_MAINTENANCE, case_number=asked.case_number),
        both=both,
        impossible=impossible,
        day_of=day_of,
        action=f"/office/persons/{person_id}/merge/{other_id}",
    )


async def _again(page: Page, person_id: UUID, asked: LookIn, refusal: RegistryError) -> Response:
    """The person once more, with what stands against the form; a look of its own."""
    async with page.writing() as unit:
        person = await find_person_by_id(
            unit,
            page.parts.keys,
            person_id=person_id,
            purpose=asked.purpose,
            case_number=asked.case_number,
        )
    if person is None:
        raise NotFound
    return _person(page, person, asked, refusal=refusal)


def _person(
    page: Page,
    person: KnownPerson,
    asked: LookIn,
    *,
    name: str | None = None,
    refusal: RegistryError | None = None,
) -> Response:
    shown = PersonOut.of(person, name)
    return page.show(
        "officer/person.html",
        refusal=refusal,
        labels=_LABELS,
        asked=asked,
        person=shown,
        ending=_FORMER,
        in_use=[
            (each.identifier_id, f"{each.kind_label} {each.masked_number}")
            for each in shown.identifiers
            if each.person_id == shown.person_id and each.ended_at is None
        ],
    )


def _asked(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/persons.html",
        refusal=refusal,
        labels=_LABELS,
        purposes=purposes(Purpose.IDENTITY_MAINTENANCE, Purpose.COMPLAINT, Purpose.INSPECTION),
    )
