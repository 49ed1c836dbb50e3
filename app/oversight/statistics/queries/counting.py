"""What one month holds, asked of the tables of the acts themselves: one statement a measure.

Each answers ``(division_code | institution_id, kind, items, amount_fen)`` for acts recorded in ``[:starts, :ends)``.
"""
# ruff: noqa: S608 - pieces of statements, all constants of this file

from collections.abc import Mapping

from app.oversight.statistics.states import InstitutionMeasure, Measure

_MONTH = "BETWEEN CAST(:starts AS timestamptz) AND CAST(:ends AS timestamptz) - interval '1 microsecond'"
_TYPE_OF_CLASS = """JOIN course_opening AS class ON class.opening_id = act.opening_id
  JOIN training_program_version AS version ON version.program_id = class.program_id
   AND version.version = class.program_version"""
_PAID = f"""FROM benefit AS act
  JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id
  WHERE act.settled_at {_MONTH}"""
_OF_BENEFIT = """JOIN benefit AS paid ON paid.person_id = act.person_id AND paid.benefit_id = act.benefit_id
  JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id"""
_OF_ENTRY = (
    "JOIN record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id"
)
_STEPS = {
    Measure.CLAIM_ACCEPTED: "accepted' AND act.step = 'claim_acceptance",
    Measure.CLAIM_NOT_ACCEPTED: "not_accepted",
    Measure.CLAIM_REFUSED: "refused",
    Measure.CLAIM_WITHDRAWN: "withdrawn",
    Measure.PAYMENT_FAILED: "failed",
}


def _step(to_state: str) -> str:
    return f"""SELECT held.division_code, held.kind, count(*), 0 FROM claim_move AS act
      JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id
      WHERE act.moved_at {_MONTH} AND act.to_state = '{to_state}' GROUP BY 1, 2"""


def _by_group(more: str) -> str:
    return f"""SELECT held.division_code, named.key_group_code, count(*), sum(act.amount_fen)
      FROM benefit AS act
      JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id
      {_OF_ENTRY}
      JOIN roster_line_group AS named ON named.person_id = entry.person_id AND named.opening_id = entry.opening_id
      {more} WHERE act.settled_at {_MONTH} GROUP BY 1, 2"""


_APPROVED = """FROM claim_move AS act
  JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id
  JOIN claim_approval AS decided ON decided.person_id = act.person_id AND decided.claim_id = act.claim_id
   AND decided.round = act.round AND decided.decision = 'approved'"""
_APPROVED_IN = f"WHERE act.moved_at {_MONTH} AND act.to_state = 'approved'"
_OBJECTION = """FROM objection AS act
  JOIN public_notice_line AS line ON line.notice_id = act.notice_id AND line.line_no = act.line_no
  JOIN claim AS held ON held.person_id = line.person_id AND held.claim_id = line.claim_id"""
_UPHELD_IN = f"WHERE act.decided_at {_MONTH} AND act.outcome = 'upheld'"
_LINKED = f"""FROM certificate_link AS act
  JOIN record_entry AS entry ON entry.person_id = act.entry_person_id AND entry.entry_id = act.entry_id
  WHERE act.linked_at {_MONTH} AND act.unlinked_at IS NULL"""

