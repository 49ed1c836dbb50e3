"""复核: every decision, key, payment, posting and leaf derived again from what is stored, each difference by place."""
