"""Certificates of a class: how each trainee's stands with the network, and reporting those that are missing."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.certificate_shapes import LineCertificateIn, TraineeCertificateOut
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.queries.own import certificates_of_opening, persons_of_lines
from app.archive.certificates.rules.submitting import reasons_against_submitting
from app.archive.certificates.states import KIND_LABELS, CertificateKind, CertificateSource
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.portals.institution.opening_view import class_in_sight
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.training.rosters.queries import list_own_lines
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

SHARED = ("kind", "skill_level", "body_name", "issued_on", "trade_name")
"""What a class's certificates have in common; each trainee has a number of their own."""
_LABELS = {
    "kind": "证书种类",
    "skill_level": "等级",
    "body_name": "核发机构",
    "issued_on": "核发日期",
    "trade_name": "工种",
    "lines": "证书编号",
    "lines.*.certificate_number": "证书编号",
}
_OURS = frozenset({CertificateKind.TRAINING_COMPLETION})
"""What the registry issues itself at closing."""
_LINES_MAX = 500


@router.get("/institution/openings/{opening_id}/certificates")
async def list_certificates_page(page: PageOf, opening_id: UUID) -> Response:
    """Trainee by trainee; certificates that are no matter of this class are not shown."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        keys, institution = page.parts.keys, unit.actor.institution()
        own = await certificates_of_opening(unit, keys, opening_id, institution)
        shown = [TraineeCertificateOut.of_trainee(each, unit.today) for each in own]
        people = await _people(unit, page, opening_id)
    names = dict(people)
    return page.show(
        "institution/certificates.html",
        summary=summary,
        certificates=[(names.get(each.line_id, ""), each) for each in shown],
        without=[name for line_id, name in people if line_id not in _reported(shown)],
        waiting=sum(each.last_confirmed_at is None for each in shown if each.kind not in _OURS),
        has_people=bool(people),
    )


@router.get("/institution/openings/{opening_id}/certificates/new")
async def ask_certificates(page: PageOf, opening_id: UUID) -> Response:
    """What the certificates have in common, and a number for each trainee."""
    return await _form(page, opening_id)


@router.post("/institution/openings/{opening_id}/certificates")
async def submit_certificates_page(page: PageOf, opening_id: UUID) -> Response:
    """Every defect at once; the network is asked about those that were taken in."""
    try:
        async with page.act() as act:
            await class_in_sight(act.unit, opening_id)
            submissions = await _submissions(act.unit, page, opening_id)
            done = await submit_certificates(
                act.unit, page.parts.keys, CertificateSource.INSTITUTION, submissions
            )
            fresh = sum(each.is_new for each in done)
            same = f"，{len(done) - fresh}本原来就登记过" if fresh < len(done) else ""
            act.go(
                f"/institution/openings/{opening_id}/certificates",
                said=f"已登记{fresh}本证书，正在向评价工作网查验{same}",
            )
    except RegistryError as refusal:
        return await _form(page, opening_id, refusal)
    return page.go(act)


async def _submissions(unit: Unit, page: Page, opening_id: UUID) -> list[Submission]:
    """The rows that have a number. Raises InvalidInput with every defect of every row."""
    people = [line_id for line_id, _ in await _people(unit, page, opening_id)]
    shared = [(name, page.typed[name]) for name in SHARED]
    given: dict[int, LineCertificateIn] = {}
    reasons: dict[tuple[str, str | None], Reason] = {}
    for place, line_id in enumerate(people):
        number = page.typed[f"lines.{place}.certificate_number"]
        if not number:
            continue
        row = Typed([*shared, ("certificate_number", number)])
        try:
            given[place] = row.read(LineCertificateIn, line_id=line_id)
        except InvalidInput as refused:
            _gather(reasons, refused.reasons, place)
            continue
        found = reasons_against_submitting(given[place].claim(), today=unit.today, known=occupations().get())
        _gather(reasons, found, place)
    if not given and not reasons:
        raise InvalidInput([_nothing_typed])
    if reasons:
        raise InvalidInput(list(reasons.values()))
    lines = [line.line_id for line in given.values()]
    persons = await persons_of_lines(unit, opening_id, unit.actor.institution(), lines)
    if set(lines) - set(persons):
        raise NotFound
    return [Submission(persons[line.line_id], line.claim()) for line in given.values()]


def _gather(reasons: dict[tuple[str, str | None], Reason], found: Sequence[Reason], place: int) -> None:
    """What is wrong with the number stands beside it; what is shared is said once."""
    for reason in found:
        is_own = reason.field not in SHARED
        field = f"lines.{place}.certificate_number" if is_own else reason.field
        reasons.setdefault((reason.code, field), replace(reason, field=field))


def _reported(shown: Sequence[TraineeCertificateOut]) -> set[UUID]:
    """Lines with a certificate that was not issued by the registry itself."""
    return {each.line_id for each in shown if each.kind not in _OURS}


async def _people(unit: Unit, page: Page, opening_id: UUID) -> list[tuple[UUID, str]]:
    """Line and name of each trainee, in the order of the roster."""
    found = await list_own_lines(
        unit, page.parts.keys, opening_id, cursor=None, limit=_LINES_MAX, with_withdrawn=False
    )
    return [(line.line_id, line.claim.name) for line in found.items]


async def _form(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        people = await _people(unit, page, opening_id)
        own = await certificates_of_opening(unit, page.parts.keys, opening_id, unit.actor.institution())
        reported = _reported([TraineeCertificateOut.of_trainee(each, unit.today) for each in own])
    return page.show(
        "institution/certificate_form.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        people=[(place, name, line_id in reported) for place, (line_id, name) in enumerate(people)],
        kinds=[(kind.value, word) for kind, word in KIND_LABELS.items() if kind not in _OURS],
        levels=[(level.value, facts_of(level).name) for level in SkillLevel],
    )


_nothing_typed = Reason(
    code="nothing_delivered",
    field="lines",
    message="没有填写证书编号",
    remedy="请至少填写一名学员的证书编号；没有证书的学员留空",
)
