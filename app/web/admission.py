"""What a caller is told who is known but not admitted: who does this, and whom to ask (HTTP 403)."""

from collections.abc import Mapping

from app.access.roles import Role
from app.kernel.errors import UNSOURCED, Reason

_GRANTED = "请由本单位有该权限的同事办理，或请本地区安全保密管理员（两人）授予权限，重新登录后再办理"
_NAMES: Mapping[Role, str] = {
    Role.CITIZEN: "劳动者本人",
    Role.INSTITUTION: "培训机构（用人单位）经办人",
    Role.DEVICE: "考勤设备",
    Role.PLATFORM: "线上培训平台",
    Role.AGENCY: "经办机构工作人员",
    Role.FILING: "有“备案审核”权限的经办人",
    Role.REVIEW: "有“申领审核”权限的经办人",
    Role.APPROVAL: "有“审批”权限的经办人",
    Role.PAYMENT: "有“拨付”权限的经办人",
    Role.INSPECTION: "有“监督检查”权限的经办人",
    Role.AUDIT: "有“审计”权限的经办人",
    Role.DIRECTORY: "有“目录管理”权限的经办人",
    Role.IDENTITY: "有“身份信息维护”权限的经办人",
    Role.LOOKUP: "有“档案查询”权限的经办人",
    Role.PEER_REGION: "其他地区的登记系统",
    Role.SYSTEM_ADMINISTRATOR: "系统管理员",
    Role.SECURITY_ADMINISTRATOR: "安全保密管理员",
    Role.AUDIT_ADMINISTRATOR: "安全审计员",
}


def who_may(admitted: frozenset[Role]) -> Reason:
    """The one reason of a refusal by the table of routes; what is missing, never what the caller holds."""
    named = [name for role, name in _NAMES.items() if role in admitted]
    is_granted = any(role.value.startswith("agency:") for role in admitted)
    remedy = _GRANTED if is_granted else "请以上述身份登录后办理；身份应当符合而被拒绝的，请联系系统管理员"
    return Reason(
        code="permission_missing",
        message=f"这一事项由{'、'.join(named)}办理，您登录的身份没有该项权限"
        if named
        else "这一事项不对外开放",
        remedy=remedy if named else "请联系系统管理员",
        citation=UNSOURCED,
    )
