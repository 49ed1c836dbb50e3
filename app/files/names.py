"""What an uploaded document may be called."""

import re
import unicodedata

from app.kernel.errors import UNSOURCED, Reason

_NAME_LENGTH = 200
_LONG_NUMBER = re.compile(r"[0-9]{15,}[0-9Xx]?", re.ASCII)


def plain_file_name(raw: str | None) -> str:
    """The name alone, without folders and invisible characters; never empty, at most 200 characters."""
    name = (raw or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip()
    return shown[-_NAME_LENGTH:] or "附件"


def reasons_against_name(name: str) -> tuple[Reason, ...]:
    """A name must not carry what the document itself keeps sealed."""
    # Full-width digits are digits to whoever reads them.
    if not _LONG_NUMBER.search(unicodedata.normalize("NFKC", name)):
        return ()
    return (
        Reason(
            code="file_name_has_number",
            message="文件名中含有像证件号码的长数字",
            remedy="请改名后再上传；证件号码不得出现在文件名中",
            field="file",
            citation=UNSOURCED,
        ),
    )
