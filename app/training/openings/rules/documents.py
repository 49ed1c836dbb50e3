"""Rules of uploaded documents: when they may come and go, how many, and what they may be called."""

import re
import unicodedata

from app.kernel.errors import UNSOURCED, Reason
from app.training.openings.states import CHANGEABLE, EDITABLE, STATE_NAMES, DocumentPart, OpeningState

MAX_DOCUMENTS = 100
"""Documents of one opening; an operating limit, no text states one."""

_NAME_LENGTH = 200
AFTER_FILING = frozenset({DocumentPart.CHANGE, DocumentPart.CORRECTION})
"""Papers that come with an act after filing; all others belong to the filing itself."""
_LONG_NUMBER = re.compile(r"[0-9]{15,}[0-9Xx]?", re.ASCII)


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
    if _LONG_NUMBER.search(name):
        reasons.append(
            Reason(
                code="file_name_has_number",
                message="文件名中含有像证件号码的长数字",
                remedy="请改名后再上传；证件号码不得出现在文件名中",
                field="file",
                citation=UNSOURCED,
            )
        )
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


def plain_file_name(raw: str | None) -> str:
    """The name alone, without folders and invisible characters; never empty, at most 200 characters."""
    name = (raw or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()
    return shown[-_NAME_LENGTH:] or "附件"
