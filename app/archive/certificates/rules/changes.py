"""What a change of the network's register says about a certificate somebody claims: pure."""

from app.archive.certificates.states import AnswerOutcome


def outcome_of_change(
    *, is_same_person: bool, is_same_name: bool, is_revoked: bool, is_correction: bool
) -> AnswerOutcome:
    """What a query about the same claim would have been told after the change.

    The order is the network's (contract, 查验结果): first whose certificate it is, by number and then by name, and only
    then its state. So nobody is told that a certificate was revoked which the network says is another person's.
    """
    if not is_same_person:
        return AnswerOutcome.NUMBER_MISMATCH
    if not is_same_name:
        return AnswerOutcome.NAME_MISMATCH
    if is_revoked:
        return AnswerOutcome.REVOKED
    return AnswerOutcome.CORRECTED if is_correction else AnswerOutcome.MATCHED
