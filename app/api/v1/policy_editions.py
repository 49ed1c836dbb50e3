"""Policy editions: every policy book that decided anything, whole, with a digest anybody can make again."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from app.api.v1.code_lists import After, Limit
from app.kernel.paging import check_page_limit
from app.policy import queries
from app.policy.editions import packaged_digest
from app.policy.tables import PolicyEditionRow
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["政策取值"])


class PolicyEditionOut(Output):
    """一个发布的政策版本."""

    edition_id: UUID
    digest: str = Field(
        description="全文按 RFC 8785 写成规范 JSON 后的 SHA-256（十六进制）",
        examples=["8119063669232d5057ba4ff18f7c6c01f822cdd5d7985fd5a9247bb9110e1514"],
    )
    published_at: datetime
    is_in_use: bool = Field(description="本系统现在是否据以作出决定")

    @classmethod
    def of(cls, row: PolicyEditionRow) -> "PolicyEditionOut":
        """An edition without its content."""
        return cls(
            edition_id=row.edition_id,
            digest=row.content_digest.hex(),
            published_at=row.published_at,
            is_in_use=row.content_digest == packaged_digest(),
        )


class PolicyEditionDetailOut(PolicyEditionOut):
    """一个政策版本的全文：keys 为可以取值的项，values 为各区划、各时期的取值及其文件、条款和读法."""

    content: dict[str, Any]

    @classmethod
    def whole(cls, row: PolicyEditionRow) -> "PolicyEditionDetailOut":
        """An edition with its content."""
        return cls(**PolicyEditionOut.of(row).model_dump(), content=row.content)


class PolicyEditionPage(Output):
    """政策版本，新的在前."""

    items: list[PolicyEditionOut]
    next_cursor: str | None


@router.get("/v1/policy-editions", summary="政策版本", responses=answers())
async def list_policy_editions(
    unit: ReadUnit, limit: Limit = None, cursor: After = None
) -> PolicyEditionPage:
    """每次发布的政策取值全文各有一个版本；决定书写明所依据的版本。"""
    page = await queries.list_editions(unit.session, cursor=cursor, limit=check_page_limit(limit))
    return PolicyEditionPage(
        items=[PolicyEditionOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.get("/v1/policy-editions/{edition_id}", summary="一个政策版本的全文", responses=answers(404))
async def read_policy_edition(
    unit: ReadUnit, edition_id: Annotated[UUID, Path(description="政策版本编号")]
) -> PolicyEditionDetailOut:
    """可据 digest 核对全文未被改动。"""
    return PolicyEditionDetailOut.whole(await queries.read_edition(unit.session, edition_id))
