"""Link what can be linked for persons of whom somebody has asked it: a class has closed, or persons were merged."""

from dataclasses import dataclass

from app.access.unit import Unit
from app.archive.certificates.actions.link_matched import link_matched

_TAKE = """
DELETE FROM linking_request AS request
USING (SELECT person_id, request_id FROM linking_request
       ORDER BY person_id, request_id LIMIT $1 FOR UPDATE SKIP LOCKED) AS taken
WHERE request.person_id = taken.person_id AND request.request_id = taken.request_id
RETURNING request.person_id
"""
# Locked before their state is read: an answer that is just being stored has not seen the entry and is waited for.
_MATCHED = """
WITH locked AS MATERIALIZED (
  SELECT certificate.person_id, certificate.certificate_id, certificate.state FROM certificate
  WHERE certificate.person_id IN (
      SELECT member.person_id FROM unnest($1::uuid[]) AS asked (person_id)
      CROSS JOIN LATERAL person_group(asked.person_id) AS member (person_id))
    AND certificate.kind <> 'training_completion'
  ORDER BY certificate.person_id, certificate.certificate_id FOR NO KEY UPDATE
)
SELECT locked.person_id, locked.certificate_id FROM locked WHERE locked.state = 'matched'
"""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class LinkedPiece:
    """``requests`` taken (0: nothing waits), and how many certificates were linked."""

    requests: int
    linked: int


async def link_requested(unit: Unit) -> LinkedPiece:
    """One piece of the requests that wait. They are gone with the commit that links, and only with it."""
    driver = await unit.driver()
    persons = [row["person_id"] for row in await driver.fetch(_TAKE, _BATCH)]
    if not persons:
        return LinkedPiece(requests=0, linked=0)
    matched = [tuple(row) for row in await driver.fetch(_MATCHED, sorted(set(persons)))]
    return LinkedPiece(requests=len(persons), linked=await link_matched(unit, matched))
