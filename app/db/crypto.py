"""Encrypted fields and keyed digests (加密字段与检索摘要).

Fields: AES-256-GCM (NIST SP 800-38D), 96-bit random nonce, the key's id in the value, and the field and its owner as
associated data, so that a value moved to another row does not open. Look-up: HMAC-SHA-256 with a key that never
reaches the database; a plain hash of an 18-digit number would be the number (2.9·10⁷ candidates a county).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.db.secret_file import refuse_open_file, write_secret_file

_NONCE_BYTES = 12
_KEY_ID_BYTES = 4
_HMAC_BLOCK_BYTES = hashlib.sha256().block_size
_INNER_PAD, _OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class SealBroken(Exception):
    """A sealed value does not open: changed at rest, moved to another row, or its key is not in the ring."""


_Signature = tuple[int, int, int]


@dataclass(slots=True, repr=False, eq=False)
class KeyRing:
    """The keys of one deployment. New values use the current key; older keys stay for reading until re-sealed.

    ``digest_key_ids`` has one entry normally and two during a rotation: first the current one, then the outgoing one.
    One object a process: whoever holds it sees a rotation as soon as ``refresh`` has.

    Only digests of identity numbers and of certificate numbers are rotated (``registry keys rotate-digests``), because
    only they are looked up.
    The others (name, card, content of a roster line, login name) are compared with a value of the same kind and use
    whichever key is current. After a rotation such a comparison finds "changed" where nothing has changed: one more row
    of the same name, a card ended and stored again, an unchanged roster line written again, a count of failed sign-ins
    begun anew. It never finds "same" where something differs.
    """

    field_keys: dict[str, bytes]
    current_field_key: str
    digest_keys: dict[str, bytes]
    digest_key_ids: tuple[str, ...]
    _ciphers: dict[str, AESGCM] = field(default_factory=dict)
    _file: Path | None = None
    _seen: _Signature | None = None

    @classmethod
    def generate(cls) -> Self:
        """A fresh ring with one key of each kind."""
        field_id, digest_id = new_key_id(), new_key_id()
        return cls(
            {field_id: secrets.token_bytes(32)}, field_id, {digest_id: secrets.token_bytes(32)}, (digest_id,)
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a ring file; refuses one that others may read."""
        refuse_open_file(path)
        seen = _signature(path)
        stored: dict[str, Any] = json.loads(path.read_text())
        return cls(
            {key_id: base64.b64decode(key) for key_id, key in stored["field_keys"].items()},
            stored["current_field_key"],
            {key_id: base64.b64decode(key) for key_id, key in stored["digest_keys"].items()},
            tuple(stored["digest_key_ids"]),
            _file=path,
            _seen=seen,
        )

    def refresh(self) -> bool:
        """Take over the file this ring was loaded from when it has changed; whether it had.

        Cheap enough for every request (one ``stat``). A file that is missing or cannot be read leaves the ring as it
        is: the keys at hand still open what they sealed.
        """
        if self._file is None:
            return False
        try:
            if _signature(self._file) == self._seen:
                return False
            fresh = type(self).load(self._file)
        except (OSError, ValueError, KeyError):
            return False
        # Keys before the ids that point at them: a thread that seals meanwhile finds what it looks for.
        self.field_keys, self.digest_keys = fresh.field_keys, fresh.digest_keys
        self.current_field_key, self.digest_key_ids = fresh.current_field_key, fresh.digest_key_ids
        self._seen = fresh._seen
        return True

    def with_new_field_key(self) -> Self:
        """A copy that seals with a fresh key and still opens what the others sealed."""
        key_id = self._unused_id(self.field_keys)
        return replace(
            self,
            field_keys={**self.field_keys, key_id: secrets.token_bytes(32)},
            current_field_key=key_id,
            _ciphers={},
        )

    def with_new_digest_key(self) -> Self:
        """A copy with a fresh digest key before the present one. Raises ValueError during a rotation."""
        if len(self.digest_key_ids) != 1:
            raise ValueError("a rotation is under way")
        key_id = self._unused_id(self.digest_keys)
        return replace(
            self,
            digest_keys={**self.digest_keys, key_id: secrets.token_bytes(32)},
            digest_key_ids=(key_id, *self.digest_key_ids),
        )

    def with_one_digest_key(self) -> Self:
        """A copy with the current digest key alone."""
        current = self.digest_key_ids[0]
        return replace(self, digest_keys={current: self.digest_keys[current]}, digest_key_ids=(current,))

    @staticmethod
    def _unused_id(keys: dict[str, bytes]) -> str:
        return next(key_id for key_id in iter(new_key_id, "") if key_id not in keys)

    def save(self, path: Path) -> None:
        """Write the ring with mode 0600, replacing the file in one step."""
        content = json.dumps(
            {
                "field_keys": {
                    key_id: base64.b64encode(key).decode() for key_id, key in self.field_keys.items()
                },
                "current_field_key": self.current_field_key,
                "digest_keys": {
                    key_id: base64.b64encode(key).decode() for key_id, key in self.digest_keys.items()
                },
                "digest_key_ids": list(self.digest_key_ids),
            }
        )
        write_secret_file(path, content)

    def seal(self, plaintext: str, *, name: str, owner: UUID) -> bytes:
        """Encrypt one field. ``name`` is ``table.column``, ``owner`` the id of the row's person or object."""
        return self.seal_bytes(plaintext.encode(), aad=name.encode() + owner.bytes)

    def open(self, sealed: bytes, *, name: str, owner: UUID) -> str:
        """Decrypt one field. Raises SealBroken."""
        return self.open_bytes(sealed, aad=name.encode() + owner.bytes).decode()

    def seal_bytes(self, plaintext: bytes, *, aad: bytes) -> bytes:
        """``key id (4) | nonce (12) | ciphertext and tag``."""
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self.current_field_key.encode()
        return key_id + nonce + self._cipher(self.current_field_key).encrypt(nonce, plaintext, aad)

    def seal_all(self, plaintexts: Sequence[str], *, name: str, owners: Sequence[UUID]) -> list[bytes]:
        """``seal`` of each plaintext for the owner at its place, each with a random nonce of its own."""
        head, label = self.current_field_key.encode(), name.encode()
        encrypt = self._cipher(self.current_field_key).encrypt
        # One call of the system for the nonces of all: it costs more than the encryption of a short field.
        random = os.urandom(_NONCE_BYTES * len(plaintexts))
        nonces = [random[at : at + _NONCE_BYTES] for at in range(0, len(random), _NONCE_BYTES)]
        return [
            head + nonce + encrypt(nonce, plaintext.encode(), label + owner.bytes)
            for nonce, plaintext, owner in zip(nonces, plaintexts, owners, strict=True)
        ]

    def open_bytes(self, sealed: bytes, *, aad: bytes) -> bytes:
        """The inverse of ``seal_bytes``. Raises SealBroken."""
        key_id = sealed[:_KEY_ID_BYTES].decode("ascii", "replace")
        nonce = sealed[_KEY_ID_BYTES : _KEY_ID_BYTES + _NONCE_BYTES]
        if key_id not in self.field_keys:
            raise SealBroken("no such key in the ring")
        try:
            return self._cipher(key_id).decrypt(nonce, sealed[_KEY_ID_BYTES + _NONCE_BYTES :], aad)
        except InvalidTag as broken:
            raise SealBroken("value changed or moved") from broken

    def open_all(self, sealed: Sequence[bytes], *, name: str, owners: Sequence[UUID]) -> list[str]:
        """``open`` of each value for the owner at its place. Raises SealBroken."""
        label, head_bytes, start = name.encode(), _KEY_ID_BYTES, _KEY_ID_BYTES + _NONCE_BYTES
        ciphers = {key_id.encode(): self._cipher(key_id).decrypt for key_id in self.field_keys}
        try:
            return [
                ciphers[value[:head_bytes]](
                    value[head_bytes:start], value[start:], label + owner.bytes
                ).decode()
                for value, owner in zip(sealed, owners, strict=True)
            ]
        except (InvalidTag, KeyError) as broken:
            raise SealBroken("value changed or moved, or no such key in the ring") from broken

    def digest(self, text: str, *, purpose: str, key_id: str | None = None) -> bytes:
        """Keyed digest of a normalized value; ``purpose`` keeps numbers, names and phones apart."""
        key = self.digest_keys[key_id or self.digest_key_ids[0]]
        return hmac.digest(key, f"{purpose}\0{text}".encode(), hashlib.sha256)

    def digests(self, text: str, *, purpose: str) -> list[tuple[str, bytes]]:
        """``(key id, digest)`` under every live key: two during a rotation, both stored, both unique."""
        return [(key_id, self.digest(text, purpose=purpose, key_id=key_id)) for key_id in self.digest_key_ids]

    def digest_all(self, texts: Iterable[str], *, purpose: str, key_id: str | None = None) -> list[bytes]:
        """``digest`` of each text.

        HMAC (RFC 2104) begins with a block that is the key's alone, and each of these texts with the purpose: both are
        hashed once and the state is copied, which leaves a third of the work.
        """
        key = self.digest_keys[key_id or self.digest_key_ids[0]]
        block = (key if len(key) <= _HMAC_BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(
            _HMAC_BLOCK_BYTES, b"\0"
        )
        inner = hashlib.sha256(block.translate(_INNER_PAD) + f"{purpose}\0".encode())
        outer = hashlib.sha256(block.translate(_OUTER_PAD))
        digests = []
        for text in texts:
            within, around = inner.copy(), outer.copy()
            within.update(text.encode())
            around.update(within.digest())
            digests.append(around.digest())
        return digests

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            self._ciphers[key_id] = AESGCM(self.field_keys[key_id])
        return self._ciphers[key_id]


def _signature(path: Path) -> _Signature:
    """What tells one version of a file from another: ``save`` always makes a new file."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def new_key_id() -> str:
    """Four URL-safe characters: fixed width, so that the id needs no length byte in a sealed value."""
    return base64.urlsafe_b64encode(secrets.token_bytes(3)).decode()
