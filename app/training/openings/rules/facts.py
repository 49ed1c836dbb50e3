"""Facts that a filing is judged by; durations in minutes, class hours (课时) where named so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.kernel.errors import Citation
from app.training.openings.states import Delivery, HoursKind


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of policy with where it comes from."""

    number: int
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingLimits:
    """The policy values of the filing day in the opening's division."""

    class_size_min: Limit
    class_size_max: Limit
    lead_hours: Limit
    class_hour_minutes: Limit
    hours_per_day_max: Limit
    session_minutes_max: Limit
    safety_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """A teacher as filed; ``qualification`` says which certificate or title."""

    teacher_id: UUID
    name: str
    qualification: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A planned session over ``[starts_at, ends_at)``."""

    session_id: UUID
    teacher_id: UUID
    starts_at: datetime
    ends_at: datetime
    hours_kind: HoursKind
    delivery: Delivery
    venue: str

    @property
    def minutes(self) -> int:
        """Planned length."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    def overlaps(self, other: "Session") -> bool:
        """Whether both run at some instant."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingPlan:
    """教学计划: the days it spans (both included) and its class hours by kind."""

    starts_on: date
    ends_on: date
    hours: Mapping[HoursKind, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentPlan:
    """考核方案: the day on which the completion assessment is planned."""

    planned_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFacts:
    """Live roster lines by what the real-name check said; ``not_matched_at`` names lines of the sheet, if known."""

    lines: int
    unverified: int
    not_matched: int
    not_matched_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryFacts:
    """What the directories say on the filing day; ``standing_today`` is the standing on the day of judgment."""

    standing_today: str | None
    standing_then: str | None
    qualified: bool
    designated_division: str | None
    program_name: str
    program_in_force: bool
    program_covers_division: bool
    program_hours: Mapping[HoursKind, int]
    program_is_online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingFacts:
    """Everything a filing is judged by. At the filing itself ``filed_at`` equals ``now``."""

    now: datetime
    filed_at: datetime
    planned_size: int
    plan: TeachingPlan | None
    assessment: AssessmentPlan | None
    material_count: int
    teachers: tuple[Teacher, ...]
    sessions: tuple[Session, ...]
    roster: RosterFacts
    directory: DirectoryFacts
    limits: FilingLimits
