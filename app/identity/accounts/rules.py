"""Rules of signing in and of accounts. Every number here is the registry's own choice unless a source is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.actor import AdministratorKind, PrincipalKind
from app.kernel.errors import UNSOURCED, Citation, Reason

SEPARATION = Citation(document="GB/T 22239-2019", clause="8.1.4.2")
"""访问控制: least privilege, the rights of administrators kept apart (等保三级)."""

LOGIN_NAME = r"^[a-z][a-z0-9._-]{2,63}$"
"""Form of a login name, as ``password_credential_login_form`` has it."""

FAILURES_UNTIL_LOCK = 5
LOCKED_FOR = timedelta(minutes=15)
_PAUSE_SECONDS = (0, 0, 1, 2, 4)
"""Wait after the n-th failure. The first is free: an attempt counts as failed until it has succeeded."""

SESSION_IDLE = timedelta(minutes=30)
SESSION_MAX = timedelta(hours=12)
DRAFT_KEPT = timedelta(days=7)
CITIZEN_SIGN_IN_MAX = timedelta(minutes=10)
FIRST_SIGN_IN_WITHIN = timedelta(days=7)
SECOND_FACTOR_RESET_WITHIN = timedelta(hours=24)

OFFICE_NAMES: Mapping[AdministratorKind, str] = {
    AdministratorKind.SYSTEM: "系统管理员",
    AdministratorKind.SECURITY: "安全管理员",
    AdministratorKind.AUDIT: "审计管理员",
}
"""三员 by their Chinese names."""

PASSWORD_KINDS = frozenset(
    {PrincipalKind.OFFICER, PrincipalKind.INSTITUTION_OPERATOR, PrincipalKind.ADMINISTRATOR}
)
"""Who signs in with password and second factor; two factors for all of them (等保三级 8.1.4.1)."""

CLIENT_KINDS = frozenset(
    {
        PrincipalKind.AGENCY_CLIENT,
        PrincipalKind.INSTITUTION_CLIENT,
        PrincipalKind.DEVICE,
        PrincipalKind.PLATFORM,
        PrincipalKind.PEER_REGION,
    }
)
"""Systems, which show a secret."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What is remembered of a typed login name, known or not."""

    failures: int = 0
    last_failure_at: datetime | None = None
    locked_until: datetime | None = None


def wait_seconds(guard: Guard, now: datetime) -> int:
    """Whole seconds until the next attempt is taken; 0 when it may come now."""
    until = guard.locked_until
    if until is None and guard.last_failure_at is not None:
        pause = _PAUSE_SECONDS[min(guard.failures, len(_PAUSE_SECONDS) - 1)]
        until = guard.last_failure_at + timedelta(seconds=pause)
    if until is None or until <= now:
        return 0
    return int((until - now) / timedelta(seconds=1)) + 1


def after_attempt(guard: Guard, now: datetime) -> Guard:
    """The guard with one more attempt counted as failed. A lock that ended, or a quiet time as long, starts anew."""
    is_forgotten = guard.last_failure_at is None or guard.last_failure_at + LOCKED_FOR <= now
    failures = 1 if is_forgotten else guard.failures + 1
    return Guard(failures, now, now + LOCKED_FOR if failures >= FAILURES_UNTIL_LOCK else None)


def reason_to_wait(guard: Guard, seconds: int) -> Reason:
    """Why an attempt is not taken now; the same for names that exist and names that do not."""
    if guard.locked_until is not None:
        return Reason(
            code="sign_in_locked",
            message=f"连续{FAILURES_UNTIL_LOCK}次登录失败，该登录名已暂停登录"
            f"{LOCKED_FOR // timedelta(minutes=1)}分钟",
            remedy=f"请过{-(-seconds // 60)}分钟再试；忘记口令或丢失动态口令的，请联系安全管理员",
            citation=UNSOURCED,
        )
    return Reason(
        code="sign_in_paced",
        message="登录失败后须稍候才能再次尝试",
        remedy=f"请过{seconds}秒再试",
        citation=UNSOURCED,
    )


def credentials_wrong() -> Reason:
    """One reason for every way a sign-in with password fails, so that nobody learns which part was right."""
    return Reason(
        code="invalid_grant",
        message="登录名、口令或动态口令不正确，或者账号不可用",
        remedy="请核对后重试；动态口令每次只能使用一次，请等待下一个",
    )


