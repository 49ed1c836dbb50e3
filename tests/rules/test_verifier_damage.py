"""Damaged files and statements of the wrong kind: told in Chinese by exit code, never by a traceback, never passed."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.access.actor import Actor, PrincipalKind
from app.access.tokens import SigningKey, TokenRing
from app.archive.log.rules.notes import Verifier
from app.exchange.extracts.rules.credentials import status_list_claims, status_list_url
from app.verifier import command
from app.verifier.exports import SECTIONS as SECTIONS_OF_EXPORT
from app.verifier.notes import Head
from app.verifier.tree import Frontier, hash_of_leaf
from app.verifier.watch import ContentsDiffer, audit, tile_path
from tests.rules.test_verifier import INDEX, KEY, ORIGIN, PRINTED, bundle

ISSUER = "https://registry.test"
RING = TokenRing(ISSUER, [SigningKey.generate()])
DEEP = '{"a":' * 900 + "1" + "}" * 900
SECTIONS = {name: [] for name in SECTIONS_OF_EXPORT}
EXPORT: dict[str, Any] = {
    "format": "training-record-registry/claim-export/v1",
    "made_at": "2026-05-01T00:00:00+00:00",
    "case_number": "测审〔2026〕0001号",
    "claim": dict.fromkeys(
        ("claim_id", "claim_number", "person_id", "kind", "entry_id", "entry_kind", "state"), "x"
    ),
    **SECTIONS,
}
DAMAGED = {
    "surrogate in the leaf": ("proof", json.dumps(bundle(leaf="\ud800"))),
    "surrogate in the checkpoint": ("proof", json.dumps(bundle(checkpoint="\ud800\n\n— a b\n"))),
    "surrogate in the salt": ("proof", json.dumps(bundle(salt="\ud800"))),
    "nested without end": ("proof", json.dumps(bundle()).replace(json.dumps(bundle()["content"]), DEEP)),
    "number of 5000 digits": (
        "proof",
        json.dumps(bundle()).replace(f'"leaf_index": {INDEX}', f'"leaf_index": {"9" * 5000}'),
    ),
    "entry without members": ("proof", json.dumps({**PRINTED, "entries": [[]]})),
    "rows that are texts": ("export", json.dumps({**EXPORT, "entries": ["x"]})),
    "rows that are no list": ("export", json.dumps({**EXPORT, "benefits": {"a": 1}})),
    "row without its id": ("export", json.dumps({**EXPORT, "benefits": [{}]})),
    "row of a state that is a list": (
        "export",
        json.dumps({**EXPORT, "entries": [{"entry_id": "x"}], "moves": [{"move_id": "m", "to_state": []}]}),
    ),
    "claim of another form": ("export", json.dumps({**EXPORT, "claim": {"claim_number": "C1"}})),
    "export nested without end": ("export", DEEP.replace("1", "[" * 2000)),
}


def log_key(folder: Path) -> str:
    path = folder / "key"
    path.write_text(str(Verifier(ORIGIN, KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))))
    return str(path)


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_unreadable(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, content = DAMAGED[damage]
    path = tmp_path / "file"
    path.write_text(content)
    assert command.main([verb, str(path), "--key", log_key(tmp_path)]) == 2
    assert "无法核验" in capsys.readouterr().err


def judged(folder: Path, statement: str, *more: str) -> int:
    (folder / "jwks").write_text(json.dumps(RING.public_jwks()))
    (folder / "statement").write_text(statement)
    return command.main(["statement", str(folder / "statement"), "--jwks", str(folder / "jwks"), *more])


def test_a_statement_is_told_by_its_kind_and_a_token_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    answer = RING.sign_statement({"a": 1}, typ="verification+jwt", now=now, expires=now + timedelta(hours=1))
    assert judged(tmp_path, answer) == 0
    assert "核验答复（verification+jwt）" in capsys.readouterr().out
    holder = Actor(
        principal_id=UUID(int=7), kind=PrincipalKind.CITIZEN, display_name="某人", person_id=UUID(int=8)
    )
    assert judged(tmp_path, RING.issue(holder, now=now)) == 1
    assert "访问令牌不是证明" in capsys.readouterr().err
    assert judged(tmp_path, RING.sign_statement({}, typ="else+jwt", now=now, expires=None)) == 1
    assert judged(tmp_path, f"{answer}==") == 2
    padded = base64.urlsafe_b64encode(b'{"alg":"ES256"} ').decode()
    assert judged(tmp_path, f"{padded}.{answer.partition('.')[2]}") == 2


def test_a_credential_passes_with_what_is_known_of_its_revocation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, slot = datetime.now(UTC), 77_777
    status = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(slot),
        "statusListCredential": status_list_url(ISSUER, 3),
    }
    credential = RING.sign_statement({"credentialStatus": status}, typ="JWT", now=now, expires=None)
    assert judged(tmp_path, credential) == 0
    assert f"撤销情况未核：请下载 {status_list_url(ISSUER, 3)}" in capsys.readouterr().out

    def against(list_no: int, revoked: list[int], *, at: datetime = now, typ: str = "vc+jwt") -> int:
        path, claims = tmp_path / "list", status_list_claims(ISSUER, list_no, revoked, at)
        path.write_text(RING.sign_statement(claims, typ=typ, now=at, expires=None))
        return judged(tmp_path, credential, "--status-list", str(path))

    assert against(3, [slot - 1, slot + 1]) == 0
    assert "撤销情况：未收回" in capsys.readouterr().out
    assert against(3, [slot]) == 1
    assert "已被收回" in capsys.readouterr().err
    assert against(4, []) == 1, "another list"
    assert against(3, [], at=now - timedelta(days=400)) == 1, "a list of long ago"
    assert against(3, [], typ="JWT") == 1, "no list"
    assert judged(tmp_path, credential, "--status-list", str(tmp_path / "statement")) == 1


def log_of(size: int) -> tuple[dict[str, bytes], Head]:
    """The files of a log of ``size`` leaves, by C2SP tlog-tiles word by word."""
    leaves = [b"x%d" % number for number in range(size)]
    files, level, frontier = {}, 0, Frontier()
    nodes = [hash_of_leaf(leaf) for leaf in leaves]
    for node in nodes:
        frontier.append(node)
    for first in range(0, size, 256):
        some = leaves[first : first + 256]
        content = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in some)
        files[tile_path("entries", first // 256, len(some))] = content
    while nodes:
        above = []
        for first in range(0, len(nodes), 256):
            some = nodes[first : first + 256]
            files[tile_path(str(level), first // 256, len(some))] = b"".join(some)
            if len(some) == 256:
                tree = Frontier()
                for node in some:
                    tree.append(node)
                above.append(tree.root)
        nodes, level = above, level + 1
    return files, Head(ORIGIN, size, frontier.root)


def test_an_audit_reads_the_tiles_of_every_level() -> None:
    size = 256 * 256 + 300
    files, head = log_of(size)
    assert [path for path in files if "/tile/2/" in path] == ["log/tile/2/000.p/1"]
    assert audit(files.get, head) == size
    for path in ("log/tile/1/000", "log/tile/1/001.p/1", "log/tile/2/000.p/1"):
        flipped = bytes([files[path][0] ^ 1]) + files[path][1:]
        with pytest.raises(ContentsDiffer, match="瓦片"):
            audit({**files, path: flipped}.get, head)
        with pytest.raises(ContentsDiffer, match="缺少"):
            audit({name: content for name, content in files.items() if name != path}.get, head)
