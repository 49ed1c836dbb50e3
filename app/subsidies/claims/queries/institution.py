"""Claims from an institution's side: which of its entries are claimed on, and how one of its claims went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.subsidies.claims.states import ENTRY_KIND_OF, ClaimState
from app.subsidies.entitlements.states import BenefitKind, PayeeKind

ENTRIES_MAX = 1000
"""How many entries of one class or listing are looked at; a roster holds fewer."""
_OURS = """(own.payee_institution_id = :institution_id
      OR own.submitted_by = ANY (ARRAY(SELECT principal_id FROM principal WHERE institution_id = :institution_id)))"""
_ENTRIES = """
  SELECT entry.person_id, entry.record_number, entry.kind AS entry_kind, entry.ends_on,
    held.claim_id, held.claim_number, held.state, held.payee_kind
  FROM record_entry AS entry
  LEFT JOIN LATERAL (
    SELECT own.claim_id, own.claim_number, own.state, own.payee_kind FROM claim AS own
    WHERE own.person_id = entry.person_id AND own.entry_id = entry.entry_id AND {ours}
    ORDER BY own.submitted_at DESC, own.claim_id DESC LIMIT 1
  ) AS held ON true
  WHERE entry.institution_id = :institution_id AND {subject}
    AND entry.revoked_at IS NULL AND entry.superseded_at IS NULL
  ORDER BY entry.record_number LIMIT :most
"""
_OF_CLASS = text(_ENTRIES.format(ours=_OURS, subject="entry.opening_id = :asked"))
_OF_LISTING = text(_ENTRIES.format(ours=_OURS, subject="entry.listing_id = :asked"))
_BACKGROUND = text(f"""
  SELECT entry.opening_id, entry.listing_id, class.name AS opening_name, voucher.voucher_number,
    supplement.requests, supplement.due_on, supplement.requested_at, supplement.answered_at, supplement.answer,
    own.payee_institution_id IS NOT NULL AS is_payee,
    coalesce((SELECT jsonb_agg(jsonb_build_object('moved_at', move.moved_at, 'from_state', move.from_state,
        'to_state', move.to_state, 'round', move.round) ORDER BY move.moved_at, move.move_id)
      FROM claim_move AS move WHERE move.person_id = own.person_id AND move.claim_id = own.claim_id), '[]') AS moves
  FROM claim AS own
  JOIN record_entry AS entry ON entry.person_id = own.person_id AND entry.entry_id = own.entry_id
  LEFT JOIN course_opening AS class ON class.opening_id = entry.opening_id
  LEFT JOIN voucher ON voucher.person_id = own.person_id AND voucher.voucher_id = own.voucher_id
  LEFT JOIN claim_supplement AS supplement
    ON supplement.person_id = own.person_id AND supplement.claim_id = own.claim_id
  WHERE own.claim_id = :claim_id AND {_OURS}
""")  # noqa: S608 - pieces are ours
_NOTICE = text(f"""
  SELECT told.notice_number, told.kind, told.issued_at, told.reasons, told.remedies, own.claim_number,
    own.kind AS benefit, agency.name AS agency,
    (SELECT name FROM training_institution WHERE institution_id = :institution_id) AS institution_name,
    CASE WHEN told.kind = 'approval' THEN (SELECT approval.amount_fen FROM claim_approval AS approval
      WHERE approval.person_id = own.person_id AND approval.claim_id = own.claim_id
        AND approval.decision = 'approved' AND approval.approved_at <= told.issued_at
      ORDER BY approval.round DESC LIMIT 1) END AS amount_fen
  FROM decision_notice_number AS numbered
  JOIN decision_notice AS told ON told.person_id = numbered.person_id AND told.notice_id = numbered.notice_id
  JOIN claim AS own ON own.person_id = told.person_id AND own.claim_id = told.claim_id
  LEFT JOIN principal AS officer ON officer.principal_id = told.issued_by
  LEFT JOIN agency ON agency.agency_id = officer.agency_id
  WHERE numbered.notice_number = :number AND own.claim_id = :claim_id AND {_OURS}
""")  # noqa: S608 - pieces are ours
_APPEALS = text(f"""
  SELECT asked.appeal_id, asked.channel, asked.round, asked.filed_at, asked.outcome, asked.decided_at,
    filer.institution_id = :institution_id IS TRUE AS is_ours,
    CASE WHEN filer.institution_id = :institution_id THEN asked.grounds END AS grounds,
    CASE WHEN filer.institution_id = :institution_id THEN asked.outcome_reason END AS outcome_reason
  FROM claim AS own
  JOIN claim_appeal AS asked ON asked.person_id = own.person_id AND asked.claim_id = own.claim_id
  JOIN principal AS filer ON filer.principal_id = asked.filed_by
  WHERE own.claim_id = :claim_id AND {_OURS} ORDER BY asked.filed_at, asked.appeal_id
