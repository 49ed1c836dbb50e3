"""Archive and link what can be for persons of whom it was asked: a class has closed, persons were merged or proved."""

from dataclasses import dataclass

from app.access.unit import Unit
from app.archive.certificates.actions.archive_matched import archive_matched
from app.archive.certificates.actions.link_matched import link_matched
from app.db.crypto import KeyRing

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
    """``requests`` taken (0: nothing waits), and how many certificates were linked and got their entries."""

    requests: int
    linked: int
    archived: int


async def link_requested(unit: Unit, keys: KeyRing) -> LinkedPiece:
    """One piece of the requests that wait. They are gone with the commit that links, and only with it."""
    driver = await unit.driver()
    persons = [row["person_id"] for row in await driver.fetch(_TAKE, _BATCH)]
    if not persons:
        return LinkedPiece(requests=0, linked=0, archived=0)
    rows = await driver.fetch(_MATCHED, sorted(set(persons)))
    matched = [(row["person_id"], row["certificate_id"]) for row in rows]
    linked = await link_matched(unit, matched)
    archived = await archive_matched(unit, keys, matched)
    return LinkedPiece(requests=len(persons), linked=linked, archived=len(archived))
