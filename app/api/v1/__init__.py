"""Version 1 of the REST API: one module per resource, no business rule in any of them.

A module exposes ``router``; ``ROUTERS`` is what ``app.main`` mounts, in the order of the documentation.
"""

from fastapi import APIRouter

from app.api.v1 import code_lists, me, policy_values, records, rosters

ROUTERS: tuple[APIRouter, ...] = (
    code_lists.router,
    policy_values.router,
    rosters.router,
    records.router,
    me.router,
)
