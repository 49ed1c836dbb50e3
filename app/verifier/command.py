"""The command ``registry-verify``. Exit codes: 0 holds, 1 does not hold, 2 cannot be read or wrongly called."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.verifier.bundles import Proved, check_bundle, hashes
from app.verifier.exports import check_export
from app.verifier.notes import VerifierKey, verified_head
from app.verifier.record_proofs import check_record_proof, is_record_proof
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.statements import CREDENTIAL_KIND, KINDS, STATUS_LIST_KIND, check_standing, check_statement
from app.verifier.tree import check_consistency

HOLDS, DOES_NOT_HOLD, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; answers on standard output, refusals on standard error."""
    asked = _parser().parse_args(arguments)
    try:
        sys.stdout.write(f"{asked.run(asked)}\n")
    except DoesNotHold as refusal:
        sys.stderr.write(f"核验不通过：{refusal}\n")
        return DOES_NOT_HOLD
    except Unreadable as defect:
        sys.stderr.write(f"无法核验：{defect}\n")
        return UNREADABLE
    except (ValueError, ArithmeticError, RecursionError, LookupError, TypeError, AttributeError) as defect:
        # Whatever a damaged file provokes is a file that cannot be read; nothing has been said of it above.
        sys.stderr.write(f"无法核验：文件已损坏或不合格式（{type(defect).__name__}），请重新取得\n")
        return UNREADABLE
    return HOLDS


def _prove(asked: argparse.Namespace) -> str:
    document, keys = _json_of(asked.bundle), _keys(asked.key)
    if is_record_proof(document):
        return "\n".join(_told(proved) for proved in check_record_proof(document, keys))
    return _told(check_bundle(document, keys))


def _told(proved: Proved) -> str:
    lines = [
        f"核验通过：条目 {proved.index} 在日志“{proved.head.origin}”的前 {proved.head.size} 条之中",
        f"条目类型：{proved.said['type']}",
    ]
    if proved.content is None:
        lines.append("未附内容：只证明该条目存在，不证明它是谁的")
    else:
        lines.append("所附内容与条目一致：")
        lines.append(json.dumps(proved.content, ensure_ascii=False, indent=2))
    return "\n".join(lines)


def _check_export(asked: argparse.Namespace) -> str:
    keys = _keys(asked.key)
    jwks = None if asked.jwks is None else _json_of(asked.jwks)
    # By line feeds alone: a text within may hold other breaks of lines.
    lines = [line for line in _text_of(asked.export).split("\n") if line.strip()]
    if not lines:
        raise Unreadable(f"{asked.export} 中没有导出的申领")
    told = []
    for number, line in enumerate(lines, start=1):
        try:
            export = json.loads(line)
        except (ValueError, RecursionError):
            raise Unreadable(f"{asked.export} 第 {number} 行不是 JSON") from None
        try:
            proved = check_export(export, keys, jwks, now=datetime.now(UTC))
        except DoesNotHold as refusal:
            raise DoesNotHold(f"第 {number} 行：{refusal}") from None
        told.append(
            f"核验通过：申领 {proved.claim_number}，登记机关对整份导出的签名有效，"
            f"{proved.proofs} 项日志证明与内容一致"
        )
    return "\n".join(told)


def _check_head(asked: argparse.Namespace) -> str:
    head = verified_head(_text_of(asked.checkpoint), _keys(asked.key))
    return f"核验通过：日志“{head.origin}”，{head.size} 条，根 {head.root.hex()}"


def _compare(asked: argparse.Namespace) -> str:
    keys = _keys(asked.key)
    old, new = verified_head(_text_of(asked.old), keys), verified_head(_text_of(asked.new), keys)
    if old.origin != new.origin:
        raise DoesNotHold(f"两个检查点属于不同的日志：“{old.origin}”与“{new.origin}”")
    proof = _json_of(asked.proof)
    path = proof.get("path") if isinstance(proof, dict) else None
    if not isinstance(path, list):
        raise Unreadable("一致性证明中没有 path")
    check_consistency(old.size, old.root, new.size, new.root, hashes(path))
    return f"核验通过：前 {old.size} 条在 {new.size} 条中没有改动"


