"""Pages and who may open them: one table a door, part of the one table in ``app.access.routes``."""

from collections.abc import Mapping

from app.access.page_routes import citizen, institution, officer, public, sign_in
from app.access.roles import Role

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    **sign_in.PAGES,
    **public.PAGES,
    **citizen.PAGES,
    **institution.PAGES,
    **officer.PAGES,
}
"""Every page and every form's target by method and path."""
PAGE_PATHS = frozenset(path for _, path in PAGES)
