"""Verbs of completion: close_opening, append_late_records."""
