"""Reads the lines of a list and judges what the archive says of each. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from app.archive.certificates.rules.numbers import written_number
from app.exchange.comparisons.states import LineOutcome
from app.kernel.errors import InvalidInput, Reason
from app.kernel.identifiers import AreaKnown, check_identity_number, sound_citizen_number
from app.kernel.names import reasons_against_name, same_name

LINES_MAX = 5_000_000
PART_LINES = 10_000
"""Lines of one transaction: small enough for its time limit, large enough that the commit does not count."""


class Column(StrEnum):
    """The columns of a list, by the members of NDJSON."""

    NUMBER = "identity_number"
    NAME = "name"
    RECORD = "record_number"
    CERTIFICATE = "certificate_number"


HEADINGS: Mapping[Column, tuple[str, ...]] = {
    Column.NUMBER: ("身份证件号码", "身份证号码", "身份证号", "公民身份号码", "社会保障号码", "证件号码"),
    Column.NAME: ("姓名", "学员姓名", "持证人"),
    Column.RECORD: ("档案编号", "培训档案编号"),
    Column.CERTIFICATE: ("证书编号", "证书号码", "证书号"),
}
REQUIRED = (Column.NUMBER, Column.NAME)
_CERTIFICATE_CHARACTERS_MAX = 60
_RECORD_NUMBER = re.compile(r"R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is looked up; numbers in their normal form."""

    line: int
    number: str = field(repr=False)
    name: str = field(repr=False)
    record_number: str | None
    certificate_number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one line. ``reasons`` only of a line that could not be looked up."""

    line: int
    outcome: LineOutcome
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the archive said under the number of a line: the names proved, and the states of what it names.

    Several only of persons who are read as one.
    """

    names: tuple[str, ...] = field(repr=False)
    record_states: tuple[str, ...]
    certificate_states: tuple[str, ...]

    def __add__(self, other: "Found") -> "Found":
        """Both, of persons read as one."""
        return Found(
            self.names + other.names,
            self.record_states + other.record_states,
            self.certificate_states + other.certificate_states,
        )


def columns_of(heading: Sequence[str]) -> dict[Column, int]:
    """Where each column stands. Raises InvalidInput that names every required one that is missing or stands twice."""
    cells = ["".join(cell.split()).strip("\ufeff*＊") for cell in heading]
    found: dict[Column, int] = {}
    reasons = []
    for column, spellings in HEADINGS.items():
        places = [at for at, cell in enumerate(cells) if cell in spellings or cell == column.value]
        if len(places) > 1 or (not places and column in REQUIRED):
            what = "出现了两次" if places else "没有找到"
            reasons.append(
                Reason(
                    code="column_twice" if places else "column_missing",
                    message=f"表头中{what}“{spellings[0]}”一列",
                    remedy=f"第一行须为表头，{spellings[0]}一列写作：{'、'.join(spellings)}",
                    field="file",
                    line=1,
                )
            )
        elif places:
            found[column] = places[0]
    if reasons:
        raise InvalidInput(reasons)
    return found


def cells_of(row: list[str] | dict[str, object], columns: Mapping[Column, int]) -> tuple[str, str, str, str]:
    """Number, name, record number and certificate number as written; blank when absent."""
    if isinstance(row, dict):
        told = (row.get(column.value) for column in Column)
        number, name, record, certificate = ("" if value is None else str(value) for value in told)
    else:
        places = (columns.get(column) for column in Column)
        number, name, record, certificate = ("" if at is None or at >= len(row) else row[at] for at in places)
    return number, name, record, certificate


def judge_line(
    line: int, cells: tuple[str, str, str, str], *, on: date, area_known: AreaKnown
) -> Line | Verdict:
    """A line that can be looked up, or every reason why it cannot."""
    raw_number, raw_name, raw_record, raw_certificate = cells
    name, record, certificate = raw_name.strip(), raw_record.strip(), raw_certificate.strip()
    sound = sound_citizen_number(raw_number, on=on)
    reasons: tuple[Reason, ...] = ()
    if sound is None:
        checked = check_identity_number(raw_number, on=on, area_known=area_known)
        sound, reasons = checked.value, checked.reasons
    reasons += reasons_against_name(name)
    # By its form: its check character would cost more than looking it up, which finds a wrong one as well.
    if record and _RECORD_NUMBER.fullmatch(record) is None:
        reasons += (_malformed("record_number", "档案编号格式不正确", "形如 R110105-2026-00000001-5"),)
    if len(certificate) > _CERTIFICATE_CHARACTERS_MAX:
        reasons += (_malformed("certificate_number", "证书编号过长", "请核对证书编号"),)
    if reasons or sound is None:
        return Verdict(line, LineOutcome.INVALID_LINE, reasons)
    return Line(
        line, sound.number, name, record or None, written_number(certificate) if certificate else None
    )


def _malformed(column: str, message: str, remedy: str) -> Reason:
    return Reason(code=f"{column}_malformed", message=message, remedy=remedy, field=column)


_RECORD_OUTCOMES = {
    "unknown": LineOutcome.RECORD_UNKNOWN,
    "of_another": LineOutcome.RECORD_OF_ANOTHER,
    "unsealed": LineOutcome.RECORD_UNSEALED,
    "superseded": LineOutcome.RECORD_SUPERSEDED,
    "revoked": LineOutcome.RECORD_REVOKED,
}
_CERTIFICATE_OUTCOMES = {
    "unknown": LineOutcome.CERTIFICATE_UNKNOWN,
    "of_another": LineOutcome.CERTIFICATE_OF_ANOTHER,
    "expired": LineOutcome.CERTIFICATE_EXPIRED,
    "revoked": LineOutcome.CERTIFICATE_REVOKED,
}


def judge(asked: Line, found: Found | None) -> LineOutcome:
    """The first thing that does not match, in the order person, name, record, certificate.

    Of persons read as one each says what it knows; what belongs to any of them is not another's.
    """
    if found is None:
        return LineOutcome.NUMBER_UNKNOWN
    if not any(asked.name == name or same_name(asked.name, name) for name in found.names):
        return LineOutcome.NAME_DIFFERS
    if asked.record_number is not None and "valid" not in found.record_states:
        return _RECORD_OUTCOMES[_nearest(found.record_states)]
    if asked.certificate_number is not None and "valid" not in found.certificate_states:
        nearest = _nearest(found.certificate_states)
        return _CERTIFICATE_OUTCOMES.get(nearest, LineOutcome.CERTIFICATE_UNCONFIRMED)
    return LineOutcome.MATCHED


def _nearest(states: tuple[str, ...]) -> str:
    return next((state for state in states if state != "of_another"), "of_another")


def pace(
    total: int | None, done: int, started_at: datetime | None, now: datetime
) -> tuple[int | None, int | None]:
    """Lines a second so far, and seconds left at that pace; None where nothing can be said yet."""
    if started_at is None or done == 0:
        return None, None
    seconds = max((now - started_at).total_seconds(), 1.0)
    rate = done / seconds
    return round(rate), None if total is None else max(round((total - done) / rate), 0)
