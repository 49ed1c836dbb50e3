"""证书编号 of our own 培训合格证书: the form the registry itself issues."""

import re

from stdnum.iso7064 import mod_11_2

_FORM = re.compile(r"H[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]")


def completion_number(division_code: str, year: int, serial: int) -> str:
    """``H``, division of the class, year of issue, serial, ISO 7064 MOD 11-2 check character.

    人社部发〔2024〕5号 asks for a 证书序列号 and leaves its form to the province. Dashes for the same reasons as in
    ``app.archive.records.rules.record_number``.
    """
    check = mod_11_2.calc_check_digit(f"{division_code}{year:04}{serial:08}")
    return f"H{division_code}-{year:04}-{serial:08}-{check}"


def is_completion_number(text: str) -> bool:
    """Whether ``text`` has the form and the check character of a completion certificate of ours."""
    return _FORM.fullmatch(text) is not None and has_right_check(text[1:].replace("-", ""))


def has_right_check(characters: str) -> bool:
    """Whether the last of the 19 characters without ``H`` and dashes is the check character of the others."""
    return bool(mod_11_2.calc_check_digit(characters[:-1]) == characters[-1])
