"""Training types (what for: 岗前培训, 以工代训 …) and modes (how: 线下, 线上, 实操 …)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from app.reference.named_in import NamedIn
from app.reference.packaged import read_document

_FILE = "training_kinds.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingType:
    """What the training is for (培训类型)."""

    code: str
    name: str
    named: NamedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingMode:
    """How it is taught (培训方式). ``is_online`` asks for the three kinds of online evidence
    (签到、记录、测试).
    """

    code: str
    name: str
    named: NamedIn
    is_online: bool


@cache
def _types() -> dict[str, TrainingType]:
    document = read_document(_FILE)
    return {
        entry["code"]: TrainingType(
            code=entry["code"], name=entry["name"], named=NamedIn.read(document["documents"], entry)
        )
        for entry in document["types"]
    }


@cache
def _modes() -> dict[str, TrainingMode]:
    document = read_document(_FILE)
    return {
        entry["code"]: TrainingMode(
            code=entry["code"],
            name=entry["name"],
            named=NamedIn.read(document["documents"], entry),
            is_online=entry["is_online"],
        )
        for entry in document["modes"]
    }


def training_types(as_of: date) -> tuple[TrainingType, ...]:
    """Types that a text issued by ``as_of`` names."""
    return tuple(kind for kind in _types().values() if kind.named.holds_on(as_of))


def training_modes(as_of: date) -> tuple[TrainingMode, ...]:
    """Modes that a text issued by ``as_of`` names."""
    return tuple(mode for mode in _modes().values() if mode.named.holds_on(as_of))


def all_training_types() -> tuple[TrainingType, ...]:
    """Every type ever listed."""
    return tuple(_types().values())


def all_training_modes() -> tuple[TrainingMode, ...]:
    """Every mode ever listed."""
    return tuple(_modes().values())


def find_training_type(code: str, as_of: date) -> TrainingType | None:
    """A type by code, or ``None`` when it is unknown or was not yet named."""
    kind = _types().get(code)
    return kind if kind and kind.named.holds_on(as_of) else None


def find_training_mode(code: str, as_of: date) -> TrainingMode | None:
    """A mode by code, or ``None`` when it is unknown or was not yet named."""
    mode = _modes().get(code)
    return mode if mode and mode.named.holds_on(as_of) else None
