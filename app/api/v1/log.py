"""封存日志: how far sealing has come. Public: it says nothing of anybody."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import Field

from app.archive.log.queries import LogStatus, log_status
from app.archive.log.rules.leaves import PROMISED_DELAY_S
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["封存日志"])


class LogStatusOut(Output):
    """封存进度；补贴只能依据已封存的档案发放."""

    size: int = Field(examples=[1024], description="已封存的条目数")
    newest_sealed_at: datetime | None = Field(description="最近一次封存的时间；尚无条目时为空")
    waiting: int = Field(examples=[0], description="已登记、等待封存的档案数")
    oldest_waiting_seconds: int = Field(examples=[0], description="等待最久的一条已等待的秒数")
    promised_delay_seconds: int = Field(examples=[60], description="承诺的封存时限（秒）")

    @classmethod
    def of(cls, status: LogStatus) -> Self:
        """As anybody sees it."""
        return cls(
            size=status.size,
            newest_sealed_at=status.newest_sealed_at,
            waiting=status.waiting,
            oldest_waiting_seconds=status.oldest_waiting_s,
            promised_delay_seconds=PROMISED_DELAY_S,
        )


@router.get("/v1/log/status", summary="封存进度", response_model=LogStatusOut, responses=answers())
async def get_log_status(unit: ReadUnit) -> LogStatusOut:
    """新登记的档案在承诺时限内封存；超过时限的由运行人员处理，期间不据此发放补贴。"""
    return LogStatusOut.of(await log_status(unit))
