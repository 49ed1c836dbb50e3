"""``registry monitor``: watch a registry's log from outside. Run by somebody else than who runs the registry."""

import http.client
import os
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from app.verifier.notes import VerifierKey
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.watch import ContentsDiffer, Forked, RolledBack, Watched, audit, watch

_TIMEOUT_S = 30
_MOST_BYTES = 32 * 1024 * 1024
UNSEEN = 2
EXIT_CODES = {Forked: 3, RolledBack: 4, ContentsDiffer: 5}
"""Else 1 when something does not hold (a signature), 2 when it cannot be reached or read."""


def monitor(
    url: Annotated[str, typer.Option(help="被监测系统的公开地址，如 https://registry.example")],
    key: Annotated[Path, typer.Option(help="日志公钥文件，经可靠途径取得（每行“名称+标识+公钥”）")],
    state: Annotated[Path, typer.Option(help="保存上次所见检查点的文件")],
    every: Annotated[int, typer.Option(help="每隔多少秒监测一次；0 为只监测一次", min=0)] = 0,
    patience: Annotated[int, typer.Option(help="反复监测时，连续多少次无法连接或读取即报警退出", min=1)] = 5,
    is_audit: Annotated[bool, typer.Option("--audit", help="下载全部条目，重新推算根")] = False,
) -> None:
    """监测封存日志：记住上次的检查点，发现分叉、回退或内容不符时报警退出。

    退出码：0 一致，1 签名无效，2 无法连接或读取（反复监测时连续多次才退出），3 分叉，4 回退，5 内容与检查点不符。
    """
    failures = 0
    while True:
        code = _look(url.rstrip("/"), key, state, is_audit=is_audit)
        # What cannot be reached may be reached later; what does not hold stays so.
        if not every or code not in (0, UNSEEN):
            raise typer.Exit(code)
        failures = failures + 1 if code == UNSEEN else 0
        # Whoever could silence a monitor by not answering it would need no forgery.
        if failures == patience:
            typer.echo(
                f"报警：连续 {failures} 次无法监测日志。请保全 {state}，查明原因并通知审计部门。", err=True
            )
            raise typer.Exit(UNSEEN)
        time.sleep(every)


def _look(url: str, key: Path, state: Path, *, is_audit: bool) -> int:
    try:
        watched = watch(lambda path: _fetch(f"{url}/{path}"), _keys(key), _remembered(state))
        told = _told(watched)
        if is_audit:
            count = audit(lambda path: _fetch(f"{url}/{path}"), watched.head)
            told += f"；已核对全部 {count} 条原文"
    except DoesNotHold as refusal:
        typer.echo(f"报警：{refusal}。请保全 {state}，立即通知审计与财政部门。", err=True)
        return EXIT_CODES.get(type(refusal), 1)
    except (Unreadable, OSError, http.client.HTTPException, ValueError, RecursionError) as defect:
        told = str(defect) if isinstance(defect, Unreadable | OSError) else type(defect).__name__
        typer.echo(f"无法监测：{told}", err=True)
        return UNSEEN
    _remember(state, watched.note)
    typer.echo(told)
    return 0


def _told(watched: Watched) -> str:
    now = f"日志“{watched.head.origin}”现有 {watched.head.size} 条"
    if watched.before is None:
        return f"{now}；首次监测，已记住检查点"
    return f"{now}，与上次的 {watched.before.size} 条一致"


def _fetch(address: str) -> bytes | None:
    if not address.startswith(("http://", "https://")):
        raise Unreadable("地址应以 https:// 或 http:// 开头")
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - checked above
            content: bytes = answer.read(_MOST_BYTES)
            return content
    except urllib.error.HTTPError as refusal:
        with refusal:
            if refusal.code == 404:
                return None
            raise Unreadable(f"{address} 回答 {refusal.code}") from None
    except urllib.error.URLError as failure:
        raise Unreadable(f"无法连接 {address}（{failure.reason}）") from None
    except http.client.HTTPException as defect:
        raise Unreadable(f"{address} 的回答不完整或不是 HTTP（{type(defect).__name__}）") from None


def _keys(path: Path) -> list[VerifierKey]:
    keys = [VerifierKey.parse(line) for line in path.read_text().splitlines() if line.strip()]
    if not keys:
        raise Unreadable(f"{path} 中没有公钥")
    return keys


def _remembered(state: Path) -> str | None:
    try:
        return state.read_text()
    except FileNotFoundError:
        return None


def _remember(state: Path, note: str) -> None:
    """On disk before this monitor says that all is well: what it forgets could be rolled back unseen."""
    fresh = state.with_name(f"{state.name}.new")
    with fresh.open("w") as file:
        file.write(note)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(state)
