"""Job: ask the skills-assessment network about certificates that are due, store what it says, link what is proved.

The question goes out between two transactions: nothing is locked while an outside system thinks. A worker that dies at
any point leaves leased certificates behind, which are due again when the lease ends. An answer that cannot be had
changes nothing but the time of the next question.
"""

from uuid import UUID

import structlog

from app.access.unit import system_unit
from app.archive.certificates.actions.archive_matched import archive_matched
from app.archive.certificates.actions.expire_overdue import expire_overdue
from app.archive.certificates.actions.lease_due_certificates import LeasedCertificate, lease_due_certificates
from app.archive.certificates.actions.link_matched import link_matched
from app.archive.certificates.actions.postpone_unanswered import postpone_unanswered
from app.archive.certificates.actions.store_answers import Told, store_answers
from app.archive.certificates.states import AnswerChannel, AnswerOutcome
from app.db.roles import DatabaseRole
from app.gateways.assessment_facts import CertificateAnswer, CertificateOutcome, CertificateQuery
from app.web.house import House

log = structlog.get_logger(__name__)


async def run_certificate_checks(parts: House) -> int:
    """Ask about every certificate that is due now; returns how many answers were stored."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        expired = await expire_overdue(unit)
    if expired:
        log.info("certificates expired", expired=expired)
    stored = 0
    while True:
        taken, answered = await _check_batch(parts)
        stored += answered
        if not taken:
            return stored


async def _check_batch(parts: House) -> tuple[int, int]:
    """Certificates taken, and answers stored."""
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        leased = await lease_due_certificates(unit, parts.keys)
    if not leased:
        return 0, 0
    asked, told = await _ask(parts, leased)
    spoken = [
        (each, told[each.certificate_id])
        for each in leased
        if each.certificate_id in told
        and told[each.certificate_id].outcome is not CertificateOutcome.UNAVAILABLE
    ]
    settled = {each.certificate_id for each, _ in spoken}
    silent = [each for each in leased if each.certificate_id not in settled]
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        await postpone_unanswered(
            unit, silent, asked=[each for each in silent if each.certificate_id in asked]
        )
        stored = await store_answers(unit, [_told(each, answer) for each, answer in spoken])
        linked = await link_matched(unit, stored.matched)
        archived = await archive_matched(unit, parts.keys, stored.matched)
    log.info(
        "certificate checks",
        leased=len(leased),
        asked=len(asked),
        stored=stored.new,
        conflicts=stored.conflicts,
        linked=linked,
        archived=len(archived),
        **{f"became_{state.value}": count for state, count in stored.changed.items()},
    )
    return len(leased), stored.new


async def _ask(
    parts: House, leased: list[LeasedCertificate]
) -> tuple[set[UUID], dict[UUID, CertificateAnswer]]:
    """Which certificates were asked about, and what was told of them.

    "Another person's" is believed only when it is said of every number that the person has or had.
    """
    asked: set[UUID] = set()
    told: dict[UUID, CertificateAnswer] = {}
    waiting, turn = leased, 0
    while waiting:
        queries = {
            each.certificate_id: query for each in waiting if (query := _query(each, turn)) is not None
        }
        answers = await parts.assessment_network.check(list(queries.values())) if queries else []
        asked |= queries.keys()
        told |= dict(zip(queries, answers, strict=True))
        turn += 1
        waiting = [each for each in waiting if turn < len(each.identity_numbers) and _is_anothers(each, told)]
    return asked, told


def _is_anothers(leased: LeasedCertificate, told: dict[UUID, CertificateAnswer]) -> bool:
    answer = told.get(leased.certificate_id)
    return answer is not None and answer.outcome is CertificateOutcome.NUMBER_MISMATCH


def _query(leased: LeasedCertificate, turn: int) -> CertificateQuery | None:
    if leased.certificate_number is None or turn >= len(leased.identity_numbers):
        return None
    try:
        return CertificateQuery(
            certificate_number=leased.certificate_number,
            identity_number=leased.identity_numbers[turn],
            name=leased.name,
        )
    except ValueError:
        return None


def _told(leased: LeasedCertificate, answer: CertificateAnswer) -> Told:
    assert answer.evidence_id is not None
    assert answer.answered_at is not None
    return Told(
        person_id=leased.person_id,
        certificate_id=leased.certificate_id,
        outcome=AnswerOutcome(answer.outcome.value),
        channel=AnswerChannel.QUERY,
        evidence_id=answer.evidence_id,
        answered_at=answer.answered_at,
        complete_through=answer.data_complete_through,
        certificate=answer.certificate,
        attempt=leased.attempt,
    )
