"""The verifier by itself: what the server makes holds, no corruption of it does, and it knows nothing of ours."""

import ast
import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.access.tokens import SigningKey, TokenRing
from app.archive.log.rules.bundles import proof_bundle
from app.archive.log.rules.growth import grown
from app.archive.log.rules.leaves import SEALED_FIELDS, content_of, leaf_of
from app.archive.log.rules.notes import Checkpoint, Verifier, sign, with_signatures
from app.archive.log.rules.tree import consistency_ranges, hash_of, inclusion_ranges, leaf_hash
from app.exchange.extracts.rules.contents import SealedAs
from app.exchange.extracts.rules.contents import proof_bundle as printed_bundle
from app.kernel.canonical_json import canonical_json
from app.verifier import command
from app.verifier.bundles import check_bundle
from app.verifier.canonical import canonical
from app.verifier.notes import VerifierKey, verified_head
from app.verifier.record_proofs import check_record_proof
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.statements import check_statement
from app.verifier.tree import Frontier, check_consistency
from tests.architecture.sources import ROOT

ORIGIN = "registry.test/log"
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
SALT = bytes(range(32))
ENTRY = {**dict.fromkeys(SEALED_FIELDS), "kind": "completion", "record_number": "R1", "program_name": "焊工"}
INDEX, SIZE = 300, 700
LEAVES = [b'{"n":%d}' % number for number in range(SIZE)]
LEAVES[INDEX] = leaf_of("entry", ENTRY, SALT)
TREE = grown(0, {}, [leaf_hash(leaf) for leaf in LEAVES])
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def vkey(key: Ed25519PrivateKey, name: str = ORIGIN) -> VerifierKey:
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey.parse(str(Verifier(name, public)))


def head(size: int, *keys: Ed25519PrivateKey) -> str:
    return sign(Checkpoint(ORIGIN, size, TREE.root(size)), keys or (KEY,))


def bundle(**changes: Any) -> dict[str, Any]:
    made = proof_bundle(
        leaf=LEAVES[INDEX],
        leaf_index=INDEX,
        size=SIZE,
        path=[hash_of(subtree, TREE.nodes) for subtree in inclusion_ranges(INDEX, SIZE)],
        checkpoint=head(SIZE),
        content=content_of("entry", ENTRY),
        salt=SALT,
    )
    return {**made, **changes}


def flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[7] ^= 1
    return base64.b64encode(raw).decode()


