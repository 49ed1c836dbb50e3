"""Rules of openings: facts in, every reason out, with its clause."""
