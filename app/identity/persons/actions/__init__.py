"""What can be done to persons: one verb a file."""
