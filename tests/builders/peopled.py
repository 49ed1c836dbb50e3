"""A registry with something in every room, for tests that walk all routes: ids that exist, and who may use them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.roles import Role
from app.kernel.clock import utc_now
from tests.builders.accounts import invited_officer
from tests.builders.attendance import OpenClass, lay_institution, lay_open_class, registered_source
from tests.builders.directory import ready_directory
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.builders.openings import Opening, draft_opening, filed_opening, opening_on_record, ready_opening
from tests.builders.peopled_claims import lay_claims
from tests.builders.peopled_money import lay_money
from tests.registry_server import Caller, Registry

CASE = {"reason": "核对无误", "case_number": "测试2026-1"}
PDF = b"%PDF-1.7\n" + b"0" * 200 + b"\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Scene:
    """Ids that belong together, by the name a path or body gives them, and the callers they belong to."""

    ids: Mapping[str, str]
    callers: Mapping[Role, Caller] = field(default_factory=dict)


@dataclass(slots=True)
class PeopledRegistry:
    """``callers`` has one caller for each role but the public; ``scenes`` what they can work on."""

    registry: Registry
    callers: dict[Role, Caller] = field(default_factory=dict)
    scenes: list[Scene] = field(default_factory=list)

    def token(self, caller: Caller) -> str:
        """A fresh token: a run takes longer than a token lives, and one of the routes denies what it is shown."""
        return self.registry.house.tokens.issue(caller.actor, now=utc_now())


async def people(registry: Registry) -> PeopledRegistry:
    """Every kind of caller, and openings in every state with all that hangs on them."""
    peopled = PeopledRegistry(registry)
    await _lay_callers(peopled)
    for _ in range(3):
        await _lay_directory(peopled)
    for make in (draft_opening, ready_opening, ready_opening, filed_opening, filed_opening):
        await _lay_opening(peopled, await make(registry))
    changed = await opening_on_record(registry)
    proposed = await changed.propose(kind="venue", venue="实训中心")
    await _lay_opening(peopled, changed, change_no=str(proposed.json()["change_no"]))
    await _lay_classes(peopled)
    await _lay_records(peopled)
    for _ in range(3):
        await _lay_accounts(peopled)
        await _lay_merge(peopled)
    await _lay_claims(peopled)
    peopled.scenes.append(Scene(*await lay_money(registry)))
    return peopled


async def _lay_callers(peopled: PeopledRegistry) -> None:
    registry, callers = peopled.registry, peopled.callers
    person_id, _ = await lay_person(registry, Trainee(serial=801))
    callers[Role.CITIZEN] = await registry.citizen(person_id)
    callers[Role.INSTITUTION] = await registry.operator(await lay_institution(registry))
    callers[Role.AGENCY] = await registry.officer()
    owner = await registry.owner()
    for role, kind in {
        Role.DEVICE: PrincipalKind.DEVICE,
        Role.PLATFORM: PrincipalKind.PLATFORM,
        Role.PEER_REGION: PrincipalKind.PEER_REGION,
    }.items():
        principal_id = await owner.fetchval(
            "INSERT INTO principal (kind, display_name) VALUES ($1, '测试') RETURNING principal_id", kind
        )
        callers[role] = registry.sign_in(Actor(principal_id, kind))
    for permission in Permission:
        callers[Role(f"agency:{permission}")] = await registry.officer(permission)
    for office in AdministratorKind:
        callers[Role(f"administrator:{office}")] = await registry.administrator(office)


async def _lay_directory(peopled: PeopledRegistry) -> None:
    """An institution and a program of their own: a route that withdraws them leaves the openings alone."""
    directory = await ready_directory(peopled.registry)
    ids = {"institution_id": str(directory.institution_id), "program_id": str(directory.program_id)}
    proposed = await directory.operator.post(
        "/v1/attendance-source-proposals", json={"kind": "device", "name": "一号教室考勤机"}
    )
    ids["proposal_id"] = proposed.json()["proposal_id"]
    peopled.scenes.append(Scene(ids, {Role.INSTITUTION: directory.operator}))


async def _lay_opening(peopled: PeopledRegistry, opening: Opening, **more: str) -> None:
    shown = await opening.show()
    part = "assessment_plan" if shown["state"] in {"draft", "returned"} else "change"
    stored = await opening.operator.post(
        f"{opening.path}/documents", files={"file": ("附件.pdf", PDF)}, data={"part": part}
    )
    ids = {
        "opening_id": str(opening.opening_id),
        "program_id": str(opening.directory.program_id),
        "line_id": str((opening.line_ids or [await opening.lay_line()])[0]),
        "part": "teaching_plan",
        **({"document_id": stored.json()["document_id"]} if stored.status_code == 201 else {}),
        **more,
    }
    if shown["teachers"]:
        ids["teacher_id"] = shown["teachers"][0]["teacher_id"]
        ids["session_id"] = shown["sessions"][0]["session_id"]
    peopled.scenes.append(Scene(ids, {Role.INSTITUTION: opening.operator}))


async def _lay_classes(peopled: PeopledRegistry) -> None:
    """Two classes whose first session is over, with sources, a correction to decide and an assessment."""
    registry = peopled.registry
    classes = [await lay_open_class(registry, trainees=2) for _ in range(2)]
    sources = [
        {
            Role(kind): await registered_source(registry, laid, kind=kind, name=kind)
            for kind in ("device", "platform")
        }
        for laid in classes
    ]
    await classes[-1].go_to(100)
    for laid, callers in zip(classes, sources, strict=True):
        address = f"/v1/openings/{laid.opening_id}"
        proposed = await laid.operator.post(f"{address}/presence-corrections", json=_correction(laid))
        assert proposed.status_code == 201, proposed.text
        at = await registry.now() + timedelta(days=1)
        planned = await laid.operator.post(
            f"{address}/assessments",
            json={"scheduled_at": at.isoformat(), "venue": "测试考场", "method": "combined"},
        )
        assert planned.status_code == 201, planned.text
        ids = {
            "opening_id": str(laid.opening_id),
            "session_id": str(laid.sessions[0]),
            "line_id": str(laid.lines[0]),
            "correction_id": proposed.json()["correction_id"],
            "attempt": "1",
        }
        citizen = await registry.citizen(laid.persons[1])
        peopled.scenes.append(Scene(ids, {Role.INSTITUTION: laid.operator, Role.CITIZEN: citizen, **callers}))
        revocable = {"source_id": str(callers[Role.DEVICE].actor.principal_id)}
        peopled.scenes.append(Scene(revocable, {Role.INSTITUTION: laid.operator}))


def _correction(laid: OpenClass) -> dict[str, Any]:
    return {
        "session_id": str(laid.sessions[0]),
        "line_id": str(laid.lines[0]),
        "present_from": laid.starts[0].isoformat(),
        "present_until": (laid.starts[0] + timedelta(minutes=80)).isoformat(),
        "reason": "考勤机断电",
    }


async def _lay_records(peopled: PeopledRegistry) -> None:
    """Finished classes, one of them closed: its entries, and a correction of one that waits for a decision."""
    registry = peopled.registry
    finished = [await lay_finished_class(registry, [Trainee(serial=serial)]) for serial in range(901, 905)]
    await registry.advance(hours=1)
    for number, laid in enumerate(finished):
        ids = {"opening_id": str(laid.opening_id), "attempt": "1"}
        owner = await registry.owner()
        line_id = await owner.fetchval(
            "SELECT line_id FROM roster_line WHERE opening_id = $1", laid.opening_id
        )
        peopled.scenes.append(Scene({**ids, "line_id": str(line_id)}, {Role.INSTITUTION: laid.operator}))
        if number % 2:
            await _lay_entry(peopled, laid.operator, laid.opening_id, laid.persons[0])


async def _lay_entry(peopled: PeopledRegistry, operator: Caller, opening_id: UUID, person_id: UUID) -> None:
    registry = peopled.registry
    closed = await operator.post(f"/v1/openings/{opening_id}:close")
    assert closed.status_code == 200, closed.text
    entries = (await operator.get(f"/v1/openings/{opening_id}/records")).json()["items"]
    maker = await registry.officer(Permission.REVIEW)
    number = entries[0]["record_number"]
    proposed = await maker.post(f"/v1/records/{number}/corrections", json={"kind": "revoke", **CASE})
    assert proposed.status_code == 201, proposed.text
    ids = {"record_number": number, "correction_id": proposed.json()["correction_id"]}
    peopled.scenes.append(Scene(ids, {Role.CITIZEN: await registry.citizen(person_id)}))


async def _lay_accounts(peopled: PeopledRegistry) -> None:
    """An officer with a permission to confirm and a second factor to reset, proposed by somebody else."""
    registry = peopled.registry
    proposer = await registry.administrator(AdministratorKind.SECURITY)
    invited = await invited_officer(
        registry, Permission.FILING, login_name=f"officer-{len(peopled.scenes)}", by=proposer
    )
    holder = {"principal_id": invited["principal_id"]}
    reset = await proposer.post("/v1/second-factor-resets", json={**holder, "reason": "手机丢失，已当面核对"})
    grants = (await proposer.get("/v1/permission-grants", params=holder)).json()["items"]
    ids = {
        **holder,
        "activation_id": reset.json()["activation_id"],
        "grant_id": grants[0]["grant_id"],
        "agency_id": str(await registry.agency()),
    }
    peopled.scenes.append(Scene(ids))


async def _lay_claims(peopled: PeopledRegistry) -> None:
    office, laid = await lay_claims(peopled.registry)
    for claimant, ids in laid:
        callers = {
            Role.CITIZEN: claimant.citizen,
            Role.REVIEW: office.reviewer,
            Role.APPROVAL: office.approver,
        }
        peopled.scenes.append(Scene(ids, callers))


async def _lay_merge(peopled: PeopledRegistry) -> None:
    registry, serial = peopled.registry, 810 + 2 * len(peopled.scenes)
    maker = await registry.officer(Permission.IDENTITY)
    pair = [(await lay_person(registry, Trainee(serial=serial % 1000 + more)))[0] for more in range(2)]
    ids = {"person_id": str(pair[0]), "survivor_id": str(pair[1])}
    proposed = await maker.post("/v1/person-merges", json={**ids, **CASE})
    assert proposed.status_code == 201, proposed.text
    peopled.scenes.append(Scene({**ids, "alias_id": proposed.json()["alias_id"]}))
