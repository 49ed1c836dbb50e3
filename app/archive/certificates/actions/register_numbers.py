"""Give every certificate number one id, whoever names it first and under whichever live digest keys."""

from collections.abc import Sequence
from uuid import UUID

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import digests_of_numbers
from app.db.crypto import KeyRing

# One array: thousands of rows take longer to read than to register.
_REGISTER = (
    "SELECT array_agg(number_id ORDER BY place) FROM register_certificate_numbers($1::text[], $2::bytea[])"
)


async def register_numbers(unit: Unit, keys: KeyRing, numbers: Sequence[str]) -> list[UUID]:
    """The ids of ``numbers`` (normal form), in their order; a number not known yet gets one.

    Two callers with the same new number at once get the same id: the second waits for the first to commit, also while
    a digest key rotates and only one of them has the new key.
    """
    driver = await unit.driver()
    digests = digests_of_numbers(keys, numbers)
    return await driver.fetchval(_REGISTER, list(keys.digest_key_ids), digests) or []
