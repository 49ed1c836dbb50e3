"""What the skills-assessment network pushes to us: verified, read, each change once.

Contract: ``openapi/upstream/assessment-network.yaml``, webhook ``certificateChanged``.
"""

from collections.abc import Mapping

import httpx
from pydantic import ValidationError

from app.gateways.assessment_facts import ChangeNotice
from app.gateways.assessment_wire import NoticeIn, once_each
from app.gateways.http import strict_json
from app.gateways.message_signatures import PushMalformed, SharedKey, verify_push

PUSH_TAG = "certificate-change"
PUSH_BYTES_MAX = 1_048_576


def read_notice(
    *, target: httpx.URL, headers: Mapping[str, str], body: bytes, key: SharedKey, now: float
) -> ChangeNotice:
    """The changes in a push to ``target``, in order; ``now`` in Unix seconds.

    Raises:
        SignatureInvalid: it is not the network's, or was meant for another address, or is outdated.
        PushMalformed: it is not what the contract says, or contradicts itself.
    """
    if len(body) > PUSH_BYTES_MAX:
        raise PushMalformed("too long")
    verify_push(target=target, headers=headers, body=body, key=key, tag=PUSH_TAG, now=now)
    try:
        strict_json(body)
        notice = NoticeIn.model_validate_json(body)
    except (ValueError, ValidationError):
        # Cut off, since pydantic's errors quote the input.
        raise PushMalformed("not what the contract says") from None
    lines = once_each(notice.items)
    if lines is None:
        raise PushMalformed("tells one change in two ways")
    return ChangeNotice(
        event_id=notice.event_id, sent_at=notice.sent_at, items=tuple(line.change() for line in lines)
    )
