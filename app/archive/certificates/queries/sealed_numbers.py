"""How a certificate's number is kept: sealed for each person, found by keyed digests, never in the clear."""

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from app.db.crypto import KeyRing

NUMBER_FIELD = "certificate.number"
NUMBER_PURPOSE = "certificate_number"


def seal_number(keys: KeyRing, number: str, person_id: UUID) -> bytes:
    """``number`` in its normal form, as it is stored for ``person_id``."""
    return keys.seal(number, name=NUMBER_FIELD, owner=person_id)


def digests_of_number(keys: KeyRing, number: str) -> list[bytes]:
    """What a number is looked up by: one digest for each live key, in the order of the ring."""
    return [digest for _, digest in keys.digests(number, purpose=NUMBER_PURPOSE)]


def digests_of_numbers(keys: KeyRing, numbers: Sequence[str]) -> list[bytes]:
    """Those of all of them, one after the other, as ``register_certificate_numbers`` takes them."""
    by_key = (
        keys.digest_all(numbers, purpose=NUMBER_PURPOSE, key_id=key_id) for key_id in keys.digest_key_ids
    )
    return list(chain.from_iterable(zip(*by_key, strict=True)))


def seal_numbers(keys: KeyRing, numbers: Sequence[str], person_ids: Sequence[UUID]) -> list[bytes]:
    """``seal_number`` of each number for the person at its place."""
    return keys.seal_all(numbers, name=NUMBER_FIELD, owners=person_ids)


def open_number(keys: KeyRing, sealed: bytes, person_id: UUID) -> str:
    """The number. Raises SealBroken."""
    return keys.open(sealed, name=NUMBER_FIELD, owner=person_id)
