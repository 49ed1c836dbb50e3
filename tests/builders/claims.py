"""People who can claim: certificates in the archive, sealed, insured at the sandbox, with officers who may decide."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app.access.actor import SYSTEM_PRINCIPAL, Permission
from app.archive.certificates.queries.sealed_numbers import seal_number
from app.archive.records.rules import record_number
from app.jobs.account_checks import run_account_checks
from app.jobs.sealing import run_sealing
from app.kernel.clock import law_date
from tests.builders.decided_claims import officer
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry

DIVISION = "110105"
ACCOUNT = "6222000000000000004"
_serials = itertools.count(1)
_CERTIFICATE = """
WITH numbered AS (INSERT INTO certificate_number (number_id) VALUES ($2)),
certified AS (
  INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
    occupation_code, skill_level, body_name, issued_on, source, state, submitted_by,
    last_confirmed_at)
  VALUES ($1, $2, 'skill_level', $7, $2, 2022, $3, $4, '样例评价机构', $5, 'agency', 'matched', $6,
    registry_now()))
INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES ($2, $1, $2)
"""
_ENTRY = """
WITH entered AS (
  INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
    occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
  VALUES ($1, $2, 'certificate', $3, $4, $5, $6, 2022, $7, $8, $9, $10, $10))
INSERT INTO record_number (record_number, person_id, entry_id) VALUES ($3, $1, $2)
"""


@dataclass(slots=True)
class Claimant:
    """Somebody with a certificate in the archive."""

    registry: Registry
    trainee: Trainee
    person_id: UUID
    check_id: UUID
    citizen: Caller
    record_number: str = ""

    async def certificate(
        self, *, days_ago: int = 20, level: str = "level_4", code: str = "4-10-01-02", sealed: bool = True
    ) -> str:
        """One more certificate, matched, held, archived, and sealed unless said otherwise; its record number."""
        owner = await self.registry.owner()
        issued_on: date = law_date(await self.registry.now()) - timedelta(days=days_ago)
        certificate_id, serial = uuid7(), next(_serials)
        self.record_number = record_number(DIVISION, 2025, serial)
        sealed_number = seal_number(self.registry.house.keys, f"S000011990001254{serial:06}", self.person_id)
        await owner.execute(
            _CERTIFICATE,
            self.person_id,
            certificate_id,
            code,
            level,
            issued_on,
            SYSTEM_PRINCIPAL,
            sealed_number,
        )
        await owner.execute(
            _ENTRY,
            self.person_id,
            uuid7(),
            self.record_number,
            SYSTEM_PRINCIPAL,
            self.check_id,
            certificate_id,
            code,
            level,
            DIVISION,
            issued_on,
        )
        if sealed:
            await run_sealing(self.registry.house)
        return self.record_number

    async def account(self, number: str = ACCOUNT, holder: str | None = None) -> str:
        """An own account; the bank says it is ``holder``'s."""
        self.registry.sandbox.open_account(
            account_number=number, holder_name=holder or self.trainee.name, holder_number=self.trainee.number
        )
        answer = await self.citizen.post(
            "/v1/me/accounts",
            json={"kind": "bank_card", "bank_name": "示例银行", "account_number": number},
        )
        assert answer.status_code == 201, answer.text
        await run_account_checks(self.registry.house)
        return answer.json()["account_id"]

    async def submit(self, **changes: Any) -> httpx.Response:
        """Claim 技能提升补贴 on the last certificate."""
        body = {"record_number": self.record_number, "kind": "skill_upgrade", **changes}
        return await self.citizen.post("/v1/me/claims", json=body)

    async def submitted(self, **changes: Any) -> str:
        """The id of a claim that was taken."""
        answer = await self.submit(**changes)
        assert answer.status_code == 201, answer.text
        return answer.json()["claim_id"]

    async def claim(self, claim_id: str) -> dict[str, Any]:
        """As the citizen sees it."""
        answer = await self.citizen.get(f"/v1/me/claims/{claim_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


async def lay_claimant(registry: Registry, *, serial: int | None = None, insured: bool = True) -> Claimant:
    """Insured since 2015 in 110105 (or unknown to the platform), with an account of their own and one certificate."""
    trainee = Trainee(name="测试申领人", serial=serial or 100 + next(_serials) % 800)
    registry.sandbox.register(social_security_number=trainee.number, name=trainee.name, state="normal")
    if insured:
        registry.sandbox.insure(
            trainee.number, spells=[{"starts_on": "2015-01-01", "division_code": DIVISION}]
        )
    person_id, check_id = await lay_person(registry, trainee)
    claimant = Claimant(registry, trainee, person_id, check_id, await registry.citizen(person_id))
    await claimant.certificate()
    return claimant


@dataclass(slots=True)
class Office:
    """Officers of one area: who reviews, who approves."""

    reviewer: Caller
    approver: Caller

    async def step(self, claim_id: str, verb: str, **body: Any) -> httpx.Response:
        """One step by whoever has to take it."""
        by = self.approver if verb in {"approve", "refuse", "send-back"} else self.reviewer
        return await by.post(f"/v1/claims/{claim_id}:{verb}", json=body)

    async def steps(self, claim_id: str, *verbs: str) -> dict[str, Any]:
        """Several steps that must all be taken; the last answer."""
        last: dict[str, Any] = {}
        for verb in verbs:
            answer = await self.step(claim_id, verb)
            assert answer.status_code == 200, f"{verb}: {answer.text}"
            last = answer.json()
        return last


async def lay_office(registry: Registry, division_code: str = DIVISION) -> Office:
    """A reviewer and an approver."""
    return Office(
        await officer(registry, Permission.REVIEW, division_code=division_code),
        await officer(registry, Permission.APPROVAL, division_code=division_code),
    )
