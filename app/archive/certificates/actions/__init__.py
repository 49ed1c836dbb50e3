"""What can be done to a certificate: one verb a file."""
