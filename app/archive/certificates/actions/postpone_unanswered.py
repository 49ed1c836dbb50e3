"""Ask again later about certificates for which no answer could be had: nothing changes but the clock.

A submission that the network could not be asked about for more than a day stops the 12-month clock from the day of
submission on: the applicant did their part (mission §1.5).
"""

from collections.abc import Sequence
from datetime import timedelta

from app.access.unit import Unit
from app.archive.certificates.actions.lease_due_certificates import LeasedCertificate
from app.archive.certificates.rules.transitions import wait_unanswered
from app.archive.certificates.states import TollingReason

_PATIENCE = timedelta(days=1)
_POSTPONE = """
UPDATE certificate SET check_due_at = late.due_at
FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[])
  AS late (person_id, certificate_id, attempt, due_at)
WHERE certificate.person_id = late.person_id AND certificate.certificate_id = late.certificate_id
  AND certificate.check_attempts = late.attempt
"""
_TOLL = """
INSERT INTO certificate_tolling (person_id, certificate_id, starts_on, reason)
SELECT certificate.person_id, certificate.certificate_id, law_date(certificate.submitted_at), $3
FROM certificate
JOIN unnest($1::uuid[], $2::uuid[]) AS late (person_id, certificate_id)
  ON certificate.person_id = late.person_id AND certificate.certificate_id = late.certificate_id
WHERE certificate.state = 'submitted' AND certificate.submitted_at < $4
  AND NOT EXISTS (SELECT FROM certificate_tolling AS known
    WHERE known.person_id = certificate.person_id AND known.certificate_id = certificate.certificate_id)
ON CONFLICT (person_id, certificate_id) WHERE ended_on IS NULL DO NOTHING
"""


async def postpone_unanswered(
    unit: Unit, unanswered: Sequence[LeasedCertificate], *, asked: Sequence[LeasedCertificate]
) -> None:
    """Put off ``unanswered``; only those ``asked`` about may stop the clock, the others never reached the network."""
    if not unanswered:
        return
    driver = await unit.driver()
    await driver.execute(
        _POSTPONE,
        [each.person_id for each in unanswered],
        [each.certificate_id for each in unanswered],
        [each.attempt for each in unanswered],
        [unit.now + wait_unanswered(each.attempt) for each in unanswered],
    )
    if asked:
        await driver.execute(
            _TOLL,
            [each.person_id for each in asked],
            [each.certificate_id for each in asked],
            TollingReason.NETWORK_UNAVAILABLE.value,
            unit.now - _PATIENCE,
        )
