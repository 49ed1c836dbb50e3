"""The citizens' door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_CITIZEN = frozenset({Role.CITIZEN})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/my"): _CITIZEN,
}
