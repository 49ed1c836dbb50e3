"""Lists of claims: a citizen's own, an institution's, and an agency's work list; and the accounts money goes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.db.large_lists import plan_each
from app.kernel.clock import law_date, parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.claims.rules.steps import Decided, Standing
from app.subsidies.claims.states import ClaimState
from app.subsidies.claims.tables import InstitutionAccount, PayeeAccount
from app.subsidies.entitlements.states import BenefitKind

_COLUMNS = """
    held.person_id, held.claim_id, held.claim_number, held.kind, held.division_code, held.state, held.round,
    held.version, held.payee_kind, held.submitted_at, held.state_since, held.batch_id, entry.record_number,
    supplement.due_on AS supplement_due_on, supplement.answered_at IS NOT NULL AS supplement_answered,
    (SELECT approval.amount_fen FROM claim_approval AS approval
     WHERE approval.person_id = held.person_id AND approval.claim_id = held.claim_id AND approval.round = held.round
       AND approval.decision = 'approved') AS amount_fen
  FROM claim AS held
  JOIN record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
  LEFT JOIN claim_supplement AS supplement
    ON supplement.person_id = held.person_id AND supplement.claim_id = held.claim_id
"""
_OWN = text(f"""
  SELECT {_COLUMNS} WHERE held.person_id IN (SELECT person_group(:person_id))
    AND (CAST(:before AS timestamptz) IS NULL OR (held.submitted_at, held.claim_id) < (:before, :before_id))
  ORDER BY held.submitted_at DESC, held.claim_id DESC LIMIT :page
""")
_OF_INSTITUTION = text(f"""
  WITH ours AS MATERIALIZED (
    -- A page of each way in which a claim is the institution's, by its index; both ways are one claim.
    (SELECT paid.person_id, paid.claim_id FROM claim AS paid WHERE paid.payee_institution_id = :institution_id
       AND (CAST(:before AS timestamptz) IS NULL OR (paid.submitted_at, paid.claim_id) < (:before, :before_id))
     ORDER BY paid.submitted_at DESC, paid.claim_id DESC LIMIT :page)
    UNION
    SELECT part.person_id, part.claim_id FROM principal AS operator
    CROSS JOIN LATERAL (SELECT sent.person_id, sent.claim_id FROM claim AS sent
      WHERE sent.submitted_by = operator.principal_id
        AND (CAST(:before AS timestamptz) IS NULL OR (sent.submitted_at, sent.claim_id) < (:before, :before_id))
      ORDER BY sent.submitted_at DESC, sent.claim_id DESC LIMIT :page) AS part
    WHERE operator.institution_id = :institution_id
  )
  SELECT {_COLUMNS} JOIN ours ON ours.person_id = held.person_id AND ours.claim_id = held.claim_id
  ORDER BY held.submitted_at DESC, held.claim_id DESC LIMIT :page
""")  # noqa: S608 - columns are ours
_CHOSEN_OF_INSTITUTION = text(f"""
  SELECT {_COLUMNS} WHERE (held.payee_institution_id = :institution_id OR held.submitted_by IN (
      SELECT principal_id FROM principal WHERE institution_id = :institution_id))
    AND (CAST(:only AS uuid) IS NULL OR held.claim_id = :only)
    AND (CAST(:batch AS uuid) IS NULL OR held.batch_id = :batch)
    AND (CAST(:before AS timestamptz) IS NULL OR (held.submitted_at, held.claim_id) < (:before, :before_id))
  ORDER BY held.submitted_at DESC, held.claim_id DESC LIMIT :page
""")  # noqa: S608 - columns are ours
_WORK_LIST = text("""
  SELECT claim_id, claim_number, kind, division_code, state, round, version, payee_kind, submitted_at, state_since,
    batch_id, is_held, supplement_due_on, supplement_answered, amount_fen
  FROM claim_work_list(:prefix, CAST(:states AS text[]), CAST(:kinds AS text[]), CAST(:after AS timestamptz),
    CAST(:after_id AS uuid), :page)
