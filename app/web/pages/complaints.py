"""A refusal as a page shows it: all reasons at the top, each beside its field, in the very words of the API."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from app.kernel.errors import Reason, RegistryError


@dataclass(frozen=True, slots=True)
class Complaints:
    """What stands against what was typed. ``labels`` are the Chinese names of the fields on the page."""

    title: str = ""
    reasons: tuple[Reason, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: RegistryError | None, labels: Mapping[str, str] | None = None) -> "Complaints":
        """Of a refusal, or none at all."""
        return cls() if refusal is None else cls(refusal.title, refusal.reasons, labels or {})

    def __bool__(self) -> bool:
        return bool(self.title)

    def at(self, name: str) -> list[Reason]:
        """The reasons against one field."""
        return [reason for reason in self.reasons if reason.field == name]

    def label(self, reason: Reason) -> str:
        """The name of the field a reason is about, where the page gave it one; with the line of a list or file."""
        label = self.labels.get(reason.field or "", "") or self._label_of_member(reason.field or "")
        place = "" if reason.line is None else f"第{reason.line}行"
        return f"{place}{label}"

    def anchor(self, reason: Reason) -> str | None:
        """Where the field stands on the page; None when the page has none of that name."""
        name = reason.field or ""
        return field_id(name) if name and self.label(reason) else None

    def _label_of_member(self, path: str) -> str:
        steps = path.split(".")
        general = ".".join("*" if step.isdecimal() else step for step in steps)
        found = self.labels.get(general, "")
        numbers = [int(step) + 1 for step in steps if step.isdecimal()]
        return f"第{numbers[0]}项{found}" if found and numbers else found


@lru_cache(maxsize=2_000)
def field_id(name: str) -> str:
    """The ``id`` of a field on the page."""
    return "field-" + "".join(char if char.isalnum() else "-" for char in name)


def ids_of(form: str) -> Callable[[str], str]:
    """``field_id`` for one of several forms of a page, so that fields of one name have ids of their own."""
    return lambda name: f"{field_id(form)}-{field_id(name)}"


def listed(reasons: Iterable[Reason]) -> Complaints:
    """Reasons found without refusing anything (a dry run), in the same dress."""
    reasons = tuple(reasons)
    return Complaints("请先解决以下问题", reasons) if reasons else Complaints()
