"""Acts around denials: deny, decide."""
