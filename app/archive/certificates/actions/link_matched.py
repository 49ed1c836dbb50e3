"""Link matched certificates to the one entry that everything speaks for; leave the rest to officers."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.archive.certificates.queries.pictures import Picture, entry_facts
from app.archive.certificates.rules.linking import Judgment, judge_link, the_one_to_link
from app.audit.events import announce, record_event
from app.policy.values import value_of
from app.reference.occupations import occupations

FACTS = """
SELECT certificate_picture(asked.person_id, asked.certificate_id)::text AS certificate,
  entries_to_prove(asked.person_id)::text AS entries,
  scopes_of_body((SELECT certificate.body_id FROM certificate WHERE certificate.person_id = asked.person_id
                  AND certificate.certificate_id = asked.certificate_id))::text AS scopes
FROM unnest($1::uuid[], $2::uuid[]) AS asked (person_id, certificate_id)
"""
"""Certificates beside all entries of their persons: what ``judge_all`` asks."""
_LINK = """
INSERT INTO certificate_link
  (person_id, certificate_id, entry_person_id, entry_id, own_entry_id, is_automatic, reasons, linked_by)
SELECT given.person_id, given.certificate_id, given.entry_person_id, given.entry_id,
  CASE WHEN given.entry_person_id = given.person_id THEN given.entry_id END, true, CAST(given.reasons AS jsonb), $6
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[])
  AS given (person_id, certificate_id, entry_person_id, entry_id, reasons)
ON CONFLICT (person_id, certificate_id) WHERE unlinked_at IS NULL DO NOTHING
RETURNING certificate_id, entry_id
"""


async def link_matched(unit: Unit, matched: Sequence[tuple[UUID, UUID]]) -> int:
    """How many of ``matched`` (``(person_id, certificate_id)``) were linked."""
    if not matched:
        return 0
    driver = await unit.driver()
    rows = await driver.fetch(FACTS, [key[0] for key in matched], [key[1] for key in matched])
    chosen: list[tuple[UUID, UUID, Judgment]] = []
    taken: set[UUID] = set()
    for row in rows:
        picture = Picture("", orjson.loads(row["certificate"]))
        scopes = None if row["scopes"] is None else orjson.loads(row["scopes"])
        judgment = the_one_to_link(judge_all(unit, picture, scopes, orjson.loads(row["entries"])))
        # Of two certificates that come together for one entry an officer chooses the second.
        if judgment is not None and judgment.entry.entry_id not in taken:
            taken.add(judgment.entry.entry_id)
            chosen.append((picture.person_id, picture.certificate_id, judgment))
    if not chosen:
        return 0
    linked = await driver.fetch(
        _LINK,
        [person for person, _, _ in chosen],
        [certificate for _, certificate, _ in chosen],
        [judgment.entry.person_id for _, _, judgment in chosen],
        [judgment.entry.entry_id for _, _, judgment in chosen],
        [orjson.dumps(judgment.reasons_for).decode() for _, _, judgment in chosen],
        unit.actor.principal_id,
    )
    record_numbers = {judgment.entry.entry_id: judgment.entry.record_number for _, _, judgment in chosen}
    for row in linked:
        payload = {
            "certificate_id": str(row["certificate_id"]),
            "record_number": record_numbers[row["entry_id"]],
        }
        await record_event(
            unit,
            "certificate:linked",
            subject_kind="certificate",
            subject_id=row["certificate_id"],
            details={**payload, "is_automatic": True},
        )
        await announce(unit, "certificate.linked", payload)
    return len(linked)


def judge_all(
    unit: Unit, picture: Picture, scopes: list[dict[str, object]] | None, entries: list[dict[str, object]]
) -> list[Judgment]:
    """Every entry of the person, merged identities included, beside the certificate."""
    facts, known = picture.facts(scopes), occupations().get()
    window_days = value_of("certificate_link_window_days", on=unit.today).number
    return [
        judge_link(facts, entry_facts(entry), known=known, window_days=window_days, on=unit.today)
        for entry in entries
    ]
