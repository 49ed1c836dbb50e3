"""Looks at persons that need a purpose and a case: asked for first, stored before anything leaves."""

from app.archive.records.states import PURPOSE_LABELS, Purpose
from app.web.pages.page import Page
from app.web.wire import CaseNumber, Input

LABELS = {"purpose": "事由", "case_number": "案件编号"}


class LookIn(Input):
    """Why somebody is looked at; the person sees both."""

    purpose: Purpose
    case_number: CaseNumber


def purposes(*offered: Purpose) -> list[tuple[str, str]]:
    """The purposes that a look may have, for its form."""
    return [(purpose.value, PURPOSE_LABELS[purpose]) for purpose in offered]


def look_of(page: Page) -> LookIn | None:
    """The purpose and case that a decision's form carries from the look before it; none when it does not."""
    try:
        return LookIn(purpose=Purpose(page.typed["_purpose"]), case_number=page.typed["_case_number"])
    except ValueError:
        return None
