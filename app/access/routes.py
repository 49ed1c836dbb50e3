"""The one table of every route and who may call it. A route that is not here admits nobody; a test walks both.

Scope inside a route (whose opening, which area) is the action's matter; another tenant's object is a 404.
"""

from collections.abc import Mapping

from app.access.api_routes import API
from app.access.page_routes import PAGES
from app.access.roles import Role

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {**PAGES, **API}
