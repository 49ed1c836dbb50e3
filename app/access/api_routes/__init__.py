"""The API's routes and who may call them: one table a room, part of the one table in ``app.access.routes``."""

from collections.abc import Mapping

from app.access.api_routes import (
    administration,
    archive,
    directory,
    exchange,
    money,
    oversight,
    subsidies,
    training,
)
from app.access.roles import Role

API: Mapping[tuple[str, str], frozenset[Role]] = {
    **administration.ROUTES,
    **directory.ROUTES,
    **training.ROUTES,
    **archive.ROUTES,
    **exchange.ROUTES,
    **subsidies.ROUTES,
    **money.ROUTES,
    **oversight.ROUTES,
}
"""Every route of the API by method and path."""
