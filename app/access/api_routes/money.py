"""Money: budgets, payment, recoveries, vouchers."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_CITIZEN = frozenset({Role.CITIZEN})
_INSTITUTION = frozenset({Role.INSTITUTION})
_REVIEW = frozenset({Role.REVIEW})
_APPROVAL = frozenset({Role.APPROVAL})
_PAYMENT = frozenset({Role.PAYMENT})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Budgets and payment (预算、拨付)
    ("GET", "/v1/budgets"): _PAYMENT,
    ("POST", "/v1/budgets"): _PAYMENT,
    ("GET", "/v1/budgets/{budget_id}"): _PAYMENT,
    ("POST", "/v1/budgets/{budget_id}/tranches"): _PAYMENT,
    ("GET", "/v1/budgets/{budget_id}/ledger"): _PAYMENT,
    ("GET", "/v1/ledger-differences"): _PAYMENT | frozenset({Role.AUDIT, Role.AUDIT_ADMINISTRATOR}),
    ("GET", "/v1/payment-orders"): _PAYMENT,
    ("POST", "/v1/payment-orders"): _PAYMENT,
    ("GET", "/v1/payment-orders/{order_id}"): _PAYMENT,
    ("GET", "/v1/payment-orders/{order_id}/lines"): _PAYMENT,
    ("POST", "/v1/claims/{claim_id}:retry-payment"): _PAYMENT,
    ("POST", "/v1/claims/{claim_id}:cancel-payment"): _PAYMENT,
    ("GET", "/v1/bank-contradictions"): _APPROVAL | _PAYMENT,
    ("GET", "/v1/payment-confirmations"): _APPROVAL | _PAYMENT,
    ("POST", "/v1/payment-confirmations"): _PAYMENT,
    ("GET", "/v1/payment-confirmations/{confirmation_id}"): _APPROVAL | _PAYMENT,
    ("POST", "/v1/payment-confirmations/{confirmation_id}:decide"): _APPROVAL,
    ("GET", "/v1/restorations"): _APPROVAL | _PAYMENT | frozenset({Role.AUDIT, Role.AUDIT_ADMINISTRATOR}),
    ("POST", "/v1/restorations/{restoration_id}:propose-reopening"): _PAYMENT,
    ("POST", "/v1/restorations/{restoration_id}:reopen"): _APPROVAL,
    ("GET", "/v1/bank-statements"): _PAYMENT,
    ("POST", "/v1/bank-statements"): _PAYMENT,
    ("GET", "/v1/bank-statements/{statement_id}/differences"): _PAYMENT,
    # The bank has no token: it signs every notice (RFC 9421), and the route refuses what it did not sign.
    ("POST", "/v1/bank-notices"): _PUBLIC,
    ("GET", "/v1/advances"): _INSTITUTION | _REVIEW | _APPROVAL | _PAYMENT,
    ("POST", "/v1/advances"): _REVIEW,
    ("GET", "/v1/advances/{advance_id}"): _INSTITUTION | _REVIEW | _APPROVAL | _PAYMENT,
    ("POST", "/v1/advances/{advance_id}:approve"): _APPROVAL,
    ("POST", "/v1/advances/{advance_id}:order"): _PAYMENT,
    ("POST", "/v1/advances/{advance_id}:cancel"): _PAYMENT,
    ("POST", "/v1/advances/{advance_id}/returns"): _PAYMENT,
    # Recoveries (追回)
    ("GET", "/v1/recoveries"): _APPROVAL | _PAYMENT,
    ("POST", "/v1/recoveries"): _APPROVAL,
    ("GET", "/v1/recoveries/{recovery_id}"): _APPROVAL | _PAYMENT,
    ("POST", "/v1/recoveries/{recovery_id}/repayments"): _PAYMENT,
    ("POST", "/v1/recoveries/{recovery_id}/referrals"): _PAYMENT,
    ("POST", "/v1/recoveries/{recovery_id}/write-offs"): _PAYMENT,
    ("POST", "/v1/recoveries/{recovery_id}/write-offs/{proposal_id}:decide"): _APPROVAL,
    ("GET", "/v1/recovery-cases"): _APPROVAL | _PAYMENT,
    ("POST", "/v1/recovery-cases/{case_id}:dismiss"): _APPROVAL,
    ("GET", "/v1/me/recoveries"): _CITIZEN,
    # Vouchers (职业培训券)
    ("GET", "/v1/vouchers"): _PAYMENT,
    ("POST", "/v1/vouchers"): _PAYMENT,
    ("POST", "/v1/vouchers/{voucher_id}:void"): _PAYMENT,
    ("GET", "/v1/voucher-numbers/{voucher_number}"): _INSTITUTION,
    ("GET", "/v1/me/vouchers"): _CITIZEN,
}
