"""What every page of one class shows of it: the class, its parts with their faults, whether it may be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.kernel.errors import InvalidInput, Reason
from app.training.openings.queries.filing import FilingCase, read_filing_case
from app.training.openings.queries.lists import OpeningSummary, summary_in_sight
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.states import EDITABLE, OpeningState
from app.web.pages.page import Page
from app.web.words import Part

VERSION = "_version"
"""The hidden field that says which version of a draft a form was opened on."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a filing: its name, where it is filled in, and which fields of reasons are about it."""

    key: str
    title: str
    address: str
    fields: tuple[str, ...]
    missing: str = ""

    def owns(self, reason: Reason) -> bool:
        """Whether a reason is about this part."""
        name = reason.field or ""
        return any(name == field or name.startswith(f"{field}.") for field in self.fields)


SECTIONS = (
    Section(
        "teaching_plan", "教学计划", "parts/teaching_plan", ("parts.teaching_plan",), "teaching_plan_missing"
    ),
    Section("teachers", "授课师资", "teachers", ("teachers",), "teachers_missing"),
    Section(
        "teaching_materials",
        "教材教学资源清单",
        "parts/teaching_materials",
        ("parts.teaching_materials",),
        "teaching_materials_missing",
    ),
    Section(
        "assessment_plan",
        "考核方案",
        "parts/assessment_plan",
        ("parts.assessment_plan",),
        "assessment_plan_missing",
    ),
    Section("roster", "学员名册", "roster", ("roster",), "roster_missing"),
)
"""The five parts of a filing (开班备案五项材料)."""
BASICS = Section(
    "basics",
    "基本情况",
    "basics",
    ("program_id", "program_version", "division_code", "planned_size", "venue", "name", "institution_id"),
)
SESSIONS = Section("sessions", "课次安排", "sessions", ("sessions",), "sessions_missing")
ALL_SECTIONS = (BASICS, *SECTIONS[:2], SESSIONS, *SECTIONS[2:])
"""In the order in which they are filled in: sessions name teachers."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A class that may still be changed, with everything against filing it now."""

    summary: OpeningSummary
    case: FilingCase
    reasons: tuple[Reason, ...]

    def faults(self, section: Section) -> list[Reason]:
        """What stands against one part."""
        return [reason for reason in self.reasons if section.owns(reason)]

    def state_of(self, section: Section) -> Part:
        """How far a part is."""
        faults = self.faults(section)
        if section.key == "sessions" and not self.case.facts.sessions:
            return Part.NOT_BEGUN
        if any(reason.code == section.missing for reason in faults):
            return Part.NOT_BEGUN
        if faults:
            return Part.FAULTY
        is_checking = section.key == "roster" and self.case.facts.roster.unverified
        return Part.UNDER_WAY if is_checking else Part.DONE


async def class_in_sight(unit: Unit, opening_id: UUID) -> OpeningSummary:
    """The caller's class. Raises NotFound."""
    return await summary_in_sight(unit, opening_id)


async def draft_of(unit: Unit, opening_id: UUID) -> Draft | None:
    """The class with what stands against filing it; None when it may not be changed any more. Raises NotFound."""
    summary = await summary_in_sight(unit, opening_id)
    if OpeningState(summary.opening.state) not in EDITABLE:
        return None
    case = await read_filing_case(unit, summary.opening)
    return Draft(summary, case, reasons_against_filing(case.facts))


def tasks_of(draft: Draft) -> list[dict[str, Any]]:
    """The parts of a filing as a task list."""
    base = f"/institution/openings/{draft.summary.opening.opening_id}"
    return [
        {
            "title": section.title,
            "href": f"{base}/{section.address}",
            "state": draft.state_of(section),
            "note": _note(draft.faults(section), draft.state_of(section)),
        }
        for section in ALL_SECTIONS
    ]


def is_editable(summary: OpeningSummary) -> bool:
    """Whether what was filled in may be changed."""
    return OpeningState(summary.opening.state) in EDITABLE


def version_of(page: Page) -> int:
    """Which version the form was opened on. Raises InvalidInput when it does not say."""
    told = page.typed[VERSION]
    if not (told.isdecimal() and len(told) < 10):
        raise InvalidInput(
            [Reason(code="version_missing", message="表单不完整", remedy="请重新打开本页后再填写")]
        )
    return int(told)


def _note(faults: Sequence[Reason], state: Part) -> str | None:
    if state is not Part.FAULTY:
        return None
    more = f"（另有{len(faults) - 1}项）" if len(faults) > 1 else ""
    return f"{faults[0].message}{more}"
