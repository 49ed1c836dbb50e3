"""One verb of the procedure each."""
