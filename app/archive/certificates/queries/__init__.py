"""Reads of certificates: of one person, of a class, and by agencies through the doors; how a number is kept."""
