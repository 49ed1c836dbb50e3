"""Proofs and statements checked by programs that share no line with ours; each is also shown what it must refuse.

Never skipped: ``scripts/foreign`` puts the programs at hand, or says what to install.
"""

import base64
import json
import subprocess
from datetime import timedelta
from typing import Any

import pymerkle
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.access.tokens import SigningKey, TokenRing
from app.archive.log.rules.growth import grown
from app.archive.log.rules.notes import Checkpoint, Verifier, sign
from app.archive.log.rules.tree import consistency_ranges, hash_of, inclusion_ranges, leaf_hash
from app.db.log_keys import LogKeys
from app.kernel.clock import utc_now
from tests.foreign.tools import go_verifier, jose, tool

ORIGIN = "registry.test/log"
OLD, SIZE = 300, 700
LEAVES = [b'{"n":%d}' % number for number in range(SIZE)]
TREE = grown(0, {}, [leaf_hash(leaf) for leaf in LEAVES])
KEYS = LogKeys.generate()


def answers(command: list[str], asked: dict[str, Any]) -> list[str]:
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def head(size: int, *keys: Ed25519PrivateKey) -> str:
    return sign(Checkpoint(ORIGIN, size, TREE.root(size)), keys or KEYS.private_keys)


def encoded(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


def inclusion(index: int, **changes: Any) -> dict[str, Any]:
    path = [hash_of(subtree, TREE.nodes) for subtree in inclusion_ranges(index, SIZE)]
    leaf = base64.b64encode(LEAVES[index]).decode()
    return {"leaf": leaf, "index": index, "new": head(SIZE), "path": encoded(path), **changes}


def consistency(old: int, new: int, **changes: Any) -> dict[str, Any]:
    path = [hash_of(subtree, TREE.nodes) for subtree in consistency_ranges(old, new)]
    return {"old": head(old), "new": head(new), "path": encoded(path), **changes}


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[0] ^= 1
    return base64.b64encode(raw).decode()


FOREIGN = Ed25519PrivateKey.generate()
PROOF, CHAIN = inclusion(299), consistency(OLD, SIZE)
HOLDS = [inclusion(index) for index in (0, 255, 256, 299, SIZE - 1)] + [
    consistency(old, new) for old, new in ((1, 2), (255, 256), (256, 700), (OLD, SIZE), (SIZE, SIZE))
]
REFUSED = {
    "bit flip in leaf": {**PROOF, "leaf": flipped(PROOF["leaf"])},
    "index + 1": {**PROOF, "index": 300},
    "truncated proof": {**PROOF, "path": PROOF["path"][:-1]},
    "bit flip in path": {**PROOF, "path": [flipped(PROOF["path"][0]), *PROOF["path"][1:]]},
    "another size": {**PROOF, "new": head(SIZE - 200)},
    "foreign key": {**PROOF, "new": head(SIZE, FOREIGN)},
    "forged root": {**PROOF, "new": head(SIZE).replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")},
    "swapped sizes": {**CHAIN, "old": CHAIN["new"], "new": CHAIN["old"]},
    "truncated consistency": {**CHAIN, "path": CHAIN["path"][:-1]},
    "bit flip in consistency": {**CHAIN, "path": [flipped(CHAIN["path"][0]), *CHAIN["path"][1:]]},
    "fork": {**CHAIN, "old": sign(Checkpoint(ORIGIN, OLD, b"\x01" * 32), KEYS.private_keys)},
    "foreign old head": {**CHAIN, "old": head(OLD, FOREIGN)},
}


def test_go_verifies_our_proofs_and_refuses_what_is_corrupted() -> None:
    verifier = str(Verifier(ORIGIN, KEYS.public_keys[0]))
    said = answers([go_verifier()], {"verifier": verifier, "checks": [*HOLDS, *REFUSED.values()]})
    assert said[: len(HOLDS)] == ["holds"] * len(HOLDS)
    assert {name for name, line in zip(REFUSED, said[len(HOLDS) :], strict=True) if line == "holds"} == set()


def test_pymerkle_verifies_our_roots_and_paths_and_refuses_what_is_corrupted() -> None:
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in LEAVES:
        oracle.append_entry(leaf)
    root, index = TREE.root(SIZE), 299
    assert oracle.get_root(SIZE) == root
    proof = oracle.prove_inclusion(index + 1, SIZE)
    ours = [hash_of(subtree, TREE.nodes) for subtree in inclusion_ranges(index, SIZE)]
    assert proof.path[1:] == ours
    pymerkle.verify_inclusion(leaf_hash(LEAVES[index]), root, proof)
    broken = {
        "leaf": (leaf_hash(b"x"), root, ours),
        "root": (leaf_hash(LEAVES[index]), TREE.root(SIZE - 1), ours),
        "truncated": (leaf_hash(LEAVES[index]), root, ours[:-1]),
        "flipped": (leaf_hash(LEAVES[index]), root, [b"\0" * 32, *ours[1:]]),
        "reordered": (leaf_hash(LEAVES[index]), root, ours[::-1]),
    }
    for base, against, path in broken.values():
        proof.path[1:] = path
        with pytest.raises(pymerkle.InvalidProof):
            pymerkle.verify_inclusion(base, against, proof)


def test_jose_verifies_our_statements_and_refuses_what_is_corrupted() -> None:
    issuer, typ, now = "https://registry.test", "answer+jwt", utc_now()
    ring = TokenRing(issuer, [SigningKey.generate()])
    other = TokenRing(issuer, [SigningKey.generate()])
    signed = [
        ring.sign_statement({"answer": "valid"}, typ=typ, now=now, expires=now + timedelta(hours=1)),
        ring.sign_statement({"name": "育婴员"}, typ=typ, now=now, expires=None),
    ]
    head_part, payload, signature = signed[0].split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    refused = [
        f"{head_part}.{payload[:-4]}AAAA.{signature}",
        f"{head_part}.{payload}.{('B' if signature[0] == 'A' else 'A')}{signature[1:]}",
        f"{head_part}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{head_part}.{signed[1].split('.')[1]}.{signature}",
        other.sign_statement({"answer": "valid"}, typ=typ, now=now, expires=None),
        ring.sign_statement({"answer": "valid"}, typ=typ, now=now, expires=now - timedelta(hours=1)),
    ]
    asked = {"jwks": ring.public_jwks(), "issuer": issuer, "typ": typ, "tokens": [*signed, *refused]}
    (said,) = answers([tool("node"), str(jose() / "verify.mjs")], asked)
    assert [each["holds"] for each in json.loads(said)] == [True] * len(signed) + [False] * len(refused)
