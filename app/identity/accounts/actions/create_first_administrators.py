"""Makes the first administrators (首批管理员): one system, two security, one audit administrator, four persons."""

import re
from collections.abc import Mapping

from sqlalchemy import text

from app.access.actor import AdministratorKind, PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.open_account import Invitation, open_account
from app.identity.accounts.rules import LOGIN_NAME
from app.kernel.errors import Reason, Refused

Appointed = list[tuple[AdministratorKind, Invitation]]

OFFICES = (
    AdministratorKind.SYSTEM,
    AdministratorKind.SECURITY,
    AdministratorKind.SECURITY,
    AdministratorKind.AUDIT,
)
TITLES = {
    AdministratorKind.SYSTEM: "系统管理员",
    AdministratorKind.SECURITY: "安全管理员",
    AdministratorKind.AUDIT: "审计管理员",
}
_LOCK = text("LOCK TABLE administrator_assignment IN SHARE ROW EXCLUSIVE MODE")
_ANY = text("SELECT EXISTS (SELECT FROM administrator_assignment)")
_ASSIGN = text("INSERT INTO administrator_assignment (principal_id, kind) VALUES (:principal_id, :office)")


async def create_first_administrators(unit: Unit, login_names: Mapping[str, AdministratorKind]) -> Appointed:
    """Accounts with activation codes, by login name. Two security administrators, because each needs the other.

    Runs as the owner of the tables: whoever holds the database may appoint the first, and nobody else. Raises Refused
    when there is any administrator, or when the names do not make up the four offices.
    """
    await unit.session.execute(_LOCK)
    if (await unit.session.execute(_ANY)).scalar_one():
        raise Refused(
            [
                Reason(
                    code="administrators_exist",
                    message="管理员已经设立，不能再次初始化",
                    remedy="丢失动态口令的，请由两名安全管理员办理重置",
                )
            ]
        )
    reasons = [
        Reason(
            code="login_name_malformed",
            field="login_name",
            value=name,
            message=f"登录名“{name}”不合格式",
            remedy="请以小写字母开头，共3至64位，只用小写字母、数字和 . _ -",
        )
        for name in login_names
        if re.fullmatch(LOGIN_NAME, name) is None
    ]
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
    created: Appointed = []
    for login_name, office in login_names.items():
        invitation = await open_account(
            unit, kind=PrincipalKind.ADMINISTRATOR, login_name=login_name, display_name=TITLES[office]
        )
        await unit.session.execute(_ASSIGN, {"principal_id": invitation.principal_id, "office": office})
        await record_event(
            unit,
            "administrator:created",
            subject_kind="principal",
            subject_id=invitation.principal_id,
            details={"office": office},
        )
        created.append((office, invitation))
    return created
