"""封存日志: how far sealing has come, its keys, and proofs. Public: leaves are commitments and tell nobody anything."""

import base64
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query
from pydantic import Field

from app.archive.log.queries import (
    LogStatus,
    consistency_proof,
    index_of_leaf,
    latest_head,
    log_keys,
    log_status,
    proof_of_leaf,
)
from app.archive.log.rules.leaves import ALARM_DELAY_S, PROMISED_DELAY_S
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["封存日志"])


class LogStatusOut(Output):
    """封存进度；补贴只能依据已封存的档案发放."""

    size: int = Field(examples=[1024], description="已封存的条目数")
    newest_sealed_at: datetime | None = Field(description="最近一次封存的时间；尚无条目时为空")
    published_size: int = Field(examples=[1024], description="最新公布的检查点涵盖的条目数")
    published_at: datetime | None = Field(description="最新检查点的公布时间；尚未公布时为空")
    waiting: int = Field(examples=[0], description="已发生、尚未被公布的检查点涵盖的事项数")
    oldest_waiting_seconds: int = Field(examples=[0], description="等待最久的一项已等待的秒数")
    payment_gate_open: bool = Field(
        examples=[True], description="最久等待不超过 300 秒、数据库没有疑似由较早备份恢复时，付款通道才开放"
    )
    promised_delay_seconds: int = Field(examples=[60], description="承诺的封存时限（秒）")

    @classmethod
    def of(cls, status: LogStatus) -> Self:
        """As anybody sees it."""
        return cls(
            size=status.size,
            newest_sealed_at=status.newest_sealed_at,
            published_size=status.published_size,
            published_at=status.published_at,
            waiting=status.waiting,
            oldest_waiting_seconds=status.oldest_waiting_s,
            promised_delay_seconds=PROMISED_DELAY_S,
            payment_gate_open=status.oldest_waiting_s <= ALARM_DELAY_S and not status.is_disturbed,
        )


@router.get("/v1/log/status", summary="封存进度", response_model=LogStatusOut, responses=answers())
async def get_log_status(unit: ReadUnit) -> LogStatusOut:
    """新登记的档案在承诺时限内封存；超过时限的由运行人员处理，期间不据此发放补贴。"""
    return LogStatusOut.of(await log_status(unit))


class LogKeyOut(Output):
    """签署检查点的公钥."""

    verifier: str = Field(
        examples=["registry.example/log+2b3c4d5e+AQ=="], description="C2SP 签名笔记格式的公钥：名称+标识+公钥"
    )
    since: datetime = Field(description="启用时间")
    retired_at: datetime | None = Field(description="停用时间；仍在使用时为空")


class LogKeysOut(Output):
    """全部公钥，含已停用的."""

    origin: str = Field(examples=["registry.example/log"], description="日志名称，即检查点的第一行")
    items: list[LogKeyOut]


class InclusionOut(Output):
    """条目在日志中的证明，可用 registry-verify 或任何 RFC 6962 工具脱机核验（格式见 log-proof.schema.json）."""

    format: Literal["training-record-registry/log-proof/v1"]
    leaf: str = Field(
        examples=['{"commitment":"…","kind":"completion","type":"entry","v":1}'], description="条目原文"
    )
    leaf_index: int = Field(examples=[5], description="条目序号，从 0 起")
    tree_size: int = Field(examples=[1024], description="检查点涵盖的条目数")
    inclusion_path: list[str] = Field(description="RFC 6962 第 2.1.1 节的路径，base64，自条目向上")
    checkpoint: str = Field(description="签名的检查点（C2SP signed note）")
    content: dict[str, Any] | None = Field(description="条目所承诺的内容；仅向有权查看的人提供")
    salt: str | None = Field(description="承诺所用的 32 字节随机数，十六进制；仅向有权查看的人提供")


class ConsistencyOut(Output):
    """较小的树是较大的树的开头：此前的条目都没有改动."""

    from_size: int = Field(examples=[512], description="较早的条目数")
    to_size: int = Field(examples=[1024], description="较晚的条目数")
    path: list[str] = Field(description="RFC 6962 第 2.1.2 节的证明，base64")


Size = Annotated[int, Query(ge=0, le=2**53 - 1)]


@router.get("/v1/log/keys", summary="签署检查点的公钥", response_model=LogKeysOut, responses=answers())
async def get_log_keys(unit: ReadUnit) -> LogKeysOut:
    """请另经可靠途径核对公钥：从同一处取得的公钥不能证明任何事。"""
    rows = await log_keys(unit)
    return LogKeysOut(
        origin=str(rows[-1]["verifier"]).partition("+")[0] if rows else "",
        items=[LogKeyOut(**row) for row in rows],
    )


@router.get(
    "/v1/log/inclusion",
    summary="条目在日志中的证明",
    response_model=InclusionOut,
    responses=answers(404, 422),
)
async def get_inclusion(
    unit: ReadUnit,
    index: Annotated[int | None, Query(ge=0, le=2**53 - 1, description="条目序号", examples=[5])] = None,
    leaf_hash: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{64}$", description="条目的 RFC 6962 散列，十六进制；与 index 二选一"),
    ] = None,
    size: Annotated[
        int | None, Query(ge=1, le=2**53 - 1, description="已公布的某个检查点的条目数；缺省为最新")
    ] = None,
) -> InclusionOut:
    """不含内容与随机数：只能说明这一条目在日志中，不能说明它是谁的。"""
    if (index is None) == (leaf_hash is None):
        raise InvalidInput([_ONE_OF_BOTH])
    place = index if leaf_hash is None else await index_of_leaf(unit, bytes.fromhex(leaf_hash))
    proof = None if place is None else await proof_of_leaf(unit, place, size)
    if proof is None:
        raise NotFound([_NOT_PUBLISHED])
    return InclusionOut(**proof.bundle)


@router.get(
    "/v1/log/consistency",
    summary="日志只增不改的证明",
    response_model=ConsistencyOut,
    responses=answers(404, 422),
)
async def get_consistency(
    unit: ReadUnit,
    from_size: Annotated[Size, Query(alias="from", description="较早的条目数", examples=[512])],
    to_size: Annotated[Size, Query(alias="to", description="较晚的条目数", examples=[1024])],
) -> ConsistencyOut:
    """任意两个条目数之间，都可以证明前者是后者的开头。"""
    if from_size > to_size:
        raise InvalidInput([_WRONG_ORDER])
    head = await latest_head(unit)
    if head is None or to_size > head.size:
        raise NotFound([_NOT_PUBLISHED])
    path = await consistency_proof(unit, from_size, to_size)
    return ConsistencyOut(
        from_size=from_size, to_size=to_size, path=[base64.b64encode(hash_).decode() for hash_ in path]
    )


_ONE_OF_BOTH = Reason(
    code="leaf_not_named",
    field="index",
    message="须在 index 与 leaf_hash 中给出一个且只给一个",
    remedy="请按条目序号或条目散列之一查询",
)
_WRONG_ORDER = Reason(
    code="log_sizes_swapped",
    field="from",
    message="from 大于 to：证明总是从较小的树到较大的树",
    remedy="请交换两个参数",
)
_NOT_PUBLISHED = Reason(
    code="log_leaf_not_published",
    message="还没有公布涵盖它的检查点",
    remedy="请用 GET /v1/log/status 查看已公布的条目数；新登记的档案在 60 秒内公布",
)
