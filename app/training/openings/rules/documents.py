"""Rules of uploaded documents: when they may come and go, how many, and what they may be called."""

from app.files.names import reasons_against_name
from app.kernel.errors import UNSOURCED, Reason
from app.training.openings.states import CHANGEABLE, EDITABLE, STATE_NAMES, DocumentPart, OpeningState

MAX_DOCUMENTS = 100
"""Documents of one opening; an operating limit, no text states one."""

AFTER_FILING = frozenset({DocumentPart.CHANGE, DocumentPart.CORRECTION})
"""Papers that come with an act after filing; all others belong to the filing itself."""


def reasons_against_upload(
    state: OpeningState, part: DocumentPart, *, already: int, name: str
) -> tuple[Reason, ...]:
    """Every reason against taking a document."""
    reasons = []
    fits = state in CHANGEABLE if part in AFTER_FILING else state in EDITABLE
    if not fits:
        reasons.append(
            Reason(
                code="document_not_now",
                message=f"班次目前为“{STATE_NAMES[state]}”，不能上传这类附件",
                remedy="备案材料在草稿或退回时上传；变更和考勤更正的附件在备案后上传",
                field="part",
                value=part,
                citation=UNSOURCED,
            )
        )
    if already >= MAX_DOCUMENTS:
        reasons.append(
            Reason(
                code="documents_too_many",
                message=f"本班次已有{already}份附件，达到上限{MAX_DOCUMENTS}份",
                remedy="请删除不需要的附件，或合并成一份",
                field="file",
                value=str(already),
                citation=UNSOURCED,
            )
        )
    reasons.extend(reasons_against_name(name))
    return tuple(reasons)


def reasons_against_removal(state: OpeningState) -> tuple[Reason, ...]:
    """What was filed stays as it was filed."""
    if state in EDITABLE:
        return ()
    return (
        Reason(
            code="document_filed",
            message=f"班次目前为“{STATE_NAMES[state]}”，已申报的附件不能删除",
            remedy="请等待退回后再更换；备案后请提出变更并上传新的附件",
            field="document_id",
            citation=UNSOURCED,
        ),
    )
