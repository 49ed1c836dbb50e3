"""When the log must not go on: a tree head is out that what is stored here does not lead to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.archive.log.rules.notes import Checkpoint
from app.kernel.errors import UNSOURCED, Reason


class Witness(StrEnum):
    """Who shows a tree head of ours."""

    FILES = "files"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Shown:
    """A tree head of ours that is out, and who shows it."""

    by: Witness
    checkpoint: Checkpoint


SIGNS_OF_RESTORATION = frozenset({"log_behind_its_checkpoint", "log_forked"})
"""Codes that say: what is stored here is not what was stored when the tree head went out."""

_BY = {Witness.FILES: "已公布的检查点文件", Witness.MONITOR: "独立监测方保存的检查点"}
_REMEDY_BEHIND = (
    "数据库可能是从较早的备份恢复的：请停止受理，恢复到不早于该检查点的备份后再启动；"
    "切勿删除检查点文件后重新公布，那会形成分叉"
)
_REMEDY_FORK = "封存日志已被改动：请停止受理，保全数据库与检查点文件，用 registry check 查明差异后从备份恢复"


def reasons_against_other_log(shown: Sequence[Shown], origin: str) -> list[Reason]:
    """Tree heads of another log stand where ours should."""
    return [
        _reason(
            "log_of_other_origin",
            f"{_BY[head.by]}属于日志“{head.checkpoint.origin}”，本系统的日志是“{origin}”",
            "请检查 REGISTRY_LOG_ORIGIN 与 REGISTRY_LOG_STORE_URL：一个日志从始至终只用一个名称和一处存放",
        )
        for head in shown
        if head.checkpoint.origin != origin
    ]


def reasons_against_rollback(shown: Sequence[Shown], stored: int) -> list[Reason]:
    """More leaves are under a tree head that is out than are stored here: the database is behind."""
    return [
        _reason(
            "log_behind_its_checkpoint",
            f"数据库中的封存日志有 {stored} 条，而{_BY[head.by]}已有 {head.checkpoint.size} 条：数据库落后，停止封存",
            _REMEDY_BEHIND,
        )
        for head in shown
        if head.checkpoint.size > stored
    ]


def reason_of_fork(size: int, by: Witness | None) -> Reason:
    """What is stored leads to another root than the tree head of ``size`` that is out."""
    who = "上一次公布的检查点" if by is None else _BY[by]
    return _reason(
        "log_forked",
        f"数据库中前 {size} 条封存日志推得的根与{who}不一致，停止封存",
        _REMEDY_FORK,
    )


def reason_of_changed_leaf(index: int) -> Reason:
    """A stored leaf is not what its stored hash says."""
    return _reason("log_leaf_changed", f"第 {index} 条封存内容与其散列不一致，停止封存", _REMEDY_FORK)


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, citation=UNSOURCED)
