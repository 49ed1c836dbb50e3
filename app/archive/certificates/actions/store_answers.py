"""Store what the network said of certificates, by whatever channel: evidence, holder, state, clock, announcements.

One way in for queries, sync, pushes and files. The same evidence again changes nothing; an answer older than one that
is stored already is kept as evidence and changes nothing either. What the network says of a certificate (occupation,
level, body, dates) replaces what was submitted (mission C6: the day of issue is the network's, not the applicant's).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.actions.announce_answers import announce_answers
from app.archive.certificates.actions.unlink_corrected import unlink_corrected
from app.archive.certificates.queries import answering as sql
from app.archive.certificates.rules.transitions import (
    AnswerFacts,
    Step,
    Turn,
    is_over,
    next_state,
    turn_of,
    upload_due_on,
    wait_answered,
)
from app.archive.certificates.states import (
    AnswerChannel,
    AnswerOutcome,
    CertificateKind,
    CertificateState,
    TollingReason,
)
from app.gateways.assessment_facts import NetworkCertificate, NetworkKind
from app.kernel.clock import law_date, start_of_law_day
from app.policy.values import value_of
from app.reference.occupations import occupations

_POLICY_BEGINS = date(2017, 1, 1)
_CONFIRMING = frozenset({AnswerOutcome.MATCHED, AnswerOutcome.CORRECTED})
_KINDS = {NetworkKind.SPECIAL_SKILL: CertificateKind.SPECIALIZED_COMPETENCY}
_DETAILS = (
    "kind",
    "occupation_edition",
    "occupation_code",
    "trade_name",
    "skill_level",
    "body_id",
    "body_name",
    "issued_on",
    "valid_until",
    "review_due_on",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer about one certificate. ``certificate`` is what the network has of it, if it told.

    ``attempt`` is that of the lease of a query; the answer is dropped when the lease was lost meanwhile.
    """

    person_id: UUID
    certificate_id: UUID
    outcome: AnswerOutcome
    channel: AnswerChannel
    evidence_id: str
    answered_at: datetime
    complete_through: date | None = None
    certificate: NetworkCertificate | None = None
    attempt: int | None = None


@dataclass(slots=True)
class _Standing:
    """A certificate while its answers are being taken in; ``details`` are the columns the network may correct."""

    row: Any
    state: CertificateState
    details: dict[str, Any]
    last_confirmed_at: datetime | None
    steps: list[tuple[CertificateState, Step]] = field(default_factory=list)
    is_answered: bool = False
    rival_id: UUID | None = None
    """The certificate of another person that holds the number."""
    holding_id: UUID | None = None
    """``rival_id`` while the last answer confirms this one too: a conflict."""

    @property
    def key(self) -> tuple[UUID, UUID]:
        return self.row["person_id"], self.row["certificate_id"]


@dataclass(frozen=True, slots=True)
class Stored:
    """``new`` answers were stored; ``changed`` certificates by the state they came to; ``conflicts`` over a number."""

    new: int
    changed: Counter[CertificateState]
    conflicts: int
    matched: tuple[tuple[UUID, UUID], ...]
    """``(person_id, certificate_id)`` of all that are matched now: a class may have closed since the last answer."""


async def store_answers(unit: Unit, told: Sequence[Told]) -> Stored:
    """Take in ``told`` in the order of the answers' times; repeating it is harmless."""
    standing = await _lock(unit, told)
    fresh = await _keep_evidence(unit, [each for each in told if _is_current(each, standing)])
    bodies = await _bodies(unit, fresh)
    current = sorted(
        (each for each in fresh if not _is_outdated(each, standing)), key=lambda one: one.answered_at
    )
    await _hold(unit, current, standing)
    for each in current:
        _take_in(each, standing[each.person_id, each.certificate_id], bodies, unit.today)
    answered = [each for each in standing.values() if each.is_answered]
    await _settle(unit, answered)
    await _move_clock(unit, answered)
    conflicts = {
        each.row["certificate_id"]: each.holding_id for each in answered if each.holding_id is not None
    }
    changed = Counter(each.state for each in answered if each.steps)
    corrections = {each.key: fields for each in answered if (fields := _corrected(each))}
    await announce_answers(
        unit,
        changed,
        conflicts=conflicts,
        turns={each.key: turn for each in answered if (turn := _turn(each)) is not None},
        corrections=corrections,
    )
    # Only now: what was announced names the entries that rested on the certificate.
    await unlink_corrected(unit, corrections)
    return Stored(
        new=len(fresh),
        changed=changed,
        conflicts=len(conflicts),
        matched=tuple(each.key for each in answered if each.state is CertificateState.MATCHED),
    )


