"""Acts of the directory of institutions, one verb a file."""
