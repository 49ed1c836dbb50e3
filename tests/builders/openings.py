"""Openings at each stage, made through the API; roster lines are laid behind it (their intake has its own tests)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.kernel.clock import law_date
from tests.builders.directory import Directory, ready_directory
from tests.builders.guards import set_aside
from tests.registry_server import Caller, Registry


@dataclass(slots=True)
class Opening:
    """An opening, the people around it, and the lines on its roster."""

    registry: Registry
    directory: Directory
    opening_id: UUID
    officer: Caller
    version: int = 1
    line_ids: list[UUID] = field(default_factory=list)

    @property
    def operator(self) -> Caller:
        return self.directory.operator

    @property
    def path(self) -> str:
        return f"/v1/openings/{self.opening_id}"

    async def show(self) -> dict[str, Any]:
        """As the institution reads it."""
        answer = await self.operator.get(self.path)
        assert answer.status_code == 200, answer.text
        self.version = answer.json()["version"]
        return answer.json()

    async def put(self, rest: str, body: Any, *, version: int | None = None) -> httpx.Response:
        """Save something of the draft on its newest (or the named) version."""
        on = self.version if version is None else version
        answer = await self.operator.put(f"{self.path}/{rest}", json=body, headers={"If-Match": f'"{on}"'})
        if answer.status_code == 200:
            self.version = answer.json()["version"]
        return answer

    async def patch(self, **changes: Any) -> httpx.Response:
        """Change the draft on its newest version."""
        answer = await self.operator.patch(self.path, json=changes, headers={"If-Match": f'"{self.version}"'})
        if answer.status_code == 200:
            self.version = answer.json()["version"]
        return answer

    async def defects(self, caller: Caller | None = None) -> dict[str, Any]:
        """The verdict without filing."""
        answer = await (caller or self.operator).get(f"{self.path}/defects")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def file(self, **changes: Any) -> httpx.Response:
        """File with the commitment that the registry shows."""
        text = (await self.defects())["commitment"]
        body = {"commitment": {"version": text["version"], "digest": text["digest"]}} | changes
        return await self.operator.post(f"{self.path}:file", json=body)

    async def put_on_record(self, officer: Caller | None = None) -> httpx.Response:
        return await (officer or self.officer).post(f"{self.path}:put-on-record")

    async def propose(self, reason: str = "教师临时外出", **proposal: Any) -> httpx.Response:
        """Ask for a change."""
        return await self.operator.post(f"{self.path}/changes", json={"proposal": proposal, "reason": reason})

    async def decide(
        self, change_no: int, decision: str = "accepted", reason: str | None = None
    ) -> httpx.Response:
        return await self.officer.post(
            f"{self.path}/changes/{change_no}:decide", json={"decision": decision, "reason": reason}
        )

    async def lay_line(self, *, state: str = "matched", sheet_line: int | None = None) -> UUID:
        """Put a trainee on the roster, as the real-name check left the line; returns the line's id."""
        line_id = await lay_roster_line(
            self.registry, self.opening_id, self.directory.institution_id, state=state, sheet_line=sheet_line
        )
        self.line_ids.append(line_id)
        return line_id


async def lay_roster_line(
    registry: Registry,
    opening_id: UUID,
    institution_id: UUID,
    *,
    state: str = "matched",
    sheet_line: int | None = None,
    person_id: UUID | None = None,
) -> UUID:
    """A roster line of a (new) person behind the application's back."""
    owner, keys = await registry.owner(), registry.house.keys
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    line_id, check_id = uuid7(), uuid7()
    if person_id is None:
        person_id = await owner.fetchval("INSERT INTO person DEFAULT VALUES RETURNING person_id")
    outcome = {"matched": "matched", "not_matched": "name_mismatch"}.get(state)
    if outcome:
        await owner.execute(
            "INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)"
            " VALUES ($1, $2, $3, 'cardholder_base', 'test', '\\x01', registry_now())",
            person_id,
            check_id,
            outcome,
        )
    async with set_aside(owner, "roster_line"):
        await owner.execute(
            "INSERT INTO roster_line (person_id, opening_id, line_id, institution_id, document_kind, name_sealed,"
            " name_digest, name_initials, number_sealed, content_digest, sheet, sheet_line, state, check_id,"
            " check_outcome, added_by) VALUES ($1, $2, $3, $4, 'citizen', $10, '\\x01', 'ceshi', $11, '\\x00',"
            " '学员名册', $5, $6, $7, $8, $9)",
            person_id,
            opening_id,
            line_id,
            institution_id,
            sheet_line,
            state,
            check_id if outcome else None,
            outcome,
            system,
            keys.seal("张测试", name="roster_line.name", owner=person_id),
            keys.seal("110000195001019999", name="roster_line.number", owner=person_id),
        )
    return line_id


