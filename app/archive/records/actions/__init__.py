"""Verbs of the archive: append_completions, look_up_records, propose_correction, decide_correction."""
