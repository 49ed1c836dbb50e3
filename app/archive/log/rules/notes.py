"""Tree heads as signed notes (C2SP signed-note, tlog-checkpoint), Ed25519. Pure.

A note is its text, an empty line, and signature lines ``— name base64(key id ‖ signature)``. Lines of keys that are
not known here (witnesses, other algorithms) are kept as they came and say nothing.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
KEY_ID_BYTES = 4
MOST_NOTE_BYTES = 200_000
"""C2SP asks for at least 16 signatures, which may be post-quantum ones of nearly 5 kB each."""

_NAME = re.compile(r"[^\s+]{1,200}")
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9]\d{0,18}")


class NoteBroken(ValueError):
    """Not a note, or not one that a known key has signed."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under its name."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of ``str``. Raises ValueError."""
        name, _, encoded = text.split("+", 2)
        return cls(name, base64.b64decode(encoded, validate=True)[len(ED25519) :])

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """As Go's note package and C2SP tools take it: ``name+hash+key``."""
        key = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: of which log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def is_name(name: str) -> bool:
    """Whether an origin can be the name of a key too: no spaces, no plus sign."""
    return _NAME.fullmatch(name) is not None and name.isprintable()


def sign(checkpoint: Checkpoint, keys: Sequence[Ed25519PrivateKey]) -> str:
    """The note: one signature line of each key, under the origin's name."""
    lines = []
    for key in keys:
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key_id = Verifier(checkpoint.origin, public).key_id
        signature = base64.b64encode(key_id + key.sign(checkpoint.text.encode())).decode()
        lines.append(f"— {checkpoint.origin} {signature}\n")
    return f"{checkpoint.text}\n{''.join(lines)}"


def read_checkpoint(note: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """The tree head that a known key has signed. Raises NoteBroken, also when a known key's line does not hold."""
    text, signatures = _parts(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    verified = False
    for name, signed in signatures:
        verifier = known.get((name, signed[:KEY_ID_BYTES]))
        if verifier is None:
            continue
        try:
            key = Ed25519PublicKey.from_public_bytes(verifier.public_key)
            key.verify(signed[KEY_ID_BYTES:], text.encode())
        except InvalidSignature:
            raise NoteBroken("a signature of a known key does not hold") from None
        verified = True
    if not verified:
        raise NoteBroken("no known key has signed this")
    return _checkpoint(text)


def signature_lines(note: str) -> list[str]:
    """The signature lines as they stand, without their ends. Raises NoteBroken."""
    _parts(note)
    return note[note.rindex("\n\n") + 2 :].splitlines()


def with_signatures(note: str, lines: Iterable[str]) -> str:
    """The note with further signature lines; one that it has already is not repeated. Raises NoteBroken."""
    present = signature_lines(note)
    more = dict.fromkeys(line for line in lines if line not in present)
    grown = note + "".join(f"{line}\n" for line in more)
    _parts(grown)
    return grown


def _parts(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MOST_NOTE_BYTES or any(char < " " and char != "\n" for char in note):
        raise NoteBroken("too long, or with control characters")
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteBroken("no signatures")
    signatures = []
    for line in tail[:-1].split("\n"):
        found = _SIGNATURE.fullmatch(line)
        try:
            signed = base64.b64decode(found[2], validate=True) if found else b""
        except binascii.Error:
            signed = b""
        if found is None or len(signed) <= KEY_ID_BYTES:
            raise NoteBroken("a line that is no signature")
        signatures.append((found[1], signed))
    return text + "\n", signatures


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteBroken("no tree head")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error:
        raise NoteBroken("no tree head") from None
    if len(root) != hashlib.sha256().digest_size:
        raise NoteBroken("no tree head")
    return Checkpoint(lines[0], int(lines[1]), root)
