"""“未参加”: a citizen denies having gone to a class that enrolled them; the denial holds that person's claims alone.

One person must not be able to freeze thirty: the class is flagged on the officers' work list, with how many of it have
denied and how many claims wait, and officers hold what they have reason to. ``deny_enrollment`` and the trigger on
filing take the same lock, so that a claim filed beside a denial is held too; a held claim is neither approved nor paid
(``claim_not_held``), and only an officer who approves releases it. A machine refuses nothing: what the denial is worth
an officer decides.
"""
