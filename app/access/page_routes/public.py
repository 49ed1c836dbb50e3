"""The public door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/"): _PUBLIC,
}
