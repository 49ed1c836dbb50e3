"""“未参加”: a citizen denies having gone to a class that enrolled them; one denial holds all claims of the class.

What holds it: ``deny_enrollment`` and the trigger on filing take the same lock, so that a claim filed beside a denial
is held too; a held claim is neither approved nor paid (``claim_not_held``), and only an officer who approves releases
it. A machine refuses nothing: what the denial is worth an officer decides.
"""
