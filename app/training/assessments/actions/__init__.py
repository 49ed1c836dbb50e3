"""One act a file: schedule an assessment, enter its results, confirm them."""
