"""Counting of a month, and reads of what was counted."""
