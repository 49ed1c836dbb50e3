"""Sign a commitment (告知承诺) with the claims of a class: the text is stored with each, and its check is owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Refused
from app.subsidies.commitments.queries import promised_class, read_credit
from app.subsidies.commitments.rules import (
    CommitmentText,
    SignedCommitment,
    check_due_on,
    credit_of,
    reasons_against_promising,
    reasons_against_text,
    text_for,
)
from app.subsidies.entitlements.states import CreditTier

_STORE = text("""
    INSERT INTO claim_commitment (person_id, claim_id, version, digest, content, credit, fee_fen, committed_by,
      check_due_on)
    SELECT person_id, claim_id, :version, :digest, :content, :credit, :fee_fen, :actor, :due_on
    FROM unnest(CAST(:persons AS uuid[]), CAST(:claims AS uuid[])) AS filed (person_id, claim_id)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A commitment that may stand, not yet stored."""

    text: CommitmentText
    fee_fen: int | None
    credit: CreditTier
    check_due_on: date


async def check_commitment(
    unit: Unit, signed: SignedCommitment, *, opening_id: UUID, division: str | None
) -> Promise:
    """Before anything is filed. Raises NotFound, ``Refused`` with every reason why it cannot stand."""
    promised = await promised_class(unit, opening_id)
    credit = await read_credit(unit, unit.actor.institution())
    payer = division or promised.division_code
    expected = text_for(promised, signed.fee_fen)
    reasons = (
        *reasons_against_promising(promised, credit, division=payer, today=unit.today),
        *reasons_against_text(expected, signed),
    )
    if reasons:
        raise Refused(reasons)
    return Promise(
        text=expected,
        fee_fen=signed.fee_fen,
        credit=credit_of(credit, unit.today, payer),
        check_due_on=check_due_on(unit.today, promised.ends_on, payer),
    )


async def sign_commitments(unit: Unit, promise: Promise, filed: Sequence[tuple[UUID, UUID]]) -> None:
    """Store it with each claim just filed, ``(person_id, claim_id)``, in the same transaction."""
    if not filed:
        return
    await unit.session.execute(
        _STORE,
        {
            "version": promise.text.version,
            "digest": promise.text.digest,
            "content": promise.text.text,
            "credit": promise.credit,
            "fee_fen": promise.fee_fen,
            "actor": unit.actor.principal_id,
            "due_on": promise.check_due_on,
            "persons": [person for person, _ in filed],
            "claims": [claim for _, claim in filed],
        },
    )
    for _, claim in filed:
        await record_event(
            unit,
            "claim:committed",
            subject_kind="claim",
            subject_id=claim,
            details={"version": promise.text.version, "credit": promise.credit.value},
        )
