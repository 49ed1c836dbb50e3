"""Version 1 of the REST API: one module per resource, no business rule in any of them.

A module exposes ``router``; ``ROUTERS`` is what ``app.main`` mounts, in the order of the documentation.
"""

from fastapi import APIRouter

from app.api.v1 import me, records

ROUTERS: tuple[APIRouter, ...] = (
    records.router,
    me.router,
)
