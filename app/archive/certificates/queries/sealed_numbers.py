"""How a certificate's number is kept: sealed for the person, found by keyed digest, never in the clear."""

from dataclasses import dataclass
from uuid import UUID

from app.db.crypto import KeyRing

NUMBER_FIELD = "certificate.number"
NUMBER_PURPOSE = "certificate_number"


@dataclass(frozen=True, slots=True)
class SealedNumber:
    """``digests`` under every live key, the one that is stored first."""

    sealed: bytes
    digests: tuple[bytes, ...]


def seal_number(keys: KeyRing, number: str, person_id: UUID) -> SealedNumber:
    """``number`` in its normal form, as it is stored for ``person_id``."""
    return SealedNumber(
        keys.seal(number, name=NUMBER_FIELD, owner=person_id), digests_of_number(keys, number)
    )


def digests_of_number(keys: KeyRing, number: str) -> tuple[bytes, ...]:
    """What a number is looked up by."""
    return tuple(digest for _, digest in keys.digests(number, purpose=NUMBER_PURPOSE))


def open_number(keys: KeyRing, sealed: bytes, person_id: UUID) -> str:
    """The number. Raises SealBroken."""
    return keys.open(sealed, name=NUMBER_FIELD, owner=person_id)
