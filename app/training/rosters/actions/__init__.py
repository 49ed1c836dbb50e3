"""What can be done to a roster: one verb a file."""
