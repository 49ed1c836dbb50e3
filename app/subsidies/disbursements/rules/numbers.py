"""Numbers of payment orders."""


def order_number(division: str, year: int, serial: int) -> str:
    """``P110000-2026-00000001``; the serial counts through the whole registry."""
    return f"P{division}-{year:04}-{serial:08}"
