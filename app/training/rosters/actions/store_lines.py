"""Write roster lines as sets: COPY for new ones and for key groups, one statement for changed ones."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.training.rosters.queries import CARD_FIELD, NAME_FIELD, NUMBER_FIELD, PHONE_FIELD, REMARK_FIELD
from app.training.rosters.rules import RosterLine
from app.training.rosters.rules.intake import Claim, initials_of

CONTENT_PURPOSE = "roster_content"
NAME_PURPOSE = "name"
"""Digest purpose of every name of a person (``roster_line``, ``identity_check``, ``person_name``)."""

_ADDED = (
    "opening_id", "institution_id", "added_by", "line_id", "person_id", "document_kind", "name_sealed", "name_digest",
    "name_initials", "number_sealed", "card_sealed", "phone_sealed", "remark_sealed", "content_digest", "sheet",
    "sheet_line",
)  # fmt: skip
_REPLACE = """
UPDATE roster_line SET
  document_kind = new.document_kind, name_sealed = new.name_sealed, name_digest = new.name_digest,
  name_initials = new.name_initials, number_sealed = new.number_sealed, card_sealed = new.card_sealed,
  phone_sealed = new.phone_sealed, remark_sealed = new.remark_sealed, content_digest = new.content_digest,
  sheet = new.sheet, sheet_line = new.sheet_line,
  withdrawn_at = NULL, withdrawn_by = NULL, withdrawal_reason = NULL,
  state = CASE WHEN new.is_checked_anew THEN 'unverified' ELSE roster_line.state END,
  check_id = CASE WHEN new.is_checked_anew THEN NULL ELSE roster_line.check_id END,
  check_due_at = CASE WHEN new.is_checked_anew THEN registry_now() ELSE roster_line.check_due_at END,
  check_attempts = CASE WHEN new.is_checked_anew THEN 0 ELSE roster_line.check_attempts END
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::bytea[], $7::text[], $8::bytea[], $9::bytea[],
  $10::bytea[], $11::bytea[], $12::bytea[], $13::text[], $14::integer[], $15::boolean[])
  AS new (line_id, person_id, document_kind, name_sealed, name_digest, name_initials, number_sealed, card_sealed,
          phone_sealed, remark_sealed, content_digest, sheet, sheet_line, is_checked_anew)
WHERE roster_line.person_id = new.person_id AND roster_line.opening_id = $1
"""
_CLEAR_CHECK = """
UPDATE roster_line SET check_id = NULL, check_outcome = NULL, state = 'unverified'
WHERE opening_id = $1 AND person_id = ANY($2::uuid[])
"""
_FORGET_GROUPS = "DELETE FROM roster_line_group WHERE opening_id = $1 AND person_id = ANY($2::uuid[])"
_BATCH = 250
"""Lines stored by one statement: while the database works on some, the next are sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A line to be written, and where it stood in what was delivered."""

    line_id: UUID
    person_id: UUID
    claim: Claim = field(repr=False)
    delivered: RosterLine


def content_digest(keys: KeyRing, claim: Claim) -> bytes:
    """Keyed digest of a whole claim: the same for the same content."""
    return keys.digest(claim.content(), purpose=CONTENT_PURPOSE)


async def add_lines(unit: Unit, keys: KeyRing, opening: Any, lines: Sequence[DueLine]) -> list[UUID]:
    """Add ``lines`` to the class, to be checked at once; returns their ids in the same order."""
    driver = await unit.driver()
    whose = (opening.opening_id, opening.institution_id, unit.actor.principal_id)
    loop = asyncio.get_running_loop()

    def seal(batch: Sequence[DueLine]) -> Awaitable[list[tuple[Any, ...]]]:
        # In a thread, so that nobody else waits for it, and the next batch while the database stores the last.
        return loop.run_in_executor(None, lambda: [_row(keys, line) for line in batch])

    sealing = seal(lines[:_BATCH])
    for end in range(_BATCH, len(lines) + _BATCH, _BATCH):
        rows = await sealing
        sealing = seal(lines[end : end + _BATCH])
        await driver.copy_records_to_table(
            "roster_line", schema_name="registry", columns=_ADDED, records=[whose + row for row in rows]
        )
    await _add_groups(unit, opening.opening_id, lines)
    return [line.line_id for line in lines]


async def replace_lines(
    unit: Unit, keys: KeyRing, opening: Any, changes: Sequence[tuple[DueLine, bool]]
) -> None:
    """Give lines new values; the flag says whether the real-name check was about what changed."""
    if not changes:
        return
    driver = await unit.driver()
    anew = [line.person_id for line, is_checked_anew in changes if is_checked_anew]
    # First: a check was made of the old name, and the new one must not stand beside it for a moment.
    await driver.execute(_CLEAR_CHECK, opening.opening_id, anew)
    columns = _columns([(*_row(keys, line), is_checked_anew) for line, is_checked_anew in changes])
    await driver.execute(_REPLACE, opening.opening_id, *columns)
    lines = [line for line, _ in changes]
    await driver.execute(_FORGET_GROUPS, opening.opening_id, [line.person_id for line in lines])
    await _add_groups(unit, opening.opening_id, lines)


async def _add_groups(unit: Unit, opening_id: UUID, lines: Sequence[DueLine]) -> None:
    held = [(opening_id, line.person_id, code) for line in lines for code in line.claim.key_groups]
    if held:
        driver = await unit.driver()
        await driver.copy_records_to_table(
            "roster_line_group",
            schema_name="registry",
            columns=("opening_id", "person_id", "key_group_code"),
            records=held,
        )


def _row(keys: KeyRing, line: DueLine) -> tuple[Any, ...]:
    """The columns of one line, sealed, in the order of both statements."""
    claim, owner = line.claim, line.person_id

    def sealed(value: str | None, name: str) -> bytes | None:
        return None if value is None else keys.seal(value, name=name, owner=owner)

    return (
        line.line_id,
        owner,
        claim.document_kind,
        keys.seal(claim.name, name=NAME_FIELD, owner=owner),
        keys.digest(claim.name, purpose=NAME_PURPOSE),
        initials_of(claim.name),
        keys.seal(claim.number, name=NUMBER_FIELD, owner=owner),
        sealed(claim.card_number, CARD_FIELD),
        sealed(claim.phone, PHONE_FIELD),
        sealed(claim.remark, REMARK_FIELD),
        content_digest(keys, claim),
        line.delivered.sheet,
        line.delivered.line,
    )


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
