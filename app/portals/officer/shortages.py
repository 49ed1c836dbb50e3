"""紧缺急需职业目录 of a province: what is listed now, a list recorded as it was published, an occupation taken off."""

import re
from dataclasses import replace

from starlette.responses import Response

from app.api.v1.shortage_occupations import ShortageEndIn, ShortageListIn, ShortageOut
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.policy import queries
from app.policy.actions.end_shortage import end_shortage
from app.policy.actions.record_shortages import record_shortages
from app.portals.officer.chosen import option, read_chosen
from app.portals.public.naming import Names
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 100
_LABELS = {
    "division_code": "省（自治区、直辖市）",
    "document_number": "公布目录的文号",
    "starts_on": "自",
    "ends_before": "截止日的次日",
    "codes": "职业编码",
    "occupation_edition": "职业分类大典版本",
    "line": "哪个职业",
}
_BETWEEN = re.compile(r"[\s,，、;；]+")
_CODE = re.compile(r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}")


@router.get("/office/directory/shortages")
async def list_shortages_page(page: PageOf, cursor: str | None = None) -> Response:
    """What holds in the area today, the province's list included."""
    return await _show(page, cursor)


@router.post("/office/directory/shortages")
async def record_shortages_page(page: PageOf) -> Response:
    """All occupations of one document together, or none."""
    try:
        content = _given(page.typed)
        async with page.act() as act:
            lines = await record_shortages(
                act.unit,
                division_code=content.division_code,
                listed=[(each.occupation_edition, each.occupation_code) for each in content.occupations],
                starts_on=content.starts_on,
                ends_before=content.ends_before,
                document_number=content.document_number,
            )
            act.go("/office/directory/shortages", said=f"已登记{len(lines)}个职业")
    except RegistryError as refusal:
        return await _show(page, None, _placed(refusal))
    return page.go(act)


@router.post("/office/directory/shortages/end")
async def end_shortage_page(page: PageOf) -> Response:
    """Not backwards: what was certified and taught before keeps the list of its day."""
    try:
        names = ("division_code", "occupation_edition", "occupation_code")
        content = read_chosen(page, "line", names, ShortageEndIn)
        async with page.act() as act:
            await end_shortage(act.unit, **content.model_dump())
            act.go("/office/directory/shortages", said="已定于该日移出目录")
    except RegistryError as refusal:
        return await _show(page, None, refusal)
    return page.go(act)


def _given(typed: Typed) -> ShortageListIn:
    """As the API takes it: every code that was written, of the edition that was named."""
    edition = typed["occupation_edition"]
    codes = [each for each in _BETWEEN.split(typed["codes"]) if each]
    malformed = [code for code in codes if not _CODE.fullmatch(code)]
    if malformed:
        raise InvalidInput([_malformed(code[:20]) for code in malformed])
    names = ("division_code", "document_number", "starts_on", "ends_before")
    return Typed([(name, typed[name]) for name in names]).read(
        ShortageListIn,
        occupations=[{"occupation_edition": edition, "occupation_code": code} for code in codes],
    )


def _malformed(code: str) -> Reason:
    return Reason(
        code="occupation_code_malformed",
        field="codes",
        message="职业编码格式不正确",
        remedy="职业编码形如 4-10-01-05，请照公布的文件核对",
        value=code,
    )


def _placed(refusal: RegistryError) -> RegistryError:
    """The same refusal, with members of the list at the one field in which they were written."""
    reasons = [
        replace(reason, field="codes")
        if (reason.field or "").startswith(("occupations", "occupation_code", "occupation_edition"))
        else reason
        for reason in refusal.reasons
    ]
    return type(refusal)(reasons, title=refusal.title)


async def _show(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await queries.shortages_on(
            unit.session,
            as_of=unit.today,
            division=unit.actor.division_code,
            cursor=cursor,
            limit=_PAGE,
        )
        names = Names(unit.today)
    rows = [ShortageOut.of(row) for row in found.items]
    named = [(row, *_named(names, row.benefit_line)) for row in rows]
    return page.show(
        "officer/shortages.html",
        refusal=refusal,
        labels=_LABELS,
        rows=named,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        endable=[
            (option(row.division_code, edition, code), f"{name}（{code}）")
            for row, edition, code, name in named
            if row.ends_before is None
        ],
    )


def _named(names: Names, line: str) -> tuple[str, str, str]:
    """Edition, code and name of a benefit line: the occupation that it was first."""
    edition, _, code = line.partition(":")
    return edition, code, names.occupation(int(edition), code)
