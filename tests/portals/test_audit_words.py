"""操作记录: an audit administrator reads Chinese, whatever was written, and finds what happened to one thing."""

import re

import pytest

from app.access.actor import AdministratorKind
from app.audit.states import EVENT_LABELS, EVENT_SUBJECT_LABELS
from tests.portals.form_client import FormClient
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio
_EVENTS = """
    INSERT INTO audit_event (principal_kind, action, subject_kind, subject_id)
    SELECT (ARRAY['public', 'system'])[1 + n % 2], ($1::text[])[n],
      ($2::text[])[1 + n % cardinality($2::text[])], 'S' || n
    FROM generate_series(1, cardinality($1::text[])) AS n
"""


async def test_every_kind_of_event_is_told_in_words(registry: Registry) -> None:
    await (await registry.owner()).execute(_EVENTS, list(EVENT_LABELS), list(EVENT_SUBJECT_LABELS))
    auditor = FormClient(registry)
    await auditor.sign_in(await registry.administrator(AdministratorKind.AUDIT))
    told, path = "", "/office/audit/events"
    while path:
        page = (await auditor.get(path)).text
        told += page[page.index("<tbody>") : page.index("</tbody>")]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    words = re.sub(r"<[^>]+>", "", told)
    assert not [
        word for word in {*EVENT_LABELS.values(), *EVENT_SUBJECT_LABELS.values()} if word not in words
    ]
    assert not re.search(r"[a-z_]+:[a-z_]+", words)

    one = (await auditor.get("/office/audit/events?action=objection:filed")).text
    assert one.count("<tr>") == 2
    assert '<option value="objection:filed" selected>对公示提出异议</option>' in one
    about = re.search(r'class="id" href="([^"]+)"', one)
    assert about is not None
    assert (await auditor.get(about[1].replace("&amp;", "&"))).text.count("<tr>") == 2
