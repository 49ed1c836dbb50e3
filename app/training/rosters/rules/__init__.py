"""What is wrong with a roster: pure functions from sheets or entries to accepted lines and every reason
against the rest.

A roster is no oracle: nothing here knows what is held elsewhere; two lines are only ever compared inside one
file.
"""

from app.training.rosters.rules.columns import RosterColumn, accepted_headers, roster_column
from app.training.rosters.rules.entries import (
    MAX_TRAINEES,
    ReadRoster,
    RefusedLine,
    RosterEntry,
    RosterLine,
    Yardstick,
    key_group_labels,
)
from app.training.rosters.rules.reading import entries_in, read_roster
from app.training.rosters.rules.repeats import judge_roster

__all__ = [
    "MAX_TRAINEES",
    "ReadRoster",
    "RefusedLine",
    "RosterColumn",
    "RosterEntry",
    "RosterLine",
    "Yardstick",
    "accepted_headers",
    "entries_in",
    "judge_roster",
    "key_group_labels",
    "read_roster",
    "roster_column",
]
