"""Who acts (行为人): what every action is told about its caller, and the roles of the route table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

SYSTEM_PRINCIPAL = UUID("00000000-0000-7000-8000-000000000001")
"""The registry itself: author of what jobs record. A row of that id is laid by the migrations."""


class PrincipalKind(StrEnum):
    """Kinds of principals; the value is what ``principal.kind`` stores."""

    OFFICER = "officer"
    AGENCY_CLIENT = "agency_client"
    INSTITUTION_OPERATOR = "institution_operator"
    INSTITUTION_CLIENT = "institution_client"
    DEVICE = "device"
    PLATFORM = "platform"
    CITIZEN = "citizen"
    PEER_REGION = "peer_region"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


class Permission(StrEnum):
    """What an officer or an agency's system may do; granted one by one by two security administrators."""

    FILING = "filing"
    REVIEW = "review"
    APPROVAL = "approval"
    PAYMENT = "payment"
    INSPECTION = "inspection"
    AUDIT = "audit"
    DIRECTORY = "directory"
    IDENTITY = "identity"
    LOOKUP = "lookup"


class AdministratorKind(StrEnum):
    """三员: system, security and audit administrator, three different persons."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


PERMISSION_LABELS: Mapping[Permission, str] = {
    Permission.FILING: "备案审核",
    Permission.REVIEW: "申领审核",
    Permission.APPROVAL: "审批",
    Permission.PAYMENT: "拨付",
    Permission.INSPECTION: "监督检查",
    Permission.AUDIT: "审计",
    Permission.DIRECTORY: "目录管理",
    Permission.IDENTITY: "身份信息维护",
    Permission.LOOKUP: "档案查询",
}
PRINCIPAL_LABELS: Mapping[PrincipalKind, str] = {
    PrincipalKind.OFFICER: "经办人",
    PrincipalKind.INSTITUTION_OPERATOR: "培训机构账号",
    PrincipalKind.CITIZEN: "劳动者",
    PrincipalKind.ADMINISTRATOR: "管理员",
    PrincipalKind.AGENCY_CLIENT: "经办机构系统",
    PrincipalKind.INSTITUTION_CLIENT: "培训机构系统",
    PrincipalKind.DEVICE: "考勤设备",
    PrincipalKind.PLATFORM: "线上平台",
    PrincipalKind.PEER_REGION: "其他地区登记系统",
    PrincipalKind.SYSTEM: "登记系统",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller whose token held. ``division_code`` is the area an officer's agency answers for (a subtree)."""

    principal_id: UUID
    kind: PrincipalKind
    display_name: str = ""
    institution_id: UUID | None = None
    agency_id: UUID | None = None
    agency_name: str = ""
    division_code: str | None = None
    person_id: UUID | None = None
    permissions: frozenset[Permission] = frozenset()
    administrator: AdministratorKind | None = None
    request_id: str | None = None

    @property
    def is_institution(self) -> bool:
        """Whether the caller speaks for a training institution."""
        return self.kind in {PrincipalKind.INSTITUTION_OPERATOR, PrincipalKind.INSTITUTION_CLIENT}

    @property
    def is_agency(self) -> bool:
        """Whether the caller speaks for an agency."""
        return self.kind in {PrincipalKind.OFFICER, PrincipalKind.AGENCY_CLIENT}

    def institution(self) -> UUID:
        """The caller's institution; only for routes that admit institutions alone."""
        assert self.institution_id is not None
        return self.institution_id

    def agency(self) -> UUID:
        """The caller's agency; only for routes that admit agencies alone."""
        assert self.agency_id is not None
        return self.agency_id


SYSTEM_ACTOR = Actor(principal_id=SYSTEM_PRINCIPAL, kind=PrincipalKind.SYSTEM, display_name="登记系统")
