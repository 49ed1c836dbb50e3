"""What the database's own refusals of a step mean: constraint name → reason."""

from collections.abc import Mapping

from app.kernel.errors import Citation, Reason
from app.subsidies.claims.rules.papers import too_many_papers

_SECOND_PERSON = Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(五)")

_VOUCHER = Citation("人社部发〔2025〕10号", "三(四)")

INSTITUTION_ACCOUNT_REASONS: Mapping[str, Reason] = {
    "institution_account_confirmed": Reason(
        code="institution_account_confirmed",
        message="该对公账户已由另一名经办人确认",
        remedy="无需再次确认；账户有误的请机构停用后另行登记",
    ),
    "institution_account_ended": Reason(
        code="institution_account_ended",
        message="该对公账户已由机构停用，不能确认",
        remedy="请机构另行登记正确的账户后再确认",
    ),
}
REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "claim_voucher_fkey": Reason(
        code="voucher_not_holders",
        field="voucher_id",
        message="没有这张职业培训券，或者它不是参训人本人的",
        remedy="请核对券号，使用参训人本人持有的券",
        citation=_VOUCHER,
    ),
    "claim_step_in_order": Reason(
        code="claim_step_in_order",
        message="这件申领现在的办理环节不能做这一步",
        remedy="请重新读取申领，按当前环节办理",
    ),
    "claim_not_held": Reason(
        code="claim_not_held",
        message="这件申领已被暂停办理，或者本人的身份合并尚有重复享受待认定",
        remedy="请先解除暂停、认定重复享受，再继续办理",
    ),
    "claim_officer_permitted": Reason(
        code="claim_officer_permitted",
        message="您没有办理这一步的权限，或者这件申领不在您的辖区",
        remedy="请由受理地具有相应权限的经办人办理；本人的申领由本人或其收款机构办理",
    ),
    "claim_approval_second_person": Reason(
        code="claim_approval_second_person",
        message="审核人不能审批自己审核的申领",
        remedy="请由另一名有审批权限的经办人办理",
        citation=_SECOND_PERSON,
    ),
    "claim_approval_follows_review": Reason(
        code="claim_approval_follows_review",
        message="审批结论与审核结论不一致：审核符合的只能批准，审核不符合的只能不予发放",
        remedy="认为审核有误的，请退回重审并写明理由",
    ),
    "claim_approval_review_fkey": Reason(
        code="claim_review_changed",
        message="这一轮审核已不是您看到的那一份",
        remedy="请重新读取申领后再审批",
    ),
    "claim_supplement_pkey": Reason(
        code="supplement_asked_once",
        message="这件申领已经告知过补正；补正只能告知一次",
        remedy="请依据已有材料受理或不予受理",
    ),
    "claim_acceptance_pkey": Reason(
        code="claim_already_accepted",
        message="这件申领已有受理结果",
        remedy="请重新读取申领，按当前环节办理",
    ),
    "claim_review_pkey": Reason(
        code="claim_already_reviewed",
        message="这件申领本轮已有审核结果",
        remedy="请重新读取申领；认为审核有误的，由审批人退回重审",
    ),
    "claim_approval_pkey": Reason(
        code="claim_already_approved",
        message="这件申领本轮已有审批结果",
        remedy="请重新读取申领，按当前环节办理",
    ),
    "claim_withdrawal_pkey": Reason(
        code="claim_already_withdrawn", message="这件申领已经撤回", remedy="无需再次撤回"
    ),
    "claim_decided_again_by_others": Reason(
        code="claim_decided_again_by_others",
        message="作出原决定的人不能再次办理被申诉的申领",
        remedy="请由没有参与原决定的经办人办理",
        citation=_SECOND_PERSON,
    ),
    "claim_hold_open": Reason(
        code="claim_already_held", message="这件申领已因同一原因暂停办理", remedy="无需再次暂停"
    ),
    "claim_hold_second_person": Reason(
        code="claim_hold_second_person",
        message="暂停由另一名有审批权限的经办人解除，暂停人不能自己解除",
        remedy="请由受理地另一名有审批权限的经办人办理",
    ),
    "claim_appeal_one_open": Reason(
        code="appeal_already_open",
        message="您已对这件申领提出一项救济，正在办理",
        remedy="请等待结果；对结果不服的可以再提出",
    ),
    "claim_paper_count": too_many_papers,
    "institution_account_second_person": Reason(
        code="institution_account_second_person",
        message="登记账户的人不能自己确认",
        remedy="请由经办机构核对开户许可后确认",
    ),
    "claim_one_live_an_entry": Reason(
        code="entry_already_claimed",
        field="record_number",
        message="这条档案已有一件正在办理或已发放的同种申领",
        remedy="请在“我的申领”中查看进度",
    ),
}
