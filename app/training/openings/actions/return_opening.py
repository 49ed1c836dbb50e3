"""Returning a filing (退回补正) with all its defects at once (一次性告知)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import InvalidInput, Reason, Refused
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.filing import read_filing_case
from app.training.openings.queries.lists import last_filing
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.rules.review import reasons_against_review
from app.training.openings.states import OpeningState

_RETURN = text("""
    INSERT INTO opening_return (opening_id, filing_no, reasons, returned_by)
    VALUES (:opening_id, :filing_no, CAST(:reasons AS jsonb), :actor)
""")


@dataclass(frozen=True, slots=True)
class Defect:
    """What an officer found wrong, and with which part."""

    part: str
    code: str
    message: str


_NOTHING_FOUND = Reason(
    code="defects_missing",
    field="reasons",
    message="没有写明任何问题，规则也没有查出缺项",
    remedy="请写明至少一项问题；没有问题的请备案",
)


def defects_by_rule(reasons: Iterable[Reason]) -> list[Defect]:
    """What the rules find wrong, as it is told."""
    return [
        Defect((reason.field or "").split(".")[-1] or "other", reason.code, reason.message)
        for reason in reasons
    ]


def told_at_once(by_officer: Sequence[Defect], by_rule: Sequence[Defect]) -> list[Defect]:
    """What the officer wrote, then what the rules find beyond it.

    An officer may put a defect of the rules into other words, one for one; leaving it out does not take it away.
    """
    reworded = Counter(defect.code for defect in by_officer)
    told = list(by_officer)
    for defect in by_rule:
        if reworded[defect.code] > 0:
            reworded[defect.code] -= 1
        else:
            told.append(defect)
    return told


async def return_opening(unit: Unit, *, opening_id: UUID, defects: Sequence[Defect]) -> None:
    """Give a filing back. What the rules find wrong by now is added to what the officer found, so that the
    institution is told everything in one answer. Raises NotFound outside the officer's area, Refused unless filed.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    refusal = reasons_against_review(OpeningState(row.state))
    if refusal:
        raise Refused(refusal)
    filing = await last_filing(unit.session, row)
    case = await read_filing_case(unit, row, filed_at=filing.filed_at)
    found = told_at_once(defects, defects_by_rule(reasons_against_filing(case.facts)))
    if not found:
        raise InvalidInput([_NOTHING_FOUND])
    await unit.session.execute(
        _RETURN,
        {
            "opening_id": opening_id,
            "filing_no": filing.filing_no,
            "reasons": orjson.dumps([asdict(defect) for defect in found]).decode(),
            "actor": unit.actor.principal_id,
        },
    )
    await next_version(unit, row, state=OpeningState.RETURNED)
    details = {"filing_no": filing.filing_no, "defects": len(found)}
    await record_event(
        unit, "opening:returned", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:returned", {"opening_id": str(opening_id), **details})
