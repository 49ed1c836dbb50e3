"""Ask for the certificates of persons to be held against their entries again: by the worker, right after the commit."""

from collections.abc import Collection
from uuid import UUID

from app.access.unit import Unit

_REQUEST = "INSERT INTO linking_request (person_id) SELECT unnest($1::uuid[])"


async def request_linking(unit: Unit, persons: Collection[UUID]) -> None:
    """For entries that have just come to ``persons``, or that are now theirs by a merge.

    A request is a row of its own, so that nobody who closes a class waits for somebody who links.
    """
    if persons:
        await (await unit.driver()).execute(_REQUEST, sorted(persons))