def session_over() -> Reason:
    """A refresh token that does not hold: unknown, used, expired or ended, never said which."""
    return Reason(code="invalid_grant", message="登录已过期或已退出", remedy="请重新登录")


def client_wrong() -> Reason:
    """A system's id and secret that do not hold."""
    return Reason(
        code="invalid_client",
        message="client_id 或 client_secret 不正确，或者已停用",
        remedy="请核对接入凭证",
    )


def activation_wrong() -> Reason:
    """An activation code that does not hold."""
    return Reason(
        code="activation_code_invalid",
        field="code",
        message="激活码不正确、已使用或已过期",
        remedy="请核对激活码；仍不能使用的，请联系发给您激活码的管理员",
    )


def login_name_malformed(login_name: str) -> Reason:
    """A login name that ``LOGIN_NAME`` does not match."""
    return Reason(
        code="login_name_malformed",
        field="login_name",
        value=login_name,
        message=f"登录名“{login_name}”不合格式",
        remedy="请以小写字母开头，共3至64位，只用小写字母、数字和 . _ -",
    )


def reasons_against_break_glass(
    login_name: str, *, kind: str | None, is_suspended: bool
) -> tuple[Reason, ...]:
    """What stands against new credentials without a second administrator; ``kind`` is None when nobody has the name."""
    if kind is None:
        return (
            Reason(
                code="login_name_unknown",
                field="login_name",
                value=login_name,
                message=f"没有登录名为“{login_name}”的账号",
                remedy="请核对登录名；需要新设管理员的，用 registry administrators add",
            ),
        )
    reasons = []
    if kind != PrincipalKind.ADMINISTRATOR:
        reasons.append(
            Reason(
                code="not_an_administrator",
                field="login_name",
                value=login_name,
                message=f"“{login_name}”不是管理员，不能应急重置",
                remedy="请由两名安全管理员办理动态口令重置",
                citation=SEPARATION,
            )
        )
    if is_suspended:
        reasons.append(
            Reason(
                code="principal_suspended",
                field="login_name",
                value=login_name,
                message=f"“{login_name}”已停用，激活码不能使用",
                remedy="请由安全管理员恢复该账号，或用 registry administrators add 另设管理员",
            )
        )
    return tuple(reasons)


def own_password_wrong() -> Reason:
    """The present password or one-time password that does not hold, when a new password is chosen."""
    return Reason(
        code="own_password_wrong",
        field="current_password",
        message="现用口令或动态口令不正确",
        remedy="请核对后重试；动态口令每次只能使用一次，请等待下一个",
    )


def second_person_needed(what: str) -> Reason:
    """The proposer may not confirm."""
    return Reason(
        code="second_person_required",
        message=f"{what}须由另一名安全管理员确认，提出人不能自己确认",
        remedy="请由另一名安全管理员登录后确认",
        citation=SEPARATION,
    )


def not_about_oneself(what: str) -> Reason:
    """Nobody decides on the own account."""
    return Reason(
        code="own_account",
        message=f"不能对自己的账号{what}",
        remedy="请由另一名安全管理员办理",
        citation=SEPARATION,
    )


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "password_credential_login_key": Reason(
        code="login_name_taken",
        field="login_name",
        message="登录名已被使用",
        remedy="请换一个登录名",
    ),
    "agency_name_key": Reason(
        code="agency_name_taken",
        field="name",
        message="已有同名的经办机构",
        remedy="请核对是否重复登记，或填写机构全称",
    ),
    "permission_grant_live": Reason(
        code="permission_already_granted",
        field="permission",
        message="该账号已有此权限，或已有待确认的授权",
        remedy="无需重复提出；待确认的请由另一名安全管理员确认",
    ),
    "permission_grant_second_person": second_person_needed("授权"),
    "permission_grant_not_own": not_about_oneself("授权"),
    "audit_event_no_identity_number": Reason(
        code="identity_number_in_text",
        field="reason",
        message="说明文字中有身份证件号码",
        remedy="请删去号码后重新提交：操作记录不保存身份证件号码",
    ),
    "activation_second_person": second_person_needed("重置动态口令"),
    "activation_not_own": not_about_oneself("重置动态口令"),
}
