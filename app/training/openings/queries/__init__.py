"""Reads of openings: whose they are, what a filing rests on, lists and documents."""