""")  # noqa: S608 - pieces are ours
_WAITING = text(f"""
  SELECT own.claim_id, own.claim_number, own.kind, own.state, supplement.due_on
  FROM claim AS own
  LEFT JOIN claim_supplement AS supplement
    ON supplement.person_id = own.person_id AND supplement.claim_id = own.claim_id AND supplement.answered_at IS NULL
  WHERE own.state IN ('supplement_requested', 'failed') AND {_OURS}
  ORDER BY supplement.due_on NULLS LAST, own.claim_id LIMIT :most
""")  # noqa: S608 - pieces are ours
_WITH_VOUCHER = text("""
  SELECT own.claim_id, own.claim_number, own.state, own.submitted_at, voucher.voucher_number, voucher.amount_fen
  FROM claim AS own JOIN voucher ON voucher.person_id = own.person_id AND voucher.voucher_id = own.voucher_id
  WHERE own.payee_institution_id = :institution_id AND own.voucher_id IS NOT NULL
  ORDER BY own.submitted_at DESC, own.claim_id DESC LIMIT :most
""")
_KIND_OF_ENTRY = {entry.value: benefit for benefit, entry in ENTRY_KIND_OF.items()}
_GIVEN_BACK = frozenset({ClaimState.NOT_ACCEPTED, ClaimState.REFUSED, ClaimState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimableEntry:
    """An entry in force of the institution's own, with the last claim on it that the institution knows of."""

    person_id: UUID
    record_number: str
    kind: BenefitKind
    ends_on: date
    claim_id: UUID | None
    claim_number: str | None
    state: ClaimState | None
    payee: PayeeKind | None

    @property
    def is_free(self) -> bool:
        """Whether nothing of ours stands in the way of claiming on it (the door knows the rest)."""
        return self.state is None or self.state in _GIVEN_BACK


async def entries_of_class(unit: Unit, opening_id: UUID) -> list[ClaimableEntry]:
    """What a class of the caller's institution led to."""
    return await _entries(unit, _OF_CLASS, opening_id)


async def entries_of_listing(unit: Unit, listing_id: UUID) -> list[ClaimableEntry]:
    """What a confirmed listing of the caller's enterprise led to."""
    return await _entries(unit, _OF_LISTING, listing_id)


async def background_of(unit: Unit, claim_id: UUID) -> Row[Any]:
    """Class, voucher, 补正 and steps of a claim of the caller's institution. Raises NotFound."""
    asked = {"institution_id": unit.actor.institution(), "claim_id": claim_id}
    row = (await unit.session.execute(_BACKGROUND, asked)).one_or_none()
    if row is None:
        raise NotFound
    return row


async def told_notice(unit: Unit, claim_id: UUID, number: str) -> Row[Any]:
    """A notice about a claim of the caller's institution, with its claim and agency. Raises NotFound."""
    asked = {"institution_id": unit.actor.institution(), "claim_id": claim_id, "number": number}
    row = (await unit.session.execute(_NOTICE, asked)).one_or_none()
    if row is None:
        raise NotFound
    return row


async def appeals_of_claim(unit: Unit, claim_id: UUID) -> Sequence[Row[Any]]:
    """Appeals on a claim of the caller's institution, oldest first; what a person wrote stays the person's."""
    asked = {"institution_id": unit.actor.institution(), "claim_id": claim_id}
    return (await unit.session.execute(_APPEALS, asked)).all()


async def claims_to_act_on(unit: Unit, *, most: int) -> Sequence[Row[Any]]:
    """Claims that wait for the institution itself: papers to supply, an account to put right; the most urgent first."""
    asked = {"institution_id": unit.actor.institution(), "most": most}
    return (await unit.session.execute(_WAITING, asked)).all()


async def claims_with_voucher(unit: Unit, *, most: int) -> Sequence[Row[Any]]:
    """Claims that the caller's institution paid with vouchers, newest first; nothing of the holders."""
    asked = {"institution_id": unit.actor.institution(), "most": most}
    return (await unit.session.execute(_WITH_VOUCHER, asked)).all()


async def _entries(unit: Unit, query: Any, asked: UUID) -> list[ClaimableEntry]:
    given = {"institution_id": unit.actor.institution(), "asked": asked, "most": ENTRIES_MAX}
    return [
        ClaimableEntry(
            person_id=row.person_id,
            record_number=row.record_number,
            kind=_KIND_OF_ENTRY[row.entry_kind],
            ends_on=row.ends_on,
            claim_id=row.claim_id,
            claim_number=row.claim_number,
            state=None if row.state is None else ClaimState(row.state),
            payee=None if row.payee_kind is None else PayeeKind(row.payee_kind),
        )
        for row in await unit.session.execute(query, given)
    ]
