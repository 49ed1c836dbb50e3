"""Issue vouchers (职业培训券) to persons of the registry, answered line by line."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.add_identifier import NAME_PURPOSE
from app.identity.persons.actions.register_persons import NUMBER_PURPOSE
from app.kernel.errors import NotFound, Reason, Refused
from app.kernel.identifiers import IdentityNumber
from app.kernel.names import normalize_name
from app.reference.divisions import covers
from app.subsidies.vouchers.rules import ISSUE_REASONS, last_day, reasons_against_issuing, voucher_number
from app.subsidies.vouchers.states import IssueOutcome

_SERIALS = text("SELECT nextval('voucher_serial') FROM generate_series(1, :count)")
_ISSUE = text("""
    SELECT ordinal, outcome FROM issue_vouchers(:actor, :agency, :request, :division, :line, :amount_fen, :valid_until,
      :document, CAST(:holders AS jsonb)) ORDER BY ordinal
""")


@dataclass(frozen=True, slots=True)
class Holder:
    """To whom one is issued."""

    number: IdentityNumber = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """What became of one holder; ``line`` counts from 1. ``voucher_id`` and ``number`` only when issued."""

    line: int
    outcome: IssueOutcome
    voucher_id: UUID | None
    voucher_number: str | None

    @property
    def reason(self) -> Reason | None:
        """Why none was issued."""
        found = ISSUE_REASONS.get(self.outcome)
        return None if found is None else replace(found, line=self.line)


async def issue_vouchers(
    unit: Unit,
    keys: KeyRing,
    *,
    division_code: str,
    benefit_line: str | None,
    amount_fen: int,
    valid_until: date | None,
    document_number: str,
    holders: Sequence[Holder],
) -> tuple[IssuedLine, ...]:
    """Raises NotFound outside the area, Refused when face or validity are out of bounds."""
    if not covers(unit.actor.division_code or "", division_code, unit.today):
        raise NotFound
    reasons = reasons_against_issuing(
        amount_fen=amount_fen, valid_until=valid_until, today=unit.today, division=division_code
    )
    if reasons:
        raise Refused(reasons)
    serials = list(await unit.session.scalars(_SERIALS, {"count": len(holders)}))
    made = [(uuid7(), voucher_number(division_code, unit.today.year, serial)) for serial in serials]
    lines = [
        {
            "ordinal": place,
            "voucher_id": str(voucher_id),
            "number": number,
            "numbers": [
                digest.hex() for _, digest in keys.digests(holder.number.number, purpose=NUMBER_PURPOSE)
            ],
            "names": [
                digest.hex() for _, digest in keys.digests(normalize_name(holder.name), purpose=NAME_PURPOSE)
            ],
        }
        for place, (holder, (voucher_id, number)) in enumerate(zip(holders, made, strict=True), start=1)
    ]
    rows = await unit.session.execute(
        _ISSUE,
        {
            "actor": unit.actor.principal_id,
            "agency": unit.actor.agency(),
            "request": unit.actor.request_id,
            "division": division_code,
            "line": benefit_line,
            "amount_fen": amount_fen,
            "valid_until": valid_until or last_day(unit.today, division_code),
            "document": document_number,
            "holders": orjson.dumps(lines).decode(),
        },
    )
    issued = tuple(_line(row.ordinal, IssueOutcome(row.outcome), made) for row in rows)
    count = sum(each.outcome is IssueOutcome.ISSUED for each in issued)
    details = {"document_number": document_number, "issued": count, "not_issued": len(issued) - count}
    await record_event(
        unit, "voucher:issued", subject_kind="division", subject_id=division_code, details=details
    )
    for each in issued:
        if each.voucher_id is not None:
            await announce(unit, "voucher.issued", {"voucher_id": str(each.voucher_id)})
    return issued


def _line(ordinal: int, outcome: IssueOutcome, made: list[tuple[UUID, str]]) -> IssuedLine:
    voucher_id, number = made[ordinal - 1]
    if outcome is not IssueOutcome.ISSUED:
        return IssuedLine(ordinal, outcome, None, None)
    return IssuedLine(ordinal, outcome, voucher_id, number)