PATH = bundle()["inclusion_path"]
CORRUPTIONS: dict[str, dict[str, Any]] = {
    "bit flip in leaf": {"leaf": bundle()["leaf"].replace('"v":1', '"v":1 ')},
    "index + 1": {"leaf_index": INDEX + 1},
    "index - 1": {"leaf_index": INDEX - 1},
    "truncated path": {"inclusion_path": PATH[:-1]},
    "longer path": {"inclusion_path": [*PATH, PATH[0]]},
    "bit flip in path": {"inclusion_path": [flipped(PATH[0]), *PATH[1:]]},
    "another tree": {"tree_size": SIZE - 1, "checkpoint": head(SIZE - 1)},
    "size of another tree": {"tree_size": SIZE - 1},
    "foreign key": {"checkpoint": head(SIZE, OTHER)},
    "changed content": {"content": {**content_of("entry", ENTRY), "program_name": "电工"}},
    "field taken out": {"content": {"kind": "completion"}},
    "another salt": {"salt": SALT[::-1].hex()},
    "bit flip in signature": {"checkpoint": head(SIZE)[:-7] + "AAAA==\n"},
    "text of another head": {"checkpoint": head(SIZE).replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n")},
}


def test_what_the_server_proves_holds() -> None:
    proved = check_bundle(bundle(), [vkey(OTHER, "witness"), vkey(KEY)])
    assert (proved.index, proved.head.size, proved.head.root) == (INDEX, SIZE, TREE.root(SIZE))
    assert check_bundle(bundle(content=None, salt=None), [vkey(KEY)]).content is None


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_no_corruption_holds(corruption: str) -> None:
    with pytest.raises((DoesNotHold, Unreadable)):
        check_bundle(bundle(**CORRUPTIONS[corruption]), [vkey(KEY)])


PRINTED = json.loads(
    printed_bundle(
        [
            SealedAs(
                record_number="R1",
                leaf_index=INDEX,
                size=SIZE,
                root=TREE.root(SIZE).hex(),
                content=content_of("entry", ENTRY),
                salt=SALT.hex(),
                leaf=LEAVES[INDEX].hex(),
                path=tuple(base64.b64decode(each).hex() for each in PATH),
                checkpoint=head(SIZE),
            )
        ]
    )
)
PRINTED_CORRUPTIONS: dict[str, dict[str, Any]] = {
    "bit flip in leaf": {"leaf": (LEAVES[INDEX][:-1] + b" ").hex()},
    "index + 1": {"leaf_index": INDEX + 1},
    "truncated path": {"path": PRINTED["entries"][0]["path"][:-1]},
    "foreign key": {"checkpoint": head(SIZE, OTHER)},
    "changed content": {"content": {**content_of("entry", ENTRY), "program_name": "电工"}},
    "number of another record": {"record_number": "R2"},
    "root of another head": {"root": TREE.root(SIZE - 1).hex()},
    "another salt": {"salt": SALT[::-1].hex()},
    "not hexadecimal": {"leaf": "zz"},
    "no content": {"content": None, "salt": None},
    "no salt": {"salt": None},
}


def test_what_is_printed_with_a_record_holds() -> None:
    (proved,) = check_record_proof(PRINTED, [vkey(KEY)])
    assert (proved.index, proved.content) == (INDEX, content_of("entry", ENTRY))


@pytest.mark.parametrize("corruption", PRINTED_CORRUPTIONS)
def test_no_corruption_of_what_is_printed_holds(corruption: str) -> None:
    (entry,) = PRINTED["entries"]
    damaged = {**PRINTED, "entries": [entry, {**entry, **PRINTED_CORRUPTIONS[corruption]}]}
    with pytest.raises((DoesNotHold, Unreadable)):
        check_record_proof(damaged, [vkey(KEY)])


@pytest.mark.parametrize(
    "damage",
    [
        {"format": "x"},
        {"leaf": 1},
        {"leaf_index": True},
        {"inclusion_path": ["?"]},
        {"checkpoint": "x"},
        {"salt": None},
        {"salt": "zz"},
        {"content": []},
    ],
)
def test_what_is_malformed_is_unreadable(damage: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        check_bundle(bundle(**damage), [vkey(KEY)])


@given(old=st.integers(0, SIZE), new=st.integers(0, SIZE), data=st.data())
def test_consistency_holds_between_any_two_sizes_and_no_other(
    old: int, new: int, data: st.DataObject
) -> None:
    old, new = min(old, new), max(old, new)
    path = [hash_of(subtree, TREE.nodes) for subtree in consistency_ranges(old, new)]
    check_consistency(old, TREE.root(old), new, TREE.root(new), path)
    if 0 < old < new:
        forged = data.draw(st.sampled_from(["root", "path", "short", "long", "swapped"]))
        variants: dict[str, Callable[[], None]] = {
            "root": lambda: check_consistency(old, SALT, new, TREE.root(new), path),
            "path": lambda: check_consistency(old, TREE.root(old), new, TREE.root(new), [SALT, *path[1:]]),
            "short": lambda: check_consistency(old, TREE.root(old), new, TREE.root(new), path[:-1]),
            "long": lambda: check_consistency(old, TREE.root(old), new, TREE.root(new), [*path, SALT]),
            "swapped": lambda: check_consistency(new, TREE.root(new), old, TREE.root(old), path),
        }
        with pytest.raises(DoesNotHold):
            variants[forged]()


def test_signatures_of_others_are_kept_and_say_nothing() -> None:
    witnessed = with_signatures(head(SIZE), ["— witness.test/w AAAAAAAAAAAAAAAA"])
    assert "witness.test/w" in witnessed
    assert verified_head(witnessed, [vkey(KEY)]).size == SIZE
    assert with_signatures(witnessed, ["— witness.test/w AAAAAAAAAAAAAAAA"]) == witnessed
    rotated = head(SIZE, KEY, OTHER)
    assert verified_head(rotated, [vkey(OTHER)]) == verified_head(rotated, [vkey(KEY)])
    broken = rotated.replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")
    with pytest.raises(DoesNotHold):
        verified_head(broken, [vkey(KEY)])


def test_a_root_can_be_had_leaf_by_leaf() -> None:
    frontier = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert frontier.root == TREE.root(size)
        frontier.append(leaf_hash(leaf))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=JSON)
def test_canonical_json_is_that_of_rfc8785(value: Any) -> None:
    try:
        expected = canonical_json(value)
    except UnicodeEncodeError:
        with pytest.raises(Unreadable):
            canonical(value)
    else:
        assert canonical(value) == expected


def test_a_statement_holds_until_it_ends_and_only_as_signed() -> None:
    ring = TokenRing("https://registry.test", [SigningKey.generate()])
    ring.replace_keys([SigningKey.generate()])
    jwks = ring.public_jwks()
    signed = ring.sign_statement(
        {"answer": "valid"}, typ="verification+jwt", now=NOW, expires=NOW + timedelta(hours=1)
    )
    assert check_statement(signed, jwks, now=NOW).claims["answer"] == "valid"
    head_part, payload, signature = signed.split(".")
    other = TokenRing("https://registry.test", [SigningKey.generate()])
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode()
    forged = {
        "payload": f"{head_part}.{base64.urlsafe_b64encode(b'{}').decode()}.{signature}",
        "no signature": f"{head_part}.{payload}.",
        "algorithm none": f"{none}.{payload}.{signature}",
        "foreign key": other.sign_statement({}, typ="verification+jwt", now=NOW, expires=None),
        "padded": f"{signed}==",
        "payload padded": f"{head_part}.{payload}{'=' * (-len(payload) % 4 or 4)}.{signature}",
        "flipped": signed[:-6] + ("A" if signed[-6] != "A" else "B") + signed[-5:],
    }
    for statement in forged.values():
        with pytest.raises((DoesNotHold, Unreadable)):
            check_statement(statement, jwks, now=NOW)
    with pytest.raises(DoesNotHold, match="失效"):
        check_statement(signed, jwks, now=NOW + timedelta(hours=1))


def test_the_command_answers_in_chinese_and_by_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file, proof = tmp_path / "key", tmp_path / "proof.json"
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    key_file.write_text(f"{Verifier(ORIGIN, public)}\n")
    proof.write_text(json.dumps(bundle()))
    assert command.main(["proof", str(proof), "--key", str(key_file)]) == 0
    assert "核验通过" in capsys.readouterr().out
    proof.write_text(json.dumps(PRINTED))
    assert command.main(["proof", str(proof), "--key", str(key_file)]) == 0
    assert "焊工" in capsys.readouterr().out
    proof.write_text(json.dumps(bundle(leaf_index=1)))
    assert command.main(["proof", str(proof), "--key", str(key_file)]) == 1
    assert "核验不通过" in capsys.readouterr().err
    assert command.main(["proof", str(tmp_path / "absent"), "--key", str(key_file)]) == 2
    assert "无法核验" in capsys.readouterr().err
    old, new, path = tmp_path / "old", tmp_path / "new", tmp_path / "path.json"
    old.write_text(head(500))
    new.write_text(head(SIZE))
    hashes = [hash_of(subtree, TREE.nodes) for subtree in consistency_ranges(500, SIZE)]
    path.write_text(json.dumps({"path": [base64.b64encode(each).decode() for each in hashes]}))
    assert command.main(["consistency", str(old), str(new), str(path), "--key", str(key_file)]) == 0
    assert command.main(["consistency", str(new), str(old), str(path), "--key", str(key_file)]) == 1
    assert command.main(["checkpoint", str(new), "--key", str(key_file)]) == 0


def test_it_imports_the_standard_library_and_cryptography_alone() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography"}
    for path in (ROOT / "app" / "verifier").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.startswith("app.verifier") or name.partition(".")[0] in allowed, (path.name, name)
