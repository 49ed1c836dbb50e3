"""Proof documents (``openapi/log-proof.schema.json``): is this leaf in the log, and is it this content's leaf?"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.verifier.canonical import canonical
from app.verifier.notes import Head, VerifierKey, verified_head
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.tree import HASH_BYTES, check_inclusion, hash_of_leaf

FORMAT = "training-record-registry/log-proof/v1"
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Proved:
    """What holds: the leaf says ``kind``, stands at ``index`` under ``head``; ``content`` None when none was given."""

    head: Head
    index: int
    said: dict[str, Any]
    content: dict[str, Any] | None


def check_bundle(bundle: Any, keys: Sequence[VerifierKey]) -> Proved:
    """Everything that the document claims. Raises Unreadable or DoesNotHold."""
    if not isinstance(bundle, dict) or bundle.get("format") != FORMAT:
        raise Unreadable(f"不是 {FORMAT} 格式的证明文件")
    leaf = _octets(_typed(bundle, "leaf", str))
    index, size = _typed(bundle, "leaf_index", int), _typed(bundle, "tree_size", int)
    path = hashes(_typed(bundle, "inclusion_path", list))
    head = verified_head(_typed(bundle, "checkpoint", str), keys)
    if head.size != size:
        raise DoesNotHold(f"证明针对 {size} 条，而检查点是 {head.size} 条")
    check_inclusion(hash_of_leaf(leaf), index, size, path, head.root)
    said = _leaf(leaf)
    content, salt = bundle.get("content"), bundle.get("salt")
    if (content is None) != (salt is None):
        raise Unreadable("content 与 salt 须同时给出或同时为空")
    if content is not None:
        _check_commitment(said, content, salt)
    return Proved(head, index, said, content)


def hashes(encoded: Sequence[Any]) -> list[bytes]:
    """Base64 texts of 32 bytes each. Raises Unreadable."""
    try:
        decoded = [base64.b64decode(text, validate=True) for text in encoded]
    except (TypeError, ValueError, binascii.Error):
        raise Unreadable("证明路径不是 base64") from None
    if any(len(each) != HASH_BYTES for each in decoded):
        raise Unreadable("证明路径中有一项不是 32 字节")
    return decoded


def _check_commitment(said: dict[str, Any], content: Any, salt: Any) -> None:
    try:
        opening = bytes.fromhex(salt)
    except (TypeError, ValueError):
        raise Unreadable("salt 不是十六进制") from None
    if len(opening) != SALT_BYTES or not isinstance(content, dict):
        raise Unreadable("salt 不是 32 字节，或 content 不是对象")
    if hashlib.sha256(opening + canonical(content)).hexdigest() != said["commitment"]:
        raise DoesNotHold("内容与日志中的条目不符：内容已被改动，或随机数不是这一条的")
    if said["type"] == "entry" and said.get("kind") != content.get("kind"):
        raise DoesNotHold("档案类别与日志中的条目不符")


def _octets(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unreadable("条目中有不成对的代理字符") from None


def _leaf(leaf: bytes) -> dict[str, Any]:
    try:
        said = json.loads(leaf)
    except (ValueError, RecursionError):
        raise Unreadable("条目不是 JSON") from None
    if (
        not isinstance(said, dict)
        or said.get("v") != 1
        or not isinstance(said.get("commitment"), str)
        or not isinstance(said.get("type"), str)
    ):
        raise Unreadable("不认识的条目版本")
    return said


def _typed(bundle: dict[str, Any], name: str, kind: type) -> Any:
    value = bundle.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Unreadable(f"证明文件的 {name} 缺失或类型不对")
    return value