""")
_ENTRIES = text("""
  SELECT numbered.record_number, entry.person_id, entry.entry_id, entry.division_code, entry.ends_on, entry.kind
  FROM record_number AS numbered
  JOIN record_entry AS entry ON entry.person_id = numbered.person_id AND entry.entry_id = numbered.entry_id
  WHERE entry.institution_id = :institution_id AND numbered.record_number = ANY (CAST(:numbers AS text[]))
""")
_OF_CLASS = text("""
  SELECT entry.record_number FROM record_entry AS entry
  WHERE entry.institution_id = :institution_id AND entry.opening_id = :opening_id AND entry.kind = :entry_kind
    AND entry.revoked_at IS NULL
    AND NOT EXISTS (SELECT FROM record_entry AS later
      WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id)
  ORDER BY entry.record_number LIMIT :most
""")
_NOTICES = text("""
  SELECT notice_number, kind, reasons, remedies, issued_at FROM decision_notice
  WHERE person_id = :person_id AND claim_id = :claim_id ORDER BY issued_at, notice_id
""")
_ACCOUNTS_OF_AREA = text("""
  SELECT account.* FROM institution_account AS account JOIN training_institution AS held USING (institution_id)
  WHERE starts_with(held.division_code, :prefix) AND account.ended_at IS NULL AND account.confirmed_at IS NULL
  ORDER BY account.recorded_at, account.account_id LIMIT 200
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedClaim:
    """A line of a list. ``is_held`` and ``amount_fen`` as far as whoever asks may know them."""

    person_id: UUID | None
    claim_id: UUID
    claim_number: str
    kind: BenefitKind
    division_code: str
    state: ClaimState
    round: int
    version: int
    payee_kind: str
    submitted_at: datetime
    state_since: datetime
    batch_id: UUID | None
    record_number: str | None
    supplement_due_on: date | None
    amount_fen: int | None
    is_held: bool | None

    def decided(self) -> Decided:
        """As an appeal of the claimant's side goes against it."""
        assert self.person_id is not None, "a claim of the work list names nobody"
        return Decided(
            person_id=self.person_id,
            claim_id=self.claim_id,
            division=self.division_code,
            told_on=law_date(self.state_since),
            standing=Standing(
                state=self.state, round=self.round, version=self.version, is_held=bool(self.is_held)
            ),
        )


async def own_claims(unit: Unit, *, cursor: str | None, limit: int) -> Page[ListedClaim]:
    """The citizen's own, newest first."""
    rows = (
        await unit.session.execute(
            _OWN, {"person_id": unit.actor.person_id, "page": limit + 1, **_before(cursor)}
        )
    ).all()
    return _page(rows, limit)


async def claims_of_institution(
    unit: Unit, *, cursor: str | None, limit: int, batch_id: UUID | None = None, claim_id: UUID | None = None
) -> Page[ListedClaim]:
    """What is to be paid to the caller's institution, or what it submitted; newest first."""
    asked = {"institution_id": unit.actor.institution(), "page": limit + 1, **_before(cursor)}
    # Which of the conditions are given decides by which index.
    await plan_each(unit.session)
    if batch_id is None and claim_id is None:
        rows = (await unit.session.execute(_OF_INSTITUTION, asked)).all()
    else:
        chosen = {"batch": batch_id, "only": claim_id}
        rows = (await unit.session.execute(_CHOSEN_OF_INSTITUTION, {**asked, **chosen})).all()
    return _page(rows, limit)


async def claim_of_institution(unit: Unit, claim_id: UUID) -> ListedClaim:
    """One of the caller's institution's claims. Raises NotFound."""
    found = await claims_of_institution(unit, cursor=None, limit=1, claim_id=claim_id)
    if not found.items:
        raise NotFound
    return found.items[0]


