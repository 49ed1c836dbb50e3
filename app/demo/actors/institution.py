"""What an institution does: drafts and files openings, delivers rosters, enters results, closes classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.demo.certificates import Printed
from app.demo.client import Answer, Caller, Upload, until
from app.demo.identities import Person
from app.demo.province_data import ProgramPlan
from app.demo.timetable import lessons_on


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class to open: taught on one day, assessed the day after."""

    name: str
    program: ProgramPlan
    program_id: str
    division_code: str
    day: date
    venue: str
    teachers: tuple[str, str]
    delivery: str = "onsite"
    size: int = 40


@dataclass(frozen=True, slots=True)
class InstitutionActor:
    """Somebody who acts for an institution."""

    caller: Caller

    def draft(self, plan: ClassPlan) -> str:
        """Begin a draft; returns its id."""
        body = {
            "program_id": plan.program_id,
            "division_code": plan.division_code,
            "name": plan.name,
            "planned_size": plan.size,
            "venue": plan.venue,
        }
        opening_id: str = self.caller.post("/v1/openings", body).expect(201)["opening_id"]
        return opening_id

    def complete(self, opening_id: str, plan: ClassPlan) -> None:
        """Fill in the parts, the teachers and the sessions."""
        for part, content in _parts(plan).items():
            self._put(opening_id, f"parts/{part}", content)
        self._put(opening_id, "teachers", {"teachers": _teachers(plan)})
        self.plan_sessions(opening_id, plan)

    def plan_sessions(self, opening_id: str, plan: ClassPlan) -> None:
        """Plan the sessions of the teaching day."""
        teacher_ids = [teacher["teacher_id"] for teacher in self.read(opening_id)["teachers"]]
        sessions = [
            lesson.body(teacher_ids[index % len(teacher_ids)], venue=plan.venue, delivery=plan.delivery)
            for index, lesson in enumerate(lessons_on(plan.day))
        ]
        self._put(opening_id, "sessions", {"sessions": sessions})

    def read(self, opening_id: str) -> Answer:
        """The opening as its institution sees it."""
        return self.caller.get(f"/v1/openings/{opening_id}").expect(200)

    def sessions(self, opening_id: str) -> dict[str, str]:
        """Ids of the sessions by kind of hours."""
        return {session["hours_kind"]: session["session_id"] for session in self.read(opening_id)["sessions"]}

    def import_roster(self, opening_id: str, roster: Upload) -> Answer:
        """Upload a roster file."""
        return self.caller.post(f"/v1/openings/{opening_id}/roster:import", upload=roster)

    def submit_roster(self, opening_id: str, people: Sequence[Person]) -> Answer:
        """Deliver a roster from the institution's own system."""
        lines = [{"name": person.name, "identity_number": person.number} for person in people]
        return self.caller.post(f"/v1/openings/{opening_id}/roster", {"lines": lines})

    def roster(self, opening_id: str) -> Answer:
        """The roster with the state of each line."""
        return self.caller.get(f"/v1/openings/{opening_id}/roster", limit="200").expect(200)

    def completions(self, opening_id: str) -> list[dict[str, Any]]:
        """The entries of completion that a class led to."""
        items = self.caller.get(f"/v1/openings/{opening_id}/records").expect(200)["items"]
        return [item for item in items if item["kind"] == "completion"]

    def lines(self, opening_id: str) -> dict[str, str]:
        """Ids of the roster lines by name."""
        return {line["name"]: line["line_id"] for line in self.roster(opening_id)["items"]}

    def wait_until_checked(self, opening_id: str, **expected: int) -> None:
        """Wait until the worker's real-name check has come to these counts. Raises Unexpected when it does not."""
        until(
            lambda: self.roster(opening_id)["counts"],
            lambda counts: all(counts[state] == count for state, count in expected.items()),
            f"实名核验应达到 {expected}",
        )

    def defects(self, opening_id: str) -> Answer:
        """What still stands against filing, and the commitment to accept."""
        return self.caller.get(f"/v1/openings/{opening_id}/defects").expect(200)

    def file(self, opening_id: str) -> Answer:
        """File with the commitment that the opening shows."""
        commitment = self.defects(opening_id)["commitment"]
        accepted = {"version": commitment["version"], "digest": commitment["digest"]}
        return self.caller.post(f"/v1/openings/{opening_id}:file", {"commitment": accepted})

    def propose_source(self, kind: str, name: str) -> str:
        """Propose a device or platform; returns the proposal's id."""
        body = {"kind": kind, "name": name}
        proposal_id: str = self.caller.post("/v1/attendance-source-proposals", body).expect(201)[
            "proposal_id"
        ]
        return proposal_id

    def schedule_assessment(self, opening_id: str, scheduled_at: datetime, venue: str) -> int:
        """Schedule the completion assessment; returns the attempt."""
        body = {"scheduled_at": scheduled_at.isoformat(), "venue": venue, "method": "combined"}
        attempt: int = self.caller.post(f"/v1/openings/{opening_id}/assessments", body).expect(201)["attempt"]
        return attempt

    def enter_results(self, opening_id: str, attempt: int, results: Sequence[dict[str, Any]]) -> Answer:
        """Enter results."""
        path = f"/v1/openings/{opening_id}/assessments/{attempt}/results"
        return self.caller.post(path, {"results": list(results)})

    def confirm_results(self, opening_id: str, attempt: int) -> Answer:
        """Confirm all results that wait."""
        return self.caller.post(f"/v1/openings/{opening_id}/assessments/{attempt}/results:confirm", {})

    def close(self, opening_id: str) -> Answer:
        """Close the class."""
        return self.caller.post(f"/v1/openings/{opening_id}:close")

    def submit_certificates(self, opening_id: str, printed: Sequence[Printed], **changes: str) -> Answer:
        """Submit certificates of trainees, answered line by line."""
        lines = self.lines(opening_id)
        stated = [{**each.stated(**changes), "line_id": lines[each.holder.name]} for each in printed]
        return self.caller.post(f"/v1/openings/{opening_id}/certificates", {"lines": stated})

    def certificates(self, opening_id: str) -> list[dict[str, Any]]:
        """The certificates of trainees that are the institution's matter."""
        path = f"/v1/openings/{opening_id}/certificates"
        found: list[dict[str, Any]] = self.caller.get(path).expect(200)["items"]
        return found

    def _put(self, opening_id: str, what: str, content: object) -> None:
        tag = self.read(opening_id).version_tag
        self.caller.put(f"/v1/openings/{opening_id}/{what}", content, version_tag=tag).expect(200)


