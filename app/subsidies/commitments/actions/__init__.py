"""Acts around commitments: sign, decide the check afterwards."""
