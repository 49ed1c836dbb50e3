"""Steps of a claim: in their order, each by whose step it is, none by a machine; shown before it is paid."""

from tests.database.attacks import Attack

_REVIEW = """INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id,
  reviewed_by) VALUES (:{0}, :{0}, {round}, '{verdict}', {fen}, '{{}}', '["x"]', :edition, :{by})"""
_APPROVE = """INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by,
  decision, approved_by) VALUES (:{0}, :{0}, {round}, '{verdict}', {fen}, :{reviewer}, '{decision}', :{by})"""
_LINE = """INSERT INTO public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by,
  approved_by, published_by, shown)
  VALUES (:{0}, :{0}, 1, :{notice}, {line}, {fen}, :reviewer, :approver, :approver, '{shown}')"""
_CLEAR = """INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
  VALUES (:{0}, :{0}, 1, :{notice}, :{by})"""


def _review(holder: str, by: str, *, verdict: str = "eligible", fen: int = 1, number: int = 1) -> str:
    return _REVIEW.format(holder, by=by, verdict=verdict, fen=fen, round=number)


def _approve(
    holder: str,
    by: str,
    *,
    verdict: str = "eligible",
    fen: int = 150000,
    reviewer: str = "reviewer",
    decision: str = "approved",
    number: int = 1,
) -> str:
    return _APPROVE.format(
        holder, by=by, verdict=verdict, fen=fen, reviewer=reviewer, decision=decision, round=number
    )


def _line(
    holder: str, *, notice: str = "notice", line: int = 7000, fen: int = 150000, shown: str = "{}"
) -> str:
    return _LINE.format(holder, notice=notice, line=line, fen=fen, shown=shown)


def _step(
    name: str, refused_by: str, sql: str, *set_aside: str, answers: str = "", role: str = "app_agency"
) -> Attack:
    return Attack(name, role, refused_by, sql, set_aside=set_aside, answers=answers)


_APPEAL = """INSERT INTO claim_appeal (person_id, appeal_id, claim_id, round, channel, grounds, filed_by)
  VALUES (:{0}, :new_appeal, :{0}, 1, 'review', '证书有效', :{by})"""
_PAPER = """INSERT INTO claim_paper (person_id, paper_id, claim_id, file_name_sealed, media_type, size_bytes, sha256,
  uploaded_by) VALUES (:{0}, :new_paper, :{0}, '\\x01', 'application/pdf', 9, sha256('y'), :{by})"""
_ANSWERED = """UPDATE claim_supplement SET answered_at = now(), answered_by = :system, answer = '[]'
  WHERE claim_id = :supplemented;"""
_TAKEN_AWAY = "UPDATE claim_paper SET removed_at = now(), removed_by = :{0} WHERE paper_id = :paper"
_AGAIN = "SELECT decide_appeal(:other_approver, :appeal, 'decide_again', '证据充分');"