FIGURES: Mapping[Measure, str] = {
    Measure.OPENING_FILED: f"""SELECT class.division_code, '', count(*), 0 FROM opening_filing AS act
      JOIN course_opening AS class ON class.opening_id = act.opening_id WHERE act.filed_at {_MONTH} GROUP BY 1""",
    Measure.OPENING_RETURNED: f"""SELECT class.division_code, '', count(*), 0 FROM opening_return AS act
      JOIN course_opening AS class ON class.opening_id = act.opening_id WHERE act.returned_at {_MONTH} GROUP BY 1""",
    Measure.OPENING_RECORDED: f"""SELECT class.division_code, version.training_type, count(*), 0
      FROM opening_record AS act {_TYPE_OF_CLASS} WHERE act.recorded_at {_MONTH} GROUP BY 1, 2""",
    Measure.TRAINEE_RECORDED: f"""SELECT class.division_code, version.training_type, sum(filed.trainee_count), 0
      FROM opening_record AS act {_TYPE_OF_CLASS}
      JOIN opening_filing AS filed ON filed.opening_id = act.opening_id AND filed.filing_no = act.filing_no
      WHERE act.recorded_at {_MONTH} GROUP BY 1, 2""",
    Measure.CLASS_CLOSED: f"""SELECT class.division_code, version.training_type, count(*), 0
      FROM opening_closure AS act {_TYPE_OF_CLASS} WHERE act.closed_at {_MONTH} GROUP BY 1, 2""",
    Measure.OPENING_STATE: "SELECT division_code, state, count(*), 0 FROM course_opening GROUP BY 1, 2",
    Measure.ENTRY_APPENDED: f"""SELECT act.division_code, act.kind, count(*), 0 FROM record_entry AS act
      WHERE act.appended_at {_MONTH} AND act.supersedes IS NULL GROUP BY 1, 2""",
    Measure.ENTRY_CORRECTED: f"""SELECT act.division_code, act.kind, count(*), 0 FROM record_entry AS act
      WHERE act.appended_at {_MONTH} AND act.supersedes IS NOT NULL GROUP BY 1, 2""",
    Measure.ENTRY_REVOKED: f"""SELECT act.division_code, act.kind, count(*), 0 FROM record_entry AS act
      WHERE act.revoked_at {_MONTH} GROUP BY 1, 2""",
    Measure.CERTIFICATE_LINKED: f"""SELECT entry.division_code, coalesce(entry.skill_level, ''), count(*), 0
      {_LINKED} GROUP BY 1, 2""",
    Measure.CLAIM_SUBMITTED: f"""SELECT act.division_code, act.kind, count(*), 0 FROM claim AS act
      WHERE act.submitted_at {_MONTH} GROUP BY 1, 2""",
    **{measure: _step(to_state) for measure, to_state in _STEPS.items()},
    Measure.CLAIM_APPROVED: f"""SELECT held.division_code, held.kind, count(*), sum(decided.amount_fen)
      {_APPROVED} {_APPROVED_IN} GROUP BY 1, 2""",
    Measure.CLAIM_STATE: "SELECT division_code, state, count(*), 0 FROM claim GROUP BY 1, 2",
    Measure.BENEFIT_PAID: f"""SELECT held.division_code, act.kind, count(*), sum(act.amount_fen) {_PAID}
      GROUP BY 1, 2""",
    Measure.PAID_BY_SOURCE: f"""SELECT held.division_code, source.funding_source, count(*), sum(act.amount_fen)
      FROM benefit AS act JOIN budget AS source ON source.budget_id = act.budget_id
      JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id
      WHERE act.settled_at {_MONTH} GROUP BY 1, 2""",
    Measure.PAID_BY_GROUP: _by_group(""),
    Measure.EDUCATION_FUND_BY_GROUP: _by_group(
        "JOIN budget AS source ON source.budget_id = act.budget_id"
        " AND source.funding_source = 'employer_education_fund'"
    ),
    Measure.RECOVERY_ORDERED: f"""SELECT held.division_code, act.cause, count(*), sum(act.amount_fen)
      FROM recovery AS act {_OF_BENEFIT} WHERE act.ordered_at {_MONTH} GROUP BY 1, 2""",
    Measure.RECOVERY_REPAID: f"""SELECT held.division_code, owed.cause, count(*), sum(act.amount_fen)
      FROM recovery_step AS act
      JOIN recovery AS owed ON owed.person_id = act.person_id AND owed.recovery_id = act.recovery_id
      JOIN benefit AS paid ON paid.person_id = owed.person_id AND paid.benefit_id = owed.benefit_id
      JOIN claim AS held ON held.person_id = paid.person_id AND held.claim_id = paid.claim_id
      WHERE act.recorded_at {_MONTH} AND act.kind = 'repayment' GROUP BY 1, 2""",
    Measure.OBJECTION_UPHELD: f"""SELECT held.division_code, held.kind, count(*), 0
      {_OBJECTION} {_UPHELD_IN} GROUP BY 1, 2""",
    Measure.DENIAL_CONFIRMED: f"""SELECT class.division_code, '', count(*), 0 FROM enrollment_denial AS act
      JOIN course_opening AS class ON class.opening_id = act.opening_id
      WHERE act.decided_at {_MONTH} AND act.outcome = 'confirmed' GROUP BY 1""",
}


