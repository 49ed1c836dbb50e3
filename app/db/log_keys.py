"""The keys that sign the log's tree heads (Ed25519). They live in a file of their own, which the sequencer alone needs:
a server that answers requests cannot sign, and a copy of the database cannot either.

All keys of the file sign. A rotation adds the new key first and takes the old one away when those who verify know it.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.db.secret_file import refuse_open_file, write_secret_file


@dataclass(frozen=True, slots=True, repr=False)
class LogKeys:
    """In the order of their signature lines: newest first."""

    private_keys: tuple[Ed25519PrivateKey, ...]

    @classmethod
    def generate(cls) -> Self:
        """One fresh key."""
        return cls((Ed25519PrivateKey.generate(),))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a key file. Raises OSError (PermissionError when others may read it) and ValueError."""
        refuse_open_file(path)
        try:
            stored = [base64.b64decode(key, validate=True) for key in json.loads(path.read_text())["ed25519"]]
            keys = tuple(Ed25519PrivateKey.from_private_bytes(key) for key in stored)
        except (ValueError, KeyError, TypeError):
            # Not chained: the parser's own message would show a piece of the secret.
            raise ValueError(f"{path} is no key file of the log") from None
        if not keys:
            raise ValueError(f"{path} holds no key")
        return cls(keys)

    def save(self, path: Path) -> None:
        """Write the file with mode 0600, replacing it in one step."""
        raw = [
            key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()) for key in self.private_keys
        ]
        write_secret_file(path, json.dumps({"ed25519": [base64.b64encode(key).decode() for key in raw]}))

    @property
    def public_keys(self) -> tuple[bytes, ...]:
        """The 32 bytes of each, in the same order (RFC 8032)."""
        return tuple(
            key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) for key in self.private_keys
        )

    def with_new_key(self) -> Self:
        """A fresh key before the others. Raises ValueError when a rotation is under way."""
        if len(self.private_keys) > 1:
            raise ValueError("a rotation is under way")
        return type(self)((Ed25519PrivateKey.generate(), *self.private_keys))

    def with_newest_key(self) -> Self:
        """The newest key alone."""
        return type(self)(self.private_keys[:1])
