"""Makes the first administrators (首批管理员): one system, two security, one audit administrator, four persons."""

import re
from collections.abc import Mapping

from sqlalchemy import text

from app.access.actor import AdministratorKind
from app.access.unit import Unit
from app.identity.accounts.actions.appoint_administrator import appoint_administrator
from app.identity.accounts.actions.open_account import Invitation
from app.identity.accounts.rules import LOGIN_NAME, login_name_malformed
from app.kernel.errors import Reason, Refused

Appointed = list[tuple[AdministratorKind, Invitation]]

OFFICES = (
    AdministratorKind.SYSTEM,
    AdministratorKind.SECURITY,
    AdministratorKind.SECURITY,
    AdministratorKind.AUDIT,
)
_LOCK = text("LOCK TABLE administrator_assignment IN SHARE ROW EXCLUSIVE MODE")
_ANY = text("SELECT EXISTS (SELECT FROM administrator_assignment)")


async def create_first_administrators(
    unit: Unit, login_names: Mapping[str, AdministratorKind], *, account: str
) -> Appointed:
    """Accounts with activation codes, by login name. Two security administrators, because each needs the other.

    Runs as the owner of the tables: whoever holds the database may appoint the first, and nobody else. ``account`` is
    the operating-system account that asked. Raises Refused when there is any administrator, or when the names do not
    make up the four offices.
    """
    await unit.session.execute(_LOCK)
    if (await unit.session.execute(_ANY)).scalar_one():
        raise Refused(
            [
                Reason(
                    code="administrators_exist",
                    message="管理员已经设立，不能再次初始化",
                    remedy="丢失动态口令的，请由两名安全管理员办理重置；无法办理的，"
                    "用 registry administrators reset-second-factor 或 add",
                )
            ]
        )
    reasons = [login_name_malformed(name) for name in login_names if re.fullmatch(LOGIN_NAME, name) is None]
    if sorted(login_names.values()) != sorted(OFFICES):
        reasons.append(
            Reason(
                code="administrators_incomplete",
                message="须有系统管理员一名、安全管理员两名、审计管理员一名，登录名各不相同",
                remedy="请为四人分别填写不同的登录名",
            )
        )
    if reasons:
        raise Refused(reasons)
    return [
        (office, await appoint_administrator(unit, login_name=login_name, office=office, account=account))
        for login_name, office in login_names.items()
    ]
