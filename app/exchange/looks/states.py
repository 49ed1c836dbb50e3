"""Words of the access list (谁查过我)."""

from collections.abc import Mapping
from enum import StrEnum


class LookChannel(StrEnum):
    """Who looked: an agency, whoever held the link of a share, or whoever verified something printed."""

    AGENCY = "agency"
    SHARE = "share"
    DOCUMENT = "document"


CHANNEL_LABELS: Mapping[LookChannel, str] = {
    LookChannel.AGENCY: "经办机构查询",
    LookChannel.SHARE: "打开您的分享",
    LookChannel.DOCUMENT: "查验您的打印件",
}
