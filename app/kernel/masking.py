"""Masking, the one module of it: what of a number or a name may be seen by whom.

No national standard fixes the digits. Public pages show the first and the last character of a number (6+4,
seen elsewhere, hides only the birth date and leaves about 1,500 candidates); an institution sees its own
trainees as 3+4; error texts show no more than public pages.
"""

import unicodedata
from collections.abc import Callable

from app.kernel.names import COMPOUND_SURNAMES, MIDDLE_DOT, is_han, normalize_name

_SHORTEST_SHOWN = 6
_LONGEST_ECHO = 32


def mask_number_public(number: str) -> str:
    """First and last character only, ``1****************X``; fewer than six characters are hidden whole."""
    return _mask(number, head=1, tail=1, shortest=_SHORTEST_SHOWN)


def mask_number_own_institution(number: str) -> str:
    """First three and last four characters, for the roster of the institution that typed the number itself.

    Anything shorter than an identity number (15) is masked as in public.
    """
    return _mask(number, head=3, tail=4, shortest=15) if len(number) >= 15 else mask_number_public(number)


def mask_phone(phone: str) -> str:
    """First three and last four digits of a mobile number, ``139****0000``; anything shorter is masked as in
    public.
    """
    return _mask(phone, head=3, tail=4, shortest=11) if len(phone) >= 11 else mask_number_public(phone)


def mask_differing(one: str, other: str, mask: Callable[[str], str]) -> tuple[str, str]:
    """Two values masked so that they do not look alike: where ``mask`` hides all difference, what differs is shown.

    For whoever typed both and has to find the slip of the pen.
    """
    shown, known = mask(one), mask(other)
    if one == other or shown != known:
        return shown, known
    pairs = list(zip(one, other, strict=True))
    return (
        "".join(own if own != theirs else char for char, (own, theirs) in zip(shown, pairs, strict=True)),
        "".join(theirs if own != theirs else char for char, (own, theirs) in zip(known, pairs, strict=True)),
    )


def mask_bank_account(account: str) -> str:
    """Last four characters only, as banks print it on receipts; fewer than ten are hidden whole."""
    return _mask(account, head=0, tail=4, shortest=10)


def mask_name_public(name: str) -> str:
    """The surname and one star, ``张*``, ``欧阳*``; the star hides how long the given name is.

    A name of another structure (with a middle dot, or in Latin letters) shows its first character only; a
    single character is hidden whole.
    """
    normal = normalize_name(name)
    if len(normal) <= 1:
        return "*"
    # With two characters the surname is one of them: 欧阳 alone would show the whole name.
    if len(normal) >= 3 and normal[:2] in COMPOUND_SURNAMES and MIDDLE_DOT not in normal:
        return normal[:2] + "*"
    return normal[0] + "*" if is_han(normal[0]) or normal[0].isalpha() else "*"


def name_as_typed(value: str) -> str:
    """A name in full, for whoever typed it; with digits it is no name but perhaps a number, and is masked as one."""
    return mask_number_public(value) if any(char.isdigit() for char in value) else value


def mask_in_error(value: str) -> str:
    """A defective value as an error text may repeat it: as in public, one line, at most 32 characters.

    Characters that are not printable ASCII letters or digits are hidden too, so that no control character or
    spreadsheet formula travels through a message.
    """
    compact = "".join(char for char in value if unicodedata.category(char) not in {"Cc", "Cf", "Zs"})
    shown = mask_number_public(compact)
    if len(shown) > _LONGEST_ECHO:
        shown = shown[: _LONGEST_ECHO - 1] + "…"
    return "".join(char if char in "*…" or (char.isascii() and char.isalnum()) else "*" for char in shown)


def _mask(text: str, *, head: int, tail: int, shortest: int) -> str:
    if len(text) < shortest:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]
