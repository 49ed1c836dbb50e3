"""``registry administrators``: how the first administrators come to be."""

from typing import Annotated

import typer

from app.access.actor import SYSTEM_ACTOR, AdministratorKind
from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.kernel.errors import RegistryError

app = typer.Typer(help="管理员（三员分立）", no_args_is_help=True)
_LoginName = Annotated[str, typer.Option(help="登录名：小写字母开头，3 至 64 位小写字母、数字或 . _ -")]


@app.callback()
def _administrators() -> None:
    """管理员（三员分立）。"""


@app.command("create-first")
def create_first(
    system: _LoginName = "system-1",
    security: _LoginName = "security-1",
    second_security: _LoginName = "security-2",
    audit: _LoginName = "audit-1",
) -> None:
    """设立首批管理员（系统一名、安全两名、审计一名），显示各自的一次性激活码。已有管理员时拒绝。"""
    from sqlalchemy import text  # noqa: PLC0415 - slow to import
    from sqlalchemy.ext.asyncio import AsyncSession  # noqa: PLC0415 - slow to import

    from app.access.unit import Unit  # noqa: PLC0415 - slow to import
    from app.commands.code_lists import as_owner  # noqa: PLC0415 - slow to import
    from app.db.upgrade import server_at_hand  # noqa: PLC0415 - slow to import
    from app.identity.accounts.actions.create_first_administrators import (  # noqa: PLC0415 - slow to import
        TITLES,
        Appointed,
        create_first_administrators,
    )

    offices = AdministratorKind
    login_names = {
        system: offices.SYSTEM,
        security: offices.SECURITY,
        second_security: offices.SECURITY,
        audit: offices.AUDIT,
    }

    async def create(session: AsyncSession) -> Appointed:
        now = (await session.execute(text("SELECT registry_now()"))).scalar_one()
        return await create_first_administrators(Unit(session, SYSTEM_ACTOR, now), login_names)

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        try:
            created = as_owner(settings, create)
        except RegistryError as refusal:
            refuse("\n".join(f"{reason.message}：{reason.remedy}" for reason in refusal.reasons))
    typer.echo("激活码只显示这一次，请当面交给本人；凭激活码设置口令并绑定动态口令。", err=True)
    for office, invitation in created:
        typer.echo(f"{TITLES[office]}\t{invitation.login_name}\t{invitation.activation_code}")
