"""Closing a class (结班归档): every trainee has an outcome; who met hours and passed gets an archive entry.

What holds it: ``opening_closure_record_fkey``, ``course_opening_closing_matches_state``, and the keys of
``record_entry`` (see ``app.archive.records``).
"""