async def _lock(unit: Unit, told: Sequence[Told]) -> dict[tuple[UUID, UUID], _Standing]:
    keys = sorted({(each.person_id, each.certificate_id) for each in told})
    driver = await unit.driver()
    rows = await driver.fetch(sql.STILL, [key[0] for key in keys], [key[1] for key in keys])
    return {
        (row["person_id"], row["certificate_id"]): _Standing(
            row=row,
            state=CertificateState(row["state"]),
            details={name: row[name] for name in _DETAILS},
            last_confirmed_at=row["last_confirmed_at"],
        )
        for row in rows
    }


def _is_current(told: Told, standing: dict[tuple[UUID, UUID], _Standing]) -> bool:
    found = standing.get((told.person_id, told.certificate_id))
    return found is not None and told.attempt in {None, found.row["check_attempts"]}


async def _keep_evidence(unit: Unit, told: Sequence[Told]) -> list[Told]:
    """Those whose evidence was not stored before."""
    if not told:
        return []
    driver = await unit.driver()
    rows = await driver.fetch(
        sql.ANSWER,
        [each.person_id for each in told],
        [each.certificate_id for each in told],
        [each.outcome.value for each in told],
        [each.channel.value for each in told],
        [each.evidence_id for each in told],
        [each.answered_at for each in told],
        [each.complete_through for each in told],
    )
    new = {(row["person_id"], row["certificate_id"], row["channel"], row["evidence_id"]) for row in rows}
    fresh: dict[tuple[UUID, UUID, str, str], Told] = {}
    for each in told:
        key = (each.person_id, each.certificate_id, each.channel.value, each.evidence_id)
        if key in new:
            fresh.setdefault(key, each)
    return list(fresh.values())


async def _bodies(unit: Unit, told: Sequence[Told]) -> dict[str, UUID]:
    driver = await unit.driver()
    codes = {each.certificate.issuer_code for each in told if each.certificate is not None}
    return {row["body_code"]: row["body_id"] for row in await driver.fetch(sql.BODIES, sorted(codes))}


def _is_outdated(told: Told, standing: dict[tuple[UUID, UUID], _Standing]) -> bool:
    last = standing[told.person_id, told.certificate_id].row["last_answered_at"]
    return last is not None and bool(told.answered_at < last)


async def _hold(unit: Unit, told: Sequence[Told], standing: dict[tuple[UUID, UUID], _Standing]) -> None:
    """Take the numbers that the network's last word confirms; whoever finds another holder learns of it here.

    ``told`` in the order of its times: what was confirmed and taken back in one batch holds nothing.
    """
    last = {(each.person_id, each.certificate_id): each.outcome for each in told}
    confirmed = [standing[key] for key, outcome in last.items() if outcome in _CONFIRMING]
    driver = await unit.driver()
    if confirmed:
        await driver.execute(sql.HOLD, *_claims(confirmed))
    claims = {
        each.certificate_id: standing[each.person_id, each.certificate_id]
        for each in told
        if each.outcome in _CONFIRMING
    }
    if claims:
        for row in await driver.fetch(sql.HELD_BY_OTHERS, *_claims(claims.values())):
            claims[row["certificate_id"]].rival_id = row["holding_id"]


def _claims(standing: Collection[_Standing]) -> tuple[list[UUID], list[UUID], list[UUID]]:
    """Number, person and certificate, column by column."""
    return (
        [each.row["number_id"] for each in standing],
        [each.key[0] for each in standing],
        [each.key[1] for each in standing],
    )


def _take_in(told: Told, standing: _Standing, bodies: dict[str, UUID], today: date) -> None:
    standing.is_answered = True
    standing.holding_id = standing.rival_id if told.outcome in _CONFIRMING else None
    if told.certificate is not None:
        standing.details = _details(told.certificate, bodies)
    details = standing.details
    steps = next_state(
        standing.state,
        told.outcome,
        AnswerFacts(
            complete_through=told.complete_through,
            upload_due_on=upload_due_on(details["issued_on"], _upload_days(details["issued_on"])),
            valid_until=details["valid_until"],
            is_held_by_another=standing.holding_id is not None,
            today=today,
        ),
    )
    for step in steps:
        standing.steps.append((standing.state, step))
        standing.state = step.to
    if standing.holding_id is None and told.outcome in _CONFIRMING | {AnswerOutcome.REVOKED}:
        standing.last_confirmed_at = told.answered_at


