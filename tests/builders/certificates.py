"""Certificates on the sandbox's network and in the registry, for tests of their link."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app.access.actor import SYSTEM_PRINCIPAL, Permission
from app.archive.certificates.queries.sealed_numbers import digests_of_number, seal_number
from app.jobs.certificate_checks import run_certificate_checks
from app.kernel.clock import law_date
from tests.builders.finished_class import OCCUPATION, FinishedClass, Trainee, lay_finished_class
from tests.registry_server import Caller, Registry

CASE = {"purpose": "subsidy_review", "case_number": "测试案件0001"}
WHY = {**CASE, "reason": "证书原件核对一致"}
_serials = itertools.count(1)


def new_number(issued_on: date | None = None) -> str:
    """A number of the form of 职业技能等级证书 that nobody else in this run has."""
    year = (issued_on or date(2026, 5, 11)).year % 100
    return f"S000011{990000 + next(_serials) % 9999:06}{year:02}5{500_000 + next(_serials):06}"


@dataclass(frozen=True, slots=True)
class Printed:
    """A certificate as it lies on the table."""

    number: str
    issued_on: date
    level: str = "level_5"
    edition: int = OCCUPATION[0]
    code: str = OCCUPATION[1]

    def body(self, **changes: Any) -> dict[str, Any]:
        """As somebody submits it: with the number and the day alone."""
        return {
            "certificate_number": self.number,
            "kind": "skill_level",
            "body_name": "样例评价机构",
            "issued_on": self.issued_on.isoformat(),
            **changes,
        }


async def printed(registry: Registry, *, days_ago: int = 2, is_body_known: bool = True) -> Printed:
    """Issued after a class that has just ended, by a body of the directory."""
    issued_on = law_date(await registry.now()) - timedelta(days=days_ago)
    certificate = Printed(new_number(issued_on), issued_on)
    if is_body_known:
        await lay_body(registry, certificate.number)
    return certificate


async def lay_body(registry: Registry, number: str) -> None:
    """The body that a number names, with every level of the occupation that classes teach in its scope."""
    owner = await registry.owner()
    await owner.execute(
        "WITH body AS (INSERT INTO evaluation_body (body_code, kind, name, division_code, registered_by)"
        " VALUES ($1, 'social_body', '样例评价机构', '110000', $2) RETURNING body_id)"
        " INSERT INTO evaluation_body_scope (body_id, occupation_edition, occupation_code, lowest_rank, highest_rank,"
        " in_force, document_number, recorded_by)"
        " SELECT body_id, $3, $4, 1, 8, '[2015-01-01,)', '测试备案1号', $2 FROM body",
        number[:13],
        SYSTEM_PRINCIPAL,
        *OCCUPATION,
    )


def on_network(registry: Registry, trainee: Trainee, certificate: Printed, **values: Any) -> dict[str, Any]:
    """Enter it in the sandbox's register; ``hidden=True`` keeps it from being found."""
    content = {
        "identity_number": trainee.number,
        "name": trainee.name,
        "certificate_number": certificate.number,
        "occupation_code": certificate.code,
        "occupation_edition": str(certificate.edition),
        "occupation_name": "焊工",
        "level": certificate.level,
        "issued_on": certificate.issued_on.isoformat(),
        # A body of its own, so that what one test keeps back is late for that test alone.
        "issuer_code": certificate.number[:13],
        **values,
    }
    answer = registry.sandbox.control.post("/sandbox/certificates", json={"certificates": [content]})
    return answer.raise_for_status().json()["certificates"][0]


def act(registry: Registry, shown: dict[str, Any], verb: str, **values: Any) -> None:
    """publish, revoke, restore or correct it there."""
    path = f"/sandbox/certificates/{shown['id']}:{verb}"
    registry.sandbox.control.post(path, json=values or None).raise_for_status()


async def closed_class(
    registry: Registry, trainees: Sequence[Trainee] = (Trainee(),), **arguments: Any
) -> FinishedClass:
    """A class whose trainees have their entries."""
    laid = await lay_finished_class(registry, trainees, **arguments)
    await registry.advance(hours=1)
    answer = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert answer.status_code == 200, answer.text
    return laid


async def report(citizen: Caller, certificate: Printed, **changes: Any) -> str:
    """Report one's own; the id."""
    answer = await citizen.post("/v1/me/certificates", json=certificate.body(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["certificate_id"]


async def mine(citizen: Caller, certificate_id: str) -> dict[str, Any]:
    """One of one's own certificates as the registry shows it."""
    answer = await citizen.get("/v1/me/certificates")
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["items"] if each["certificate_id"] == certificate_id)


async def check(registry: Registry) -> int:
    """Ask the network about everything that is due now."""
    return await run_certificate_checks(registry.house)


async def decide(officer: Caller, certificate_id: object, verb: str, **more: Any) -> httpx.Response:
    """link, unlink, take-number or release-number, with a reason."""
    return await officer.post(f"/v1/certificates/{certificate_id}:{verb}", json={**WHY, **more})


async def revoke_entry(registry: Registry, record_number: str) -> None:
    """Two officers revoke an entry, as a certificate's has to be before its number is given up."""
    maker = await registry.officer(Permission.REVIEW)
    checker = await registry.officer(Permission.APPROVAL)
    proposed = await maker.post(
        f"/v1/records/{record_number}/corrections",
        json={"kind": "revoke", "reason": "证书不属于本人", "case_number": "测试案件0001", "changes": {}},
    )
    assert proposed.status_code == 201, proposed.text
    decided = await checker.post(
        f"/v1/record-corrections/{proposed.json()['correction_id']}:decide",
        json={"decision": "accepted", "reason": "属实"},
    )
    assert decided.status_code == 200, decided.text


async def lay_confirmed(registry: Registry, person_id: UUID, number: str, issued_on: date) -> UUID:
    """A certificate that the network has confirmed, whose number nobody holds yet: an officer's to decide."""
    owner, certificate_id, keys = await registry.owner(), uuid7(), registry.house.keys
    await owner.execute(
        "INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,"
        " occupation_code, skill_level, body_id, body_name, issued_on, source, state, last_confirmed_at, check_due_at,"
        " submitted_by) SELECT $1, $2, 'skill_level', $3, number_id, $5, $6, 'level_5',"
        " (SELECT body_id FROM evaluation_body WHERE body_code = $10), '样例评价机构', $7, 'network',"
        " 'matched', registry_now(), NULL, $8"
        " FROM register_certificate_numbers($9, $4)",
        person_id,
        certificate_id,
        seal_number(keys, number, person_id),
        digests_of_number(keys, number),
        *OCCUPATION,
        issued_on,
        SYSTEM_PRINCIPAL,
        list(keys.digest_key_ids),
        number[:13],
    )
    await owner.execute(
        "INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at)"
        " VALUES ($1, $2, 'matched', 'query', $3, registry_now())",
        person_id,
        certificate_id,
        str(uuid7()),
    )
    return certificate_id
