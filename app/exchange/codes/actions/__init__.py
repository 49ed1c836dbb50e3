"""Acts around codes: forget who tried."""
