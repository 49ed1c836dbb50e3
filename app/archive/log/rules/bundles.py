"""A proof as one JSON document that ``registry-verify`` and anybody else can check offline. Pure.

Its form is ``openapi/log-proof.schema.json``. ``leaf`` is the leaf's own text (canonical JSON), hashes are standard
base64, ``salt`` hexadecimal; ``content`` and ``salt`` are null where the reader may see the leaf and no more.
"""

import base64
from collections.abc import Sequence
from typing import Any

FORMAT = "training-record-registry/log-proof/v1"


def proof_bundle(
    *,
    leaf: bytes,
    leaf_index: int,
    size: int,
    path: Sequence[bytes],
    checkpoint: str,
    content: dict[str, Any] | None,
    salt: bytes | None,
) -> dict[str, Any]:
    """The document."""
    return {
        "format": FORMAT,
        "leaf": leaf.decode(),
        "leaf_index": leaf_index,
        "tree_size": size,
        "inclusion_path": [base64.b64encode(hash_).decode() for hash_ in path],
        "checkpoint": checkpoint,
        "content": content,
        "salt": None if salt is None else salt.hex(),
    }
