"""One text for one content: RFC 8785 (JCS), so that a digest of it can be made again by anybody."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(content: Any) -> bytes:
    """UTF-8 text of strings, whole numbers, booleans, lists and mappings with text keys.

    Raises ``rfc8785.CanonicalizationError`` for anything else, and for numbers beyond ±(2^53 − 1).
    """
    return rfc8785.dumps(content)


def digest_of(content: Any) -> bytes:
    """SHA-256 (32 bytes) of the canonical text."""
    return hashlib.sha256(canonical_json(content)).digest()
