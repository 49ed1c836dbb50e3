"""Pure rules of the archive: record numbers, and what stands against correcting an entry."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from stdnum.iso7064 import mod_11_2

from app.archive.records.states import CorrectionKind, EntryState
from app.kernel.errors import UNSOURCED, Reason

_RECORD_NUMBER = re.compile(r"R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]")


def record_number(division_code: str, year: int, serial: int) -> str:
    """档案编号: ``R``, division, year, serial, ISO 7064 MOD 11-2 check character.

    The dashes keep it readable aloud, and keep a run of 18 characters from looking like an identity number to the
    guards that search logs and audit events for one.
    """
    check = mod_11_2.calc_check_digit(f"{division_code}{year:04}{serial:08}")
    return f"R{division_code}-{year:04}-{serial:08}-{check}"


def is_record_number(text: str) -> bool:
    """Whether ``text`` has the form and the check character of a record number."""
    return _RECORD_NUMBER.fullmatch(text) is not None and (
        mod_11_2.calc_check_digit(text[1:-2].replace("-", "")) == text[-1]
    )


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An entry as it stands, for judging a correction."""

    state: EntryState
    starts_on: date
    ends_on: date
    planned_minutes: int
    credited_minutes: int
    score_hundredths: int | None
    program_name: str
    has_open_correction: bool
    is_certificate: bool = False


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """A proposal and who would decide it."""

    is_open: bool
    proposed_by: UUID
    decided_by: UUID
    entry_state: EntryState


def state_of(entry: Mapping[str, Any], superseded: Sequence[UUID | str]) -> EntryState:
    """The state of an entry, given the ids that any entry of the person supersedes."""
    if entry["revoked_at"] is not None:
        return EntryState.REVOKED
    if str(entry["entry_id"]) in {str(each) for each in superseded}:
        return EntryState.SUPERSEDED
    return EntryState.IN_FORCE


def reasons_against_proposing(
    facts: EntryFacts, *, kind: CorrectionKind, changes: Mapping[str, Any]
) -> tuple[Reason, ...]:
    """Every reason why this correction cannot be proposed."""
    reasons = []
    if facts.state is not EntryState.IN_FORCE:
        reasons.append(
            _reason(
                "record_not_in_force",
                "这条档案已被更正或撤销",
                "请对当前有效的那一条提出更正",
                field="record_number",
            )
        )
    if facts.has_open_correction:
        reasons.append(
            _reason(
                "correction_already_open",
                "这条档案已有一项更正等待复核",
                "请等待复核结果",
                field="record_number",
            )
        )
    if kind is CorrectionKind.SUPERSEDE:
        reasons.extend(_reasons_against_changes(facts, changes))
    return tuple(reasons)


def _reasons_against_changes(facts: EntryFacts, changes: Mapping[str, Any]) -> list[Reason]:
    if facts.is_certificate:
        return [
            _reason(
                "certificate_entry_as_told",
                "证书档案的内容以评价工作网为准，不作更正",
                "网上信息有误的，请由核发机构更正；档案有误的，请提出撤销，再按更正后的证书归档",
                field="kind",
            )
        ]
    reasons = []
    if not changes:
        reasons.append(
            _reason(
                "correction_empty",
                "没有写明要更正的内容",
                "请至少填写一项与原档案不同的内容",
                field="changes",
            )
        )
    elif all(getattr(facts, name) == value for name, value in changes.items()):
        reasons.append(
            _reason(
                "correction_changes_nothing", "更正内容与原档案相同", "请填写应更正为的内容", field="changes"
            )
        )
    starts_on = changes.get("starts_on", facts.starts_on)
    ends_on = changes.get("ends_on", facts.ends_on)
    if ends_on < starts_on:
        reasons.append(
            _reason(
                "correction_period_backward", "结束日期早于开始日期", "请更正日期", field="changes.ends_on"
            )
        )
    if changes.get("credited_minutes", 0) > facts.planned_minutes:
        reasons.append(
            _reason(
                "correction_over_planned_hours",
                f"课时超过计划的 {facts.planned_minutes} 分钟",
                "请填写实际确认的课时",
                field="changes.credited_minutes",
            )
        )
    return reasons


def reasons_against_deciding(facts: CorrectionFacts) -> tuple[Reason, ...]:
    """Every reason why this person cannot decide this correction now."""
    reasons = []
    if not facts.is_open:
        reasons.append(_reason("correction_already_decided", "这项更正已有复核结果", "无需再次复核"))
    if facts.proposed_by == facts.decided_by:
        reasons.append(
            _reason("second_person_required", "提出更正的人不能自己复核", "请由另一名有复核权限的经办人办理")
        )
    if facts.is_open and facts.entry_state is not EntryState.IN_FORCE:
        reasons.append(_reason("record_not_in_force", "这条档案已被更正或撤销", "请驳回这项更正"))
    return tuple(reasons)


def _reason(code: str, message: str, remedy: str, field: str | None = None) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field, citation=UNSOURCED)
