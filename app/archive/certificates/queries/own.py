"""Certificates as the person sees them, and as the institution of a class does."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.queries.pictures import Picture
from app.archive.certificates.queries.sealed_numbers import open_number
from app.db.crypto import KeyRing

_OF_PERSON = text("""
    SELECT certificate.person_id, certificate.number_sealed, NULL::uuid AS line_id,
      certificate_picture(certificate.person_id, certificate.certificate_id)::text AS picture
    FROM certificate JOIN person_group(:person_id) AS member (person_id) ON certificate.person_id = member.person_id
    ORDER BY certificate.issued_on DESC, certificate.certificate_id
""")
# What a trainee holds besides is not the institution's to know: only what it named itself, what this class led to,
# and what is linked to this class.
_OF_OPENING = text("""
    SELECT certificate.person_id, certificate.number_sealed, line.line_id,
      certificate_picture(certificate.person_id, certificate.certificate_id)::text AS picture
    FROM roster_line AS line
    CROSS JOIN LATERAL (
      SELECT own.person_id, own.certificate_id
      FROM certificate AS own JOIN principal AS author ON author.principal_id = own.submitted_by
      WHERE own.person_id = line.person_id
        AND (author.institution_id = :institution_id OR own.opening_id = :opening_id)
      UNION
      SELECT link.person_id, link.certificate_id
      FROM certificate_link AS link
      JOIN record_entry AS entry ON entry.person_id = link.entry_person_id AND entry.entry_id = link.entry_id
      WHERE link.entry_person_id = line.person_id AND link.unlinked_at IS NULL AND entry.opening_id = :opening_id
    ) AS theirs
    JOIN certificate ON certificate.person_id = theirs.person_id AND certificate.certificate_id = theirs.certificate_id
    WHERE line.opening_id = :opening_id AND line.institution_id = :institution_id AND line.withdrawn_at IS NULL
    ORDER BY line.name_initials, line.line_id, certificate.issued_on DESC, certificate.certificate_id
""")
_PERSONS = text("""
    SELECT line.line_id, line.person_id FROM roster_line AS line
    WHERE line.opening_id = :opening_id AND line.institution_id = :institution_id AND line.withdrawn_at IS NULL
      AND line.line_id = ANY(:lines)
""")


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate and, for an institution, the roster line of its holder."""

    picture: Picture
    line_id: UUID | None


async def certificates_of_person(unit: Unit, keys: KeyRing, person_id: UUID) -> list[OwnCertificate]:
    """All that are known of the person, merged identities included, newest first."""
    rows = (await unit.session.execute(_OF_PERSON, {"person_id": person_id})).all()
    return [_own(keys, row.person_id, row.number_sealed, row.picture, None) for row in rows]


async def certificates_of_opening(
    unit: Unit, keys: KeyRing, opening_id: UUID, institution_id: UUID
) -> list[OwnCertificate]:
    """Those of the trainees of a class that are the institution's matter, in the order of the roster."""
    asked = {"opening_id": opening_id, "institution_id": institution_id}
    rows = (await unit.session.execute(_OF_OPENING, asked)).all()
    return [_own(keys, row.person_id, row.number_sealed, row.picture, row.line_id) for row in rows]


async def persons_of_lines(
    unit: Unit, opening_id: UUID, institution_id: UUID, lines: Sequence[UUID]
) -> dict[UUID, UUID]:
    """Person by line, of the institution's own class; withdrawn lines are not there."""
    rows = await unit.session.execute(
        _PERSONS, {"opening_id": opening_id, "institution_id": institution_id, "lines": list(lines)}
    )
    return {row.line_id: row.person_id for row in rows}


def _own(keys: KeyRing, person_id: UUID, sealed: bytes, picture: str, line_id: UUID | None) -> OwnCertificate:
    return OwnCertificate(Picture(open_number(keys, sealed, person_id), orjson.loads(picture)), line_id)
