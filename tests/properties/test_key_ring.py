"""What is sealed and digested by the list is what is sealed and digested one by one."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.crypto import KeyRing, SealBroken

RING = KeyRing.generate().with_new_digest_key()
# A key longer than a block of SHA-256 is hashed first (RFC 2104, section 2).
LONG = KeyRing({}, "", {"long": bytes(range(100))}, ("long",))
texts = st.lists(st.text(st.characters(codec="utf-8"), max_size=80), max_size=5)


@given(texts, st.text(st.characters(codec="utf-8"), max_size=40))
def test_digests_of_a_list_are_those_of_its_texts(given_texts: list[str], purpose: str) -> None:
    for ring, key_id in ((RING, None), (RING, RING.digest_key_ids[1]), (LONG, None)):
        one_by_one = [ring.digest(text, purpose=purpose, key_id=key_id) for text in given_texts]
        assert ring.digest_all(given_texts, purpose=purpose, key_id=key_id) == one_by_one


@given(texts)
def test_each_sealed_text_of_a_list_opens_for_its_owner_alone(given_texts: list[str]) -> None:
    owners = [UUID(int=place + 1) for place in range(len(given_texts))]
    sealed = RING.seal_all(given_texts, name="certificate.number", owners=owners)
    assert len({value[4:16] for value in sealed}) == len(given_texts)
    for text, value, owner in zip(given_texts, sealed, owners, strict=True):
        assert RING.open(value, name="certificate.number", owner=owner) == text
        with pytest.raises(SealBroken):
            RING.open(value, name="certificate.number", owner=UUID(int=owner.int + 1))


def test_every_text_needs_its_owner() -> None:
    with pytest.raises(ValueError, match="shorter"):
        RING.seal_all(["a", "b"], name="certificate.number", owners=[UUID(int=1)])
