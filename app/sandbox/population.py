"""Synthetic card holders: the same seed makes the same people, and none of them can exist.

Numbers carry the code of a whole province where a real one carries a county, and order codes from 900 up;
names carry the character 样 (sample). Anything else a demo or a test needs is registered by it.
"""

import random
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

_CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_PROVINCES = (
    "110000",
    "130000",
    "320000",
    "330000",
    "350000",
    "370000",
    "420000",
    "440000",
    "510000",
    "610000",
)
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "安宁平和康健勤朴诚信明达文远志坚思齐学优"
_MIDDLE_DOTS = re.compile("[.•・･‧∙⋅﹒]")
_BORN_FROM = date(1964, 1, 1)
_BORN_DAYS = 16_000  # up to 2007: people of working age


class CardholderState(StrEnum):
    """State of the card, or of its holder."""

    NORMAL = "normal"
    CARD_LOST = "card_lost"
    CARD_CANCELED = "card_canceled"
    DECEASED = "deceased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cardholder:
    """One synthetic person."""

    social_security_number: str
    name: str = field(repr=False)
    card_number: str
    state: CardholderState = CardholderState.NORMAL


class Population:
    """All persons the sandbox knows, by number."""

    def __init__(self, *, seed: int, people: int) -> None:
        self._by_number = {person.social_security_number: person for person in _generated(seed, people)}
        self._registered: list[str] = []

    def __len__(self) -> int:
        return len(self._by_number)

    def find(self, number: str) -> Cardholder | None:
        """The holder of ``number``; lower-case x and full-width digits are the same number."""
        return self._by_number.get(normalized_number(number))

    def register(self, people: Iterable[Cardholder]) -> tuple[int, int]:
        """Add persons or replace those of the same number; returns (added, replaced)."""
        added = replaced = 0
        for person in people:
            if person.social_security_number in self._by_number:
                replaced += 1
            else:
                added += 1
            self._by_number[person.social_security_number] = person
            self._registered.append(person.social_security_number)
        return added, replaced

    def listed(self, *, state: CardholderState | None, offset: int, limit: int) -> list[Cardholder]:
        """Persons in a fixed order: the registered ones first, the latest of them at the top."""
        order = dict.fromkeys([*reversed(self._registered), *self._by_number])
        people = (self._by_number[number] for number in order)
        chosen = [person for person in people if state is None or person.state is state]
        return chosen[offset : offset + limit]


def normalized_number(number: str) -> str:
    """One spelling of a number: NFKC, no blanks, upper case."""
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


def normalized_name(name: str) -> str:
    """One spelling of a name: NFKC, one middle dot, single blanks; Latin letters in upper case."""
    text = _MIDDLE_DOTS.sub("·", unicodedata.normalize("NFKC", name))
    return " ".join(text.split()).upper()


def with_check_digit(first_17: str) -> str:
    """The 18-character number (GB 11643, ISO 7064 MOD 11-2) that begins with ``first_17``."""
    total = sum(weight * int(digit) for weight, digit in zip(_CHECK_WEIGHTS, first_17, strict=True))
    return first_17 + _CHECK_CHARACTERS[total % 11]


def _generated(seed: int, people: int) -> Iterator[Cardholder]:
    draw = random.Random(seed)  # noqa: S311  the same seed must make the same people
    numbers: set[str] = set()
    while len(numbers) < people:
        number = _number(draw)
        if number in numbers:
            continue
        numbers.add(number)
        yield Cardholder(
            social_security_number=number,
            name=_name(draw),
            card_number=f"S{draw.randrange(10**8):08d}",
            state=_state(draw),
        )


def _number(draw: random.Random) -> str:
    born = (_BORN_FROM + timedelta(days=draw.randrange(_BORN_DAYS))).strftime("%Y%m%d")
    order = draw.randrange(901, 1000)
    kind = draw.random()
    if kind < 0.01:  # 港澳台居民居住证
        prefix = draw.choice(("810000", "820000", "830000"))
    elif kind < 0.013:  # 外国人永久居留身份证 (2023): 9, province, country 398
        prefix = f"9{draw.choice(_PROVINCES)[:2]}398"
    else:
        prefix = draw.choice(_PROVINCES)
    return with_check_digit(f"{prefix}{born}{order:03d}")


def _name(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.02:
        return f"阿依样·买{draw.choice(_GIVEN)}提"
    if kind < 0.03:  # a character beyond the BMP, as real names have
        return f"{draw.choice(_SURNAMES)}样𬭎"
    return f"{draw.choice(_SURNAMES)}样{draw.choice(_GIVEN)}{draw.choice(('', draw.choice(_GIVEN)))}"


def _state(draw: random.Random) -> CardholderState:
    point = draw.random()
    if point < 0.01:
        return CardholderState.CARD_LOST
    if point < 0.02:
        return CardholderState.CARD_CANCELED
    if point < 0.03:
        return CardholderState.DECEASED
    return CardholderState.NORMAL
