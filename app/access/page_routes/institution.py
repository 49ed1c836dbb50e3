"""The institutions' door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_INSTITUTION = frozenset({Role.INSTITUTION})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/institution"): _INSTITUTION,
}
