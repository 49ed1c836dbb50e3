"""告知承诺: signed with the filing, for a project alone, word for word; checked by an officer."""

from tests.database.attacks import Attack

_SIGN = """INSERT INTO claim_commitment (person_id, claim_id, version, digest, content, credit, committed_by,
  check_due_on)
  VALUES (:{0}, :{0}, '2026-1', sha256(convert_to('承诺', 'UTF8')), '{content}', '{credit}', :{by}, '2025-09-01')"""
_CHECK = "decide_post_check(uuid, uuid, text, text)"


def _sign(holder: str, *, content: str = "承诺", credit: str = "good", by: str = "system") -> str:
    return _SIGN.format(holder, content=content, credit=credit, by=by)


PROMISES = (
    Attack(
        "a promise for what is no project-based training",
        "app_inst",
        "claim_commitment.with_filing",
        _sign("submitted"),
        answers="claim_commitment_with_filing",
    ),
    Attack(
        "a promise with the words of another",
        "app_inst",
        "claim_commitment_digest_of_text",
        _sign("submitted", content="另一份承诺"),
        set_aside=("claim_commitment.with_filing",),
    ),
    Attack(
        "a credit of one's own making",
        "app_inst",
        "claim_commitment_credit_known",
        _sign("submitted", credit="excellent"),
        set_aside=("claim_commitment.with_filing",),
    ),
    Attack(
        "a promise for nobody's claim",
        "app_inst",
        "claim_commitment_claim_fkey",
        _sign("new_claim"),
        set_aside=("claim_commitment.with_filing",),
    ),
    Attack(
        "a promise signed by nobody",
        "app_inst",
        "claim_commitment_committed_by_fkey",
        _sign("submitted", by="new_claim"),
        set_aside=("claim_commitment.with_filing",),
    ),
    Attack(
        "an institution checks its own promise",
        "app_inst",
        f"GRANT EXECUTE ON FUNCTION {_CHECK} TO app_inst",
        "SELECT * FROM decide_post_check(:operator, :reviewed, 'confirmed', '相符')",
        right_of=("app_agency",),
    ),
)
