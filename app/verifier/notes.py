"""Signed tree heads: C2SP signed-note and tlog-checkpoint, Ed25519."""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.tree import HASH_BYTES

_ED25519 = 1
_ID_BYTES = 4
_MOST_BYTES = 200_000
_MARK = "— "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key under its name, as ``name+hash+key`` gives it."""

    name: str
    key_id: bytes
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises Unreadable."""
        try:
            name, id_hex, encoded = text.strip().split("+", 2)
            typed = base64.b64decode(encoded, validate=True)
            key_id = bytes.fromhex(id_hex)
        except (ValueError, binascii.Error):
            raise Unreadable("公钥应为“名称+标识+公钥”一行文字") from None
        expected = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:_ID_BYTES]
        if not name or len(typed) != 1 + HASH_BYTES or typed[0] != _ED25519 or key_id != expected:
            raise Unreadable("公钥的标识与内容不符，或不是 Ed25519 公钥")
        return cls(name, key_id, typed[1:])


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head whose signature holds."""

    origin: str
    size: int
    root: bytes


def verified_head(note: str, keys: Iterable[VerifierKey]) -> Head:
    """The tree head of a note. Lines of unknown keys say nothing. Raises Unreadable, or DoesNotHold."""
    text, gap, tail = note.rpartition("\n\n")
    if len(note) > _MOST_BYTES or not gap or not tail.endswith("\n"):
        raise Unreadable("检查点不是签名笔记的格式（C2SP signed-note）")
    try:
        signed = (text + "\n").encode()
    except UnicodeEncodeError:
        raise Unreadable("检查点中有不成对的代理字符") from None
    known = {(key.name, key.key_id): key for key in keys}
    held = False
    for line in tail[:-1].split("\n"):
        name, signature = _signature(line)
        key = known.get((name, signature[:_ID_BYTES]))
        if key is None:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature[_ID_BYTES:], signed)
        except InvalidSignature:
            raise DoesNotHold(f"检查点上“{name}”的签名无效") from None
        held = True
    if not held:
        raise DoesNotHold("检查点没有所给公钥的签名")
    return _head(text)


def _signature(line: str) -> tuple[str, bytes]:
    name, gap, encoded = line.removeprefix(_MARK).partition(" ")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        signature = b""
    if not line.startswith(_MARK) or not name or not gap or len(signature) <= _ID_BYTES:
        raise Unreadable("检查点中有一行不是签名")
    return name, signature


def _head(text: str) -> Head:
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64.b64decode(lines[2], validate=True)
    except (IndexError, ValueError, binascii.Error):
        raise Unreadable("检查点没有名称、条目数和根三行") from None
    is_plain = size.isascii() and size.isdecimal() and (size == "0" or not size.startswith("0"))
    if not origin or not is_plain or len(root) != HASH_BYTES:
        raise Unreadable("检查点的条目数或根不合规定")
    return Head(origin, int(size), root)
