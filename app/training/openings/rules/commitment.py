"""The commitment (承诺书): a versioned text that names the class, and the digest by which it is accepted."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.kernel.clock import day_in_words
from app.kernel.errors import Reason
from app.training.openings.rules.clauses import COMMITMENT

CURRENT_VERSION = "2025-1"

_TEXTS: Mapping[str, str] = {
    "2025-1": (
        "开班真实性承诺书（2025-1）\n"
        "承诺单位：{institution_name}（统一社会信用代码{credit_code}）\n"
        "班次：{opening_name}（办件编号{opening_id}）\n"
        "依据人社部发〔2025〕10号五（十一），本单位对本班次培训全过程及其真实性承诺如下：\n"
        "一、申报的教学计划、授课师资情况、教材教学资源清单、考核方案、学员名册真实、准确、完整。\n"
        "二、按备案的课次、师资和地点组织教学，变更事项事先申报；学员本人签到签退，不代签、不补签。\n"
        "三、不发布虚假广告夸大培训效果，不转包转让培训项目，不弄虚作假骗取套取补贴资金。\n"
        "四、违反承诺的，接受查处，退回补贴资金，并承担相应法律责任。\n"
    ),
}


@dataclass(frozen=True, slots=True)
class CommitmentText:
    """A text to accept; ``digest`` is the SHA-256 of its UTF-8 bytes."""

    version: str
    text: str

    @property
    def digest(self) -> bytes:
        """What the accepting institution names, so that it cannot have accepted another text."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True)
class AcceptedCommitment:
    """What an institution says it accepted."""

    version: str
    digest: bytes


def commitment_for(
    *, institution_name: str, credit_code: str, opening_name: str, opening_id: UUID
) -> CommitmentText:
    """The text in use, filled in for one class."""
    return CommitmentText(
        CURRENT_VERSION,
        _TEXTS[CURRENT_VERSION].format(
            institution_name=institution_name,
            credit_code=credit_code,
            opening_name=opening_name,
            opening_id=opening_id,
        ),
    )


def reasons_against_commitment(
    expected: CommitmentText, accepted: AcceptedCommitment | None, *, on: date
) -> tuple[Reason, ...]:
    """Why a commitment does not hold: none given, or given for another text."""
    if accepted is None:
        return (
            Reason(
                code="commitment_missing",
                message=f"{day_in_words(on)}申报时没有对培训全过程及真实性作出承诺",
                remedy="请阅读承诺书全文，申报时填写其版本和摘要",
                field="commitment",
                citation=COMMITMENT,
            ),
        )
    if (accepted.version, accepted.digest) != (expected.version, expected.digest):
        return (
            Reason(
                code="commitment_outdated",
                message="承诺书的版本或摘要与本班次现行文本不一致",
                remedy="请重新读取本班次的承诺书（机构名称或班次名称更改后文本随之更新），按新的摘要提交",
                field="commitment.digest",
                value=accepted.version,
                citation=COMMITMENT,
            ),
        )
    return ()
