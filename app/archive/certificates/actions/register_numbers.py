"""Give every certificate number one id, whoever names it first and under whichever live digest keys."""

from collections.abc import Sequence
from uuid import UUID

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import digests_of_numbers
from app.db.crypto import KeyRing

_REGISTER = "SELECT number_id FROM register_certificate_numbers($1::text[], $2::bytea[]) ORDER BY place"


async def register_numbers(unit: Unit, keys: KeyRing, numbers: Sequence[str]) -> list[UUID]:
    """The ids of ``numbers`` (normal form), in their order; a number not known yet gets one.

    Two callers with the same new number at once get the same id: the second waits for the first to commit, also while
    a digest key rotates and only one of them has the new key.
    """
    driver = await unit.driver()
    digests = digests_of_numbers(keys, numbers)
    return [row["number_id"] for row in await driver.fetch(_REGISTER, list(keys.digest_key_ids), digests)]
