"""What the database's own refusals mean to people: constraint name → reason.

A constraint that a well-formed request can meet in a race or by design stands here; all others answer a neutral
conflict, so that nobody learns of rows that are not theirs.
"""

from collections.abc import Mapping

from app.archive.certificates.rules.submitting import REFUSED_BY_CONSTRAINT as CERTIFICATES
from app.archive.correction_requests.rules import REFUSED_BY_CONSTRAINT as CORRECTION_REQUESTS
from app.directory.evaluation_bodies.rules import REFUSED_BY_CONSTRAINT as EVALUATION_BODIES
from app.directory.institutions.rules import REFUSED_BY_CONSTRAINT as INSTITUTIONS
from app.directory.programs.rules import REFUSED_BY_CONSTRAINT as PROGRAMS
from app.exchange.peers.rules import REFUSED_BY_CONSTRAINT as PEERS
from app.identity.accounts.rules import REFUSED_BY_CONSTRAINT as ACCOUNTS
from app.identity.persons.rules import REFUSED_BY_CONSTRAINT as PERSONS
from app.kernel.errors import Reason
from app.policy.rules import REFUSED_BY_CONSTRAINT as SHORTAGE_LISTS
from app.subsidies.claims.rules.refusals import REFUSED_BY_CONSTRAINT as CLAIMS
from app.subsidies.commitments.rules import REFUSED_BY_CONSTRAINT as COMMITMENTS
from app.subsidies.disbursements.rules.confirmations import REFUSED_BY_CONSTRAINT as CONFIRMATIONS
from app.subsidies.disbursements.rules.refusals import REFUSED_BY_CONSTRAINT as DISBURSEMENTS
from app.subsidies.messages.rules import REFUSED_BY_CONSTRAINT as MESSAGES
from app.subsidies.notices.rules import REFUSED_BY_CONSTRAINT as NOTICES
from app.subsidies.recoveries.rules import REFUSED_BY_CONSTRAINT as RECOVERIES
from app.subsidies.vouchers.rules import REFUSED_BY_CONSTRAINT as VOUCHERS
from app.training.assessments.rules import REFUSED_BY_CONSTRAINT as ASSESSMENTS
from app.training.attendance.rules.corrections import REFUSED_BY_CONSTRAINT as PRESENCE_CORRECTIONS
from app.training.attendance.rules.sources import REFUSED_BY_CONSTRAINT as ATTENDANCE_SOURCES
from app.training.openings.rules.refusals import REFUSED_BY_CONSTRAINT as OPENINGS

REASON_OF_CONSTRAINT: Mapping[str, Reason] = {
    **ACCOUNTS,
    **ASSESSMENTS,
    **ATTENDANCE_SOURCES,
    **CERTIFICATES,
    **CLAIMS,
    **CONFIRMATIONS,
    **COMMITMENTS,
    **CORRECTION_REQUESTS,
    **DISBURSEMENTS,
    **PRESENCE_CORRECTIONS,
    **EVALUATION_BODIES,
    **INSTITUTIONS,
    **MESSAGES,
    **NOTICES,
    **PEERS,
    **PERSONS,
    **PROGRAMS,
    **RECOVERIES,
    **VOUCHERS,
    **SHORTAGE_LISTS,
    **OPENINGS,
}
