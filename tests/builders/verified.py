"""Persons with archive entries and certificates in every state, for whoever verifies them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.actor import SYSTEM_PRINCIPAL
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Registry


@dataclass(slots=True)
class Known:
    """One person as an officer knows them."""

    trainee: Trainee
    person_id: UUID
    check_id: UUID
    records: dict[str, str] = field(default_factory=dict)

    def asked(self, **changes: Any) -> dict[str, Any]:
        """A question about this person."""
        return {
            "identity_number": self.trainee.number,
            "name": self.trainee.name,
            "purpose": "subsidy_review",
            "case_number": "测试案件0001",
            **changes,
        }


async def lay_known(registry: Registry, serial: int = 901, name: str = "测试学员") -> Known:
    """A person without anything."""
    trainee = Trainee(name=name, serial=serial)
    return Known(trainee, *await lay_person(registry, trainee))


async def lay_record(
    registry: Registry, known: Known, number: str, *, supersedes: str | None = None, is_revoked: bool = False
) -> str:
    """A completion past its foreign keys: what proves it, and who decided its steps, is not what is asked for here."""
    owner, entry_id = await registry.owner(), uuid7()
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        before = await owner.fetchval(
            "SELECT entry_id FROM record_entry WHERE record_number = $1", supersedes
        )
        columns: dict[str, Any] = {
            "person_id": known.person_id,
            "entry_id": entry_id,
            "kind": "completion",
            "record_number": number,
            "appended_by": SYSTEM_PRINCIPAL,
            "identity_check_id": known.check_id,
            "opening_id": uuid7(),
            "attempt": 1,
            "outcome": "pass",
            "program_id": uuid7(),
            "program_version": 1,
            "program_name": "测试技能培训",
            "occupation_edition": 2022,
            "occupation_code": "4-10-01-02",
            "skill_level": "level_4",
            "institution_id": uuid7(),
            "institution_name": "测试培训学校",
            "division_code": "110105",
            "starts_on": date(2026, 1, 5),
            "ends_on": date(2026, 1, 20),
            "planned_minutes": 2400,
            "credited_minutes": 2400,
        }
        if before is not None:
            columns |= {"supersedes": before, "correction_id": entry_id}
            columns |= {"correction_kind": "supersede", "correction_decision": "accepted"}
        if is_revoked:
            columns |= {"revoked_at": await registry.now(), "revoked_by": SYSTEM_PRINCIPAL}
            columns |= {
                "revocation_id": entry_id,
                "revocation_kind": "revoke",
                "revocation_decision": "accepted",
            }
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        await owner.execute(
            f"INSERT INTO record_entry ({', '.join(columns)}) VALUES ({places})", *columns.values()
        )
        await owner.execute(
            "INSERT INTO record_number (record_number, person_id, entry_id) VALUES ($1, $2, $3)",
            number,
            known.person_id,
            entry_id,
        )
    known.records[number] = str(entry_id)
    return number


async def lay_certificate(
    registry: Registry, known: Known, number: str, state: str = "matched", *, is_held: bool = True
) -> str:
    """A certificate of the person in that state."""
    owner, keys = await registry.owner(), registry.house.keys
    certificate_id = uuid7()
    key_id, digest = keys.digests(number, purpose="certificate_number")[0]
    await owner.execute("SET session_replication_role = replica")
    number_id = await owner.fetchval("SELECT number_id FROM certificate_number_key WHERE digest = $1", digest)
    if number_id is None:
        number_id = uuid7()
        await owner.execute("INSERT INTO certificate_number (number_id) VALUES ($1)", number_id)
        await owner.execute(
            "INSERT INTO certificate_number_key (digest, key_id, number_id) VALUES ($1, $2, $3)",
            digest,
            key_id,
            number_id,
        )
    await owner.execute(
        "INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, skill_level, body_name,"
        " issued_on, source, state, submitted_by, last_confirmed_at) VALUES ($1, $2, 'skill_level', '\\x01', $3,"
        " 'level_4', '测试评价机构', '2026-02-01', 'citizen', $4, '00000000-0000-7000-8000-000000000001', now())",
        known.person_id,
        certificate_id,
        number_id,
        state,
    )
    if is_held:
        await owner.execute(
            "INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES ($1, $2, $3)",
            number_id,
            known.person_id,
            certificate_id,
        )
    await owner.execute("SET session_replication_role = origin")
    return number