def passed(line_id: str, score_hundredths: int) -> dict[str, Any]:
    """A passed result."""
    return {"line_id": line_id, "outcome": "pass", "score_hundredths": score_hundredths}


def failed(line_id: str, score_hundredths: int) -> dict[str, Any]:
    """A failed result."""
    return {"line_id": line_id, "outcome": "fail", "score_hundredths": score_hundredths}


def _teachers(plan: ClassPlan) -> list[dict[str, str]]:
    return [
        {"name": plan.teachers[0], "qualification": "二级/技师", "subject": "理论与安全"},
        {"name": plan.teachers[1], "qualification": "三级/高级工", "subject": "实操"},
    ]


def _parts(plan: ClassPlan) -> dict[str, Any]:
    theory, practice, safety = plan.program.hours
    return {
        "teaching_plan": {
            "part": "teaching_plan",
            "goal": plan.program.skill_requirements,
            "starts_on": plan.day.isoformat(),
            "ends_on": plan.day.isoformat(),
            "modules": [
                {"title": "基础知识", "hours_kind": "theory", "hours": theory},
                {"title": "岗位实操", "hours_kind": "practice", "hours": practice},
                {"title": "安全知识与安全操作", "hours_kind": "safety", "hours": safety},
            ],
        },
        "teaching_materials": {
            "part": "teaching_materials",
            "items": [
                {
                    "title": "国家职业技能标准配套教材",
                    "kind": "textbook",
                    "source": "自编讲义",
                    "quantity": 40,
                },
                {"title": "实训设备及耗材", "kind": "equipment", "source": "实训室", "quantity": 10},
            ],
        },
        "assessment_plan": {
            "part": "assessment_plan",
            "method": "combined",
            "planned_on": (plan.day + timedelta(days=1)).isoformat(),
            "pass_score": 60,
            "description": "理论闭卷60分钟，实操按评分表现场考核，两项均合格为合格",
        },
    }
