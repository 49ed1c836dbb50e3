"""What a key of policy may hold, and how each kind is read from YAML and written as JSON.

Beside numbers and flags a text names lists (which certificates count), alternatives (holding or having enjoyed a
higher level), sets of groups that must all hold, and numbers by code (amounts by level, shares, factors).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ValueKind(StrEnum):
    """What a key holds."""

    INTEGER = "integer"
    FLAG = "flag"
    CHOICES = "choices"
    OPTION = "option"
    CODES = "codes"
    CODE_SETS = "code_sets"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a value that is a list (an opening's part, a kind of evidence)."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Those of the key's options that hold, in the order of the text; may be empty."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeSets:
    """Sets of codes: one set suffices, and of it every code must hold (两后生 ∧ 农村学员)."""

    any_of: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number for every option of the key, in the key's unit (fen by level, basis points by payer)."""

    by_code: tuple[tuple[str, int], ...]


Content = int | bool | str | tuple[Choice, ...] | Codes | CodeSets | Numbers


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which numbers (both included) lower divisions may set their own.

    Soft bounds are those a text writes with 一般不超过 or 原则上: what lies outside is told, not refused.
    """

    least: int
    most: int
    is_soft: bool = False

    def allow(self, number: int) -> bool:
        """Whether a number keeps within the bounds."""
        return self.least <= number <= self.most


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_choices(value: Any, _: Mapping[str, str]) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(choice, dict) and choice.keys() == {"code", "name"} for choice in value)
        and all(isinstance(text, str) for choice in value for text in choice.values())
        and len({choice["code"] for choice in value}) == len(value)
    )


def _is_codes(value: Any, options: Mapping[str, str]) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(code, str) and code in options for code in value)
        and len(set(value)) == len(value)
    )


def _is_code_sets(value: Any, options: Mapping[str, str]) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(each and _is_codes(each, options) for each in value)
    )


def _is_numbers(value: Any, options: Mapping[str, str]) -> bool:
    return isinstance(value, dict) and value.keys() == options.keys() and all(map(_is_number, value.values()))


_FITS: Mapping[ValueKind, Callable[[Any, Mapping[str, str]], bool]] = {
    ValueKind.INTEGER: lambda value, _: _is_number(value),
    ValueKind.FLAG: lambda value, _: isinstance(value, bool),
    ValueKind.CHOICES: _is_choices,
    ValueKind.OPTION: lambda value, options: isinstance(value, str) and value in options,
    ValueKind.CODES: _is_codes,
    ValueKind.CODE_SETS: _is_code_sets,
    ValueKind.NUMBERS: _is_numbers,
}


def fits(value: Any, kind: ValueKind, options: Mapping[str, str]) -> bool:
    """Whether what YAML holds is a value of the kind; numbers must be given for every option."""
    return _FITS[kind](value, options)


def content_of(value: Any, kind: ValueKind, options: Mapping[str, str]) -> Content:
    """The value as rules read it. ``value`` must fit."""
    match kind:
        case ValueKind.CHOICES:
            return tuple(Choice(choice["code"], choice["name"]) for choice in value)
        case ValueKind.CODES:
            return Codes(tuple(value))
        case ValueKind.CODE_SETS:
            return CodeSets(tuple(frozenset(each) for each in value))
        case ValueKind.NUMBERS:
            return Numbers(tuple((code, value[code]) for code in options))
        case _:
            return value  # type: ignore[no-any-return]


def as_json(content: Content) -> Any:
    """The value as the API and stored editions write it; sets are sorted so that one value has one text."""
    match content:
        case Codes(codes):
            return list(codes)
        case CodeSets(any_of):
            return [sorted(each) for each in any_of]
        case Numbers(by_code):
            return dict(by_code)
        case tuple():
            return [{"code": choice.code, "name": choice.name} for choice in content]
        case _:
            return content
