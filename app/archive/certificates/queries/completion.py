"""What a 培训合格证书 says: the seven fields of 人社部发〔2024〕5号, read from the rows it was issued on."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import open_number
from app.archive.certificates.states import CertificateState
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD as IDENTITY_NUMBER_FIELD

_OF_PERSON = text("""
    SELECT certificate.person_id, certificate.certificate_id, certificate.number_sealed, certificate.issued_on,
      certificate.state, person_name.name_sealed, person_identifier.number_sealed AS identity_sealed,
      entry.program_name, entry.starts_on, entry.ends_on, entry.institution_name, entry.record_number
    FROM person_group(:person_id) AS member (person_id)
    JOIN completion_certificate AS issued ON issued.person_id = member.person_id
    JOIN certificate ON certificate.person_id = issued.person_id
      AND certificate.certificate_id = issued.certificate_id
    JOIN record_entry AS entry ON entry.person_id = issued.person_id AND entry.entry_id = issued.entry_id
    JOIN person_name ON person_name.person_id = issued.person_id AND person_name.name_id = issued.name_id
    JOIN person_identifier ON person_identifier.person_id = issued.person_id
      AND person_identifier.identifier_id = issued.identifier_id
    ORDER BY certificate.issued_on DESC, certificate.certificate_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionCertificate:
    """证书序列号、姓名、身份信息、培训项目名称、培训起止日期、培训机构名称、发证日期, and the entry it belongs to.

    Name and identity number are those proved when it was issued, not printed; ``ends_on`` is the last day of training.
    """

    certificate_id: UUID
    number: str
    name: str = field(repr=False)
    identity_number: str = field(repr=False)
    program_name: str
    starts_on: date
    ends_on: date
    institution_name: str
    issued_on: date
    state: CertificateState
    record_number: str


async def completion_certificates_of_person(
    unit: Unit, keys: KeyRing, person_id: UUID
) -> list[CompletionCertificate]:
    """All that were issued to the person, merged identities included, newest first."""
    rows = (await unit.session.execute(_OF_PERSON, {"person_id": person_id})).all()
    return [
        CompletionCertificate(
            certificate_id=row.certificate_id,
            number=open_number(keys, row.number_sealed, row.person_id),
            name=keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
            identity_number=keys.open(row.identity_sealed, name=IDENTITY_NUMBER_FIELD, owner=row.person_id),
            program_name=row.program_name,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            institution_name=row.institution_name,
            issued_on=row.issued_on,
            state=CertificateState(row.state),
            record_number=row.record_number,
        )
        for row in rows
    ]