def _of_class(table: str, at: str) -> str:
    return f"""SELECT class.institution_id, count(*), 0 FROM {table} AS act
      JOIN course_opening AS class ON class.opening_id = act.opening_id
      WHERE act.{at} {_MONTH} GROUP BY 1"""


def _of_completion(items: str) -> str:
    return f"""SELECT act.institution_id, {items}, 0 FROM record_entry AS act
      WHERE act.appended_at {_MONTH} AND act.kind = 'completion' AND act.supersedes IS NULL GROUP BY 1"""


_OF_INSTITUTION = "entry.institution_id IS NOT NULL GROUP BY 1"
INSTITUTION_FIGURES: Mapping[InstitutionMeasure, str] = {
    InstitutionMeasure.OPENING_FILED: _of_class("opening_filing", "filed_at"),
    InstitutionMeasure.OPENING_RETURNED: _of_class("opening_return", "returned_at"),
    InstitutionMeasure.OPENING_RECORDED: _of_class("opening_record", "recorded_at"),
    InstitutionMeasure.CLASS_CLOSED: _of_class("opening_closure", "closed_at"),
    InstitutionMeasure.TRAINEE_CLOSED: f"""SELECT line.institution_id, count(*), 0 FROM opening_closure AS act
      JOIN roster_line AS line ON line.opening_id = act.opening_id AND line.withdrawn_at IS NULL
      WHERE act.closed_at {_MONTH} GROUP BY 1""",
    InstitutionMeasure.COMPLETION: _of_completion("count(*)"),
    InstitutionMeasure.MINUTES_PLANNED: _of_completion("sum(act.planned_minutes)"),
    InstitutionMeasure.MINUTES_CREDITED: _of_completion("sum(act.credited_minutes)"),
    InstitutionMeasure.CERTIFICATE_LINKED: f"""SELECT entry.institution_id, count(*), 0
      {_LINKED} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.CLAIM_APPROVED: f"""SELECT entry.institution_id, count(*), sum(decided.amount_fen)
      {_APPROVED} {_OF_ENTRY} {_APPROVED_IN} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.CLAIM_REFUSED: f"""SELECT entry.institution_id, count(*), 0 FROM claim_move AS act
      JOIN claim AS held ON held.person_id = act.person_id AND held.claim_id = act.claim_id {_OF_ENTRY}
      WHERE act.moved_at {_MONTH} AND act.to_state = 'refused' AND {_OF_INSTITUTION}""",
    InstitutionMeasure.BENEFIT_PAID: f"""SELECT entry.institution_id, count(*), sum(act.amount_fen)
      FROM benefit AS act
      JOIN record_entry AS entry ON entry.person_id = act.person_id AND entry.entry_id = act.entry_id
      WHERE act.settled_at {_MONTH} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.ENTRY_REVOKED: f"""SELECT entry.institution_id, count(*), 0 FROM record_entry AS entry
      WHERE entry.revoked_at {_MONTH} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.RECOVERY_ORDERED: f"""SELECT entry.institution_id, count(*), sum(act.amount_fen)
      FROM recovery AS act JOIN benefit AS paid ON paid.person_id = act.person_id AND paid.benefit_id = act.benefit_id
      JOIN record_entry AS entry ON entry.person_id = paid.person_id AND entry.entry_id = paid.entry_id
      WHERE act.ordered_at {_MONTH} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.OBJECTION_UPHELD: f"""SELECT entry.institution_id, count(*), 0 {_OBJECTION} {_OF_ENTRY}
      {_UPHELD_IN} AND {_OF_INSTITUTION}""",
    InstitutionMeasure.DENIAL_CONFIRMED: f"""SELECT class.institution_id, count(*), 0 FROM enrollment_denial AS act
      JOIN course_opening AS class ON class.opening_id = act.opening_id
      WHERE act.decided_at {_MONTH} AND act.outcome = 'confirmed' GROUP BY 1""",
}
