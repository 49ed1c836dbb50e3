"""Acts around codes: try one, forget who tried."""