def _check_signature(asked: argparse.Namespace) -> str:
    jwks, now = _json_of(asked.jwks), datetime.now(UTC)
    signed = check_statement(_text_of(asked.statement), jwks, now=now)
    told = [f"核验通过：{KINDS[signed.kind]}（{signed.kind}）"]
    if asked.status_list is not None:
        if signed.kind != CREDENTIAL_KIND:
            raise Unreadable(f"{KINDS[signed.kind]}没有撤销状态，--status-list 只用于电子凭证")
        listed = check_statement(_text_of(asked.status_list), jwks, now=now, kinds=(STATUS_LIST_KIND,))
        check_standing(signed, listed, now=now)
        told.append(f"撤销情况：未收回（状态列表截至 {listed.claims.get('validFrom')}）")
    elif signed.kind == CREDENTIAL_KIND:
        status = signed.claims.get("credentialStatus")
        where = status.get("statusListCredential") if isinstance(status, dict) else None
        told.append(f"撤销情况未核：请下载 {where}，再加 --status-list 核验")
    return "\n".join([*told, "签名内容：", json.dumps(signed.claims, ensure_ascii=False, indent=2)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="registry-verify",
        description="脱机核验培训档案登记系统签发的证明（退出码：0 通过，1 不通过，2 无法读取）",
    )
    verbs = parser.add_subparsers(required=True, metavar="事项")
    key_help = "日志公钥文件（每行一个“名称+标识+公钥”），请经可靠途径取得"
    jwks_help = "登记机关的公钥文件（JWKS，/.well-known/jwks.json），请经可靠途径取得"
    proof = verbs.add_parser("proof", help="档案条目或打印件的日志证明")
    proof.add_argument("bundle", type=Path, help="证明文件（JSON）")
    proof.add_argument("--key", type=Path, required=True, help=key_help)
    proof.set_defaults(run=_prove)
    export = verbs.add_parser("export", help="审计导出的申领（每行一件）")
    export.add_argument("export", type=Path, help="导出文件（JSON 或 NDJSON）")
    export.add_argument("--key", type=Path, required=True, help=key_help)
    export.add_argument("--jwks", type=Path, help=f"{jwks_help}；没有它就不能核验全部内容")
    export.set_defaults(run=_check_export)
    head = verbs.add_parser("checkpoint", help="检查点的签名")
    head.add_argument("checkpoint", type=Path, help="检查点文件")
    head.add_argument("--key", type=Path, required=True, help=key_help)
    head.set_defaults(run=_check_head)
    both = verbs.add_parser("consistency", help="较早的检查点是较晚的检查点的开头")
    both.add_argument("old", type=Path, help="较早的检查点文件")
    both.add_argument("new", type=Path, help="较晚的检查点文件")
    both.add_argument("proof", type=Path, help="一致性证明（GET /v1/log/consistency 的回答）")
    both.add_argument("--key", type=Path, required=True, help=key_help)
    both.set_defaults(run=_compare)
    statement = verbs.add_parser("statement", help="签名答复或电子凭证（JWS、VC-JWT）")
    statement.add_argument("statement", type=Path, help="签名文件")
    statement.add_argument("--jwks", type=Path, required=True, help=jwks_help)
    statement.add_argument("--status-list", type=Path, help="电子凭证的状态列表文件，用以核验是否已收回")
    statement.set_defaults(run=_check_signature)
    return parser


def _keys(path: Path) -> list[VerifierKey]:
    lines = [line for line in _text_of(path).splitlines() if line.strip()]
    if not lines:
        raise Unreadable(f"{path} 中没有公钥")
    return [VerifierKey.parse(line) for line in lines]


def _json_of(path: Path) -> Any:
    try:
        return json.loads(_text_of(path))
    except (ValueError, RecursionError):
        raise Unreadable(f"{path} 不是 JSON 文件") from None


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise Unreadable(f"无法读取 {path}（{error.strerror}）") from None
    except UnicodeDecodeError:
        raise Unreadable(f"{path} 不是 UTF-8 文本") from None


if __name__ == "__main__":
    raise SystemExit(main())
