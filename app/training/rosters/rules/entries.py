"""The facts of a roster: what a line says, what it is measured by, and what comes out."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from app.files.sheet import Cell
from app.kernel.errors import Reason
from app.kernel.identifiers import AreaKnown, IdentityNumber, SocialSecurityCardNumber

MAX_TRAINEES = 2_000
"""Most trainees of one class; an operating limit of the registry, no text states one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEntry:
    """One line as it was delivered, nothing judged. Cells of a spreadsheet may be numbers; absent ones are
    ``""``.

    ``line`` counts from 1, as Excel shows it (for JSON: the position in the list). ``cells`` is the whole
    original line, for the file of refused rows. Nothing of a person is printed.
    """

    line: int
    sheet: str | None = None
    name: Cell = field(default="", repr=False)
    document_kind: Cell = field(default="", repr=False)
    identity_number: Cell = field(default="", repr=False)
    card_number: Cell = field(default="", repr=False)
    phone: Cell = field(default="", repr=False)
    key_group: Cell = field(default="", repr=False)
    sex: Cell = field(default="", repr=False)
    remark: Cell = field(default="", repr=False)
    cells: tuple[Cell, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What lines are measured by: the date of law, the known areas, and key groups by every label they go
    under.
    """

    on: date
    area_known: AreaKnown
    key_groups: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterLine:
    """A line that can be taken up: normalized values, and ``warnings`` that a person should look at.

    ``key_groups`` holds codes; a trainee may belong to several groups at once (两后生 and 农村学员).
    """

    line: int
    sheet: str | None
    name: str = field(repr=False)
    identity_number: IdentityNumber
    card_number: SocialSecurityCardNumber | None = None
    phone: str | None = field(default=None, repr=False)
    key_groups: tuple[str, ...] = ()
    remark: str | None = field(default=None, repr=False)
    warnings: tuple[Reason, ...] = ()
    cells: tuple[Cell, ...] = field(default=(), repr=False)

    def refused(self, *reasons: Reason) -> "RefusedLine":
        """The same line as a refused one, for reasons that only show when it is to be kept."""
        placed = tuple(replace(reason, sheet=self.sheet, line=self.line) for reason in reasons)
        return RefusedLine(
            line=self.line, sheet=self.sheet, reasons=placed, warnings=self.warnings, cells=self.cells
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLine:
    """A line that cannot be taken up, with every reason at once and its original cells (not printed)."""

    line: int
    sheet: str | None
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...] = ()
    cells: tuple[Cell, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRoster:
    """The outcome for a whole roster. ``notices`` tell what was passed over and why; they refuse nothing."""

    lines: tuple[RosterLine, ...]
    refused: tuple[RefusedLine, ...]
    notices: tuple[Reason, ...]
    headings: tuple[str, ...] = ()


def key_group_labels(groups: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Code by label, from ``(code, name)`` pairs: the code itself, the name, and both halves of "X（Y）".

    A half that two groups share names neither of them.
    """
    labels: dict[str, str] = {}
    shared: set[str] = set()
    pairs = list(groups)
    for code, name in pairs:
        halves = re.fullmatch(r"([^(]+)\(([^)]+)\)", label_text(name))
        for half in halves.groups() if halves else ():
            if labels.setdefault(half, code) != code:
                shared.add(half)
    for half in shared:
        del labels[half]
    for code, name in pairs:
        labels[label_text(name)] = code
        labels[code] = code
    return labels


def label_text(text: str) -> str:
    """A label as it is compared: half width, no spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())
