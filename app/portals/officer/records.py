"""档案: an officer looks up the entries of a person or one by its number, and proposes to correct what is wrong."""

from dataclasses import replace

from starlette.responses import Response

from app.api.v1.claim_shapes import RecordNumber
from app.api.v1.record_shapes import EntryOut, EntryReadIn, LookupIn, RecordCorrectionIn, SubjectIn
from app.api.v1.records import RecordNumberPath, look_up_for, read_record
from app.archive.records.actions.propose_correction import propose_correction
from app.archive.records.states import EntryState, Purpose
from app.kernel.errors import InvalidInput, NotFound, Reason, Refused, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of, purposes
from app.reference.divisions import covers
from app.reference.skill_levels import all_levels
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

LABELS_OF_CHANGES = {
    "kind": "更正方式",
    "reason": "理由",
    "changes.program_name": "项目名称",
    "changes.starts_on": "开始日期",
    "changes.ends_on": "结束日期",
    "changes.credited_minutes": "认定分钟数",
    "changes.score_hundredths": "成绩（百分之一分）",
}
_LABELS = {
    **LABELS,
    **LABELS_OF_CHANGES,
    "identity_number": "身份证件号码",
    "name": "姓名",
    "record_number": "档案编号",
}
_NOT_THERE = Reason(
    code="record_unknown",
    field="record_number",
    message="没有这条档案，或不在您可以查看的范围",
    remedy="请核对编号；只有审核权限的，可以为更正查看本辖区的档案",
)


class PersonLookIn(LookIn, SubjectIn):
    """One person's entries: whose, why, for which case."""


class NumberLookIn(LookIn):
    """One entry by its number."""

    record_number: RecordNumber


@router.get("/office/records")
async def ask_records_page(page: PageOf) -> Response:
    """Whose entries, or which one; and why."""
    return _asked(page)


@router.post("/office/records/person")
async def find_records_page(page: PageOf) -> Response:
    """All entries of one person, shown once. Nobody, and somebody of another name, are the same answer."""
    try:
        body = page.typed.read(PersonLookIn)
        asked = LookIn(purpose=body.purpose, case_number=body.case_number)
        subject = SubjectIn(identity_number=body.identity_number, name=body.name)
        found = await look_up_for(
            page.me, LookupIn(**asked.model_dump(), subjects=[subject]), page.writing, page.parts
        )
    except RegistryError as refusal:
        return _asked(page, _told_of_one(refusal))
    answer = found.items[0]
    return page.show(
        "officer/records_found.html",
        asked=asked,
        name=body.name,
        masked_number=answer.masked_number,
        entries=answer.entries,
    )


def _told_of_one(refusal: RegistryError) -> RegistryError:
    """What the API says of the first of several persons, said of the one."""
    if not isinstance(refusal, InvalidInput):
        return refusal
    return InvalidInput(
        [
            replace(each, field=(each.field or "").removeprefix("subjects.0.") or None)
            for each in refusal.reasons
        ]
    )


@router.post("/office/records/read")
async def read_record_page(page: PageOf) -> Response:
    """One entry; whoever may propose a correction finds the form for it below."""
    try:
        body = page.typed.read(NumberLookIn)
        asked = LookIn(purpose=body.purpose, case_number=body.case_number)
        return await _entry(page, body.record_number, asked)
    except NotFound:
        return _asked(page, Refused([_NOT_THERE]))
    except RegistryError as refusal:
        return _asked(page, refusal)


@router.post("/office/records/{record_number}/correct")
async def propose_correction_page(page: PageOf, record_number: RecordNumberPath) -> Response:
    """提出更正或撤销: the entry stays as it is until a second officer has agreed."""
    asked = look_of(page)
    if asked is None:
        return _asked(page)
    try:
        body = page.typed.read(RecordCorrectionIn, case_number=asked.case_number)
        async with page.act() as act:
            await propose_correction(
                act.unit,
                record_number=record_number,
                kind=body.kind,
                changes=body.changes.model_dump(exclude_none=True),
                reason=body.reason,
                case_number=body.case_number,
            )
            act.go("/office/record-corrections", said="已提出，等待第二人复核；原档案在复核前不变")
    except NotFound:
        raise
    except RegistryError as refusal:
        return await _entry(page, record_number, asked, refusal)
    return page.go(act)


async def _entry(
    page: Page, record_number: str, asked: LookIn, refusal: RegistryError | None = None
) -> Response:
    async with page.writing() as unit:
        entry = await read_record(record_number, EntryReadIn(**asked.model_dump()), unit)
        today = unit.today
    own = page.me.division_code or ""
    return page.show(
        "officer/record.html",
        refusal=refusal,
        labels=_LABELS,
        asked=asked,
        entry=entry,
        levels={facts.level.value: facts.name for facts in all_levels()},
        may_correct=_may_correct(page, entry),
        is_own_area=covers(own, entry.division_code, today),
    )


def _may_correct(page: Page, entry: EntryOut) -> bool:
    may = page.may("POST", "/office/records/{record_number}/correct")
    return may and entry.state is EntryState.IN_FORCE


def _asked(page: Page, refusal: RegistryError | None = None) -> Response:
    may_find = page.may("POST", "/office/records/person")
    every = (Purpose.RECORD_CORRECTION, Purpose.COMPLAINT, Purpose.INSPECTION, Purpose.SUBSIDY_REVIEW)
    return page.show(
        "officer/records.html",
        refusal=refusal,
        labels=_LABELS,
        may_find=may_find,
        of_numbers=purposes(*(every if may_find else every[:1])),
        of_persons=purposes(*every),
        typed=page.typed or Typed(),
    )
