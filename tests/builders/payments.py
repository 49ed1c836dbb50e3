"""Claims whose notice is over, laid by the rows of their steps, and the three officers who deal with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.archive.certificates.queries.sealed_numbers import seal_numbers
from app.archive.records.rules import record_number
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.jobs.sealing import run_sealing
from app.subsidies.claims.tables import ACCOUNT_NUMBER_FIELD, INSTITUTION_ACCOUNT_FIELD
from tests.registry_server import Caller, Registry

AMOUNT_FEN = 150_000
DIVISION = "110105"
CLOSED_TAIL = "9999"
"""An account with this end is closed at the sandbox's bank, whoever is named with it."""

_EVIDENCE = """
INSERT INTO person (person_id) SELECT unnest($1::uuid[]);
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
  SELECT holder, holder, 'matched', 'cardholder_base', 'test', '\\x01', registry_now()
  FROM unnest($1::uuid[]) AS holder;
INSERT INTO person_name (person_id, name_sealed, name_digest, check_id)
  SELECT laid.holder, laid.name, '\\x01', laid.holder FROM unnest($1::uuid[], $2::bytea[]) AS laid (holder, name);
INSERT INTO certificate_number (number_id) SELECT unnest($1::uuid[]);
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition, occupation_code,
  skill_level, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
SELECT laid.holder, laid.holder, 'skill_level', laid.number, laid.holder, 2015, '6-18-02-04', 'level_4', '样例评价机构',
  law_date(registry_now()) - 30, 'agency', 'matched', $5, registry_now()
FROM unnest($1::uuid[], $7::bytea[]) AS laid (holder, number);
INSERT INTO certificate_holder (number_id, person_id, certificate_id)
  SELECT holder, holder, holder FROM unnest($1::uuid[]) AS holder;
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
  certificate_id, occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
SELECT laid.holder, laid.holder, 'certificate', laid.number, $5, laid.holder, laid.holder, 2015, '6-18-02-04',
  'level_4', '110105', law_date(registry_now()) - 30, law_date(registry_now()) - 30
FROM unnest($1::uuid[], $6::text[]) AS laid (holder, number);
INSERT INTO record_number (record_number, person_id, entry_id)
  SELECT record_number, person_id, entry_id FROM record_entry WHERE entry_id = ANY ($1::uuid[]);
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by,
  check_outcome, check_evidence_id, checked_at)
SELECT laid.holder, laid.holder, 'bank_card', '样例银行', laid.number, laid.tail, $5, 'matched', 'test', registry_now()
FROM unnest($1::uuid[], $3::bytea[], $4::text[]) AS laid (holder, number, tail)
"""
_SERIALS = "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)"
_STEPS = """
INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
  SELECT holder, holder, 'training_or_upgrade', '2015:6-18-02-04', 'level_4', 'life', 'claim'
  FROM unnest($1::uuid[]) AS holder;
INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division)
  SELECT holder, holder, holder, 'skill_upgrade', '2025', 1, 3, 0, false, '000000' FROM unnest($1::uuid[]) AS holder;
INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id, benefit_line,
  skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id, submitted_by)
SELECT holder, holder, 'S110105-2024-' || lpad(nextval('claim_serial')::text, 8, '0'), 'skill_upgrade', 'certificate',
  holder, 'training_or_upgrade', holder, '2015:6-18-02-04', 'level_4', 'life', 'skill_upgrade', holder, '110105',
  'person', holder, $2 FROM unnest($1::uuid[]) AS holder;
INSERT INTO claim_number (claim_number, person_id, claim_id)
  SELECT claim_number, person_id, claim_id FROM claim WHERE claim_id = ANY ($1::uuid[]);
INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by)
  SELECT holder, holder, 'accepted', $3 FROM unnest($1::uuid[]) AS holder;
INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id, reviewed_by)
  SELECT holder, holder, 1, 'eligible', 150000, '{}', '[{"code": "insured_months"}]', $6, $3
  FROM unnest($1::uuid[]) AS holder;
INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision,
  approved_by)
  SELECT holder, holder, 1, 'eligible', 150000, $3, 'approved', $4 FROM unnest($1::uuid[]) AS holder;
INSERT INTO public_notice (notice_id, division_code, agency_id, title, starts_on, ends_on, published_by)
  SELECT $5, '110000', agency_id, '技能提升补贴公示', law_date(registry_now()) - 9, law_date(registry_now()) - 2, $4
  FROM principal WHERE principal_id = $4;
INSERT INTO public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by, approved_by,
  published_by, shown)
SELECT holder, holder, 1, $5, place, 150000, $3, $4, $4, '{}'
FROM unnest($1::uuid[]) WITH ORDINALITY AS laid (holder, place);
INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
  SELECT holder, holder, 1, $5, $2 FROM unnest($1::uuid[]) AS holder
"""


@dataclass(slots=True)
class Paying:
    """Reviewer, approver and payer of one agency, a budget with money in it, and the claims they have dealt with."""

    registry: Registry
    reviewer: Caller
    approver: Caller
    payer: Caller
    budget_id: UUID
    claims: list[UUID] = field(default_factory=list)

    async def order(self, claims: Sequence[UUID] | None = None) -> dict[str, Any]:
        """Order these claims (all of them) to be paid."""
        wanted = [str(each) for each in claims or self.claims]
        body = {"budget_id": str(self.budget_id), "claim_ids": wanted}
        answer = await self.payer.post("/v1/payment-orders", json=body)
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def states(self) -> list[str]:
        """The state of each claim, in their order."""
        owner = await self.registry.owner()
        found = dict(
            await owner.fetch("SELECT claim_id, state FROM claim WHERE claim_id = ANY ($1)", self.claims)
        )
        return [found[each] for each in self.claims]

    async def budget(self) -> dict[str, Any]:
        """The budget as the API shows it."""
        shown: dict[str, Any] = (
            (await self.payer.get(f"/v1/budgets/{self.budget_id}")).raise_for_status().json()
        )
        return shown


