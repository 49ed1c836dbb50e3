"""A colleague saved the same draft while somebody was typing: both texts by field, before one replaces the other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.kernel.errors import PreconditionFailed, RegistryError
from app.portals.institution.opening_view import VERSION
from app.training.openings.tables import OpeningRow
from app.web.pages.page import Page
from app.web.pages.typed import Typed

Words = Mapping[str, Mapping[str, str]]
_NUMBER = re.compile(r"\.([0-9]+)\.")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what is saved now, and what was typed here."""

    label: str
    saved: str
    typed: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """The version a form goes on with, and what its next saving would replace; None: nobody was faster."""

    version: str
    differences: tuple[Difference, ...] | None


def meanwhile(
    page: Page,
    refusal: RegistryError | None,
    row: OpeningRow,
    saved: Typed,
    *,
    labels: Mapping[str, str],
    words: Words,
) -> Meanwhile:
    """What a form of a draft says about others' work.

    A form stays with the version it was opened on, however often it is shown again, so that nothing is replaced unseen;
    only one that was refused for it goes on with the version whose content it shows.
    """
    if not isinstance(refusal, PreconditionFailed):
        return Meanwhile(page.typed[VERSION] or str(row.version), None)
    return Meanwhile(str(row.version), differences(saved, page.typed, labels=labels, words=words))


def differences(
    saved: Typed, typed: Typed, *, labels: Mapping[str, str], words: Words
) -> tuple[Difference, ...]:
    """Fields whose values differ as people read them, in the order of the saved ones, then of those only typed."""
    found = []
    for name in dict.fromkeys([*saved, *typed]):
        kind = _NUMBER.sub(".*.", name)
        theirs, ours = (words.get(kind, {}).get(each[name], each[name]) for each in (saved, typed))
        if kind in labels and theirs != ours:
            found.append(Difference(_label(name, labels[kind]), theirs, ours))
    return tuple(found)


def _label(name: str, label: str) -> str:
    number = _NUMBER.search(name)
    return label if number is None else f"第{int(number[1]) + 1}项{label}"