async def work_list(
    unit: Unit,
    *,
    states: Sequence[ClaimState],
    kinds: Sequence[BenefitKind],
    cursor: str | None,
    limit: int,
) -> Page[ListedClaim]:
    """Claims of the officer's area in these states, waiting longest first; no data of persons."""
    after = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    rows = (
        await unit.session.execute(
            _WORK_LIST,
            {
                "prefix": prefix_of(unit.actor.division_code or ""),
                "states": [state.value for state in states],
                "kinds": [kind.value for kind in kinds],
                "after": after[0],
                "after_id": after[1],
                "page": limit + 1,
            },
        )
    ).all()
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].state_since.isoformat(), rows[limit - 1].claim_id)
    return Page(tuple(_listed(row) for row in rows[:limit]), more)


async def entries_of_institution(unit: Unit, record_numbers: Sequence[str]) -> dict[str, Row[Any]]:
    """The caller's own entries by record number; others are not there."""
    rows = await unit.session.execute(
        _ENTRIES, {"institution_id": unit.actor.institution(), "numbers": list(record_numbers)}
    )
    return {row.record_number: row for row in rows}


async def record_numbers_of_class(
    unit: Unit, *, opening_id: UUID, entry_kind: str, most: int
) -> Sequence[str]:
    """Entries in force of one kind that a class of the caller's institution led to."""
    asked = {
        "institution_id": unit.actor.institution(),
        "opening_id": opening_id,
        "entry_kind": entry_kind,
        "most": most,
    }
    return (await unit.session.scalars(_OF_CLASS, asked)).all()


async def notices_of_claim(unit: Unit, person_id: UUID, claim_id: UUID) -> Sequence[Row[Any]]:
    """Notices about a claim, oldest first."""
    return (await unit.session.execute(_NOTICES, {"person_id": person_id, "claim_id": claim_id})).all()


async def own_accounts(unit: Unit, persons: Sequence[UUID]) -> Sequence[PayeeAccount]:
    """Accounts of the person, newest first, ended ones included."""
    return (
        await unit.session.scalars(
            select(PayeeAccount)
            .where(col(PayeeAccount.person_id).in_(persons))
            .order_by(col(PayeeAccount.recorded_at).desc(), col(PayeeAccount.account_id).desc())
        )
    ).all()


async def institution_accounts(unit: Unit) -> Sequence[Any]:
    """An institution's own accounts; for officers those of their area that wait for confirmation."""
    if unit.actor.is_agency:
        prefix = prefix_of(unit.actor.division_code or "")
        return (await unit.session.execute(_ACCOUNTS_OF_AREA, {"prefix": prefix})).all()
    return (
        await unit.session.scalars(
            select(InstitutionAccount)
            .where(col(InstitutionAccount.institution_id) == unit.actor.institution())
            .order_by(col(InstitutionAccount.recorded_at).desc(), col(InstitutionAccount.account_id).desc())
        )
    ).all()


def _before(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"before": None, "before_id": None}
    before, before_id = decode_cursor(cursor, parse_instant, UUID)
    return {"before": before, "before_id": before_id}


def _page(rows: Sequence[Row[Any]], limit: int) -> Page[ListedClaim]:
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].submitted_at.isoformat(), rows[limit - 1].claim_id)
    return Page(tuple(_listed(row) for row in rows[:limit]), more)


def _listed(row: Row[Any]) -> ListedClaim:
    return ListedClaim(
        person_id=getattr(row, "person_id", None),
        claim_id=row.claim_id,
        claim_number=row.claim_number,
        kind=BenefitKind(row.kind),
        division_code=row.division_code,
        state=ClaimState(row.state),
        round=row.round,
        version=row.version,
        payee_kind=row.payee_kind,
        submitted_at=row.submitted_at,
        state_since=row.state_since,
        batch_id=row.batch_id,
        record_number=getattr(row, "record_number", None),
        supplement_due_on=None if row.supplement_answered else row.supplement_due_on,
        amount_fen=row.amount_fen,
        is_held=getattr(row, "is_held", None),
    )
