"""Papers that come with an answer (补正材料): how many, when, and what they may be called."""

from app.files.names import reasons_against_name
from app.kernel.errors import UNSOURCED, Reason
from app.subsidies.claims.rules.steps import Standing
from app.subsidies.claims.states import ClaimState

MAX_PAPERS = 20
"""Papers of one answer; an operating limit, no text states one. The table holds the same."""


def reasons_against_paper(standing: Standing, *, already: int, name: str) -> tuple[Reason, ...]:
    """Every reason against taking a paper now."""
    reasons = list(reasons_against_name(name))
    if standing.state is not ClaimState.SUPPLEMENT_REQUESTED:
        reasons.append(
            Reason(
                code="paper_not_now",
                field="file",
                message="这件申领现在没有等待补正，不能再增减补正材料",
                remedy="经办机构要求补正之后、提交补正之前，可以上传或删除材料",
                citation=UNSOURCED,
            )
        )
    if already >= MAX_PAPERS:
        reasons.append(too_many_papers)
    return tuple(reasons)


too_many_papers = Reason(
    code="papers_too_many",
    field="file",
    message=f"这件申领的补正材料已有{MAX_PAPERS}份，达到上限",
    remedy="请删除不需要的材料，或者把几页合成一份文件",
    citation=UNSOURCED,
)
