"""Key groups (重点群体) and which of them a text names for free training or a living allowance.

Facts only: whether somebody is paid is decided by policy values, not here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache

from app.kernel.errors import Citation
from app.reference.named_in import NamedIn
from app.reference.packaged import read_document

_FILE = "key_groups.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """One group. ``within`` is the wider group the text counts it in (就业困难人员(含残疾人)); ``note`` an
    open reading.
    """

    code: str
    name: str
    named: NamedIn
    is_free_training: bool
    within: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingAllowanceGroups:
    """生活费补贴: a person is named when all groups of one set hold (两后生 ∧ 农村学员); ``reading`` says
    how we read it.
    """

    any_of: tuple[frozenset[str], ...]
    citation: Citation
    reading: str

    def names(self, groups: Collection[str]) -> bool:
        """Whether the text names a person who belongs to exactly these groups."""
        held = frozenset(groups)
        return any(needed <= held for needed in self.any_of)


@cache
def _groups() -> dict[str, KeyGroup]:
    document = read_document(_FILE)
    return {
        entry["code"]: KeyGroup(
            code=entry["code"],
            name=entry["name"],
            named=NamedIn.read(document["documents"], entry),
            is_free_training=entry.get("free_training", False),
            within=entry.get("within"),
            note=entry.get("note"),
        )
        for entry in document["groups"]
    }


def key_groups(as_of: date) -> tuple[KeyGroup, ...]:
    """Groups that a text issued by ``as_of`` names, in the order of the list."""
    return tuple(group for group in _groups().values() if group.named.holds_on(as_of))


def all_key_groups() -> tuple[KeyGroup, ...]:
    """Every group ever listed."""
    return tuple(_groups().values())


def find_key_group(code: str, as_of: date) -> KeyGroup | None:
    """A group by code, or ``None`` when it is unknown or was not yet named."""
    group = _groups().get(code)
    return group if group and group.named.holds_on(as_of) else None


@cache
def living_allowance_groups() -> LivingAllowanceGroups:
    """国办发〔2019〕24号 四(十一): for whom a living allowance is provided during training."""
    document = read_document(_FILE)
    entry = document["living_allowance"]
    return LivingAllowanceGroups(
        any_of=tuple(frozenset(groups) for groups in entry["any_of"]),
        citation=NamedIn.read(document["documents"], entry).citation,
        reading=entry["reading"],
    )
