"""Ask about every certificate anew: the network no longer keeps the changes since the last one that was read.

A query tells all that the missed changes would have told, and only about the certificates held here, while an extract
would hold everybody's. Certificates go in pieces by key, each piece in its own transaction: whoever is killed begins
anew and loses nothing, because the cursor moves only after the last piece.
"""

from dataclasses import dataclass
from uuid import UUID

from app.access.unit import Unit

PIECE = 5_000

_ASK = """
WITH piece AS (
  SELECT person_id, certificate_id FROM certificate WHERE (person_id, certificate_id) > ($1, $2)
  ORDER BY person_id, certificate_id LIMIT $3 FOR UPDATE
), asked AS (
  UPDATE certificate SET check_due_at = $4 FROM piece
  WHERE certificate.person_id = piece.person_id AND certificate.certificate_id = piece.certificate_id
    AND certificate.kind <> 'training_completion'
    AND (certificate.check_due_at IS NULL OR certificate.check_due_at > $4)
  RETURNING certificate.certificate_id
)
SELECT piece.person_id, piece.certificate_id, (SELECT count(*) FROM asked) AS asked
FROM piece ORDER BY piece.person_id DESC, piece.certificate_id DESC LIMIT 1
"""
_FIRST = (UUID(int=0), UUID(int=0))


@dataclass(frozen=True, slots=True)
class Piece:
    """``last`` is the key to go on after, None when this was the end; ``asked`` certificates are due now."""

    last: tuple[UUID, UUID] | None
    asked: int


async def ask_again_about_piece(unit: Unit, after: tuple[UUID, UUID] | None) -> Piece:
    """Make the certificates after ``after`` due, at most ``PIECE`` of them."""
    driver = await unit.driver()
    row = await driver.fetchrow(_ASK, *(after or _FIRST), PIECE, unit.now)
    if row is None:
        return Piece(None, 0)
    return Piece((row["person_id"], row["certificate_id"]), row["asked"])
