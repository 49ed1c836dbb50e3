"""Submit claims (申领): one, or those of a whole class, each line with an answer of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Reason
from app.subsidies.claims.rules.notices import claim_number
from app.subsidies.claims.rules.outcomes import reason_of
from app.subsidies.claims.states import PAYEES_OF, SubmitOutcome
from app.subsidies.entitlements.states import BenefitKind, PayeeKind

_SERIALS = text("SELECT nextval('claim_serial') FROM generate_series(1, :count)")
_SUBMIT = text("SELECT ordinal, outcome FROM submit_claims(:actor, :batch, CAST(:lines AS jsonb))")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLine:
    """One claim as it goes to the door; ``entry_on`` chooses the version of the policy.

    ``payee_institution_id`` is set exactly for institutions and employers.
    """

    person_id: UUID
    entry_id: UUID
    kind: BenefitKind
    entry_on: date
    division: str
    payee: PayeeKind
    account_id: UUID | None = None
    payee_institution_id: UUID | None = None
    voucher_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a line: the claim with its number, or the reason why there is none."""

    outcome: SubmitOutcome
    claim_id: UUID | None = None
    claim_number: str | None = None
    reason: Reason | None = None


async def submit_claims(
    unit: Unit, lines: Sequence[ClaimLine], *, batch_id: UUID | None = None
) -> list[Submitted]:
    """Key, yearly slot and claim of each line are taken together by the door, or nothing of it.

    Answers stand in the order of ``lines``. A rival on the same place makes the whole batch busy (503).
    """
    sent = await _sent(unit, [line for line in lines if line.payee in PAYEES_OF[line.kind]])
    outcomes: dict[int, str] = {}
    if sent:
        rows = await unit.session.execute(
            _SUBMIT,
            {"actor": unit.actor.principal_id, "batch": batch_id, "lines": orjson.dumps(sent).decode()},
        )
        outcomes = {row.ordinal: row.outcome for row in rows}
    answers = []
    asked = enumerate(sent, start=1)
    for line in lines:
        if line.payee not in PAYEES_OF[line.kind]:
            answers.append(_refused(line, SubmitOutcome.PAYEE_NOT_ALLOWED))
            continue
        place, document = next(asked)
        outcome = SubmitOutcome(outcomes[place])
        if outcome is not SubmitOutcome.SUBMITTED:
            answers.append(_refused(line, outcome))
            continue
        answers.append(Submitted(outcome, UUID(document["claim_id"]), document["claim_number"]))
        await _tell(unit, document, batch_id)
    return answers


async def _sent(unit: Unit, lines: Sequence[ClaimLine]) -> list[dict[str, Any]]:
    """The lines as the door reads them, each with a fresh id and number."""
    serials = (await unit.session.scalars(_SERIALS, {"count": len(lines)})).all()
    return [
        {
            "person_id": str(line.person_id),
            "claim_id": str(uuid7()),
            "claim_number": claim_number(line.division, unit.today.year, serial),
            "kind": line.kind.value,
            "entry_id": str(line.entry_id),
            "division_code": line.division,
            "payee_kind": line.payee.value,
            "account_id": _text(line.account_id),
            "payee_institution_id": _text(line.payee_institution_id),
            "voucher_id": _text(line.voucher_id),
        }
        for line, serial in zip(lines, serials, strict=True)
    ]


def _refused(line: ClaimLine, outcome: SubmitOutcome) -> Submitted:
    reason = reason_of(outcome, line.kind, entry_on=line.entry_on, division=line.division)
    return Submitted(outcome, reason=reason)


async def _tell(unit: Unit, line: dict[str, Any], batch_id: UUID | None) -> None:
    await record_event(
        unit,
        "claim:submitted",
        subject_kind="claim",
        subject_id=str(line["claim_id"]),
        details={"kind": line["kind"], "division": line["division_code"], "batch": _text(batch_id)},
    )
    await announce(
        unit, "claim.submitted", {"claim_id": line["claim_id"], "claim_number": line["claim_number"]}
    )


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
