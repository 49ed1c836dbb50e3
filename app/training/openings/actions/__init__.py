"""Acts on openings, one verb a file."""
