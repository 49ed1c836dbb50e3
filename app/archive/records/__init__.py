"""Record entries (档案条目): appended when a class closes, superseded or revoked by two persons, never edited.

What holds it: ``record_entry_result_fkey`` (a confirmed pass), ``record_entry_check_fkey`` with
``record_entry_identity_matched`` (a real-name match), ``record_entry_closure_fkey`` (a closed class),
``record_entry_one_completion``, ``record_entry_superseded_once``, the append-only triggers, and the doors of migrations
0006 and 0010 through which alone agencies read and correct.
"""
