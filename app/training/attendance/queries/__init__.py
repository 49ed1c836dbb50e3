"""Reads of attendance: sources, sessions with their evidence, presence and its corrections."""
