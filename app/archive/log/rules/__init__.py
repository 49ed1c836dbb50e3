"""What the log says and how it is proved; pure."""