async def granted(registry: Registry, *permissions: Permission, division_code: str = "110000") -> Caller:
    """An officer whose permissions stand in the database too: doors ask there."""
    officer = await registry.officer(*permissions, division_code=division_code)
    owner = await registry.owner()
    security = [await _administrator(registry) for _ in range(2)]
    for permission in permissions:
        await owner.execute(
            "INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by, confirmed_by,"
            " confirmed_at) VALUES ($1, 'officer', $2, $3, $4, registry_now())",
            officer.actor.principal_id,
            permission,
            *security,
        )
    return officer


async def _administrator(registry: Registry) -> UUID:
    owner = await registry.owner()
    principal: UUID = await owner.fetchval(
        "INSERT INTO principal (kind, display_name) VALUES ('administrator', '测试管理员') RETURNING principal_id"
    )
    await owner.execute(
        "INSERT INTO administrator_assignment (principal_id, kind) VALUES ($1, 'security')", principal
    )
    return principal


async def lay_paying(
    registry: Registry, claims: int = 1, *, budget_fen: int = 100_000_000, tail: str = ""
) -> Paying:
    """Officers, a budget through the API, and so many payable claims of 1,500.00元; ``tail`` ends the accounts."""
    reviewer = await granted(registry, Permission.REVIEW)
    approver = await granted(registry, Permission.APPROVAL)
    payer = await granted(registry, Permission.PAYMENT)
    year = (await registry.now()).year
    body = {"division_code": "110000", "year": year, "funding_source": "unemployment_insurance"}
    opened = await payer.post("/v1/budgets", json=body)
    assert opened.status_code == 201, opened.text
    paying = Paying(registry, reviewer, approver, payer, UUID(opened.json()["budget_id"]))
    await allot(paying, budget_fen)
    if claims:
        await lay_payable(paying, claims, tail=tail)
    return paying


async def allot(paying: Paying, amount_fen: int) -> None:
    """One more tranche."""
    body = {"amount_fen": amount_fen, "document_number": "测财社〔2026〕1号"}
    answer = await paying.payer.post(f"/v1/budgets/{paying.budget_id}/tranches", json=body)
    assert answer.status_code == 201, answer.text


async def lay_payable(paying: Paying, count: int, *, tail: str = "", is_sealed: bool = True) -> list[UUID]:
    """Persons with a certificate on record, whose claim has gone all the way to payable."""
    registry = paying.registry
    owner, keys = await registry.owner(), registry.house.keys
    holders: list[UUID] = [UUID(str(uuid7())) for _ in range(count)]
    first = await owner.fetchval("SELECT count(*) FROM payee_account")
    numbers = [f"62220200{first + place:07d}{tail or '1'}" for place in range(count)]
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    edition = await owner.fetchval(
        "INSERT INTO policy_edition (content_digest, content, published_by)"
        " VALUES (sha256(uuidv7()::text::bytea), '{}', 'test') RETURNING edition_id"
    )
    await run(
        owner,
        _EVIDENCE,
        holders,
        keys.seal_all(["测试学员"] * count, name=NAME_FIELD, owners=holders),
        keys.seal_all(numbers, name=ACCOUNT_NUMBER_FIELD, owners=holders),
        [number[-4:] for number in numbers],
        system,
        [record_number(DIVISION, 2024, row[0]) for row in await owner.fetch(_SERIALS, count)],
        seal_numbers(keys, [f"S000011990001244{first + place:06d}" for place in range(count)], holders),
    )
    if is_sealed:
        await run_sealing(registry.house)
    officers = (paying.reviewer.actor.principal_id, paying.approver.actor.principal_id)
    await run(owner, _STEPS, holders, system, *officers, uuid7(), edition)
    paying.claims += holders
    return holders


async def run(owner: asyncpg.Connection, script: str, *values: Any) -> None:
    """Statements one by one, each with those parameters that it names."""
    async with owner.transaction():
        for statement in script.split(";\n"):
            used = [number for number in range(1, len(values) + 1) if f"${number}" in statement]
            renumbered = statement
            for place, number in enumerate(used, start=1):
                renumbered = renumbered.replace(f"${number}", f"${place}")
            await owner.execute(renumbered, *(values[number - 1] for number in used))


async def lay_institution_account(
    registry: Registry, institution_id: UUID, number: str = "6222020099990011"
) -> UUID:
    """An institution's account that the directory has confirmed."""
    owner = await registry.owner()
    officers = [(await registry.officer()).actor.principal_id for _ in range(2)]
    account_id: UUID = await owner.fetchval(
        "INSERT INTO institution_account (institution_id, bank_name, number_sealed, number_tail, recorded_by,"
        " confirmed_by, confirmed_at) VALUES ($1, '样例银行', $2, $3, $4, $5, registry_now()) RETURNING account_id",
        institution_id,
        registry.house.keys.seal(number, name=INSTITUTION_ACCOUNT_FIELD, owner=institution_id),
        number[-4:],
        *officers,
    )
    return account_id
