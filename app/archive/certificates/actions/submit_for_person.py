"""An agency names a certificate of a person the registry knows; purpose and case first."""

from collections.abc import Sequence

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.actions.look_up_certificates import is_named
from app.archive.certificates.actions.submit_certificates import Submitted
from app.archive.certificates.queries.doors import FoundPerson
from app.archive.certificates.queries.sealed_numbers import digests_of_number, seal_number
from app.archive.certificates.rules.numbers import written_number
from app.archive.certificates.rules.submitting import Claim
from app.archive.certificates.states import CertificateSource
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound

_SUBMIT = text("""
    SELECT certificate_id, is_new FROM submit_certificate(:actor, :person_id, CAST(:live_keys AS text[]),
      CAST(:digests AS bytea[]), :new_id, :kind, :sealed, CAST(:edition AS smallint), :occupation, :trade, :level,
      (SELECT body_id FROM evaluation_body WHERE body_code = :body_code), :body_name, :issued_on, :valid_until,
      :review_due_on)
""")


async def submit_for_person(
    unit: Unit, keys: KeyRing, found: Sequence[FoundPerson], *, name: str, claim: Claim
) -> Submitted:
    """``found`` by the identity number. Raises NotFound when none of them bears that name."""
    person = next((each.person_id for each in found if each.is_asked_person and is_named(each, name)), None)
    if person is None:
        raise NotFound
    number = written_number(claim.certificate_number)
    row = (
        await unit.session.execute(
            _SUBMIT,
            {
                "actor": unit.actor.principal_id,
                "person_id": person,
                "live_keys": list(keys.digest_key_ids),
                "digests": digests_of_number(keys, number),
                "new_id": uuid7(),
                "kind": claim.kind.value,
                "sealed": seal_number(keys, number, person),
                "edition": claim.occupation_edition,
                "occupation": claim.occupation_code,
                "trade": claim.trade_name,
                "level": claim.skill_level.value,
                "body_code": claim.body_code,
                "body_name": claim.body_name,
                "issued_on": claim.issued_on,
                "valid_until": claim.valid_until,
                "review_due_on": claim.review_due_on,
            },
        )
    ).one()
    if row.is_new:
        await record_event(
            unit,
            "certificate:submitted",
            subject_kind="certificate",
            subject_id=row.certificate_id,
            details={"source": CertificateSource.AGENCY.value},
        )
    return Submitted(row.certificate_id, row.is_new)
