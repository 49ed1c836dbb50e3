"""Rules of attendance, pure: sources, events, presence derived from them, rotating codes, corrections."""
