"""Kinds of evaluation bodies."""

from collections.abc import Mapping
from enum import StrEnum


class BodyKind(StrEnum):
    """机构类别; the value is what ``evaluation_body.kind`` stores."""

    QUALIFICATION_STATION = "qualification_station"
    EMPLOYER = "employer"
    SOCIAL_BODY = "social_body"
    TECHNICAL_SCHOOL = "technical_school"
    SAFETY_AUTHORITY = "safety_authority"
    OTHER = "other"


BODY_KIND_NAMES: Mapping[BodyKind, str] = {
    BodyKind.QUALIFICATION_STATION: "职业技能鉴定机构",
    BodyKind.EMPLOYER: "用人单位",
    BodyKind.SOCIAL_BODY: "社会培训评价组织",
    BodyKind.TECHNICAL_SCHOOL: "技工院校",
    BodyKind.SAFETY_AUTHORITY: "应急管理部门",
    BodyKind.OTHER: "其他",
}
