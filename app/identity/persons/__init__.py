"""Persons (劳动者): numbers, names and cards as dated attributes of one person_id."""
