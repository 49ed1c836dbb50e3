"""Claims for 技能提升补贴 that two officers have approved, laid step by step behind the application's back."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.archive.certificates.queries.sealed_numbers import seal_number
from app.jobs.sealing import run_sealing
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry

AMOUNT_FEN = 150_000
_serials = itertools.count(1)
_GRANT = """
WITH two AS (
  INSERT INTO principal (principal_id, kind, display_name) VALUES ($3, 'administrator', '测试管理员'),
    ($4, 'administrator', '测试管理员') RETURNING principal_id
), assigned AS (
  INSERT INTO administrator_assignment (principal_id, kind) SELECT principal_id, 'security' FROM two
)
INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, confirmed_by, confirmed_at)
SELECT $1, 'officer', given, $3, $4, registry_now() FROM unnest($2::text[]) AS given
"""
_EDITION = """
INSERT INTO policy_edition (edition_id, content_digest, content, published_by)
VALUES ($1::uuid, sha256($1::uuid::text::bytea), '{}', 'test')
"""
_CERTIFICATE = """
WITH numbered AS (INSERT INTO certificate_number (number_id) VALUES ($2))
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
  occupation_code, skill_level, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
VALUES ($1, $2, 'skill_level', $4, $2, 2022, '4-10-01-02', 'level_4', '测试评价机构',
  law_date(registry_now()) - 20, 'agency', 'matched', $3, registry_now())
"""
_HOLDER = "INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES ($2, $1, $2)"
_ENTRY = """
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
  occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
VALUES ($1, $2, 'certificate', $5, $4, $3, $2, 2022, '4-10-01-02', 'level_4', '110105',
  law_date(registry_now()) - 20, law_date(registry_now()) - 20)
"""
_KEY = """
INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
VALUES ($1, $2, 'training_or_upgrade', '2015:4-10-01-02', 'level_4', 'life', 'claim')
"""
_SLOT = """
INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division) VALUES ($1, $2, $2, 'skill_upgrade', '2026', 1, 3, 0, false, '000000')
"""
_CLAIM = """
INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id, benefit_line,
  skill_level, period, slot_group, slot_id, division_code, payee_kind, submitted_by)
VALUES ($1, $2, $3, 'skill_upgrade', 'certificate', $2, 'training_or_upgrade', $2, '2015:4-10-01-02', 'level_4',
  'life', 'skill_upgrade', $2, $4, 'person', $5)
"""
_ACCEPT = (
    "INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by) VALUES ($1, $2, 'accepted', $3)"
)
_REVIEW = """
INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
VALUES ($1, $2, $3, 'eligible', $4, '{}', '[{"code": "insured_months"}]', $5, $6)
"""
_APPROVE = """
INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision,
  approved_by)
VALUES ($1, $2, $3, 'eligible', $4, $5, 'approved', $6)
"""


async def officer(registry: Registry, *permissions: Permission, division_code: str = "110105") -> Caller:
    """An officer whose permissions also stand in the database, as two administrators grant them."""
    caller = await registry.officer(*permissions, division_code=division_code)
    await grant(registry, caller)
    return caller


async def grant(registry: Registry, caller: Caller) -> None:
    """Store what a caller's token says of permissions: pages read them from the database."""
    owner = await registry.owner()
    held = [permission.value for permission in caller.actor.permissions]
    await owner.execute(_GRANT, caller.actor.principal_id, held, uuid7(), uuid7())


@dataclass(slots=True)
class DecidedClaims:
    """Who decided, and the claims in the order they were laid; person ``i`` has claim ``i``."""

    registry: Registry
    reviewer: Caller
    approver: Caller
    edition_id: UUID
    persons: list[UUID]
    claims: list[UUID]
    trainees: list[Trainee]

    async def state(self, place: int = 0) -> tuple[str, int]:
        """State and round of a claim."""
        owner = await self.registry.owner()
        row = await owner.fetchrow("SELECT state, round FROM claim WHERE claim_id = $1", self.claims[place])
        return row["state"], row["round"]

    async def approve_again(self, place: int = 0) -> None:
        """Review and approve a claim that was sent back."""
        owner = await self.registry.owner()
        _, round_no = await self.state(place)
        await _decide(owner, self, self.persons[place], self.claims[place], round_no)


async def lay_approved(
    registry: Registry,
    names: Sequence[str] = ("测试学员",),
    *,
    division_code: str = "110105",
    upto: str = "approved",
) -> DecidedClaims:
    """One approved claim a name; ``upto="submitted"`` leaves them undecided, ``"entry"`` makes sealed entries only."""
    owner = await registry.owner()
    laid = DecidedClaims(
        registry,
        reviewer=await officer(registry, Permission.REVIEW, division_code=division_code),
        approver=await officer(registry, Permission.APPROVAL, division_code=division_code),
        edition_id=uuid7(),
        persons=[],
        claims=[],
        trainees=[],
    )
    await owner.execute(_EDITION, laid.edition_id)
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    for name in names:
        serial = next(_serials)
        trainee = Trainee(name=name, serial=serial % 1000)
        person_id, check_id = await lay_person(registry, trainee)
        claim_id = uuid7()
        sealed = seal_number(registry.house.keys, f"S000011990001265{serial:06}", person_id)
        await owner.execute(_CERTIFICATE, person_id, claim_id, system, sealed)
        await owner.execute(_HOLDER, person_id, claim_id)
        await owner.execute(_ENTRY, person_id, claim_id, check_id, system, f"R110105-2026-{serial:08}-X")
        if upto != "entry":
            await owner.execute(_KEY, person_id, claim_id)
            await owner.execute(_SLOT, person_id, claim_id)
            number = f"S{division_code}-2026-{serial:08}"
            await owner.execute(_CLAIM, person_id, claim_id, number, division_code, system)
        if upto == "approved":
            await owner.execute(_ACCEPT, person_id, claim_id, laid.reviewer.actor.principal_id)
            await _decide(owner, laid, person_id, claim_id, 1)
        laid.persons.append(person_id)
        laid.claims.append(claim_id)
        laid.trainees.append(trainee)
    await run_sealing(registry.house)
    return laid


async def _decide(
    owner: asyncpg.Connection, laid: DecidedClaims, person_id: UUID, claim_id: UUID, round_no: int
) -> None:
    reviewer, approver = laid.reviewer.actor.principal_id, laid.approver.actor.principal_id
    await owner.execute(_REVIEW, person_id, claim_id, round_no, AMOUNT_FEN, laid.edition_id, reviewer)
    await owner.execute(_APPROVE, person_id, claim_id, round_no, AMOUNT_FEN, reviewer, approver)
