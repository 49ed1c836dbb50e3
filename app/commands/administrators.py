"""``registry administrators``: how the first administrators come to be, and what is done when too few are left.

Break-glass: both acts need the owner's connection, so only whoever may replace the database may do them.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.access.actor import SYSTEM_ACTOR, AdministratorKind
from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.kernel.errors import RegistryError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from app.access.unit import Unit
    from app.identity.accounts.actions.open_account import Invitation

ResultT = TypeVar("ResultT")

app = typer.Typer(help="管理员（三员分立）", no_args_is_help=True)
_LOGIN_NAME_FORM = "登录名：小写字母开头，3 至 64 位小写字母、数字或 . _ -"
_LoginName = Annotated[str, typer.Option(help=_LOGIN_NAME_FORM)]


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
    from app.commands.code_lists import operator_name  # noqa: PLC0415 - slow to import
    from app.identity.accounts.actions.create_first_administrators import (  # noqa: PLC0415 - slow to import
        create_first_administrators,
    )

    login_names = {
        system: AdministratorKind.SYSTEM,
        security: AdministratorKind.SECURITY,
        second_security: AdministratorKind.SECURITY,
        audit: AdministratorKind.AUDIT,
    }
    account = operator_name()
    _show(_done(lambda unit: create_first_administrators(unit, login_names, account=account)))


@app.command("add")
def add(
    login_name: Annotated[str, typer.Argument(help=_LOGIN_NAME_FORM)],
    office: Annotated[AdministratorKind, typer.Option(help="职责：system 系统、security 安全、audit 审计")],
) -> None:
    """增设一名管理员（例如安全管理员只剩一名可用时），显示一次性激活码；写入操作记录。"""
    from app.commands.code_lists import operator_name  # noqa: PLC0415 - slow to import
    from app.identity.accounts.actions.appoint_administrator import (  # noqa: PLC0415 - slow to import
        appoint_administrator,
    )

    account = operator_name()

    async def appoint(unit: "Unit") -> "Invitation":
        return await appoint_administrator(unit, login_name=login_name, office=office, account=account)

    _show([(office, _done(appoint))])


@app.command("reset-second-factor")
def reset_second_factor(
    login_name: Annotated[str, typer.Argument(help="管理员的登录名")],
) -> None:
    """应急：管理员丢失动态口令而没有两名安全管理员可以办理时，显示一次性激活码；原有登录全部失效，写入操作记录。"""
    from app.commands.code_lists import operator_name  # noqa: PLC0415 - slow to import
    from app.identity.accounts.actions.replace_second_factor import (  # noqa: PLC0415 - slow to import
        replace_second_factor,
    )

    account = operator_name()

    async def replace(unit: "Unit") -> "Invitation":
        return await replace_second_factor(unit, login_name=login_name, account=account)

    _show([(None, _done(replace))])


def _done(act: "Callable[[Unit], Awaitable[ResultT]]") -> "ResultT":
    """Run an act with the owner's connection, as the registry itself; a refusal ends the command with its words."""
    from sqlalchemy import text  # noqa: PLC0415 - slow to import
    from sqlalchemy.exc import IntegrityError  # noqa: PLC0415 - slow to import

    from app.access.unit import Unit  # noqa: PLC0415 - slow to import
    from app.commands.code_lists import as_owner  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.identity.accounts.rules import REFUSED_BY_CONSTRAINT  # noqa: PLC0415 - slow to import

    async def work(session: "AsyncSession") -> "ResultT":
        now = (await session.execute(text("SELECT registry_now()"))).scalar_one()
        return await act(Unit(session, SYSTEM_ACTOR, now))

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        try:
            return as_owner(settings, work)
        except RegistryError as refusal:
            refuse("\n".join(f"{reason.message}：{reason.remedy}" for reason in refusal.reasons))
        except IntegrityError as refusal:
            taken = REFUSED_BY_CONSTRAINT["password_credential_login_key"]
            if "password_credential_login_key" not in str(refusal.orig):
                raise
            refuse(f"{taken.message}：{taken.remedy}")


def _show(appointed: "Sequence[tuple[AdministratorKind | None, Invitation]]") -> None:
    """Codes go to standard output, one line each, and nowhere else."""
    from app.identity.accounts.rules import OFFICE_NAMES  # noqa: PLC0415 - slow to import

    typer.echo("激活码只显示这一次，请当面交给本人；凭激活码设置口令并绑定动态口令。", err=True)
    for office, invitation in appointed:
        title = OFFICE_NAMES[office] if office else "管理员"
        typer.echo(f"{title}\t{invitation.login_name}\t{invitation.activation_code}")
