"""The officers' door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_AGENCY = frozenset({Role.AGENCY})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/office"): _AGENCY,
}