def opening_body(directory: Directory, **changes: Any) -> dict[str, Any]:
    """A draft that is accepted."""
    body = {
        "program_id": str(directory.program_id),
        "division_code": directory.division_code,
        "name": "某市养老护理员培训第1期",
        "planned_size": 30,
        "venue": "201教室",
    }
    return body | changes


async def draft_opening(
    registry: Registry, directory: Directory | None = None, *, officer: Caller | None = None, **changes: Any
) -> Opening:
    """An empty draft."""
    directory = directory or await ready_directory(registry)
    created = await directory.operator.post("/v1/openings", json=opening_body(directory, **changes))
    assert created.status_code == 201, created.text
    return Opening(
        registry=registry,
        directory=directory,
        opening_id=UUID(created.json()["opening_id"]),
        officer=officer or await registry.officer(Permission.FILING, division_code="110000"),
    )


def plan_body(first_day: datetime, **changes: Any) -> dict[str, Any]:
    """A teaching plan of the program's hours over ten days."""
    body = {
        "part": "teaching_plan",
        "goal": "达到五级要求",
        "starts_on": law_date(first_day).isoformat(),
        "ends_on": law_date(first_day + timedelta(days=10)).isoformat(),
        "modules": [
            {"title": "照护基础", "hours_kind": "theory", "hours": 2},
            {"title": "照护实操", "hours_kind": "practice", "hours": 4},
            {"title": "安全操作", "hours_kind": "safety", "hours": 2},
        ],
    }
    return body | changes


def session_bodies(teacher_id: str, first_day: datetime) -> list[dict[str, Any]]:
    """Three sessions on two days that cover the program's hours: theory 90, practice 180, safety 90 minutes."""
    plan = (("theory", 0, 0, 90), ("practice", 0, 2, 180), ("safety", 24, 0, 90))
    return [
        {
            "teacher_id": teacher_id,
            "starts_at": (first_day + timedelta(hours=day + hour)).isoformat(),
            "ends_at": (first_day + timedelta(hours=day + hour, minutes=minutes)).isoformat(),
            "hours_kind": kind,
            "delivery": "onsite",
            "venue": "201教室",
        }
        for kind, day, hour, minutes in plan
    ]


async def first_day_of(registry: Registry, *, in_days: int = 3) -> datetime:
    """09:00 in Beijing, some days ahead of the registry's clock."""
    now = await registry.now()
    return now.replace(hour=1, minute=0, second=0, microsecond=0) + timedelta(days=in_days)


async def ready_opening(
    registry: Registry,
    directory: Directory | None = None,
    *,
    trainees: int = 2,
    officer: Caller | None = None,
    first_day: datetime | None = None,
    **changes: Any,
) -> Opening:
    """A draft that may be filed: all five parts, sessions, matched roster lines."""
    opening = await draft_opening(registry, directory, officer=officer, **changes)
    first_day = first_day or await first_day_of(registry)
    saved = [
        await opening.put("parts/teaching_plan", plan_body(first_day)),
        await opening.put(
            "parts/teaching_materials",
            {
                "part": "teaching_materials",
                "items": [{"title": "养老护理员教程", "kind": "textbook", "source": "自编", "quantity": 30}],
            },
        ),
        await opening.put(
            "parts/assessment_plan",
            {
                "part": "assessment_plan",
                "method": "combined",
                "planned_on": law_date(first_day + timedelta(days=11)).isoformat(),
                "pass_score": 60,
                "description": "理论闭卷，实操现场考核",
            },
        ),
        await opening.put(
            "teachers",
            {"teachers": [{"name": "赵示范", "qualification": "养老护理员二级/技师", "subject": "照护实操"}]},
        ),
    ]
    teacher_id = saved[-1].json()["teachers"][0]["teacher_id"]
    saved.append(await opening.put("sessions", {"sessions": session_bodies(teacher_id, first_day)}))
    assert [answer.status_code for answer in saved] == [200] * 5, [answer.text for answer in saved]
    for line in range(trainees):
        await opening.lay_line(sheet_line=line + 3)
    return opening


async def filed_opening(registry: Registry, directory: Directory | None = None, **traits: Any) -> Opening:
    """Filed, waiting for the officer."""
    opening = await ready_opening(registry, directory, **traits)
    filed = await opening.file()
    assert filed.status_code == 200, filed.text
    return opening


async def opening_on_record(registry: Registry, directory: Directory | None = None, **traits: Any) -> Opening:
    """On record: its sessions may be held."""
    opening = await filed_opening(registry, directory, **traits)
    recorded = await opening.put_on_record()
    assert recorded.status_code == 200, recorded.text
    return opening
