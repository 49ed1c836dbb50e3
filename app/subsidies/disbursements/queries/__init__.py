"""Reads: budgets, orders, what is due at the bank, statements, advances."""
