"""Pure rules of denials: what is answered when nothing can be done."""

from app.kernel.errors import Reason

ALREADY_DENIED = Reason(
    code="enrollment_already_denied",
    message="您已反映过没有参加这个班",
    remedy="经办机构正在核查；有新的情况请直接联系经办机构",
)
ALREADY_DECIDED = Reason(
    code="denial_already_decided",
    message="这条反映已经处理过",
    remedy="请重新读取；需要重新核查的，请另行立案",
)
