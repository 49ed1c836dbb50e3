"""The words of the portals: every vocabulary of the domains by a short name.

The words themselves stand beside the states they name (``states.py``), so that answers of the API and pages cannot
differ; here are only those that no answer of the API carries in Chinese. ``word("claim", state)`` in Python,
``{{ state|word("claim") }}`` in templates; a status tag with its tone is ``app.web.tones``.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.access.actor import PERMISSION_LABELS, PRINCIPAL_LABELS
from app.archive.certificates import states as certificates
from app.archive.correction_requests.states import ANSWER_LABELS
from app.archive.records import states as records
from app.audit.states import EVENT_LABELS, EVENT_SUBJECT_LABELS
from app.directory.evaluation_bodies.states import BODY_KIND_NAMES
from app.directory.institutions import states as institutions
from app.exchange.comparisons import states as comparisons
from app.exchange.peers import states as peers
from app.exchange.shares import states as shares
from app.gateways.insurance_facts import InsuranceOutcome
from app.identity.accounts.rules import OFFICE_NAMES
from app.identity.persons import states as persons
from app.subsidies.claims import states as claims
from app.subsidies.claims.rules.attesting import ATTESTED_LABELS
from app.subsidies.claims.rules.steps import NOT_ACCEPTED_GROUNDS
from app.subsidies.collisions import states as collisions
from app.subsidies.commitments.states import CHECK_LABELS
from app.subsidies.denials import states as denials
from app.subsidies.disbursements import states as disbursements
from app.subsidies.entitlements import states as entitlements
from app.subsidies.listings import states as listings
from app.subsidies.messages import states as messages
from app.subsidies.notices import states as notices
from app.subsidies.recoveries import states as recoveries
from app.subsidies.vouchers import states as vouchers
from app.training.assessments.states import AssessmentMethod, Outcome, ResultState
from app.training.attendance.states import (
    CHINESE_OF_KIND,
    HELD_LABELS,
    STANDING_LABELS,
    VERDICT_LABELS,
    SourceKind,
)
from app.training.openings.states import (
    HOURS_NAMES,
    STATE_NAMES,
    ChangeDecision,
    ChangeKind,
    Delivery,
    DocumentPart,
)
from app.training.rosters.states import LineState


class Part(StrEnum):
    """How far a part of a task list is."""

    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    FAULTY = "faulty"
    DONE = "done"


VOCABULARIES: Mapping[str, Mapping[Any, str]] = {
    "part": {
        Part.NOT_BEGUN: "未开始",
        Part.UNDER_WAY: "进行中",
        Part.FAULTY: "有问题",
        Part.DONE: "已完成",
    },
    "opening": STATE_NAMES,
    "hours": HOURS_NAMES,
    "material": {
        "textbook": "教材",
        "courseware": "课件",
        "equipment": "设备",
        "consumables": "耗材",
        "platform": "线上平台",
        "other": "其他",
    },
    "delivery": {Delivery.ONSITE: "线下", Delivery.ONLINE: "线上"},
    "opening_part": {
        DocumentPart.TEACHING_PLAN: "教学计划",
        DocumentPart.TEACHERS: "师资",
        DocumentPart.TEACHING_MATERIALS: "教材",
        DocumentPart.ASSESSMENT_PLAN: "考核方案",
        DocumentPart.COMMITMENT: "承诺书",
        DocumentPart.CHANGE: "变更材料",
        DocumentPart.CORRECTION: "考勤更正材料",
        "roster": "学员名册",
        "sessions": "课次安排",
    },
    "change": {
        ChangeKind.SESSION_TIME: "调整课次时间",
        ChangeKind.SESSION_ADDED: "增加课次",
        ChangeKind.SESSION_CANCELED: "取消课次",
        ChangeKind.TEACHER: "更换教师",
        ChangeKind.VENUE: "更换地点",
        ChangeKind.TRAINEE_WITHDRAWN: "学员退出",
    },
    "change_decision": {ChangeDecision.ACCEPTED: "已同意", ChangeDecision.REFUSED: "未同意", None: "待审核"},
    "line": {state: state.label for state in LineState},
    "document": {kind: kind.label for kind in persons.IdentifierKind},
    "merge": persons.MERGE_LABELS,
    "number_end": persons.END_LABELS,
    "impossible": persons.IMPOSSIBLE_LABELS,
    "source": {SourceKind.DEVICE: "考勤设备", SourceKind.PLATFORM: "线上平台"},
    "attendance": CHINESE_OF_KIND,
    "held": HELD_LABELS,
    "source_standing": STANDING_LABELS,
    "presence_verdict": VERDICT_LABELS,
    "body_kind": BODY_KIND_NAMES,
    "post_check": CHECK_LABELS,
    "method": {
        AssessmentMethod.THEORY: "理论",
        AssessmentMethod.PRACTICE: "实操",
        AssessmentMethod.COMBINED: "综合",
        AssessmentMethod.SKILL_EVALUATION: "职业技能等级评价",
    },
    "outcome": {
        Outcome.PASS: "合格",
        Outcome.FAIL: "不合格",
        Outcome.ABSENT: "缺考",
        Outcome.EXEMPT: "免考",
    },
    "result": {ResultState.MISSING: "未录入", ResultState.ENTERED: "待确认", ResultState.CONFIRMED: "已确认"},
    "entry": records.ENTRY_STATE_LABELS,
    "entry_kind": records.ENTRY_KIND_LABELS,
    "purpose": records.PURPOSE_LABELS,
    "certificate": certificates.STATE_LABELS,
    "certificate_kind": certificates.KIND_LABELS,
    "certificate_source": certificates.SOURCE_LABELS,
    "benefit": entitlements.KIND_LABELS,
    "verdict": entitlements.OUTCOME_LABELS,
    "condition": entitlements.RESULT_LABELS,
    "employer": entitlements.EMPLOYER_LABELS,
    "industry": entitlements.INDUSTRY_LABELS,
    "claim": claims.STATE_LABELS,
    "step": claims.STEP_LABELS,
    "hold": claims.HOLD_LABELS,
    "request_answer": ANSWER_LABELS,
    "identity_outcome": {
        "matched": "号码与姓名一致",
        "name_mismatch": "姓名不符",
        "unknown": "无此卡",
        "card_lost": "社保卡已挂失",
        "card_canceled": "社保卡已注销",
        "deceased": "持卡人已故",
    },
    "insurance_outcome": {
        InsuranceOutcome.ANSWERED: "已答复",
        InsuranceOutcome.PARTIAL: "部分地区已答复",
        InsuranceOutcome.PERSON_UNKNOWN: "没有参保记录",
        InsuranceOutcome.UNAVAILABLE: "暂时查不到",
    },
    "ground": {code: title for code, (title, _, _) in NOT_ACCEPTED_GROUNDS.items()},
    "attested": ATTESTED_LABELS,
    "appeal_channel": claims.APPEAL_CHANNEL_LABELS,
    "appeal_outcome": claims.APPEAL_OUTCOME_LABELS,
    "notice": claims.NOTICE_LABELS,
    "account": claims.ACCOUNT_LABELS,
    "account_check": claims.CHECK_LABELS,
    "institution_account": {"waiting": "等待确认", "confirmed": "已确认", "ended": "已停用"},
    "ledger": disbursements.CAUSE_LABELS,
    "ledger_account": disbursements.ACCOUNT_LABELS,
    "funding_source": disbursements.FUNDING_SOURCE_LABELS,
    "instruction": disbursements.INSTRUCTION_LABELS,
    "bank_channel": disbursements.CHANNEL_LABELS,
    "confirmation": {None: "待决定", **disbursements.CONFIRMATION_LABELS},
    "advance": disbursements.ADVANCE_LABELS,
    "voucher": vouchers.STATE_LABELS,
    "listing": listings.STATE_LABELS,
    "listing_line": listings.CHECK_LABELS,
    "import": {"received": "等待登记", "running": "正在登记", "done": "已办完", "failed": "没有办完"},
    "message": messages.STATE_LABELS,
    "news": messages.NEWS_LABELS,
    "objection": notices.OUTCOME_LABELS,
    "denial": denials.OUTCOME_LABELS,
    "comparison": comparisons.STATE_LABELS,
    "share": shares.STATE_LABELS,
    "share_field": shares.FIELD_LABELS,
    "collision": collisions.DECISION_LABELS,
    "recovery": recoveries.STATE_LABELS,
    "recovery_cause": recoveries.CAUSE_LABELS,
    "recovery_step": recoveries.STEP_LABELS,
    "write_off": {None: "待决定", **recoveries.WRITE_OFF_LABELS},
    "standing": institutions.STANDING_NAMES,
    "institution_kind": institutions.KIND_NAMES,
    "qualification": institutions.QUALIFICATION_NAMES,
    "office": OFFICE_NAMES,
    "permission": PERMISSION_LABELS,
    "peer": peers.PEER_STATE_LABELS,
    "noticed_by": disbursements.NOTICED_LABELS,
    "principal": PRINCIPAL_LABELS,
    "author": {**PRINCIPAL_LABELS, "public": "公众"},
    "event": EVENT_LABELS,
    "subject": EVENT_SUBJECT_LABELS,
}


def word(vocabulary: str, value: str | None) -> str:
    """The Chinese word of a value. Raises KeyError for a value without one: a page would show English."""
    return VOCABULARIES[vocabulary][value]