STEPS_IN_THEIR_ORDER = (
    _step(
        "reviewed before it was accepted",
        "claim_review_acceptance_fkey",
        _review("submitted", "reviewer"),
        "claim_review.moves_claim",
    ),
    _step(
        "reviewed twice in a round",
        "claim_review.moves_claim",
        _review("reviewed", "reviewer", number=2),
        answers="claim_step_in_order",
    ),
    _step(
        "reviewed by an officer of another area",
        "claim_review.moves_claim",
        _review("accepted", "approver"),
        answers="claim_officer_permitted",
    ),
    _step(
        "reviewed on an acceptance that was none",
        "claim_review_accepted",
        _review("unaccepted", "reviewer")
        .replace("reviewed_by)", "reviewed_by, acceptance_outcome)")
        .replace(":reviewer)", ":reviewer, 'not_accepted')"),
        "claim_review.moves_claim",
        role="registry_owner",
    ),
    _step(
        "reviewed by a machine",
        "claim_review_reviewed_by_fkey",
        _review("accepted", "machine"),
        "claim_review.moves_claim",
    ),
    _step("eligible for nothing", "claim_review_amount_by_verdict", _review("accepted", "reviewer", fen=0)),
    _step("approved by its reviewer", "claim_approval_second_person", _approve("reviewed", "reviewer")),
    _step(
        "approved though ineligible",
        "claim_approval_follows_review",
        _approve("denied", "approver", verdict="ineligible", fen=0),
    ),
    _step(
        "approved with another amount",
        "claim_approval_review_fkey",
        _approve("reviewed", "approver", fen=150001),
    ),
    _step(
        "approved without a review",
        "claim_approval_review_fkey",
        _approve("accepted", "approver"),
        "claim_approval.moves_claim",
    ),
    _step(
        "approved while on hold",
        "claim_approval.moves_claim",
        _approve("held", "approver"),
        answers="claim_not_held",
    ),
    _step(
        "refused by a machine",
        "claim_approval_approved_by_fkey",
        _approve("denied", "machine", verdict="ineligible", fen=0, decision="refused"),
        "claim_approval.moves_claim",
    ),
    _step(
        "not accepted by a machine",
        "claim_acceptance_decided_by_fkey",
        """INSERT INTO claim_acceptance (person_id, claim_id, outcome, reasons, decided_by)
           VALUES (:submitted, :submitted, 'not_accepted', '["x"]', :machine)""",
        "claim_acceptance.moves_claim",
    ),
    _step(
        "asked for more by a machine",
        "claim_supplement_requested_by_fkey",
        """INSERT INTO claim_supplement (person_id, claim_id, requests, due_on, requested_by)
           VALUES (:submitted, :submitted, '["x"]', '2999-01-01', :machine)""",
        "claim_supplement.moves_claim",
    ),
    _step(
        "asked for more a second time",
        "claim_supplement_pkey",
        """UPDATE claim_supplement SET answered_at = now(), answered_by = :system, answer = '[]'
             WHERE claim_id = :supplemented;
           INSERT INTO claim_supplement (person_id, claim_id, requests, due_on, requested_by)
           VALUES (:supplemented, :supplemented, '["x"]', '2999-01-01', :reviewer)""",
        role="registry_owner",
    ),
    _step(
        "accepted after it was withdrawn",
        "claim_acceptance.moves_claim",
        """INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by)
           VALUES (:withdrawn, :withdrawn, 'accepted', :reviewer)""",
        answers="claim_step_in_order",
    ),
    _step(
        "somebody else's claim withdrawn",
        "claim_withdrawal.moves_claim",
        """INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
           VALUES (:payable, :payable, '不再申领', :claimant)""",
        answers="claim_officer_permitted",
        role="app_citizen",
    ),
    _step(
        "withdrawn after it was ordered",
        "claim_withdrawal.moves_claim",
        """INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
           VALUES (:ordered, :ordered, '不再申领', :system)""",
        answers="claim_step_in_order",
        role="app_citizen",
    ),
    _step(
        "reviewed again by whose refusal was appealed",
        "claim_review.other_people",
        _AGAIN + _review("refused", "reviewer", number=2),
        answers="claim_decided_again_by_others",
    ),
    _step(
        "approved again by whose refusal was appealed",
        "claim_approval.other_people",
        _AGAIN
        + _review("refused", "other_reviewer", number=2)
        + ";"
        + _approve("refused", "approver", reviewer="other_reviewer", fen=1, number=2),
        answers="claim_decided_again_by_others",
    ),
    _step(
        "somebody else's refusal appealed against",
        "claim_appeal.by_claimant",
        _APPEAL.format("unaccepted", by="claimant"),
        answers="claim_officer_permitted",
        role="app_citizen",
    ),
    _step(
        "a refusal appealed against by an institution whose claim it is not",
        "claim_appeal.by_claimant",
        _APPEAL.format("unaccepted", by="idle_operator"),
        answers="claim_officer_permitted",
        role="app_inst",
    ),
    _step(
        "a refusal appealed against by an officer who does not take claims down",
        "claim_appeal.by_claimant",
        _APPEAL.format("unaccepted", by="approver"),
        answers="claim_officer_permitted",
    ),
    _step(
        "appealed against before it was decided",
        "claim_appeal.by_claimant",
        _APPEAL.format("submitted", by="claimant"),
        answers="claim_step_in_order",
        role="app_citizen",
    ),
    _step(
        "papers added to somebody else's answer",
        "claim_paper.by_claimant",
        _PAPER.format("supplemented", by="claimant"),
        answers="claim_officer_permitted",
        role="app_citizen",
    ),
    _step(
        "papers added to the answer of another institution's claim",
        "claim_paper.by_claimant",
        _PAPER.format("supplemented", by="idle_operator"),
        answers="claim_officer_permitted",
        role="app_inst",
    ),
    _step(
        "papers added after the answer was given",
        "claim_paper.by_claimant",
        _ANSWERED + _PAPER.format("supplemented", by="system"),
        answers="claim_step_in_order",
        role="app_citizen",
    ),
    _step(
        "papers where none were asked for",
        "claim_paper_supplement_fkey",
        _PAPER.format("submitted", by="claimant"),
        "claim_paper.by_claimant",
        role="app_citizen",
    ),
    _step(
        "papers taken away after the answer was given",
        "claim_paper.ended_by_claimant",
        _ANSWERED + _TAKEN_AWAY.format("system"),
        answers="claim_step_in_order",
        role="app_citizen",
    ),
    _step(
        "papers taken away by somebody else than whose side brought them",
        "claim_paper.own_papers",
        _TAKEN_AWAY.format("operator"),
        "claim_paper.ended_by_claimant",
        answers="claim_officer_permitted",
        role="app_inst",
    ),
    _step(
        "a twenty-first paper",
        "claim_paper.few_papers",
        _PAPER.format("supplemented", by="system")
        .replace("VALUES (", "SELECT ")
        .replace(":new_paper", "gen_random_uuid()")
        .replace("sha256('y')", "sha256(n::text::bytea)")
        .rstrip(")")
        + " FROM generate_series(1, 20) AS n",
        answers="claim_paper_count",
        role="app_citizen",
    ),
    _step(
        "one paper handed in twice by the same hands",
        "claim_paper_once",
        _PAPER.format("supplemented", by="system").replace("'y'", "'x'"),
        role="app_citizen",
    ),
    _step(
        "an empty paper",
        "claim_paper_size_limit",
        _PAPER.format("supplemented", by="system").replace(", 9,", ", 0,"),
        role="app_citizen",
    ),
    _step(
        "an agency looks at papers without leaving a row",
        "GRANT SELECT ON claim_paper TO app_agency",
        "SELECT FROM claim_paper",
    ),
    _step(
        "shown though it was not approved",
        "public_notice_line_approval_fkey",
        _line("reviewed"),
        "public_notice_line.moves_claim",
        role="access_owner",
    ),
    _step(
        "shown with another amount",
        "public_notice_line_approval_fkey",
        _line("approved", fen=1),
        role="access_owner",
    ),
    _step(
        "shown in two notices at once",
        "public_notice_line.moves_claim",
        _line("noticed", notice="running_notice"),
        "public_notice_line_pkey",
        answers="claim_step_in_order",
        role="access_owner",
    ),
    _step(
        "an account shown to the public",
        "public_notice_line_whitelist",
        _line("approved", shown='{"account": "x"}'),
        role="access_owner",
    ),
    _step(
        "a number shown to the public",
        "public_notice_line_masked",
        _line("approved", shown='{"institution": "00000000000"}'),
        role="access_owner",
    ),
    _step(
        "one place of a notice for two lines",
        "public_notice_line_place_key",
        _line("noticed", line=7001).replace(", 1, :notice", ", 2, :notice")
        + ";"
        + _line("noticed", line=7001).replace(", 1, :notice", ", 3, :notice"),
        "public_notice_line.moves_claim",
        "public_notice_line_approval_fkey",
        role="access_owner",
    ),
    _step(
        "cleared before its notice was over",
        "claim_clearance.after_notice",
        _CLEAR.format("shown", notice="running_notice", by="system"),
        answers="claim_clearance_after_notice",
        role="worker",
    ),
    _step(
        "cleared although somebody objects",
        "claim_clearance.after_notice",
        _CLEAR.format("objected", notice="notice", by="system"),
        answers="claim_clearance_after_notice",
        role="worker",
    ),
    _step(
        "cleared by a notice it was not in",
        "claim_clearance_line_fkey",
        _CLEAR.format("shown", notice="notice", by="system"),
        role="worker",
    ),
    _step(
        "cleared by a citizen",
        "claim_clearance.moves_claim",
        _CLEAR.format("noticed", notice="notice", by="claimant"),
        answers="claim_officer_permitted",
        role="worker",
    ),
    _step(
        "a claim's state written directly",
        "GRANT SELECT, UPDATE ON claim TO app_agency",
        "UPDATE claim SET state = 'payable', version = version + 1 WHERE claim_id = :submitted",
    ),
    _step(
        "a claim's amount of evidence exchanged",
        "claim.append_only",
        "UPDATE claim SET entry_id = :paid, version = version + 1 WHERE claim_id = :submitted",
        "claim_entry_fkey",
        role="registry_owner",
    ),
    _step(
        "a hold let go by a machine",
        "claim_hold_released_by_fkey",
        "UPDATE claim_hold SET released_at = now(), released_by = :machine, release_reason = 'x' WHERE hold_id = :held",
        role="access_owner",
    ),
    _step(
        "an objection dismissed by a machine",
        "objection_decided_by_fkey",
        """UPDATE objection SET outcome = 'dismissed', outcome_reason = 'x', decided_at = now(), decided_by = :machine
           WHERE objection_id = :objection""",
        role="access_owner",
    ),
    _step(
        "an appeal turned down by a machine",
        "claim_appeal_decided_by_fkey",
        """UPDATE claim_appeal SET outcome = 'upheld', outcome_reason = 'x', decided_at = now(), decided_by = :machine
           WHERE appeal_id = :appeal""",
        role="access_owner",
    ),
)
