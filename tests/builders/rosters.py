"""Draft classes and synthetic trainees, for tests of rosters and their real-name check."""

import csv
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import httpx

from app.kernel.identifiers.citizen import check_digit_of
from tests.builders.guards import set_aside
from tests.registry_server import Caller, Registry

_serials = itertools.count(1)
HEADINGS = ("姓名", "证件号码", "社会保障卡卡号", "手机号", "重点群体", "备注")


@dataclass(frozen=True, slots=True)
class Trainee:
    """What an institution says about somebody. The number cannot exist: a province's code, order from 900 up."""

    serial: int = 900
    name: str = "张样安"
    card_number: str = ""
    phone: str = ""
    key_groups: tuple[str, ...] = ()
    remark: str = ""
    born: str = "19491001"
    number: str = ""

    @property
    def identity_number(self) -> str:
        if self.number:
            return self.number
        seventeen = f"110000{self.born}{self.serial:03}"
        return seventeen + check_digit_of(seventeen)

    def line(self) -> dict[str, Any]:
        """As a line of the JSON roster."""
        return {
            "name": self.name,
            "identity_number": self.identity_number,
            "card_number": self.card_number,
            "phone": self.phone,
            "key_groups": list(self.key_groups),
            "remark": self.remark,
        }

    def but(self, **changes: Any) -> "Trainee":
        return replace(self, **changes)


def trainees(count: int, *, first: int = 0) -> list[Trainee]:
    """Different persons, one birth day each hundred."""
    return [
        Trainee(serial=900 + number % 100, born=f"1949{1 + number // 100 % 12:02}{1 + number // 1200:02}")
        for number in range(first, first + count)
    ]


@dataclass(frozen=True, slots=True)
class DraftClass:
    """An opening in draft, and somebody of its institution."""

    registry: Registry
    institution_id: UUID
    opening_id: UUID
    operator: Caller

    @property
    def path(self) -> str:
        return f"/v1/openings/{self.opening_id}/roster"

    async def submit(self, *lines: Trainee, **arguments: Any) -> httpx.Response:
        """Send the lines as JSON."""
        body = {"lines": [trainee.line() for trainee in lines]}
        return await self.operator.post(self.path, json=body, **arguments)

    async def upload(self, data: bytes, name: str = "roster.csv", **arguments: Any) -> httpx.Response:
        """Send a file."""
        return await self.operator.post(f"{self.path}:import", files={"file": (name, data)}, **arguments)

    async def roster(self, **query: Any) -> dict[str, Any]:
        answer = await self.operator.get(self.path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def move_to(self, state: str) -> None:
        """Put the opening into a state behind the application's back (with the filing that state needs)."""
        owner = await self.registry.owner()
        async with set_aside(owner, "course_opening", "filing_forward"):
            await owner.execute("SET session_replication_role = replica")
            await owner.execute(
                "UPDATE course_opening SET state = $2, filing_no = CASE WHEN $2 IN ('draft', 'canceled') THEN filing_no"
                " ELSE 1 END, canceled_at = CASE WHEN $2 = 'canceled' THEN registry_now() END,"
                " cancellation_reason = CASE WHEN $2 = 'canceled' THEN '报名不足' END,"
                " on_record_at = CASE WHEN $2 IN ('on_record', 'running', 'closed') THEN registry_now() END,"
                " closed_at = CASE WHEN $2 = 'closed' THEN registry_now() END WHERE opening_id = $1",
                self.opening_id,
                state,
            )
        await owner.execute("SET session_replication_role = origin")


def csv_file(*lines: Trainee, headings: Sequence[str] = HEADINGS, encoding: str = "utf-8") -> bytes:
    """The lines as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    for trainee in lines:
        writer.writerow(
            (
                trainee.name,
                trainee.identity_number,
                trainee.card_number,
                trainee.phone,
                "、".join(trainee.key_groups),
                trainee.remark,
            )
        )
    return text.getvalue().encode(encoding)


async def lay_draft(
    registry: Registry, *, division_code: str = "110105", operator: Caller | None = None
) -> DraftClass:
    """A draft opening; of a new institution, or of the one ``operator`` belongs to."""
    owner = await registry.owner()
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    if operator is None:
        institution_id = await owner.fetchval(
            "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
            " contact_phone, registered_by) VALUES ($1, $2, 'training_school', $3, '示范路1号', '010-00000000', $4)"
            " RETURNING institution_id",
            f"52110000MK{next(_serials):08}",
            "样本职业培训学校",
            division_code,
            system,
        )
        operator = await registry.operator(institution_id)
    else:
        institution_id = operator.actor.institution()
    program_id = await owner.fetchval(
        "INSERT INTO training_program (created_by, division_code) VALUES ($1, $2) RETURNING program_id",
        system,
        division_code,
    )
    await owner.execute(
        "INSERT INTO training_program_version (program_id, version, name, occupation_edition, occupation_code,"
        " skill_level, training_type, training_mode, open_positions, skill_requirements, content, theory_hours,"
        " practice_hours, safety_hours, in_force, published_by) SELECT $1, 1, '样本项目', job.edition, job.code,"
        " (SELECT code FROM skill_level WHERE rank = 2), (SELECT min(code) FROM training_type),"
        " (SELECT min(code) FROM training_mode), 10, '要求', '内容', 2, 2, 1, daterange('2020-01-01', NULL), $2"
        " FROM occupation AS job ORDER BY job.edition, job.code LIMIT 1",
        program_id,
        system,
    )
    opening_id = await owner.fetchval(
        "INSERT INTO course_opening (institution_id, program_id, program_version, division_code, name, planned_size,"
        " venue, created_by) VALUES ($1, $2, 1, $3, '样本班', 60, '样本教室', $4) RETURNING opening_id",
        institution_id,
        program_id,
        division_code,
        operator.actor.principal_id,
    )
    return DraftClass(registry, institution_id, opening_id, operator)
