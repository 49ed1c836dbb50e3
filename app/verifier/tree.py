"""Merkle proofs: RFC 6962 section 2.1, checked by the algorithms of RFC 9162 section 2.1."""

import hashlib
from collections.abc import Sequence

from app.verifier.refusals import DoesNotHold

HASH_BYTES = 32


def hash_of_leaf(leaf: bytes) -> bytes:
    """SHA-256 over a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def check_inclusion(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2. Raises DoesNotHold."""
    if not 0 <= index < size:
        raise DoesNotHold(f"条目序号 {index} 不在 {size} 条之内")
    number, last, result = index, size - 1, leaf_hash
    for step in path:
        if last == 0:
            raise DoesNotHold("证明路径过长")
        if number & 1 or number == last:
            result = _node(step, result)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            result = _node(result, step)
        number, last = number >> 1, last >> 1
    if last:
        raise DoesNotHold("证明路径过短")
    if result != root:
        raise DoesNotHold("条目与路径推得的根与检查点不一致")


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """RFC 9162 section 2.1.4.2. Raises DoesNotHold."""
    if old_size > new_size:
        raise DoesNotHold(f"检查点由 {old_size} 条退回到 {new_size} 条")
    if old_size == new_size:
        if path or old_root != new_root:
            raise DoesNotHold("同样的条目数却有不同的根：日志已分叉")
        return
    if old_size == 0:
        if path:
            raise DoesNotHold("从空日志开始不应有证明路径")
        return
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not steps:
        raise DoesNotHold("证明路径过短")
    first, second = _both_roots(old_size - 1, new_size - 1, steps)
    if first != old_root or second != new_root:
        raise DoesNotHold("较早的日志不是较晚的日志的开头：日志已分叉")


def _both_roots(number: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise DoesNotHold("证明路径过长")
        if number & 1 or number == last:
            first, second = _node(step, first), _node(step, second)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = _node(second, step)
        number, last = number >> 1, last >> 1
    if last:
        raise DoesNotHold("证明路径过短")
    return first, second


class Frontier:
    """The root over leaves that come one by one, keeping one hash a level."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf_hash: bytes) -> None:
        """One leaf more."""
        carried, size = leaf_hash, self.size
        while size & 1:
            carried, size = _node(self._peaks.pop(), carried), size >> 1
        self._peaks.append(carried)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root over all so far."""
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        result = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            result = _node(peak, result)
        return result


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
