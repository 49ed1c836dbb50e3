"""What an attendance device or an online platform does: reads its sessions, shows codes, sends events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from uuid_utils.compat import uuid7

from app.demo.client import Answer, Caller
from app.demo.timetable import Lesson


@dataclass(frozen=True, slots=True)
class AttendanceSource:
    """A registered device or platform."""

    caller: Caller

    def code(self, session_id: str) -> str:
        """The code to show in the room now."""
        shown: str = self.caller.get(f"/v1/source/sessions/{session_id}/code").expect(200)["code"]
        return shown

    def send(self, events: Sequence[dict[str, Any]]) -> Answer:
        """Send a batch of events."""
        return self.caller.post("/v1/attendance-events", {"events": list(events)})


def event(session_id: str, line_id: str, kind: str, occurred_at: datetime, **content: int) -> dict[str, Any]:
    """One event under a fresh id."""
    return {
        "event_id": f"evt-{uuid7()}",
        "session_id": session_id,
        "line_id": line_id,
        "kind": kind,
        "occurred_at": occurred_at.isoformat(),
        **content,
    }


def attended(session_id: str, lesson: Lesson, line_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Sign-in at the beginning and sign-out at the end of a lesson, for each trainee."""
    return [
        event(session_id, line_id, kind, instant)
        for line_id in line_ids
        for kind, instant in (("sign_in", lesson.starts_at), ("sign_out", lesson.ends_at))
    ]


def studied(session_id: str, lesson: Lesson, line_ids: Iterable[str]) -> list[dict[str, Any]]:
    """All three kinds of evidence of an online lesson (签到、记录、测试), for each trainee."""
    return [
        one
        for line_id in line_ids
        for one in (
            event(session_id, line_id, "sign_in", lesson.starts_at),
            event(session_id, line_id, "study_record", lesson.ends_at, minutes=lesson.minutes),
            event(session_id, line_id, "test", lesson.ends_at, score_hundredths=8800),
        )
    ]