def _upload_days(issued_on: date) -> int:
    return value_of("certificate_upload_working_days", on=max(issued_on, _POLICY_BEGINS)).number


def _details(certificate: NetworkCertificate, bodies: dict[str, UUID]) -> dict[str, Any]:
    edition = None if certificate.occupation_edition is None else int(certificate.occupation_edition)
    code = certificate.occupation_code
    is_known = (
        edition is not None and code is not None and occupations().get().find(edition, code) is not None
    )
    return {
        "kind": _KINDS.get(certificate.kind) or CertificateKind(certificate.kind.value),
        # An occupation of no list at hand stays named: an officer sees it, nothing is linked by it.
        "occupation_edition": edition if is_known else None,
        "occupation_code": code if is_known else None,
        "trade_name": certificate.trade or (None if is_known else certificate.occupation_name),
        "skill_level": certificate.level.value,
        "body_id": bodies.get(certificate.issuer_code),
        "body_name": certificate.issuer_name,
        "issued_on": certificate.issued_on,
        "valid_until": certificate.valid_until,
        "review_due_on": certificate.review_due_on,
    }


def _due(standing: _Standing, now: datetime) -> datetime | None:
    wait = None if standing.holding_id is not None else wait_answered(standing.state)
    if wait is None:
        return None
    valid_until = standing.details["valid_until"]
    due = now + wait
    if standing.state is CertificateState.MATCHED and valid_until is not None:
        day_after = start_of_law_day(date.fromordinal(valid_until.toordinal() + 1))
        return min(due, day_after) if not is_over(valid_until, law_date(now)) else now
    return due


async def _settle(unit: Unit, answered: Sequence[_Standing]) -> None:
    if not answered:
        return
    driver = await unit.driver()
    rows = [
        (
            *each.key,
            str(each.details["kind"]),
            each.state.value,
            each.last_confirmed_at,
            _due(each, unit.now),
            *(each.details[name] for name in _DETAILS[1:]),
        )
        for each in answered
    ]
    await driver.execute(sql.SETTLE, *(list(column) for column in zip(*rows, strict=True)))
    changes = [
        (*each.key, uuid7(), before.value, step.to.value, step.reason_code, unit.actor.principal_id)
        for each in answered
        for before, step in each.steps
    ]
    if changes:
        await driver.execute(sql.CHANGE, *(list(column) for column in zip(*changes, strict=True)))


async def _move_clock(unit: Unit, answered: Sequence[_Standing]) -> None:
    """Let the clock stand while the network is late, and run again once it has answered."""
    waiting = {CertificateState.SUBMITTED, CertificateState.PENDING_UPLOAD}
    late = TollingReason.NETWORK_UPLOAD_LATE
    ended = [
        each.key
        for each in answered
        if each.row["standing"] is not None
        and (each.state not in waiting or each.holding_id is not None or each.row["standing"] != late.value)
    ]
    stopped = [
        each
        for each in answered
        if each.state is CertificateState.PENDING_UPLOAD
        and each.holding_id is None
        and each.row["standing"] != late.value
    ]
    driver = await unit.driver()
    if ended:
        await driver.execute(
            sql.END_TOLLING, [key[0] for key in ended], [key[1] for key in ended], unit.today
        )
    if stopped:
        await driver.execute(
            sql.TOLL,
            [each.row["person_id"] for each in stopped],
            [each.row["certificate_id"] for each in stopped],
            # The applicant did their part on the day of submission; what follows is the network's delay.
            [
                unit.today if each.row["was_tolled"] else law_date(each.row["submitted_at"])
                for each in stopped
            ],
            [late.value] * len(stopped),
        )


def _turn(standing: _Standing) -> Turn | None:
    return turn_of(
        CertificateState(standing.row["state"]),
        standing.state,
        was_confirmed=standing.row["last_confirmed_at"] is not None,
    )


def _corrected(standing: _Standing) -> list[str]:
    """What the network says otherwise now of a certificate that it had confirmed. Whether its body is in our directory
    the network does not say."""
    if standing.row["last_confirmed_at"] is None:
        return []
    said = [name for name in _DETAILS if name != "body_id"]
    return [name for name in said if str(standing.details[name]) != str(standing.row[name])]
