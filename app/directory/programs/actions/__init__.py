"""Acts of the directory of programs, one verb a file."""
