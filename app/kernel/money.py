"""Money: integers of fen (分) inside, 元 with two digits for people. Floats never touch an amount."""

import re

_FORM = re.compile(r"(\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)
_WHOLE_BP = 10_000


def in_yuan(fen: int) -> str:
    """An amount for people: ``123456`` is ``1234.56元``; below zero with a minus sign, no thousands separator."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}元"


def parse_yuan(text: str) -> int:
    """Fen of what a person or a file writes in 元 (``1500``, ``1500.5``, ``1,500.00元``).

    Raises ``ValueError`` for a sign, more than two decimals, or anything that is not such a number.
    """
    plain = text.strip().removesuffix("元").strip()
    if "," in plain and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d{1,2})?", plain, re.ASCII):
        raise ValueError("not an amount in yuan")
    found = _FORM.fullmatch(plain.replace(",", ""))
    if found is None:
        raise ValueError("not an amount in yuan")
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def share_of(fen: int, basis_points: int) -> int:
    """``basis_points`` of an amount (10,000 are all of it), rounded down to the fen: never more than was set."""
    return fen * basis_points // _WHOLE_BP


def with_sign(fen: int) -> str:
    """An amount on a page: ``150000`` is ``￥1,500.00``."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}￥{yuan:,}.{rest:02d}"
